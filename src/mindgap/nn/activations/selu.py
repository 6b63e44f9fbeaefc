"""The scaled exponential linear unit."""

from typing import ClassVar

import numpy as np

from mindgap.nn.activations.elu import ELU
from mindgap.nn.hidden import Site


class SELU(ELU):
    """1.0507 ELU with alpha 1.6733, for which activations keep mean 0 and variance 1 (Klambauer et al. 2017)."""

    settings: ClassVar[tuple[str, ...]] = ()
    leak: ClassVar[float] = 0.0

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._alpha = np.full_like(site.leak, 1.6732632423543772)
        self._scale = 1.0507009873554805
