"""He's weights, Gaussian."""

from math import sqrt

from mindgap.nn.initializers.normal import Normal


class He(Normal):
    """sqrt(2 / fan_in): keeps the variance of ReLU layers (He et al. 2015)."""

    @staticmethod
    def deviation(fan_in: int, fan_out: int) -> float:
        return sqrt(2 / fan_in)
