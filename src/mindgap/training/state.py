"""Where a training stands between two epochs: all that it needs to go on to the same bits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from mindgap.nn.arrays import Array
from mindgap.store.documents import read_arrays, unreadable, write_arrays

FILE = "states.npz"


@dataclass(frozen=True, eq=False)
class State:
    """A training after an epoch, beside its spec and its history.

    `values` (architecture.values,) are the network's, `slots` (slots, architecture.parameters) what its optimiser
    remembers after so many `steps`, and `switched` says whether that is the one after the switch. Early stopping keeps
    `kept` of `kept_epoch`, whose metric cost `best`; `kept` is empty where nothing is kept.

    Batches, draws and augmentation are drawn anew in each epoch, by its number, and the schedule's place follows from
    it as well, so that none of these is a part.
    """

    epoch: int
    steps: int
    switched: bool
    values: Array
    slots: Array
    kept: Array
    kept_epoch: int
    best: float


@dataclass(frozen=True, eq=False)
class Begun:
    """A training that has begun, and goes on from there."""

    state: State
    history: Mapping[str, list[Any]]


def write_states(states: Mapping[int, State], folder: Path) -> None:
    """Write states by the numbers of their runs, whose order is that of the numbers."""
    write_arrays(
        folder / FILE,
        {
            f"{number}.{field.name}": np.asarray(getattr(state, field.name))
            for number, state in sorted(states.items())
            for field in fields(State)
        },
    )


def read_states(folders: Sequence[Path], numbers: Sequence[int]) -> dict[int, State]:
    """Of what `write_states` wrote, those of these numbers, where they are. Raises UserError for a broken file."""
    found: dict[int, State] = {}
    names = {f"{number}.{field.name}" for number in numbers for field in fields(State)}
    for folder in folders:
        arrays = read_arrays(folder / FILE, names)
        for number in numbers:
            if f"{number}.epoch" in arrays:
                try:
                    own = {field.name: arrays[f"{number}.{field.name}"] for field in fields(State)}
                except KeyError as error:
                    raise unreadable(folder / FILE, f"no array {error}") from error
                plain: dict[str, Any] = {name: value if value.ndim else value.item() for name, value in own.items()}
                found[number] = State(**plain)
    return found
