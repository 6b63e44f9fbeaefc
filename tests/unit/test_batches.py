"""Batches and draws: what networks of the same origin share, and what those of different ones have of their own."""

from itertools import product

import numpy as np
import pytest

from mindgap.params.run import Model
from mindgap.streams import EpochDraws, Origins, stream
from mindgap.training.batches import FEWEST, Batches, Rows, fewest_rows, joined

X, Y = np.arange(46, dtype=np.float32).reshape(23, 2), np.arange(23)
MIXED = [(0, 1), (7, 0), (0, 1), (0, 2)]


NORMALIZED = Model(hidden=(4,), normalization="batch")


def batches(origins: list[tuple[int, int]], asked: int | None = 5, **given) -> list:
    made = Batches([Rows(X, Y, **given)], asked, Origins(origins))
    return [batch._replace(x=batch.x.copy()) for batch in made.epoch(3)]


def shift_by_draw(x: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """An augmentation."""
    return x + np.float32(random.random())


@pytest.mark.parametrize("asked", [1, 5, 23, 100, None])
def test_each_row_comes_once_an_epoch_with_its_target_and_weight(asked):
    found = batches([(0, 0)], asked, weights=Y / 2)
    np.testing.assert_array_equal(np.sort(np.concatenate([batch.targets for batch in found])), Y)
    for batch in found:
        np.testing.assert_array_equal(batch.x, X[batch.targets])
        np.testing.assert_array_equal(batch.weights, batch.targets / 2)


def test_networks_of_one_origin_share_their_batches():
    for batch, alone in zip(batches([(0, 1)] * 3), batches([(0, 1)]), strict=True):
        assert batch.x.shape == (len(batch.targets), 2)
        np.testing.assert_array_equal(batch.x, alone.x)


@pytest.mark.parametrize("augment", [None, shift_by_draw])
@pytest.mark.parametrize("origins", [MIXED, MIXED[1:]])
def test_networks_of_different_origins_have_the_batches_that_each_would_have_alone(origins, augment):
    alone = [batches([origin], weights=Y / 2, augment=augment) for origin in origins]
    for number, batch in enumerate(batches(origins, weights=Y / 2, augment=augment)):
        for network, own in enumerate(alone):
            for part, expected in zip(batch, own[number], strict=True):
                np.testing.assert_array_equal(part[network], expected)


@pytest.mark.parametrize("augment", [None, shift_by_draw])
@pytest.mark.parametrize("origins", [MIXED, MIXED[1:]])
def test_origins_with_data_of_their_own_have_the_batches_that_each_would_have_alone(origins, augment):
    different = list(dict.fromkeys(origins))
    rows = [Rows(X + place, Y * (place + 1), Y / (place + 2), augment) for place in range(len(different))]
    made = Batches(rows, 5, Origins(origins))
    alone = [Batches([rows[different.index(origin)]], 5, Origins([origin])).epoch(3) for origin in origins]
    for batch, *own in zip(made.epoch(3), *alone, strict=True):
        for network, expected in enumerate(own):
            for part, wanted in zip(batch, expected, strict=True):
                np.testing.assert_array_equal(part[network], wanted)


def test_full_batches_are_counted_and_so_are_all():
    made = [Batches([Rows(X, Y)], asked, Origins([(0, 0)])) for asked in (5, 23, None)]
    assert [(one.size, one.full, one.steps) for one in made] == [(5, 4, 5), (23, 1, 1), (23, 1, 1)]


@pytest.mark.parametrize(
    ("rows", "asked", "sizes"),
    [
        (64, 32, [32, 32]),
        (65, 32, [32, 33]),
        (71, 32, [32, 39]),
        (72, 32, [32, 32, 8]),
        (33, 32, [33]),
        (5, 32, [5]),
        (1, 32, [1]),
        (5, None, [5]),
        (7, 2, [2, 2, 3]),
        (11, 4, [4, 7]),
    ],
)
def test_a_last_batch_too_small_for_its_variance_joins_the_one_before(rows, asked, sizes):
    x = np.arange(2.0 * rows).reshape(rows, 2)
    made = Batches([Rows(x, np.arange(rows))], asked, Origins([(0, 0)]), fewest_rows(NORMALIZED))
    found = [batch._replace(x=batch.x.copy()) for batch in made.epoch(1)]
    assert [len(batch.targets) for batch in found] == sizes
    assert (made.size, made.steps, made.full) == (max(sizes), len(sizes), sum(s >= sizes[0] for s in sizes))
    plain = Batches([Rows(x, np.arange(rows))], asked, Origins([(0, 0)])).epoch(1)
    np.testing.assert_array_equal(
        np.concatenate([batch.x for batch in found]), np.concatenate([batch.x.copy() for batch in plain])
    )


@pytest.mark.parametrize("name", ["none", "layer", "group", "instance"])
def test_batches_without_statistics_over_rows_are_as_they_were_asked_for(name):
    assert fewest_rows(Model(hidden=(4,), normalization=name)) == 1
    assert fewest_rows(Model(hidden=(), normalization="batch")) == 1
    assert fewest_rows(NORMALIZED) == FEWEST
    assert [joined(asked, 33, 1) for asked in (1, 2, 32, None)] == [0, 0, 0, 0]


@pytest.mark.parametrize("kind", ["uniform", "normal"])
@pytest.mark.parametrize("origins", [MIXED, MIXED[1:], [(0, 1), (0, 1)]])
def test_each_origin_draws_once_as_it_would_alone_and_goes_on_from_batch_to_batch(origins, kind):
    together = EpochDraws(Origins(origins), epoch=2)
    alone = [EpochDraws(Origins([origin]), epoch=2) for origin in origins]
    for part, rows in ((0, 5), (1, 5), (0, 3)):
        found = getattr(together, kind)(part, rows, 4)
        assert found.dtype == np.float32
        for network, own in enumerate(alone):
            expected = getattr(own, kind)(part, rows, 4)
            np.testing.assert_array_equal(np.broadcast_to(found, (len(origins), rows, 4))[network], expected)


def test_a_part_of_a_network_does_not_shift_the_draws_of_another():
    one, other = (EpochDraws(Origins([(0, 0)]), epoch=1) for _ in range(2))
    one.uniform(0, 9, 9)
    np.testing.assert_array_equal(one.normal(1, 2, 2), other.normal(1, 2, 2))


def first(purpose: str = "init", **arguments: int) -> int:
    """The first draw of a stream."""
    return int(stream(purpose, **arguments).integers(2**63))


def test_no_two_streams_share_their_draws_however_large_their_numbers():
    large = [0, 1, 2, 5, 2**32 - 1, 2**32, 2**32 + 1, 2**32 + 5, 2**33, 2 * 2**32 + 5, 2**63 - 1]
    small = [0, 1, 2, 2**32 - 1]
    both = product(["init", "shuffle"], large, large, small, small)
    draws = [first(purpose, seed=s, replicate=r, epoch=e, part=p) for purpose, s, r, e, p in both]
    assert len(set(draws)) == len(draws)


@pytest.mark.parametrize(("seed", "replicate"), [(0, 0), (7, 0), (0, 3), (2**32 - 1, 2**32 - 1)])
@pytest.mark.parametrize(("epoch", "part", "key"), [(0, 0, (2, 0)), (4, 0, (2, 4)), (4, 3, (2, 4, 3))])
def test_streams_of_small_numbers_are_those_of_the_numbers_as_they_stand(seed, replicate, epoch, part, key):
    plain = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, replicate], spawn_key=key)))
    assert first(seed=seed, replicate=replicate, epoch=epoch, part=part) == plain.integers(2**63)


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"seed": 2**64}, {"replicate": 2**64}, {"epoch": 2**32}, {"part": 2**32}, {"part": -1}]
)
def test_a_stream_that_could_be_another_is_refused(wrong):
    with pytest.raises(ValueError, match=str(*wrong.values())):
        stream("init", **({"seed": 0} | wrong))
