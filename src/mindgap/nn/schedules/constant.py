"""The learning rate as it is."""

from typing import ClassVar

from mindgap.nn.schedules import Schedule


class Constant(Schedule):
    """1."""

    steady: ClassVar[bool] = True

    def factor(self, epoch: float) -> float:
        return 1.0
