"""report.html: what a clerk finds on it, and that nothing in a roster can come alive there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from test_report import BAD, office, perfect

from cardgen.model import BatchResult, Held, Problem, Severity
from cardgen.problems import Code
from cardgen.report import report_html
from cardgen.report.html_report import MOST_ROWS

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "</style></title></textarea><svg/onload=alert(1)>",
    '"onmouseover="alert(1)',
    "'><a href='javascript:alert(1)'>x</a>",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "&lt;b&gt;",
]


class Page(HTMLParser):
    """A page as a browser reads it: its elements, and the words of each table's rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self._cell = False
        self.raw: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("style", "script"):
            self.raw.setdefault(self.elements[-1][0], data)
        self.words.append(data)
        if self._cell:
            self.rows[-1][-1] += data

    def tags(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag == name]

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def hostile(text: str) -> BatchResult:
    """The text wherever a roster, a campaign or a file name can bring it."""
    bad = Problem(text, Severity.ERROR, text, text, text, text, text)
    result = office()
    return replace(
        result,
        title=text,
        issuer=text,
        tallies=(replace(result.tallies[0], layout=text, title=text),),
        held=(Held(text, text, text, (bad,)),),
        problems=(bad, replace(bad, code=Code.CELL_REPAIRED.value)),
        files=(replace(result.files[0], name=text, village=text, layout=text),),
        by_village={(text, text): (1, 1)},
        seconds={text: 1.0},
        rows_excluded=((result.rows_excluded[0][0], text),),
        thumbnails=((text, result.thumbnails[0][1]),),
        proof=text,
    )


def test_the_verdict_stands_at_the_top_in_a_calm_box() -> None:
    html = report_html(office())
    page = Page(html)
    assert "8,000 户：印出 7,996 份，未印 4 份（原因见下）。数目相符。" in page.text
    assert {"class": "verdict", "role": "status"} in page.tags("div")
    assert html.index("数目相符") < html.index("接下来做什么") < html.index("按这个顺序打印")


def test_counts_that_do_not_close_turn_the_box_red_and_say_which() -> None:
    page = Page(report_html(replace(office(), files=office().files[1:])))
    assert {"class": "verdict wrong", "role": "status"} in page.tags("div")
    assert "数目不符，请先不要发放。" in page.text
    assert "爱心联系卡：文件里的份数是 7,662，总数却是 7,996。" in page.text
    assert "先不要打印，也不要发放。" in page.text


def test_proof_of_coverage_has_a_row_for_each_layout() -> None:
    row = ["爱心联系卡", "8,000", "8,000", "7,996", "1", "3", "✓ 相符"]
    assert row in Page(report_html(office())).rows


def test_files_stand_in_the_order_of_printing_with_pages_and_copies() -> None:
    rows = Page(report_html(office())).rows
    first = rows.index(["1", "love-card/01-东岭村-001.pdf", "东岭村", "", "34", "334", "622 KB"])
    assert rows[first + 4][:6] == ["5", "love-card/05-石桥村-001.pdf", "石桥村", "", "34", "333"]
    assert rows[first + 24] == ["", "合计", "", "", "816", "7,996", "14.5 MB"]


def test_each_copy_that_was_not_printed_has_reason_cell_and_remedy() -> None:
    rows = Page(report_html(office())).rows
    assert [
        "白杨村", "QS2103", "爱心联系卡", "这一户没有写户主",
        "qingshi.xlsx · 住户 · E2104", "请填上户主姓名。",
    ] in rows  # fmt: skip
    assert [
        "", "", "", "白杨村没有支部书记", "qingshi.xlsx · 干部 · C31",
        "请在干部表里写明这个职务由谁担任、管哪里。",
    ] in rows  # fmt: skip
    assert [
        "和平村", "QS6001", "爱心联系卡有意不印", "备注写着“不发”", "—", "这是有意的，不必管。",
    ] in rows  # fmt: skip


def test_a_copy_held_without_a_reason_is_not_passed_over() -> None:
    silent = replace(office(), held=(Held("love-card", "QS1", "甲村", ()),))
    assert any(
        row[1:4] == ["QS1", "爱心联系卡", "没有说明原因"] for row in Page(report_html(silent)).rows
    )


def test_problems_are_summed_by_kind_gravest_and_most_frequent_first() -> None:
    rows = Page(report_html(office())).rows
    kinds = [row for row in rows if len(row) == 4 and row[0] in ("错误", "警告", "提示")]
    assert [row[:3] for row in kinds] == [
        ["错误", "没有户主", "1"],
        ["错误", "电话已损坏", "1"],
        ["错误", "职务无人担任", "1"],
        ["错误", "文字放不下", "1"],
        ["警告", "可疑字符", "4"],
        ["警告", "单元格里有身份证号", "1"],
        ["警告", "负责范围看不懂", "1"],
        ["提示", "用备用字体的字", "9"],
        ["提示", "没见过的类别", "3"],
    ]


def test_repairs_show_what_stood_there_and_what_became_of_it() -> None:
    page = Page(report_html(office()))
    assert [
        "电话已修复", "199 0000 0111", "电话里有空格，电话读作 19900000111",
        "qingshi.xlsx · 住户 · F12",
    ] in page.rows  # fmt: skip
    assert "程序替您改过的，共 8 处" in page.text


def test_tables_sort_by_buttons_that_are_dead_until_the_script_wakes_them() -> None:
    page = Page(report_html(office()))
    heads = [attributes for attributes in page.tags("th") if "aria-sort" in attributes]
    assert [attributes["aria-sort"] for attributes in heads] == ["none"] * 9
    assert page.tags("button") == [{"type": "button", "disabled": ""}] * 9
    assert all("hidden" in attributes for attributes in page.tags("form"))


def test_villages_are_counted() -> None:
    rows = Page(report_html(office())).rows
    assert ["白杨村", "332", "1"] in rows
    assert ["合计", "7,996", "4"] in rows


def test_thumbnails_stand_in_the_page_with_their_size() -> None:
    data = office().thumbnails[0][1]
    pictures = Page(report_html(office())).tags("img")
    assert len(pictures) == 8
    assert pictures[0]["src"] == "data:image/png;base64," + base64.b64encode(data).decode()
    assert (pictures[0]["width"], pictures[0]["height"]) == ("210", "297")


def test_what_is_no_png_is_no_picture() -> None:
    odd = replace(office(), thumbnails=(("a.pdf", b"<svg onload=alert(1)></svg>"), ("b.pdf", b"")))
    assert Page(report_html(odd)).tags("img") == []


def test_page_refers_to_nothing_outside_itself() -> None:
    html = report_html(office())
    page = Page(html)
    targets = [a[name] for _, a in page.elements for name in ("src", "href", "action") if name in a]
    assert len(targets) > 30
    assert all(target.startswith(("data:image/png;base64,", "./", "#")) for target in targets)
    assert not re.search(r"https?:|@import|url\(|//cdn|fetch\(|XMLHttp", html)


def test_policy_lets_in_exactly_the_style_and_script_of_the_page() -> None:
    page = Page(report_html(office()))
    policy = next(a["content"] for a in page.tags("meta") if "http-equiv" in a)
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[name].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    # An attribute of style or of an event would need 'unsafe-inline'.
    assert not [a for _, a in page.elements if any(n == "style" or n.startswith("on") for n in a)]


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_from_a_roster_stays_text(text: str) -> None:
    page = Page(report_html(hostile(text)))
    calm = Page(report_html(hostile("calm")))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in calm.elements]
    assert [sorted(a) for _, a in page.elements] == [sorted(a) for _, a in calm.elements]
    assert page.raw == calm.raw
    assert any(text in row for row in page.rows)


@pytest.mark.parametrize(
    "name", ["javascript:alert(1)", "//evil.example/x", "http://evil.example", "/etc/x"]
)
def test_a_file_name_never_leads_out_of_the_folder(name: str) -> None:
    links = Page(report_html(hostile(name))).tags("a")
    target = next(a["href"] for a in links if not a["href"].startswith("#"))
    assert target.startswith("./")
    assert ":" not in target


def test_what_turns_the_direction_of_text_is_shown_as_a_code_point() -> None:
    html = report_html(hostile("甲\u202e\u2066乙\x00\u200b"))
    assert "甲⟨U+202E⟩⟨U+2066⟩乙⟨U+0000⟩⟨U+200B⟩" in html
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00]", html)


def test_thousands_of_problems_are_capped_with_some_of_each_kind() -> None:
    many = tuple(replace(BAD, cell=f"F{n}") for n in range(5000))
    rare = replace(BAD, code=Code.KIND_UNKNOWN.value, severity=Severity.NOTICE, message="最后一条")
    html = report_html(replace(office(), problems=(*many, rare)))
    page = Page(html)
    assert len([1 for a in page.tags("tr") if "data-code" in a]) == MOST_ROWS
    assert "最后一条" in page.text
    assert "一共 5,001 条，这里只列出 2,000 条；report.json 里有全部。" in page.text
    assert ["错误", "电话已损坏", "5,000"] in [row[:3] for row in page.rows]
    assert len(html) < 1_500_000


def test_a_batch_without_findings_has_no_empty_sections() -> None:
    page = Page(report_html(perfect()))
    assert [a["id"] for a in page.tags("h2") if "id" in a] == [
        "steps", "coverage", "files", "villages", "about",
    ]  # fmt: skip
    anchors = {a["href"][1:] for a in page.tags("a") if a["href"].startswith("#")}
    assert anchors == {"coverage", "files", "villages", "about"}


def test_proof_that_was_not_made_is_told() -> None:
    assert Page(report_html(replace(office(), proof="none"))).text.count("没有读回核对") == 2


def test_colours_of_text_are_dark_enough_to_read() -> None:
    style = Page(report_html(perfect())).raw["style"]
    colours = dict(re.findall(r"--(\w+): #([0-9a-f]{6})", style))
    for name in ("ink", "soft", "accent", "wrong", "good", "doubt"):
        for ground in ("ffffff", colours["tint"]):
            # WCAG 2.2, 1.4.3
            assert contrast(colours[name], ground) >= 4.5, (name, ground)


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05

    low, high = sorted((light(one), light(other)))
    return high / low
