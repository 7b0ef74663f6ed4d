"""The words of the project as types. The stages know these, and not one another.

Everything here is frozen, and small enough to be sent to a worker process. Lengths are
named with their unit (see `cardgen.units`); the origin of a page is its lower left corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cardgen.units import Rect

# --------------------------------------------------------------------------- where it stands


class Table(StrEnum):
    """The tables of a roster; which one a sheet holds is told by its headers."""

    VILLAGE = "village"
    CADRE = "cadre"
    HOUSEHOLD = "household"
    VENUE = "venue"


@dataclass(frozen=True, slots=True)
class Source:
    """One table as found in one sheet: where, and which field stands in which column.

    `columns` maps a field's name (`head`, `phone`, …) to a column, counted from 0.
    """

    table: Table
    file: str
    sheet: str
    columns: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """A row of a table; rows count from 1, as the spreadsheet shows them."""

    source: Source
    row: int

    def cell(self, name: str = "") -> str:
        """The address of a field's cell ("F12"); of the row's first known cell without a name."""
        columns = self.source.columns
        column = columns.get(name, min(columns.values(), default=0))
        return f"{column_letters(column)}{self.row}"


def column_letters(column: int) -> str:
    """A column counted from 0 as a spreadsheet names it: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


CellValue = str | float | int | bool | date | None
"""A cell as the file holds it. Dates and times arrive as `date`/`datetime`, errors as text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, cells as the file holds them, no judgement made.

    `values` maps a field's name to its cell; empty cells are left out. A value that comes
    from a merged cell above stands in every row that the merge covers.
    """

    origin: Origin
    values: Mapping[str, CellValue] = field(hash=False)


# --------------------------------------------------------------------------- findings


class Severity(StrEnum):
    """How much a finding weighs: an error holds copies back, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding, with its cell. `code` is a `cardgen.problems.Code`; `message` is Chinese.

    `before` is what the cell held, where cardgen repaired it or will not print it.
    """

    code: str
    severity: Severity
    message: str
    file: str = ""
    sheet: str = ""
    cell: str = ""
    before: str = ""


# --------------------------------------------------------------------------- the township


@dataclass(frozen=True, slots=True)
class Village:
    """A village (村); `phone` holds digits only."""

    name: str
    zone: str
    phone: str
    group_link: str
    note: str
    origin: Origin
    faults: tuple[Problem, ...] = ()


class ScopeKind(StrEnum):
    """What a scope names; `distance` tells which of two is nearer to a household."""

    HOUSEHOLD = "household"
    BUILDING = "building"
    GROUP = "group"
    GRID = "grid"
    VILLAGE = "village"
    ZONE = "zone"
    TOWNSHIP = "township"

    @property
    def distance(self) -> int:
        """0 for a household up to 6 for the township."""
        return list(ScopeKind).index(self)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a cadre answers for: a place (`name` within `village`), and people of `kind` there.

    `text` is the words of the roster that said so.
    """

    what: ScopeKind
    text: str
    village: str = ""
    name: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Cadre:
    """A person who answers for something; `phone` holds digits only."""

    name: str
    role: str
    phone: str
    scopes: tuple[Scope, ...]
    origin: Origin
    faults: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Household:
    """A household (户). `code` is its 户号, read or made; `phones` hold digits only.

    `members` is 0 where the roster does not say. `faults` are the errors that hold its
    papers back.
    """

    code: str
    village: str
    grid: str
    group: str
    building: str
    door: str
    head: str
    phones: tuple[str, ...]
    members: int
    kinds: tuple[str, ...]
    watch_from: date | None
    watch_to: date | None
    route: str
    note: str
    origin: Origin
    faults: tuple[Problem, ...] = ()

    @property
    def phone(self) -> str:
        """The first phone, digits only, or nothing."""
        return self.phones[0] if self.phones else ""


@dataclass(frozen=True, slots=True)
class Venue:
    """A shop or another place with a door (场所); `code` is made from village and name."""

    code: str
    name: str
    village: str
    address: str
    person: str
    phone: str
    kind: str
    origin: Origin
    faults: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Township:
    """All that the rosters say, repaired, with every finding made on the way.

    `excluded` are rows that are not printed on purpose (an example row, an identical
    repetition), each with its reason; `rows` counts the household rows met, so that
    rows = households + excluded.
    """

    villages: tuple[Village, ...]
    cadres: tuple[Cadre, ...]
    households: tuple[Household, ...]
    venues: tuple[Venue, ...]
    problems: tuple[Problem, ...]
    excluded: tuple[tuple[Origin, str], ...] = ()
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """One line of a chain: who, in which role, and because of which scope of which row."""

    role: str
    name: str
    phone: str
    scope: Scope
    origin: Origin


@dataclass(frozen=True, slots=True)
class Chain:
    """Who answers for a subject, in the order of the roles asked; `problems` where it cannot be told."""

    contacts: tuple[Contact, ...]
    problems: tuple[Problem, ...] = ()


# --------------------------------------------------------------------------- copies


class SubjectKind(StrEnum):
    """What a copy is made for."""

    HOUSEHOLD = "household"
    VILLAGE = "village"
    CADRE = "cadre"
    VENUE = "venue"
    GRID = "grid"
    ROUTE = "route"
    TOWNSHIP = "township"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that must be readable on a finished copy: a serial, a name, a phone, a code."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One paper for one subject.

    `data` is what the layout's template may read; `facts` what the finished copy must show,
    told by the plan and not by the template.
    """

    serial: str
    layout: str
    subject: str
    village: str
    data: Mapping[str, object] = field(hash=False, repr=False)
    facts: tuple[Fact, ...] = ()

    def without_data(self) -> Copy:
        """The same copy once its template has been rendered, light enough to be sent on."""
        return Copy(self.serial, self.layout, self.subject, self.village, {}, self.facts)


@dataclass(frozen=True, slots=True)
class Held:
    """A copy that is not printed, and why; `excluded` where that is on purpose."""

    layout: str
    subject: str
    village: str
    reasons: tuple[Problem, ...]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """What becomes one PDF file: `name` is its path below the output folder."""

    name: str
    layout: str
    village: str
    copies: tuple[Copy, ...]


# --------------------------------------------------------------------------- layouts and forms


class Paper(StrEnum):
    """Sheet sizes known by name; `size_mm` gives width and height, portrait."""

    A3 = "A3"
    A4 = "A4"
    A5 = "A5"
    SRA3 = "SRA3"
    LETTER = "letter"

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height in millimetres (ISO 216; ISO 217 for SRA3; ANSI Y14.1 for letter)."""
        return _PAPER_MM[self]


_PAPER_MM: dict[str, tuple[float, float]] = {
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
    "A5": (148.0, 210.0),
    "SRA3": (320.0, 450.0),
    "letter": (215.9, 279.4),
}


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """How copies are put on a sheet, as a layout or a campaign asks for it. Millimetres.

    0 rows or columns mean: as many as fit. `order` is "reading" or "cut-stack".
    """

    paper: Paper = Paper.A4
    landscape: bool = False
    columns: int = 0
    rows: int = 0
    gutter_x_mm: float = 0.0
    gutter_y_mm: float = 0.0
    margin_mm: float = 5.0
    marks: bool = True
    order: str = "reading"


@dataclass(frozen=True, slots=True)
class LayoutSpec:
    """What layout.toml says, and where the layout's folder is.

    `floors_pt` maps a name to the smallest type size that text of that name may be set in;
    `text` is the floor of slots that name none. `must_show` lists the facts that the
    finished copy is read back for.
    """

    name: str
    folder: str
    title: str
    subject: SubjectKind
    width_mm: float
    height_mm: float
    bleed_mm: float
    public: bool
    roles: tuple[str, ...]
    must_show: tuple[str, ...]
    floors_pt: Mapping[str, float] = field(hash=False)
    sheet: SheetSpec = SheetSpec()


Colour = tuple[float, ...]
"""Ink as PDF counts it: 1 number is grey, 3 are RGB, 4 are CMYK, each from 0 to 1."""

Matrix = tuple[float, float, float, float, float, float]
"""a b c d e f of PDF 32000-1, 8.3.4, in points, origin lower left."""


class Align(StrEnum):
    """Where a line stands in its box."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """How a slot's text is set. `leading_pt` is the distance from baseline to baseline."""

    family: str
    weight: int
    size_pt: float
    leading_pt: float
    colour: Colour
    align: Align
    letter_spacing_pt: float = 0.0
    features: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A place whose text differs from copy to copy.

    `box_pt` and `baseline_pt` (of the first of `lines` lines) are measured on the trimmed
    page before `matrix`, which turns or moves the slot where the layout does so.
    """

    name: str
    box_pt: Rect
    baseline_pt: float
    lines: int
    floor_pt: float
    style: TypeStyle
    matrix: Matrix | None = None


@dataclass(frozen=True, slots=True)
class CodeSlot:
    """A place for a QR code: `box_pt` is the square that holds code and quiet zone."""

    name: str
    box_pt: Rect
    level: str
    colour: Colour
    matrix: Matrix | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a form: its static art as a one-page PDF, and its slots.

    The art's page is trim plus bleed, its origin the lower left corner of the trim.
    Each slot comes with the number of the value that goes into it.
    """

    art: bytes = field(repr=False)
    slots: tuple[tuple[int, Slot], ...]
    codes: tuple[tuple[int, CodeSlot], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A layout laid out once. `key` is the digest of its hollow HTML and style.

    `baked` is the text outside the slots, which all copies of the form share.
    """

    key: str
    width_pt: float
    height_pt: float
    bleed_pt: float
    leaves: tuple[Leaf, ...]
    baked: str = ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A copy ready for the press: its form, and what goes into the form's slots."""

    copy: Copy
    form_key: str
    texts: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text in a slot: left end of the baseline, in points, before the slot's matrix."""

    text: str
    x_pt: float
    y_pt: float
    size_pt: float
    width_pt: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on a sheet. `place` counts from 0 in reading order; millimetres, of the trim."""

    place: int
    left_mm: float
    bottom_mm: float


@dataclass(frozen=True, slots=True)
class Printed:
    """One line of manifest.csv: where a copy stands."""

    serial: str
    layout: str
    subject: str
    village: str
    file: str
    sheet: int
    side: int
    cell: int
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    digest: str


# --------------------------------------------------------------------------- batches


@dataclass(frozen=True, slots=True)
class VolumeResult:
    """What became of a volume: copies on their cells, copies that failed, and the file.

    `sheets` counts sides as PDF pages; `thumbnail` is the first page as a small PNG;
    `seconds` is time by stage. A volume without a file has `sheets` 0 and all copies failed.
    """

    name: str
    layout: str
    village: str
    sheets: int
    printed: tuple[Printed, ...]
    failed: tuple[Held, ...]
    seconds: Mapping[str, float] = field(hash=False)
    size: int = 0
    sha256: str = ""
    thumbnail: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Tally:
    """The proof of coverage for one layout: copies = printed + excluded + failed.

    `subjects` counts what the copies are made for (households in the roster, villages, …);
    `forms` the forms laid out, `stamped` the copies that share a form with another.
    """

    layout: str
    title: str
    subjects: int
    copies: int
    printed: int
    excluded: int
    failed: int
    forms: int
    stamped: int

    @property
    def closes(self) -> bool:
        """Whether nothing is missing and nothing is there twice."""
        return self.copies == self.printed + self.excluded + self.failed


@dataclass(frozen=True, slots=True)
class FileLine:
    """One finished file, as reports list it."""

    name: str
    layout: str
    village: str
    sheets: int
    copies: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BatchResult:
    """All that a report says of a batch. `by_village` is (layout, village) to printed, held.

    `held` are the copies that were not printed, with their reasons, excluded ones too;
    `rows_excluded` the rows of the roster that are no household (an example, a repetition).
    """

    title: str
    issuer: str
    households: int
    tallies: tuple[Tally, ...]
    held: tuple[Held, ...]
    problems: tuple[Problem, ...]
    files: tuple[FileLine, ...]
    by_village: Mapping[tuple[str, str], tuple[int, int]] = field(hash=False)
    seconds: Mapping[str, float] = field(hash=False)
    rows_excluded: tuple[tuple[Origin, str], ...] = ()
    thumbnails: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    proof: str = "all"

    @property
    def copies(self) -> int:
        """Copies planned, over all layouts."""
        return sum(tally.copies for tally in self.tallies)

    @property
    def printed(self) -> int:
        """Copies that stand in finished files."""
        return sum(tally.printed for tally in self.tallies)

    @property
    def closes(self) -> bool:
        """Whether the counts of every layout close."""
        return all(tally.closes for tally in self.tallies)


@dataclass(frozen=True, slots=True)
class Mark:
    """A code that must be found on a page: its square in points, and what it must say."""

    box_pt: Rect
    text: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a finished copy must show: on which page, in which trimmed cell (points), what.

    Pages count from 0. `texts` are all that was stamped, `facts` what the plan asks for.
    """

    serial: str
    page: int
    cell_pt: Rect
    texts: tuple[str, ...]
    facts: tuple[Fact, ...]
    codes: tuple[Mark, ...]


class ProofMode(StrEnum):
    """How many copies are read back from the finished file."""

    ALL = "all"
    SAMPLE = "sample"
    NONE = "none"
