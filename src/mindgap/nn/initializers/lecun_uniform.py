"""LeCun's weights, uniform."""

from mindgap.nn.initializers.lecun import LeCun
from mindgap.nn.initializers.uniform import Uniform


class LeCunUniform(Uniform):
    """Uniform, with the deviation of `LeCun`."""

    deviation = staticmethod(LeCun.deviation)
