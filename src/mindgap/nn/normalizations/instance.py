"""Instance normalisation."""

from typing import ClassVar

from mindgap.nn.hidden import Group
from mindgap.nn.normalizations._rows import RowNorm


class InstanceNorm(RowNorm):
    """Group normalisation with one scale and shift a group (count, 1, groups) (Ulyanov et al. 2016).

    It is as if a group were a channel and its units the channel's positions.
    """

    settings: ClassVar[tuple[str, ...]] = ("normalization_groups",)

    @staticmethod
    def groups(units: int, groups: int) -> tuple[Group, ...]:
        return RowNorm.groups(groups, groups)
