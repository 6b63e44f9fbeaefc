"""A cell of a table: a number, a text, or missing."""

import re
from itertools import product

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})
# float() alone would also take "1_000" and digits of other scripts.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?inf(inity)?", re.IGNORECASE)


def is_missing(cell: str) -> bool:
    """Whether a stripped cell is empty or one of the usual words for it, in any case."""
    return cell.lower() in MISSING


def missing_spellings() -> list[str]:
    """All stripped cells that are missing."""
    return sorted(
        "".join(letters) for word in MISSING for letters in product(*({letter, letter.upper()} for letter in word))
    )


def parse_number(cell: str) -> float | None:
    """The number that a stripped cell spells, infinities included, or None where it is a text."""
    return float(cell) if _NUMBER.fullmatch(cell) else None
