"""Separate streams of randomness, one for each purpose, so that adding a component shifts no other stream."""

from typing import Literal, get_args

import numpy as np

Purpose = Literal["synthetic", "split", "init", "shuffle", "dropout", "check", "search"]

_NUMBER = {purpose: number for number, purpose in enumerate(get_args(Purpose))}


def stream(purpose: Purpose, *, seed: int, replicate: int = 0, epoch: int = 0) -> np.random.Generator:
    """A fresh generator for one purpose in one epoch of one replicate; equal arguments give equal draws.

    New purposes are appended to `Purpose`, never inserted, as their number enters the seed.
    """
    entropy = np.random.SeedSequence([seed, replicate], spawn_key=(_NUMBER[purpose], epoch))
    return np.random.Generator(np.random.PCG64(entropy))
