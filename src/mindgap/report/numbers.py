"""Numbers as the report writes them: few digits, true minus signs, a dash for what there is not."""

import json
from typing import Any

NOTHING = "–"


def within(end: float | None, least: float, most: float) -> float | None:
    """An end of an interval, no further than its metric can be: Student's t knows nothing of such bounds."""
    return None if end is None else min(max(end, least), most)


def percent(share: float | None, digits: int = 2) -> str:
    """A share as a percentage, without the sign: 0.9752 is 97.52."""
    return NOTHING if share is None else _minus(f"{100 * share:.{digits}f}")


def points(share: float | None, digits: int = 2) -> str:
    """A difference of shares in percentage points, with its sign."""
    return NOTHING if share is None else _minus(f"{100 * share:+.{digits}f}")


def decimal(value: float | None, digits: int = 4) -> str:
    """A value with a fixed number of decimals, so that a column of them aligns."""
    return NOTHING if value is None else _minus(f"{value:.{digits}f}")


def count(value: int) -> str:
    """A whole number with thin spaces between the thousands."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def setting(value: Any) -> str:
    """A param's value: three digits of a number, words as they are, ranges and lists in brackets."""
    if value is None:
        return "none"
    if isinstance(value, bool | str):
        return str(value).lower() if isinstance(value, bool) else value
    if isinstance(value, float):
        return _minus(f"{value:.3g}")
    if isinstance(value, list):
        return f"[{', '.join(setting(entry) for entry in value)}]"
    return json.dumps(value, ensure_ascii=False)


def score(value: float | None, objective: str) -> str:
    """A score in its metric's own unit: an accuracy as a percentage, a loss as it is."""
    return percent(value) if objective == "val_accuracy" else decimal(value)


def _minus(text: str) -> str:
    # Only the leading sign: an exponent keeps its hyphen, so that 1e-05 can be copied into a params file.
    return f"−{text[1:]}" if text.startswith("-") else text
