"""campaign.toml: what it may say, and what it answers when it says something else."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pytest
from drawing import layout_spec
from hypothesis import given, settings
from hypothesis import strategies as st

from cardgen.campaign import Hotline, SheetChoice, expand_link, read_campaign
from cardgen.errors import UsageError
from cardgen.model import Duplex, Paper, SheetSpec, Sides

FULL = """
title = "疫情防控"
issuer = "青石镇人民政府"
date = 2026-11-22
slogans = ["有困难，找干部", "早发现、早报告"]
hotlines = [{ name = "镇值班室", phone = "0374-0000000" }, { name = "报警", phone = "110" }]

[links]
household = "https://example.cn/h/{code}"
village = "https://example.cn/v/{village}"

[papers.love-card]
roles = ["分管领导", "包村干部", "支部书记"]

[papers.notice]
kinds = ["居家观察", "独居"]
body = "quarantine.md"
copies = 2
seal = true

[sheet]
order = "cut-stack"
marks = false
paper = "a3"
margin_mm = 8
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "campaign.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_campaign_of_the_format_is_read_whole(tmp_path: Path) -> None:
    campaign = read_campaign(write(tmp_path, FULL))
    assert (campaign.title, campaign.issuer) == ("疫情防控", "青石镇人民政府")
    assert campaign.date == date(2026, 11, 22)
    assert campaign.slogans == ("有困难，找干部", "早发现、早报告")
    assert campaign.hotlines == (Hotline("镇值班室", "03740000000"), Hotline("报警", "110"))
    assert campaign.links["household"] == "https://example.cn/h/{code}"
    assert list(campaign.papers) == ["love-card", "notice"]
    assert campaign.papers["love-card"].roles == ("分管领导", "包村干部", "支部书记")
    notice = campaign.papers["notice"]
    assert notice.kinds == ("居家隔离", "独居老人")
    assert (notice.body, notice.copies, notice.extra) == ("quarantine.md", 2, {"seal": True})


def test_campaign_can_be_sent_to_a_worker(tmp_path: Path) -> None:
    campaign = read_campaign(write(tmp_path, FULL))
    assert pickle.loads(pickle.dumps(campaign)) == campaign


def test_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert read_campaign(write(tmp_path, "\ufeff" + FULL)).title == "疫情防控"


def test_sheet_wishes_go_over_the_layouts_own(tmp_path: Path) -> None:
    choice = read_campaign(write(tmp_path, FULL)).sheet
    layout = layout_spec(sheet=SheetSpec(columns=2, rows=5, gutter_x_mm=4, marks=True))
    assert choice.applied(layout) == SheetSpec(
        Paper.A3, gutter_x_mm=4, margins_mm=Sides.all(8.0), marks=False, order="cut-stack"
    )
    assert SheetChoice().applied(layout) == layout.sheet


def test_rows_and_columns_stay_on_the_layouts_own_paper(tmp_path: Path) -> None:
    choice = read_campaign(write(tmp_path, HEAD + "[sheet]\nmargin_mm = [4, 5, 6, 7]")).sheet
    spec = choice.applied(layout_spec(sheet=SheetSpec(columns=2, rows=5)))
    assert (spec.columns, spec.rows, spec.margins_mm) == (2, 5, Sides(4, 5, 6, 7))


def test_a_papers_own_sheet_goes_before_the_campaigns(tmp_path: Path) -> None:
    text = HEAD + (
        '[papers.slip]\nsheet = { paper = [320, 464], duplex = "short" }\n'
        '[sheet]\npaper = "A3"\nduplex = "long"\norder = "cut-stack"'
    )
    campaign = read_campaign(write(tmp_path, text))
    spec = campaign.papers["slip"].sheet.over(campaign.sheet).applied(layout_spec())
    assert (spec.own_mm, spec.duplex, spec.order) == ((320, 464), Duplex.SHORT, "cut-stack")


def test_papers_that_flow_keep_their_sheet_but_may_be_printed_on_both_sides(tmp_path: Path) -> None:
    text = HEAD + '[sheet]\npaper = "SRA3"\nduplex = "long"\norder = "cut-stack"'
    layout = layout_spec(flows=True, sheet=SheetSpec(columns=1, rows=1))
    spec = read_campaign(write(tmp_path, text)).sheet.applied(layout)
    assert spec == SheetSpec(columns=1, rows=1, duplex=Duplex.LONG)


HEAD = 'title = "t"\nissuer = "i"\n'


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "campaign.toml 里没有写 title", '请写上：这次工作叫什么，例如 title = "疫情防控"'),
        (
            'title = "t"',
            "campaign.toml 里没有写 issuer",
            '请写上：由谁发出，例如 issuer = "青石镇人民政府"',
        ),
        (HEAD + "slogan = []", "campaign.toml 的 slogan：这个名称不认识", "是不是 slogans？"),
        (
            HEAD + "[papers.love-card]\nrole = []",
            "campaign.toml 的 papers.love-card.role：这个名称不认识",
            "是不是 roles？",
        ),
        (
            HEAD + "[sheet]\nmark = true",
            "campaign.toml 的 sheet.mark：这个名称不认识",
            "是不是 marks？",
        ),
        (
            HEAD + '[sheet]\norder = "cutstack"',
            "campaign.toml 的 sheet.order：“cutstack”不认识",
            '是不是 "cut-stack"？',
        ),
        (
            HEAD + '[sheet]\npaper = "A7"',
            "campaign.toml 的 sheet.paper：“A7”不认识",
            '是不是 "A5"？',
        ),
        (
            HEAD + "[sheet]\nrows = 0",
            "campaign.toml 的 sheet.rows：要 1 到 100 的整数，这里是0",
            "",
        ),
        (
            HEAD + '[sheet]\nmargin_mm = "5mm"',
            "campaign.toml 的 sheet.margin_mm：要 0 到 100 毫米，这里是文字",
            "",
        ),
        ("title = 1", "campaign.toml 的 title：要一段文字，这里是数字", '写成 title = "…"'),
        (
            HEAD + 'date = "2026-11-22"',
            "campaign.toml 的 date：要一个日期，这里是文字",
            "写成 date = 2026-11-22，不加引号",
        ),
        (
            HEAD + 'slogans = "有困难"',
            "campaign.toml 的 slogans：要一列文字，这里是文字",
            '写成 slogans = ["…", "…"]',
        ),
        (
            HEAD + 'hotlines = [{ name = "值班", phone = "1990000000" }]',
            "campaign.toml 的 hotlines[1].phone：“1990000000”不能用作电话："
            "手机号应是 11 位，这里是 10 位",
            "一条热线写一个号码",
        ),
        (
            HEAD + 'hotlines = [{ name = "值班" }]',
            "campaign.toml 里没有写 hotlines[1].phone",
            "请写上：热线的电话",
        ),
        (
            HEAD + '[links]\nhousehold = "https://a.cn/{cod}"',
            "campaign.toml 的 links.household：链接里的 {cod} 不认识",
            "是不是 {code}？",
        ),
        (
            HEAD + '[links]\nhousehold = "https://a.cn/{code"',
            "campaign.toml 的 links.household：“https://a.cn/{code”的花括号不成对",
            "每个 { 都要有一个 }，例如 https://example.cn/h/{code}",
        ),
        (
            HEAD + '[links]\nhousehold = "javascript:alert(1)"',
            "campaign.toml 的 links.household：“javascript:alert(1)”不能用作链接",
            "网址以 https:// 或 http:// 开头，电话以 tel: 开头",
        ),
        (
            HEAD + '[links]\nhousehold = "ftp://a.cn/{code}"',
            "campaign.toml 的 links.household：“ftp://a.cn/{code}”不能用作链接",
            "网址以 https:// 或 http:// 开头，电话以 tel: 开头",
        ),
        (
            HEAD + '[links]\nhousehold = "https://{village}.cn/"',
            "campaign.toml 的 links.household：“https://{village}.cn/”的网站名里不能有 {…}",
            "",
        ),
        (
            HEAD + '[links]\nhousehold = "https://a.cn/{code!r}"',
            "campaign.toml 的 links.household：链接里的 {code!r} 不认识",
            "是不是 {code}？",
        ),
        (
            HEAD + '[links]\nhouse = "https://a.cn"',
            "campaign.toml 的 links.house：这个名称不认识",
            "是不是 household？",
        ),
        (
            HEAD + '[papers.notice]\nbody = "../secret.md"',
            "campaign.toml 的 papers.notice.body：“../secret.md”不在工作文件夹里",
            "文件要放在工作文件夹里，只写文件名",
        ),
        (
            HEAD + '[papers.love-card]\nroles = ["甲", "甲"]',
            "campaign.toml 的 papers.love-card.roles：同一个职务写了两遍",
            "每个职务只写一次",
        ),
        (
            HEAD + "papers = 3",
            "campaign.toml 的 papers：要一个表，这里是数字",
            "写成一行 [papers]，下面各写一行",
        ),
        (
            'title = "t"\nissuer = “青石镇”\n',
            "campaign.toml 写法有误：第 2 行第 10 个字处（Invalid value）",
            '文字要放在英文引号 " 里，一行一个“名称 = 值”；中文引号“”不行',
        ),
    ],
)
def test_what_cannot_be_is_named_with_its_key(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_campaign(write(tmp_path, text))
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_campaign(tmp_path / "campaign.toml")
    assert caught.value.message == "没有找到 campaign.toml"
    assert caught.value.hint == "用 cardgen init 建一个新的工作文件夹，里面就有这个文件"


def test_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "campaign.toml"
    path.write_bytes('title = "疫情"'.encode("gb18030"))
    with pytest.raises(UsageError) as caught:
        read_campaign(path)
    assert caught.value.message == "campaign.toml 不是 UTF-8 编码"


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=80) | st.text("[]={}\"'\n.#abtile 0123456789-:,", max_size=80))
def test_no_text_makes_anything_but_a_usage_error(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "campaign.toml"
        path.write_bytes((HEAD + text).encode("utf-8", "surrogatepass"))
        try:
            read_campaign(path)
        except UsageError as error:
            assert error.message


def test_values_of_a_link_are_encoded_as_one_segment() -> None:
    link = expand_link("https://a.cn/{village}/{code}?x=1", {"village": "唐湾村", "code": "a/b?#&"})
    assert link == "https://a.cn/%E5%94%90%E6%B9%BE%E6%9D%91/a%2Fb%3F%23%26?x=1"


def test_link_that_asks_for_what_is_not_there_names_it() -> None:
    with pytest.raises(UsageError) as caught:
        expand_link("https://a.cn/{serial}", {"code": "1", "name": "甲"})
    assert caught.value.message == "链接“https://a.cn/{serial}”要的 {serial} 这里没有"
    assert caught.value.hint == "可以用的有：{code}、{name}"
