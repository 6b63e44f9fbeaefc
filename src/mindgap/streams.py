"""Separate streams of randomness, one for each purpose, so that adding a component shifts no other stream."""

from collections.abc import Sequence
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)
Float32 = NDArray[np.float32]

Purpose = Literal[
    "synthetic",
    "split",
    "init",
    "shuffle",
    "dropout",
    "check",
    "search",
    "augment",
    "permutation",
    "importance",
    "train_rows",
    "label_noise",
    "outliers",
    "probe",
    "simulation",
    "blanks",
    "encoding",
    "trees",
]

_NUMBER = {purpose: number for number, purpose in enumerate(get_args(Purpose))}

_WORD = 2**32
"""What a word of a generator's seed is below."""


def stream(purpose: Purpose, *, seed: int, replicate: int = 0, epoch: int = 0, part: int = 0) -> np.random.Generator:
    """A fresh generator for one part of one purpose in one epoch of one replicate.

    Equal arguments give equal draws, and no others do. New purposes are appended to `Purpose`, never inserted, as their
    number enters the seed. Raises ValueError for a number that is negative, for a seed or replicate of more than 64
    bits and for an epoch or part of more than 32.
    """
    if min(seed, replicate, epoch, part) < 0 or max(seed, replicate) >= _WORD**2 or max(epoch, part) >= _WORD:
        raise ValueError(f"no stream for seed {seed}, replicate {replicate}, epoch {epoch}, part {part}")
    # SeedSequence joins the words of all its numbers, so each has its fixed place among the first four.
    (seed_high, seed_low), (replicate_high, replicate_low) = divmod(seed, _WORD), divmod(replicate, _WORD)
    entropy = np.random.SeedSequence(
        [seed_low, replicate_low, seed_high, replicate_high],
        spawn_key=(_NUMBER[purpose], epoch, *([part] if part else [])),
    )
    return np.random.Generator(np.random.PCG64(entropy))


Origin = tuple[int, int]
"""(seed, replicate): networks of the same origin have the same batches and the same base draws."""


class Origins:
    """The origins of a population's networks; each different one draws once, for all of its networks."""

    def __init__(self, origins: Sequence[Origin]) -> None:
        self._different = list(dict.fromkeys(origins))
        self.index = np.array([self._different.index(origin) for origin in origins])
        """The place of each network's origin among the different ones, (count,)."""
        self._own = self._different == list(origins)

    def __len__(self) -> int:
        """The number of different origins."""
        return len(self._different)

    def streams(self, purpose: Purpose, *, epoch: int, part: int = 0) -> list[np.random.Generator]:
        """A fresh generator for each different origin."""
        return [
            stream(purpose, seed=seed, replicate=replicate, epoch=epoch, part=part)
            for seed, replicate in self._different
        ]

    def spread(self, drawn: NDArray[T]) -> NDArray[T]:
        """From what each different origin drew to what each network has: (count, ...), or one for all if it is one."""
        own: NDArray[T] = drawn[0] if len(self) == 1 else drawn if self._own else drawn[self.index]
        return own


class EpochDraws:
    """The draws of all random parts in one epoch (see `Draws`), each going on from batch to batch."""

    def __init__(self, origins: Origins, *, epoch: int) -> None:
        self._origins, self._epoch = origins, epoch
        self._streams: dict[int, list[np.random.Generator]] = {}

    def uniform(self, part: int, rows: int, units: int) -> Float32:
        drawn = np.empty((len(self._origins), rows, units), np.float32)
        for own, random in zip(drawn, self._of(part), strict=True):
            random.random(dtype=np.float32, out=own)
        return self._origins.spread(drawn)

    def normal(self, part: int, rows: int, units: int) -> Float32:
        drawn = np.empty((len(self._origins), rows, units), np.float32)
        for own, random in zip(drawn, self._of(part), strict=True):
            random.standard_normal(dtype=np.float32, out=own)
        return self._origins.spread(drawn)

    def _of(self, part: int) -> list[np.random.Generator]:
        if part not in self._streams:
            self._streams[part] = self._origins.streams("dropout", epoch=self._epoch, part=part)
        return self._streams[part]
