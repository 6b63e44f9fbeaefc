"""LeCun's weights, Gaussian."""

from math import sqrt

from mindgap.nn.initializers.normal import Normal


class LeCun(Normal):
    """sqrt(1 / fan_in): keeps the variance of linear and SELU layers (LeCun et al. 1998)."""

    @staticmethod
    def deviation(fan_in: int, fan_out: int) -> float:
        return sqrt(1 / fan_in)
