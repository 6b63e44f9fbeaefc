"""Group normalisation."""

from typing import ClassVar

from mindgap.nn.normalizations._rows import RowNorm


class GroupNorm(RowNorm):
    """Each group of neighbouring units has its own mean and variance (Wu and He 2018)."""

    settings: ClassVar[tuple[str, ...]] = ("normalization_groups",)
