"""A figure of the report: where it lies, and what is said about it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One SVG file, its heading, and the sentences under it; `name` is the file's, without suffix.

    `applies` is False where the file is a mere note, which the caption repeats.
    """

    name: str
    title: str
    caption: str
    path: Path
    applies: bool = True
