"""The sources of data, one a file: for each value of `data.source`, what identifies its content and what loads it.

A new source is one module here with `digest` and `load`, and its block in `mindgap.params.data`.
"""

from pathlib import Path
from typing import Any, Protocol

from mindgap.data.groups import merge_classes, with_positive
from mindgap.data.raw import Raw
from mindgap.registry import Registry


class Source(Protocol):
    """What a source's module has."""

    def digest(self, data: Any, memory: Path | None = None) -> str:
        """SHA-256 in hex of what determines the raw rows, given the source's block of params.

        In the folder `memory` the digests of large files are remembered, see `file_sum`.
        """

    def load(self, data: Any, seed: int, scratch: Path | None = None) -> Raw:
        """The raw rows; `seed` is the study's. In the folder `scratch` lies what does not fit into memory, as nameless
        files, and as long as the rows are in use."""


SOURCES: Registry[Source] = Registry(__name__, suffix=None)


def load(data: Any, seed: int, scratch: Path | None = None) -> Raw:
    """The raw rows of any source, their classes merged and in the order that is asked for."""
    raw = SOURCES[data.source].load(data, seed, scratch)
    if data.merge:
        raw = merge_classes(raw, data.merge)
    return raw if data.positive is None else with_positive(raw, data.positive)
