"""Single rows: whether a row's prediction depends on the rows beside it."""

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.nn.arrays import Array
from mindgap.params.base import Integer
from mindgap.params.run import RunSpec
from mindgap.streams import EpochDraws, Origins


class SingleRows(Probe):
    """Largest differences of outputs over the first validation rows, in float64.

    `alone_in_use`: between a row predicted alone and in a batch, both as in use, by the statistics of the training
    rows; `alone_in_training`: the same as in training, where a batch is normalised by its own statistics.
    """

    rows: Integer = Field(32, ge=2, le=256, description="Rows of the batch.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {"alone_in_use": None, "alone_in_training": None}

    def look(self, network: Network) -> Mapping[str, float | None]:
        x = np.asarray(network.split("val").x[: self.rows], np.float64)
        draws = EpochDraws(Origins([(network.spec.seed, network.spec.replicate)]), epoch=0)
        population = network.without_chance().population()
        used = [population.forward(rows).copy() for rows in (x, *np.split(x, len(x)))]
        population.begin_epoch()
        trained = [population.forward(rows, draws).copy() for rows in (x, *np.split(x, len(x)))]
        return {"alone_in_use": _apart(used), "alone_in_training": _apart(trained)}


def _apart(found: list[Array]) -> float | None:
    """How far a batch's outputs, the first, are from those of its rows, the others."""
    together, alone = found[0][0], np.concatenate([own[0] for own in found[1:]])
    value = float(np.abs(together - alone).max())
    return value if np.isfinite(value) else None
