"""Colour profiles: an ICC file in, RGB as the inks of that press out.

Without a file, colours become inks by a plain formula: what they have in common is black.
Colours are numbers from 0 to 1, pictures Pillow's. Owns littlecms, through Pillow.
"""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageCms, ImageMath

from cardgen.errors import UsageError
from cardgen.model import Colour, Profile, Target

MOST_INK = 3.0
"""The inks of one place together: more does not dry on coated paper."""

_SHOP_HINT = "请向印刷厂要他们的 CMYK 输出配置文件（.icc）；还没有时，先不写 --icc。"
_SPACES = {b"RGB ": "RGB", b"GRAY": "灰度", b"Lab ": "Lab", b"XYZ ": "XYZ"}
_CLASSES = {b"scnr": "扫描仪", b"mntr": "显示器", b"link": "设备连接", b"spac": "色彩空间"}


def shop_target(path: Path) -> Target:
    """The target of a print shop with this ICC file. Raises UsageError for one that is not fit."""
    content = _read(path)
    check_profile(content, path.name)
    return Target(Profile.SHOP, str(path.resolve()), hashlib.sha256(content).hexdigest())


def load(target: Target) -> bytes:
    """The bytes of the target's ICC file, those that were checked; empty where it has none."""
    return _load(target.icc, target.icc_sha256) if target.icc else b""


@lru_cache(maxsize=2)
def _load(path: str, sha256: str) -> bytes:
    content = _read(Path(path))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UsageError(f"{Path(path).name} 在印制当中被换掉了。", "重新运行同一条命令。")
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"没有找到色彩配置文件 {path}。", _SHOP_HINT) from None
    except OSError as error:
        raise UsageError(f"{path.name} 读不了：{error.strerror}。", _SHOP_HINT) from error


def space_of(content: bytes) -> str:
    """The colour space that a profile is for, as its header has it: "CMYK", "RGB"."""
    return content[16:20].decode("latin-1").strip()


def name_of(content: bytes) -> str:
    """What a profile calls itself."""
    opened = ImageCms.ImageCmsProfile(io.BytesIO(content))
    return ImageCms.getProfileDescription(opened).strip() or "CMYK"


def check_profile(content: bytes, name: str) -> None:
    """Raise UsageError for what is not the profile of a press (ICC.1:2004-10, 7.2)."""
    size = int.from_bytes(content[:4], "big")
    if len(content) < 132 or content[36:40] != b"acsp":
        raise UsageError(f"{name} 不是 ICC 色彩配置文件。", _SHOP_HINT)
    if size > len(content):
        raise UsageError(f"{name} 不完整：应有 {size:,} 字节，实有 {len(content):,}。", _SHOP_HINT)
    if content[8] > 4:
        raise UsageError(f"{name} 是第 {content[8]} 版 ICC，PDF/X-4 最多用到第 4 版。", _SHOP_HINT)
    space, kind = content[16:20], content[12:16]
    if space != b"CMYK":
        shown = _SPACES.get(space, space_of(content))
        raise UsageError(f"{name} 是 {shown} 的配置文件，印刷要 CMYK 的。", _SHOP_HINT)
    if kind != b"prtr":
        shown = _CLASSES.get(kind, kind.decode("latin-1"))
        raise UsageError(f"{name} 是{shown}的配置文件，不是印刷机的。", _SHOP_HINT)
    try:
        inks_of((0.5, 0.25, 0.0), content)
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise UsageError(f"{name} 坏了，不能用来换算颜色（{error}）。", _SHOP_HINT) from error


@lru_cache(maxsize=1024)
def inks_of(colour: Colour, icc: bytes = b"") -> Colour:
    """A colour in RGB as cyan, magenta, yellow and black, within what a sheet may carry."""
    if not icc:
        black = 1 - max(colour)
        rest = 1 - black
        return _bounded((*((rest - part) / rest if rest else 0.0 for part in colour), black))
    pixel = Image.new("RGB", (1, 1), tuple(round(255 * part) for part in colour))
    inks = _to_press(icc).apply(pixel).getpixel((0, 0))
    assert isinstance(inks, tuple)
    return _bounded(tuple(part / 255 for part in inks))


def _bounded(inks: Colour) -> Colour:
    *colours, black = inks
    room = (MOST_INK - black) / sum(colours) if sum(inks) > MOST_INK else 1.0
    # Rounded down to what is written, so that the written inks do not pass the limit either.
    return tuple(
        int(part * 10_000 + 1e-6) / 10_000 for part in (*(c * room for c in colours), black)
    )


def picture_in_inks(picture: Image.Image, icc: bytes = b"") -> Image.Image:
    """A picture as the press prints it: in grey where it has no colour, else in four inks."""
    red, green, blue = picture.convert("RGB").split()
    if red.tobytes() == green.tobytes() == blue.tobytes():
        return red
    if icc:
        return _bounded_picture(_to_press(icc).apply(picture.convert("RGB")))
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    colours = [
        ImageMath.lambda_eval(
            lambda given: given["convert"](
                (given["max"](given["top"], 1) - given["min"](given["one"], given["top"]))
                * 255 / given["max"](given["top"], 1), "L"),
            one=one, top=strongest,
        )
        for one in (red, green, blue)
    ]  # fmt: skip
    return _bounded_picture(Image.merge("CMYK", (*colours, ImageChops.invert(strongest))))


def _bounded_picture(picture: Image.Image) -> Image.Image:
    *colours, black = picture.split()
    c, m, y = colours
    bounded = [
        ImageMath.lambda_eval(
            lambda given: given["convert"](
                given["min"](
                    given["one"],
                    given["one"]
                    * (int(MOST_INK * 255) - given["k"])
                    / given["max"](given["c"] + given["m"] + given["y"], 1),
                ),
                "L",
            ),
            one=one,
            c=c,
            m=m,
            y=y,
            k=black,
        )
        for one in colours
    ]
    return Image.merge("CMYK", (*bounded, black))


@lru_cache(maxsize=2)
def _to_press(icc: bytes) -> ImageCms.ImageCmsTransform:
    """From sRGB to the press: relative colorimetric, black as black as the press can."""
    return ImageCms.ImageCmsTransform(
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        "RGB",
        "CMYK",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
