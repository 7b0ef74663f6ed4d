"""Measure cardgen against its peers: `python -m tests.bench [--quick]`, a table out.

The same card, the same data and the same font files for all; every run in a process of its
own, all runs on the same two cores, in rounds, so that what disturbs one disturbs all. Times
are the best of the rounds, memory their median. What decides is the ratio to Typst.
"""
