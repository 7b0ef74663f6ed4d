"""A paper as a page shows it before it is printed: a workspace and a household in, pictures out."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from cardgen.desk import Desk
from cardgen.errors import CardgenError
from cardgen.model import Held
from cardgen.web.plain import problem_for_page, told_on_page
from cardgen.workspace import Workspace


def as_typed(desk: Desk, workspace: Workspace, household: str, layout: str) -> dict[str, Any]:
    """A paper with words that are not kept, for the office: what web/preview.html shows. What is
    wrong with them is told in its place."""
    try:
        made = desk.preview_with(workspace, household, layout)
    except CardgenError as error:
        return {"faults": [told_on_page(error)]}
    return {"pages": inline(made.pages), "faults": reasons_of(made.held, is_office=True)}


def inline(pages: Iterable[bytes]) -> list[str]:
    """Pictures (JPEG) as they stand in a page itself."""
    return [base64.b64encode(page).decode() for page in pages]


def reasons_of(held: Iterable[Held], *, is_office: bool) -> list[str]:
    """Why a paper cannot be printed, each reason once."""
    every = (reason for each in held for reason in each.reasons)
    return list(dict.fromkeys(problem_for_page(each, is_office=is_office) for each in every))
