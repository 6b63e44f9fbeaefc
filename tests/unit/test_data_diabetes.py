"""Tests of the source `diabetes`."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

from mindgap.data.raw import Raw
from mindgap.data.sources.diabetes import load
from mindgap.params.sources.diabetes import Diabetes


@pytest.fixture
def raw() -> Raw:
    return load(Diabetes(source="diabetes"), seed=0)


def test_rows_are_those_of_scikit_learn_in_their_own_units(raw: Raw) -> None:
    bunch = load_diabetes(scaled=False)
    assert np.array_equal(raw.x, bunch.data)
    assert np.array_equal(raw.y, bunch.target)
    assert list(raw.feature_names or ()) == bunch.feature_names


def test_what_the_paper_says_of_the_data_holds(raw: Raw) -> None:
    assert raw.x.shape == (442, 10)
    # The first patient of the paper's table 1: 59 years, sex 2, body mass index 32.1, blood pressure 101, response 151.
    assert (raw.x[0, :4].tolist(), raw.y[0]) == ([59.0, 2.0, 32.1, 101.0], 151.0)
    assert (raw.y.min(), raw.y.max(), raw.classes, raw.target) == (25.0, 346.0, (), "disease progression")


def test_sex_is_coded_by_the_numbers_one_and_two(raw: Raw) -> None:
    assert set(raw.x[:, 1].tolist()) == {1.0, 2.0}
