"""Tests of augmentation: exact where no pixel lies between two, within its extents, and as of the raw images."""

import numpy as np
import pytest

from mindgap.data.prepared import Pixels
from mindgap.errors import UserError
from mindgap.params.augment import Augment
from mindgap.training.augmentation import (
    TRANSFORMS,
    Augmentation,
    Elastic,
    Points,
    Rotation,
    augmentation_of,
    mirror,
    move,
    pixel_centres,
    resample,
    smoothing,
    turn,
)

ALL = Augment(shift=2, rotation=20, flip=0.5, elastic_alpha=10, elastic_sigma=2)
EACH = [
    Augment(shift=2),
    Augment(rotation=20),
    Augment(flip=0.5),
    Augment(elastic_alpha=10),
]


def images(rows: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(0).random((rows, *shape), dtype=np.float32)


def plain(params: Augment, *shape: int) -> Augmentation:
    """For pixels that preparation left as they are."""
    height, width, channels = shape
    features = height * width * channels
    zeros = np.zeros(features, np.float32)
    found = augmentation_of(params, Pixels((height, width, channels), zeros, zeros + 1))
    assert found is not None
    return found


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_points_that_did_not_move_give_the_same_bits() -> None:
    x = images(4, 5, 6, 3)
    assert np.array_equal(resample(x, pixel_centres(5, 6)), x)


def test_a_shift_by_whole_pixels_is_exact_and_brings_in_zeros() -> None:
    x = images(2, 5, 6, 2)
    moved = resample(x, move(pixel_centres(5, 6), np.array([1, 0]), np.array([-2, 0])))
    assert np.array_equal(moved[0, 1:, :-2], x[0, :-1, 2:])
    assert not moved[0, 0].any()
    assert not moved[0, :, -2:].any()
    assert np.array_equal(moved[1], x[1])


def test_between_pixels_the_neighbours_weigh_by_nearness() -> None:
    x = np.array([4.0, 8.0, 0.0], np.float32).reshape(1, 1, 3, 1)
    moved = resample(x, move(pixel_centres(1, 3), np.array([0.0]), np.array([0.25])))
    # New pixel j lies at 3/4 of the way from old pixel j - 1 to old pixel j: 0.75 x 4, 0.25 x 4 + 0.75 x 8, 0.25 x 8.
    assert moved.ravel().tolist() == [3.0, 7.0, 2.0]


def test_what_leaves_the_image_leaves_nothing() -> None:
    far = np.array([1e6])
    assert not resample(images(1, 4, 4, 1), move(pixel_centres(4, 4), far, -far)).any()


def test_a_mirror_image_is_exact_left_for_right() -> None:
    x = images(2, 3, 4, 2)
    mirrored = resample(x, mirror(pixel_centres(3, 4), np.array([True, False])))
    assert np.array_equal(mirrored, np.stack([x[0, :, ::-1], x[1]]))


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("side", [4, 5])
def test_quarter_turns_of_a_square_image_only_reorder_its_pixels(quarters: int, side: int) -> None:
    x = images(1, side, side, 2)
    turned = resample(x, turn(pixel_centres(side, side), np.array([90.0 * quarters])))
    assert np.allclose(turned[0], np.rot90(x[0], quarters), atol=1e-5)


def test_a_half_turn_of_any_image_reverses_it() -> None:
    x = images(1, 4, 7, 1)
    assert np.allclose(resample(x, turn(pixel_centres(4, 7), np.array([180.0])))[0], x[0, ::-1, ::-1], atol=1e-5)


def test_one_resampling_stands_for_a_turn_followed_by_a_shift() -> None:
    x = images(1, 5, 5, 1)
    points = turn(move(pixel_centres(5, 5), np.array([0]), np.array([1])), np.array([90.0]))
    moved = resample(x, points)[0]
    assert np.allclose(moved[:, 1:], np.rot90(x[0])[:, :-1], atol=1e-5)
    assert np.allclose(moved[:, 0], 0.0, atol=1e-5)


@pytest.mark.parametrize("params", [*EACH, ALL])
def test_equal_generators_give_equal_bits_and_others_do_not(params: Augment) -> None:
    x = images(40, 75)
    augmentation = plain(params, 5, 5, 3)
    changed = augmentation(x, random())
    assert np.array_equal(changed, augmentation(x, random()))
    assert not np.array_equal(changed, augmentation(x, random(1)))
    assert (changed.shape, changed.dtype) == (x.shape, np.float32)


def test_the_batch_itself_is_not_written_to() -> None:
    x = images(4, 16)
    before = x.copy()
    plain(ALL, 4, 4, 1)(x, random())
    assert np.array_equal(x, before)


def test_every_image_of_a_large_batch_is_changed_by_a_draw_of_its_own() -> None:
    x = np.repeat(images(1, 784), 40, axis=0)
    changed = plain(Augment(rotation=20), 28, 28, 1)(x, random())
    assert len(np.unique(changed, axis=0)) == 40


def test_channels_move_together() -> None:
    grey = images(30, 6, 6, 1)
    colour = np.repeat(grey, 3, axis=3)
    alone = plain(ALL, 6, 6, 1)(grey.reshape(30, -1), random()).reshape(30, 6, 6, 1)
    together = plain(ALL, 6, 6, 3)(colour.reshape(30, -1), random()).reshape(30, 6, 6, 3)
    assert np.array_equal(together, np.repeat(alone, 3, axis=3))


def test_shifts_reach_every_whole_pixel_of_their_range_and_none_beyond() -> None:
    x = np.zeros((600, 7, 7), np.float32)
    x[:, 3, 3] = 1.0
    moved = plain(Augment(shift=2), 7, 7, 1)(x.reshape(600, 49), random())
    lit = {(int(place) // 7 - 3, int(place) % 7 - 3) for place in moved.argmax(axis=1)}
    assert lit == {(down, right) for down in range(-2, 3) for right in range(-2, 3)}
    assert np.array_equal(np.sort(moved, axis=1)[:, -2:], np.tile([0.0, 1.0], (600, 1)))


def test_angles_fill_their_range_and_none_lies_beyond() -> None:
    points = Rotation(Augment(rotation=15), 5, 5).draw(pixel_centres(5, 5), 2000, random())
    angles = np.rad2deg(np.arctan2(points.down[:, 2, 4], points.right[:, 2, 4]))
    assert np.abs(angles).max() <= 15.0001
    assert np.histogram(angles, bins=10, range=(-15, 15))[0].min() > 140


def test_half_of_the_images_are_mirrored_at_a_probability_of_a_half() -> None:
    x = np.tile(np.array([1.0, 0.0], np.float32), (10_000, 1))
    mirrored = plain(Augment(flip=0.5), 1, 2, 1)(x, random())[:, 1]
    # Four standard deviations of the mean of 10,000 coins.
    assert abs(mirrored.mean() - 0.5) < 0.02
    assert plain(Augment(flip=1.0), 1, 2, 1)(x, random())[:, 1].all()


def test_elastic_moves_have_mean_zero_and_the_deviation_of_their_formula() -> None:
    zero = Points(np.zeros((1, 40, 40), np.float32), np.zeros((1, 40, 40), np.float32))
    moves = Elastic(Augment(elastic_alpha=34, elastic_sigma=4), 40, 40).draw(zero, 400, random())
    for field in (moves.down, moves.right):
        inner = field[:, 12:28, 12:28]
        assert abs(inner.std() / (34 / (np.sqrt(12 * np.pi) * 4)) - 1) < 0.05
        # Four standard deviations of the mean of 400 x 40 x 40 draws from -1..1, times alpha.
        assert abs(field.mean()) < 4 * 34 / np.sqrt(3 * 400 * 40 * 40)
        assert np.abs(field).max() < 34
    assert abs(np.corrcoef(moves.down.ravel(), moves.right.ravel())[0, 1]) < 0.05


def test_elastic_moves_of_neighbours_are_alike() -> None:
    zero = Points(np.zeros((1, 40, 40), np.float32), np.zeros((1, 40, 40), np.float32))
    down = Elastic(Augment(elastic_alpha=34, elastic_sigma=4), 40, 40).draw(zero, 200, random()).down[:, 12:28, 12:28]
    # Smoothed noise correlates as exp(-distance^2 / (4 sigma^2)).
    for distance in (1, 4):
        found = np.corrcoef(down[:, :, distance:].ravel(), down[:, :, :-distance].ravel())[0, 1]
        assert abs(found - np.exp(-(distance**2) / 64)) < 0.05


def test_smoothing_keeps_a_constant_away_from_the_border() -> None:
    weights = smoothing(31, 2.0)
    assert abs(weights[15].sum() - 1) < 1e-6
    assert np.array_equal(weights, weights.T)
    assert weights[15, 17] / weights[15, 15] == pytest.approx(np.exp(-0.5))


@pytest.mark.parametrize("params", [*EACH, ALL])
def test_prepared_images_change_as_the_raw_ones_would_before_preparation(params: Augment) -> None:
    raw = images(20, 50)
    mean, scale = raw.mean(axis=0), raw.std(axis=0)
    augmentation = augmentation_of(params, Pixels((5, 5, 2), -mean / scale, scale))
    expected = (plain(params, 5, 5, 2)(raw, random()) - mean) / scale
    assert np.allclose(augmentation((raw - mean) / scale, random()), expected, atol=1e-5)


def test_what_comes_in_from_outside_is_the_background() -> None:
    background = np.arange(9, dtype=np.float32)
    augmentation = augmentation_of(Augment(shift=1), Pixels((3, 3, 1), background, np.ones(9, np.float32)))
    changed = augmentation(np.full((50, 9), 100.0, np.float32), random())
    assert ((changed < 50).sum(axis=1) >= 3).any()
    assert np.isin(changed[changed < 50], background).all()


def test_rows_that_are_no_images_cannot_be_augmented_and_need_not_be() -> None:
    with pytest.raises(UserError, match="only images can be augmented"):
        augmentation_of(ALL, None)
    assert augmentation_of(Augment(), None) is None
    assert augmentation_of(None, None) is None


def test_a_shift_out_of_the_image_is_refused() -> None:
    with pytest.raises(UserError, match=r"augment\.shift: 8 pixels move images of 8x9 out of sight"):
        plain(Augment(shift=8), 8, 9, 1)


def test_every_transform_is_off_unless_its_params_ask_for_it() -> None:
    assert not any(transform.asked(Augment()) for transform in TRANSFORMS)
    assert all(transform.asked(ALL) for transform in TRANSFORMS)
