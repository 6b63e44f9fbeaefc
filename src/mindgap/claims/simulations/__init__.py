"""Simulations: what a claim is about where no network is trained on a task's data; one a file."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from mindgap.params.base import Block
from mindgap.registry import Registry


class Simulation(Block):
    """A simulation; its fields are its settings, which arms may vary and sweeps go through."""

    finds: ClassVar[Mapping[str, int | None]]
    """The names of what its history has to measure: how many numbers a step, None where it is one."""

    @abstractmethod
    def run(self, seed: int, replicate: int) -> dict[str, list[Any]]:
        """A history: by name, values by step, the first before any step. Equal arguments give equal values."""

    def components(self) -> list[Path]:
        """The files of all components that its settings name."""
        return []

    @property
    def trainings(self) -> int:
        """How many networks a replicate trains."""
        return 0

    def seconds(self, seed: int) -> Mapping[str, float]:
        """Seconds that things took, measured in alternation, by what took them; no verdict rests on these."""
        return {}


SIMULATIONS: Registry[type[Simulation]] = Registry(__name__)


def simulation_of(named: Mapping[str, Mapping[str, Any]], point: Mapping[str, Any]) -> Simulation:
    """The simulation of a name and its settings, at a point of a sweep."""
    ((name, settings),) = named.items()
    return SIMULATIONS[name].model_validate({**settings, **point})
