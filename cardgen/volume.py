"""Make one volume: filled copies in, a finished file and an account of every copy out.

Runs in a worker process: fit, impose, press, proof, and only then the final name. Loads no
WeasyPrint, but where papers that flow have to be laid out first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from html import unescape
from pathlib import Path

from cardgen import collector, fonts, proof, qr
from cardgen.errors import CardgenError, LayoutError
from cardgen.fonts.setting import setting
from cardgen.impose import Grid, place_copies, void_places
from cardgen.job import Job
from cardgen.model import (
    Cell,
    Expected,
    FileRecord,
    Filled,
    Form,
    Held,
    Printed,
    Problem,
    ProofMode,
    VolumeResult,
)
from cardgen.planned import plan_record, with_lead
from cardgen.press.beside import voids_of
from cardgen.press.stamp import Fitter
from cardgen.press.volume import Placed, press_volume, sides_needed
from cardgen.problems import Code, problem
from cardgen.progress import Clock
from cardgen.record import anchors_of, digest, expected_of, record_path, write_record
from cardgen.units import pt_to_mm
from cardgen.whole import part_of, take_name, write_part

TRIES = 3  # a copy that does not read back is taken out, and the volume made again


def warm_up() -> None:
    """Learn what almost every volume asks first, while there is none yet.

    The faces of most papers with their digits and kerns, and the writer of thumbnails.
    """
    for family, weight in (("cg-hei", 400), ("cg-hei", 700), ("cg-song", 700)):
        setting("0123456789 王 AZ", fonts.chain(family, weight), (("kern", 1), ("tnum", 1)))
    proof.load_pictures()


def picture_of(path: Path, lead: int) -> bytes:
    """A small picture of a finished file's first copies, behind so many pages on top."""
    return proof.thumbnail(path, number=lead)


def make_volume(job: Job) -> VolumeResult:
    """Make the volume's file. Copies that cannot be right are left out and named.

    Raises OutputError where the file cannot be written.
    """
    with collector.paused():
        return _make_volume(job)


def _make_volume(job: Job) -> VolumeResult:
    clock = Clock()
    held: list[Held] = []
    if job.pages:
        with clock.stage("typeset"):
            job, error = _laid_out(job, held)
        return replace(_make(job, clock, held), error=error)
    return _make(job, clock, held)


def _laid_out(job: Job, held: list[Held]) -> tuple[Job, LayoutError | None]:
    """The job with the forms of its papers that flow, and why one could not be made.

    This is the one place where a worker loads the layout engine: such papers take a tenth of
    a second a page, which the parent alone should not have to spend.
    """
    from cardgen.typeset.fill import filler_of

    assert job.spec is not None
    filler = filler_of(job.spec)
    ready = []
    for copy in job.copies:
        filled = filler.finish(copy, job.pages[copy.form_key])
        if isinstance(filled, Problem):
            held.append(Held(job.layout, copy.copy.subject, copy.copy.village, (filled,)))
        else:
            ready.append(filled)
    forms, error = filler.forms(copy.form_key for copy in ready), filler.first_error()
    filler.trim(0)
    done = replace(job, forms=forms, copies=tuple(ready), pages={})
    return done, error


def _make(job: Job, clock: Clock, held: list[Held]) -> VolumeResult:
    with clock.stage("fit"):
        ready = list(fitted_copies(job, held))
        lead, told = fitted_lead(job)
    if job.lead and held and ready:
        return _again(job, clock, held, ready)
    path = Path(job.folder) / job.name
    part = part_of(path)
    try:
        for _ in range(TRIES):
            if not ready:
                break
            placed = placed_copies(job, ready)
            with clock.stage("press"):
                content = _pressed(job, placed, lead)
            with clock.stage("write"):
                write_part(path, content)
            with clock.stage("proof"):
                record, faults = _read_back(part, job, placed, lead)
            if not faults:
                with clock.stage("write"):
                    take_name(path)
                    if job.record:
                        write_record(record_path(Path(job.folder), job.name), record)
                made = _result(job, clock, placed, held, path, content, len(lead))
                return replace(made, lead_fault=told)
            if wrong := [faults[s] for s in _serials_of(lead) if s in faults]:
                # The copies behind it are right, and are worth more than their cover.
                lead, told = (), wrong[0]
                continue
            held += [_held(job, copy, faults[copy.copy.serial]) for copy, _ in ready
                     if copy.copy.serial in faults]  # fmt: skip
            ready = [each for each in ready if each[0].copy.serial not in faults]
            if job.lead and ready:
                return _again(job, clock, held, ready)
    finally:
        # Gone already where it has its final name; never left behind where it has not.
        with suppress(OSError):
            part.unlink()
    held += [_held(job, copy, "这一册反复读回都不对，没有印") for copy, _ in ready]
    return _result(job, clock, (), held)


def _pressed(job: Job, placed: Sequence[Placed], lead: Lead) -> bytes:
    """The volume's file. Raises LayoutError, with its name, for a layout that has no inks."""
    try:
        return press_volume(
            job.title,
            job.grid,
            job.forms,
            placed,
            foot=job.foot,
            voids=voids_of(void_places(len(placed), job.grid, job.order)),
            target=job.profile,
            lead=lead,
            lead_grid=job.lead_grid,
        )
    except LayoutError as error:
        raise LayoutError(f"{job.layout}：{error.message}", error.hint) from error


def _again(job: Job, clock: Clock, held: list[Held], ready: Sequence[Ready]) -> VolumeResult:
    """Ask for the volume anew, without the copies that were held: its cover counts them."""
    serials = tuple(copy.copy.serial for copy, _ in ready)
    if job.attempt > TRIES:
        held += [_held(job, copy, "这一册反复读回都不对，没有印") for copy, _ in ready]
        serials = ()
    return replace(_result(job, clock, (), held), again=serials)


Lead = tuple[Placed | None, ...]
"""The pages on top of a volume; None is a blank back."""


def fitted_lead(job: Job) -> tuple[Lead, str]:
    """The pages on top of the volume; none, and why, where one of them cannot be set.

    Printed on both sides, the cover has a blank back, and pages of the sign-off sheet share
    theirs.
    """
    fitter, pages = Fitter(), list[Placed | None]()
    for filled in job.lead:
        lines, tight = fitter.fit(job.forms[filled.form_key], filled)
        if tight is not None:
            return (), f"{tight.name}放不下它的文字"
        pages.append(Placed(filled, lines, 0, 0))
    if pages and job.grid.is_duplex:
        pages.insert(1, None)
        pages += [None] * (len(pages) % 2)
    return tuple(pages), ""


def _serials_of(lead: Lead) -> list[str]:
    return [page.filled.copy.serial for page in lead if page is not None]


def fit_job(job: Job) -> list[Held]:
    """Only fit the copies, and name those that cannot be printed.

    Papers that flow make room for their texts: of them only the characters are looked at.
    """
    held: list[Held] = []
    if job.pages:
        return list(_strange(job))
    for _ in fitted_copies(job, held):
        pass
    return held


def _strange(job: Job) -> Iterator[Held]:
    """The copies of papers that flow with characters that no font has."""
    chain = fonts.chain("cg-hei", 400)
    for filled in job.copies:
        text = unescape(re.sub("<[^>]*>|\\s", "", job.pages[filled.form_key]))
        if lost := fonts.missing(text, chain):
            names = "、".join(map(fonts.describe, lost))
            found = problem(
                Code.CHARACTER_MISSING,
                f"{filled.copy.serial} 里有字体没有的字：{names}。请核对，或改用能印的写法。",
            )
            yield Held(job.layout, filled.copy.subject, filled.copy.village, (found,))


Ready = tuple[Filled, tuple]  # type: ignore[type-arg]


def fitted_copies(job: Job, held: list[Held]) -> Iterator[Ready]:
    """The job's copies with the lines of their texts; those that cannot be go to `held`."""
    fitter = Fitter()
    for filled in job.copies:
        try:
            lines, tight = fitter.fit(job.forms[filled.form_key], filled)
        except CardgenError as error:
            held.append(_held(job, filled, error.message))
            continue
        form = job.forms[filled.form_key]
        fault = "" if tight else code_fault(form, filled)
        if fault:
            found = problem(Code.CODE_TOO_LONG, fault)
            held.append(Held(job.layout, filled.copy.subject, filled.copy.village, (found,)))
            continue
        if tight is None:
            yield filled, lines
            continue
        number = next(n for leaf in form.leaves for n, slot in leaf.slots if slot is tight)
        message = (
            f"“{filled.texts[number]}”放不进{tight.name}："
            f"宽 {pt_to_mm(tight.box_pt.width):.1f} 毫米，最小 {tight.floor_pt:g} 磅。"
            "请缩短文字，或在版式里加宽。"
        )
        found = problem(Code.TEXT_TOO_LONG, message, before=filled.texts[number])
        held.append(Held(job.layout, filled.copy.subject, filled.copy.village, (found,)))


def code_fault(form: Form, filled: Filled) -> str:
    """Why a code of this copy could not be scanned, or nothing."""
    for leaf in form.leaves:
        for number, slot in leaf.codes:
            try:
                code = qr.encode(filled.links[number], slot.level, slot.logo)
            except CardgenError as error:
                return f"{error.message}{error.hint}"
            module_mm = pt_to_mm(slot.box_pt.width) / code.with_quiet
            if module_mm < slot.module_mm:
                return (
                    f"{slot.name}太密：每格 {module_mm:.2f} 毫米，至少要 {slot.module_mm:g} 毫米。"
                    "请缩短 campaign.toml 的 [links]，或在版式里加大二维码。"
                )
    return ""


def placed_copies(job: Job, ready: Sequence[Ready]) -> list[Placed]:
    """Fitted copies on their cells, in the order of the sheets."""
    placed = [
        Placed(filled, lines, sheet, place)
        for (filled, lines), (sheet, place) in zip(
            ready, place_copies(len(ready), job.grid, job.order), strict=True
        )
    ]
    return sorted(placed, key=lambda each: (each.sheet, each.place))


def _read_back(
    part: Path, job: Job, placed: Sequence[Placed], lead: Lead
) -> tuple[FileRecord, dict[str, str]]:
    """What the file must show, with what was measured on it; and what is wrong, by serial."""
    record = _planned(job.name, job.layout, job.grid, job.forms, placed)
    record = with_lead(record, lead, job.forms, job.lead_grid or job.grid)
    shapes = [record.shapes[number] for number in record.pages]
    due = [] if job.proof is ProofMode.NONE else list(expected_of(record))
    found = proof.read_file(part, due, job.proof, shapes)
    anchors = anchors_of(record.copies, found.lines)
    faults = {serial: fault.text for serial, fault in found.faults.items()}
    return replace(record, rests=found.rests, anchors=anchors, numbers=found.numbers), faults


def _first_pages(
    grid: Grid, forms: Mapping[str, Form], placed: Sequence[Placed]
) -> tuple[dict[int, int], int]:
    """The first page of each sheet, and all pages: a form of several leaves takes several."""
    first, page = {}, 0
    for sheet, sides in sides_needed(grid, forms, placed).items():
        first[sheet] = page
        page += sides
    return first, page


def expectations(
    grid: Grid, forms: Mapping[str, Form], placed: Sequence[Placed]
) -> Iterator[Expected]:
    """What must be found on each page for each copy."""
    return expected_of(_planned("", "", grid, forms, placed))


def _planned(
    name: str, layout: str, grid: Grid, forms: Mapping[str, Form], placed: Sequence[Placed]
) -> FileRecord:
    return plan_record(name, layout, grid, forms, placed, *_first_pages(grid, forms, placed))


def _held(job: Job, filled: Filled, reason: str) -> Held:
    found = problem(Code.COPY_FAILED, f"{filled.copy.serial}：{reason}。")
    return Held(job.layout, filled.copy.subject, filled.copy.village, (found,))


def _result(
    job: Job,
    clock: Clock,
    placed: Sequence[Placed],
    held: Sequence[Held],
    path: Path | None = None,
    content: bytes = b"",
    lead: int = 0,
) -> VolumeResult:
    picture = b""
    if path is not None and job.thumbnail:
        with clock.stage("thumbnail"):
            picture = picture_of(path, lead)
    first_page, pages = _first_pages(job.grid, job.forms, placed)
    cells = [job.grid.cell(place) for place in range(job.grid.places)]
    return VolumeResult(
        name=job.name,
        layout=job.layout,
        village=job.village,
        sheets=lead + pages,
        printed=tuple(
            _printed(job, each, cells[each.place], lead + first_page[each.sheet]) for each in placed
        ),
        failed=tuple(held),
        seconds=clock.seconds,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest() if content else "",
        thumbnail=picture,
        bundle=job.bundle,
        lead=lead,
    )


def _printed(job: Job, each: Placed, cell: Cell, page: int) -> Printed:
    """Where a copy stands: its front in that cell, on that page of the file."""
    copy = each.filled.copy
    return Printed(
        serial=copy.serial,
        layout=job.layout,
        subject=copy.subject,
        village=copy.village,
        file=job.name,
        sheet=page // (2 if job.grid.is_duplex else 1) + 1,
        side=1,
        cell=each.place + 1,
        x_mm=cell.left_mm,
        y_mm=cell.bottom_mm,
        width_mm=job.grid.copy_width_mm,
        height_mm=job.grid.copy_height_mm,
        digest=digest_of(each.filled),
    )


def digest_of(filled: Filled) -> str:
    """A digest of all that can be seen on a copy: its form, its texts, its codes."""
    return digest(filled.form_key, filled.texts, filled.links)
