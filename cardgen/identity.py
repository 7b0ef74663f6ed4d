"""What a batch is printed from: a workspace and what was asked for in, digests out.

Two batches with the same identity print the same bytes. So one that was cut off is gone on
with only where nothing has changed: not the rosters, the campaign and the files it names, the
layouts, the fonts, the program and the libraries that decide what a file looks like.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from cardgen.engine.fingerprint import fingerprint
from cardgen.errors import LayoutError
from cardgen.layouts import COVER, SIGN_OFF, find_layout
from cardgen.printers import PRINTERS_FILE
from cardgen.typeset.letter import find_body
from cardgen.typeset.style import looks_digest, template_digest
from cardgen.workspace import Paper, Workspace


def source_of(workspace: Workspace, papers: Sequence[Paper], more: Iterable[Path] = ()) -> str:
    """A digest of all that is printed from; `more` are files that were named by the command."""
    digest = hashlib.sha256(program_digest().encode())
    for name, sha256 in workspace.sources.items():
        digest.update(f"{name}\0{sha256}\0".encode())
    if workspace.applied is not None:
        for words in workspace.applied.says:
            digest.update(f"{words}\0".encode("utf-8", "surrogatepass"))
    for spec, _ in papers:
        digest.update(f"{spec.name}\0{template_digest(spec)}".encode() + looks_digest(spec))
    for layout in (COVER, SIGN_OFF):
        digest.update(template_digest(find_layout(layout, workspace.folder)).encode())
    for path in (*_files(workspace, papers), *more):
        digest.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"-")
    return digest.hexdigest()


def identity_of(source: str, options: dict[str, object]) -> str:
    """A digest of what is printed: from what, and what was asked for."""
    words = json.dumps(options, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{source}\0{words}".encode()).hexdigest()


@cache
def program_digest() -> str:
    """A digest of the program, the libraries that decide what a file looks like, the fonts."""
    words = json.dumps(fingerprint(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _files(workspace: Workspace, papers: Sequence[Paper]) -> Iterator[Path]:
    """The files that the campaign names: the words of letters, printers, a press's colours."""
    yield workspace.folder / PRINTERS_FILE
    if workspace.campaign.print.icc:
        yield workspace.folder / workspace.campaign.print.icc
    for spec, paper in papers:
        if paper.body or spec.body:
            try:
                yield find_body(paper.body or spec.body, spec, workspace.folder)
            except LayoutError:
                continue  # told where the paper is planned
