"""The ledger of the test split: a line for each reading, so that a second one shows."""

import json
from datetime import UTC, datetime
from pathlib import Path


def enter(path: Path, reading: dict[str, str]) -> None:
    """Add a reading, with its time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {**reading, "time": datetime.now(UTC).isoformat(timespec="seconds")}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, sort_keys=True) + "\n")


def read_ledger(path: Path) -> list[dict[str, str]]:
    """All readings, in their order; none where there is no ledger."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
