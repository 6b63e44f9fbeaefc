"""Importance: which params separate the best trials from all of them, and whether chance separates as much."""

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import ndtr

from mindgap.results.level import Domain, Importance, Space
from mindgap.results.trials import Trial
from mindgap.search.scale import Scale
from mindgap.tasks import cost

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BEST = 0.1
"""The share of trials that is held against all of them."""

LEAST = 6
"""But at least so many, or half of all: three trials seldom tell what matters from chance."""

FEWEST = 10
"""With fewer trials than this, nothing is said."""

SHUFFLES = 1999
"""How often the values are shuffled over the trials: with the search itself, 2000 outcomes."""

FAMILY_ERROR = 0.05
"""In so many searches in which no param matters, any param may exceed chance."""

CELLS = 50
"""A numeric range is seen in so many cells, an integer one of fewer values in one for each."""


def importance(
    space: Space, trials: Sequence[Trial], objective: str, random: np.random.Generator
) -> dict[str, Importance]:
    """How much each param separates the best tenth of the trials, at least six and with ties, from all of them.

    That is PED-ANOVA (Watanabe et al. 2023): the Pearson divergence of a param's density among the best, b, from its
    density among all, a: D = sum_cells a (b / a - 1)^2. It differs from the paper in that the densities are as Optuna
    has them (Scott's rule on a grid, one uniform trial more), and in that D is held against chance: `random` shuffles
    the values over the trials, which leaves the trials as they were drawn and no param of any use.

    D of different params is not of one size, so each is judged by its own p, the share of all outcomes, the search
    itself among them, with as large a D. A param exceeds chance if at most 5 % of the outcomes have any param with as
    small a p (Westfall and Young 1993, min-p, single step).

    Empty where there are fewer than ten trials, or where ties leave nothing to compare. None of the trials diverged.
    """
    costs = np.array([cost(objective, trial.value) for trial in trials if trial.value is not None])
    if len(costs) < FEWEST:
        return {}
    count = max(ceil(BEST * len(costs)), min(LEAST, len(costs) // 2))
    best = np.flatnonzero(costs <= np.sort(costs)[count - 1])
    # Shuffling the values makes as many trials the best, whichever.
    shuffled = [random.choice(len(costs), len(best), replace=False) for _ in range(SHUFFLES)]
    outcomes = np.stack([best, *shuffled])
    names = sorted(space)
    found = np.stack(
        [_divergences(space[name], [trial.params[name] for trial in trials], outcomes) for name in names], axis=1
    )
    if not found[0].any():
        return {}
    p = _family_p(found)
    chance = np.where(p > FAMILY_ERROR, found, 0).max(axis=0)
    shares = found[0] / found[0].sum()
    table = np.stack([shares, found[0], chance, p[0]], axis=1).tolist()
    return {name: Importance(*figures) for name, figures in zip(names, table, strict=True)}


def _family_p(found: Floats) -> Floats:
    """The share of outcomes in which any param is as unlikely, by outcome and param, as `found` is."""
    rows = len(found)
    # How many outcomes have as large a divergence: p, as a whole number.
    as_large = np.stack([rows - np.searchsorted(np.sort(column), column) for column in found.T], axis=1)
    return np.searchsorted(np.sort(as_large.min(axis=1)), as_large, side="right") / rows


def _divergences(domain: Domain, values: Sequence[Any], outcomes: Integers) -> Floats:
    """The Pearson divergence in each outcome; a row of `outcomes` has the numbers of its best trials."""
    cells, size = _cells(domain, values)
    density = _density_of_choices if "categorical" in domain else _density_of_numbers
    among_all = density(_counts(cells, size, np.arange(len(cells))[None]))
    among_best = density(_counts(cells, size, outcomes))
    divergence: Floats = np.sum(among_all * (among_best / among_all - 1) ** 2, axis=1)
    return np.round(divergence, 9)  # so that what is equal on paper is a tie


def _cells(domain: Domain, values: Sequence[Any]) -> tuple[Integers, int]:
    """The cell of each value, counted from 0, and the number of cells."""
    scale = Scale.of(domain)
    if scale is None:
        choices = domain["categorical"]
        return np.array([choices.index(value) for value in values]), len(choices)
    size = min(int(scale.high - scale.low) + 1, CELLS) if scale.kind == "integer" else CELLS
    places = np.array([scale.place(value) for value in values])
    return np.ceil(places * (size - 1) - 0.5).astype(int).clip(0, size - 1), size


def _counts(cells: Integers, size: int, outcomes: Integers) -> Integers:
    """How many of the best trials lie in each cell, (outcomes, size)."""
    rows = np.arange(len(outcomes))[:, None]
    return np.bincount((rows * size + cells[outcomes]).ravel(), minlength=len(outcomes) * size).reshape(-1, size)


def _density_of_choices(counts: Integers) -> Floats:
    """Each trial's choice, smoothed by 1 / (1 + the choices made) of each choice, and one uniform trial more."""
    trials, size = int(counts[0].sum()), counts.shape[1]
    floor = 1 / (1 + np.count_nonzero(counts, axis=1, keepdims=True))
    smooth = (counts + trials * floor) / (1 + size * floor)
    density: Floats = (smooth + 1 / size) / (trials + 1)
    return density


def _density_of_numbers(counts: Integers) -> Floats:
    """Normal kernels of one width, by Scott's rule, cut off at the range's ends, and one wide kernel amid the range."""
    trials, size = int(counts[0].sum()), counts.shape[1]
    at, reached = np.arange(size), counts.cumsum(axis=1)
    mean = counts @ at / trials
    deviation = np.sqrt((counts * (at - mean[:, None]) ** 2).sum(axis=1) / max(1, trials - 1))
    lower, upper = (reached >= max(1, trials // 4)).argmax(axis=1), (reached > 3 * trials // 4).argmax(axis=1)
    width = 1.059 * np.minimum(deviation, (upper - lower) / 1.34) * trials**-0.2
    width = np.maximum(width, 0.5 / 1.64)  # at most 90 % of a kernel lies in its own cell
    below = ndtr((np.arange(2 * size) - size + 0.5) / width[:, None])  # the mass below each edge of the cells around
    inside = below[:, size:] - below[:, :size]  # the mass within the range, of a kernel in the last cell first
    kernels = sliding_window_view(np.diff(below, axis=1), size, axis=1)
    smooth = np.einsum("rji,ri->rj", kernels, counts[:, ::-1] / inside)
    wide = np.diff(ndtr(np.arange(size + 1) / size - 0.5))
    density: Floats = (smooth + wide / wide.sum()) / (trials + 1)
    return density
