"""Templates that this process has compiled: the text of one in, its code and its outline out.

Compiling a layout takes longer than filling a small batch, and a batch compiles several layouts
that share their parts. Kept in memory only: no file may bring code.
"""

from __future__ import annotations

from types import CodeType
from typing import NamedTuple

from jinja2 import BaseLoader, BytecodeCache, Environment
from jinja2.bccache import Bucket

from cardgen.typeset.macros import source_of
from cardgen.typeset.shapes import Outline

_MOST = 64


class Compiled(NamedTuple):
    """A layout's template as it was compiled, and what its tree says of its copies."""

    code: CodeType
    outline: Outline

    def is_right(self, environment: Environment, loader: BaseLoader) -> bool:
        """Whether the macros that it imports are still what they were."""
        return all(
            source_of(environment, loader, name) == source
            for name, source in self.outline.imports.items()
        )


def compiled(
    environment: Environment, loader: BaseLoader, name: str, source: str, file: str
) -> Compiled:
    """A template of this text in this file, for environments that are made alike.

    Raises Jinja's TemplateError.
    """
    known = _COMPILED.get((source, file))
    if known is None or not known.is_right(environment, loader):
        tree = environment.parse(source, name, file)
        outline = Outline(environment, tree, loader)
        known = Compiled(environment.compile(tree, name, file), outline)
        if len(_COMPILED) >= _MOST:
            _COMPILED.clear()
        _COMPILED[source, file] = known
    return known


class _Parts(BytecodeCache):
    """The code of imported templates, for all layouts that import them."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code that was compiled of the same file with the same text, if it was."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a file."""
        if bucket.code is not None:
            if len(self._code) >= _MOST:
                self._code.clear()
            self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED: dict[tuple[str, str], Compiled] = {}
PARTS = _Parts()
