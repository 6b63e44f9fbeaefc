"""Numbers as figures and report write them: few digits, true minus signs, a dash for what there is not."""

import json
from collections.abc import Sequence
from math import floor, log10
from typing import Any

NOTHING = "–"

WRITTEN_OUT = (1e-4, 1e7)
"""Sizes from the first to below the second are written out; others as a power of ten."""


def percent(share: float | None, digits: int = 2) -> str:
    """A share as a percentage, without the sign: 0.9752 is 97.52."""
    return NOTHING if share is None else _typeset(f"{100 * share:.{digits}f}")


def points(share: float | None, digits: int = 2) -> str:
    """A difference of shares in percentage points, with its sign."""
    return NOTHING if share is None else _typeset(f"{100 * share:+.{digits}f}")


def decimal(value: float | None, digits: int = 4, sign: str = "") -> str:
    """A value with a fixed number of decimals, so that a column of them aligns; with sign "+" also a plus."""
    return NOTHING if value is None else _typeset(f"{value:{sign},.{digits}f}")


def significant(value: float | None, sign: str = "") -> str:
    """A value of any size with three digits, or all before its point: 0.00123, 54.3, 12 345, 1.23·10⁻⁷."""
    return NOTHING if value is None else like(value, value, sign)


def like(value: float, scale: float, sign: str = "") -> str:
    """A value with the decimals that give `scale` three digits: 2012.3 is 2 012.30 at a scale of 5."""
    size = abs(float(f"{scale:.2e}"))  # rounded first: 0.9996 has the decimals of 1.00
    if WRITTEN_OUT[0] <= size < WRITTEN_OUT[1]:
        return decimal(value, max(0, 2 - floor(log10(size))), sign)
    return _power(*f"{value:{sign}.2e}".split("e")) if value else "0"


def ticks(values: Sequence[float]) -> list[str]:
    """The round numbers beside an axis, in no more digits than they have, and all with as many decimals."""
    largest = max(map(abs, values), default=0.0)
    if not largest:
        return ["0"] * len(values)
    exponent = floor(log10(largest))
    if not WRITTEN_OUT[0] <= largest < WRITTEN_OUT[1]:
        mantissas = ticks([value / 10.0**exponent for value in values])
        if len(set(mantissas)) < len(set(values)):  # a short way from a large number, as with years in seconds
            return [count(round(value)) if exponent > 0 else f"{value:g}" for value in values]
        return [_power(text, exponent) if value else "0" for text, value in zip(mantissas, values, strict=True)]
    # What lies beyond seven digits is rounding, as in a tick at 0.30000000000000004.
    texts = [f"{value:.{max(0, 6 - exponent)}f}" for value in values]
    digits = max(len(text.partition(".")[2].rstrip("0")) for text in texts)
    return [decimal(float(text) + 0.0, digits) for text in texts]


def power(value: float, _: object = None) -> str:
    """A tick of a log axis: 0.001, 1, 100, and 10⁻⁵ for what would be long."""
    mantissa, exponent = f"{value:e}".split("e")
    return f"{value:g}" if -3 <= int(exponent) <= 3 else _power(f"{float(mantissa):g}", exponent)


def count(value: int) -> str:
    """A whole number with thin spaces between the thousands."""
    return _typeset(f"{value:,}")


def setting(value: Any) -> str:
    """A param's value: three digits of a number, words as they are, ranges and lists in brackets."""
    if value is None:
        return "null"
    if isinstance(value, bool | str):
        return str(value).lower() if isinstance(value, bool) else value
    if isinstance(value, float):
        # An exponent keeps its hyphen, so that 1e-05 can be copied into a params file.
        return f"{value:.3g}" if value >= 0 else f"−{-value:.3g}"
    if isinstance(value, list):
        return f"[{', '.join(setting(entry) for entry in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _power(mantissa: str, exponent: str | int) -> str:
    """1.23 and -7 as 1.23·10⁻⁷, and 1 and -7 as 10⁻⁷."""
    ten = "10" + str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return ten if mantissa == "1" else _typeset(f"{mantissa}·{ten}")


def _typeset(text: str) -> str:
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "−")
