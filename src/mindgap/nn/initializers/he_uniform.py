"""He's weights, uniform."""

from mindgap.nn.initializers.he import He
from mindgap.nn.initializers.uniform import Uniform


class HeUniform(Uniform):
    """Uniform, with the deviation of `He`."""

    deviation = staticmethod(He.deviation)
