"""What the report promises: the verdict first, everything inside one page, and nothing that data could smuggle in."""

import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindgap.data.overview import Overview
from mindgap.dotted import flatten
from mindgap.errors import UserError
from mindgap.nn.deconvolution import excitement
from mindgap.params.preprocess import Preprocess
from mindgap.params.sources.csv import Csv
from mindgap.report.drawing.draw import Figure, draw_one
from mindgap.report.figures import FIGURES
from mindgap.report.findings import by_class, confusions, large_errors, reason, warnings
from mindgap.report.numbers import count, decimal, like, percent, points, setting, significant
from mindgap.report.page import settings, write_report
from mindgap.report.saliency import BlockWorth, OverSeeds, pictures_worth
from mindgap.report.study import FinishedStudy
from mindgap.results.check import Check, GateResult
from mindgap.results.evaluation import FoldEvaluation, Predictions, SplitPredictions
from mindgap.results.level import Narrowing
from mindgap.results.reliance import Reliance
from mindgap.results.runs import Runs
from mindgap.results.statistic import Statistic
from mindgap.results.view import View
from mindgap.results.weights import FILE as WEIGHTS
from mindgap.stages.gates import GATES
from mindgap.stages.prepare import prepare
from mindgap.stages.verdict import Verdict
from mindgap.store.ledger import Reading
from tests.unit.finished_study import KEYS, LEDGER, NASTY, TITLE, finished_study, with_rivals, write_study

NAMES = [name for section in FIGURES.values() for name in section]


class Page(HTMLParser):
    """The tags, attributes and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.words += data


def page(study: FinishedStudy, folder: Path, ledger: list[Reading] = LEDGER) -> str:
    figures = []
    for name in NAMES:
        path = folder / f"{name}.svg"
        path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        figures.append(Figure(name, f"Title of {name}", f'Caption "of" {name} <&>', path))
    write_report(study, figures, ledger, KEYS, TITLE, folder / "report.html")
    return (folder / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def study() -> FinishedStudy:
    return finished_study()


@pytest.fixture(scope="module")
def regression() -> FinishedStudy:
    return finished_study(task="regression", target=NASTY)


def test_the_verdict_comes_before_everything_else(study: FinishedStudy, tmp_path: Path) -> None:
    words = Page(page(study, tmp_path)).words
    places = [words.index(text) for text in ("overfits", "Test accuracy", "Title of learning_curves", "The search")]
    assert places == sorted(places)


def test_the_page_shows_the_headline_numbers(study: FinishedStudy, tmp_path: Path) -> None:
    words = Page(page(study, tmp_path)).words
    test, gap = study.evaluation.metrics["test"]["accuracy"], study.evaluation.test_gap["accuracy"]
    validation = f"to validation: +{100 * study.evaluation.gap['accuracy'].mean:.2f}"
    for number in (f"{100 * test.mean:.2f}", f"+{100 * gap.mean:.2f}", "95.83", "10.21", validation):
        assert number in words


def test_the_page_of_a_regression_shows_its_headline_numbers(regression: FinishedStudy, tmp_path: Path) -> None:
    words = Page(page(regression, tmp_path)).words
    test, gap = regression.evaluation.metrics["test"], regression.evaluation.test_gap
    start = words[: words.index("Title of learning_curves")]
    for text in ("Test RMSE", "R² gap", "points", "of variance explained", "Ridge regression", "Training mean alone"):
        assert text in start
    # Of a target with deviation 77, ridge regression leaves 77 sqrt(0.55) and the mean 77 sqrt(1.02).
    for number in (
        f"{test['rmse'].mean:.1f}",
        f"R² {test['r2'].mean:.3f}",
        f"+{100 * gap['r2'].mean:.1f}",
        "57.1",
        "77.8",
    ):
        assert number in start


def test_the_gap_is_shown_of_every_metric_that_was_measured(
    study: FinishedStudy, regression: FinishedStudy, tmp_path: Path
) -> None:
    gap = [_between("Title of gap", "Title of errors", Page(page(one, tmp_path)).words) for one in (study, regression)]
    for name in ("Accuracy (%)", "Loss", "Entropy (nats)", "Divergence (nats)", "Linear classifier", "Majority class"):
        assert name in gap[0]
    for name in ("RMSE", "MAE", "R²", "Loss", "Ridge regression", "Mean of the training rows"):
        assert name in gap[1]
    assert "surer than it is right" in gap[0]
    assert "Entropy" not in gap[1]


def test_the_page_of_a_regression_describes_its_target(regression: FinishedStudy, tmp_path: Path) -> None:
    words = Page(page(regression, tmp_path)).words
    assert f"{NASTY} from 64 features" in words
    data = _between("The data", "The test ledger", words)
    for text in (NASTY, "Standard deviation", "1\u202f077", "154.0", "156.3", "77.0", "74.7", "23.1", "338.8"):
        assert text in data
    assert "Class" not in data


def test_the_largest_errors_come_first_and_the_others_are_summed_up() -> None:
    measured = np.arange(1.0, 12.0)
    errors = np.array([0.0, 1.0, -2.0, 3.0, -4.0, 5.0, -6.0, 7.0, -8.0, 9.0, -10.0])
    said = measured + errors
    found = large_errors(SplitPredictions(100 + np.arange(11), measured, np.stack([measured, said])), said, 2)
    assert found.rows == [(110, 11.0, 1.0, -10.0), (109, 10.0, 19.0, 9.0)]
    assert (found.median, found.most, found.largest) == (5.0, 9.0, 10.0)


def test_the_page_tells_how_far_off_a_regression_is(regression: FinishedStudy, tmp_path: Path) -> None:
    measured = np.full(20, 100.0)
    test = SplitPredictions(np.arange(20), measured, (measured + 12.34)[None])
    words = Page(page(replace(regression, predictions=Predictions(val=test, test=test)), tmp_path)).words
    assert (
        "half of the test rows are off by at most 12.3, nine in ten by at most 12.3, and none by more than 12.3"
        in words
    )
    assert "112.3" in words


def test_text_from_data_and_params_is_escaped(study: FinishedStudy, tmp_path: Path) -> None:
    text = page(study, tmp_path)
    assert "<script" not in text.lower()
    assert "<small> network" not in text
    found = Page(text)
    assert "script" not in found.tags
    assert NASTY in found.words
    assert TITLE in found.words


@pytest.mark.parametrize("name", [NASTY, "{{ 7 * 7 }}", '"><img src=x onerror=alert(1)>', "\ud800", ""], ids=repr)
def test_a_target_of_any_name_is_text(tmp_path: Path, name: str) -> None:
    study = finished_study(task="regression", target=name, seeds=1)
    text = page(study, tmp_path)
    found = Page(text)
    assert not {"script", "link", "iframe", "object"} & set(found.tags)
    assert found.tags.count("img") == len(NAMES)
    assert not [attribute for attribute, _ in found.attributes if attribute.startswith("on")]
    assert f"The target is {name.replace(chr(0xD800), '?')}." in found.words


def test_nasty_text_anywhere_brings_no_tag_and_no_attribute(study: FinishedStudy, tmp_path: Path) -> None:
    nasty = '"><img src=x onerror=alert(1)>{{ 7 * 7 }}'
    (gradient,) = (gate for gate in study.gates if gate.name == "gradient")
    gradient = replace(
        gradient, figures={**gradient.figures, "parameter": nasty, "own_analytic": 1.5, "own_numeric": 2.5}
    )
    attacked = replace(
        study,
        gates=(gradient,),
        dataset=replace(study.dataset, name=nasty, classes=(nasty,) * 10),
        levels={nasty: study.levels["coarse"]},
        trials={nasty: study.trials["coarse"]},
    )
    vars(attacked)["verdict"] = Verdict(nasty, nasty)
    ledger = [Reading(nasty, nasty, nasty, nasty)]
    harmless, found = Page(page(study, tmp_path)), Page(page(attacked, tmp_path, ledger))
    assert found.tags.count("img") == harmless.tags.count("img")
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert "{{ 7 * 7 }}" in found.words


def test_the_page_needs_no_network_and_no_script(study: FinishedStudy, tmp_path: Path) -> None:
    text = page(study, tmp_path)
    found = Page(text)
    links = [value for name, value in found.attributes if name in ("src", "href", "action", "srcset")]
    assert len([link for link in links if (link or "").startswith("data:image/svg+xml,")]) == len(NAMES)
    assert all((link or "").startswith(("#", "data:")) for link in links)
    assert not {"script", "link", "iframe", "object"} & set(found.tags)
    assert "url(" not in text
    assert "default-src 'none'" in text


def test_every_entry_of_the_contents_leads_somewhere(study: FinishedStudy, tmp_path: Path) -> None:
    found = Page(page(study, tmp_path))
    targets = {value for name, value in found.attributes if name == "id"}
    assert {(value or "")[1:] for name, value in found.attributes if name == "href"} <= targets


def test_the_same_study_gives_the_same_page(study: FinishedStudy, tmp_path: Path) -> None:
    assert page(study, tmp_path) == page(study, tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        {"search": False},
        {"image": False},
        {"hidden": (), "seeds": 1},
        {"task": "regression"},
        {"task": "regression", "search": False, "hidden": (), "seeds": 1},
        {"model": {"convolution": [{"filters": 3}]}},
        {"model": {"convolution": [{"filters": 3}], "activation": "maxout"}},
    ],
    ids=[
        "no search",
        "no images",
        "linear, one seed",
        "regression",
        "linear regression, one seed",
        "filters",
        "maxout",
    ],
)
def test_other_kinds_of_study_have_a_page(tmp_path: Path, other: dict[str, Any]) -> None:
    found = Page(page(finished_study(**other), tmp_path))
    assert found.tags.count("section") == 13
    assert "None" not in found.words


CNN = {"convolution": [{"filters": 6, "padding": 1}, {"filters": 4, "kernel": 2, "pool": None}]}


def test_the_page_says_what_pictures_of_filters_are_worth_over_the_seeds(tmp_path: Path) -> None:
    study = finished_study(model=CNN, hidden=(5,), seeds=3)
    first, second = pictures_worth(study)
    words = Page(page(study, tmp_path)).words
    assert "What these pictures are worth" in words
    for block in (first, second):
        assert block.finding in words
        for write, told in (
            (partial(decimal, digits=2), block.alike),
            (partial(points, digits=1), block.over_chance),
            (partial(points, digits=1), block.over_bright),
        ):
            assert told.ends is not None
            assert told.ends[0] <= told.mean <= told.ends[1]
            assert f"{write(told.ends[0])} to {write(told.ends[1])}" in words
    assert [row in words for row in ("6 filters of 3 × 3, padding 1, max of 2 × 2", "4 filters of 2 × 2")] == [
        True,
        True,
    ]
    assert "What these pictures are worth" not in Page(page(finished_study(), tmp_path)).words
    one = finished_study(model=CNN, hidden=(5,), seeds=1)
    assert [block.alike.ends for block in pictures_worth(one)] == [None, None]
    assert "of one seed, so without an interval" in Page(page(one, tmp_path)).words


def test_networks_that_are_looked_into_are_scaled_as_their_dropout_asks() -> None:
    plain = finished_study(model=CNN, hidden=(5,), seeds=1)
    for _, bias in plain.architecture.layers(plain.weights):
        bias[:] = 0
    spec = plain.spec.vary({"channel_dropout": 0.5, "dropout_form": "vanilla"})
    own = spec.model_dump(mode="json", include={"model", "train"})
    dropped = replace(plain, evaluation=replace(plain.evaluation, spec=own))
    assert plain.images is not None
    for of in (FinishedStudy.winner, FinishedStudy.untrained):  # without biases what comes in halved leaves halved
        said, half = (excitement(of(study), 1, plain.images.some) for study in (plain, dropped))
        assert said.any()
        np.testing.assert_array_equal(half, said / 2)


def test_an_interval_over_seeds_is_students() -> None:
    # 1, 2, 3: a mean of 2, a deviation of 1, and t of 2 degrees of freedom, 4.3027
    assert OverSeeds.of([1.0, 2.0, 3.0]).ends == pytest.approx((2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-4)


@pytest.mark.parametrize(
    ("alike", "over_bright", "finding"),
    [
        (0.6, (0.1, 0.1), "look much the same without training"),
        (0.1, (-0.2, 0.01), "stands out in an image matters more"),
        (0.1, (-0.1, 0.2), "no more of what a filter needs"),
        (0.1, (0.3, 0.01), "more of what a filter needs"),
    ],
)
def test_findings_about_pictures_rest_on_their_numbers(
    alike: float, over_bright: tuple[float, float], finding: str
) -> None:
    middle, half = over_bright
    known = OverSeeds(alike, (alike - 0.01, alike + 0.01))
    assert finding in BlockWorth(1, 3, known, known, OverSeeds(middle, (middle - half, middle + half))).finding


def test_a_figure_that_does_not_apply_is_a_sentence(study: FinishedStudy, tmp_path: Path) -> None:
    path = tmp_path / "note.svg"
    path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    figures = [Figure(name, name, "Nothing to see.", path, applies=False) for name in NAMES]
    write_report(study, figures, LEDGER, KEYS, TITLE, tmp_path / "report.html")
    found = Page((tmp_path / "report.html").read_text("utf-8"))
    assert "img" not in found.tags
    of_columns_and_images = {"dependence", "weights", "feature_maps", "features"}  # their sections go with them
    assert found.words.count("Nothing to see.") == len({*NAMES} - of_columns_and_images)


def test_the_page_shows_keys_params_and_ledger(study: FinishedStudy, tmp_path: Path) -> None:
    words = Page(page(study, tmp_path)).words
    for text in (*KEYS.values(), LEDGER[0].evaluate, "train.early_stopping.patience", "0.0437"):
        assert text in words


def test_the_page_says_which_params_matter_more_than_chance(study: FinishedStudy, tmp_path: Path) -> None:
    words = _between("Which params mattered", "The candidates over seeds", Page(page(study, tmp_path)).words)
    assert words.count("beyond chance") == 2  # the learning rate, in either level
    assert words.count("within chance") == 6 + 1  # the others, and the sentence that explains
    for text in ("81.0", "3.24", "0.61", "0.0005"):
        assert text in words
    assert "No param separates good from bad trials here." not in words


def test_the_page_says_where_no_param_matters(study: FinishedStudy, tmp_path: Path) -> None:
    level = study.levels["fine"]
    within = {name: replace(entry, divergence=0.9 * entry.chance) for name, entry in level.importance.items()}
    levels = {**study.levels, "fine": replace(level, importance=within)}
    words = Page(page(replace(study, levels=levels), tmp_path)).words
    assert words.count("No param separates good from bad trials here.") == 1


def test_the_page_says_what_the_best_trial_is_worth_with_other_seeds(study: FinishedStudy, tmp_path: Path) -> None:
    again, best = study.training.candidates[0], study.levels["fine"].best
    words = _between("The search", 'Caption "of" search', Page(page(study, tmp_path)).words)
    assert percent(best.value) in words
    assert percent(again.mean) in words
    assert "optimistic" in words
    assert "trained again with other seeds, for up to 46 epochs instead of 30" in words
    candidates = (replace(again, values=(*again.values[1:], None), mean=None), *study.training.candidates[1:])
    lost = replace(study, training=replace(study.training, candidates=candidates, winner=1))
    words = Page(page(lost, tmp_path)).words
    assert "1 of 5 diverged, so there is no mean" in words


def test_the_page_says_what_the_network_relies_on(study: FinishedStudy, tmp_path: Path) -> None:
    lost = Statistic([0.2, 0.3], 0.25, 0.1, 0.4, {}), Statistic([0.0, 0.01], 0.005, -0.01, 0.02, {})
    found = Reliance("accuracy", {"a & b": lost[1], NASTY: lost[0]}, ())
    text = page(replace(study, reliance=found), tmp_path)
    assert text.index("+25.00") < text.index("+10.00 to +40.00") < text.index("+0.50")
    assert "cells are shuffled" in text
    assert "cells are shuffled" not in page(study, tmp_path)


def test_the_page_says_what_a_search_that_asks_earlier_trials_does(study: FinishedStudy, tmp_path: Path) -> None:
    asking = {name: replace(level, sampler="tpe", expected_best=()) for name, level in study.levels.items()}
    text = page(replace(study, levels=asking), tmp_path)
    assert text.count("each later round is drawn where the trials before it were good") == len(asking)
    assert "so are all after the first round" in text
    assert "so are all after the first round" not in page(study, tmp_path)


def test_the_winners_mean_is_called_the_best_of_those_that_could_win(study: FinishedStudy, tmp_path: Path) -> None:
    assert "is itself the best of 2" in Page(page(study, tmp_path)).words  # one seed of the third diverged
    alone = replace(study, training=replace(study.training, candidates=study.training.candidates[:1]))
    assert "is itself the best" not in Page(page(alone, tmp_path)).words


def test_a_second_evaluation_of_the_test_split_is_warned_of(study: FinishedStudy) -> None:
    other = replace(LEDGER[0], evaluate="7a" * 8)
    assert not any("were read by" in text for text in warnings(study, LEDGER))
    assert any("were read by 2 different evaluations" in text for text in warnings(study, [*LEDGER, other]))


def test_the_ledger_marks_the_studys_own_reading(study: FinishedStudy, tmp_path: Path) -> None:
    other = replace(LEDGER[0], evaluate="7a" * 8, prepare="7d" * 8)
    words = Page(page(study, tmp_path, [*LEDGER, other])).words
    assert f"{KEYS['evaluate']} (this one)" in words
    assert other.evaluate in words
    assert other.prepare in words
    assert words.count("(this one)") == 1


def test_the_same_evaluation_twice_is_no_second_reading(study: FinishedStudy) -> None:
    assert warnings(study, LEDGER * 2) == warnings(study, LEDGER)


def test_duplicates_failed_checks_and_edges_are_warned_of(study: FinishedStudy) -> None:
    found = warnings(study, LEDGER)
    assert found[0] == "Not every gate passed: memory."
    assert found[1].startswith("2 rows in the test split also stand in the training split")
    assert found[2].startswith("Search coarse: the best l2 lies at the low edge")


def test_duplicates_are_warned_of_in_whatever_fold_they_are_tested(study: FinishedStudy) -> None:
    rows = {"train": 60, "val": 20, "test": 20}
    found = [{"train_val": 1, "train_test": 0, "val_test": 0}, {"train_val": 5, "train_test": 3, "val_test": 0}]
    folds = tuple(
        FoldEvaluation(repeat, number, rows, {}, {}, {}, {}, duplicates=own)
        for repeat in (1, 2)
        for number, own in enumerate(found, 1)
    )
    folded = replace(
        study,
        dataset=replace(study.dataset, duplicates=found[0]),
        evaluation=replace(study.evaluation, folds=folds),
    )
    said = [text for text in warnings(folded, LEDGER) if "also stand" in text]
    assert said[0].startswith("1 row in the validation split of the first fold also stands in the training split")
    assert said[1].startswith("3 rows in the test split of their fold also stand in the training split")
    assert len(said) == 2


def test_few_rows_identifiers_and_best_epochs_at_the_end_are_warned_of(study: FinishedStudy) -> None:
    dataset = replace(study.dataset, rows={**study.dataset.rows, "val": 12}, identifiers=("<b>date</b>",))
    late = Runs(tuple(replace(run, kept_epoch=len(run.history["val_loss"]) - 1) for run in study.runs.runs))
    found = "\n".join(warnings(replace(study, dataset=dataset, runs=late), LEDGER))
    assert "The validation split has 12 rows: too few to tell networks apart." in found
    assert "Column '<b>date</b>' holds texts that training rows mostly lack" in found
    assert "The best epoch of 5 of 5 seeds is the last" in found


def overview_of(folder: Path) -> Overview:
    """That of a table whose columns and cells have names that would break a careless page."""
    random = np.random.default_rng(0)
    lines = [f'"{NASTY}","$x$ & <b>",one,kind']
    for row in range(200):
        lines.append(f"{row},{['<i>', 'b'][random.integers(2)]},5,{'ab'[row % 2]}")
    (folder / "own.csv").write_text("\n".join(lines))
    data = Csv(source="csv", path=str(folder / "own.csv"))
    prepare(data, Preprocess(), 0, folder)
    return Overview.read(folder)


def test_the_columns_of_a_table_are_shown_and_doubted_whatever_their_names(
    study: FinishedStudy, tmp_path: Path
) -> None:
    told = replace(study, overview=overview_of(tmp_path))
    text = page(told, tmp_path)
    found = Page(text)
    assert "<script" not in text
    for said in (NASTY, "$x$ & <b>", "left out: constant on the training rows", "<i> "):
        assert said in found.words[found.words.index("The columns") :]
    assert f"Column {NASTY!r} numbers the rows, as it seems" in found.words
    assert "The columns" not in Page(page(study, tmp_path)).words


def test_a_split_by_groups_or_times_is_told(study: FinishedStudy, tmp_path: Path) -> None:
    for by, said in (("group", f"Rows of one {NASTY} never stand"), ("time", f"Rows are split by {NASTY}: the first")):
        words = Page(page(replace(study, dataset=replace(study.dataset, split_by=(by, NASTY))), tmp_path)).words
        assert said in " ".join(words.split())


def test_labels_that_were_made_wrong_are_told_of(study: FinishedStudy) -> None:
    found = warnings(replace(study, dataset=replace(study.dataset, wrong_targets=53)), LEDGER)
    rows = study.dataset.rows["train"]
    assert [text for text in found if "wrong" in text] == [
        f"The labels of 53 of {rows:,} rows in the training split were made wrong on purpose, and scores on it are "
        "measured against them."
    ]


@pytest.mark.parametrize(
    ("name", "rows", "told"), [("batch", 1057, True), ("batch", 1077, False), ("none", 1057, False)]
)
def test_rows_left_over_too_few_for_batch_normalisation_are_warned_of(name: str, rows: int, told: bool) -> None:
    study = finished_study(model={"normalization": name})
    found = warnings(replace(study, dataset=replace(study.dataset, rows={**study.dataset.rows, "train": rows})), LEDGER)
    expected = (
        "Batches of 32 leave 1 row at the end of an epoch, too few for the variance in batch normalisation: the last "
        "batch has 33 rows."
    )
    assert (expected in found) == told


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (tuple(map(str, range(11))), True),
        (("1", "1.5"), True),
        (tuple(map(str, range(10))), False),
        (("a", "b"), False),
    ],
)
def test_classes_that_may_be_measurements_are_told(study: FinishedStudy, classes: tuple[str, ...], told: bool) -> None:
    found = warnings(replace(study, dataset=replace(study.dataset, classes=classes)), LEDGER)
    said = f"The {len(classes)} classes are numbers, {classes[0]} to {classes[-1]}. If they are measurements"
    assert told == any(said in text for text in found)


def test_a_clean_study_has_no_warnings(study: FinishedStudy) -> None:
    none = dict.fromkeys(study.dataset.duplicates, 0)
    clean = replace(study, gates=(), levels={}, dataset=replace(study.dataset, duplicates=none))
    assert warnings(clean, LEDGER) == []


def test_the_commonest_errors_come_first(study: FinishedStudy) -> None:
    matrix = [[8, 2, 0], [0, 5, 5], [0, 0, 0]]
    named = replace(
        study,
        dataset=replace(study.dataset, classes=("a", "b", "c")),
        evaluation=replace(study.evaluation, confusion={"val": matrix, "test": matrix}),
    )
    assert confusions(named) == [("b", "c", 5, 0.5), ("a", "b", 2, 0.2)]


def test_params_are_written_with_dots() -> None:
    spec = {"model": {"hidden": [64]}, "train": {"early_stopping": {"patience": 3}, "l2": 0.5}}
    flat = [("model.hidden", [64]), ("train.early_stopping.patience", 3), ("train.l2", 0.5)]
    assert list(flatten(spec).items()) == flat


def test_categories_that_training_lacks_are_told_of(study: FinishedStudy, tmp_path: Path) -> None:
    assert "no training row has" not in Page(page(study, tmp_path)).words
    unseen = replace(study, dataset=replace(study.dataset, unseen_categories={"train": 0, "val": 3, "test": 1}))
    assert "3 in validation, 1 in test" in Page(page(unseen, tmp_path)).words


def test_numbers_are_written_for_people() -> None:
    assert percent(0.97516) == "97.52"
    assert points(0.0212) == "+2.12"
    assert points(-0.0212) == "−2.12"
    assert decimal(-0.07899) == "−0.0790"
    assert count(60000) == "60\N{NARROW NO-BREAK SPACE}000"
    assert percent(None) == points(None) == decimal(None) == "–"


def test_numbers_of_any_size_have_three_digits_or_all_before_the_point() -> None:
    texts = [significant(value) for value in (0.00123, 54.32, 12345.4, 0.99961, 1.234e-7, -2.5e9, 0.0)]
    assert texts == ["0.00123", "54.3", "12\u202f345", "1.00", "1.23·10⁻⁷", "−2.50·10⁹", "0"]
    assert significant(0.5, "+") == "+0.500"
    assert significant(None) == "–"


def test_values_are_as_exact_as_their_scale_asks() -> None:
    assert [like(value, 5.0) for value in (2012.3, -0.001, 0)] == ["2\u202f012.30", "−0.00", "0.00"]
    assert like(12345.6, 9000.0) == "12\u202f346"
    assert like(9.9, 77.0, "+") == "+9.9"


@given(st.floats(1e-300, 1e300) | st.floats(-1e300, -1e-300))
def test_three_digits_are_within_half_a_percent(value: float) -> None:
    text = significant(value).replace("\u202f", "").replace("−", "-")
    mantissa, _, power = text.partition("·10")
    exponent = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or "0"
    assert float(f"{mantissa}e{exponent}") == pytest.approx(value, rel=0.0051)


def test_settings_are_written_as_in_a_params_file() -> None:
    assert setting([1e-05, 1.0]) == "[1e-05, 1]"
    assert setting([[64], [64, 32]]) == "[[64], [64, 32]]"
    assert [setting(value) for value in ("relu", True, None, 60)] == ["relu", "true", "null", "60"]


@given(st.floats(-1, 1))
def test_a_percentage_is_the_share_to_two_decimals(share: float) -> None:
    assert abs(float(percent(share).replace("−", "-")) - 100 * share) <= 0.005 + 1e-9


def test_half_a_character_in_a_name_does_not_stop_the_report(study: FinishedStudy, tmp_path: Path) -> None:
    odd = replace(study, dataset=replace(study.dataset, classes=("\ud800",) * 10))
    assert "Test accuracy" in page(odd, tmp_path)


def test_the_page_asks_the_questions_of_the_gates_and_answers_them(study: FinishedStudy, tmp_path: Path) -> None:
    words = _between("The gates before the search", "The data", Page(page(study, tmp_path)).words)
    places = [words.index(GATES[name].question) for name in ("first_loss", "gradient", "memory", "penalty")]
    assert places == sorted(places)
    for text in (
        "2.3026 within 5 %, ln 10",
        "begins at 2.8712",
        "a relative error of at most 1e-07",
        "Along one direction: 1.25 by back-propagation, 1.250000004 by differences.",
        "a loss below 0.046 on 20 rows",
        "2.3412 without, 33.8412 with l2 = 1",
    ):
        assert text in words
    assert (words.count("passed"), words.count("failed")) == (3, 1)


def test_the_page_says_where_the_real_labels_lie_among_shuffled_ones(study: FinishedStudy, tmp_path: Path) -> None:
    figures = {"objective": "val_accuracy", "score": 0.9441, "shuffled": (0.0811, 0.1333), "as_good": 1}
    counts = {"trials": 8, "epochs": 8, "train_rows": 1079, "val_rows": 359}
    control = GateResult("permutation", 2 / 3, 0.05, False, {**figures, **counts})
    asked = replace(study, gates=(*study.gates, control))
    words = _between("The gates before the search", "The data", Page(page(asked, tmp_path)).words)
    assert GATES["permutation"].question in words
    assert "94.4 with the real labels, 8.1 to 13.3 with shuffled ones: better than 1 of 2." in words
    assert "0.6667a p of at most 0.05failed" in words
    assert GATES["permutation"].question not in Page(page(study, tmp_path)).words
    assert warnings(asked, LEDGER)[0] == "Not every gate passed: memory, permutation."


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            Narrowing("init", "categorical", ["he", "xavier", "lecun"], ["he", "lecun"], ["he", "lecun", "he", "he"]),
            "the best 4 trials chose 2 of 3",
        ),
        (
            Narrowing("l2", "log_uniform", [1e-6, 1.0], [1e-5, 0.1], [0.012345, 0.001, 0.05]),
            "the best 3 trials lie in 0.001 to 0.05",
        ),
        (
            Narrowing("l2", "log_uniform", [1e-6, 1.0], [1e-7, 0.1], [1.5e-6, 0.05], "low", True),
            "the best 2 trials lie in 1.5e-06 to 0.05; the very best, 1.5e-06, is at the low end, so the range goes "
            "beyond it",
        ),
        (
            Narrowing("dropout", "uniform", [0.0, 0.5], [0.0, 0.3], [0.0, 0.2], "low", False),
            "the best 2 trials lie in 0 to 0.2; the very best, 0, is at the low end, which is as far as the param goes",
        ),
    ],
    ids=["choices", "inside", "at an end", "at the end of all"],
)
def test_a_narrower_range_has_a_reason(step: Narrowing, words: str) -> None:
    assert reason(step) == words


def test_an_edge_that_the_param_cannot_pass_is_no_warning(study: FinishedStudy) -> None:
    (l2,) = (step for step in study.levels["coarse"].narrowing if step.param == "l2")
    level = replace(study.levels["coarse"], narrowing=(replace(l2, beyond=False),))
    assert any("lies at the low edge" in text for text in warnings(study, LEDGER))
    assert not any("lies at" in text for text in warnings(replace(study, levels={"coarse": level}), LEDGER))


@pytest.fixture
def stored(tmp_path: Path) -> View:
    """The folders of a regression without search."""
    return write_study(finished_study(task="regression", search=False), tmp_path)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_study_is_read_as_it_was_written(task: str, tmp_path: Path) -> None:
    study = finished_study(task=task)
    found = FinishedStudy.read(write_study(study, tmp_path))
    for name in ("dataset", "gates", "levels", "trials", "training", "runs", "evaluation"):
        assert getattr(found, name) == getattr(study, name)
    np.testing.assert_array_equal(found.weights, study.weights)
    np.testing.assert_array_equal(found.predictions.test.predicted, study.predictions.test.predicted)
    np.testing.assert_array_equal(found.predictions.val.rows, study.predictions.val.rows)


def test_a_broken_file_is_named_with_what_to_do(stored: View) -> None:
    (stored.stages["check"] / Check.FILE).write_text("{")
    with pytest.raises(UserError, match=r"check\.json: this result cannot be read .* Run `mindgap verify --repair`"):
        FinishedStudy.read(stored)


@pytest.mark.parametrize(("stage", "file"), [("evaluate", Predictions.FILE), ("train", WEIGHTS)])
@pytest.mark.parametrize("content", [None, b"", b"no archive", b"PK\x03\x04 cut off"])
def test_absent_or_broken_arrays_are_named(stored: View, stage: str, file: str, content: bytes | None) -> None:
    path = stored.stages[stage] / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=rf"{file}: this result cannot be read"):
        FinishedStudy.read(stored)


def _between(start: str, end: str, words: str) -> str:
    return words[words.index(start) : words.index(end)]


def test_what_a_search_found_of_a_block_is_marked_among_the_params() -> None:
    blocks = [{"filters": 6, "pool": {"kind": "max", "size": 2}}, {"filters": 4, "pool": None}]
    assert settings({"model": {"convolution": blocks, "hidden": [5]}, "train": {"l2": 0.5}}) == [
        ("model.convolution1.filters", 6),
        ("model.convolution1.pool.kind", "max"),
        ("model.convolution1.pool.size", 2),
        ("model.convolution2.filters", 4),
        ("model.convolution2.pool", None),
        ("model.hidden", [5]),
        ("train.l2", 0.5),
    ]


def test_a_param_of_a_block_is_marked_by_its_own_name_alone(tmp_path: Path) -> None:
    study = finished_study(model=CNN, hidden=(5,), seeds=1)
    found = replace(study, evaluation=replace(study.evaluation, params={"convolution1.filters": 6}))
    text = page(found, tmp_path)
    rows = text[text.index('<h2 id="params">') :].split("<tr")
    marked = [re.search("<code>(.*?)</code>", row).group(1) for row in rows if "found by the search" in row]  # type: ignore[union-attr]
    assert marked == ["model.convolution1.filters"]


def test_the_page_tells_what_becomes_of_each_class(tmp_path: Path) -> None:
    study = finished_study(classes=("no", "yes"), seeds=2)
    study = replace(study, evaluation=replace(study.evaluation, confusion={"test": [[90, 10], [6, 14]]}))
    first, second = by_class(study)
    assert (first.rows, first.recall, first.precision, first.taken_for) == (50, 0.9, 90 / 96, "yes")
    assert (second.rows, second.recall, second.precision, second.f1) == (10, 0.7, 14 / 24, 28 / 44)
    words = Page(page(study, tmp_path)).words
    assert "Class by class" in words
    assert "A row is taken for" not in words


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_boosted_trees_and_the_ensemble_stand_beside_the_networks(tmp_path: Path, task: str) -> None:
    plain = finished_study(task=task)
    before = " ".join(Page(page(plain, tmp_path)).words.split())
    words = " ".join(Page(page(with_rivals(plain), tmp_path)).words.split())
    assert "Boosted trees do better: they reach" in words
    assert "learning_rate 0.1, max_iter 77" in words
    mean = "probabilities" if task == "classification" else "outputs"
    assert f"The 5 networks together say the mean of their {mean}. Their" in words
    assert "is the ensemble: " in words
    assert "is the network of the first seed: " in before
    for absent in ("trees", "ensemble"):
        assert absent not in before


def test_the_page_tells_the_threshold_and_by_what_it_was_chosen(tmp_path: Path) -> None:
    study = finished_study(classes=("no", "yes"), seeds=2)
    aim = {"missed": 10.0, "false_alarm": 1.0}
    training = replace(study.training, aim=aim, thresholds=(-2.0, 0.0), temperatures=(1.5, 2.0), together=-1.0)
    words = " ".join(Page(page(replace(study, training=training), tmp_path)).words.split())
    assert "A row is taken for yes where its probability is above 11.9 % in the first seed" in words
    assert "(11.9 to 50.0 % over the seeds, 26.9 % in the ensemble)" in words
    assert "for the least cost, 10 for each row missed and 1 for each false alarm" in words
    caption = draw_one(replace(study, training=training), "evaluation", "calibration", tmp_path).caption
    assert "divided by a temperature that validation rows like best, 1.5 to 2 over the seeds" in caption
