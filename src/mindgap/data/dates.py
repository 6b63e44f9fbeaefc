"""Dates as ISO 8601 writes them: 2024-03-01, 2024-03-01 12:30, 2024-03-01T12:30:00Z."""

import re
from datetime import UTC, datetime, timedelta

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def parse_date(cell: str) -> float | None:
    """The days since 1970 began that a stripped cell spells, in UTC where it has an offset; None for any other."""
    if not _DATE.fullmatch(cell):
        return None
    # Fractions of a second are read to the microsecond.
    text = re.sub(r"(\.\d{6})\d+", r"\1", cell)
    try:
        found = datetime.fromisoformat(text)
        return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - _EPOCH) / _DAY
    except (ValueError, OverflowError):
        return None


def written(days: float) -> str:
    """The date, and the time of day if there is one, of days since 1970 began."""
    found = _EPOCH + round(days * 86_400) * timedelta(seconds=1)
    text = found.replace(tzinfo=None).isoformat(" ")
    return text.removesuffix(" 00:00:00")
