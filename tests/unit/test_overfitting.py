"""Overfitting is told from noise, and found where it begins."""

import numpy as np
import pytest

from mindgap.stages.overfitting import overfitting_epoch

NOISE = 0.01


def history(val, train=None):
    return {"val_loss": list(val), "train_loss": list(np.linspace(1, 0.1, len(val)) if train is None else train)}


def noisy(curve, random, seeds, carried=0.0):
    """Histories of so many seeds; of its noise each epoch keeps a share from the one before."""
    found = []
    for _ in range(seeds):
        noise = random.normal(size=len(curve))
        for epoch in range(1, len(curve)):
            noise[epoch] = carried * noise[epoch - 1] + (1 - carried**2) ** 0.5 * noise[epoch]
        found.append(history(curve * (1 + NOISE * noise)))
    return found


@pytest.mark.parametrize("seeds", [1, 3, 5])
@pytest.mark.parametrize("epochs", [6, 10, 20, 60])
def test_a_flat_loss_with_noise_is_flagged_in_at_most_5_of_100_runs(seeds, epochs):
    random = np.random.default_rng(0)
    flagged = [overfitting_epoch(noisy(np.full(epochs, 0.3), random, seeds)) for _ in range(200)]
    assert sum(epoch is not None for epoch in flagged) <= 10


@pytest.mark.parametrize(("seeds", "carried"), [(1, 0.5), (2, 0.5), (2, 0.8), (2, 0.95), (5, 0.5), (5, 0.8)])
def test_losses_that_wander_each_seed_its_own_way_are_none(seeds, carried):
    random = np.random.default_rng(1)
    flagged = [overfitting_epoch(noisy(np.full(30, 0.3), random, seeds, carried)) for _ in range(200)]
    assert sum(epoch is not None for epoch in flagged) <= 10


@pytest.mark.parametrize(("seeds", "rise"), [(1, 0.3), (3, 0.1), (3, 0.3)])
def test_a_loss_that_rises_is_found_within_a_few_epochs(seeds, rise):
    random, epochs = np.random.default_rng(2), np.arange(40)
    curve = 0.3 + 0.3 * np.exp(-epochs / 4) + 0.3 * rise * np.maximum(0, epochs - 13) / 27
    found = [overfitting_epoch(noisy(curve, random, seeds)) for _ in range(100)]
    assert None not in found
    assert np.quantile(np.abs(np.array(found) - curve.argmin() - 1), 0.9) <= 4


def test_a_loss_without_noise_overfits_after_its_least():
    falls, rises = np.linspace(3, 1, 11), np.linspace(1, 2, 20)[1:]
    assert overfitting_epoch([history([*falls, *rises])]) == pytest.approx(11, abs=1)


@pytest.mark.parametrize(
    ("val", "train"),
    [
        (np.linspace(3, 1, 30), None),  # it falls
        ([*np.linspace(3, 1, 15), *np.linspace(1, 1.008, 15)], None),  # it rises by less than matters
        ([*np.linspace(3, 1, 15), *np.linspace(1, 2, 15)], np.full(30, 0.5)),  # nothing is learned meanwhile
        ([3, 1, 2, 3, 4], None),  # too few epochs to tell
        ([*np.linspace(3, 1, 15), *[None] * 15], None),  # it ends in no number
    ],
)
def test_what_is_no_overfitting(val, train):
    assert overfitting_epoch([history(val, train)]) is None


def test_seeds_are_compared_as_far_as_all_of_them_ran():
    curve = np.array([*np.linspace(3, 1, 11), *np.linspace(1, 2, 20)[1:]])
    assert overfitting_epoch([history(curve), history(curve[:24])]) == pytest.approx(11, abs=1)
    assert overfitting_epoch([history(curve), history(curve[:11])]) is None
