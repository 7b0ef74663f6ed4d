"""Files that a browser sends: kept apart in the folder of an errand that looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile

from cardgen.errand import drop, errand_folder, put, reserve
from cardgen.errors import CardgenError
from cardgen.ledger import local_now
from cardgen.uploads import Upload, UploadLimits, take_in
from cardgen.web.access import Request
from cardgen.web.plain import told_on_page

FILES = "files"


def queue_upload(
    request: Request, kind: str, limits: UploadLimits, asked: Mapping[str, Any]
) -> int | None:
    """Put an errand of that kind in line for what was sent as `files`: its number; None where it
    cannot be taken, which is told on the next page."""
    number = reserve(settings.WORKSPACE)
    folder = errand_folder(settings.WORKSPACE, number)
    try:
        sent = request.FILES.getlist(FILES)
        take_in(folder / FILES, (_upload(each) for each in sent), limits)
    except CardgenError as error:
        drop(settings.WORKSPACE, number)
        messages.error(request, told_on_page(error))
        return None
    put_request(request, number, kind, asked)
    return number


def put_request(request: Request, number: int, kind: str, asked: Mapping[str, Any]) -> None:
    """Put an errand in line whose files are there already."""
    said = {"kind": kind, "person": request.user.username, "asked": local_now()}
    put(errand_folder(settings.WORKSPACE, number), said | {"request": dict(asked)})


def _upload(sent: UploadedFile[Any]) -> Upload:
    def pieces() -> Iterator[bytes]:
        yield from sent.chunks()

    return Upload(sent.name or "", pieces())
