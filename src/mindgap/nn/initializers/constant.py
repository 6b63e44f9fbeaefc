"""Weights that are all equal."""

from typing import ClassVar

from mindgap.nn.initializers._fill import Fill


class Constant(Fill):
    """1, so the gain everywhere; the units of a layer stay equal for ever."""

    value: ClassVar[float] = 1.0
