"""A fall to zero over all epochs, along a cosine."""

import numpy as np

from mindgap.nn.schedules import Schedule


class Cosine(Schedule):
    """(1 + cos(pi epoch / epochs)) / 2: from 1 to 0 over all epochs (Loshchilov and Hutter 2017)."""

    def factor(self, epoch: float) -> float:
        return float((1 + np.cos(np.pi * min(epoch / self._epochs, 1))) / 2)
