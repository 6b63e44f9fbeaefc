"""A cell of a table: a number, a text, or missing."""

import re

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
# float() alone would also take "1_000" and digits of other scripts.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?inf(inity)?", re.IGNORECASE)


def is_missing(cell: str) -> bool:
    """Whether a stripped cell is empty or one of the usual words for it, in any case."""
    return cell.lower() in MISSING


def parse_number(cell: str) -> float | None:
    """The number that a stripped cell spells, infinities included, or None where it is a text."""
    return float(cell) if _NUMBER.fullmatch(cell) else None
