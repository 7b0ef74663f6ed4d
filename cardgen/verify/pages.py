"""Read one finished file back, whose pages may be lost, there twice, or in another order.

A file and its record in, a verdict for each of its copies out. Runs in a worker process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cardgen.errors import OutputError
from cardgen.model import Expected, FileRecord, PageShape, Verdict
from cardgen.preflight.glyphs import glyph_faults
from cardgen.proof import FileReading, PageProof, PageReading, Proof
from cardgen.record import expected_of, read_record
from cardgen.serials import is_serial
from cardgen.units import Rect

Ruling = tuple[Verdict, str]
_SLACK_PT = 1.0


@dataclass(frozen=True, slots=True)
class FileJob:
    """A file to read: where it is, its name in the manifest, and where its record is."""

    path: str
    name: str
    record: str


@dataclass(slots=True)
class FileVerdict:
    """What a file shows: a ruling for copies that are not as they should be, by serial."""

    name: str
    pages: int = 0
    rulings: dict[str, Ruling] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    unreadable: bool = False

    def rule(self, serial: str, verdict: Verdict, reason: str) -> None:
        """Add a ruling: the graver one stands, the first of the same weight."""
        before = self.rulings.get(serial)
        if before is None or (verdict is Verdict.PULL and before[0] is not Verdict.PULL):
            self.rulings[serial] = (verdict, reason)


def verify_file(job: FileJob) -> FileVerdict:
    """Read the file back. What is wrong with it is in the result; raises nothing."""
    found = FileVerdict(job.name)
    try:
        record = read_record(Path(job.record))
    except OutputError as error:
        found.findings.append(error.message)
        found.unreadable = True
        return found
    try:
        pages = _Pages(record, found)
        with FileReading(Path(job.path)) as file:
            pages.read(file)
        pages.look_at_glyphs(glyph_faults(Path(job.path)))
        pages.rule_unseen()
    except OutputError as error:
        found.unreadable = True
        found.findings.append(error.message)
        for copy in record.copies:
            found.rule(copy.serial, Verdict.REPRINT, "文件打不开")
    return found


class _Pages:
    """The pages of a file: which page of the record each of them is, and what is on it."""

    def __init__(self, record: FileRecord, found: FileVerdict) -> None:
        self._record, self._found = record, found
        self._by_page: list[list[Expected]] = [[] for _ in record.pages]
        for copy in expected_of(record):
            self._by_page[copy.page].append(copy)
        self._serials = [
            {copy.serial for copy in copies if self._shows_serial(copy)} for copies in self._by_page
        ]
        self._all = {copy.serial for copy in record.copies}
        self._tops = {copy.serial: copy.places[0].page for copy in record.copies if not copy.cell}
        self._beside = [box for shape in record.shapes for box in shape.beside_pt]
        self._proof = Proof()
        every = [copy for copies in self._by_page for copy in copies]
        self._reader = PageProof(every, self._proof, record.rests, record.numbers)
        self._unseen: list[tuple[str, str]] = []
        self._actual: dict[int, list[int]] = {}
        """Which pages of the file show each page of the record."""

    def _shows_serial(self, copy: Expected) -> bool:
        anchors = self._record.anchors
        if not anchors:
            return any(copy.serial in text for text in copy.texts)
        copies = self._record.copies
        places = next(c.places for c in copies if c.serial == copy.serial)
        leaf = next(n for n, place in enumerate(places) if place.page == copy.page)
        return (copy.serial, leaf) in anchors

    def read(self, file: FileReading) -> None:
        """Read all pages: those in their place first, then what the others are."""
        found = self._found
        found.pages = len(file)
        odd = []
        for number, page in file.pages(range(len(file))):
            if number < len(self._by_page) and self._is_at_home(page, number):
                self._look_at(page, number, number)
            else:
                odd.append(number)
        for number, page in file.pages(odd):
            due = self._page_of(page)
            if due is None:
                words = "是空白" if not page.flat else "不是这一册的"
                found.findings.append(f"多出一页：第 {number + 1} 页{words}")
                last = len(self._record.pages) - 1
                self._look_for_strangers(page, number, (), self._shape_of(min(number, last)))
            else:
                self._look_at(page, number, due)
        self._reader.close()
        for serial, fault in self._proof.faults.items():
            verdict = Verdict.PULL if fault.danger else Verdict.REPRINT
            found.rule(serial, verdict, fault.words)
        self._look_at_order()

    def look_at_glyphs(self, faults: Iterable[tuple[int, str]]) -> None:
        """Characters, by page of the file, that their font shows as nothing or as a box."""
        due_of = {number: due for due, actual in self._actual.items() for number in actual}
        for number, text in faults:
            reason = f"“{text}”没有印出来"
            copies = self._by_page[due_of[number]] if number in due_of else []
            hit = [copy for copy in copies if any(text in each for each in copy.texts)]
            for copy in hit:
                self._found.rule(copy.serial, Verdict.REPRINT, reason)
            if not hit:
                self._found.findings.append(f"第 {number + 1} 页的{reason}")

    def _is_at_home(self, page: PageReading, number: int) -> bool:
        serials, own = self._serials_on(page), self._serials[number]
        if own:
            return bool(serials & own)
        return not serials & self._all

    def _serials_on(self, page: PageReading) -> set[str]:
        """The serials in the cells of a page; the foot names those of the sheet, on both sides."""
        found = set()
        for serial, place in page.serials():
            x, y = page.origin(place[0])
            if not any(_holds(box, x, y) for box in self._beside):
                found.add(serial)
        return found

    def _page_of(self, page: PageReading) -> int | None:
        """Which page of the record this is: that with most of its serials, best a free one."""
        # A sign-off sheet lists the serials of other pages; its own stands nowhere else.
        for serial in sorted({serial for serial, _ in page.serials()} & self._tops.keys()):
            return self._tops[serial]
        serials = self._serials_on(page)
        best = max(
            range(len(self._by_page)),
            key=lambda due: (len(serials & self._serials[due]), due not in self._actual, -due),
            default=None,
        )
        if best is None or not serials & self._serials[best]:
            blank = (due for due, own in enumerate(self._serials) if not own)
            return next((due for due in blank if due not in self._actual), None)
        return best

    def _look_at(self, page: PageReading, number: int, due: int) -> None:
        self._actual.setdefault(due, []).append(number)
        copies = self._by_page[due]
        self._reader.read(page, copies, self._shape_of(due))
        self._look_for_unseen(page, copies)
        self._look_for_strangers(page, number, copies, self._shape_of(due))

    def _look_for_unseen(self, page: PageReading, copies: Sequence[Expected]) -> None:
        """Texts that a reader of the file finds and nobody sees: covered, white, cut off."""
        slots = [
            (copy.serial, text, box)
            for copy in copies
            for text, box in zip(copy.texts, copy.boxes, strict=False)
            if any(map(str.isalnum, text))
        ]
        for number in page.even_among([box for _, _, box in slots]):
            self._unseen.append(slots[number][:2])

    def rule_unseen(self) -> None:
        """What nobody sees, where nothing else has been found of the copy."""
        for serial, text in self._unseen:
            self._found.rule(serial, Verdict.REPRINT, f"“{text}”看不见：盖住了，或和底色一样")

    def _shape_of(self, due: int) -> PageShape:
        return self._record.shapes[self._record.pages[due]]

    def _look_for_strangers(
        self, page: PageReading, number: int, copies: Sequence[Expected], shape: PageShape
    ) -> None:
        """Serials that stand on the page and in no copy's cell, nor in the sheet's foot."""
        cells = [copy.cell_pt.grown(_SLACK_PT) for copy in copies]
        for serial, place in page.serials():
            x, y = page.origin(place[0])
            if any(_holds(cell, x, y) for cell in cells) or not is_serial(serial):
                continue
            if serial in self._all and any(_holds(box, x, y) for box in self._beside):
                continue  # the sheet's foot names the first and the last
            where = f"第 {number + 1} 页的空处也印着编号 {serial}"
            if serial in self._all:
                self._found.rule(serial, Verdict.PULL, where)
            self._found.findings.append(where)

    def _look_at_order(self) -> None:
        found, copies = self._found, self._by_page
        for due, own in enumerate(copies):
            actual = self._actual.get(due, [])
            if not actual:
                found.findings.append(f"少了一页：第 {due + 1} 页")
            if len(actual) > 1:
                pages = "、".join(str(number + 1) for number in sorted(actual))
                found.findings.append(f"第 {due + 1} 页有 {len(actual)} 份：现在的第 {pages} 页")
            for copy in own:
                if copy.serial in self._tops:
                    continue  # no copy: its page has been named
                if not actual:
                    found.rule(copy.serial, Verdict.REPRINT, f"第 {due + 1} 页不见了")
                elif len(actual) > 1:
                    found.rule(copy.serial, Verdict.PULL, f"印了两次：现在的第 {pages} 页")
        order = [min(self._actual[due]) for due in sorted(self._actual)]
        if order != sorted(order):
            found.findings.append("页的顺序变了，走访的顺序不对")
        if self._record.duplex:
            self._look_at_backs()

    def _look_at_backs(self) -> None:
        """Each back must be the page after its front, which stands on an odd page of the file."""
        for due in range(0, len(self._by_page) - 1, 2):
            front, back = self._actual.get(due), self._actual.get(due + 1)
            if not front or not back or not self._by_page[due + 1]:
                continue
            if front[0] % 2 or back[0] != front[0] + 1:
                for copy in self._by_page[due]:
                    self._found.rule(copy.serial, Verdict.PULL, "背面不在自己的正面后面")


def _holds(box: Rect, x: float, y: float) -> bool:
    return box.left <= x <= box.right and box.bottom <= y <= box.top
