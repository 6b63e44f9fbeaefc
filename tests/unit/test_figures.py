"""What the figures promise: the same bytes from the same study, text as text, and something for every study."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as Canvas

from mindgap.metrics import METRICS
from mindgap.report.drawing import confusion
from mindgap.report.drawing.draw import draw_all, draw_one
from mindgap.report.drawing.histories import curves
from mindgap.report.drawing.residuals import MOST
from mindgap.report.drawing.scores import ScoreAxis
from mindgap.report.drawing.style import short
from mindgap.report.figures import FIGURES
from mindgap.report.figures.search.search import _drawn
from mindgap.report.numbers import power, ticks
from mindgap.report.shown import compared, shown
from mindgap.report.study import FinishedStudy
from mindgap.results.evaluation import Predictions, SplitPredictions, Statistic
from mindgap.results.level import Importance
from mindgap.results.reliance import Dependence, Reliance
from mindgap.results.run import RunRecord
from mindgap.results.runs import Runs
from tests.unit.finished_runs import SPACES
from tests.unit.finished_study import NASTY, finished_study

NAMES = [name for section in FIGURES.values() for name in section]


@pytest.fixture(scope="module")
def study() -> FinishedStudy:
    return finished_study()


@pytest.fixture(scope="module")
def drawn(study: FinishedStudy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("figures")
    return {figure.name: figure.path.read_text("utf-8") for figure in draw_all(study, folder)}


@pytest.fixture(scope="module")
def regression() -> FinishedStudy:
    return finished_study(task="regression", target="price ($m$)", unit=20.0)


@pytest.fixture(scope="module")
def regressed(regression: FinishedStudy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("figures")
    return {figure.name: figure.path.read_text("utf-8") for figure in draw_all(regression, folder)}


def test_every_promised_figure_is_drawn(drawn: dict[str, str], regressed: dict[str, str]) -> None:
    assert list(drawn) == list(regressed) == NAMES


def test_figures_of_the_same_study_have_the_same_bytes(
    regression: FinishedStudy, regressed: dict[str, str], tmp_path: Path
) -> None:
    again = {figure.name: figure.path.read_text("utf-8") for figure in draw_all(regression, tmp_path)}
    assert again == regressed


def test_drawing_leaves_the_settings_of_matplotlib_alone(study: FinishedStudy, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    draw_all(study, tmp_path)
    assert dict(matplotlib.rcParams) == before


def test_figures_are_well_formed_and_hold_no_script(drawn: dict[str, str], regressed: dict[str, str]) -> None:
    for text in [*drawn.values(), *regressed.values()]:
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()}
        assert "svg" in tags
        assert "script" not in tags


def test_class_names_are_text_and_no_formulas(drawn: dict[str, str]) -> None:
    words = _words(drawn["errors"])
    assert "$x$" in words
    assert short(NASTY) in words


def test_text_is_set_in_the_readers_own_font(drawn: dict[str, str]) -> None:
    for text in drawn.values():
        assert "system-ui" in text
        assert "DejaVu" not in text


def test_figures_refer_to_nothing_outside(drawn: dict[str, str]) -> None:
    for text in drawn.values():
        for element in ElementTree.fromstring(text).iter():
            link = element.get("{http://www.w3.org/1999/xlink}href", "#")
            assert link.startswith(("#", "data:"))


def test_the_search_figure_has_a_panel_for_every_param(drawn: dict[str, str]) -> None:
    assert set(SPACES["coarse"]) <= _words(drawn["search"])


def test_the_confusion_matrix_shows_its_counts(drawn: dict[str, str]) -> None:
    assert {"174", "6", "5", "3", "2", "1"} <= _words(drawn["errors"])


def test_counts_are_legible_on_every_colour_of_the_confusion_matrix(study: FinishedStudy) -> None:
    def luminance(colour: Any) -> float:  # of WCAG 2
        part = np.array(to_rgb(colour))
        return float(
            np.where(part <= 0.03928, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        )

    for right in np.linspace(0, 200, 21, dtype=int).tolist():
        counts = [[right, 200 - right], [200 - right, right]]
        evaluation = replace(study.evaluation, confusion={"test": counts})
        dataset = replace(study.dataset, classes=("no", "yes"))
        panel = confusion.draw(replace(study, evaluation=evaluation, dataset=dataset)).canvas.axes[0]
        image = panel.images[0].get_array()
        for text in panel.texts:
            column, row = text.get_position()
            dark, light = sorted((luminance(text.get_color()), luminance(image[int(row), int(column), :3])))
            assert (light + 0.05) / (dark + 0.05) > 3.5, (right, text.get_text())


def test_a_regression_shows_its_errors_in_the_targets_units(regressed: dict[str, str]) -> None:
    words = _words(regressed["errors"])
    assert {"measured price ($m$)", "predicted price ($m$)", "predicted minus measured"} <= words
    assert "Predicted against measured" in words


def test_a_regression_is_drawn_by_rmse_and_r2_and_a_classification_by_accuracy_and_loss(
    drawn: dict[str, str], regressed: dict[str, str]
) -> None:
    assert _begins(regressed["gap"], "RMSE: gaps −")
    assert _begins(regressed["gap"], "R²: gaps +")
    assert {"Loss", "RMSE of price ($m$)"} <= _words(regressed["learning_curves"])
    assert "validation RMSE" in _words(regressed["search"]) & _words(regressed["expected_best"])
    assert _begins(drawn["gap"], "Accuracy (%): gaps +")
    assert _begins(drawn["gap"], "Loss: gaps −")
    assert {"Accuracy (%)", "Loss"} <= _words(drawn["learning_curves"])


def test_of_many_test_rows_a_thousand_are_drawn_and_all_are_counted(regression: FinishedStudy, tmp_path: Path) -> None:
    measured = np.linspace(0, 1, MOST + 777)
    many = SplitPredictions(np.arange(MOST + 777), measured, np.stack([measured, measured + 9]))
    predicted = replace(regression, predictions=Predictions(val=many, test=many))
    figure = draw_one(predicted, "evaluation", "errors", tmp_path)
    assert "1,000 of the 1,777 test rows" in figure.caption
    assert "all 1,777 rows" in figure.caption
    dots = [e for e in ElementTree.fromstring(figure.path.read_text()).iter() if e.tag.endswith("}use")]
    assert MOST <= len(dots) < MOST + 100


@pytest.mark.parametrize("unit", [1e-30, 0.02, 3e4, 1e30])
def test_a_regression_is_drawn_in_any_unit(tmp_path: Path, unit: float) -> None:
    study = finished_study(task="regression", unit=unit, seeds=2)
    for figure in draw_all(study, tmp_path / "figures"):
        for word in _words(figure.path.read_text("utf-8")):
            assert len(word) < 40


def test_a_linear_regression_of_images_shows_its_weights(tmp_path: Path) -> None:
    study = finished_study(task="regression", hidden=())
    assert "The weights of the one output" in draw_one(study, "evaluation", "weights", tmp_path).caption


@pytest.mark.parametrize("name", ["\x00zero\n", "目標", "\ud800", "]]>&amp;", NASTY, "", "x" * 500], ids=repr)
def test_a_target_of_any_name_is_drawn(tmp_path: Path, name: str) -> None:
    study = finished_study(task="regression", target=name, search=False, image=False, seeds=1)
    draw_one(study, "training", "learning_curves", tmp_path)  # the other one that has it
    errors = draw_one(study, "evaluation", "errors", tmp_path).path.read_text("utf-8")
    assert f"measured {short(name, 32)}".strip() in {word.strip() for word in _words(errors)}


def test_learning_curves_mark_where_overfitting_begins(drawn: dict[str, str]) -> None:
    assert "overfitting from epoch 22" in _words(drawn["learning_curves"])


def test_a_study_without_search_and_images_gets_notes_instead(tmp_path: Path) -> None:
    study = finished_study(search=False, image=False)
    captions = {figure.name: figure.caption for figure in draw_all(study, tmp_path / "figures")}
    assert "no search" in captions["search"]
    assert "no search" in captions["expected_best"]
    assert "not the pixels of images" in captions["weights"]
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == set(NAMES)


def test_a_linear_classifier_of_one_seed_is_drawn(tmp_path: Path) -> None:
    study = finished_study(hidden=(), seeds=1)
    figures = {figure.name: figure for figure in draw_all(study, tmp_path / "figures")}
    assert "no hidden layer" in _words(figures["layers"].path.read_text("utf-8"))
    assert "One tile for each class" in figures["weights"].caption


def test_full_monitors_add_the_activations_and_copied_units(tmp_path: Path) -> None:
    layers = {
        full: draw_one(finished_study(full=full), "training", "layers", tmp_path).path.read_text()
        for full in (False, True)
    }
    more = {"Activations of the first seed, mean ± deviation", "Copied units (%)"}
    assert more <= _words(layers[True])
    assert not more & _words(layers[False])


@pytest.mark.parametrize("model", [{"activation": "maxout", "pieces": 3}, {"normalization": "batch"}], ids=str)
def test_the_first_layers_weights_are_found_in_any_architecture(tmp_path: Path, model: dict[str, Any]) -> None:
    study = finished_study(hidden=(4,), model=model)
    pieces = model.get("pieces", 1)
    first = study.weights[0, : 64 * 4 * pieces].reshape(64, 4 * pieces)
    np.testing.assert_array_equal(study.architecture.views(study.weights)["dense1.weights"][0], first)
    kind = "12 linear pieces of the units" if pieces == 3 else "4 units"
    assert f"All {kind}" in draw_one(study, "evaluation", "weights", tmp_path).caption


BLOCKS = {"convolution": [{"filters": 5, "padding": 1}, {"filters": 3, "kernel": 2, "pool": None}]}


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_filters_their_maps_and_what_excites_them_are_drawn_by_their_numbers(tmp_path: Path, activation: str) -> None:
    study = finished_study(model={**BLOCKS, "activation": activation}, hidden=(4,), seeds=2, full=True)
    figures = {figure.name: figure for figure in draw_all(study, tmp_path)}
    words = {name: _words(figures[name].path.read_text("utf-8")) for name in figures}
    assert {"block 1: maps of 8 × 8", "block 2: maps of 3 × 3", "1", "5"} <= words["feature_maps"]
    assert {"block 1: a filter sees 3 × 3 of 8 × 8 pixels", "block 2: a filter sees 6 × 6 of 8 × 8 pixels"} <= words[
        "features"
    ]
    assert {"filter 1", "filter 5", "random weights"} <= words["features"]
    assert {"block 1", "block 2", "hidden layer 1", "output layer", "Dead filters and units (%)"} <= words["layers"]
    assert "Copied filters and units (%)" in words["layers"]
    assert "All 5 filters" in figures["weights"].caption


def test_maxout_has_filters_and_maps_and_no_way_back(tmp_path: Path) -> None:
    study = finished_study(model={**BLOCKS, "activation": "maxout"}, hidden=(4,), seeds=1)
    figures = {figure.name: figure for figure in draw_all(study, tmp_path)}
    assert "All 10 linear pieces of the filters" in figures["weights"].caption
    assert figures["feature_maps"].applies
    assert not figures["features"].applies


def test_filters_that_nothing_excites_are_told(tmp_path: Path) -> None:
    study = finished_study(model=BLOCKS, hidden=(4,), seeds=1)
    views = study.architecture.views(study.weights)
    views["convolution2.weights"][..., 1] = 0
    features = draw_one(study, "evaluation", "features", tmp_path)
    assert "no image excites, which are left out: 0 of 5 in block 1, 1 of 3 in block 2." in features.caption
    drawn = features.path.read_text("utf-8")
    assert (drawn.count(">filter 1<"), drawn.count(">filter 2<")) == (2, 1)
    maps = draw_one(study, "evaluation", "feature_maps", tmp_path)
    assert "which are left out: 0 of 5 in block 1, 1 of 3 in block 2." in maps.caption
    views["convolution1.bias"][:] = -1e3
    assert "5 of 5 in block 1, 3 of 3 in block 2." in draw_one(study, "evaluation", "features", tmp_path).caption
    assert "5 of 5 in block 1" in draw_one(study, "evaluation", "feature_maps", tmp_path).caption


def test_a_network_of_filters_alone_has_dead_filters(tmp_path: Path) -> None:
    study = finished_study(model=BLOCKS, hidden=(), seeds=1)
    assert "Dead filters (%)" in _words(draw_one(study, "training", "layers", tmp_path).path.read_text("utf-8"))


def test_the_names_of_the_figures_cost_no_matplotlib() -> None:
    code = "import sys, mindgap.report.figures; print('matplotlib' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_search_whose_trials_all_diverged_is_drawn(study: FinishedStudy, tmp_path: Path) -> None:
    trials = tuple(replace(trial, value=None, val_loss=None, status="diverged") for trial in study.trials["coarse"])
    level = replace(study.levels["coarse"], ranking=(), expected_best=())
    lost = replace(study, levels={"coarse": level}, trials={"coarse": trials})
    captions = {figure.name: figure.caption for figure in draw_all(lost, tmp_path)}
    assert "diverged" in captions["search"]


@pytest.mark.parametrize(("divergence", "text"), [(3.0, "a loss above 3 times its first"), (None, "or infinite)")])
def test_the_search_says_what_counts_as_diverged(study: FinishedStudy, tmp_path: Path, divergence, text) -> None:
    spec = {**study.evaluation.spec, "train": {**study.evaluation.spec["train"], "divergence": divergence}}
    known = replace(study, evaluation=replace(study.evaluation, spec=spec))
    assert text in draw_one(known, "search", "search", tmp_path).caption


def test_the_panels_begin_with_what_mattered_more_than_chance_at_any_level(
    study: FinishedStudy, tmp_path: Path
) -> None:
    beyond, within = Importance(0.1, 0.9, 0.5, 0.01), Importance(0.9, 0.4, 0.5, 0.08)
    coarse = replace(study.levels["coarse"], importance={"l2": beyond, "hidden": within})
    fine = replace(study.levels["fine"], importance={"l2": within, "dropout": replace(beyond, share=0.2)})
    known = replace(study, levels={"coarse": coarse, "fine": fine})
    text = draw_one(known, "search", "search", tmp_path).path.read_text("utf-8")
    order = sorted(SPACES["coarse"], key=lambda param: text.index(f">{param}<"))
    assert order == ["dropout", "l2", "activation", "batch_size", "hidden", "learning_rate"]


def test_what_more_trials_would_bring_is_an_estimate_only_of_independent_draws(
    study: FinishedStudy, tmp_path: Path
) -> None:
    evenly = {name: replace(level, sampler="qmc") for name, level in study.levels.items()}
    mixed = {**study.levels, "fine": evenly["fine"]}
    captions = [
        draw_one(replace(study, levels=levels), "search", "expected_best", tmp_path).caption
        for levels in (study.levels, mixed, evenly)
    ]
    assert ["without bias" in caption for caption in captions] == [True, True, False]
    spread = ["not drawn", "trials of fine are spread", "trials of coarse and fine are spread"]
    assert [text in caption for text, caption in zip(spread, captions, strict=True)] == [False, True, True]
    grid = {**evenly, "coarse": replace(study.levels["coarse"], sampler="grid")}
    caption = draw_one(replace(study, levels=grid), "search", "expected_best", tmp_path).caption
    assert "trials of coarse and fine are spread evenly (grid, qmc), not drawn" in caption
    assert "without bias" not in caption


def test_of_a_level_of_thousands_of_trials_a_sample_is_drawn_and_the_caption_says_so(tmp_path: Path) -> None:
    few, many = finished_study(trials=1000), finished_study(trials=3000)
    whole, sample = (
        draw_one(study, "search", "search", tmp_path / str(place)) for place, study in enumerate((few, many))
    )
    assert "are drawn" not in whole.caption
    assert "Of the 3,000 trials of coarse, " in sample.caption
    assert sample.path.stat().st_size < 1.2 * whole.path.stat().st_size
    for level in many.levels.values():
        drawn = {trial.number for trial in _drawn(level, many.trials[level.level])}
        assert {*level.ranking[:100]} <= drawn
        assert 500 < len(drawn) <= 1000


def test_a_search_by_loss_is_drawn_with_losses(study: FinishedStudy, tmp_path: Path) -> None:
    trials = {name: tuple(replace(trial, value=trial.val_loss) for trial in own) for name, own in study.trials.items()}
    losses = replace(study, trials=trials, training=replace(study.training, objective="val_loss"))
    assert "validation loss" in _words(draw_one(losses, "search", "search", tmp_path).path.read_text("utf-8"))


def test_a_study_of_no_epochs_is_drawn(tmp_path: Path) -> None:
    study = finished_study(search=False, full=True)
    runs = tuple(
        replace(run, kept_epoch=0, history={name: values[:1] for name, values in run.history.items()})
        for run in study.runs.runs
    )
    untrained = replace(study, runs=Runs(runs), evaluation=replace(study.evaluation, overfitting_epoch=None))
    assert len(draw_all(untrained, tmp_path)) == len(NAMES)


def test_a_mean_over_runs_ends_where_the_first_run_does() -> None:
    runs = [
        RunRecord(status=status, kept_epoch=0, history={"val_loss": losses}, value=None, val_loss=None)
        for status, losses in (("finished", [4.0, 2.0, 1.0]), ("diverged", [2.0, None]))
    ]
    np.testing.assert_array_equal(curves(runs, "val_loss").mean(axis=0), [3.0, np.nan, np.nan])


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_its_way_of_being_shown(name: str) -> None:
    metric = shown(name)
    assert metric.title.casefold() == metric.name.casefold() != ""
    assert metric.value(0.5)
    assert metric.difference(0.5).startswith("+")
    assert metric.from_perfect


def test_an_objective_is_shown_as_its_metric() -> None:
    assert shown("val_r2").name == "R²"


def test_a_metric_writes_its_values_and_its_differences() -> None:
    accuracy, rmse, r2 = shown("accuracy"), shown("rmse"), shown("r2")
    assert (accuracy.value(0.97516), accuracy.difference(-0.0212)) == ("97.52", "−2.12")
    assert [rmse.value(value) for value in (0.00123, 54.32, 12345.4)] == ["0.00123", "54.3", "12\u202f345"]
    assert (rmse.difference(0.5), rmse.difference(-54.3)) == ("+0.500", "−54.3")
    assert (r2.value(0.51234), r2.value(-1.5), r2.difference(0.0321)) == ("0.512", "−1.500", "+3.2")
    assert rmse.value(None) == "–"


def test_an_interval_is_written_as_its_values_are_and_where_there_is_none_a_dash() -> None:
    found = Statistic([0.5], 0.5, -0.25, 0.75, {"rows": 0.25})
    assert shown("accuracy").interval(found) == "−25.00 to 75.00"
    assert shown("accuracy").gap_interval(found) == "−25.00 to +75.00"
    assert shown("loss").interval(Statistic([0.5], 0.5, None, None, {})) == "–"


@pytest.mark.parametrize(
    ("metric", "mean", "low", "high", "text"),
    [
        ("accuracy", 0.0095, -0.0008, 0.0197, "0.95 better (0.08 worse to 1.97 better)"),
        ("accuracy", -0.02, -0.03, -0.01, "2.00 worse (3.00 to 1.00 worse)"),
        ("rmse", 5.0, -1.0, 9.0, "5.00 better (1.00 worse to 9.00 better)"),
        ("rmse", -5.0, -9.0, 1.0, "5.00 worse (9.00 worse to 1.00 better)"),
        ("rmse", 0.0, None, None, "0 better"),
    ],
)
def test_an_advantage_is_told_in_the_direction_that_it_has(
    metric: str, mean: float, low: float | None, high: float | None, text: str
) -> None:
    assert compared(metric, Statistic([mean], mean, low, high, {})) == text


def test_no_error_in_fifty_rows_counts_as_half_an_error() -> None:
    np.testing.assert_allclose(ScoreAxis("accuracy", 50).distance([1.0, 0.9]), [0.01, 0.1])


def test_an_r2_is_as_far_from_perfect_as_the_variance_that_it_leaves() -> None:
    np.testing.assert_allclose(ScoreAxis("r2", 50).distance([0.9, -2.0, 1.0]), [0.1, 3.0, 1e-9])


def test_a_perfect_rmse_stands_a_billionth_of_the_targets_scale_away(regression: FinishedStudy) -> None:
    np.testing.assert_allclose(ScoreAxis.of(regression).distance([0.0, 1e-12, 1.5]), [2e-8, 2e-8, 1.5])


def labels(
    scores: list[float], metric: str = "accuracy", rows: int = 360, band: float = 0.0
) -> tuple[list[str], list[float]]:
    """What a score axis says, and at which share of its height it does."""
    panel, axis = Canvas().add_subplot(), ScoreAxis(metric, rows)
    axis.apply(panel, axis.distance(scores), band)
    (bottom, top), places = np.log(panel.get_ylim()), panel.get_yticks()
    heights = (np.log(places) - bottom) / (top - bottom)
    return [label.get_text() for label in panel.get_yticklabels()], heights.tolist()


@pytest.mark.parametrize("rows", [2, 40, 360, 10_000])
def test_nothing_stands_above_a_perfect_score(rows: int) -> None:
    texts, heights = labels([1.0, 0.5, 0.1], rows=rows)
    assert texts[0] == "100"
    assert heights[0] == max(heights) < 1
    assert "100" not in texts[1:]


def test_without_a_perfect_score_no_tick_claims_one() -> None:
    texts, _ = labels([0.975, 0.5], rows=40)
    assert "100" not in texts
    assert all(float(text) <= 97.5 + 1.25 for text in texts)


def test_an_axis_of_r2_says_r2_and_may_go_below_zero() -> None:
    texts, heights = labels([0.99, -9.0], "r2")
    assert {"0.9", "0", "−9"} <= set(texts)
    assert heights[texts.index("0.9")] > heights[texts.index("0")] > heights[texts.index("−9")]


@given(st.floats(-30, 30), st.floats(1.001, 1e3))
def test_an_axis_of_rmse_has_ticks_in_any_unit(exponent: float, ratio: float) -> None:
    panel, axis = Canvas().add_subplot(), ScoreAxis("rmse", 100, 10.0**exponent)
    axis.apply(panel, axis.distance([10.0**exponent, ratio * 10.0**exponent]))
    texts = [label.get_text() for label in panel.get_yticklabels()]
    assert len(texts) >= 3
    assert len(set(texts)) == len(texts)


@given(st.lists(st.integers(0, 40), min_size=1))
def test_there_are_ticks_and_they_keep_apart_from_the_band_and_from_each_other(correct: list[int]) -> None:
    _, heights = labels([number / 40 for number in correct], rows=40, band=0.12)
    assert min(heights) >= 0.12 - 1e-9
    assert min(np.abs(np.diff(sorted(heights))), default=1) > 0.05


def test_the_caption_says_where_perfect_scores_stand() -> None:
    def note(metric: str, scores: list[float]) -> str:
        axis = ScoreAxis(metric, 40)
        return axis.note(axis.distance(scores))

    assert "in the 40 validation rows" in note("accuracy", [1.0, 0.5])
    assert note("accuracy", [0.9]) == note("loss", [0.0]) == note("r2", [1.0]) == ""


def test_a_loss_is_its_own_distance() -> None:
    np.testing.assert_allclose(ScoreAxis("loss", 50).distance([0.25]), [0.25])


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.0, 0.5, 1.0], ["0.0", "0.5", "1.0"]),
        ([-20.0, 0.0, 20.0], ["−20", "0", "20"]),
        ([0.1 + 0.2, -1e-17], ["0.3", "0.0"]),
        ([5000.0, 12500.0], ["5\u202f000", "12\u202f500"]),
        ([0.0, 8e6, 1.6e7], ["0", "0.8·10⁷", "1.6·10⁷"]),
        ([1e-9, 2e-9], ["10⁻⁹", "2·10⁻⁹"]),
        ([1e12 + 100, 1e12 + 200], ["1\u202f000\u202f000\u202f000\u202f100", "1\u202f000\u202f000\u202f000\u202f200"]),
        ([0.0], ["0"]),
        ([], []),
    ],
    ids=str,
)
def test_ticks_of_an_axis_have_as_many_decimals(values: list[float], texts: list[str]) -> None:
    assert ticks(values) == texts


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (0.001, "0.001"), (1e-5, "10⁻⁵"), (3e-4, "3·10⁻⁴"), (1e6, "10⁶")]
)
def test_ticks_of_log_axes_are_short(value: float, text: str) -> None:
    assert power(value) == text


@given(st.text(), st.integers(2, 30))
def test_names_become_short_and_fit_for_xml(text: str, length: int) -> None:
    name = short(text, length)
    assert len(name) <= length
    assert all(ord(sign) >= 32 for sign in name)


def test_names_with_control_characters_and_foreign_scripts_are_drawn(study: FinishedStudy, tmp_path: Path) -> None:
    names = ("\x00zero", "one\n", "二", "\ud800", "&amp;", "]]>", "'DejaVu Sans'", "", " ", "9")
    odd = replace(study, dataset=replace(study.dataset, classes=names))
    confusion = draw_one(odd, "evaluation", "errors", tmp_path)
    assert "二" in _words(confusion.path.read_text("utf-8"))


def test_the_figures_have_a_caption_in_the_workflow_report() -> None:
    rules = Path(__file__).parents[2] / "workflow" / "rules"
    captions = re.findall(r'caption="(.+?)"', (rules / "report.smk").read_text("utf-8"))
    assert captions
    assert all((rules / caption).is_file() for caption in captions)


def _begins(svg: str, beginning: str) -> bool:
    """Whether a text of a figure begins so."""
    return any(text.startswith(beginning) for text in _words(svg))


def _words(svg: str) -> set[str]:
    """The texts of a figure."""
    return {element.text or "" for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("}text")}


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_column_that_matters_has_its_curves(task: str, tmp_path: Path) -> None:
    study = finished_study(task=task)
    outputs = len(study.dataset.classes) or 1
    heights = np.random.default_rng(0).random((outputs, 3, 5))
    numbers = Dependence("a number", [1.0, 2.0, 40.0], heights.tolist())
    categories = Dependence(NASTY, ["$x$", "b", "c"], (heights / 10).tolist())
    relying = replace(study, reliance=Reliance("accuracy", {}, (numbers, categories)))
    figure = draw_one(relying, "evaluation", "dependence", tmp_path)
    text = figure.path.read_text("utf-8")
    assert figure.applies
    assert "a number" in text
    assert "$x$" in text
    assert "<script" not in text
    assert ("those are drawn that change most" in figure.caption) == (outputs > 6)
