"""What was learned from sources by parsing them, kept among the results: a second run parses nothing."""

import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cached_property
from pathlib import Path

FILE = ".parsed.json"

MOST = 5_000
"""Sources that are kept; the oldest go first."""

Parsed = tuple[str, tuple[str, ...]]
"""The digest of a source's code, and the names of what it imports."""


class Known:
    """What is known of sources, by their bytes. It holds for one version of Python, and of the code that parses."""

    def __init__(self, parser: Path) -> None:
        self._parser = parser
        self._path: Path | None = None
        self._entries: dict[str, Parsed] = {}
        self._grown = False

    def keep_in(self, folder: Path) -> None:
        """Read what was kept in a folder; `write` writes there."""
        self._path = folder / FILE
        with suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads(self._path.read_bytes())
            if kept["for"] == self._for:
                self._entries = {**kept["entries"], **self._entries}

    def of(self, digest: str) -> Parsed | None:
        """What was learned from a source of this SHA-256, None if nothing."""
        found = self._entries.get(digest)
        return None if found is None else (found[0], tuple(found[1]))

    def add(self, digest: str, parsed: Parsed) -> None:
        """Keep what was learned from a source."""
        self._entries[digest] = parsed
        self._grown = True

    @cached_property
    def _for(self) -> str:
        return f"{sys.version} {hashlib.sha256(self._parser.read_bytes()).hexdigest()}"

    def write(self) -> None:
        """Write what is known, if it is more than what was read, and if the folder is there."""
        if self._path is None or not self._grown or not self._path.parent.is_dir():
            return
        entries = dict([*self._entries.items()][-MOST:])
        temporary = self._path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):  # then it is parsed again
            temporary.write_text(json.dumps({"for": self._for, "entries": entries}))
            temporary.replace(self._path)
            self._grown = False


KNOWN = Known(Path(__file__).with_name("fingerprint.py"))
