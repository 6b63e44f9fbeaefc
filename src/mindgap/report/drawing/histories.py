"""The histories of several runs as one array."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mindgap.results.arm import ArmRun
from mindgap.results.run import RunRecord

Curves = npt.NDArray[np.float64]


def curves(runs: Sequence[RunRecord | ArmRun], name: str) -> Curves:
    """A history's value by run and epoch: shape (runs, epochs), or (runs, epochs, layers) where layers differ.

    Where a run had ended, or a value was not finite, there is NaN; so a mean over runs ends where the first run does.
    """
    rows = [np.array(run.history[name], dtype=np.float64) for run in runs]
    epochs = max(len(row) for row in rows)
    table = np.full((len(rows), epochs, *rows[0].shape[1:]), np.nan)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table
