"""The words of a letter: Markdown and data become HTML; nothing of the data becomes markup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cardgen.errors import LayoutError
from cardgen.layouts import read_layout
from cardgen.layoutsamples import sample_copies
from cardgen.model import Copy, LayoutSpec
from cardgen.typeset.letter import MOST_BYTES, find_body
from cardgen.typeset.template import Template

LAYOUT = 'title = "信"\nsubject = "household"\nsize_mm = [210, 297]\n'
HTML = "<title>{{ heading }}</title>{{ body }}"
HOSTILE = "<b>王</b>**粗** *斜* [x](file:///etc/passwd) {{ 7*7 }} {% if %} # 一、"


@pytest.fixture
def spec(tmp_path: Path) -> LayoutSpec:
    folder = tmp_path / "layouts" / "letter"
    folder.mkdir(parents=True)
    (folder / "layout.toml").write_text(LAYOUT, "utf-8")
    (folder / "layout.html").write_text(HTML, "utf-8")
    return read_layout(folder)


def copy_with(spec: LayoutSpec, **changes: object) -> Copy:
    copy = next(sample_copies(spec))[1]
    household = replace(copy.data["household"], **{"head": "王秀英", **changes})  # type: ignore[type-var]
    return copy._replace(data={**copy.data, "household": household})


def html(spec: LayoutSpec, words: str, **changes: object) -> str:
    """What stands in place of the body."""
    path = Path(spec.folder) / "words.md"
    path.write_text(words, "utf-8")
    whole = Template(spec, path).hollow(copy_with(spec, **changes)).html
    text = whole.partition("</title>")[2]
    return text.replace("cg-justify ", "").replace(' class="cg-justify"', "")


def refused(spec: LayoutSpec, words: str) -> tuple[str, str]:
    with pytest.raises(LayoutError) as told:
        html(spec, words)
    return told.value.message, told.value.hint


# -- what is understood ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("甲\n\n乙", "<p>甲</p><p>乙</p>"),
        ("甲，\n乙", "<p>甲，乙</p>"),  # a line's end is no blank between hanzi
        ("one\ntwo", "<p>one two</p>"),
        ("甲**乙***丙*", "<p>甲<strong>乙</strong><em>丙</em></p>"),
        ("- 甲\n- 乙", "<ul><li><p>甲</p></li><li><p>乙</p></li></ul>"),
        ("甲\n\n---\n\n乙", "<p>甲</p><hr><p>乙</p>"),
        ("一、甲", '<p class="level-1 heading"><span class="lead">一、甲</span></p>'),
        ("十二、甲。乙。", '<p class="level-1"><span class="lead">十二、甲。</span>乙。</p>'),
        ("（一）甲。乙", '<p class="level-2"><span class="lead">（一）甲。</span>乙</p>'),
        ("一、只有一句。", '<p class="level-1">一、只有一句。</p>'),
        ("1. 甲", '<p class="level-3">1.甲</p>'),
        ("1.甲\n2.乙", '<p class="level-3">1.甲</p><p class="level-3">2.乙</p>'),
        ("3) 甲", "<p>3)甲</p>"),
        ("（1）甲", '<p class="level-4">（1）甲</p>'),
        ("## 甲", '<p class="level-1 heading"><span class="lead">甲</span></p>'),
        ("　　甲", "<p>甲</p>"),
        ("    甲", "<p>甲</p>"),
        ("体温<37.3℃ & 好", "<p>体温&lt;37.3℃ &amp; 好</p>"),
        ("甲{# 说明 #}乙", "<p>甲乙</p>"),
        (
            "| 甲 | 乙 |\n|---|--:|\n| {{ 1 | abs }} | {{ 'a|b' }} |",
            '<table><thead><tr><th>甲</th><th style="text-align:right">乙</th></tr></thead>'
            '<tbody><tr><td>1</td><td style="text-align:right">a|b</td></tr></tbody></table>',
        ),
    ],
)
def test_markdown_of_letters(words: str, expected: str, spec: LayoutSpec) -> None:
    assert html(spec, words) == expected


def test_the_first_heading_is_the_title_and_several_are_its_lines(spec: LayoutSpec) -> None:
    path = Path(spec.folder) / "words.md"
    path.write_text("# 青石镇人民政府\n# 关于{{ household.head }}的信\n\n正文", "utf-8")
    whole = Template(spec, path).hollow(copy_with(spec)).html
    assert whole.startswith("<title>青石镇人民政府<br>关于王秀英的信</title><p")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("**{{ household.head }}**您好", "<p><strong>王秀英</strong>您好</p>"),
        ("甲{% if household.head %}乙{% else %}丙{% endif %}", "<p>甲乙</p>"),
        ("{% if household.head %}\n甲\n\n乙\n{% endif %}\n丙", "<p>甲</p><p>乙</p><p>丙</p>"),
        ("{% if not household.head %}\n甲\n{% endif %}\n丙", "<p>丙</p>"),
        (
            "{% for c in contacts %}\n- {{ c.role }}\n{% endfor %}",
            "<ul><li><p>包村干部</p></li></ul>",
        ),
        ('{{ household.head | replace("秀", "*}}*") }}', "<p>王*}}*英</p>"),
        ("{{\n  household.head\n}}。", "<p>王秀英。</p>"),
        ("{% set x = '甲' %}{{ x }}乙", "<p>甲乙</p>"),
        ("{{ campaign.date | date }}", "<p>2026年11月22日</p>"),
    ],
)
def test_expressions_go_through_markdown_whole(words: str, expected: str, spec: LayoutSpec) -> None:
    assert html(spec, words) == expected


def test_a_blank_of_so_many_em_stands_in_running_text(spec: LayoutSpec) -> None:
    found = html(spec, "户主{{ household.head | slot(width=6.5) }}您好")
    assert found == (
        '<p>户主<span class="cg-slot cg-blank" style="width:6.5em" data-slot="0" data-lines="1"'
        ' data-floor="text">&nbsp;</span>您好</p>'
    )


# -- what must not become markup ----------------------------------------------------------------


def test_a_name_is_never_markup(spec: LayoutSpec) -> None:
    found = html(spec, "户主{{ household.head }}您好", head=HOSTILE)
    assert found == (
        "<p>户主&lt;b&gt;王&lt;/b&gt;**粗** *斜* [x](file:///etc/passwd) {{ 7*7 }} {% if %}"
        " # 一、您好</p>"
    )


def test_a_name_at_the_start_of_a_line_makes_no_level_and_no_list(spec: LayoutSpec) -> None:
    for name in ("一、甲", "1. 甲", "- 甲", "# 甲", "| a |"):
        assert html(spec, "{{ household.head }}", head=name) == f"<p>{name}</p>"


@pytest.mark.parametrize("filter_", ["safe", "urlize", "xmlattr", "tojson", "qr"])
def test_filters_that_make_markup_do_not_exist(filter_: str, spec: LayoutSpec) -> None:
    message, _ = refused(spec, f"甲\n\n{{{{ household.head | {filter_} }}}}")
    assert message == f"words.md 第 3 行：正文里没有“{filter_}”这个过滤器。"


@pytest.mark.parametrize(
    "words",
    [
        *("{{ ''.__class__ }}", "{{ household.__class__.__mro__ }}", "{{ range(9) }}"),
        *("{{ self._TemplateReference__context }}", "{{ ''.format.__globals__ }}"),
        "{{ lipsum.__globals__ }}",
    ],
)
def test_the_sandbox_holds_in_a_body_too(words: str, spec: LayoutSpec) -> None:
    assert refused(spec, words)[0].startswith("words.md 第 1 行：")


def test_braces_made_by_markdown_are_text(spec: LayoutSpec) -> None:
    assert html(spec, r"{\{ 7*7 }\}") == "<p>&#123;&#123; 7*7 }}</p>"
    assert html(spec, "&#123;&#123; 7*7 &#125;&#125;") == "<p>&#123;&#123; 7*7 }}</p>"


@pytest.mark.parametrize(
    ("words", "line", "what"),
    [
        ("甲\n\n乙[x](file:///etc/passwd)", 3, "链接"),
        ("甲\n乙\n<https://example.cn>", 3, "链接"),
        ("![x](a.png)", 1, "图片"),
        ("{# 一\n二 #}\n甲\n\n![x](a.png)", 5, "图片"),
        ("甲<b>乙</b>", 1, "HTML"),
        ("甲\n\n<script>a</script>", 3, "HTML"),
        ("<!-- a -->", 1, "HTML"),
        ("甲`乙`", 1, "代码（`）"),
        ("甲\n```\n乙\n```", 2, "代码（```）"),
        ("> 甲", 1, "引文（>）"),
    ],
)
def test_what_has_no_place_in_a_letter_is_refused(
    words: str, line: int, what: str, spec: LayoutSpec
) -> None:
    assert refused(spec, words)[0] == f"words.md 第 {line} 行：正文里不能有{what}。"


@pytest.mark.parametrize(
    "statement",
    ["include 'layout.html'", "import 'a' as b", "macro m()", "raw", "autoescape false", "block a"],
)
def test_statements_that_a_letter_does_not_need_are_refused(
    statement: str, spec: LayoutSpec
) -> None:
    word = statement.split()[0]
    message, hint = refused(spec, f"甲\n\n{{% {statement} %}}")
    assert message == f"words.md 第 3 行：正文里不能用 {{% {word} %}}。"
    assert hint == "能用的有：if、elif、else、endif、for、endfor、set。"


# -- what is wrong, and where -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("甲\n\n{{ household.haed }}", "第 3 行：没有“haed”这一项。"),
        ("# {{ hosehold.head }}\n\n甲", "第 1 行：没有“hosehold”这个数据。"),
        ("甲\n\n{{ a }}", "第 3 行：没有“a”这个数据。"),
        ("甲\n\n- 乙\n\n{{\n\n  household.head }}{{ b }}", "第 7 行：没有“b”这个数据。"),
        ("甲\n乙{{ household.head | slot(width=0.5, lines=2) }}", "第 2 行："),
        ("甲\n乙{{ household.head | slot(width=99) }}", "第 2 行："),
        ("甲\n乙{{ household.head", "第 2 行：“{{”没有成对。"),
        ("甲\n乙 }}", "第 2 行：“}}”没有成对。"),
        ('甲\n{{ "a }}', "第 2 行：“{{”没有成对。"),
        ("甲\n{{ household.head %}", "第 2 行：“{{”没有用“}}”结束。"),
        ("甲\n\n{% if household.head %}\n乙", "第 3 行："),
        ("甲\n\U000f0000", "第 2 行：有不能用的私用区字符。"),
    ],
)
def test_a_fault_names_the_file_and_its_line(words: str, message: str, spec: LayoutSpec) -> None:
    assert refused(spec, words)[0].startswith(f"words.md {message}")


# -- where it comes from ------------------------------------------------------------------------


def test_the_workspaces_own_body_wins_over_the_layouts(spec: LayoutSpec, tmp_path: Path) -> None:
    own = Path(spec.folder) / "a.md"
    own.write_text("版式的", "utf-8")
    assert find_body("a.md", spec, tmp_path) == own
    (tmp_path / "a.md").write_text("单位的", "utf-8")
    assert find_body("a.md", spec, tmp_path) == tmp_path / "a.md"
    assert find_body("a.md", spec) == own


@pytest.mark.parametrize(
    "name", ["../a.md", "/etc/passwd", "x/../../a.md", "C:\\a.md", "..\\a.md", "", "a\0"]
)
def test_a_body_outside_is_refused(name: str, spec: LayoutSpec, tmp_path: Path) -> None:
    (tmp_path.parent / "a.md").write_text("外面的", "utf-8")
    with pytest.raises(LayoutError, match="不在工作文件夹里"):
        find_body(name, spec, tmp_path)


def test_a_link_out_of_the_folders_is_refused(spec: LayoutSpec, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "a.md").write_text("外面的", "utf-8")
    (tmp_path / "a.md").symlink_to(outside / "a.md")
    (tmp_path / "there").symlink_to(outside)
    for name in ("a.md", "there/a.md"):
        with pytest.raises(LayoutError, match="指到文件夹外面的链接"):
            find_body(name, spec, tmp_path)


def test_a_body_that_is_not_there_names_those_that_are(spec: LayoutSpec, tmp_path: Path) -> None:
    (Path(spec.folder) / "quarantine.md").write_text("甲", "utf-8")
    with pytest.raises(LayoutError) as told:
        find_body("qarantine.md", spec, tmp_path)
    assert told.value.message == "没有找到正文“qarantine.md”。"
    assert "版式自带的有：quarantine.md。" in told.value.hint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("居家隔离".encode("gb18030"), "不是 UTF-8 编码"),
        (b"a" * (MOST_BYTES + 1), "最多 256 KiB"),
    ],
)
def test_a_body_that_cannot_be_read_says_so(content: bytes, message: str, spec: LayoutSpec) -> None:
    path = Path(spec.folder) / "words.md"
    path.write_bytes(content)
    with pytest.raises(LayoutError, match=message):
        Template(spec, path)


def test_a_body_with_a_mark_of_notepad_and_its_line_ends_is_read(spec: LayoutSpec) -> None:
    path = Path(spec.folder) / "words.md"
    path.write_bytes("# 题\r\n\r\n甲\r\n".encode("utf-8-sig"))
    assert Template(spec, path).hollow(copy_with(spec)).html == (
        '<title>题</title><p class="cg-justify">甲</p>'
    )
