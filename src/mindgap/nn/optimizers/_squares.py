"""What rules share that divide by the root of squared gradients."""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from mindgap.nn.arrays import Array, DType, flush
from mindgap.nn.optimizers import FLUSH_EVERY, Column

SMALL = 1e-10
"""An epsilon below which it shows that squares of gradients below 1e-13 are rounded off."""

LEAST = 1e-30
"""The least epsilon that is told from 0."""


class Squares:
    """The sums s <- decay s + share g^2 of a rule, and their roots; both factors are columns (count, 1), or None for 1.

    Where epsilon is small, what is kept is not s but its root, r <- hypot(sqrt(decay) r, sqrt(share) g). The square of
    a gradient of 1e-20 is no float32, so its root would be 0, and a step over epsilon alone as large as 1e10. That form
    takes longer; the other networks of a population do without it, and have the same bits beside any.
    """

    def __init__(self, epsilon: Column, dtype: DType, decay: Column | None = None, share: Column | None = None) -> None:
        self.epsilon: Column = np.maximum(epsilon, LEAST)
        """What the rule adds to the roots, (count, 1)."""
        small = epsilon < SMALL
        self.magnitude: Array = np.where(small, 1e-25, 1e-12).astype(dtype)
        """By what a rule flushes its sums of gradients, (count, 1)."""
        self._decay, self._share = (_own(factor, small, dtype) for factor in (decay, share))
        numbered = groupby(enumerate(small[:, 0].tolist()), key=lambda pair: pair[1])
        places = [([number for number, _ in pairs], its) for its, pairs in numbered]
        self._parts = [(slice(own[0], own[-1] + 1), its) for own, its in places]

    def root(self, kept: Array, gradient: Array, out: Array, step: int) -> None:
        """Add a gradient to what is `kept`, in place, and write the roots to `out`; all are (count, block)."""
        if self._decay is not None:
            np.multiply(kept, self._decay, out=kept)
        for rows, small in self._parts:
            share = None if self._share is None else self._share[rows]
            (_add_to_roots if small else _add_to_squares)(kept[rows], gradient[rows], out[rows], share)
            if self._decay is not None and step % FLUSH_EVERY == 0:
                flush(kept[rows], 1e-25 if small else 1e-20)
            (np.positive if small else np.sqrt)(kept[rows], out=out[rows])


def _own(factor: Column | None, small: NDArray[np.bool_], dtype: DType) -> Array | None:
    """A factor of squares, or its root where roots are kept."""
    return None if factor is None else np.where(small, np.sqrt(factor), factor).astype(dtype)


def _add_to_squares(kept: Array, gradient: Array, scratch: Array, share: Array | None) -> None:
    np.multiply(gradient, gradient, out=scratch)
    if share is not None:
        np.multiply(scratch, share, out=scratch)
    np.add(kept, scratch, out=kept)


def _add_to_roots(kept: Array, gradient: Array, scratch: Array, share: Array | None) -> None:
    np.hypot(kept, gradient if share is None else np.multiply(gradient, share, out=scratch), out=kept)
