"""Speed: how many seconds an epoch takes by the rows of a step."""

from collections.abc import Mapping
from time import perf_counter
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from mindgap.claims.probes import Network, Probe
from mindgap.data.prepared import Dataset, open_pixels
from mindgap.params.base import Integer
from mindgap.params.run import RunSpec
from mindgap.training.cohort import Data, train_each


class Speed(Probe):
    """Nothing in the network, but the seconds of an epoch of its training, alone, measured at its end as always.

    The sizes take turns, round after round, so that what else the machine does meets all of them; the median counts.
    """

    sizes: tuple[Annotated[Integer, Field(ge=1)] | None, ...] = Field(
        (1, 32, None), min_length=1, description="Rows of a step; null: all."
    )
    rounds: Integer = Field(5, ge=1, le=100, description="How often each is measured.")

    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        return {}

    def look(self, network: Network) -> Mapping[str, Any]:
        return {}

    def seconds(self, network: Network) -> Mapping[str, float]:
        outputs = Dataset.read(network.data).outputs
        data = Data(network.split("train"), network.split("val"), outputs, open_pixels(network.data))
        once = {"epochs": 1, "early_stopping": None, "switch": None, "augment": None}
        taken: dict[int | None, list[float]] = {size: [] for size in self.sizes}
        for _ in range(self.rounds):
            for size, own in taken.items():
                own.append(_epoch(data, network.spec.vary({**once, "batch_size": size})))
        return {"all rows" if size is None else str(size): float(np.median(own)) for size, own in taken.items()}


def _epoch(data: Data, run: RunSpec) -> float:
    """Seconds of a run's one epoch, from the end of epoch 0, in which it is initialised and measured alone."""
    ends: list[float] = []

    def ended(epoch: int, alive: int) -> None:
        ends.append(perf_counter())

    train_each([(data, run)], ended)
    return ends[-1] - ends[0]
