"""Look through a finished PDF before it goes out: a file and a profile in, findings out.

Our own preflight, and called no more than that: it proves no conformance with a standard.
What it looks for is what has gone wrong in print. It reads any PDF, also one that went
through another program. `programs` reads font programs, `fonts` what codes show with them,
`glyphs` finds characters that show nothing, `paint` colours, codes and ink, `head` the rest.
Owns pikepdf, together with press and typeset.
"""

from __future__ import annotations

from cardgen.preflight.glyphs import glyph_faults
from cardgen.preflight.look import Finding, preflight, profile_of

__all__ = ["Finding", "glyph_faults", "preflight", "profile_of"]
