"""The words of the campaign, in a form, with the card beside it as it will be."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cardgen import campaignwords
from cardgen.campaign import LINK_SUBJECTS
from cardgen.campaignwords import CampaignWords
from cardgen.errors import CardgenError
from cardgen.ledger import acting_as
from cardgen.web.access import OFFICE, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.plain import for_page, message_for_page, told_on_page
from cardgen.web.previews import as_typed
from cardgen.web.views.letters import letters
from cardgen.workspace import CAMPAIGN_FILE

_LINKS = {
    "household": "卡上的二维码（每户一个）",
    "village": "村的二维码",
    "venue": "场所的二维码",
    "township": "全镇的二维码",
}
_KEY = re.compile(r" 的 (\w+)")


class WordsForm(forms.Form):
    """The words of a campaign. Lists are a line each."""

    title = forms.CharField(label="这次工作叫什么", max_length=40)
    issuer = forms.CharField(label="由谁发出", max_length=60)
    date = forms.DateField(
        label="日期", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    slogans = forms.CharField(
        label="标语",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 6}),
        help_text="一行一条。每户印其中一条，换着来。",
    )
    hotlines = forms.CharField(
        label="热线",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="一行一个：名称，空格，电话。例如：镇值班室 0374-0000000",
    )

    def __init__(self, *args: object, words: CampaignWords, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name in LINK_SUBJECTS:
            if name in words.links or name in ("household",):
                self.fields[f"link_{name}"] = forms.CharField(
                    label=_LINKS.get(name, f"{name} 的二维码"),
                    required=False,
                    max_length=500,
                    help_text="网址；{code} 换成户号，{village} 换成村名。",
                )

    def words(self, before: CampaignWords) -> CampaignWords:
        """What was typed; raises ValidationError nowhere: what cannot be is told by the file."""
        said: dict[str, Any] = self.cleaned_data
        links = dict(before.links)
        for name in LINK_SUBJECTS:
            if f"link_{name}" in said:
                links[name] = said[f"link_{name}"].strip()
        return CampaignWords(
            title=said["title"].strip(),
            issuer=said["issuer"].strip(),
            date=said["date"],
            slogans=tuple(_lines(said["slogans"])),
            hotlines=tuple(_hotline(line) for line in _lines(said["hotlines"])),
            links={name: link for name, link in links.items() if link},
        )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _hotline(line: str) -> tuple[str, str]:
    """A name and a phone; the phone is what begins with the last run of digits."""
    found = re.fullmatch(r"(.*?)[\s:：]*([\d０-９][\d０-９\s－-]*)", line)
    return (found[1], found[2].strip()) if found else (line, "")


def _first(words: CampaignWords) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "title": words.title,
        "issuer": words.issuer,
        "date": words.date,
        "slogans": "\n".join(words.slogans),
        "hotlines": "\n".join(f"{name} {phone}" for name, phone in words.hotlines),
    }
    return shown | {f"link_{name}": link for name, link in words.links.items()}


@open_to(*OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def campaign(request: Request) -> HttpResponse:
    """The form; posted, the words are kept and everything printed from now on has them."""
    desk = open_desk()
    text = campaignwords.read_text(desk.folder, CAMPAIGN_FILE)
    before, seen = campaignwords.read_words(text), request.POST.get("seen", "")
    form = WordsForm(request.POST or None, words=before, initial=_first(before))
    if request.method == "POST" and form.is_valid():
        try:
            with acting_as(request.user.username):
                words = form.words(before)
                changed = campaignwords.save_words(desk.folder, CAMPAIGN_FILE, words, seen)
        except CardgenError as error:
            _tell(form, error)
        else:
            if changed:
                desk.renew()
                messages.success(
                    request, "改好了。以后印的都用新的话；已经发出去的卡，会列为要换的。"
                )
            else:
                messages.info(request, "没有改动。")
            return redirect("campaign")
    homes = desk.workspace.township.households
    shown = {
        "form": form,
        "seen": seen or campaignwords.text_digest(text),
        "papers": [(spec.name, spec.title) for spec, _ in desk.papers() if not spec.flows],
        "letters": [(each.paper, each.title) for each in letters(desk.workspace)],
        "sample": homes[0] if homes else None,
        "can_take_back": campaignwords.can_take_back(desk.folder, CAMPAIGN_FILE),
    }
    return render(request, "web/campaign.html", shown)


def _tell(form: forms.Form, error: CardgenError) -> None:
    """Put an error at the field that it speaks of, without the words of the file."""
    found = _KEY.search(error.message)
    key = found[1] if found else ""
    words = message_for_page(error.message)
    message = f"{words.partition('：')[2] or words} {for_page(error.hint)}".strip()
    form.add_error(key if key in form.fields else None, message)


@open_to(*OFFICE)
@require_POST
def preview(request: Request) -> HttpResponse:
    """A card with the words as they are typed."""
    desk = open_desk()
    text = campaignwords.read_text(desk.folder, CAMPAIGN_FILE)
    before = campaignwords.read_words(text)
    form = WordsForm(request.POST, words=before)
    papers = {spec.name: spec.title for spec, _ in desk.papers() if not spec.flows}
    layout = request.POST.get("layout") or next(iter(papers), "love-card")
    homes = desk.workspace.township.households
    if not homes or (papers and layout not in papers):
        raise Http404
    shown: dict[str, Any] = {"title": papers.get(layout, "")}
    if not form.is_valid():
        shown["faults"] = [error for errors in form.errors.values() for error in errors]
        return render(request, "web/preview.html", shown)
    try:
        _, changed = campaignwords.with_words(text, form.words(before), CAMPAIGN_FILE)
    except CardgenError as error:
        shown["faults"] = [told_on_page(error)]
    else:
        workspace = replace(desk.workspace, campaign=changed)
        shown |= as_typed(desk, workspace, homes[0].code, layout)
    return render(request, "web/preview.html", shown)


@open_to(*OFFICE)
@require_POST
def take_back(request: Request) -> HttpResponse:
    """Give the campaign the words back that it had before the last change."""
    with acting_as(request.user.username):
        campaignwords.take_back_words(settings.WORKSPACE, CAMPAIGN_FILE)
    open_desk().renew()
    messages.success(request, "换回了上一次的话。")
    return redirect("campaign")
