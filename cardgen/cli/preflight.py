"""Look through finished PDFs: files and folders in, what was found on the screen out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cardgen.cli import show
from cardgen.errors import UsageError
from cardgen.model import Profile


def look_through(paths: Iterable[Path], profile: Profile | None, as_json: bool) -> bool:
    """Show what preflight finds in each file; whether all is well.

    Raises UsageError where there is no PDF, OutputError for a file that is none.
    """
    from cardgen.preflight import preflight

    files = list(_files(paths))
    found = [(path, each) for path in files for each in preflight(path, profile)]
    if as_json:
        show.as_json(
            [{"file": str(path), "page": each.page, "message": each.message}
             for path, each in found]
        )  # fmt: skip
        return not found
    if found:
        pages: dict[tuple[str, str], list[int]] = {}
        for path, each in found:
            pages.setdefault((str(path), each.message), []).append(each.page)
        rows = [(file, _where(numbers), message) for (file, message), numbers in pages.items()]
        if show.out().is_terminal:
            show.table(("文件", "哪里", "查到什么"), rows)
        else:
            for row in rows:
                show.line("\t".join(row))
        bad = len({path for path, _ in found})
        show.line(f"查了 {len(files):,} 个 PDF，{bad:,} 个有问题，共 {len(found):,} 处。")
    else:
        show.line(f"查了 {len(files):,} 个 PDF，没有发现问题。这是印前自查，不是标准认证。")
    return not found


def _where(pages: list[int]) -> str:
    """Pages in words: 第 1-37、40 页."""
    if pages == [0]:
        return "整个文件"
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], page]
        else:
            runs.append([page])
    return f"第 {'、'.join('-'.join(map(str, run)) for run in runs)} 页"


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            if not path.exists():
                raise UsageError(f"没有找到 {path}。", "写一个 PDF，或放 PDF 的文件夹。")
            yield path
            continue
        inside = sorted(path.rglob("*.pdf"))
        if not inside:
            raise UsageError(f"{path} 里没有 PDF。", "先印一批：cardgen build。")
        yield from inside
