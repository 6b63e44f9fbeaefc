"""The source `mnist`: MNIST, handwritten digits."""

from pathlib import Path

from mindgap.data.collections import collection_digest, load_collection
from mindgap.data.raw import Raw
from mindgap.params.sources._idx import Idx


def digest(data: Idx, memory: Path | None = None) -> str:
    """See `collection_digest`."""
    return collection_digest(data)


def load(data: Idx, seed: int, scratch: Path | None = None) -> Raw:
    """See `load_collection`."""
    return load_collection(data)
