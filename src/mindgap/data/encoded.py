"""Encoded columns: how one column of a table becomes features, by what the training rows hold."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mindgap.data.dates import written
from mindgap.data.raw import Column
from mindgap.data.transforms import TRANSFORMS, Transform

Features = NDArray[np.float64]
Kind = Literal["number", "category", "ordinal", "date", "target"]

OTHERS = "(other)"
"""What the feature of all rare and unseen categories is named by."""

_TURNS = {"year": 365.2425, "week": 7.0, "day": 1.0}
"""Days of what a date's parts are the angles of."""

_SPREAD = 0.01
"""The least circular variance of an angle that is a part: about that of eight days of the year."""


def turns_of(days: Features) -> tuple[str, ...]:
    """The turns over which days (rows,) are spread, by 1 - |mean of exp(i angle)| (Mardia and Jupp 2000, section 2.3).

    Of any other, such as the time of year where all days are the first of January, the angle hardly varies; it would be
    divided by next to nothing, and another day would be further out than networks can bear.
    """
    angles = {turn: 2 * np.pi * days / length for turn, length in _TURNS.items()}
    return tuple(turn for turn, angle in angles.items() if 1 - abs(np.exp(1j * angle).mean()) >= _SPREAD)


@dataclass(frozen=True)
class DescribedColumn:
    """A column as the training rows knew it.

    Its `categories` are theirs alone, of an ordinal column all in their order; `imputed` is None where cells must be.
    `others` says whether all other categories have a feature together; `transform` is the name of one, and `numbers`
    are what was fitted of it; `means` are a `target` column's, see `TargetMeans`; `turns` are a date's, and `clock`
    is whether it has times of day, see `DateParts`.
    """

    name: str
    kind: Kind
    categories: tuple[str, ...] | None
    imputed: float | str | None
    others: bool = False
    transform: str | None = None
    numbers: tuple[float, ...] = ()
    means: tuple[tuple[float, ...], ...] = ()
    names: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    clock: bool = False

    def encoded(self) -> "EncodedColumn":
        """The column that was described."""
        if self.categories is None:
            fill = None if self.imputed is None else float(self.imputed)
            if self.kind == "date":
                return DateParts(Column(self.name, None, "date"), fill, self.turns, self.clock)
            transform = None if self.transform is None else TRANSFORMS[self.transform](self.numbers)
            return Number(Column(self.name, None), fill, transform)
        fill = None if self.imputed is None else float(self.categories.index(str(self.imputed)))
        if self.kind == "ordinal":
            return Ordinal(Column(self.name, self.categories, "ordinal"), fill)
        known = tuple(range(len(self.categories)))
        if self.kind == "target":
            return TargetMeans(Column(self.name, self.categories), fill, known, self.means, self.names)
        return OneHot(Column(self.name, self.categories), fill, known, self.others)


@dataclass(frozen=True)
class EncodedColumn(ABC):
    """How one column of a table becomes features.

    `fill` is what a missing cell counts as: of numbers and dates the training median, of categories the position of the
    most frequent one; None where missing cells are refused.
    """

    column: Column
    fill: float | None

    @property
    @abstractmethod
    def feature_names(self) -> tuple[str, ...]:
        """What its features are called."""

    @property
    def plain(self) -> bool:
        """Whether its one feature is the value itself."""
        return False

    def features(self, values: Features) -> Features:
        """(rows,) raw values to (rows, features)."""
        return self._encode(values if self.fill is None else np.where(np.isnan(values), self.fill, values))

    @abstractmethod
    def _encode(self, values: Features) -> Features:
        """The same for values of which none is missing."""

    @abstractmethod
    def cells(self, features: Features) -> NDArray[Any]:
        """(rows, features) to cells (rows,) that have about these features: numbers, or texts."""

    @abstractmethod
    def described(self) -> DescribedColumn:
        """What is written of it."""

    def unseen(self, values: Features) -> int:
        """How many cells hold a category that the training rows lack."""
        return 0

    def _category(self) -> str | None:
        """What a missing cell counts as, by its name."""
        return None if self.fill is None or self.column.categories is None else self.column.categories[int(self.fill)]


@dataclass(frozen=True)
class Number(EncodedColumn):
    """A number as it is, or transformed."""

    transform: Transform | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.column.name,)

    @property
    def plain(self) -> bool:
        return self.transform is None

    def _encode(self, values: Features) -> Features:
        return (values if self.transform is None else self.transform.apply(values))[:, None]

    def cells(self, features: Features) -> NDArray[Any]:
        return features[:, 0] if self.transform is None else self.transform.invert(features[:, 0])

    def described(self) -> DescribedColumn:
        if self.transform is None:
            return DescribedColumn(self.column.name, "number", None, self.fill)
        name = next(name for name, kind in TRANSFORMS.items() if isinstance(self.transform, kind))
        return DescribedColumn(
            self.column.name, "number", None, self.fill, transform=name, numbers=self.transform.numbers
        )


@dataclass(frozen=True)
class Ordinal(EncodedColumn):
    """The position of a category in the order, from 0."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.column.name,)

    @property
    def plain(self) -> bool:
        return True

    def _encode(self, values: Features) -> Features:
        return values[:, None]

    def cells(self, features: Features) -> NDArray[Any]:
        order = np.array(self.column.categories, dtype=object)
        found: NDArray[Any] = order[np.rint(features[:, 0]).astype(np.int64).clip(0, len(order) - 1)]
        return found

    def described(self) -> DescribedColumn:
        return DescribedColumn(self.column.name, "ordinal", self.column.categories, self._category())


@dataclass(frozen=True)
class DateParts(EncodedColumn):
    """The days since 1970 began, and sine and cosine of where they are in their `turns`: the year, the week, the day.

    An angle, as December is beside January and Sunday beside Monday. With a `clock` days have parts.
    """

    turns: tuple[str, ...]
    clock: bool

    @property
    def feature_names(self) -> tuple[str, ...]:
        angles = [f"{self.column.name}: {turn} {part}" for turn in self.turns for part in ("sin", "cos")]
        return (f"{self.column.name}: days", *angles)

    def _encode(self, values: Features) -> Features:
        angles = [2 * np.pi * values / _TURNS[turn] for turn in self.turns]
        return np.stack([values, *(part(angle) for angle in angles for part in (np.sin, np.cos))], axis=1)

    def cells(self, features: Features) -> NDArray[Any]:
        days = features[:, 0] if self.clock else np.rint(features[:, 0])
        return np.array([written(day) for day in days.tolist()], dtype=object)

    def described(self) -> DescribedColumn:
        return DescribedColumn(self.column.name, "date", None, self.fill, turns=self.turns, clock=self.clock)


@dataclass(frozen=True)
class Categories(EncodedColumn):
    """A column of categories, of which `known` are the positions of those that the training rows hold."""

    known: tuple[int, ...]

    def unseen(self, values: Features) -> int:
        return int(np.count_nonzero(~np.isnan(values) & ~np.isin(values, self.known)))

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple((self.column.categories or ())[position] for position in self.known)


@dataclass(frozen=True)
class OneHot(Categories):
    """A feature, 1 or 0, for each known category; with `others` one more for all the rare and unseen.

    `rare` are the positions of the former, as long as they are known: where the encoding was fitted.
    """

    others: bool = False
    rare: tuple[int, ...] = ()

    def unseen(self, values: Features) -> int:
        return super().unseen(values[~np.isin(values, self.rare)])

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(f"{self.column.name}={name}" for name in (*self._names, *[OTHERS] * self.others))

    def _encode(self, values: Features) -> Features:
        found = np.equal.outer(values, np.array(self.known, dtype=np.float64)).astype(np.float64)
        return np.column_stack([found, 1 - found.sum(axis=1)]) if self.others else found

    def cells(self, features: Features) -> NDArray[Any]:
        found: NDArray[Any] = np.array([*self._names, *[OTHERS] * self.others], dtype=object)[features.argmax(axis=1)]
        return found

    def described(self) -> DescribedColumn:
        return DescribedColumn(self.column.name, "category", self._names, self._category(), others=self.others)


@dataclass(frozen=True)
class TargetMeans(Categories):
    """The mean of the target over the training rows of a category, drawn towards that over all of them.

    Of classes it is the share of each, of two classes that of the second; `means` are (known categories + 1, features),
    the last for a category that training did not know, and `names` say of what. See `fit_means`.
    """

    means: tuple[tuple[float, ...], ...]
    names: tuple[str, ...]

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(f"{self.column.name}: {name}" for name in self.names)

    def _encode(self, values: Features) -> Features:
        known = np.array(self.known, np.float64)
        places = np.searchsorted(known, values).clip(max=len(known) - 1)
        found: Features = np.array(self.means)[np.where(known[places] == values, places, len(known))]
        return found

    def cells(self, features: Features) -> NDArray[Any]:
        distances = np.square(features[:, None] - np.array(self.means)[None, :-1]).sum(axis=2)
        found: NDArray[Any] = np.array(self._names, dtype=object)[distances.argmin(axis=1)]
        return found

    def described(self) -> DescribedColumn:
        return DescribedColumn(
            self.column.name, "target", self._names, self._category(), means=self.means, names=self.names
        )
