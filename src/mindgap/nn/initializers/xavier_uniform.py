"""Xavier Glorot's weights, uniform."""

from mindgap.nn.initializers.uniform import Uniform
from mindgap.nn.initializers.xavier import Xavier


class XavierUniform(Uniform):
    """Uniform, with the deviation of `Xavier`."""

    deviation = staticmethod(Xavier.deviation)
