"""The weights of several runs: a row of values each, float32 (architecture.values,); empty where nothing was kept."""

from collections.abc import Sequence
from pathlib import Path

from mindgap.nn.arrays import Array
from mindgap.store.documents import read_arrays, unreadable, write_arrays

FILE = "weights.npz"


def write_weights(rows: Sequence[Array], folder: Path) -> None:
    """Write the rows, in the order of their runs."""
    write_arrays(folder / FILE, {str(number): row for number, row in enumerate(rows)})


def read_weights(folder: Path) -> list[Array]:
    """Read what `write_weights` wrote. Raises UserError for a file that is absent or broken."""
    rows = read_arrays(folder / FILE)
    try:
        return [rows[str(number)] for number in range(len(rows))]
    except KeyError as error:
        raise unreadable(folder / FILE, f"no row {error}") from error
