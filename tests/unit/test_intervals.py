"""Intervals: by hand, at their bounds, and as often right as they say."""

from math import inf, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import norm
from scipy.stats import t as student

from mindgap.intervals import Sample, advantage, by_group, gap, measured, unseen
from mindgap.metrics import METRICS, Chunk, Measured
from mindgap.params.run import Model, RunSpec, Train
from mindgap.results.statistic import Statistic
from mindgap.training.networks import loss_of


def share(hits):
    """An accuracy, from a table of hits (replicates, rows)."""
    rows = np.array(hits, np.float64)
    return Sample.of(rows.mean(axis=1).tolist(), rows, least=0.0, most=1.0)


def mean(values, least=-inf):
    rows = np.array(values, np.float64)
    return Sample.of(rows.mean(axis=1).tolist(), rows, least=least)


def ahead(sample, baseline):
    return advantage(sample, baseline, larger_is_better=True)


def test_a_share_of_one_network_has_wilsons_interval():
    # 8 of 10 rows, z = 1.96: (p + z^2/2n +- z sqrt(p q / n + z^2 / 4 n^2)) / (1 + z^2/n) is .490 to .943 (any table)
    z = 1.959964
    middle, half = (0.8 + z * z / 20) / (1 + z * z / 10), z * sqrt(0.016 + z * z / 400) / (1 + z * z / 10)
    assert (middle - half, middle + half) == pytest.approx((0.490, 0.943), abs=5e-4)
    found = unseen(share([[1] * 8 + [0] * 2]))
    assert (found.mean, found.errors.keys()) == (0.8, {"rows"})
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half), rel=1e-6)


@pytest.mark.parametrize("seeds", [1, 3])
def test_rows_that_are_all_right_leave_the_share_open_downwards(seeds):
    found = unseen(share(np.ones((seeds, 10))))
    assert found.mean == found.high == 1.0
    assert found.low == pytest.approx(1 / (1 + 1.959964**2 / 10), rel=1e-6)  # Wilson: n / (n + z^2)
    none = unseen(share(np.zeros((seeds, 10))))
    assert (none.low, none.high) == pytest.approx((0.0, 1 - found.low))


def test_gaps_and_advantages_of_rows_that_are_all_right_are_open_on_both_sides():
    right = share(np.ones((2, 10)))
    for found in (gap(right, right), ahead(right, share(np.ones((1, 10))))):
        assert found.mean == 0
        assert -1 < found.low < -0.1
        assert 0.1 < found.high < 1


def test_rows_without_skew_have_students_interval():
    rows = [[-2.0, -1.0, 0.0, 1.0, 2.0]]
    half = student.ppf(0.975, 4) * sqrt(2.5 / 5)
    found = unseen(mean(rows))
    assert (found.low, found.high) == pytest.approx((-half, half), rel=1e-3)


def test_seeds_alone_have_students_interval_too():
    # mean 2, s = 1, t(0.975, 2) = 4.302653 (any table): 4.302653 / sqrt(3) = 2.484138
    found = unseen(mean(np.repeat([[1.0], [2.0], [3.0]], 1000, axis=1)))
    assert (found.low, found.high) == pytest.approx((2 - 2.484138, 2 + 2.484138), abs=1e-6)
    assert found.errors == {"seeds": pytest.approx(1 / sqrt(3)), "rows": 0.0}


def test_seeds_and_rows_add_as_squares():
    random = np.random.default_rng(0)
    rows = random.normal(size=(1, 400)) + np.array([[-0.1], [0.1], [0.0], [0.05], [-0.05]])
    found = unseen(mean(rows))
    seeds, over = np.var(rows.mean(axis=1), ddof=1) / 5, np.var(rows.mean(axis=0), ddof=1) / 400
    assert found.errors == {"seeds": pytest.approx(sqrt(seeds)), "rows": pytest.approx(sqrt(over), rel=1e-2)}
    sides = student.ppf(0.975, 4) * sqrt(seeds), student.ppf(0.975, 399) * sqrt(over)
    assert found.high - found.low == pytest.approx(2 * sqrt(sides[0] ** 2 + sides[1] ** 2), rel=1e-2)


def test_what_each_network_makes_of_each_row_is_counted_once():
    table = np.random.default_rng(0).normal(size=(5, 200))  # of no seed and of no row more than of others
    found = unseen(mean(table))
    assert found.errors["rows"] == pytest.approx(1 / sqrt(1000), rel=0.15)
    assert found.errors["seeds"] < 0.5 * found.errors["rows"]


@pytest.mark.parametrize("value", [0.5, 0.1, 1 / 3, log(2), 1e-9, 1e9])
def test_what_never_varies_has_no_interval(value):
    same = mean(np.full((3, 30), value))
    for found in (unseen(same), gap(same, mean(np.full((3, 7), value))), ahead(same, mean(np.full((1, 30), value)))):
        assert (found.low, found.high, found.errors) == (None, None, {})


def test_what_was_learned_and_a_single_row_have_no_interval():
    assert unseen(mean([[0.5]])) == Statistic([0.5], 0.5, None, None, {})
    assert measured([0.5, 0.7]) == Statistic([0.5, 0.7], 0.6, None, None, {})


@given(
    hits=st.integers(1, 6).flatmap(
        lambda seeds: st.lists(st.lists(st.booleans(), min_size=seeds, max_size=seeds), min_size=1, max_size=30)
    ),
    other=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_intervals_hold_their_means_and_keep_to_their_bounds(hits, other):
    table = share(np.array(hits).T)
    baseline = share([other[: len(table.rows)]])
    for found, least in ((unseen(table), 0), (gap(table, table), -1), (ahead(table, baseline), -1)):
        assert least <= found.low <= found.mean + 1e-12
        assert found.mean - 1e-12 <= found.high <= 1
        assert found.high - found.low > 0.01


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=2, max_size=20))
def test_intervals_of_losses_hold_their_means_and_are_not_below_0(rows):
    found = unseen(mean(np.array(rows).T, least=0.0))
    if found.low is not None:
        assert 0 <= found.low <= found.mean * (1 + 1e-9)
        assert found.high >= found.mean * (1 - 1e-9)


def drawn(random, seeds, rows, ease=1.5):
    """Accuracies of networks and of a baseline: rows are hard for all, seeds have luck, each errs in its own way."""
    hard, luck = random.normal(size=rows), 0.2 * random.normal(size=(seeds, 1)) * (seeds > 1)
    networks = ease + hard + luck + 0.5 * random.normal(size=(seeds, rows)) > 0
    return share(networks), share([ease - 0.2 + hard + 0.8 * random.normal(size=rows) > 0])


@pytest.mark.parametrize(
    ("seeds", "rows", "ease"), [(1, 60, 1.5), (2, 60, 1.5), (3, 60, 1.5), (5, 200, 1.5), (5, 360, 2.9), (10, 100, 2.6)]
)
def test_shares_gaps_and_advantages_are_covered_as_often_as_they_say(seeds, rows, ease):
    random = np.random.default_rng(0)
    large = [drawn(random, 50 if seeds > 1 else 1, 1000, ease) for _ in range(500)]
    reached, simple = (float(np.mean([np.mean(pair[which].values) for pair in large])) for which in (0, 1))
    held = {"score": 0, "gap": 0, "advantage": 0}
    for _ in range(1000):
        (train, _), (test, baseline) = drawn(random, seeds, 3 * rows, ease), drawn(random, seeds, rows, ease)
        found = {
            "score": (unseen(test), reached),
            "gap": (gap(train, test), 0.0),
            "advantage": (ahead(test, baseline), reached - simple),
        }
        for name, (statistic, true) in found.items():
            held[name] += statistic.holds(true)
    # Where errors are few (1 in 100 and less), intervals that never shrink to nothing hold more often.
    assert all(925 <= count <= (990 if ease < 2 else 1000) for count in held.values()), held


@pytest.mark.parametrize(("spread", "rows"), [(0.5, 60), (1.0, 60), (1.0, 200)])
def test_means_of_skewed_losses_are_covered_nearly_as_often_as_they_say(spread, rows):
    # a log-normal loss of mean 1: Student's t covers it in .92, .87 and .90 of all cases
    random, held = np.random.default_rng(0), 0
    for _ in range(1000):
        losses = random.lognormal(-(spread**2) / 2, spread, size=(1, rows))
        found = unseen(mean(losses, least=0.0))
        held += found.holds(1.0)
    assert 915 <= held <= 980


def test_the_skewed_interval_is_halls():
    # g the skewness, n = 4: t becomes 3 sqrt(n) / g (cbrt(1 + g (t / sqrt(n) - g / 6n)) - 1), from the definition
    rows = np.array([1.0, 1.0, 1.0, 5.0])
    skewness = np.mean((rows - 2) ** 3) / np.std(rows) ** 3
    t, error = student.ppf(0.975, 3), np.std(rows, ddof=1) / 2

    def bent(x):
        return 6 / skewness * (np.cbrt(1 + skewness * (x / 2 - skewness / 24)) - 1)

    found = unseen(mean([rows]))
    assert (found.low, found.high) == pytest.approx((2 - error * bent(t), 2 - error * bent(-t)))
    assert log(found.high - 2) > log(2 - found.low)


@pytest.mark.parametrize("metric", ["rmse", "r2", "mae"])
def test_metrics_vary_with_their_rows_as_without_each_of_them(metric):
    random = np.random.default_rng(0)
    y = random.gamma(2, size=12).astype(np.float32)
    outputs = (y + 0.5 * random.standard_t(4, size=(2, 12))).astype(np.float32)[..., None]
    loss = loss_of([RunSpec(train=Train(loss="mse"), model=Model(), seed=0)])

    def of(rows):
        kind = METRICS[metric](Measured(2, 1, y[rows], np.array([3.0]), loss))
        return kind, kind.add(Chunk(outputs[:, rows], y[rows], loss))

    kind, added = of(np.arange(12))
    table, value = kind.by_row(added), kind.value(12)
    np.testing.assert_allclose(table.mean(axis=1), value)
    without = np.stack([of(np.delete(np.arange(12), row))[0].value(11) for row in range(12)], axis=1)
    np.testing.assert_allclose(table - value[:, None], 11 * (without.mean(axis=1, keepdims=True) - without), atol=1e-6)


def grouped_sample(random: np.random.Generator, between: float, share: bool) -> tuple[np.ndarray, np.ndarray]:
    """A table of one replicate whose rows come in thirty groups of unequal sizes, each with a mean of its own."""
    group = np.repeat(np.arange(30), random.integers(2, 20, 30))
    own = between * random.normal(size=30)
    if share:
        likely = ndtr(own[group])
        return (random.random(len(group)) < likely).astype(float)[None], group
    return (own[group] + random.normal(size=len(group)))[None], group


@pytest.mark.parametrize(("share", "truth"), [(False, 0.0), (True, 0.5)])
def test_intervals_over_groups_hold_the_truth_where_those_over_rows_do_not(share: bool, truth: float) -> None:
    random, held, held_by_rows = np.random.default_rng(0), 0, 0
    bounds = {"least": 0.0, "most": 1.0} if share else {}
    for _ in range(400):
        table, group = grouped_sample(random, 1.0, share)
        value = [float(table.mean())]
        found = unseen(Sample.of(value, by_group(table, group), **bounds))
        by_rows = unseen(Sample.of(value, table, **bounds))
        assert None not in (found.low, found.high, by_rows.low, by_rows.high)
        held += found.low <= truth <= found.high
        held_by_rows += by_rows.low <= truth <= by_rows.high
    assert 0.91 <= held / 400 <= 0.98
    assert held_by_rows / 400 < 0.8


def test_groups_of_one_row_say_what_rows_say() -> None:
    table = np.random.default_rng(0).normal(size=(3, 50))
    assert np.allclose(by_group(table, np.arange(50)), table)
    assert np.allclose(by_group(table, np.arange(50) % 7).mean(axis=1), table.mean(axis=1))


def test_a_group_counts_by_its_rows() -> None:
    # Two groups of three rows and one: m = 2, G / n = 1/2; the sums of row - m are 0 and 0, or as below.
    assert by_group(np.array([[1.0, 2.0, 3.0, 2.0]]), np.array([0, 0, 0, 1])).tolist() == [[2.0, 2.0]]
    assert by_group(np.array([[3.0, 3.0, 0.0, 2.0]]), np.array([0, 0, 1, 1])).tolist() == [[3.0, 1.0]]


def test_a_group_of_one_class_is_compared_with_that_class() -> None:
    # Classes that weigh alike: a row of the first, which is right, and two of the second, of which one is.
    table, labels, each = np.array([[1.5, 0.75, 0.0]]), np.array([0, 1, 1]), np.arange(3)
    assert by_group(table, each, labels).tolist() == [[0.75, 1.125, 0.375]]
    assert by_group(table, np.array([0, 1, 1]), labels).tolist() == [[0.75, 0.75]]


def wilson(right, rows):
    """How far Wilson's interval of so many right rows reaches below and above."""
    z, share = norm.ppf(0.975), right / rows
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * np.sqrt(share * (1 - share) / rows + (z / (2 * rows)) ** 2)
    return share - middle + half, middle + half - share


def test_classes_that_weigh_alike_are_as_uncertain_as_their_own_rows():
    # 8 of 10 rows of one class and 57 of 60 of the other: the mean of both shares, and half of both reaches
    labels = np.repeat([0, 1], [10, 60])
    right = np.concatenate([np.arange(10) < 8, np.arange(60) < 57]).astype(float)
    weights = np.where(labels == 0, 70 / 20, 70 / 120)
    found = unseen(Sample.of([0.875], (right * weights)[None], least=0, most=1, weights=weights, labels=labels))
    (below, above), (less, more) = wilson(8, 10), wilson(57, 60)
    assert found.low == pytest.approx(0.875 - np.hypot(below, less) / 2)
    assert found.high == pytest.approx(0.875 + np.hypot(above, more) / 2)
    of_one = np.where(labels == 0, 7.0, 0.0)  # the other class does not count
    found = unseen(Sample.of([0.8], (right * of_one)[None], least=0, most=1, weights=of_one, labels=labels))
    assert (0.8 - found.low, found.high - 0.8) == pytest.approx(wilson(8, 10))


def test_what_rests_on_few_rows_is_uncertain_though_all_are_right():
    table = np.ones((1, 500))
    found = unseen(Sample.of([1.0], table, least=0, most=1, counted=10))
    assert found.low == pytest.approx(1 - wilson(10, 10)[0])
    assert unseen(Sample.of([1.0], table, least=0, most=1)).low == pytest.approx(1 - wilson(500, 500)[0])
    ahead = advantage(
        Sample.of([1.0], table, least=0, most=1, counted=10), Sample.of([1.0], table), larger_is_better=True
    )
    assert ahead.high > 0.1
