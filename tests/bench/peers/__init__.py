"""The contenders, a module each: `press(deck, out)` draws a deck, a stopwatch comes back.

Each is written in its library's own best way. The clock starts when the library and the
cards are loaded, and stops when the file is written.
"""
