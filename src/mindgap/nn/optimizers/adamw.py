"""Adam with weight decay beside its averages, not inside."""

from collections.abc import Mapping
from typing import ClassVar

from mindgap.nn.optimizers.adam import Adam


class AdamW(Adam):
    """Adam, to be used with `weight_decay`, which stays out of its averages (Loshchilov and Hutter 2019)."""

    usual: ClassVar[Mapping[str, float]] = {"weight_decay": 0.01}
