"""Every address there is. tests/test_web_access.py has a row for each, or fails."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path, register_converter

from cardgen.web.views import (
    accounts,
    batches,
    campaign,
    corrections,
    home,
    households,
    layouts,
    letters,
    printed,
    rosters,
    signing,
    villages,
)


class PaperName:
    """The name of a paper or a layout, which an office may choose in Chinese."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """As it stands; whether there is such a paper is the view's to say."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(PaperName, "paper")
admin.site.site_header = admin.site.site_title = "cardgen 数据"
admin.site.site_url = "/"

urlpatterns = [
    path("", home.home, name="home"),
    path("find/", home.find, name="find"),
    path("p/<slug:key>/", printed.printed, name="printed"),
    path("p/<slug:key>/entered/", printed.printed_entered, name="printed-entered"),
    path("v/<slug:key>/", villages.village, name="village"),
    path("v/<slug:key>/print/", villages.print_all, name="village-print"),
    path("h/<slug:key>/", households.household, name="household"),
    path("h/<slug:key>/entered/", households.entered, name="entered"),
    path("h/<slug:key>/correct/", corrections.correct, name="correct"),
    path("h/<slug:key>/correct/<slug:cadre>/", corrections.correct_contact, name="correct-contact"),
    path("h/<slug:key>/<paper:layout>/", households.paper, name="paper"),
    path("h/<slug:key>/<paper:layout>/print/", households.print_one, name="print"),
    path("h/<slug:key>/<paper:layout>/cells/", households.cells, name="cells"),
    path("h/<slug:key>/<paper:layout>/pictures/", households.pictures, name="pictures"),
    path("h/<slug:key>/<paper:layout>.<slug:ending>", households.card, name="card"),
    path("batches/", batches.batches, name="batches"),
    path("batches/new/", batches.new, name="batch-new"),
    path("batches/<int:number>/", batches.batch, name="batch"),
    path("batches/<int:number>/move/", batches.move, name="batch-move"),
    path("batches/<int:number>/report/", batches.report, name="batch-report"),
    path("batches/<int:number>/report/<path:name>", batches.named_volume, name="batch-named"),
    path("batches/<int:number>/all.zip", batches.archive, name="batch-zip"),
    path("batches/<int:number>/manifest.csv", batches.manifest, name="batch-manifest"),
    path("batches/<int:number>/<int:at>.pdf", batches.volume, name="batch-file"),
    path("rosters/", rosters.rosters, name="rosters"),
    path("rosters/upload/", rosters.upload, name="roster-upload"),
    path("rosters/undo/", rosters.undo, name="roster-undo"),
    path("rosters/<int:number>/", rosters.examined, name="roster-examined"),
    path("rosters/<int:number>/decide/", rosters.decide, name="roster-decide"),
    path("layouts/", layouts.layouts, name="layouts"),
    path("layouts/upload/", layouts.upload, name="layout-upload"),
    path("layouts/change/", layouts.change, name="layout-change"),
    path("layouts/<paper:name>.png", layouts.picture, name="layout-picture"),
    path("layouts/<int:number>/", layouts.checked, name="layout-checked"),
    path("layouts/<int:number>/<int:at>.png", layouts.sample, name="layout-sample"),
    path("layouts/<int:number>/decide/", layouts.decide, name="layout-decide"),
    path("campaign/", campaign.campaign, name="campaign"),
    path("campaign/letters/<paper:paper>/", letters.letter, name="letter"),
    path("campaign/letters/<paper:paper>/preview/", letters.preview, name="letter-preview"),
    path("campaign/letters/<paper:paper>/back/", letters.take_back, name="letter-back"),
    path("campaign/preview/", campaign.preview, name="campaign-preview"),
    path("campaign/back/", campaign.take_back, name="campaign-back"),
    path("corrections/", corrections.corrections, name="corrections"),
    path("corrections/<int:number>/", corrections.decide, name="correction-decide"),
    path("corrections/roster.xlsx", corrections.export, name="corrections-export"),
    path("sign-in/", signing.sign_in, name="sign-in"),
    path("sign-out/", signing.sign_out, name="sign-out"),
    path("password/", signing.password, name="password"),
    path("alive/", signing.health, name="alive"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/add/", accounts.add, name="account-add"),
    path("accounts/<int:number>/", accounts.account, name="account"),
    path("accounts/<int:number>/password/", accounts.reset, name="account-reset"),
    path("trail/", accounts.trail, name="trail"),
    path("admin/", admin.site.urls),
]

handler400 = "cardgen.web.trouble.wrong"
handler403 = "cardgen.web.trouble.refused"
handler404 = "cardgen.web.trouble.not_found"
handler500 = "cardgen.web.trouble.unexpected"
