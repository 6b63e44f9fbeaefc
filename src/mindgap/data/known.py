"""Known columns: the cells of new rows, read by what the column held in training."""

import math

import numpy as np
from numpy.typing import NDArray

from mindgap.data.cells import parse_number
from mindgap.data.columns import Chunk, CodeReader, ColumnReader, Found, Place, Texts
from mindgap.data.dates import parse_date
from mindgap.data.labels import code
from mindgap.data.raw import Column
from mindgap.errors import UserError


def read_known_column(column: Column, chunk: Chunk, place: Place, origin: str) -> NDArray[np.float64]:
    """The cells of new rows as float64 (rows,), by what the column held in training; NaN is missing.

    A category that training did not know is -1. `place` names a row in messages. Raises UserError for infinities, for
    text in a column of numbers, for numbers in a column of categories, for what is not in an order, and for what is no
    date in a column of dates.
    """
    if column.role == "date":
        return _read_dates(column, chunk, place, origin)
    if column.categories is None or not isinstance(chunk, Texts):
        reader = ColumnReader("Correct these cells.")
        values = reader.add(chunk)
        reader.refuse_no_numbers(column.name, place, origin)
        return values
    if column.role == "ordinal":
        ordered = CodeReader(column.categories)
        values = ordered.add(chunk)
        ordered.finish(column.name, place, origin)
        return values
    coded = any(parse_number(category) is not None for category in column.categories)
    odd = Found()
    odd.add(chunk, chunk.spread([number is not None for number in chunk.numbers()]) == 1.0, 0)
    if odd.count and not coded:
        raise UserError(
            f"{origin}: column {column.name!r} held categories in training, such as {column.categories[0]!r}, but here "
            f"numbers: {odd.listed(place, len(chunk.places))}. Correct these cells."
        )
    positions = {category: float(position) for position, category in enumerate(column.categories)}
    return chunk.spread(
        [
            math.nan if gone else positions.get(text, positions.get(code(text), -1.0))
            for text, gone in zip(chunk.distinct, chunk.missing(), strict=True)
        ]
    )


def _read_dates(column: Column, chunk: Chunk, place: Place, origin: str) -> NDArray[np.float64]:
    texts = chunk if isinstance(chunk, Texts) else Texts.of(["" if math.isnan(cell) else str(cell) for cell in chunk])
    days = [parse_date(text) for text in texts.distinct]
    odd = Found()
    wrong = [day is None and not gone for day, gone in zip(days, texts.missing(), strict=True)]
    odd.add(texts, texts.spread(wrong) == 1.0, 0)
    if odd.count:
        raise UserError(
            f"{origin}: column {column.name!r} held dates in training, such as 2024-03-01, but here: "
            f"{odd.listed(place, len(texts.places))}. Correct these cells."
        )
    return texts.spread([math.nan if day is None else day for day in days])
