"""Blocks: rows too many for memory, a slice of them at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

# Values in flight at once: 32 MB of float64, whatever the width of a row.
_BLOCK_VALUES = 4_000_000

CACHED = 100_000
"""Values that stay in the processor's cache, for rows that are worked on one by one; sums need blocks of one size."""

T = TypeVar("T")


def blocks(rows: int, features: int, values: int = _BLOCK_VALUES) -> Iterator[slice]:
    """Consecutive slices of the rows, each of at most so many values."""
    step = max(1, values // features)
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items in their order, each made by a thread of its own while the one before it is in use."""
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, items, None)
        while (item := following.result()) is not None:
            following = thread.submit(next, items, None)
            yield item
