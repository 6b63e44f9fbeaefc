"""The target of a regression: standardised by the training rows, and described in the user's units."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.prepared import Target
from mindgap.data.raw import Raw
from mindgap.data.splits import Splits
from mindgap.errors import UserError
from mindgap.words import words

_LIMITS = np.finfo(np.float32)
_STEPS = 1000  # of float32 within a standard deviation: rounding then moves errors by less than a thousandth of it


def fit_target(raw: Raw, splits: Splits) -> Target:
    """Mean and scale, sqrt(mean((y - mean)^2)), of the training rows' target in float64, and each split's figures.

    Raises UserError for values beyond float32, for values that hardly vary, and for those that, standardised, cannot
    be squared or told apart in float32.
    """
    origin = f"{raw.origin}: the target {raw.target!r}"
    row = int(np.argmax(np.abs(raw.y)))
    if abs(raw.y[row]) > _LIMITS.max:
        raise UserError(
            f"{origin} holds {raw.y[row]:g} in row {row} (counted from 0), too large for 32-bit floating point. Give "
            "it in larger units."
        )
    mean, scale = float(raw.y[splits.train].mean()), float(raw.y[splits.train].std())
    if scale < _LIMITS.tiny:
        raise UserError(
            f"{origin} has a standard deviation below {_LIMITS.tiny:.0e} on the training rows, too small for 32-bit "
            "floating point. Give it in smaller units."
        )
    target = Target(raw.target, mean, scale, {name: _figures(raw.y[rows]) for name, rows in splits.named.items()})
    for name, rows in splits.named.items():
        _refuse_unfit(target.standardise(raw.y[rows]), target, name, origin)
    return target


def _figures(y: NDArray[Any]) -> dict[str, float]:
    figures = {"mean": y.mean(), "std": y.std(), "least": y.min(), "greatest": y.max()}
    return {name: float(value) for name, value in figures.items()}


def _refuse_unfit(z: NDArray[np.float32], target: Target, split: str, origin: str) -> None:
    """UserError for standardised values z that float32 cannot square, as losses do, and for all equal ones."""
    figures = target.splits[split]
    between = words(f"{origin} lies between {figures['least']:g} and {figures['greatest']:g} in {split}")
    if np.abs(z).max() > np.sqrt(_LIMITS.max):
        raise UserError(
            f"{between}, too far from the training rows (mean {target.mean:g}, standard deviation {target.scale:g}) "
            "for 32-bit floating point. Correct or remove these rows."
        )
    if z.std(dtype=np.float64) < _STEPS * np.spacing(np.abs(z).max()):
        raise UserError(
            f"{between}: beside the training rows (mean {target.mean:g}, standard deviation {target.scale:g}) 32-bit "
            "floating point cannot tell its values apart. Look for an outlier, or give this split more different "
            "values."
        )
