"""Bring Django up for a workspace: a folder in, settings, tables and secrets in place out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cardgen.web.place import prepare
from cardgen.workspace import no_folder


def start(workspace: Path, hosts: Sequence[str] = ()) -> None:
    """Make what the pages keep in the workspace, and its tables; once a process.

    `hosts` are the names that browsers may call this machine by. Raises a CardgenError.
    """
    if not workspace.is_dir():
        raise no_folder(workspace)
    prepare(workspace)
    os.environ["CARDGEN_FOLDER"] = str(workspace.resolve())
    if hosts:
        os.environ["CARDGEN_HOSTS"] = ",".join(hosts)
    os.environ["DJANGO_SETTINGS_MODULE"] = "cardgen.web.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
