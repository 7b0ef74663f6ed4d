"""Say why: a household and the roles asked in, lines of Chinese out.

Each line names the person, the scope, and the file, sheet and row that said so; below it
stand those who were considered and are farther away.
"""

from __future__ import annotations

from collections.abc import Sequence

from cardgen.model import Contact, Household, Origin
from cardgen.phones import group_digits
from cardgen.resolve.chains import SCOPE_WORDS, Chains


def explain(chains: Chains, household: Household, roles: Sequence[str]) -> tuple[str, ...]:
    """The chain of a household, line by line, with the reason for each."""
    where = " ".join(
        part
        for part in (
            household.village,
            household.grid,
            household.group,
            household.building,
            household.door,
        )
        if part
    )
    kinds = f"，类别：{'、'.join(household.kinds)}" if household.kinds else ""
    lines = [f"{household.code} {household.head}（{where}{kinds}），见{_row(household.origin)}"]
    for role in roles:
        lines += _explain_role(chains, household, role)
    lines += [f"不印：{fault.message}" for fault in household.faults]
    return tuple(lines)


def _explain_role(chains: Chains, household: Household, role: str) -> list[str]:
    found = chains.candidates(household, role)
    chain = chains.chain(household, [role])
    chosen = chain.contacts[0] if chain.contacts else None
    lines = [f"不印：{problem.message}" for problem in chain.problems]
    if chosen:
        phone = group_digits(chosen.phone) or "没有电话"
        lines.insert(0, f"{role}：{chosen.name} {phone}，因为{reason_of(chosen)}")
    elif found:
        lines.insert(0, f"{role}：定不下来")
    else:
        lines.insert(0, f"{role}：没有人")
    near = found[0][0] if found else 0
    for far, contact in found:
        if (contact.name, contact.phone) == (chosen.name, chosen.phone) if chosen else far == near:
            continue
        lines.append(
            f"  没有用{contact.name}：{reason_of(contact)}，{_farther(contact, found[0][1])}"
        )
    others = chains.count_of(role) - len({(c.name, c.phone) for _, c in found})
    if others > 0:
        lines.append(f"  另有 {others} 人担任“{role}”，负责范围不含这一户")
    return lines


def reason_of(contact: Contact) -> str:
    """Why somebody stands on a paper: his scope, and the file, sheet and row that say so."""
    kind = f"，只管{contact.scope.kind}" if contact.scope.kind else ""
    scope = f"负责“{contact.scope.text}”（{SCOPE_WORDS[contact.scope.what]}{kind}）"
    return f"{scope}，见{_row(contact.origin)}"


def _farther(contact: Contact, nearest: Contact) -> str:
    if contact.scope.what is nearest.scope.what:
        return f"同一级里专管{nearest.scope.kind}的人优先"
    return f"{SCOPE_WORDS[nearest.scope.what]}比{SCOPE_WORDS[contact.scope.what]}近"


def _row(origin: Origin) -> str:
    sheet = f"“{origin.source.sheet}”" if origin.source.sheet else ""
    return f" {origin.source.file} {sheet}第 {origin.row} 行"
