"""The words of the project as types. The stages know these, and not one another.

Everything here is frozen, and small enough to be sent to a worker process. Lengths are
named with their unit (see `cardgen.units`); the origin of a page is its lower left corner.
"""

from __future__ import annotations

from cardgen.model.areas import GridArea, Officer, Route, Zone
from cardgen.model.batch import (
    BatchResult,
    FileLine,
    Printed,
    ProofMode,
    Tally,
    VolumeResult,
)
from cardgen.model.copy import (
    Cell,
    Copy,
    Expected,
    Fact,
    Filled,
    Held,
    Line,
    Mark,
    Volume,
)
from cardgen.model.layout import (
    Align,
    CodeSlot,
    Colour,
    Form,
    LayoutSpec,
    Leaf,
    Matrix,
    Paper,
    SheetSpec,
    Slot,
    SubjectKind,
    TypeStyle,
)
from cardgen.model.roster import (
    CellValue,
    Origin,
    Problem,
    Row,
    Severity,
    Source,
    Table,
    column_letters,
)
from cardgen.model.township import (
    Cadre,
    Chain,
    Contact,
    Household,
    Scope,
    ScopeKind,
    Township,
    Venue,
    Village,
)

__all__ = [
    "Align",
    "BatchResult",
    "Cadre",
    "Cell",
    "CellValue",
    "Chain",
    "CodeSlot",
    "Colour",
    "Contact",
    "Copy",
    "Expected",
    "Fact",
    "FileLine",
    "Filled",
    "Form",
    "GridArea",
    "Held",
    "Household",
    "LayoutSpec",
    "Leaf",
    "Line",
    "Mark",
    "Matrix",
    "Officer",
    "Origin",
    "Paper",
    "Printed",
    "Problem",
    "ProofMode",
    "Route",
    "Row",
    "Scope",
    "ScopeKind",
    "Severity",
    "SheetSpec",
    "Slot",
    "Source",
    "SubjectKind",
    "Table",
    "Tally",
    "Township",
    "TypeStyle",
    "Venue",
    "Village",
    "Volume",
    "VolumeResult",
    "Zone",
    "column_letters",
]
