"""The preparation: what was learned from the training rows, and how any row is made ready with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mindgap.data.components import Components
from mindgap.data.encoded import DescribedColumn
from mindgap.data.encoding import Encoding
from mindgap.data.raw import Layout
from mindgap.data.standardisation import Features, Standardisation
from mindgap.errors import UserError
from mindgap.store.documents import Document, read_arrays, unreadable, write_arrays

_ARRAYS = "preprocessing.npz"


@dataclass(frozen=True)
class Description(Document):
    """A preparation but for its arrays; `explained_variance` is that of its components, where it has any."""

    FILE = "preprocessing.json"

    divisor: float
    columns: tuple[DescribedColumn, ...] | None = None
    table: Layout | None = None
    explained_variance: float | None = None


@dataclass(frozen=True)
class Preparation:
    """Raw values are encoded as features, these are standardised, and, where there are `components`, projected.

    `layout` is how a table's file is read, None where the data are no table.
    """

    encoding: Encoding
    standardisation: Standardisation
    components: Components | None = None
    layout: Layout | None = None

    @property
    def features(self) -> int:
        """Values of a prepared row."""
        return len(self.standardisation.mean if self.components is None else self.components.divisor)

    def apply(self, x: NDArray[Any], origin: str) -> NDArray[np.float32]:
        """Raw rows (rows, columns), as `Raw` describes them, to (rows, features); see `finish`."""
        return self.finish(self.encoding.features(x), origin)

    def finish(self, encoded: Features, origin: str) -> NDArray[np.float32]:
        """Encoded rows (rows, encoded features) to (rows, features).

        Equal rows get equal bits, whatever rows are beside them. Raises UserError, beginning with `origin`, for values
        beyond float32.
        """
        if self.components is None:
            return self._narrowed(self.standardisation.apply(encoded), origin)
        prepared = _narrow(self.components.apply(self.standardise(encoded, origin)))
        refuse_overflow(prepared, [f"component {number}" for number in range(1, self.features + 1)], origin)
        return prepared

    def standardise(self, encoded: Features, origin: str) -> Features:
        """Encoded rows to standardised rows in float64 (rows, encoded features); errors as for `finish`."""
        z = self.standardisation.apply(encoded)
        self._narrowed(z, origin)
        return z

    def _narrowed(self, z: Features, origin: str) -> NDArray[np.float32]:
        narrow = _narrow(z)
        refuse_overflow(narrow, self.encoding.feature_names, origin)
        return narrow

    def restore(self, x: NDArray[np.floating]) -> Features:
        """Prepared rows back to encoded rows in float64, up to rounding and what left-out components held."""
        z = x.astype(np.float64) if self.components is None else self.components.restore(x.astype(np.float64))
        return z * self.standardisation.scale + self.standardisation.mean

    def write(self, folder: Path) -> None:
        """Write its `Description`, and preprocessing.npz, `arrays`."""
        self.description().write(folder)
        write_arrays(folder / _ARRAYS, self.arrays())

    @classmethod
    def read(cls, folder: Path) -> "Preparation":
        """Read what `write` wrote. Raises UserError for files that are absent or broken."""
        description, arrays = Description.read(folder), read_arrays(folder / _ARRAYS)
        try:
            return build_preparation(description, arrays)
        except (KeyError, ValueError) as error:
            raise unreadable(folder / _ARRAYS, repr(error)) from error

    def description(self) -> Description:
        """All but the arrays."""
        columns = self.encoding.columns
        return Description(
            divisor=self.encoding.divisor,
            columns=None if columns is None else tuple(column.described() for column in columns),
            table=self.layout,
            explained_variance=None if self.components is None else self.components.explained,
        )

    def arrays(self) -> dict[str, Features]:
        """The arrays, float64: mean and scale (encoded features,), and of components their directions (encoded
        features, components), variance and divisor (components,)."""
        found = {"mean": self.standardisation.mean, "scale": self.standardisation.scale}
        if self.components is not None:
            found |= {
                "directions": self.components.directions,
                "variance": self.components.variance,
                "divisor": self.components.divisor,
            }
        return found


def build_preparation(description: Description, arrays: Mapping[str, Features]) -> Preparation:
    """The preparation that `Preparation.description` and `Preparation.arrays` told of. Raises KeyError, ValueError."""
    columns, components = description.columns, None
    if "directions" in arrays:
        directions, explained = np.ascontiguousarray(arrays["directions"]), description.explained_variance
        if explained is None:
            raise ValueError("components of which nothing is described")
        components = Components(directions, arrays["variance"], arrays["divisor"], explained)
    return Preparation(
        Encoding(None if columns is None else tuple(column.encoded() for column in columns), description.divisor),
        Standardisation(arrays["mean"], arrays["scale"]),
        components,
        description.table,
    )


def refuse_overflow(values: NDArray[Any], names: Any, origin: str) -> None:
    """UserError where values (..., features) are not finite, naming the first such feature."""
    infinite = np.flatnonzero(~np.isfinite(values))
    if len(infinite):
        feature = int(infinite[0]) % values.shape[-1]
        named = repr(names[feature]) if names is not None else f"number {feature} (counted from 0)"
        raise UserError(
            f"{origin}: feature {named} holds values too large for 32-bit floating point. Give it in larger units."
        )


def _narrow(x: Features) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        return x.astype(np.float32)
