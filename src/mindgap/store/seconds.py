"""What a job measured of time beside its result: no two runs give the same, so that its manifest takes it."""

from dataclasses import dataclass
from pathlib import Path

from mindgap.store.documents import Document


@dataclass(frozen=True)
class Seconds(Document):
    """Seconds by what took them, measured in alternation in one process."""

    FILE = "seconds.json"

    seconds: dict[str, float]


def taken(folder: Path) -> dict[str, float]:
    """What a job wrote of it into its folder, which then has it no more; nothing where it measured nothing."""
    if not (folder / Seconds.FILE).is_file():
        return {}
    found = Seconds.read(folder).seconds
    (folder / Seconds.FILE).unlink()
    return found
