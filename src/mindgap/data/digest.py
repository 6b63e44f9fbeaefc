"""The data's digest: what identifies the raw data's content, wherever the files lie and whenever they were written."""

from pathlib import Path

from mindgap.data.sources import SOURCES
from mindgap.errors import UserError
from mindgap.params.sources import Source


def source_digest(data: Source, memory: Path | None = None) -> str:
    """SHA-256 in hex of the content that `data` names; neither path nor time of a file enters.

    It is computed while planning, so it imports neither scikit-learn nor pandas. MNIST and Fashion-MNIST are known by
    their published MD5 sums, whether the files are there yet or not; synthetic points by params and seed, which the key
    holds anyway. A large file is read again only where what the folder `memory` holds does not know it, see `file_sum`.
    Raises UserError, naming the params key, where a file cannot be read.
    """
    return SOURCES[data.source].digest(data, memory)


def require_unchanged(data: Source, digest: str | None, memory: Path | None = None) -> None:
    """Raise UserError if the raw data are not those any more for which the plan was made; `memory` is the plan's."""
    if source_digest(data, memory) != digest:
        raise UserError("the data changed while they were read; run again, to have them under their own key")
