"""Typeset: a layout folder and copies in; forms with slots, and filled copies, out.

`template` renders a copy to hollow HTML and needs Jinja2 only; `engine` lays hollow HTML
out and is the only place that loads WeasyPrint; `boxes` reads its box tree.
"""
