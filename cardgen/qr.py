"""QR codes: text in, modules out; and a picture in, text out. Owns qrcode and zxing-cpp.

A module is the smallest square of a code. The quiet zone of 4 modules on every side is
part of the box that a layout gives to a code (ISO/IEC 18004, 5.3.8). A logo stands in the
middle of a code on modules that are left out, which level H makes good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import zxingcpp

from cardgen.errors import LayoutError

QUIET_MODULES = 4
MASK = 3  # (row + column) mod 3: the diagonal one, which no run of equal bits can follow
MAX_LENGTH = 400  # characters; beyond that no code stays readable on a card
LOGO_LEVEL = "H"  # the only level that bears a logo
LOGO_SHARE = 0.125  # a logo's side, of the side of the code's box with its quiet zone
MOST_HOLE = 0.2  # the side of what is left out, of the code's; so 4% of it, where H bears 30%
LOGO_VERSION = 5  # 37 modules: in fewer, no whole number of them is larger than the logo


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code: `modules` a side, without quiet zone; `rows` are bytes, 0 dark and 255 light."""

    modules: int
    rows: bytes

    @property
    def with_quiet(self) -> int:
        """Modules a side, quiet zone included."""
        return self.modules + 2 * QUIET_MODULES


@lru_cache(maxsize=2048)  # a volume's codes are looked at when fitted, and drawn when pressed
def encode(text: str, level: str, logo: bool = False) -> QrCode:
    """Encode `text` at error level L, M, Q or H. Raises LayoutError where it is too long.

    With `logo` the modules in the middle are left out; see `hole_of`. The writer is zxing-cpp's,
    with the mask given: choosing among the eight takes nine tenths of the time, and each code
    is read back from the finished page (see DECISIONS.md).
    """
    if not text or len(text) > MAX_LENGTH:
        raise LayoutError(
            f"二维码内容有 {len(text)} 个字符，应为 1 到 {MAX_LENGTH} 个。",
            "缩短 campaign.toml 的 [links]。",
        )
    code = _written(text, level)
    if not logo:
        return code
    if code.modules < _modules_of(LOGO_VERSION):
        code = _written(text, level, version=LOGO_VERSION)
    return _without_middle(code)


def _written(text: str, level: str, **more: int) -> QrCode:
    try:
        code = zxingcpp.create_barcode(
            text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, data_mask=MASK, **more
        )
    except ValueError as error:
        raise LayoutError(f"二维码编不出来：{error}", "缩短 campaign.toml 的 [links]。") from error
    picture = code.to_image(scale=1, add_quiet_zones=False)
    return QrCode(picture.shape[0], bytes(memoryview(picture)))  # type: ignore[arg-type]


def _modules_of(version: int) -> int:
    return 17 + 4 * version  # ISO/IEC 18004, 5.3.1


def hole_of(modules: int) -> int:
    """Modules a side that make room for a logo: odd, so that they lie in the middle."""
    most = int(modules * MOST_HOLE)
    return most if most % 2 else most - 1


def _without_middle(code: QrCode) -> QrCode:
    size, hole = code.modules, hole_of(code.modules)
    start, rows = (size - hole) // 2, bytearray(code.rows)
    for y in range(start, start + hole):
        rows[y * size + start : y * size + start + hole] = b"\xff" * hole
    return QrCode(size, bytes(rows))


def encode_slowly(text: str, level: str) -> QrCode:
    """The same by the qrcode library: the yardstick that `encode` is tested against."""
    import qrcode

    levels = {
        "L": qrcode.ERROR_CORRECT_L,
        "M": qrcode.ERROR_CORRECT_M,
        "Q": qrcode.ERROR_CORRECT_Q,
        "H": qrcode.ERROR_CORRECT_H,
    }
    code = qrcode.QRCode(error_correction=levels[level], border=0)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    return QrCode(len(matrix), bytes(0 if dark else 255 for row in matrix for dark in row))


_BITS = bytes(0x30 if value < 128 else 0x31 for value in range(256))


def mask_hex(code: QrCode) -> str:
    """The code as a 1-bit image mask in hexadecimal, each row padded to a byte, 0 is dark."""
    size = code.modules
    width = (size + 7) // 8 * 8
    digits, padding = code.rows.translate(_BITS), b"0" * (width - size)
    padded = padding.join([digits[at : at + size] for at in range(0, size * size, size)])
    return f"{int(padded + padding, 2):0{width * size // 4}x}"


def svg(code: QrCode, colour: str = "currentColor") -> str:
    """The code with its quiet zone as an SVG picture, one path, for a page laid out whole."""
    size, path = code.modules, []
    for y in range(size):
        row, x = code.rows[y * size : (y + 1) * size], 0
        while (x := row.find(b"\0", x)) >= 0:
            end = row.find(b"\xff", x)
            end = size if end < 0 else end
            path.append(f"M{x + QUIET_MODULES} {y + QUIET_MODULES}h{end - x}v1h{x - end}z")
            x = end
    total = code.with_quiet
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {total}" '
        f'shape-rendering="crispEdges"><path fill="{colour}" d="{"".join(path)}"/></svg>'
    )


def decode(picture: object) -> Sequence[str]:
    """The texts of all QR codes in a picture: a Pillow image, or a grey buffer of rows."""
    found = zxingcpp.read_barcodes(
        picture,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        try_rotate=True,
        try_invert=False,
    )
    return [code.text for code in found]
