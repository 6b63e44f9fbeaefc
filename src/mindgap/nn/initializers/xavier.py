"""Xavier Glorot's weights, Gaussian."""

from math import sqrt

from mindgap.nn.initializers.normal import Normal


class Xavier(Normal):
    """sqrt(2 / (fan_in + fan_out)): keeps the variance of tanh layers, forward and backward (Glorot, Bengio 2010)."""

    @staticmethod
    def deviation(fan_in: int, fan_out: int) -> float:
        return sqrt(2 / (fan_in + fan_out))
