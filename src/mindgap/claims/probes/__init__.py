"""Probes: what is looked at in a network beside its history, once it is trained; one a file."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mindgap.data.prepared import Dataset, Split, SplitName, open_pixels, open_split
from mindgap.nn.arrays import Array, DType
from mindgap.nn.losses import Loss
from mindgap.nn.population import Population
from mindgap.params.base import Block
from mindgap.params.run import RunSpec
from mindgap.registry import Registry
from mindgap.streams import stream
from mindgap.tasks import Task
from mindgap.training.networks import loss_of, population_of


@dataclass(frozen=True)
class Network:
    """A trained network: its spec, the folder of its prepared rows, and its values (architecture.values,)."""

    spec: RunSpec
    data: Path
    values: Array

    def population(self, count: int = 1, rows: int = 1, dtype: DType = np.float64) -> Population:
        """So many copies of it side by side, for batches of so many rows, and to be measured."""
        dataset = Dataset.read(self.data)
        found = population_of([self.spec] * count, dataset.features, dataset.outputs, rows, dtype, dataset.image_shape)
        found.values[:] = self.values
        return found

    def split(self, name: SplitName) -> Split:
        """Its training or its validation rows."""
        return open_split(self.data, name)

    @property
    def blank(self) -> Array:
        """A blank image as it sees it, (features,)."""
        pixels = open_pixels(self.data)
        return np.zeros(1) if pixels is None else pixels.background

    @property
    def loss(self) -> Loss:
        """What it minimised."""
        return self.loss_of(1)

    def loss_of(self, count: int) -> Loss:
        """The same of so many copies."""
        return loss_of([self.spec] * count)

    def without_chance(self) -> "Network":
        """The same network with nothing random in its training."""
        calm = self.spec.vary({"dropout": 0.0, "channel_dropout": 0.0, "input_dropout": 0.0, "input_noise": 0.0})
        return Network(calm, self.data, self.values)

    def random(self) -> np.random.Generator:
        """Draws for a probe; those of a replicate are the same for every arm."""
        return stream("probe", seed=self.spec.seed, replicate=self.spec.replicate)


class Probe(Block):
    """A probe; its fields are its settings."""

    @abstractmethod
    def finds(self, spec: RunSpec) -> Mapping[str, int | None]:
        """The names of what it finds in such a network: of how many numbers each is, None where it is one.

        In the history of the training each is one value.
        """

    def refuses(self, spec: RunSpec, task: Task) -> str | None:
        """Why there is nothing to find in such a network; None if there is."""
        return None

    @abstractmethod
    def look(self, network: Network) -> Mapping[str, Any]:
        """What it finds in a network, by name: a number, or one a layer."""

    def seconds(self, network: Network) -> Mapping[str, float]:
        """Seconds that things took, measured in alternation, by what took them; no verdict rests on these."""
        return {}


PROBES: Registry[type[Probe]] = Registry(__name__)
