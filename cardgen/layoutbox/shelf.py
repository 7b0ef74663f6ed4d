"""Put a checked layout among a workspace's own, take one away, and undo that."""

from __future__ import annotations

from pathlib import Path

from cardgen.campaign import read_campaign
from cardgen.errors import CardgenError, LayoutError, UsageError
from cardgen.exchange import Kept, find_kept, kept_sets, put_files, undo
from cardgen.layoutbox.checked import Checked, digest_of_layout, files_of
from cardgen.layoutbox.zips import name_fault
from cardgen.layouts import layout_folders
from cardgen.ledger import hold_workspace

KIND = "layout"


def install(workspace: Path, folder: Path, checked: Checked, name: str = "") -> int:
    """Put a layout that was uploaded into `folder` and found right in its place.

    `name` is what it is to be called, its own name without. Returns the number of the set that is
    kept. Raises LayoutError for one that is wrong, UsageError for a name that cannot be or files
    that are not any more what was checked; LedgerError while a batch is printed.
    """
    name = name or checked.name
    if fault := name_fault(name):
        raise UsageError(fault, "名字就是版式文件夹的名字，印的时候用它。")
    if checked.findings:
        raise LayoutError(
            f"这个版式还有 {len(checked.findings)} 处不对，没有放进去。", "改好以后重新上传。"
        )
    source = folder / checked.folder
    if digest_of_layout(source) != checked.digest:
        raise UsageError("检查以后，上传的文件又变了。", "请重新上传。")
    files = files_of(source)
    put = {_place(name, path.relative_to(source)): path.read_bytes() for path in files}
    with hold_workspace(workspace):
        detail = {"layout": name, "files": len(put)}
        note = {"name": name, "title": checked.title}
        goes = _places_now(workspace, name)
        return put_files(
            workspace, KIND, put, goes, event="layout-installed", detail=detail, note=note
        )


def remove(workspace: Path, name: str) -> int:
    """Take one of the workspace's own layouts away. Returns the number of the set that is kept.

    Raises UsageError where there is none of that name, or where the campaign prints it and no
    built-in layout has the name; LedgerError while a batch is printed.
    """
    with hold_workspace(workspace):
        goes = [] if name_fault(name) else _places_now(workspace, name)
        if not goes:
            raise UsageError(f"工作文件夹里没有版式“{name}”。", "自带的版式不能删。")
        if _is_printed(workspace, name):
            raise UsageError(
                f"活动里还要印“{name}”，不能删。", "先在活动里去掉这种纸，再来删版式。"
            )
        detail, note = {"layout": name, "files": 0}, {"name": name, "title": ""}
        return put_files(
            workspace, KIND, {}, goes, event="layout-removed", detail=detail, note=note
        )


def take_back(workspace: Path, number: int) -> None:
    """Undo an `install` or a `remove`. Raises UsageError where the files were changed since."""
    with hold_workspace(workspace):
        kept = find_kept(workspace, number)
        if kept is None or kept.kind != KIND:
            raise UsageError("没有这一次。", "刷新页面再看。")
        undo(workspace, number, event="layout-restored", detail={"layout": kept.note["name"]})


def installed_sets(workspace: Path) -> list[Kept]:
    """What was installed and removed, the newest first; `note` has name and title."""
    return kept_sets(workspace, KIND)


def _place(name: str, path: Path) -> str:
    return f"layouts/{name}/{path.as_posix()}"


def _places_now(workspace: Path, name: str) -> list[str]:
    """The files of that layout that lie in the workspace now."""
    folder = workspace / "layouts" / name
    if folder.is_symlink() or folder.parent.is_symlink():
        raise UsageError(f"layouts/{name} 是链接，不改别处的文件。", "换一个名字。")
    return [_place(name, path.relative_to(folder)) for path in files_of(folder)]


def _is_printed(workspace: Path, name: str) -> bool:
    if (layout_folders()[0] / name / "layout.toml").exists():
        return False
    for path in sorted(workspace.glob("*.toml")):
        try:
            campaign = read_campaign(path)
        except CardgenError:
            continue  # no campaign
        if any(paper.layout == name for paper in campaign.papers.values()):
            return True
    return False
