"""Laws of tables: what is written as delimited text is read back; centred columns are harmless."""

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mindgap.data.sources.csv import load
from mindgap.data.standardisation import fit_standardisation
from mindgap.params.preprocess import Preprocess
from mindgap.params.sources.csv import Csv

NUMBERS = st.floats(-1e30, 1e30)
# Letters first, so that no text is a number or one of the words for a missing cell; then what needs quotes.
TEXTS = st.text("abc,;|\t\"'\n é", max_size=8).map(lambda text: f"text {text}".strip())


@given(st.lists(st.tuples(NUMBERS, TEXTS, TEXTS), min_size=1, max_size=20), st.sampled_from(",;|\t"))
def test_a_written_table_is_read_back(rows: list[tuple[float, str, str]], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("size", "colour", "kind"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(text.getvalue().encode())
        raw = load(Csv(source="csv", path=str(path), delimiter=delimiter), seed=0)
    assert raw.x[:, 0].tolist() == [row[0] for row in rows]
    assert raw.columns is not None
    categories = raw.columns[1].categories or ()
    assert [categories[int(position)] for position in raw.x[:, 1]] == [row[1] for row in rows]
    assert [raw.classes[position] for position in raw.y] == [row[2] for row in rows]


@given(st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=30), st.floats(-1e15, 1e15))
def test_standardised_columns_are_finite_and_constant_ones_zero(values: list[float], constant: float) -> None:
    x = np.column_stack([values, np.full(len(values), constant)])
    fitted, _ = fit_standardisation(x.__getitem__, len(x), Preprocess(), None)
    result = fitted.apply(x)
    assert np.isfinite(result).all()
    assert (result[:, 1] == 0.0).all()
