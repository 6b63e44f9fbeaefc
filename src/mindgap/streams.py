"""Separate streams of randomness, one for each purpose, so that adding a component shifts no other stream."""

from typing import Literal, get_args

import numpy as np

Purpose = Literal["synthetic", "split", "init", "shuffle", "dropout", "check", "search", "augment"]

_NUMBER = {purpose: number for number, purpose in enumerate(get_args(Purpose))}


def stream(purpose: Purpose, *, seed: int, replicate: int = 0, epoch: int = 0, part: int = 0) -> np.random.Generator:
    """A fresh generator for one part of one purpose in one epoch of one replicate; equal arguments give equal draws.

    New purposes are appended to `Purpose`, never inserted, as their number enters the seed.
    """
    entropy = np.random.SeedSequence([seed, replicate], spawn_key=(_NUMBER[purpose], epoch, *([part] if part else [])))
    return np.random.Generator(np.random.PCG64(entropy))


class EpochDraws:
    """The streams of all random parts of a network's training in one epoch, each going on from batch to batch."""

    def __init__(self, *, seed: int, replicate: int, epoch: int) -> None:
        self._origin = {"seed": seed, "replicate": replicate, "epoch": epoch}
        self._streams: dict[int, np.random.Generator] = {}

    def __call__(self, part: int) -> np.random.Generator:
        """The stream of a part."""
        if part not in self._streams:
            self._streams[part] = stream("dropout", **self._origin, part=part)
        return self._streams[part]
