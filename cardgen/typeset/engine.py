"""Lay out HTML with WeasyPrint: hollow HTML in, a form with its art and slots out.

All of WeasyPrint stands behind this folder. Its warnings count as failures: a missing
glyph, an unknown property or a file that is not there must not reach paper.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cardgen import collector, fonts
from cardgen.errors import LayoutError
from cardgen.model import Form, LayoutSpec, Leaf
from cardgen.places import share_dir
from cardgen.typeset import art, boxes
from cardgen.units import PT_PER_PX, mm_to_pt

# Before the import below: with this file Pango sees no font of the machine.
os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("no-fonts.conf"))
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # "No fonts configured": that is the wish
    import weasyprint
    from weasyprint.logger import LOGGER
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import FatalURLFetchingError

from cardgen.typeset import justify
from cardgen.typeset.fetcher import FolderFetcher
from cardgen.typeset.style import page_rules
from cardgen.typeset.template import TURN_OVER

_ALLOWED = "版式只能用自己文件夹、shared/ 和 fonts/ 里的文件。"


class Typesetter:
    """Lays out one layout. Keeps fonts loaded; not for use by several threads at a time."""

    def __init__(self, spec: LayoutSpec) -> None:
        self.spec = spec
        self._fonts = FontConfiguration()
        self._folders = [Path(spec.folder), share_dir("layouts") / "shared", share_dir("fonts")]
        rules = fonts.css() + page_rules(spec)
        self._fetcher = FolderFetcher(self._folders)
        with self._strict():
            self._base_css = weasyprint.CSS(
                string=rules, font_config=self._fonts, url_fetcher=self._fetcher
            )

    def form(self, html: str, key: str = "") -> Form:
        """Lay out hollow HTML. Raises LayoutError for what cannot be laid out or stamped."""
        with self._strict():
            document = self._document(html)
            leaves = []
            pages = art.clean(bytes(document.write_pdf()))
            for at, page in enumerate(document.pages):
                too_long = list(boxes.overflowing(page._page_box))
                if too_long:
                    raise LayoutError(
                        f"“{too_long[0]}”放不进它的盒子。", "缩短文字，或在版式里加宽。"
                    )
                slots, found = boxes.slots_of_page(page._page_box, self.spec.floors_pt)
                codes = tuple(
                    (number, replace(code, module_mm=self.spec.module_mm)) for number, code in found
                )
                baked = boxes.baked_text(page._page_box)
                _check_characters(page._page_box)
                leaves.append(Leaf(pages, slots, codes, baked, at))
            _check_all_there(html, leaves)
        return Form(
            key=key,
            width_pt=document.pages[0].width * PT_PER_PX,
            height_pt=document.pages[0].height * PT_PER_PX,
            bleed_pt=mm_to_pt(self.spec.bleed_mm),
            leaves=tuple(leaves),
        )

    def whole(self, html: str) -> tuple[dict[int, tuple[float, float, float, float]], bytes]:
        """Lay out HTML whose slots are filled: their boxes, and the PDF that is the yardstick."""
        with self._strict():
            document = self._document(html)
            return _boxes(document), bytes(document.write_pdf())

    def _document(self, html: str) -> Any:
        pages = [self._laid_out(part) for part in html.split(TURN_OVER)]
        if len(pages) == 1:
            return pages[0]
        for name, document in zip(("正面", "背面"), pages, strict=True):
            if len(document.pages) != 1:
                raise LayoutError(
                    f"{name}排成了 {len(document.pages)} 页，正反两面只能各一页。",
                    "缩短文字，或改小字号和间距。",
                )
        return pages[0].copy([page for document in pages for page in document.pages])

    def _laid_out(self, html: str) -> Any:
        source = weasyprint.HTML(
            string=html,
            base_url=Path(self.spec.folder).as_uri() + "/",
            url_fetcher=self._fetcher,
        )
        _remember_parents(source.etree_element)
        justify.prepare(source.etree_element)
        document = source.render(font_config=self._fonts, stylesheets=[self._base_css])
        justify.justify(page._page_box for page in document.pages)
        return document

    @contextmanager
    def _strict(self) -> Iterator[None]:
        """Turn what WeasyPrint only logs, and what it raises, into a LayoutError."""
        heard = _Heard()
        self._fetcher.refused = ""
        LOGGER.addHandler(heard)
        try:
            with collector.paused():  # box trees are large, and live until the page is done
                yield
        except LayoutError as error:
            raise LayoutError(f"版式 {self.spec.name}：{error.message}", error.hint) from error
        except FatalURLFetchingError as error:
            raise LayoutError(
                f"版式 {self.spec.name}：{error}",
                _ALLOWED,
            ) from error
        except (ValueError, AssertionError, AttributeError, IndexError, TypeError) as error:
            raise LayoutError(
                f"版式 {self.spec.name} 排不出来：{error}", "检查 HTML 和 CSS。"
            ) from error
        finally:
            LOGGER.removeHandler(heard)
        if self._fetcher.refused:
            raise LayoutError(f"版式 {self.spec.name}：{self._fetcher.refused}", _ALLOWED)
        if heard.messages:
            raise LayoutError(
                f"版式 {self.spec.name}：{heard.messages[0]}", _hint(heard.messages[0])
            )


def _boxes(document: Any) -> dict[int, tuple[float, float, float, float]]:
    return {
        number: box for page in document.pages for number, box in boxes.containers(page._page_box)
    }


def _hint(message: str) -> str:
    if "HarfBuzz-Subset" in message:
        return "这台电脑缺一个组件：运行 make setup，或 apt-get install libharfbuzz-subset0。"
    return "检查 CSS 属性、文件名和用字。"


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _check_all_there(html: str, leaves: Sequence[Leaf]) -> None:
    """Raise LayoutError for a slot without a box: WeasyPrint leaves out what has no room."""
    slots = {number for leaf in leaves for number, _ in leaf.slots}
    codes = {number for leaf in leaves for number, _ in leaf.codes}
    for kind, there, what in (("slot", slots, "槽位"), ("code", codes, "二维码")):
        asked = set(map(int, re.findall(f'data-{kind}="([0-9]+)"', html)))
        if lost := sorted(asked - there):
            raise LayoutError(
                f"第 {lost[0] + 1} 个{what}没有排出来。", "它在页面以外，或者被 CSS 藏起来了。"
            )


def _check_characters(page: Any) -> None:
    """Raise LayoutError for what no font has: the engine would print a box in silence."""
    for text, family, weight in boxes.texts_of_page(page):
        if lost := _lost(text, family, weight):
            names = "、".join(fonts.describe(char) for char in lost)
            raise LayoutError(
                f"“{text.strip()}”里有字体没有的字：{names}。", "请核对这个字，或改用能印的写法。"
            )


def _lost(text: str, family: str, weight: int) -> tuple[str, ...]:
    known = _KNOWN.setdefault((family, weight), set(_BLANKS))
    if known.issuperset(text):
        return ()
    lost = fonts.missing(text, fonts.chain(family, weight))
    if not lost:
        known.update(text)
    return lost


_BLANKS = " \t\n\u00a0"
_KNOWN: dict[tuple[str, int], set[str]] = {}


def _remember_parents(root: Any) -> None:
    """Let each element know its parent, so that a slot can be named by it."""
    for parent in root.iter():
        for child in parent:
            if "data-slot" in child.attrib or "data-code" in child.attrib:
                child.set("data-in", (parent.get("class") or parent.tag).split()[0])
