"""Weights of zero."""

from typing import ClassVar

from mindgap.nn.initializers._fill import Fill


class Zeros(Fill):
    """0, with which the units of a layer stay equal for ever."""

    value: ClassVar[float] = 0.0
