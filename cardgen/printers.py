"""How far each printer is off: printers.toml of a workspace in, a shift for backs out; and back.

A printer that turns the sheet over sets the back a few millimetres beside its front. What was
measured on a calibration page is kept by the printer's name, and taken back on every batch.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from cardgen.errors import UsageError
from cardgen.whole import write_whole

PRINTERS_FILE = "printers.toml"
MOST_OFF_MM = 20.0
_HEAD = (
    "# 每台打印机双面印时背面偏了多少毫米，由 cardgen sheet offset 写下。\n"
    "# right_mm 是看着背面偏右多少（偏左写负数），up_mm 是偏上多少（偏下写负数）。\n"
)


@dataclass(frozen=True, slots=True)
class Printer:
    """A printer, and how far right and up its backs come out, in mm, looking at the back."""

    name: str
    right_mm: float
    up_mm: float

    @property
    def back_shift_mm(self) -> tuple[float, float]:
        """What moves the backs to where they belong."""
        return (0.0 - self.right_mm, 0.0 - self.up_mm)


def read_printers(folder: Path) -> dict[str, Printer]:
    """The printers of a workspace by name; none where there is no file. Raises UsageError."""
    path = folder / PRINTERS_FILE
    if not path.is_file():
        return {}
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"{PRINTERS_FILE} 读不了：{error}", "删去这个文件，再用 cardgen sheet offset 写一遍。"
        ) from error
    return {name: _printer(name, table) for name, table in data.items()}


def _printer(name: str, table: object) -> Printer:
    lengths = table if isinstance(table, dict) else {}
    values = [lengths.get(key, 0) for key in ("right_mm", "up_mm")]
    for value in values:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not (-MOST_OFF_MM <= value <= MOST_OFF_MM)
        ):
            raise UsageError(
                f"{PRINTERS_FILE} 的“{name}”：{value!r} 不是 {MOST_OFF_MM:g} 毫米以内的数。",
                "right_mm 和 up_mm 写毫米数，偏左、偏下写负数。",
            )
    return Printer(name, float(values[0]), float(values[1]))


def find_printer(folder: Path, name: str) -> Printer:
    """The printer of that name. Raises UsageError that names the nearest."""
    printers = read_printers(folder)
    if name in printers:
        return printers[name]
    near = get_close_matches(name, printers, 1, 0.4)
    hint = f"是不是“{near[0]}”？" if near else ""
    raise UsageError(
        f"{PRINTERS_FILE} 里没有打印机“{name}”。",
        f"{hint}先用 cardgen sheet calibrate 印一张校准页，再用 cardgen sheet offset 记下来。",
    )


def keep_printer(folder: Path, printer: Printer) -> Path:
    """Write a printer down beside the others. Raises UsageError, OutputError."""
    _printer(printer.name, {"right_mm": printer.right_mm, "up_mm": printer.up_mm})
    printers = {**read_printers(folder), printer.name: printer}
    # A TOML basic string is written as a JSON one (TOML 1.0, String).
    tables = [
        f"\n[{json.dumps(each.name, ensure_ascii=False)}]\n"
        f"right_mm = {each.right_mm:g}\nup_mm = {each.up_mm:g}\n"
        for each in printers.values()
    ]
    path = folder / PRINTERS_FILE
    write_whole(path, _HEAD + "".join(tables))
    return path
