"""Schedules: what the learning rate is multiplied by as training goes on."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Factor = NDArray[np.float64]
Schedule = Callable[[float, Mapping[str, Factor], int], Factor]
"""From the epochs gone by (a fraction within an epoch), settings (count, 1) and all epochs to a factor (count, 1)."""


def constant(epoch: float, settings: Mapping[str, Factor], epochs: int) -> Factor:
    """1."""
    return np.ones_like(settings["decay"])


def step(epoch: float, settings: Mapping[str, Factor], epochs: int) -> Factor:
    """decay^floor(epoch / decay_epochs): a fall at once, every so many epochs."""
    return np.asarray(settings["decay"] ** np.floor(epoch / settings["decay_epochs"]))


def exponential(epoch: float, settings: Mapping[str, Factor], epochs: int) -> Factor:
    """decay^(epoch / decay_epochs): the same fall, smoothly."""
    return np.asarray(settings["decay"] ** (epoch / settings["decay_epochs"]))


def inverse_time(epoch: float, settings: Mapping[str, Factor], epochs: int) -> Factor:
    """1 / (1 + decay epoch / decay_epochs)."""
    return np.asarray(1 / (1 + settings["decay"] * epoch / settings["decay_epochs"]))


def cosine(epoch: float, settings: Mapping[str, Factor], epochs: int) -> Factor:
    """(1 + cos(pi epoch / epochs)) / 2: from 1 to 0 over all epochs (Loshchilov and Hutter 2017)."""
    return np.full_like(settings["decay"], (1 + np.cos(np.pi * min(epoch / epochs, 1))) / 2)


def warmed_up(schedule: Schedule, epoch: float, settings: Mapping[str, Factor], epochs: int) -> Factor:
    """A schedule's factor, times a rise from 0 to 1 over the first `warmup_epochs`."""
    warmup = settings["warmup_epochs"]
    rise = np.where(warmup > 0, np.minimum(1, epoch / np.where(warmup > 0, warmup, 1)), 1)
    return schedule(epoch, settings, epochs) * rise


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "step": step,
    "exponential": exponential,
    "inverse_time": inverse_time,
    "cosine": cosine,
}
