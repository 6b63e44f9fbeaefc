"""What the stage `baselines` writes: what one gets without a network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from mindgap.nn.arrays import Array
from mindgap.store.documents import Document, plain, read_arrays, write_arrays


@dataclass(frozen=True)
class Linear:
    """A baseline as a network without hidden layers: weights (features, outputs) and bias (outputs,), float32."""

    weights: Array
    bias: Array

    def write(self, name: str, folder: Path) -> None:
        """Write `<name>.npz` into a folder."""
        write_arrays(folder / f"{name}.npz", plain(self))

    @classmethod
    def read(cls, name: str, folder: Path) -> Self:
        """Read what `write` wrote. Raises UserError for a file that is absent or broken."""
        return cls(**read_arrays(folder / f"{name}.npz"))


@dataclass(frozen=True)
class Tuned:
    """How a baseline was tuned: of how many trials, the params of the best one, and its value of the objective."""

    trials: int
    params: dict[str, Any]
    value: float


@dataclass(frozen=True)
class Baselines(Document):
    """The baselines' names; of one that was fitted by steps, how many it took, and whether that was enough.

    Those that were `tuned` are in it by their names. Trees are no arrays: they are fitted again, see `stages.trees`,
    on rows that weigh by `class_weight`.
    """

    FILE = "baselines.json"

    names: tuple[str, ...]
    iterations: int | None = None
    converged: bool | None = None
    tuned: dict[str, Tuned] = field(default_factory=dict)
    class_weight: Any = None

    @classmethod
    def read_all(cls, folder: Path) -> Mapping[str, Linear]:
        """The linear baselines by name, the trivial one first."""
        return {name: Linear.read(name, folder) for name in cls.read(folder).names}
