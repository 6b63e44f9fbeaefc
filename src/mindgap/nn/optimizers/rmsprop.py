"""RMSProp: a step size for each parameter, by a running mean of its squared gradients."""

from collections.abc import Mapping
from typing import ClassVar

from mindgap.nn.arrays import DType
from mindgap.nn.optimizers import Column
from mindgap.nn.optimizers._squares import Squares
from mindgap.nn.optimizers.adagrad import AdaGrad


class RMSProp(AdaGrad):
    """s <- beta2 s + (1 - beta2) g^2; w <- w - lr g / (sqrt(s) + epsilon) (Tieleman and Hinton 2012)."""

    settings: ClassVar[tuple[str, ...]] = ("beta2", "epsilon")

    def _sums(self, columns: Mapping[str, Column], dtype: DType) -> Squares:
        return Squares(columns["epsilon"], dtype, columns["beta2"], 1 - columns["beta2"])
