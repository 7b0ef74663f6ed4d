"""Write a picture in inks: an image XObject of the art in, changed in place. Owns pikepdf.

Pixels without colour become grey, the others four inks; soft masks stay as they are.
"""

from __future__ import annotations

import zlib

import pikepdf
from pikepdf import Name, Object

from cardgen.errors import LayoutError
from cardgen.press.inks import Inks

_PLAIN = {"/DeviceGray", "/CalGray", "/DeviceCMYK"}
_DROPPED = ("/DecodeParms", "/Decode", "/Mask")


def separate_picture(picture: Object, inks: Inks) -> None:
    """Turn an RGB picture to grey or CMYK. Raises LayoutError for one that cannot be read."""
    if picture.get("/ImageMask", False) or str(picture.get("/ColorSpace")) in _PLAIN:
        return
    from cardgen import icc

    try:
        pixels = pikepdf.PdfImage(picture).as_pil_image()  # type: ignore[arg-type]
        printed = icc.picture_in_inks(pixels, icc.load(inks.target))
    except (pikepdf.PdfError, pikepdf.PikepdfError, NotImplementedError, OSError) as error:
        raise LayoutError(
            "版式里有一张图的颜色换不成油墨。", "请把图另存为 RGB 或灰度的 PNG、JPEG，8 位。"
        ) from error
    for key in _DROPPED:
        if key in picture:
            del picture[key]
    picture["/ColorSpace"] = Name.DeviceGray if printed.mode == "L" else Name.DeviceCMYK
    picture["/BitsPerComponent"] = 8
    picture.write(zlib.compress(printed.tobytes()), filter=Name.FlateDecode)
