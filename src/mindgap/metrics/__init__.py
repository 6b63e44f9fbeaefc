"""Metrics: what networks are measured by, one a file; each adds up over rows that come in chunks."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array
from mindgap.nn.information import softmax
from mindgap.nn.losses import Loss, Targets
from mindgap.registry import Registry

Table = NDArray[np.float64]

Style = Literal["percent", "share of variance", "number"]
"""How a metric's values are written: 97.52 %, 0.486, or with three digits of whatever size they have."""


def margins_of(outputs: Array) -> Table:
    """Of two classes, the second's output minus the first's, of outputs (..., 2)."""
    margins: Table = outputs[..., 1].astype(np.float64) - outputs[..., 0]
    return margins


def decided(outputs: Array, thresholds: Table | None) -> NDArray[np.int64]:
    """The class that rows are taken for, of outputs (count, rows, classes), (count, rows).

    It is that of the largest output, the first of equals; or with `thresholds` (count,), or (count, rows), the second
    of two classes where its margin is above.
    """
    if thresholds is None:
        found: NDArray[np.int64] = outputs.argmax(axis=2)
        return found
    return (margins_of(outputs) > thresholds.reshape(len(thresholds), -1)).astype(np.int64)


class Chunk:
    """Some rows of a split, each network's outputs for them, and what several metrics make of these.

    `outputs` are (count, chunk, outputs) and stay as they are, `targets` (chunk,), or (count, chunk) where each network
    has rows of its own. With `thresholds` (count,) a row is of the second of two classes where its margin is above.
    """

    def __init__(self, outputs: Array, targets: Targets, loss: Loss, thresholds: Table | None = None) -> None:
        self.outputs, self.targets, self._loss, self._thresholds = outputs, targets, loss, thresholds

    @cached_property
    def answers(self) -> NDArray[Any]:
        """Each row's class, or its standardised value, (count, chunk)."""
        return decided(self.outputs, self._thresholds) if self.targets.dtype.kind == "i" else self.outputs[..., 0]

    @cached_property
    def margins(self) -> Table:
        """Of two classes, the second's output minus the first's, (count, chunk): the logarithm of its odds."""
        return margins_of(self.outputs)

    @cached_property
    def differences(self) -> Table:
        """A regression's outputs minus targets, (count, chunk)."""
        return self.outputs[..., 0].astype(np.float64) - self.targets

    @cached_property
    def probabilities(self) -> Table:
        """The softmax of the outputs, (count, chunk, outputs)."""
        return softmax(self.outputs.astype(np.float64)).astype(np.float64)

    @cached_property
    def losses(self) -> Table:
        """The loss of each row, (count, chunk)."""
        return self._loss.values(self.outputs, self.targets).astype(np.float64)


@dataclass(frozen=True)
class Measured:
    """What is measured: `count` networks of so many `outputs` on one split, trained by a loss.

    `targets` are all of the split's, (rows,) or (count, rows), and `unit` is what 1 of a standardised target is in the
    user's units, (1,) or (count,). There a prediction may be off by the `tolerance`.
    """

    count: int
    outputs: int
    targets: Targets
    unit: Table
    loss: Loss
    tolerance: float | None = None


class Metric(ABC):
    """A metric, made before the first chunk of what is measured."""

    tasks: ClassVar[tuple[str, ...]]
    larger_is_better: ClassVar[bool] = False
    thorough: ClassVar[bool] = False
    """Whether it is dear, and taken only where asked for."""
    final: ClassVar[bool] = False
    """Whether training measures it only where params name it; the evaluation always does."""
    tolerant: ClassVar[bool] = False
    """Whether it is of a tolerance."""
    classes: ClassVar[int | None] = None
    """The number of classes that it is of; None: of any."""
    least: ClassVar[float] = 0.0
    most: ClassVar[float] = inf
    """What its values lie between."""
    in_units: ClassVar[bool] = False
    """Whether its values are in the units of a regression's target."""
    place: ClassVar[int]
    """Where it stands in tables."""
    title: ClassVar[str]
    """What people call it inside a sentence."""
    from_perfect: ClassVar[str]
    """What people call its distance from the best there is."""
    style: ClassVar[Style]

    def __init__(self, measured: Measured) -> None:
        self.measured = measured
        self.total = np.zeros(measured.count)

    @classmethod
    def applies(cls, loss: Loss) -> bool:
        """Whether networks that were trained by this loss have it."""
        return True

    @abstractmethod
    def of_rows(self, chunk: Chunk) -> Table:
        """What each of a chunk's rows adds to the total, (count, chunk)."""

    def add(self, chunk: Chunk) -> Table:
        """Add a chunk's rows to the total, (count,), and return what each of them adds, (count, chunk)."""
        rows = self.of_rows(chunk)
        self.total += rows.sum(axis=1)
        return rows

    def value(self, rows: int) -> Table:
        """The metric of all `rows` rows, (count,): unless a metric says otherwise, the mean."""
        return self.total / rows

    def weights(self) -> Table | None:
        """Where the metric is a share of rows that are each right or wrong: what each row weighs, (rows,).

        The mean of all weights is 1, and within a class they are equal. None where it is no such share.
        """
        return None

    def counted(self) -> float | None:
        """How many rows a metric between 0 and 1 rests on at most, where it is no such share; None: on all."""
        return None

    def by_row(self, rows: Table) -> Table:
        """What all rows add (count, rows) as a table whose means over the rows are the metric's values.

        Its entries deviate by n - 1 times what leaving a row out changes (the jackknife: Efron and Stein 1981), so that
        the metric varies with the rows as a mean does.
        """
        return rows


def jackknife(values: Table, without: Table) -> Table:
    """Such a table of any metric, from its values (count,) and what it is without each row, (count, rows)."""
    deviations = (without.shape[1] - 1) * (without.mean(axis=1, keepdims=True) - without)
    table: Table = values[:, None] + deviations
    return table


METRICS: Registry[type[Metric]] = Registry(__name__)
