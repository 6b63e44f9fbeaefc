"""The sources of data: for each value of `data.source`, what identifies its content and what loads it.

A new source is one module with `digest` and `load`, one block in `mindgap.params.data`, and one line here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mindgap.data.raw import Raw
from mindgap.data.sources import csv, diabetes, digits, mnist, npz, synthetic


@dataclass(frozen=True)
class Source:
    """`digest` takes the source's params block; `load` takes it and the study's seed."""

    digest: Callable[[Any], str]
    load: Callable[[Any, int], Raw]


SOURCES = {
    "digits": Source(digits.digest, digits.load),
    "mnist": Source(mnist.digest, mnist.load),
    "fashion_mnist": Source(mnist.digest, mnist.load),
    "csv": Source(csv.digest, csv.load),
    "npz": Source(npz.digest, npz.load),
    "diabetes": Source(diabetes.digest, diabetes.load),
    "synthetic": Source(synthetic.digest, synthetic.load),
}
