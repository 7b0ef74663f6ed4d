"""What the pages keep in a workspace: its folder in, the folder web/ with secrets and accounts out.

All of it is for who started the server: folders have mode 700, files 600.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import b32encode
from functools import cache
from pathlib import Path

from cardgen.errors import OutputError

FOLDER = "web"
DATABASE, SECRET = "web.db", "secret.key"
_KEY_LENGTH = 16  # characters of base 32: 80 bits, nothing to be guessed


def state_folder(workspace: Path) -> Path:
    """The folder of the pages in a workspace, made where it is missing. Raises OutputError."""
    folder = workspace / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise OutputError(
            f"{folder} 建不了：{error.strerror}", "请看工作文件夹是不是只读的、磁盘是不是满了。"
        ) from error
    return folder


def prepare(workspace: Path) -> Path:
    """Make all that the pages need before they start: their folder, a secret, a database file.

    What is there already stays as it is. Raises OutputError.
    """
    folder = state_folder(workspace)
    try:
        _make(folder / SECRET, secrets.token_urlsafe(48).encode())
        _make(folder / DATABASE, b"")
    except OSError as error:
        raise OutputError(f"{folder} 写不进去：{error.strerror}", "请看磁盘是不是满了。") from error
    return folder


def read_secret(workspace: Path) -> str:
    """The secret of a workspace's pages; one for this process where there is none yet."""
    try:
        return (workspace / FOLDER / SECRET).read_text("ascii")
    except OSError:
        return secrets.token_urlsafe(48)


def _make(path: Path, content: bytes) -> None:
    """A file that only its owner may read, with this content where it is new."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
        if content and not path.stat().st_size:  # a full disk, or a kill, when it was first made
            path.write_bytes(content)
        return
    with os.fdopen(handle, "wb") as file:
        file.write(content)


@cache
def _signer(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod=hashlib.sha256)


def key_of(secret: str, *words: str) -> str:
    """What stands in an address for something of the roster: nothing can be read from it.

    A 户号 may be a phone number, and addresses end up in histories and logs.
    """
    made = _signer(secret).copy()
    made.update("\0".join(words).encode("utf-8", "surrogatepass"))
    return b32encode(made.digest()).decode().lower()[:_KEY_LENGTH]
