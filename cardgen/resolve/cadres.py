"""Cadres: rows in, each with his phone, his scopes and his faults, out.

A cadre stands on other people's papers: without a phone that can be dialled, every card
that names him is held back, so here a bad phone is an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from sys import intern

from cardgen.model import Cadre, Problem, Row, Scope, ScopeKind
from cardgen.problems import Code
from cardgen.resolve.cells import CellReader
from cardgen.resolve.places import VillageNames, nearest
from cardgen.resolve.scopes import ScopeReader


def read_cadres(
    rows: Iterable[Row], reader: CellReader, scopes: ScopeReader, names: VillageNames
) -> list[Cadre]:
    """The cadres of the cadre table, in its order."""
    return [_read_cadre(row, reader, scopes, names) for row in rows]


def _read_cadre(row: Row, reader: CellReader, scopes: ScopeReader, names: VillageNames) -> Cadre:
    findings = reader.findings
    name, role = reader.name(row, "name"), reader.text(row, "role")
    faults: list[Problem] = []
    if not name:
        message = "没有写姓名，请补上"
        faults.append(findings.add(Code.CADRE_NO_NAME, message, row.origin, "name"))
    if not role:
        message = f"{name}没有写职务，不会出现在卡上，请补上"
        findings.add(Code.CADRE_NO_ROLE, message, row.origin, "role")
    phones, unusable = reader.phones(row, "phone", needed=True)
    if unusable:
        faults.append(unusable)
    elif not phones:
        message = f"{role}{name}没有电话，用到他的卡都不印，请补上"
        faults.append(findings.add(Code.CADRE_NO_PHONE, message, row.origin, "phone"))
    return Cadre(
        name=name,
        role=intern(role),
        phone=phones[0] if phones else "",
        scopes=_read_scopes(row, name, reader, scopes, names),
        origin=row.origin,
        faults=tuple(faults),
    )


def _read_scopes(
    row: Row, name: str, reader: CellReader, scopes: ScopeReader, names: VillageNames
) -> tuple[Scope, ...]:
    """What the cell says; without one, the village of the cadre's own row."""
    written = reader.label(row, "village")
    village = names.find(written)
    if written and not village:
        message = f"“{written}”不在村表中，{nearest(written, names.names)}请改正"
        reader.findings.add(Code.SCOPE_UNKNOWN, message, row.origin, "village", before=written)
    text = reader.text(row, "scope", joint="；")
    if text:
        return scopes.read(row, text, village, is_lost=bool(written) and not village)
    if village:
        return (Scope(ScopeKind.VILLAGE, written, village, village),)
    if not written:
        message = f"{name}没有写负责范围，不会出现在卡上，请补上（例如“全镇”或村名）"
        reader.findings.add(Code.CADRE_NO_SCOPE, message, row.origin, "scope")
    return ()
