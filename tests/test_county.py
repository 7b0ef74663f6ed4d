"""Many townships in one go: each its own batch, and a sum that hides none of them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from test_produce import digests, edit

from cardgen import county as county_module
from cardgen.batch import Options
from cardgen.cli import main
from cardgen.county import build_county
from cardgen.engine import Engine, open_engine
from cardgen.errors import UsageError
from cardgen.ledger import hold_workspace
from cardgen.model import County, Failure, TownshipLine
from cardgen.produce import build
from cardgen.report.county import county_html, county_json, county_sentence

NAMES = ("青石镇", "柳河乡", "白杨镇")


@pytest.fixture
def county(small_workspace: Path, tmp_path: Path) -> Path:
    """Three townships, alike but for their names."""
    folder = tmp_path / "全县"
    for name in NAMES:
        shutil.copytree(small_workspace, folder / name)
    return folder


def townships(county: Path) -> list[Path]:
    return [county / name for name in NAMES]


def printed(folders: list[Path], **options: object) -> tuple[County, Path]:
    return build_county(folders, Options(workers=0, **options))  # type: ignore[arg-type]


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    told = capsys.readouterr()
    return code, told.out, told.err


# -- each its own batch ------------------------------------------------------------------------


def test_each_township_is_printed_as_it_would_be_alone(county: Path, tmp_path: Path) -> None:
    told, where = printed(townships(county))
    alone = shutil.copytree(county / NAMES[1], tmp_path / "alone")
    shutil.rmtree(alone / "out")
    for path in alone.glob("cardgen.*"):
        path.unlink()
    build(alone, Options(workers=0))
    assert digests(alone / "out") == digests(county / NAMES[1] / "out")
    assert where == county
    assert [line.printed for line in told.townships] == [30, 30, 30]
    for name in NAMES:
        assert (county / name / "cardgen.db").is_file()
        assert (county / name / "out" / "report.html").is_file()


def test_one_engine_serves_all(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Engine] = []

    def counted(*words: object) -> Engine:
        opened.append(open_engine("serial"))
        return opened[-1]

    monkeypatch.setattr(county_module, "open_engine", counted)
    monkeypatch.setattr("cardgen.produce.open_engine", counted)
    printed(townships(county))
    assert len(opened) == 1


def test_the_same_again_does_nothing_and_says_so(county: Path) -> None:
    printed(townships(county))
    before = {path: path.stat().st_mtime_ns for path in county.rglob("*.pdf")}
    told, _ = printed(townships(county))
    assert {path: path.stat().st_mtime_ns for path in county.rglob("*.pdf")} == before
    assert [(line.files, line.earlier) for line in told.townships] == [(2, 2)] * 3
    assert "以前印好的，没有动" in (county / "county.html").read_text("utf-8")


def test_with_out_each_goes_to_a_folder_of_its_own(county: Path, tmp_path: Path) -> None:
    out = tmp_path / "印"
    _, where = printed(townships(county), out=out)
    assert where == out
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [*NAMES, "county.json", "county.html"]
    )
    assert all((out / name / "manifest.csv").is_file() for name in NAMES)
    assert not (county / NAMES[0] / "out").exists() and not (county / "county.json").exists()


def test_two_folders_of_one_name_do_not_share_an_out(county: Path, tmp_path: Path) -> None:
    other = shutil.copytree(county / NAMES[0], tmp_path / "邻县" / NAMES[0])
    with pytest.raises(UsageError) as told:
        printed([county / NAMES[0], other], out=tmp_path / "out")
    assert told.value.message == "有 2 个文件夹都叫 青石镇，放不进同一个 --out。"
    assert not (tmp_path / "out").exists()


def test_a_folder_named_twice_is_printed_once(county: Path) -> None:
    told, _ = printed([county / NAMES[0], county / NAMES[1], county / NAMES[0] / "."])
    assert len(told.townships) == 2


def test_since_is_for_one_workspace(county: Path) -> None:
    with pytest.raises(UsageError, match="--since 一次只能用于一个工作文件夹。"):
        printed(townships(county), since=county)


# -- one that cannot be printed ----------------------------------------------------------------


def test_one_that_cannot_be_printed_is_named_and_stops_no_other(
    county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (county / NAMES[0] / "住户.csv").write_bytes(b"PK\x03\x04 no workbook")
    (county / NAMES[1] / "campaign.toml").write_text("titel = 1\n", "utf-8")
    code, out, err = run(capsys, "build", *townships(county), "--jobs", 0)
    assert code == 3  # that of the first one
    assert (county / NAMES[2] / "out" / "manifest.csv").is_file()
    assert "3 个乡镇，印好 1 个；应印 30 份，印出 30 份。2 个没有印成，原因见下。" in out
    assert re.search("✗ 青石镇：.*住户.csv", err) and re.search("✗ 柳河乡：.*titel", err)
    told = json.loads((county / "county.json").read_text("utf-8"))
    assert [line["error"] and line["error"]["exit_code"] for line in told["townships"]] == [
        3, 2, None,
    ]  # fmt: skip
    page = (county / "county.html").read_text("utf-8")
    assert 'class="verdict wrong"' in page and "titel" in page


def test_one_that_somebody_else_prints_is_named(county: Path) -> None:
    with hold_workspace(county / NAMES[1]):
        told, _ = printed(townships(county))
    assert [line.failure and line.failure.exit_code for line in told.townships] == [None, 6, None]
    assert told.townships[1].failure is not None
    assert "正在印另一批" in told.townships[1].failure.message


def test_a_fault_of_the_program_stops_no_other_township(
    county: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = county_module.build

    def faulty(folder: Path, *more: object, **options: object) -> object:
        if folder.name == NAMES[0]:
            raise KeyError("赵德胜")
        return real(folder, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(county_module, "build", faulty)
    code, out, err = run(capsys, "build", *townships(county), "--jobs", 0)
    assert code == 1 and "印好 2 个" in out
    assert "青石镇：程序出错（编号 " in err and "赵德胜" not in err + out


def test_counts_that_do_not_agree_are_a_failure(
    county: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(county_module, "mismatches", lambda result: ["少一份"])
    code, _, err = run(capsys, "build", *townships(county), "--jobs", 0)
    assert code == 7 and "青石镇：数目对不上，先不要发放。" in err


def test_households_that_are_held_are_counted_and_no_failure(county: Path) -> None:
    edit(county / NAMES[0], "住户.csv", "2组,1号,钱秀英", "2组,1号,")
    told, _ = printed(townships(county))
    assert [line.failed for line in told.townships] == [1, 0, 0]
    assert told.exit_code == 0 and "未印成 1 份" in county_sentence(told)
    assert "有未印成的，见报告" in (county / "county.html").read_text("utf-8")


# -- the sum -----------------------------------------------------------------------------------


def test_the_sum_for_programs(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "build", *townships(county), "--jobs", 0, "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert {key: told[key] for key in ("households", "copies", "printed", "failed", "files")} == {
        "households": 90, "copies": 90, "printed": 90, "failed": 0, "files": 6,
    }  # fmt: skip
    assert [line["name"] for line in told["townships"]] == list(NAMES)
    assert told["closes"] and told["printed_townships"] == 3
    assert all(line["seconds"]["ledger"] > 0 for line in told["townships"])
    assert json.loads((county / "county.json").read_text("utf-8")).keys() == told.keys()


def test_the_page_links_to_each_report(county: Path, tmp_path: Path) -> None:
    for out in (None, tmp_path / "印 刷"):
        _, where = printed(townships(county), out=out)
        links = re.findall('href="([^"]+)"', (where / "county.html").read_text("utf-8"))
        found = [where / unquote(unescape(link)) for link in links]
        assert len(found) == 3 and all(path.is_file() for path in found)


def test_a_name_is_no_markup() -> None:
    line = TownshipLine(
        "/x/<b>镇", report="/x/<b>镇/out/report.html", failure=Failure("<i>坏</i>\u202e", "", 3)
    )
    page = county_html(Path("/x"), County((line,), 1.0))
    assert "<b>" not in page and "<i>" not in page and "\u202e" not in page
    assert "&lt;b&gt;镇" in page


def test_an_identity_number_is_masked_in_the_sum() -> None:
    number = "11010519491231002X"
    line = TownshipLine("/x/镇", failure=Failure(f"{number} 坏", number, 3))
    told = County((line,), 1.0)
    assert number not in county_html(Path("/x"), told) + json.dumps(county_json(told))


def test_progress_names_the_township(county: Path) -> None:
    class Watched:
        def __init__(self) -> None:
            self.stages: list[str] = []

        def stage(self, name: str) -> None:
            self.stages.append(name)

        def copies(self, done: int, total: int) -> None: ...

    watched = Watched()
    build_county(townships(county), Options(workers=0), watched)
    begun = list(dict.fromkeys(stage.partition(" ")[0] for stage in watched.stages))
    assert begun == ["青石镇（1/3）", "柳河乡（2/3）", "白杨镇（3/3）"]


def test_one_folder_is_shown_as_ever(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "build", county / NAMES[0], "--jobs", 0, "--json")
    assert code == 0 and "layouts" in json.loads(out)
    assert not (county / "county.json").exists()


def test_the_table_has_a_line_for_each_and_one_for_all(
    county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "build", *townships(county), "--jobs", 0)
    assert list(rows(out)) == [
        *(f"{name} 30 30 30 0 印好" for name in NAMES),
        "合计 90 90 90 0",
    ]


def rows(out: str) -> Iterator[str]:
    """The lines of the table, without the times."""
    for line in out.splitlines():
        if line.startswith((*NAMES, "合计")):
            yield re.sub(r" +", " ", re.sub(r"[\d.]+ 秒", "", line)).strip()
