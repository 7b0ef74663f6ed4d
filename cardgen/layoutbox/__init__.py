"""An office's own layouts: an upload in, a layout that was checked out, and in its place.

`zips` takes a zip apart as if it were hostile, `child` checks and draws within limits, and
`install` puts the files in their place: whole, with those before kept.
"""

from __future__ import annotations

from cardgen.layoutbox.checked import Checked, Picture, check_upload, checked_from
from cardgen.layoutbox.pictures import draw_pictures, picture_of
from cardgen.layoutbox.shelf import install, installed_sets, remove, take_back
from cardgen.layoutbox.zips import LAYOUT_ENDINGS, UPLOAD, name_fault, unpack

__all__ = [
    "LAYOUT_ENDINGS",
    "UPLOAD",
    "Checked",
    "Picture",
    "check_upload",
    "checked_from",
    "draw_pictures",
    "install",
    "installed_sets",
    "name_fault",
    "picture_of",
    "remove",
    "take_back",
    "unpack",
]
