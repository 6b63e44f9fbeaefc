"""Saliency: what the pictures of a study's filters are worth, over its seeds, in numbers and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Self

import numpy as np
from scipy.special import stdtrit

from mindgap.intervals import UPPER
from mindgap.nn.deconvolution import has_way_back
from mindgap.report.study import FinishedStudy
from mindgap.training.saliency import EXAMPLES, HIDES, Worth, worth

ALIKE = 0.5
"""Pictures that resemble those of random weights by more than this tell little of what was learned."""


@dataclass(frozen=True)
class OverSeeds:
    """A mean over seeds, and its 95 % interval, Student's; None where there is one seed."""

    mean: float
    ends: tuple[float, float] | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """That of a value a seed."""
        mean, count = float(np.mean(values)), len(values)
        if count == 1:
            return cls(mean, None)
        half = float(stdtrit(count - 1, UPPER)) * float(np.std(values, ddof=1)) / sqrt(count)
        return cls(mean, (mean - half, mean + half))


@dataclass(frozen=True)
class BlockWorth:
    """What is told of a block's pictures, see `Worth`; `seeds` are those in which images excite any of its filters."""

    number: int
    seeds: int
    alike: OverSeeds
    over_chance: OverSeeds
    over_bright: OverSeeds

    @property
    def finding(self) -> str:
        """What follows, as a sentence."""
        if self.alike.mean > ALIKE:
            return "They look much the same without training, and tell little of what was learned."
        least, most = self.over_bright.ends or (self.over_bright.mean,) * 2
        if most < 0:
            return "What stands out in an image matters more to a filter than what its picture shows."
        if least <= 0:
            return (
                "They tell no more of what a filter needs than the image itself does, as far as these seeds can tell."
            )
        return "They tell more of what a filter needs than the image itself does."


def pictures_worth(study: FinishedStudy) -> list[BlockWorth]:
    """By block, what its pictures are worth; none where there are no pictures, or nothing excites a block's filters."""
    if study.images is None or not has_way_back(study.architecture):
        return []
    blocks: list[list[Worth]] = [[] for _ in study.architecture.blocks]
    x, blank = study.images.some, study.images.pixels.background
    for place in range(len(study.weights)):
        trained, drawn, random = study.winner(place), study.untrained(place), study.draws(place)
        for block, found in enumerate(blocks):
            told = worth(trained, drawn, block, x, blank, random, examples=EXAMPLES, hides=HIDES)
            found += [] if told is None else [told]
    return [
        BlockWorth(
            number,
            len(found),
            alike=OverSeeds.of([own.alike for own in found]),
            over_chance=OverSeeds.of([own.over_chance for own in found]),
            over_bright=OverSeeds.of([own.over_bright for own in found]),
        )
        for number, found in enumerate(blocks, start=1)
        if found
    ]
