"""A layout reads nothing but its own folder, the shared parts and fonts/: payloads, all refused.

The outside is played by a folder beside the layout's, with files that hold a word which must
never come out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawing import layout_spec

from cardgen.errors import LayoutError
from cardgen.model import Copy, Filled, Form
from cardgen.typeset.engine import Typesetter
from cardgen.typeset.fetcher import FolderFetcher
from cardgen.typeset.fill import Filler
from cardgen.typeset.style import style_digest
from cardgen.typeset.template import Template
from cardgen.views import ContactView, HouseholdView

SECRET = "geheim4711"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABc3UB"
    "GAAAAABJRU5ErkJggg=="
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'

OUTSIDE = "版式不能读取自己文件夹以外的文件：{}"
NO_WAY = "版式不能读取 {}"
REFUSED = {
    "an image by its full path": (
        '<img src="file:///etc/passwd">',
        OUTSIDE.format("passwd"),
    ),
    "an image one folder up": ('<img src="../outside/secret.png">', OUTSIDE.format("secret.png")),
    "an image up and down again": (
        '<img src="../hand/../outside/secret.png">',
        OUTSIDE.format("secret.png"),
    ),
    "an image with an encoded path": (
        '<img src="%2e%2e/outside/secret.png">',
        OUTSIDE.format("secret.png"),
    ),
    "an image by a link out of the folder": (
        '<img src="link.png">',
        OUTSIDE.format("secret.png"),
    ),
    "an image in a linked folder": (
        '<img src="linked/secret.png">',
        OUTSIDE.format("secret.png"),
    ),
    "an image by another base": (
        '<base href="file:///etc/"><img src="passwd">',
        OUTSIDE.format("passwd"),
    ),
    "an image of another machine": (
        '<img src="file://server/share/a.png">',
        NO_WAY.format("file://server/share/a.png"),
    ),
    "an image by http": (
        '<img src="http://127.0.0.1:9/a.png">',
        NO_WAY.format("http://127.0.0.1:9/a.png"),
    ),
    "an image by https": (
        '<img src="https://example.cn/a.png">',
        NO_WAY.format("https://example.cn/a.png"),
    ),
    "an image without a scheme": (
        '<img src="//127.0.0.1:9/a.png">',
        NO_WAY.format("file://127.0.0.1:9/a.png"),
    ),
    "an image by ftp": (
        '<img src="ftp://127.0.0.1/a.png">',
        NO_WAY.format("ftp://127.0.0.1/a.png"),
    ),
    "an image from nowhere": ('<img src="gopher://x/1">', NO_WAY.format("gopher://x/1")),
    "an image that is not there": ('<img src="none.png">', "读不了 none.png"),
    "an embedded file": ('<embed src="../outside/secret.svg">', OUTSIDE.format("secret.svg")),
    "an object": ('<object data="../outside/secret.svg">', OUTSIDE.format("secret.svg")),
    "a stylesheet": (
        '<link rel="stylesheet" href="../outside/secret.css">',
        OUTSIDE.format("secret.css"),
    ),
    "a stylesheet by http": (
        '<link rel="stylesheet" href="http://127.0.0.1:9/a.css">',
        NO_WAY.format("http://127.0.0.1:9/a.css"),
    ),
    "an import": (
        '<style>@import "../outside/secret.css";</style>',
        OUTSIDE.format("secret.css"),
    ),
    "an import by url": (
        "<style>@import url(http://127.0.0.1:9/a.css);</style>",
        NO_WAY.format("http://127.0.0.1:9/a.css"),
    ),
    "a background": (
        '<p style="background: url(../outside/secret.png)">a</p>',
        OUTSIDE.format("secret.png"),
    ),
    "a border image": (
        '<p style="border-image: url(file:///etc/hostname) 1">a</p>',
        OUTSIDE.format("hostname"),
    ),
    "a mark of a list": (
        '<li style="list-style: url(https://example.cn/x.png)">a</li>',
        NO_WAY.format("https://example.cn/x.png"),
    ),
    "generated content": (
        '<style>p::before { content: url("../outside/secret.svg") }</style><p>a</p>',
        OUTSIDE.format("secret.svg"),
    ),
    "a font": (
        "<style>@font-face { font-family: x; src: url(../outside/secret.ttf) }</style>"
        '<p style="font-family: x">a</p>',
        OUTSIDE.format("secret.ttf"),
    ),
    "a font by http": (
        "<style>@font-face { font-family: x; src: url(http://127.0.0.1:9/a.ttf) }</style>"
        '<p style="font-family: x">a</p>',
        NO_WAY.format("http://127.0.0.1:9/a.ttf"),
    ),
    "a colour profile": (
        "<style>@color-profile device-cmyk { src: url(../outside/secret.icc) }</style><p>a</p>",
        OUTSIDE.format("secret.icc"),
    ),
    "a picture in a drawing": (
        SVG.format('<image href="../outside/secret.png" width="9" height="9"/>'),
        OUTSIDE.format("secret.png"),
    ),
    "a picture in a drawing of the folder": (
        '<img src="reaching.svg">',
        OUTSIDE.format("secret.png"),
    ),
    "an attached file": (
        '<link rel="attachment" href="../outside/secret.css">',
        OUTSIDE.format("secret.css"),
    ),
    "an attached file of a link": (
        '<a rel="attachment" href="file:///etc/passwd">a</a>',
        OUTSIDE.format("passwd"),
    ),
}
NEVER_FETCHED = {
    "a part of another drawing": SVG.format('<use xlink:href="../outside/secret.svg#a"/>'),
    "a frame": '<iframe src="../outside/secret.html"></iframe>',
    "a script": '<script src="../outside/secret.html"></script>',
    "a film": '<video src="../outside/secret.html" poster="../outside/secret.png"></video>',
    "an include": '<xi:include href="../outside/secret.html"/>',
}
ALLOWED = {
    "a data: picture": f'<img src="{PIXEL}">',
    "a picture of the folder": '<img src="own.png">',
    "a picture below the folder": '<img src="below/own.png">',
    "its own stylesheet": '<link rel="stylesheet" href="layout.css"><p>a</p>',
    "a drawing": SVG.format('<rect width="9" height="9"/>'),
    "a link that nobody follows": '<a href="https://example.cn/">a</a>',
}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layout's folder with links out of it, and a folder beside it."""
    import base64

    root = tmp_path_factory.mktemp("layouts")
    folder, outside = root / "hand", root / "outside"
    (folder / "below").mkdir(parents=True)
    outside.mkdir()
    picture = base64.b64decode(PIXEL.partition(",")[2])
    for path in (folder / "own.png", folder / "below" / "own.png", outside / "secret.png"):
        path.write_bytes(picture)
    drawing = SVG.format(f'<g id="a"><text>{SECRET}</text></g>')
    (outside / "secret.svg").write_text(drawing)
    (outside / "secret.css").write_text(f"p::before {{ content: '{SECRET}' }}")
    (outside / "secret.html").write_text(SECRET)
    for name in ("secret.ttf", "secret.icc"):
        (outside / name).write_bytes(SECRET.encode())
    (folder / "layout.css").write_text(".name { color: #000 }")
    (folder / "layout.html").write_text("<body><p>{{ serial | slot }}</p>")
    reaching = SVG.format('<image href="../outside/secret.png" width="9" height="9"/>')
    (folder / "reaching.svg").write_text(reaching)
    (folder / "link.png").symlink_to(outside / "secret.png")
    (folder / "linked").symlink_to(outside)
    (folder / "linked.html").symlink_to(outside / "secret.html")
    return folder


@pytest.fixture(scope="module")
def typesetter(layout: Path) -> Iterator[Typesetter]:
    yield Typesetter(layout_spec(layout))


def fill(folder: Path, page: str, head: str = "王秀英") -> tuple[Filler, Filled]:
    (folder / "layout.html").write_text(page, "utf-8")
    filler = Filler(layout_spec(folder))
    filled = filler.fill(copy_of(head))
    assert isinstance(filled, Filled), filled
    return filler, filled


def copy_of(head: str = "王秀英") -> Copy:
    parts = ("唐湾村", "3网格", "5组", "", "12号", "唐湾村 12号", None, None)
    household = HouseholdView(*parts, "TW-1", head, "19900000099", 3, (), "", "")
    contacts = (ContactView("包村干部", "李明", "19900000002"),)
    data: dict[str, object] = {"household": household, "contacts": contacts, "serial": "7K3M"}
    return Copy("7K3M", "hand", "TW-1", "唐湾村", data)


# -- what a page may fetch -------------------------------------------------------------------


@pytest.mark.parametrize("what", REFUSED)
def test_a_page_reads_nothing_from_outside(what: str, typesetter: Typesetter) -> None:
    page, reason = REFUSED[what]
    with pytest.raises(LayoutError) as told:
        typesetter.form(f"<body>{page}</body>")
    assert told.value.message.startswith("版式 hand：")
    assert reason in told.value.message
    assert (
        SECRET not in told.value.message and str(typesetter.spec.folder) not in told.value.message
    )
    assert told.value.hint


def test_a_refusal_says_what_may_be_used(typesetter: Typesetter) -> None:
    with pytest.raises(LayoutError) as told:
        typesetter.form('<img src="../outside/secret.png">')
    assert told.value.message == "版式 hand：版式不能读取自己文件夹以外的文件：secret.png"
    assert told.value.hint == "版式只能用自己文件夹、shared/ 和 fonts/ 里的文件。"


@pytest.mark.parametrize("what", NEVER_FETCHED)
def test_what_a_browser_would_fetch_is_not_even_asked_for(
    what: str, typesetter: Typesetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(FolderFetcher, "fetch", lambda _, url, headers=None: asked.append(url))
    form = typesetter.form(f"<body><p>a</p>{NEVER_FETCHED[what]}</body>")
    assert asked == [] and SECRET not in form.baked


def test_an_offices_own_layout_has_the_shared_parts_too(typesetter: Typesetter) -> None:
    """A built-in layout that was copied into a workspace is still right."""
    page = '<link rel="stylesheet" href="../shared/tokens.css"><p class="n">a</p>'
    assert isinstance(typesetter.form(page), Form)


@pytest.mark.parametrize("what", ALLOWED)
def test_a_page_reads_what_is_its_own(what: str, typesetter: Typesetter) -> None:
    assert isinstance(typesetter.form(f"<body>{ALLOWED[what]}</body>"), Form)


@pytest.mark.parametrize(
    "drawing",
    [
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "../outside/secret.html">]>'
        + SVG.format("<text>&x;</text>"),
        '<!DOCTYPE svg SYSTEM "http://127.0.0.1:9/a.dtd">' + SVG.format("<text>a&x;</text>"),
        '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">'
        + "".join(
            f'<!ENTITY {b} "{f"&{a};" * 10}">'
            for a, b in zip("abcdefghi", "bcdefghij", strict=True)
        )
        + "]>"
        + SVG.format("<text>&j;</text>"),
    ],
    ids=["a file as an entity", "a foreign DTD", "a billion laughs"],
)
def test_a_drawing_with_entities_is_refused(drawing: str, tmp_path: Path, layout: Path) -> None:
    (tmp_path / "outside").symlink_to(layout.parent / "outside")
    folder = tmp_path / "hand"
    folder.mkdir()
    (folder / "bomb.svg").write_text(drawing)
    with pytest.raises(LayoutError) as told:
        Typesetter(layout_spec(folder)).form('<body><img src="bomb.svg"></body>')
    assert SECRET not in told.value.message


# -- what a template may reach ---------------------------------------------------------------

ESCAPES = {
    "{{ ''.__class__.__mro__ }}": "access to attribute '__class__' of 'str' object is unsafe",
    "{{ household.__class__ }}": "access to attribute '__class__' of 'HouseholdView' object",
    "{{ household.__init__.__globals__ }}": "access to attribute '__init__'",
    "{{ (household|attr('__class__')) }}": "'__class__'",
    "{{ ''|attr('__class__')|attr('__mro__') }}": "'__mro__'",
    "{{ contacts|map(attribute='__class__')|first }}": "'__class__'",
    "{{ '{0.__class__}'.format(household) }}": "'__class__'",
    "{{ self.__init__.__globals__ }}": "'__init__'",
    "{{ cycler() }}": "'cycler' is undefined",
    "{{ lipsum.__globals__ }}": "'lipsum' is undefined",
    "{{ namespace }}": "'namespace' is undefined",
    "{{ range(9) }}": "'range' is undefined",
    "{{ open('/etc/passwd') }}": "'open' is undefined",
    "{% include '/etc/passwd' %}": "/etc/passwd",
    "{% include '../outside/secret.html' %}": "../outside/secret.html",
    "{% include 'linked.html' %}": "linked.html",
    "{% include 'linked/secret.html' %}": "linked/secret.html",
    "{% extends '../outside/secret.html' %}": "../outside/secret.html",
    "{% import '/etc/passwd' as x %}{{ x }}": "/etc/passwd",
    "{% set household.head = 1 %}{{ serial }}": "",
    "{{ contacts.append(1) }}": "'append'",
    "{{ nobody }}": "'nobody' is undefined",
    "{{ household.nothing }}": "no attribute 'nothing'",
    "{{ '{}'.format() }}": "",
    "{% include 'layout.html' %}": "",
}


@pytest.mark.parametrize("source", ESCAPES)
def test_a_template_reaches_nothing_but_its_data(source: str, layout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hand"
    folder.mkdir()
    (folder / "linked").symlink_to(layout.parent / "outside")
    (folder / "linked.html").symlink_to(layout.parent / "outside" / "secret.html")
    (tmp_path / "outside").symlink_to(layout.parent / "outside")
    (folder / "layout.html").write_text(f"<p>1</p>\n<p>{source}</p>\n", "utf-8")
    with pytest.raises(LayoutError) as told:
        Template(layout_spec(folder)).hollow(copy_of())
    assert told.value.message.startswith("版式 hand 的 layout.html ")
    assert ESCAPES[source] in told.value.message
    assert SECRET not in told.value.message
    assert told.value.hint == "改正模板；能用的数据见 layouts/README.md。"


def test_an_error_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "layout.html").write_text("<p>\n</p>\n{{ ''.__class__ }}\n", "utf-8")
    with pytest.raises(LayoutError) as told:
        Template(layout_spec(tmp_path)).hollow(copy_of())
    assert told.value.message == (
        "版式 hand 的 layout.html 第 3 行："
        "access to attribute '__class__' of 'str' object is unsafe."
    )


def test_a_slip_in_the_template_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "layout.html").write_text("<p>\n{{ serial | slott }}\n", "utf-8")
    with pytest.raises(LayoutError) as told:
        Template(layout_spec(tmp_path))
    assert told.value.message == "版式 hand 的 layout.html 第 2 行：No filter named 'slott'."


@pytest.mark.parametrize("page", [None, "<p>王秀英</p>".encode("gb18030")])
def test_a_page_that_cannot_be_read_says_so(page: bytes | None, tmp_path: Path) -> None:
    if page is not None:
        (tmp_path / "layout.html").write_bytes(page)
    with pytest.raises(LayoutError) as told:
        Template(layout_spec(tmp_path))
    assert told.value.message.startswith("版式 hand 的 layout.html 模板：")


# -- values of the roster --------------------------------------------------------------------

VALUES = [
    "<script>alert(1)</script>",
    "</span></p><img src='file:///etc/passwd'>",
    "{{ 7 * 7 }}",
    "{% include '/etc/passwd' %}",
    '" onclick="x',
    "&lt;b&gt; &amp;",
    "<!-- -->",
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_in_a_slot_is_text_and_changes_no_form(value: str, tmp_path: Path) -> None:
    page = '<body><p class="n">{{ household.head | slot }}</p>'
    filler, filled = fill(tmp_path, page, value)
    assert filled.texts == (value,)
    plain = filler.fill(copy_of())
    assert isinstance(plain, Filled) and plain.form_key == filled.form_key
    assert filler.laid_out == 1


@pytest.mark.parametrize("value", VALUES)
def test_a_value_outside_slots_is_text_too(value: str, tmp_path: Path) -> None:
    page = '<body><p title="{{ household.head }}">{{ household.head }}</p>'
    filler, filled = fill(tmp_path, page, value)
    form = filler.forms([filled.form_key])[filled.form_key]
    assert "".join(form.baked.split()) == "".join(value.split())


def test_scripts_that_join_their_letters_are_text_too(tmp_path: Path) -> None:
    value = "ئۇيغۇر<img src='/etc/passwd'>"
    page = '<body><p style="width: 50mm; font-size: 6pt">{{ household.head | slot }}</p>'
    filler, filled = fill(tmp_path, page, value)
    form = filler.forms([filled.form_key])[filled.form_key]
    assert "<imgsrc='/etc/passwd'>" in "".join(form.baked.split())


# -- under an audit hook ---------------------------------------------------------------------

WATCHED = """
import json, sys
from pathlib import Path

task = json.load(sys.stdin)
sys.path[:0] = task["path"]
from drawing import layout_spec
from cardgen.errors import LayoutError
from cardgen.places import share_dir
from cardgen.typeset.engine import Typesetter
from cardgen.typeset.style import style_digest
from cardgen.typeset.template import Template
from test_fetcher import copy_of

typesetter = Typesetter(layout_spec(task["folder"]))
typesetter.form("<body><p>a</p><img src='own.png'></body>")  # all that is loaded once
Template(layout_spec(task["folder"])).hollow(copy_of())

allowed = [task["folder"], *map(str, (share_dir("layouts") / "shared", share_dir("fonts")))]
allowed += [sys.prefix, sys.base_prefix, *task["path"], str(typesetter._fonts._folder)]
events = []
def watch(event, args):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.system", "os.exec"):
        events.append(f"{event} {args}")
    if event == "open" and isinstance(args[0], (str, bytes)):
        path = args[0].decode() if isinstance(args[0], bytes) else args[0]
        if not any(Path(path).resolve().is_relative_to(Path(a).resolve()) for a in allowed):
            events.append(f"open {path}")
sys.addaudithook(watch)

refused = 0
for page in task["pages"]:
    try:
        typesetter.form(f"<body>{page}</body>")
    except LayoutError:
        refused += 1
for source in task["templates"]:
    Path(task["folder"], "layout.html").write_text(source)
    try:
        Template(layout_spec(task["folder"])).hollow(copy_of())
    except Exception:  # whether it is a LayoutError is asked by the tests above
        refused += 1
before = list(events)
open("/etc/hostname").close() if Path("/etc/hostname").exists() else open(task["outside"]).close()
import socket
socket.socket().close()
print(json.dumps({"refused": refused, "events": before, "awake": len(events) - len(before)}))
"""


def test_no_payload_opens_a_file_outside_or_a_socket(layout: Path) -> None:
    here = Path(__file__).parent
    task = {
        "path": [str(here), str(here.parent)],
        "folder": str(layout),
        "outside": str(layout.parent / "outside" / "secret.html"),
        "pages": [page for page, _ in REFUSED.values()] + list(NEVER_FETCHED.values()),
        "templates": list(ESCAPES),
    }
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["events"] == []
    assert told["refused"] == len(REFUSED) + len(ESCAPES)
    assert told["awake"] == 2  # the hook does see an open and a socket


def test_a_link_in_the_folder_is_not_followed_for_the_digest_of_the_style(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest reads every file of the folder, whether the page asks for it or not."""
    outside, folder = tmp_path / "secret.css", tmp_path / "hand"
    folder.mkdir()
    outside.write_text(SECRET)
    (folder / "link.css").symlink_to(outside)
    (folder / "layout.html").write_text("<p>a</p>")
    read: list[Path] = []
    real = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: (read.append(path.resolve()), real(path))[1]
    )
    style_digest(layout_spec(folder))
    assert read
    assert outside.resolve() not in read
