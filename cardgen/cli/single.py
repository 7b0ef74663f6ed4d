"""Print one paper of one household: a workspace and a 户号 in, the path of a finished file out."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from cardgen.errors import CardgenError, LayoutError, OutputError, RosterError
from cardgen.model import Held
from cardgen.problems import Code
from cardgen.whole import part_of

PNG_DPI = 300
_OF_LAYOUT = {
    Code.CHARACTER_MISSING,
    Code.TEXT_TOO_LONG,
    Code.CODE_TOO_LONG,
    Code.VALUE_MISSING,
}


def print_single(
    folder: Path,
    household: str,
    layout: str,
    as_png: bool,
    path: Path | None,
    campaign: str,
    cell: int = 0,
) -> tuple[Path, ...]:
    """Print it, as PDF or PNG, to `path` or to out/cards of the workspace; on a page of its own
    size or, from 1 on, on that cell of its sheet.

    Raises a CardgenError with every reason where the paper is held back; then no file of
    that name is left in out/cards, not even that of an earlier day.
    """
    from cardgen.roster import start_reading

    reading = start_reading(folder)  # by a child, while all else is loaded
    from cardgen import produce
    from cardgen.plan import slugs

    if path is None:
        name = f"{layout}-{slugs([household])[household]}.{'png' if as_png else 'pdf'}"
        path = folder / "out" / "cards" / name
        for old in (path, *_further(path)):
            old.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="cardgen-") as scratch:
        made = Path(scratch) / "card.pdf" if as_png else path
        result = produce.print_card(folder, household, layout, made, campaign, reading, cell=cell)
        if not result.files:
            raise _reason(household, result.held)
        if as_png:
            pages = sum(file.sheets for file in result.files)
            return tuple(_write_picture(made, path, page) for page in range(pages))
    return (path,)


def _further(path: Path) -> list[Path]:
    """The pictures of further pages that stand beside a picture."""
    name = re.compile(rf"{re.escape(path.stem)}-\d{{1,3}}{re.escape(path.suffix)}")
    beside = path.parent.iterdir() if path.parent.is_dir() else ()
    return [each for each in beside if name.fullmatch(each.name)]


def _reason(household: str, held: tuple[Held, ...]) -> CardgenError:
    """All reasons as one error, of the class that fits the first."""
    reasons = list(dict.fromkeys(reason for each in held for reason in each.reasons))
    codes = {reason.code for reason in reasons}
    kind: type[CardgenError] = RosterError
    if Code.COPY_FAILED in codes:
        kind = OutputError
    elif codes & _OF_LAYOUT:
        kind = LayoutError
    places = [
        f"{reason.message}（{reason.file}"
        f"{f':{reason.sheet}' if reason.sheet else ''}!{reason.cell}）"
        if reason.cell
        else reason.message
        for reason in reasons
    ]
    words = "\n  ".join(places) or "这种纸不是给他的：看看版式和活动文件里的 kinds、for_roles。"
    return kind(f"{household} 这一份没有印：\n  {words}", "改好后，再运行同一条命令。")


def _write_picture(pdf: Path, path: Path, page: int) -> Path:
    """A page as a picture: at `path`, further ones beside it with their numbers."""
    from cardgen.proof import picture_of

    if page:
        path = path.with_name(f"{path.stem}-{page + 1}{path.suffix}")
    part = part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture_of(pdf, page, PNG_DPI).save(part, "PNG", dpi=(PNG_DPI, PNG_DPI))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            f"写不了 {path}：{error.strerror or error}。", "看看磁盘是否已满、文件夹能否写入。"
        ) from error
    return path
