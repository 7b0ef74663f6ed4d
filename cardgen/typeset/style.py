"""What a layout's pages start from, and the digests that name its forms. Needs no engine."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from cardgen import qr
from cardgen.model import LayoutSpec
from cardgen.places import share_dir

_RULES = """
@page { size: %(width)smm %(height)smm; bleed: %(bleed)smm; margin: 0 }
html { font-family: var(--hei); font-kerning: normal; line-height: 1.4 }
body { margin: 0 }
.cg-slot { display: block; white-space: pre; text-indent: 0 }
.cg-blank { display: inline-block; text-align: center }
.cg-before { margin-left: .25em }
.cg-after { margin-right: .25em }
.cg-half { font-feature-settings: "halt" }
.cg-code { display: block; position: relative; width: 100%%; height: 100%%; color: #000 }
.cg-code svg { display: block; width: 100%%; height: 100%% }
.cg-logo { display: block; position: absolute; left: %(off)s; top: %(off)s }
.cg-logo { width: %(logo)s; height: %(logo)s }
"""


def page_rules(spec: LayoutSpec) -> str:
    """The CSS before a layout's own: its page, and how slots and codes stand on it."""
    return _RULES % {
        "width": spec.width_mm,
        "height": spec.height_mm,
        "bleed": spec.bleed_mm,
        "logo": f"{qr.LOGO_SHARE:.3%}",
        "off": f"{(1 - qr.LOGO_SHARE) / 2:.3%}",
    }


def looks_digest(spec: LayoutSpec) -> bytes:
    """A digest of what a page looks like beside its HTML: rules, the layout's files, shared parts.

    It holds no path, so that it is the same wherever the files lie.
    """
    digest = hashlib.sha256(page_rules(spec).encode())
    for root in (Path(spec.folder), share_dir("layouts") / "shared"):
        for path in sorted(root.rglob("*")):
            if not path.resolve().is_relative_to(root.resolve()):
                continue  # a link out of the folder: the page may not read it either
            if path.is_file() and path.suffix != ".html":
                digest.update(path.relative_to(root).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.digest()


def style_digest(spec: LayoutSpec) -> bytes:
    """A digest of all but the HTML that a form is laid out by: its looks, fonts, engine."""
    digest = hashlib.sha256(f"{version('weasyprint')}\n".encode())
    digest.update((share_dir("fonts") / "lock.json").read_bytes())
    digest.update(looks_digest(spec))
    return digest.digest()


def template_digest(spec: LayoutSpec) -> str:
    """A digest of the layout's own files, its templates too: whether a designer changed it."""
    digest, root = hashlib.sha256(), Path(spec.folder)
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()


def form_key(style: bytes, html: str) -> str:
    """The name of the form of this hollow HTML in this style."""
    digest = hashlib.sha256(html.encode())
    digest.update(style)
    return digest.hexdigest()[:16]
