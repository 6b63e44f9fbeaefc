"""Ranking: which trials are the best, and what more of them would bring."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from mindgap.tasks import cost


class Scored(Protocol):
    """What can be ranked: its number, its objective and its validation loss; None where it diverged."""

    @property
    def number(self) -> int: ...

    @property
    def value(self) -> float | None: ...

    @property
    def val_loss(self) -> float | None: ...


def rank(trials: Sequence[Scored], objective: str, *, comparable: bool = True) -> list[int]:
    """Numbers of the trials that did not diverge, best first.

    Equal values go by validation loss, if the losses are comparable, then by number.
    """
    order = {
        trial.number: (cost(objective, trial.value), comparable * trial.val_loss, trial.number)
        for trial in trials
        if trial.value is not None and trial.val_loss is not None
    }
    return sorted(order, key=lambda number: order[number])


def expected_best(values: Sequence[float | None], objective: str) -> list[float]:
    """The expected best value of n = 1, 2, ... trials drawn from those made, without replacement.

    With the values sorted from worst to best, E_n = sum_i C(i-1, n-1) / C(N, n) v_i, the mean over all ways to draw
    them. Where the trials are independent draws from one space, as those of a level by the sampler random are once its
    ranges are chosen, that is the unbiased estimator of what n new ones reach (a U-statistic; Tang et al. 2020,
    "Showing Your Work Doesn't Always Work"). The points of a Sobol sequence are not independent: of a shorter sequence
    it is no unbiased estimate, but at n = 1 and n = N. Nor are those of a grid, and a coarser one has other points. A
    diverged trial counts as the worst value that any trial reached, which is itself an estimate.
    """
    reached = [value for value in values if value is not None]
    worst = max(reached, key=lambda value: cost(objective, value))
    ordered = np.array(
        sorted(
            (worst if value is None else value for value in values), key=lambda at: cost(objective, at), reverse=True
        )
    )
    total, below = len(ordered), np.arange(len(ordered))
    share = np.full(total, 1 / total)  # C(i-1, n-1) / C(N, n) at n = 1; at n+1 it is (i-n)/n (n+1)/(N-n) times that
    curve = []
    for count in range(1, total + 1):
        curve.append(float(share @ ordered))
        share = share * np.maximum(below + 1 - count, 0) / count * (count + 1) / max(total - count, 1)
    return curve
