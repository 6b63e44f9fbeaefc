"""What the figures promise: the same bytes from the same study, text as text, and something for every study."""

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
from matplotlib.figure import Figure as Canvas

from mindgap.figures import FIGURES, draw_all
from mindgap.figures.histories import curves
from mindgap.figures.scores import distance, floor_note, score_axis
from mindgap.figures.style import power, short
from mindgap.study_files import Level, StudyFiles
from tests.unit.study_files import NASTY, SPACES, write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> StudyFiles:
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def drawn(study: StudyFiles, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("figures")
    return {figure.name: figure.path.read_text("utf-8") for figure in draw_all(study, folder)}


def test_every_promised_figure_is_drawn(drawn: dict[str, str]) -> None:
    assert list(drawn) == list(FIGURES)


def test_figures_of_the_same_study_have_the_same_bytes(
    study: StudyFiles, drawn: dict[str, str], tmp_path: Path
) -> None:
    again = {figure.name: figure.path.read_text("utf-8") for figure in draw_all(study, tmp_path)}
    assert again == drawn


def test_drawing_leaves_the_settings_of_matplotlib_alone(study: StudyFiles, tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    draw_all(study, tmp_path)
    assert dict(matplotlib.rcParams) == before


def test_figures_are_well_formed_and_hold_no_script(drawn: dict[str, str]) -> None:
    for text in drawn.values():
        tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(text).iter()}
        assert "svg" in tags
        assert "script" not in tags


def test_class_names_are_text_and_no_formulas(drawn: dict[str, str]) -> None:
    words = _words(drawn["confusion"])
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
    assert {"174", "6", "5", "3", "2", "1"} <= _words(drawn["confusion"])


def test_learning_curves_mark_where_overfitting_begins(drawn: dict[str, str]) -> None:
    assert "overfitting from epoch 22" in _words(drawn["learning_curves"])


def test_a_study_without_search_and_images_gets_notes_instead(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", search=False, image=False)
    captions = {figure.name: figure.caption for figure in draw_all(study, tmp_path / "figures")}
    assert "no search" in captions["search"]
    assert "no search" in captions["expected_best"]
    assert "not the pixels of images" in captions["weights"]
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == set(FIGURES)


def test_a_linear_classifier_of_one_seed_is_drawn(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study", hidden=(), seeds=1)
    figures = {figure.name: figure for figure in draw_all(study, tmp_path / "figures")}
    assert "no hidden layer" in _words(figures["layers"].path.read_text("utf-8"))
    assert "One tile for each class" in figures["weights"].caption


def test_full_monitors_add_the_activations_and_copied_units(tmp_path: Path) -> None:
    layers = {
        full: next(
            f for f in draw_all(write_study(tmp_path, full=full), tmp_path) if f.name == "layers"
        ).path.read_text()
        for full in (False, True)
    }
    more = {"Activations of the first seed, mean ± deviation", "Copied units (%)"}
    assert more <= _words(layers[True])
    assert not more & _words(layers[False])


@pytest.mark.parametrize("model", [{"activation": "maxout", "pieces": 3}, {"normalization": "batch"}], ids=str)
def test_the_first_layers_weights_are_found_in_any_architecture(tmp_path: Path, model: dict[str, Any]) -> None:
    study = write_study(tmp_path / "study", hidden=(4,), model=model)
    with np.load(tmp_path / "study" / "train" / "model.npz") as file:
        pieces = model.get("pieces", 1)
        written = file["parameters"][0, : 64 * 4 * pieces].reshape(64, 4 * pieces)
    np.testing.assert_array_equal(study.architecture.views(study.parameters)["dense1.weights"][0], written)
    captions = {figure.name: figure.caption for figure in draw_all(study, tmp_path / "figures")}
    kind = "12 linear pieces of the units" if pieces == 3 else "4 units"
    assert f"All {kind}" in captions["weights"]


def test_the_names_of_the_figures_cost_no_matplotlib() -> None:
    code = "import sys, mindgap.figures; print('matplotlib' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_search_whose_trials_all_diverged_is_drawn(study: StudyFiles, tmp_path: Path) -> None:
    level = study.levels["coarse"]
    trials = [{**trial, "value": None, "val_loss": None, "status": "diverged"} for trial in level.trials]
    lost = Level({**level.summary, "best": None, "ranking": [], "expected_best": []}, trials)
    captions = {figure.name: figure.caption for figure in draw_all(replace(study, levels={"coarse": lost}), tmp_path)}
    assert "diverged" in captions["search"]


def test_a_search_by_loss_is_drawn_with_losses(study: StudyFiles, tmp_path: Path) -> None:
    by_loss = {
        name: Level(level.summary, [{**trial, "value": trial["val_loss"]} for trial in level.trials])
        for name, level in study.levels.items()
    }
    losses = replace(study, levels=by_loss, train={**study.train, "objective": "val_loss"})
    drawn = {figure.name: figure.path.read_text("utf-8") for figure in draw_all(losses, tmp_path)}
    assert "validation loss" in _words(drawn["search"])


def test_a_mean_over_runs_ends_where_the_first_run_does() -> None:
    runs = [{"history": {"val_loss": [4.0, 2.0, 1.0]}}, {"history": {"val_loss": [2.0, None]}}]
    np.testing.assert_array_equal(curves(runs, "val_loss").mean(axis=0), [3.0, np.nan, np.nan])


def test_no_error_in_fifty_rows_counts_as_half_an_error() -> None:
    np.testing.assert_allclose(distance([1.0, 0.9], "val_accuracy", rows=50), [0.01, 0.1])


def ticks(scores: list[float], rows: int, band: float = 0.0) -> tuple[list[str], list[float]]:
    """What a score axis says, and at which share of its height it does."""
    panel = Canvas().add_subplot()
    score_axis(panel, distance(scores, "val_accuracy", rows), "val_accuracy", rows, band)
    (bottom, top), places = np.log(panel.get_ylim()), panel.get_yticks()
    heights = (np.log(places) - bottom) / (top - bottom)
    return [label.get_text() for label in panel.get_yticklabels()], heights.tolist()


@pytest.mark.parametrize("rows", [2, 40, 360, 10_000])
def test_nothing_stands_above_a_perfect_score(rows: int) -> None:
    labels, heights = ticks([1.0, 0.5, 0.1], rows)
    assert labels[0] == "100"
    assert heights[0] == max(heights) < 1
    assert "100" not in labels[1:]


def test_without_a_perfect_score_no_tick_claims_one() -> None:
    labels, _ = ticks([0.975, 0.5], rows=40)
    assert "100" not in labels
    assert all(float(label) <= 97.5 + 1.25 for label in labels)


@given(st.lists(st.integers(0, 40), min_size=1))
def test_there_are_ticks_and_they_keep_apart_from_the_band_and_from_each_other(correct: list[int]) -> None:
    _, heights = ticks([number / 40 for number in correct], rows=40, band=0.12)
    assert min(heights) >= 0.12 - 1e-9
    assert min(np.abs(np.diff(sorted(heights))), default=1) > 0.05


def test_the_caption_says_where_perfect_scores_stand() -> None:
    assert "in the 40 validation rows" in floor_note(distance([1.0, 0.5], "val_accuracy", 40), "val_accuracy", 40)
    assert floor_note(distance([0.9], "val_accuracy", 40), "val_accuracy", 40) == ""
    assert floor_note(distance([0.0], "val_loss", 40), "val_loss", 40) == ""


def test_a_loss_is_its_own_distance() -> None:
    np.testing.assert_allclose(distance([0.25], "val_loss", rows=50), [0.25])


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


def test_names_with_control_characters_and_foreign_scripts_are_drawn(study: StudyFiles, tmp_path: Path) -> None:
    names = ["\x00zero", "one\n", "二", "\ud800", "&amp;", "]]>", "'DejaVu Sans'", "", " ", "9"]
    odd = replace(study, dataset={**study.dataset, "classes": names})
    confusion = next(figure for figure in draw_all(odd, tmp_path) if figure.name == "confusion")
    assert "二" in _words(confusion.path.read_text("utf-8"))


def test_every_figure_has_a_caption_for_the_workflow_report() -> None:
    captions = Path(__file__).parents[2] / "workflow" / "report"
    assert {path.stem for path in captions.glob("*.rst")} == {*FIGURES, "workflow"}


def _words(svg: str) -> set[str]:
    """The texts of a figure."""
    return {element.text or "" for element in ElementTree.fromstring(svg).iter() if element.tag.endswith("}text")}
