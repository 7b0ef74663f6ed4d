"""What a layout may read: its own folder, the shared parts, fonts/. Everything else raises."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse


class FolderFetcher(URLFetcher):  # type: ignore[misc]
    """Reads files below the given folders, and `data:` URLs. No network, no link out of them."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """`folders`: the layout's own first, then the shared parts."""
        super().__init__(allowed_protocols=("file", "data"), allow_redirects=False)
        self._folders = [folder.resolve() for folder in folders]
        self.refused = ""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The file behind the URL. Raises FatalURLFetchingError for what is not allowed.

        `refused` keeps the reason: inside a drawing WeasyPrint swallows it.
        """
        try:
            return self._fetch(url, headers)
        except FatalURLFetchingError as error:
            self.refused = self.refused or str(error)
            raise

    def _fetch(self, url: str, headers: Any) -> URLFetcherResponse:
        if url.startswith("data:"):
            return super().fetch(url, headers)
        parts = urlsplit(url)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            raise FatalURLFetchingError(f"版式不能读取 {url}")
        path = self._own_or_shared(Path(unquote(parts.path)))
        if not any(path.is_relative_to(folder) for folder in self._folders):
            raise FatalURLFetchingError(f"版式不能读取自己文件夹以外的文件：{path.name}")
        try:
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _type_of(path)})
        except OSError as error:
            raise FatalURLFetchingError(f"读不了 {path.name}：{error.strerror}") from error

    def _own_or_shared(self, path: Path) -> Path:
        """The file, links followed; `../shared/` of an office's layout is the built-in one."""
        shared = self._folders[0].parent / "shared"
        path = Path(os.path.normpath(path))
        if path.is_relative_to(shared) and not shared.exists():
            path = self._folders[1] / path.relative_to(shared)
        return path.resolve()


def _type_of(path: Path) -> str:
    known = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
    known |= {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".ttf": "font/ttf"}
    return known.get(path.suffix.lower(), "application/octet-stream")
