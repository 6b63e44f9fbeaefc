"""Tests of the source `breast_cancer`."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer

from mindgap.data.raw import Raw
from mindgap.data.sources.breast_cancer import load
from mindgap.params.sources.breast_cancer import BreastCancer


@pytest.fixture
def raw() -> Raw:
    return load(BreastCancer(source="breast_cancer"), seed=0)


def test_rows_are_those_of_scikit_learn(raw: Raw) -> None:
    bunch = load_breast_cancer()
    assert np.array_equal(raw.x, bunch.data)
    assert np.array_equal(raw.y, bunch.target)
    assert raw.classes == tuple(bunch.target_names)
    assert raw.feature_names == tuple(bunch.feature_names)


def test_what_is_published_of_the_data_holds(raw: Raw) -> None:
    # UCI's description of the data set: 569 rows, of which 357 are benign; the first is malignant, of radius 17.99.
    assert (raw.x.shape, np.bincount(raw.y).tolist()) == ((569, 30), [212, 357])
    assert (raw.x[0, 0], raw.classes[raw.y[0]]) == (17.99, "malignant")
