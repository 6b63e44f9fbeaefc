"""Thresholds and temperatures are those that validation rows like best."""

import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.metrics import balanced_accuracy_score, f1_score

from mindgap.data.prepared import Split
from mindgap.errors import UserError
from mindgap.nn.architecture import Architecture
from mindgap.nn.population import Population
from mindgap.stages.deciding import cool, outputs_of, temperature, threshold, thresholds_of

AIMS = {
    "f1": f1_score,
    "balanced_accuracy": balanced_accuracy_score,
    "costs": lambda y, said: -(10.0 * (y & ~said).sum() + 2.0 * (~y & said).sum()),
}


def margins(rows=60):
    random = np.random.default_rng(3)
    found = random.random(rows) < 0.2
    return random.normal(size=rows) + 1.5 * found - 2, found


@pytest.mark.parametrize("name", AIMS)
def test_no_other_threshold_does_better(name):
    values, found = margins()
    aim = {"missed": 10.0, "false_alarm": 2.0} if name == "costs" else name
    best = AIMS[name](found, values > threshold(values, found, aim))
    every = [AIMS[name](found, values > cut) for cut in (values.min() - 1, *(values + 1e-9))]
    assert best == pytest.approx(max(every))
    assert best > AIMS[name](found, values > 0)


def test_of_thresholds_that_do_as_well_the_one_nearest_to_even_odds_is_taken():
    values = np.array([-4.0, -3.0, 2.0, 3.0])
    assert threshold(values, values > 0, "f1") == 0.0
    assert threshold(values + 4, values > 0, "f1") == pytest.approx(3.5)  # halfway between 1 and 6
    assert threshold(np.zeros(4), values > 0, "balanced_accuracy") == 0.0


def networks(outputs=2):
    found = Population(Architecture((3, outputs)), [0.0, 0.0], 256)
    found.values[:] = np.random.default_rng(0).normal(size=found.values.shape)
    return found


def rows(count=300, classes=2):
    random = np.random.default_rng(1)
    x = random.normal(size=(count, 3)).astype(np.float32)
    return Split(x, random.integers(classes, size=count))


def test_each_network_has_a_threshold_of_its_own_and_three_classes_have_none():
    found, split = networks(), rows()
    cuts = thresholds_of(found, split, "f1")
    for own, cut in zip(outputs_of(found, split), cuts, strict=True):
        assert cut == threshold(own[:, 1].astype(np.float64) - own[:, 0], split.y == 1, "f1")
    with pytest.raises(UserError, match="final.threshold is of two classes, and these data have 3"):
        thresholds_of(networks(3), rows(classes=3), "f1")


def test_a_temperature_has_the_least_log_loss_and_cooled_networks_have_it():
    found, split = networks(3), rows(classes=3)
    outputs = outputs_of(found, split)
    noise = np.random.default_rng(2).gumbel(size=(300, 3))
    split = Split(split.x, (outputs.mean(axis=0) / 2 + noise).argmax(axis=1))
    temperatures = [temperature(own, split.y) for own in outputs]

    def lost(own, heat):
        return -log_softmax(own.astype(np.float64) / heat, axis=1)[np.arange(300), split.y].mean()

    for own, heat in zip(outputs, temperatures, strict=True):
        assert heat > 1  # the labels know half of what these outputs say
        assert lost(own, heat) <= min(lost(own, 0.97 * heat), lost(own, 1.03 * heat))
    cool(found, temperatures)
    expected = outputs / np.array(temperatures, np.float32)[:, None, None]
    np.testing.assert_allclose(outputs_of(found, split), expected, rtol=1e-5, atol=1e-6)
