"""What may be said of a sheet: a table of a TOML file in, fields of `SheetSpec` out.

Lengths in mm. Ready-cut sheets are known by name from labels.toml, beside this file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from cardgen.errors import CardgenError, UsageError
from cardgen.model import Duplex, Label, Paper, Sides

KEYS = (
    *("paper", "landscape", "columns", "rows", "gutter_x_mm", "gutter_y_mm", "margin_mm"),
    *("marks", "foot", "order", "duplex", "start", "stack_mm", "caliper_mm", "label", "printer"),
)
ORDERS = ("cut-stack", "reading")
MOST_ON_A_SHEET = 100  # rows, columns, and millimetres of margin and gutter
LEAST_PAPER_MM, MOST_PAPER_MM = 20.0, 2000.0
_DUPLEX = {"long": Duplex.LONG, "short": Duplex.SHORT, "none": Duplex.NONE, "": Duplex.NONE}
_LENGTHS = {  # most, in mm; stacks and calipers of nothing make no block
    "gutter_x_mm": (0.0, 100.0),
    "gutter_y_mm": (0.0, 100.0),
    "stack_mm": (1.0, 300.0),
    "caliper_mm": (0.03, 5.0),
}
_COUNTS = ("columns", "rows", "start")

Complain = Callable[[str, str, str], CardgenError]
"""Makes an error of a key, what is wrong with it, and what to do."""


def read_sheet(data: Mapping[str, Any], complain: Complain) -> dict[str, Any]:
    """The fields of `SheetSpec` that a table gives. Raises what `complain` makes."""
    fields: dict[str, Any] = {}
    for key, value in data.items():
        if key not in KEYS:
            hint = nearest(key, KEYS, "%s") or f"可以用的有：{'、'.join(KEYS)}"
            raise complain(key, "这个名称不认识", hint)
        if key in ("landscape", "marks", "foot"):
            if not isinstance(value, bool):
                raise complain(key, f"要 true 或 false，这里是{kind_of(value)}", "")
            fields[key] = value
        elif key in _COUNTS:
            fields[key] = _count(key, value, complain)
        elif key in _LENGTHS:
            fields[key] = _length(key, value, *_LENGTHS[key], complain)
        elif key == "margin_mm":
            fields["margins_mm"] = _margins(value, complain)
        elif key == "paper":
            fields.update(_paper(value, complain))
        elif key == "label":
            fields["label"] = _label(value, complain)
        elif key == "printer":
            if not isinstance(value, str):
                raise complain(key, f"要一段文字，这里是{kind_of(value)}", '写成 printer = "…"')
            fields["printer"] = value.strip()
        elif key == "duplex":
            fields["duplex"] = _DUPLEX[_word(key, value, tuple(_DUPLEX)[:3], complain)]
        else:
            fields["order"] = _word(key, value, ORDERS, complain)
    return fields


def sheet_wishes(words: Sequence[str]) -> dict[str, Any]:
    """What is asked of the sheet in words such as 'paper=A3', as keys of a `[sheet]` table.

    A value is a number, true or false, or a list, as TOML has them, or else a word. Raises
    UsageError.
    """
    wishes: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not value.strip():
            raise UsageError(f"“{word}”不是“名称=值”。", "例如：--sheet paper=A3 --sheet start=5")
        try:
            wishes[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except (tomllib.TOMLDecodeError, KeyError):
            wishes[key.strip()] = value.strip()
    return wishes


def labels() -> Mapping[str, Label]:
    """The ready-cut sheets, by name."""
    return _labels()


@cache
def _labels() -> dict[str, Label]:
    data = tomllib.loads(Path(__file__).with_name("labels.toml").read_text("utf-8"))
    return {
        name: Label(name=name, **(entry | {"paper": Paper(entry["paper"])}))
        for name, entry in data.items()
    }


def kind_of(value: object) -> str:
    """What a TOML value is, as a clerk would say it."""
    for kind, words in (
        (str, "文字"),
        (bool, "true/false"),
        (int | float, "数字"),
        (date, "日期"),
        (list, "一列值"),
        (dict, "一个表"),
    ):
        if isinstance(value, kind):
            return words
    return "别的"


def nearest(word: str, known: Sequence[str], form: str) -> str:
    """A hint with the known word that a slip of the pen comes nearest to, in `form`; or nothing."""
    near = get_close_matches(word, known, 1, 0.5)
    return f"是不是 {form % near[0]}？" if near else ""


def _word(key: str, value: object, known: Sequence[str], complain: Complain) -> str:
    if not isinstance(value, str):
        raise complain(key, f"要一段文字，这里是{kind_of(value)}", f'写成 {key} = "{known[0]}"')
    found = {word.lower(): word for word in known}.get(value.strip().lower())
    if found is None:
        listed = "、".join(f'"{word}"' for word in known)
        raise complain(key, f"“{value}”不认识", nearest(value, known, '"%s"') or f"可以写 {listed}")
    return found


def _paper(value: object, complain: Complain) -> dict[str, Any]:
    """A paper by name, or an own size as width and height."""
    if isinstance(value, list):
        numbers = [v for v in value if isinstance(v, int | float) and not isinstance(v, bool)]
        if (
            len(value) != 2
            or len(numbers) != 2
            or not all(LEAST_PAPER_MM <= number <= MOST_PAPER_MM for number in numbers)
        ):
            raise complain(
                "paper",
                f"自定的纸要写宽和高两个数，{LEAST_PAPER_MM:g} 到 {MOST_PAPER_MM:g} 毫米",
                "例如 paper = [320, 464]",
            )
        return {"own_mm": (float(numbers[0]), float(numbers[1]))}
    return {"paper": Paper(_word("paper", value, tuple(Paper), complain)), "own_mm": None}


def _label(value: object, complain: Complain) -> Label | None:
    if value == "":
        return None
    known = labels()
    return known[_word("label", value, tuple(known), complain)]


def _count(key: str, value: object, complain: Complain) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_ON_A_SHEET:
        found = value if type(value) in (int, float) else kind_of(value)
        raise complain(key, f"要 1 到 {MOST_ON_A_SHEET} 的整数，这里是{found}", "")
    return value


def _length(key: str, value: object, least: float, most: float, complain: Complain) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        found = kind_of(value) if isinstance(value, bool | str | list | dict) else value
        raise complain(key, f"要 {least:g} 到 {most:g} 毫米，这里是{found}", "")
    return float(value)


def _margins(value: object, complain: Complain) -> Sides:
    """One margin for all sides, or four: top, right, bottom, left."""
    if not isinstance(value, list):
        return Sides.all(_length("margin_mm", value, 0.0, MOST_ON_A_SHEET, complain))
    if len(value) != 4:
        raise complain("margin_mm", f"要一个数，或上、右、下、左四个数，这里有 {len(value)} 个", "")
    return Sides(*(_length("margin_mm", each, 0.0, MOST_ON_A_SHEET, complain) for each in value))
