"""Adam without its correction of the first steps."""

from typing import ClassVar

from mindgap.nn.optimizers.adam import Adam


class AdamUncorrected(Adam):
    """Adam with m' = m and v' = v: its first steps are too large, by up to (1-b1) / sqrt(1-b2)."""

    corrected: ClassVar[bool] = False
