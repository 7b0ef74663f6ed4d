"""What a paper's code says: a layout, a campaign and a subject in; a link out, or why none.

A layout with variants names for each of them where its code comes from: `group`, the chat
group of the subject's village; `link`, the campaign's link for the subject; `hotline`, the
first hotline as a number to dial. The first that is there is taken. A copy that would have
no code is held back: a poster without its code says nothing.
"""

from __future__ import annotations

from typing import Any

from cardgen.campaign import Campaign, expand_link
from cardgen.model import Problem, SubjectKind, Village
from cardgen.plan.sources import Setting, Source
from cardgen.problems import Code, problem


def _open_link(setting: Setting, campaign: Campaign) -> str:
    """The campaign's link for the subject; none that tells a household's 户号 in public."""
    subject = setting.layout.subject
    template = campaign.links.get(subject.value, "")
    if setting.layout.public and subject is SubjectKind.HOUSEHOLD and "{code}" in template:
        return ""
    return template


class Links:
    """The links of one paper's copies."""

    def __init__(self, setting: Setting, campaign: Campaign, source: Source[Any]) -> None:
        self._setting, self._campaign, self._source = setting, campaign, source
        self._villages = {village.name: village for village in setting.township.villages}
        self._template = _open_link(setting, campaign)
        variants = setting.layout.variants
        self.variant = str(setting.paper.extra.get("variant") or next(iter(variants), ""))
        self._from = variants.get(self.variant, ())

    def link(self, thing: object, serial: str) -> str:
        """What the code of a copy says; nothing where the paper does without."""
        for where in self._from or ("link",):
            if found := self._found(where, thing, serial):
                return found
        return ""

    def faults(self, thing: object) -> tuple[Problem, ...]:
        """Why the paper has no code for this subject, with the cell or key that is empty."""
        if not self._from or self.link(thing, ""):
            return ()
        return (self._missing(self._from[0], self._village(thing)),)

    def _found(self, where: str, thing: object, serial: str) -> str:
        if where == "hotline":
            return "".join(f"tel:{line.phone}" for line in self._campaign.hotlines[:1])
        if where == "group" and self._has_village:
            village = self._village(thing)
            return village.group_link if village else ""
        if not self._template:
            return ""
        values = {**self._source.link_values(thing), "serial": serial}
        return expand_link(self._template, {**values, "layout": self._setting.layout.name})

    @property
    def _has_village(self) -> bool:
        """The township has no village: its group stands among the links of the campaign."""
        return self._setting.layout.subject is not SubjectKind.TOWNSHIP

    def _village(self, thing: object) -> Village | None:
        return self._villages.get(self._source.village(thing))

    def _missing(self, where: str, village: Village | None) -> Problem:
        title, subject = self._setting.layout.title, self._setting.layout.subject.value
        if where == "group" and village is not None:
            return problem(
                Code.VALUE_MISSING,
                f"{title}的二维码是{village.name}的群，村表里没有写“群二维码”，请补上",
                village.origin,
                "group_link",
            )
        key = "hotlines" if where == "hotline" else f"links.{subject}"
        words = f"{title}的二维码要用 {self._campaign.file} 的 {key}，那里没有写，请补上"
        return Problem(
            Code.VALUE_MISSING.value,
            Code.VALUE_MISSING.severity,
            words,
            file="campaign.toml",
            cell=key,
        )
