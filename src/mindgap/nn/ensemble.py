"""The ensemble: what several networks say together."""

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array


def together(outputs: Array, *, probabilities: bool) -> NDArray[np.float64]:
    """The mean over the networks of outputs (count, ..., outputs), (..., outputs).

    Where outputs are logits z, which stand for probabilities, it is of these: log mean softmax(z), whose softmax is the
    mean of the networks' probabilities p (Lakshminarayanan, Pritzel and Blundell 2017). No p is 0, so no logarithm is
    infinite.
    """
    z = outputs.astype(np.float64)
    if not probabilities:
        return np.asarray(z.mean(axis=0))
    z -= _log_sum_exp(z, -1)
    return np.asarray((_log_sum_exp(z, 0) - np.log(len(z)))[0])


def _log_sum_exp(z: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """log sum exp(z) over an axis, which stays."""
    most = z.max(axis=axis, keepdims=True)
    return np.asarray(most + np.log(np.exp(z - most).sum(axis=axis, keepdims=True)))
