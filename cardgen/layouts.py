"""Find layouts and read layout.toml: a folder in, a `LayoutSpec` out. Lengths in mm, type in pt.

A workspace's own `layouts/` win over the built-in ones.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from cardgen.errors import LayoutError
from cardgen.kinds import canonical_kind
from cardgen.model import (
    IN_THE_HAND_MM,
    ON_A_WALL_MM,
    LayoutSpec,
    Paper,
    SheetSpec,
    SubjectKind,
)
from cardgen.places import share_dir
from cardgen.sheets import read_sheet

_Kind = TypeVar("_Kind", SubjectKind, Paper)
_KEYS = {
    "title": str,
    "subject": (str, list),
    "size_mm": list,
    "sizes": list,
    "bleed_mm": (int, float),
    "public": bool,
    "flows": bool,
    "needs": list,
    "copies": int,
    "roles": list,
    "for_roles": list,
    "kinds": list,
    "watch": bool,
    "body": str,
    "module_mm": (int, float),
    "must_show": list,
    "folds_across_mm": list,
    "folds_down_mm": list,
    "variants": dict,
    "floors": dict,
    "sheet": dict,
}
DEFAULT_FLOOR_PT = 7.0
BACK_PAGE = "back.html"
MOST_BLEED_MM = 20.0
MOST_COPIES = 20
MOST_MODULE_MM = 20.0
CODE_SOURCES = ("group", "link", "hotline")  # see cardgen.plan.codes
MOST_FOLDS = 10
_IN_A_VILLAGE = (
    *(SubjectKind.HOUSEHOLD, SubjectKind.VILLAGE, SubjectKind.VENUE),
    *(SubjectKind.GRID, SubjectKind.ROUTE),
)
_SUBJECTS = tuple(kind for kind in SubjectKind if kind is not SubjectKind.VOLUME)
_WITH_PEOPLE = (SubjectKind.VILLAGE, SubjectKind.GRID, SubjectKind.TOWNSHIP)
_WITH_HOUSEHOLDS = (SubjectKind.GRID, SubjectKind.ROUTE, SubjectKind.CADRE)
FACTS: dict[str, tuple[SubjectKind, ...]] = {
    "serial": tuple(SubjectKind),
    "link": _SUBJECTS,
    "contacts.name": _SUBJECTS,
    "contacts.phone": _SUBJECTS,
    "household.head": (SubjectKind.HOUSEHOLD,),
    "household.door": (SubjectKind.HOUSEHOLD,),
    "village.name": _IN_A_VILLAGE,
    "grid.name": (SubjectKind.GRID,),
    "route.name": (SubjectKind.ROUTE,),
    "venue.name": (SubjectKind.VENUE,),
    "cadre.name": (SubjectKind.CADRE,),
    "cadre.phone": (SubjectKind.CADRE,),
    "people.name": _WITH_PEOPLE,
    "people.phone": _WITH_PEOPLE,
    "households.head": _WITH_HOUSEHOLDS,
    "households.phone": _WITH_HOUSEHOLDS,
    "households.door": _WITH_HOUSEHOLDS,
    "households.serials": (SubjectKind.ROUTE,),
    "changes.head": (SubjectKind.VILLAGE,),
    "recalls.who": (SubjectKind.VILLAGE,),
    "recalls.serials": (SubjectKind.VILLAGE,),
    "bundle.name": (SubjectKind.VOLUME,),
    "bundle.counts": (SubjectKind.VOLUME,),
    "bundle.serials": (SubjectKind.VOLUME,),
    "bundle.people": (SubjectKind.VOLUME,),
    "rows.name": (SubjectKind.VOLUME,),
    "rows.serials": (SubjectKind.VOLUME,),
    "rows.sums": (SubjectKind.VOLUME,),
}
"""What `must_show` may name, and on papers for which subjects."""
_PRIVATE = (
    *("household.head", "households.head", "households.phone", "households.serials"),
    *("changes.head", "recalls.who", "recalls.serials"),
)
NEEDS: dict[str, SubjectKind] = {
    "changes": SubjectKind.VILLAGE,
    "recalls": SubjectKind.VILLAGE,
    "duty": SubjectKind.GRID,
}
"""What `needs` may name, and for which subject it is made."""


COVER, SIGN_OFF = "cover-sheet", "sign-off"
RECALL_LIST = "recall-list"
"""The layouts of what lies on top of a bundle."""


def layout_folders(workspace: Path | None = None) -> tuple[Path, ...]:
    """The folders that hold layouts, the workspace's own first."""
    own = (workspace / "layouts",) if workspace else ()
    return (*own, share_dir("layouts"))


def list_layouts(workspace: Path | None = None) -> tuple[LayoutSpec, ...]:
    """Every layout that can be used, by name; a workspace's own hides a built-in one."""
    found: dict[str, Path] = {}
    for folder in reversed(layout_folders(workspace)):
        for spec in sorted(folder.glob("*/layout.toml")):
            found[spec.parent.name] = spec.parent
    return tuple(read_layout(found[name]) for name in sorted(found))


def find_layout(name: str, workspace: Path | None = None) -> LayoutSpec:
    """The layout of that name. Raises LayoutError that names the nearest one."""
    names: list[str] = []
    is_name = bool(name) and name not in (".", "..") and not set(name) & set("/\\\0")
    for folder in layout_folders(workspace):
        if is_name and (folder / name / "layout.toml").exists():
            return read_layout(folder / name)
        names += [path.parent.name for path in folder.glob("*/layout.toml")]
    near = get_close_matches(name, names, 1, 0.4)
    hint = f"是不是 {near[0]}？" if near else ""
    raise LayoutError(f"没有名为“{name}”的版式。", hint + "用 cardgen layouts list 看有哪些版式。")


def read_layout(folder: Path) -> LayoutSpec:
    """Read a layout's layout.toml. Raises LayoutError for what is missing or impossible."""
    path = folder / "layout.toml"
    try:
        data = _parsed(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError(
            f"{path}：读不了（{error}）。", "检查文件是否存在、是否为 UTF-8。"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(
            f"{path}：不是正确的 TOML（{error}）。", "检查引号、方括号是否成对。"
        ) from error
    _check_keys(path, "", data, _KEYS)
    for key in ("title", "subject", "size_mm"):
        if key not in data:
            raise LayoutError(f"{path}：缺少 {key}。", "每个版式都要写 title、subject 和 size_mm。")
    width_mm, height_mm = _size(path, data["size_mm"])
    subjects = _subjects(path, data["subject"])
    return LayoutSpec(
        name=folder.resolve().name,
        folder=str(folder.resolve()),
        title=data["title"],
        subject=subjects[0],
        subjects=subjects,
        sizes=_sizes(path, data.get("sizes", [])),
        width_mm=width_mm,
        height_mm=height_mm,
        bleed_mm=_within(path, "bleed_mm", data.get("bleed_mm", 0), MOST_BLEED_MM),
        public=data.get("public", False),
        flows=data.get("flows", False),
        needs=_needs(path, data.get("needs", []), subjects),
        copies=_copies(path, data.get("copies", 1)),
        for_roles=_strings(path, "for_roles", data.get("for_roles", [])),
        kinds=tuple(map(canonical_kind, _strings(path, "kinds", data.get("kinds", [])))),
        watch=data.get("watch", False),
        module_mm=_module(path, data),
        body=_inside(path, "body", data.get("body", "")),
        roles=_strings(path, "roles", data.get("roles", [])),
        must_show=_facts(
            path, data.get("must_show", ["serial"]), subjects, data.get("public", False)
        ),
        variants=_variants(path, data.get("variants", {})),
        floors_pt=_floors(path, data.get("floors", {})),
        sheet=_sheet(path, data.get("sheet", {})),
        back=_has_back(folder, data.get("flows", False)),
        folds_across_mm=_folds(path, "folds_across_mm", data, height_mm),
        folds_down_mm=_folds(path, "folds_down_mm", data, width_mm),
    )


@lru_cache(64)
def _parsed(text: str) -> Mapping[str, Any]:
    """The pages read the same few layouts again and again."""
    return tomllib.loads(text)


def _check_keys(
    path: Path, prefix: str, data: Mapping[str, object], known: Mapping[str, object]
) -> None:
    for key, value in data.items():
        if key not in known:
            near = get_close_matches(key, known, 1, 0.4)
            hint = f"最接近的是 {prefix}{near[0]}。" if near else f"可用的有：{'、'.join(known)}。"
            raise LayoutError(f"{path}：不认识的项 {prefix}{key}。", hint)
        wanted = known[key]
        if not isinstance(value, wanted) or (wanted is not bool and isinstance(value, bool)):  # type: ignore[arg-type]
            raise LayoutError(
                f"{path}：{prefix}{key} 的值 {value!r} 类型不对。", "对照已有版式改正。"
            )


def _size(path: Path, value: list[object]) -> tuple[float, float]:
    numbers = [float(v) for v in value if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) != 2 or len(value) != 2 or not all(10 <= number <= 2000 for number in numbers):
        raise LayoutError(
            f"{path}：size_mm = {value!r} 不是宽和高。", "例如 size_mm = [90, 54]，单位毫米。"
        )
    return numbers[0], numbers[1]


def _within(path: Path, key: str, value: float, most: float) -> float:
    if not 0 <= value <= most:
        raise LayoutError(f"{path}：{key} = {value!r} 不行。", f"写 0 到 {most:g}。")
    return value


def _strings(path: Path, key: str, value: list[object]) -> tuple[str, ...]:
    if not all(isinstance(item, str) for item in value):
        raise LayoutError(f"{path}：{key} 里只能是文字。", '例如 roles = ["包村干部"]。')
    return tuple(str(item) for item in value)


def _subjects(path: Path, value: str | list[object]) -> tuple[SubjectKind, ...]:
    """The kinds of subject that a layout can be printed for, the usual one first."""
    names = [value] if isinstance(value, str) else value
    if not names:
        raise LayoutError(f"{path}：subject 是空的。", '例如 subject = "household"。')
    return tuple(_choice(path, "subject", str(name), SubjectKind) for name in names)


def _sizes(path: Path, value: list[object]) -> tuple[Paper, ...]:
    return tuple(_choice(path, "sizes", str(name), Paper) for name in value)


def _needs(path: Path, value: list[object], subjects: Sequence[SubjectKind]) -> tuple[str, ...]:
    names = _strings(path, "needs", value)
    for name in names:
        if name not in NEEDS:
            raise LayoutError(
                f"{path}：needs 里的 {name} 不认识。", f"可用的有：{'、'.join(NEEDS)}。"
            )
        if NEEDS[name] not in subjects:
            raise LayoutError(
                f"{path}：needs 里的 {name} 不能用于 subject = {subjects[0].value!r}。",
                f"换成 subject = {NEEDS[name].value!r}。",
            )
    return names


def _copies(path: Path, value: int) -> int:
    if not 1 <= value <= MOST_COPIES:
        raise LayoutError(f"{path}：copies = {value!r} 不行。", f"写 1 到 {MOST_COPIES}。")
    return value


def _module(path: Path, data: Mapping[str, Any]) -> float:
    """The least width of a code's module: what hangs in public is read from farther away."""
    usual = ON_A_WALL_MM if data.get("public") else IN_THE_HAND_MM
    width_mm = float(data.get("module_mm", usual))
    if not IN_THE_HAND_MM <= width_mm <= MOST_MODULE_MM:
        least, most = f"{IN_THE_HAND_MM:g}", f"{MOST_MODULE_MM:g}"
        raise LayoutError(f"{path}：module_mm = {width_mm:g} 不行。", f"写 {least} 到 {most}。")
    return width_mm


def _inside(path: Path, key: str, value: str) -> str:
    """A file name that stays in the layout's folder."""
    parts = value.replace("\\", "/").split("/")
    if value and (".." in parts or not parts[0] or ":" in value):
        raise LayoutError(f"{path}：{key} = {value!r} 不在版式的文件夹里。", "只写文件名。")
    return value


def _facts(
    path: Path, value: list[object], subjects: Sequence[SubjectKind], public: bool
) -> tuple[str, ...]:
    names = _strings(path, "must_show", value)
    for name in names:
        if name not in FACTS:
            raise LayoutError(
                f"{path}：must_show 里的 {name} 不认识。", f"可用的有：{'、'.join(FACTS)}。"
            )
        if not set(subjects) & set(FACTS[name]):
            raise LayoutError(
                f"{path}：must_show 里的 {name} 不能用于 subject = {subjects[0].value!r}。",
                "去掉它，或换 subject。",
            )
        if public and name in _PRIVATE:
            raise LayoutError(
                f"{path}：must_show 里的 {name} 不能印在公开的版式上。", "去掉它，或去掉 public。"
            )
    return names


def _variants(path: Path, value: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
    """The kinds of a paper, each with the sources of its code, the first that is there wins."""
    variants = {}
    for name, sources in value.items():
        words = _strings(path, f"variants.{name}", sources) if isinstance(sources, list) else ()
        if not words or not set(words) <= set(CODE_SOURCES):
            raise LayoutError(
                f"{path}：variants.{name} = {sources!r} 不认识。",
                f"写一列，可用的有：{'、'.join(CODE_SOURCES)}。",
            )
        variants[name] = words
    return variants


def _floors(path: Path, value: Mapping[str, object]) -> Mapping[str, float]:
    floors = {"text": DEFAULT_FLOOR_PT}
    for name, size in value.items():
        if not isinstance(size, int | float) or isinstance(size, bool) or not 3 <= size <= 400:
            raise LayoutError(
                f"{path}：floors.{name} = {size!r} 不是字号。", "写磅数，例如 text = 7。"
            )
        floors[name] = float(size)
    return floors


def _sheet(path: Path, value: Mapping[str, object]) -> SheetSpec:
    def complain(key: str, message: str, hint: str) -> LayoutError:
        return LayoutError(f"{path}：sheet.{key}：{message}。", hint)

    return SheetSpec(**read_sheet(value, complain))


def _has_back(folder: Path, flows: bool) -> bool:
    """Whether there is a back. Raises LayoutError where a page cannot lie behind another."""
    if not (folder / BACK_PAGE).is_file():
        return False
    if flows:
        raise LayoutError(
            f"{folder / BACK_PAGE}：会分页的版式（flows）不能有背面。",
            "双面印时它的第二页就在第一页背面；删去 back.html。",
        )
    return True


def _folds(path: Path, key: str, data: Mapping[str, Any], size_mm: float) -> tuple[float, ...]:
    """Where a copy is folded, in mm from its top or its left."""
    found = data.get(key, [])
    numbers = [float(v) for v in found if isinstance(v, int | float) and not isinstance(v, bool)]
    if (
        len(numbers) != len(found)
        or len(numbers) > MOST_FOLDS
        or not all(0 < number < size_mm for number in numbers)
    ):
        raise LayoutError(
            f"{path}：{key} = {found!r} 不行。", f"写折痕的位置，0 到 {size_mm:g} 毫米之间。"
        )
    return tuple(sorted(numbers))


def _choice(path: Path, key: str, value: str, kinds: type[_Kind]) -> _Kind:
    try:
        return kinds(value)
    except ValueError:
        names = "、".join(kinds)
        raise LayoutError(f"{path}：{key} = {value!r} 不认识。", f"可用的有：{names}。") from None
