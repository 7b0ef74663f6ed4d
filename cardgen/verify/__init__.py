"""Read a finished batch back, at any later day: its folder in, a verdict for each copy out.

manifest.csv, the proof records and the PDFs must close against one another; what each copy
must show is in its record, so no roster is needed. Files that another program has written
anew, or put on its own sheets, are read the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cardgen.engine import Engine, Kills, open_engine
from cardgen.errors import OutputError, UsageError
from cardgen.model import Checked, CopyRecord, FileRecord, Printed, Verdict
from cardgen.proof import FileReading
from cardgen.record import FOLDER, digest, read_record, record_path
from cardgen.report.manifest import read_manifest
from cardgen.units import mm_to_pt
from cardgen.verify.imposed import Found, PagesJob, PagesVerdict, verify_pages
from cardgen.verify.pages import FileJob, FileVerdict, Ruling, verify_file

PAGES_A_JOB = 40
_AWAY_PT = 0.01
_DEADLY = "读它的进程意外结束了，两次都是这样"
__all__ = ["VerifyResult", "verify"]


@dataclass(slots=True)
class VerifyResult:
    """Every copy of the manifest with its verdict; findings that are about no single copy."""

    out: Path
    copies: list[Checked] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, int] = field(default_factory=dict)
    unreadable: bool = False

    @property
    def wrong(self) -> list[Checked]:
        """The copies that must be printed again or pulled out, those to pull first."""
        wrong = [copy for copy in self.copies if copy.verdict is not Verdict.OK]
        return sorted(wrong, key=lambda copy: copy.verdict is not Verdict.PULL)

    @property
    def closes(self) -> bool:
        """Whether each copy is there once, and right, and nothing else is there."""
        return not self.findings and not self.wrong

    def counts(self) -> dict[str, Counter[Verdict]]:
        """How many copies of each verdict, by file."""
        found: dict[str, Counter[Verdict]] = {}
        for copy in self.copies:
            found.setdefault(copy.file, Counter())[copy.verdict] += 1
        return found


def verify(out: Path, files: Sequence[Path] = (), workers: int = 0) -> VerifyResult:
    """Read back every copy of the batch in this folder, or in these files instead.

    Raises OutputError where there is no manifest, UsageError for a file that is not there.
    """
    manifest = list(read_manifest(out / "manifest.csv"))
    result = VerifyResult(out)
    tops = _files_of_tops(out, {line.file for line in manifest})
    if not manifest and not tops:
        result.findings.append(("manifest.csv", "清单里一份也没有"))
    named = sorted({line.file for line in manifest} | tops)
    own, foreign = _parted(out, files, named)
    if files and not foreign:
        named = [name for name in named if name in own]
        manifest = [line for line in manifest if line.file in own]
    records, rulings = _records(out, named, result), _manifest_rulings(manifest)
    for line, ruling in _line_rulings(manifest, records, result):
        rulings.setdefault(line.serial, ruling)
    if not files:
        result.findings += _files_too_many(out, named)
    with open_engine(workers=workers) as engine:
        if foreign:
            _read_foreign(engine, out, foreign, records, rulings, result)
        else:
            _read_own(engine, out, named, records, rulings, result)
    for line in manifest:
        result.copies.append(_checked(line, rulings.get(line.serial)))
    return result


def _parted(out: Path, files: Sequence[Path], named: Sequence[str]) -> tuple[set[str], list[Path]]:
    """The files that are the batch's own, by name, and those of others."""
    own: set[str] = set()
    foreign = []
    by_path = {(out / name).resolve(): name for name in named}
    for path in files:
        if not path.is_file():
            raise UsageError(f"没有文件 {path}。", "--file 后面写要核对的 PDF 文件。")
        name = by_path.get(path.resolve())
        if name is None:
            foreign.append(path)
        else:
            own.add(name)
    if own and foreign:
        raise UsageError(
            "一次不能既核对这一批自己的文件，又核对别人拼版的文件。", "分两次运行 cardgen verify。"
        )
    return own, foreign


# -- manifest and records


def _records(out: Path, named: Iterable[str], result: VerifyResult) -> dict[str, FileRecord]:
    records = {}
    for name in named:
        try:
            records[name] = read_record(record_path(out, name))
        except OutputError as error:
            result.unreadable = True
            result.findings.append((name, error.message))
    return records


def _manifest_rulings(manifest: Sequence[Printed]) -> dict[str, Ruling]:
    seen = Counter(line.serial for line in manifest)
    return {
        serial: (Verdict.PULL, f"清单里有 {count} 次")
        for serial, count in seen.items()
        if count > 1
    }


def _line_rulings(
    manifest: Sequence[Printed], records: dict[str, FileRecord], result: VerifyResult
) -> Iterator[tuple[Printed, Ruling]]:
    """Copies of which manifest and record do not say the same."""
    copies = {
        name: {copy.serial: copy for copy in record.copies} for name, record in records.items()
    }
    for line in manifest:
        record = records.get(line.file)
        if record is None:
            yield line, (Verdict.REPRINT, "没有核对记录，无法核对")
            continue
        copy = copies[line.file].pop(line.serial, None)
        if copy is None:
            yield line, (Verdict.REPRINT, "核对记录里没有这一份")
        elif word := _differs(line, copy, record):
            yield line, (Verdict.REPRINT, f"清单和核对记录对不上：{word}")
    for name, rest in copies.items():
        for copy in rest.values():
            if copy.cell:
                result.findings.append((name, f"清单里没有编号 {copy.serial}，核对记录里有"))


def _differs(line: Printed, copy: CopyRecord, record: FileRecord) -> str:
    """In what a line of the manifest says something else than the record, or nothing."""
    place, sides = copy.places[0], 2 if record.duplex else 1
    left, bottom = place.matrix[4:]
    page = (line.sheet - 1) * sides + line.side - 1
    is_away = max(abs(mm_to_pt(line.x_mm) - left), abs(mm_to_pt(line.y_mm) - bottom)) > _AWAY_PT
    checks = (
        ("户号", (line.subject, line.village) != (copy.subject, copy.village)),
        ("纸张", line.layout != record.layout),
        ("页", page != place.page),
        ("格", line.cell != copy.cell or is_away),
        ("内容", line.digest != digest(copy.form, copy.texts, copy.links)),
    )
    return next((word for word, differs in checks if differs), "")


def _files_of_tops(out: Path, named: set[str]) -> set[str]:
    """Files with covers and sign-off sheets alone, as a reprint may be: no copy names them."""
    found = set()
    for path in sorted((out / FOLDER).glob("*/*.json.gz")):
        name = f"{path.parent.name}/{path.name.removesuffix('.json.gz')}.pdf"
        if name not in named and (out / name).is_file():
            try:
                copies = read_record(path).copies
            except OutputError:
                continue  # then its PDF is one too many
            if copies and not any(copy.cell for copy in copies):
                found.add(name)
    return found


def _files_too_many(out: Path, named: Sequence[str]) -> Iterator[tuple[str, str]]:
    layouts = {name.partition("/")[0] for name in named}
    layouts |= {path.name for path in (out / FOLDER).glob("*") if path.is_dir()}
    for layout in sorted(layouts):
        for path in sorted((out / layout).glob("*.pdf")):
            name = f"{layout}/{path.name}"
            if name not in named:
                yield name, "多出的文件：清单里没有"


# -- the batch's own files


def _read_own(
    engine: Engine,
    out: Path,
    named: Sequence[str],
    records: dict[str, FileRecord],
    rulings: dict[str, Ruling],
    result: VerifyResult,
) -> None:
    jobs = []
    for name in named:
        if name not in records:
            continue
        if not (out / name).is_file():
            result.findings.append((name, "文件不见了"))
            for copy in records[name].copies:
                rulings.setdefault(copy.serial, (Verdict.REPRINT, "文件不见了"))
            continue
        jobs.append(FileJob(str(out / name), name, str(record_path(out, name))))

    def dead(job: FileJob, _kills: Kills[FileJob]) -> FileVerdict:
        told = FileVerdict(job.name, findings=[_DEADLY], unreadable=True)
        for copy in records[job.name].copies:
            told.rule(copy.serial, Verdict.REPRINT, "文件打不开")
        return told

    for told in engine.run(verify_file, jobs, rescue=dead):
        tops = {copy.serial for copy in records[told.name].copies if not copy.cell}
        _note(told, tops, rulings, result)


def _note(
    told: FileVerdict, tops: set[str], rulings: dict[str, Ruling], result: VerifyResult
) -> None:
    """Add what a file shows; a cover or sign-off sheet is no copy, so it is a finding."""
    result.files[told.name] = told.pages
    result.unreadable |= told.unreadable
    result.findings += [(told.name, finding) for finding in told.findings]
    for serial, ruling in told.rulings.items():
        if serial in tops:
            result.findings.append((told.name, f"封面或签收表 {serial}：{ruling[1]}"))
        elif ruling[0] is Verdict.PULL or serial not in rulings:
            rulings[serial] = ruling


# -- files of others


def _read_foreign(
    engine: Engine,
    out: Path,
    paths: Sequence[Path],
    records: dict[str, FileRecord],
    rulings: dict[str, Ruling],
    result: VerifyResult,
) -> None:
    jobs = []
    kept = tuple(str(record_path(out, name)) for name in sorted(records))
    for path in paths:
        with FileReading(path) as file:
            result.files[path.name] = pages = len(file)
        jobs += [
            PagesJob(str(path), first, first + PAGES_A_JOB, kept)
            for first in range(0, pages, PAGES_A_JOB)
        ]
    found: dict[tuple[str, int], list[tuple[str, Found]]] = {}

    def dead(job: PagesJob, _kills: Kills[PagesJob]) -> PagesVerdict:
        return PagesVerdict(job.path, [], [], _DEADLY)

    for told in engine.run(verify_pages, jobs, rescue=dead):
        _note_pages(told, found, result)
    for record in records.values():
        for copy in record.copies:
            ruling = _ruling_of(record, copy, found)
            if ruling is not None:
                rulings.setdefault(copy.serial, ruling)


def _note_pages(
    told: PagesVerdict,
    found: dict[tuple[str, int], list[tuple[str, Found]]],
    result: VerifyResult,
) -> None:
    name = Path(told.path).name
    if told.error:
        result.unreadable = True
        result.findings.append((name, told.error))
    for each in told.found:
        found.setdefault((each.serial, each.leaf), []).append((name, each))
    for serial, page in told.strange:
        result.findings.append((name, f"第 {page + 1} 页有这一批没有的编号 {serial}"))


def _ruling_of(
    record: FileRecord,
    copy: CopyRecord,
    found: dict[tuple[str, int], list[tuple[str, Found]]],
) -> Ruling | None:
    """What to do with a copy, by all places where its serial was found."""
    leaves = range(len(copy.places))
    every = [each for leaf in leaves for each in found.get((copy.serial, leaf), ())]
    right = [(name, each) for name, each in every if each.fault is None]
    beside = [
        (name, each)
        for name, each in every
        if each.fault is not None
        and not any(
            name == other and each.page == good.page and _is_in(each, good) for other, good in right
        )
    ]
    if not every:
        return Verdict.REPRINT, "没有找到"
    for _, each in beside:
        assert each.fault is not None
        if each.fault.danger or right:
            words = f"又印在第 {each.page + 1} 页" if right else each.fault.words
            return Verdict.PULL, words
    if beside:
        fault = beside[0][1].fault
        return Verdict.REPRINT, fault.words if fault else ""
    for leaf in leaves:
        places = _places(each for each in right if each[1].leaf == leaf)
        if len(places) > 1:
            pages = "、".join(str(page + 1) for _, page, *_ in places)
            return Verdict.PULL, f"印了 {len(places)} 次：第 {pages} 页"
        if not places and (copy.serial, leaf) in record.anchors:
            return Verdict.REPRINT, f"没有找到第 {leaf + 1} 面"
    return None


def _places(found: Iterable[tuple[str, Found]]) -> list[tuple[str, int, int, int]]:
    """Different places among these: a copy that shows its serial twice stands in one."""
    places = {
        (name, each.page, round(each.cell_pt.left), round(each.cell_pt.bottom))
        for name, each in found
    }
    return sorted(places)


def _is_in(each: Found, good: Found) -> bool:
    x, y = each.at_pt
    cell = good.cell_pt
    return cell.left <= x <= cell.right and cell.bottom <= y <= cell.top


def _checked(line: Printed, ruling: Ruling | None) -> Checked:
    verdict, reason = ruling or (Verdict.OK, "")
    return Checked(
        line.serial,
        line.layout,
        line.subject,
        line.village,
        line.file,
        line.sheet,
        line.side,
        line.cell,
        verdict,
        reason,
    )
