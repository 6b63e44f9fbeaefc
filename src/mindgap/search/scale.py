"""A searched range as a straight scale from 0 to 1, in logarithms where the range is logarithmic."""

from dataclasses import dataclass
from math import exp, log

from mindgap.results.level import Domain


@dataclass(frozen=True)
class Scale:
    """A numeric range: `low` is at 0 and `high` at 1."""

    kind: str
    low: float
    high: float

    @classmethod
    def of(cls, domain: Domain) -> "Scale | None":
        """The scale of a range, None if it is categorical."""
        ((kind, values),) = domain.items()
        return None if kind == "categorical" else cls(kind, *values)

    def place(self, value: float) -> float:
        """Where a value lies: 0 at the low end, 1 at the high end."""
        return (self._straight(value) - self._straight(self.low)) / self._length()

    def value(self, place: float) -> float:
        """The value at a place, which may lie outside 0 .. 1; at 0 and 1 the very ends."""
        if place in (0, 1):
            return self.high if place else self.low
        straight = self._straight(self.low) + place * self._length()
        return exp(straight) if self.kind == "log_uniform" else straight

    def _straight(self, value: float) -> float:
        return log(value) if self.kind == "log_uniform" else value

    def _length(self) -> float:
        return self._straight(self.high) - self._straight(self.low)
