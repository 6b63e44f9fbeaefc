"""The ledger of the test split: a line for each evaluation that read it, so that a second one shows."""

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from mindgap.errors import UserError
from mindgap.store.documents import plain


@dataclass(frozen=True)
class Reading:
    """Who read the test rows: the study, the keys of its evaluation and of its prepared data, and when (ISO, UTC)."""

    study: str
    evaluate: str
    prepare: str
    time: str = ""


def enter(path: Path, reading: Reading) -> None:
    """Add a reading, with its time, unless that evaluation has its line.

    One that was killed, or removed, and runs again gives the same bytes: nobody learns more of the test rows by it.
    Raises UserError as `read_ledger` does.
    """
    if any(known.evaluate == reading.evaluate for known in read_ledger(path)):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    entry = {**plain(reading), "time": datetime.now(UTC).isoformat(timespec="seconds")}
    torn = path.is_file() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * torn + json.dumps(entry, sort_keys=True) + "\n")


def read_ledger(path: Path) -> list[Reading]:
    """All readings, in their order; none where there is no ledger. Raises UserError for a line that is none."""
    if not path.is_file():
        return []
    readings = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
            readings.append(Reading(**{each.name: entry[each.name] for each in fields(Reading)}))
        except (ValueError, TypeError, KeyError):
            message = (
                f"{path}: line {number} is cut off; it was a reading of the test rows. Complete or remove the line"
            )
            raise UserError(message) from None
    return readings
