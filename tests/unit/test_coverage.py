"""Whole studies of fresh data: their intervals hold the truth; of random labels they say that nothing was learned."""

import re
from dataclasses import replace

import pytest

from mindgap.stages.verdict import verdict
from tests.benchmarks.coverage import RANDOM, SETTINGS, study
from tests.driver import ROOT

POINTS, REGRESSION = SETTINGS[0], next(setting for setting in SETTINGS if setting.name == "regression")


@pytest.mark.parametrize(("setting", "metric"), [(POINTS, "accuracy"), (REGRESSION, "r2")])
def test_intervals_of_whole_studies_hold_what_networks_truly_reach(setting, metric):
    found = [study(setting, number) for number in range(50)]
    for held in (
        [one.evaluation.metrics["test"][metric].holds(one.fresh[metric]) for one in found],
        [one.evaluation.test_gap[metric].holds(one.learned[metric] - one.fresh[metric]) for one in found],
        [
            one.evaluation.advantage["linear"][metric].holds(one.fresh[metric] - one.baselines["linear"][metric])
            for one in found
        ],
    ):
        assert sum(held) >= 44  # of 50: fewer would be had in 1 of 100 cases, were it 95 in 100


def test_of_random_labels_a_study_says_that_nothing_was_learned():
    labels = [verdict(study(RANDOM, number).evaluation).label for number in range(40)]
    assert labels.count("learned nothing") >= 38


def test_of_labels_with_a_pattern_no_study_says_so():
    searched = replace(POINTS, params=RANDOM.params)
    assert "learned nothing" not in {verdict(study(searched, number).evaluation).label for number in range(10)}


def test_what_is_documented_of_statistics_is_all_there():
    text = (ROOT / "docs/statistics.md").read_text()
    assert not re.search("^[A-Z ]+$", text, re.MULTILINE)
    assert text.count("| points, 300 rows, 3 seeds | accuracy |") == 1
