"""Work: what a training costs, and how trainings are cut into jobs."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mindgap.params.data import Data
from mindgap.params.run import RunSpec
from mindgap.params.work import SECOND, SECONDS, Shape, multiply_adds, networks_a_job, shape_of


def spec(**train):
    return RunSpec.of({"model": {"hidden": [20]}, "train": {}, "seed": 0}, train)


def data(**params):
    return TypeAdapter(Data).validate_python(params)


def test_work_is_three_products_a_weight_and_row_and_a_share_for_each_step():
    weights = 5 * 20 + 20 * 10
    assert multiply_adds(spec(batch_size=30), Shape(100, 5), 7) == 7 * (3 * weights * 100 + 4 * 2**18)
    assert multiply_adds(spec(batch_size=None), Shape(100, 5), 1) == 3 * weights * 100 + 2**18


def test_the_shape_is_known_but_for_files_of_which_it_is_guessed_by_size(tmp_path):
    assert shape_of(data(source="digits")) == (1078, 64, (8, 8, 1))
    assert shape_of(data(source="mnist", val_fraction=0.1, train_rows=4000)) == (4000, 784, (28, 28, 1))
    assert shape_of(data(source="synthetic", rows=100)) == (60, 2, None)
    (tmp_path / "a.csv").write_bytes(b"0" * 128_000)
    assert shape_of(data(source="csv", path=str(tmp_path / "a.csv"))) == (600, 32, None)


@pytest.mark.parametrize(
    ("count", "seconds", "size"),
    [
        (64, 0.02, 16),  # four jobs
        (96, 0.02, 16),  # more trials leave jobs as they are
        (15, 0.1, 4),
        (15, 1e-4, 64),  # one job: more would only begin and end
        (64, 3.0, 1),  # as long as a job may take
        (10_000, 1e-4, 64),
        (10_000, 0.1, 32),  # some hundred jobs, though each takes 3 s
        (10_000, 100.0, 32),
        (1, 1e-4, 64),
    ],
)
def test_networks_of_a_job_follow_from_their_number_and_work(count, seconds, size):
    assert networks_a_job(count, seconds * SECOND) == size


@given(count=st.integers(1, 100_000), seconds=st.floats(1e-6, 1e6))
def test_there_are_never_more_than_some_hundred_jobs_and_none_is_long_but_for_that(count, seconds):
    size = networks_a_job(count, seconds * SECOND)
    jobs = ceil(count / size)
    assert jobs <= 512
    assert size == 1 or size * seconds <= SECONDS[1] or jobs > 128
