"""What goes wrong, as pages say it: in words for who looks at a page, whatever cardgen says."""

from __future__ import annotations

import ast
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from web import Site

from cardgen.errors import LedgerError
from cardgen.ledger import hold_workspace

PACKAGE = Path(__file__).parent.parent / "cardgen"
NOT_ON_PAGES = (
    *("cli", "engine/cluster.py", "engine/away.py", "engine/__init__.py", "reprint", "verify"),
    *("county.py", "template.py", "printers.py", "preflight", "sheets.py", "web/server.py"),
    *("web/accounts.py:find_account", "workspace.py:read_earlier", "workspace.py:sheet_for"),
)
ERRORS = {
    *("CardgenError", "UsageError", "RosterError", "LayoutError", "OutputError", "LedgerError"),
}
NOT_TOLD = re.compile("--[a-z]|cardgen [a-z]|命令|运行|进程号|/srv|layouts/README")


def _sentences() -> Iterator[tuple[str, str, str]]:
    """Every error that the sources raise where a page may be the one who asked: the place, its
    message and its hint, with a path where a value stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith(NOT_ON_PAGES):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        known = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            if f"{name}:{function.name}" in NOT_ON_PAGES:
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ERRORS:
                    said = [_as_said(part, known) for part in call.args]
                    yield f"{name}:{call.lineno}", said[0], said[1] if len(said) > 1 else ""


def _as_said(node: ast.expr, known: dict[str, object]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_as_said(part, known) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        name = ast.unparse(node.value)
        if name in ("path", "folder", "workspace", "self.path", "source"):
            return "/srv/青石镇 office/a/b.toml" if name != "folder" else "/srv/青石镇 office"
        return _as_said(node.value, known) if isinstance(node.value, ast.Name) else "甲"
    if isinstance(node, ast.BinOp):
        return _as_said(node.left, known) + _as_said(node.right, known)
    if isinstance(node, ast.IfExp):
        return _as_said(node.body, known)
    return str(known.get(ast.unparse(node), "乙"))


def test_no_error_that_a_page_may_show_speaks_of_commands_or_of_the_machine(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardgen.web import plain

    monkeypatch.setattr(plain, "_folders", lambda: [("/srv/青石镇 office", True)])
    wrong, seen = [], 0
    for place, message, hint in _sentences():
        if message.startswith("--"):  # answers a command that had this option
            continue
        seen += 1
        for is_office in (True, False):
            said = plain.message_for_page(message) + plain.for_page(hint, is_office=is_office)
            wrong += [f"{place} {said}"] if NOT_TOLD.search(said) else []
    assert seen > 150
    assert wrong == []


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("{folder} 里没有花名册。", "工作文件夹里没有花名册。"),
        ("账本 {folder}/cardgen.db 坏了，读不出来。", "账本 cardgen.db 坏了，读不出来。"),
        ("{folder}/layouts/x/layout.toml：缺少 size_mm。", "layouts/x/layout.toml：缺少 size_mm。"),
        ("{folder}/web/tasks/000003/files/a.xlsx 读不了", "a.xlsx 读不了"),
        ("/opt/some where/x.ttf 坏了", "some where/x.ttf 坏了"),
        (r"C:\Users\liu\卡\x.pdf 写不进去：磁盘满了", "x.pdf 写不进去：磁盘满了"),
        ("张三 1/2/3 组，见 https://example.cn/h/1", "张三 1/2/3 组，见 https://example.cn/h/1"),
        (f"a.pdf 写不进去：{os.strerror(errno.ENOSPC)}", "a.pdf 写不进去：磁盘满了"),
    ],
)
def test_a_path_is_told_by_its_name(site: Site, message: str, said: str) -> None:
    from cardgen.web.plain import message_for_page

    assert message_for_page(message.replace("{folder}", str(site.folder))) == said


def test_hints_say_what_can_be_done_on_a_page(site: Site) -> None:
    from cardgen.web.plain import for_page

    assert for_page("等它印完，再运行同一条命令。") == "等它印完，再试一次。"
    hint = "再运行同一条命令；若再发生，加 --jobs 0 单进程运行。"
    assert for_page(hint) == "再试一次；还是这样，请告诉维护这台电脑的人。"
    assert for_page("换一个用户名，或用 cardgen user passwd。") == "换一个用户名。"
    assert for_page("有这些：甲、乙。用 cardgen layouts list 看有哪些版式。") == "有这些：甲、乙。"
    disk = "请看磁盘是不是满了。"
    assert for_page(disk) == disk
    assert for_page(disk, is_office=False) == "请告诉镇办公室。"
    assert for_page("写 1 到 10。", is_office=False) == "写 1 到 10。"


def test_a_workspace_that_is_held_is_told_without_path_machine_and_process(site: Site) -> None:
    from cardgen.web.views.campaign import CAMPAIGN_FILE

    office = site.client("office")
    form = office.get("/campaign/").content.decode()
    assert CAMPAIGN_FILE not in form
    words = {"title": "防汛", "issuer": "青石镇", "slogans": "", "hotlines": ""}
    with hold_workspace(site.folder, lambda: "2026-11-28T09:30:12+08:00"):
        answers = [
            office.post("/campaign/", words),
            office.post("/layouts/change/", {"name": "x"}, follow=True),
            office.post("/rosters/undo/"),
        ]
    for answer in answers[:1]:
        text = answer.content.decode()
        assert "正在印另一批（2026-11-28 09:30 开始的），一次只能印一批。" in text
        assert "等它印完，再试一次。" in text
    for answer in answers:
        text = answer.content.decode()
        assert f"进程号 {os.getpid()}" not in text
        assert str(site.folder) not in text
        assert f"在 {os.uname().nodename}" not in text


def test_a_secretary_is_sent_to_the_office_with_what_he_cannot_mend(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardgen.web.views import home

    def broken() -> None:
        path = site.folder / "cardgen.db"
        raise LedgerError(f"账本 {path} 坏了，读不出来。", "从备份里拿回昨天的。")

    monkeypatch.setattr(home, "open_desk", broken)
    office, secretary = (
        site.client(name).get("/").content.decode() for name in ("office", "tangwan")
    )
    for text in (office, secretary):
        assert "账本 cardgen.db 坏了，读不出来。" in text
        assert str(site.folder) not in text
    assert "从备份里拿回昨天的。" in office
    assert "从备份" not in secretary
    assert "请告诉镇办公室。" in secretary
