"""Layer normalisation."""

from mindgap.nn.normalizations._rows import RowNorm


class LayerNorm(RowNorm):
    """All units of a row have one mean and variance (Ba et al. 2016)."""

    @staticmethod
    def count(groups: int) -> int:
        return 1
