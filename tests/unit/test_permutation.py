"""The permutation control: real structure is told from shuffled labels, and chance is not taken for structure."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mindgap.data.prepared import Split
from mindgap.errors import UserError
from mindgap.params.run import Model, RunSpec, Train
from mindgap.results.check import Check, GateResult
from mindgap.results.level import Level
from mindgap.stages.check import check
from mindgap.stages.gates import GATES, Case, permutation
from mindgap.stages.search import collect
from mindgap.stages.trials import run_trials
from tests.conftest import TARGET, curve, write_data

LEVEL = {
    "space": {"learning_rate": {"log_uniform": [0.01, 0.3]}, "hidden": {"categorical": [[4], [8]]}},
    "sampler": "random",
    "epochs": 4,
    "trials": 4,
}


def plain(**train: Any) -> dict[str, Any]:
    """A linear model's run."""
    spec = RunSpec(model=Model(hidden=()), train=Train(**{"epochs": 3, "batch_size": 20, **train}), seed=0)
    return spec.model_dump(mode="json")


def params(rounds: int = 19, level: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    own = {"rounds": rounds, "objective": "val_accuracy", "run": plain(), "level": level}
    return {"run": plain(), "on_failure": "stop", "permutation": {**own, **given}}


def ask(folder: Path, train: Split, val: Split, params: dict[str, Any], outputs: int = 3) -> GateResult:
    write_data(folder, {"train": train, "val": val}, None if train.y.dtype.kind == "i" else TARGET)
    run = RunSpec.model_validate(params["run"])
    return GATES["permutation"].ask(Case(run, train, train, outputs, params, folder))


def noise(rows: int, seed: int) -> Split:
    """Features that say nothing of two classes of equal size, each set of them another."""
    random = np.random.default_rng([seed, rows])
    return Split(random.normal(size=(rows, 2)).astype(np.float32), random.permutation(np.arange(rows) % 2))


@pytest.mark.parametrize("level", [LEVEL, None])
def test_labels_that_go_with_the_features_are_better_than_all_shuffled_ones(tmp_path, train, val, level):
    found = ask(tmp_path, train, val, params(level=level))
    assert (found.passed, found.measured) == (True, 1 / 20)
    assert len(found.figures["shuffled"]) == 19
    assert found.figures["score"] > max(found.figures["shuffled"])
    assert found.figures["trials"] == (4 if level else 1)


def test_targets_that_go_with_the_features_are_better_than_all_shuffled_ones(tmp_path):
    run = plain(loss="mse", learning_rate=0.01, epochs=10)
    found = ask(tmp_path, curve(200), curve(80), params(run=run, objective="val_rmse"), outputs=1)
    assert found.measured == 1 / 20
    assert 10 < found.figures["score"] < min(found.figures["shuffled"])  # in units of the target, as sd 20 is


def test_it_is_the_score_of_the_best_of_the_searchs_first_trials(tmp_path, train, val):
    found = ask(tmp_path, train, val, params(level=LEVEL, objective="val_loss"))
    level = {**LEVEL, "name": "coarse", "index": 0, "objective": "val_loss"}
    run_trials({"run": plain(), "level": level, "slice": [0, 4]}, tmp_path, None, tmp_path)
    collect({"run": plain(), "level": level, "keep": 0.2, "margin": 0.05}, [tmp_path], None, tmp_path)
    assert found.figures["score"] == Level.read(tmp_path).best.value


def test_where_labels_are_chance_each_p_is_as_likely(tmp_path):
    found = []
    for seed in range(60):
        run = {**plain(epochs=1), "seed": seed}
        asked = params(run=run, objective="val_loss")
        found.append(ask(tmp_path, noise(40, seed), noise(20, seed), asked, outputs=2).measured)
    p = np.array(found)
    assert abs(p.mean() - 0.525) < 0.1  # of 1/20, 2/20, ... 1
    assert (p <= 0.05).mean() <= 0.12
    assert 0.12 <= (p <= 0.25).mean() <= 0.38


def test_equal_class_sizes_in_both_splits_are_no_structure(tmp_path):
    """Shuffled over both splits, a class with more training rows had fewer validation rows, and the real labels won."""
    train, val = (Split(np.zeros((rows, 2), np.float32), np.arange(rows) % 2) for rows in (60, 40))
    found = ask(tmp_path, train, val, params(), outputs=2)
    assert set(found.figures["shuffled"]) == {found.figures["score"]} == {0.5}
    assert (found.passed, found.measured) == (False, 1.0)  # ties count against


def test_it_is_determined_and_more_shuffles_begin_with_the_same(tmp_path, train, val):
    few, again, more = (ask(tmp_path, train, val, params(rounds)) for rounds in (19, 19, 24))
    assert few == again
    assert more.figures["shuffled"][:19] == few.figures["shuffled"]
    other = ask(tmp_path, train, val, params(run={**plain(), "seed": 1}))
    assert other.figures["shuffled"] != few.figures["shuffled"]


def test_only_the_first_rows_count(tmp_path, train, val, monkeypatch):
    monkeypatch.setattr(permutation, "TRAIN_ROWS", 40)
    monkeypatch.setattr(permutation, "VAL_ROWS", 20)
    whole = ask(tmp_path, train, val, params())
    first = [replace(split, x=split.x[:rows], y=split.y[:rows]) for split, rows in ((train, 40), (val, 20))]
    assert ask(tmp_path, *first, params()) == whole
    assert (whole.figures["train_rows"], whole.figures["val_rows"]) == (40, 20)


def test_what_diverges_counts_as_the_worst(tmp_path, train, val):
    result = ask(tmp_path, train, val, params(run=plain(learning_rate=1e6)))
    Check((result,)).write(tmp_path)
    assert Check.read(tmp_path).gates == (result,)
    assert result.figures["shuffled"] == (None,) * 19
    assert (result.passed, result.measured) == (False, 1.0)
    said = GATES["permutation"].explanation(result)
    assert "diverged with the real labels, diverged with shuffled ones: better than 0 of 19" in said


def test_a_real_score_is_better_than_shuffled_runs_that_diverged(tmp_path, train, val, monkeypatch):
    trained = permutation.train_runs

    def diverging(specs, rows, *rest):
        shuffled = not np.array_equal(rows.y, train.y)
        return trained([spec.vary({"learning_rate": 1e6}) if shuffled else spec for spec in specs], rows, *rest)

    monkeypatch.setattr(permutation, "train_runs", diverging)
    result = ask(tmp_path, train, val, params())
    assert result.figures["shuffled"] == (None,) * 19
    assert (result.passed, result.measured) == (True, 1 / 20)


def test_chance_stops_the_study_or_is_warned_of(tmp_path):
    write_data(tmp_path, {"train": noise(60, 0), "val": noise(30, 0)})
    chance = params()
    with pytest.raises(
        UserError,
        match=r"permutation: Can the study learn more from these labels than from shuffled ones\? Measured 0\.\d+, "
        r"expected a p of at most 0\.05\. Validation accuracy \(%\): [\d.]+ with the real labels, "
        r"[\d.]+ to [\d.]+ with shuffled ones: better than \d+ of 19\.",
    ):
        check(chance, tmp_path, tmp_path)
    check({**chance, "on_failure": "warn"}, tmp_path, tmp_path)
    gates = {gate.name: gate.passed for gate in Check.read(tmp_path).gates}
    assert list(gates) == ["first_loss", "gradient", "memory", "penalty", "permutation"]
    assert not gates["permutation"]


FIGURES = {"trials": 8, "epochs": 8, "train_rows": 1077, "val_rows": 360, "as_good": 0}


@pytest.mark.parametrize(
    ("objective", "score", "shuffled", "said"),
    [
        (
            "val_accuracy",
            0.9441,
            (0.0811, 0.1, 0.1333),
            "Validation accuracy (%): 94.4 with the real labels, 8.1 to 13.3",
        ),
        ("val_rmse", 54321.4, (70000.0, 71000.0), "Validation RMSE: 54321 with the real labels, 70000 to 71000 with"),
        (
            "val_r2",
            0.4861,
            (-0.0712, None, -0.01),
            "0.486 with the real labels, −0.0712 to −0.01 with shuffled ones (1 di",
        ),
        ("val_loss", 0.25, (2.3, 2.3), "Validation loss: 0.25 with the real labels, 2.3 with shuffled ones: better"),
    ],
)
def test_scores_are_written_as_their_metric_is(objective, score, shuffled, said):
    figures = {**FIGURES, "objective": objective, "score": score, "shuffled": shuffled}
    text = GATES["permutation"].explanation(GateResult("permutation", 0.05, 0.05, True, figures))
    assert said in text
    assert f"better than all {len(shuffled)}. That is of the best of 8 trials" in text
