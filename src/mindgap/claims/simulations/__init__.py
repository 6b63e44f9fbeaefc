"""Simulations: what a claim is about where no network is trained on a task's data; one a file."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mindgap.params.base import Block
from mindgap.registry import Registry


class Simulation(Block):
    """A simulation; its fields are its settings, which arms may vary and sweeps go through."""

    @abstractmethod
    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        """A history: by name, values by step, the first before any step. Equal arguments give equal values."""

    def components(self) -> list[Path]:
        """The files of all components that its settings name."""
        return []

    def seconds(self, seed: int) -> Mapping[str, float]:
        """Seconds that things took, measured in alternation, by what took them; no verdict rests on these."""
        return {}


SIMULATIONS: Registry[type[Simulation]] = Registry(__name__)
