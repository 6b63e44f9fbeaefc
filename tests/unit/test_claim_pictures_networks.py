"""Pictures of claims about networks: what is drawn where, what diverged, and equal bytes."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from mindgap.claims.measures import MEASURES
from mindgap.data.prepared import Dataset, open_split
from mindgap.jobs.claims import add_claim
from mindgap.jobs.graph import Graph
from mindgap.params.claim import Claim
from mindgap.params.pictures import picture_of
from mindgap.report.claims import entries
from mindgap.report.claims import tested as read
from mindgap.report.claims.pictures import PICTURES, regions, weights
from mindgap.report.drawing import style
from mindgap.results.arm import Arm, ArmRun
from mindgap.results.judgement import Judgement
from mindgap.stages.judge import judge
from tests.driver import SCRIPTS, drive
from tests.unit.claim_tables import check, column, near, rows_of

MOONS = {
    "data": {"source": "synthetic", "kind": "moons", "rows": 90},
    "model": {"hidden": [6]},
    "train": {"epochs": 4, "batch_size": 16, "divergence": None},
}
NETWORKS = ("regions", "templates", "excitement", "fits", "weights")
OF_RUNS = ("values", "curves", "layers", "histograms", "pair", "splits", "sweep", "grid")


def claim_of(**changes):
    return Claim.model_validate(
        {
            "claim": "T1",
            "statement": "One is more than the other.",
            "tasks": {"moons": MOONS},
            "arms": {"one": {"train": {"l2": 0.1}}, "other": {}},
            "replicates": 8,
            "measure": {"monitor": {"metric": "val_accuracy"}},
            "predict": [{"difference": ["one", "other"], "above": 0}],
            **changes,
        }
    )


def by_hand(folder, runs, **changes):
    """A tested claim whose trainings, by task and arm, were made by hand."""
    claim = claim_of(**changes)
    folders = {}
    for task, found in runs.items():
        for arm, own in found.items():
            place = folder / f"{task}.{arm}".replace(" ", "_")
            place.mkdir(parents=True)
            Arm(params={}, epochs=9, spec={}, runs=tuple(own)).write(place)
            folders.setdefault(task, {})[arm] = (place,)
    measures = [
        {name: MEASURES[name].model_validate(settings).model_dump(mode="json")}
        for measure in claim.measures()
        for name, settings in measure.items()
    ]
    predict = [own.model_dump(mode="json", exclude_none=True, exclude={"measure"}) for own in claim.predict]
    judge({"measures": measures, "predict": predict}, folders, folder)
    return read.TestedClaim(SimpleNamespace(claim=claim, arms=folders, data={}), Judgement.read(folder))


def run(replicate=1, point=None, kept=-1, **history):
    epochs = max(map(len, history.values()))
    kept = None if kept is None else epochs + kept if kept < 0 else kept
    status = "diverged" if kept is None else "finished"
    return ArmRun(replicate=replicate, point=point or {}, status=status, kept_epoch=kept, history=history)


def runs(values, name="val_accuracy", **more):
    """A training a value, which is that of all of its three epochs; None diverged."""
    return [
        run(replicate, kept=None if value is None else -1, **{name: [value] * 3}, **more)
        for replicate, value in enumerate(values, start=1)
    ]


def drawn(name, tested, **settings):
    with style.applied():
        drawing = PICTURES[name].draw(tested, **dict(picture_of(name, settings)))
        text = style.svg(drawing.canvas)  # lays it out
        again = style.svg(PICTURES[name].draw(tested, **dict(picture_of(name, settings))).canvas)
    assert text == again
    check(name, drawing, settings)
    return drawing


def titles(drawing):
    return [panel.get_title(loc="left") for panel in drawing.canvas.axes]


def trained(folder, **changes):
    """A tested claim whose networks were trained."""
    graph = Graph(folder, SCRIPTS)
    jobs = add_claim(graph, claim_of(replicates=2, **changes), 0)
    for job in graph.jobs.values():
        drive(graph, job)
    view = jobs.view(graph)
    return read.TestedClaim(view, Judgement.read(view.judgement))


@pytest.fixture(scope="module")
def planes(tmp_path_factory):
    """Two arms on moons, of which the one diverges, beside a curve."""
    sine = {**MOONS, "data": {"source": "synthetic", "kind": "sine", "rows": 60, "outliers": 0.1}}
    return trained(
        tmp_path_factory.mktemp("planes"),
        tasks={"moons": MOONS, "sine": sine},
        arms={"fine": {"train": {"learning_rate": 0.1}}, "diverges": {"train": {"learning_rate": 1e30}}},
        measure={"monitor": {"metric": "val_loss"}},
        predict=[{"difference": ["fine", "diverges"], "below": 0}],
    )


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Two arms on images, without a hidden layer and with twelve units."""
    digits = {"data": {"source": "digits", "train_rows": 60}, "train": {"epochs": 1, "monitors": "full"}}
    return trained(
        tmp_path_factory.mktemp("images"),
        tasks={"digits": digits},
        arms={"none": {"model": {"hidden": []}}, "twelve": {"model": {"hidden": [12]}}},
        predict=[{"difference": ["twelve", "none"], "above": 0}],
    )


def test_a_curve_is_the_median_and_has_gaps_where_most_runs_have_no_number(tmp_path):
    rows = [[1.0, 0.5, 0.1], [1.0, 0.6, None], [1.0, 0.7, None]]
    found = {"moons": {"one": [run(place, train_loss=row) for place, row in enumerate(rows, start=1)],
                       "other": [run(place, train_loss=[1.0, 0.9, 0.8]) for place in (1, 2, 3)]}}  # fmt: skip
    drawing = drawn("curves", by_hand(tmp_path, found, measure={"epochs_to": {"value": 0.2}}))
    (panel,) = drawing.canvas.axes
    one, other, reached = (line.get_ydata() for line in panel.lines)
    assert one[:2].tolist() == [1.0, 0.6]
    assert np.isnan(one[2])
    assert other.tolist() == [1.0, 0.9, 0.8]
    assert set(reached) == {0.2}
    assert panel.get_xlabel() == "epoch"
    assert "fewer than half" in drawing.caption
    assert drawing.table.columns == ("task", "arm", "entry", "epoch", "lower quartile", "median", "upper quartile")
    assert [row[3:] for row in drawing.table.rows if row[1] == "one"] == [
        (0, 1, 1, 1), (1, 0.55, 0.6, 0.65), (2, None, None, None),
    ]  # fmt: skip
    assert column(drawing, "median", arm="other") == [1, 0.9, 0.8]


def test_long_histories_of_a_simulation_are_thinned_and_counted_in_steps(tmp_path):
    history = [[None, None], *([rate, 2.0] for rate in np.linspace(1, 1e-3, 5000))]
    tasks = {"ravine": {"simulation": {"ravine": {}}}, "moons": MOONS}
    found = {
        "ravine": {arm: [run(place, effective_rate=history) for place in (1, 2)] for arm in ("one", "other")},
        "moons": {arm: runs([0.5, 0.6]) for arm in ("one", "other")},
    }
    predict = [{"tasks": ["moons"], "difference": ["one", "other"], "above": 0},
               {"tasks": ["ravine"], "measure": {"monitor": {"metric": "effective_rate", "layer": 0, "epoch": -1}},
                "value": "one", "above": 0}]  # fmt: skip
    tested = by_hand(tmp_path, found, tasks=tasks, predict=predict)
    drawing = drawn("curves", tested, metric="effective_rate", layer=0)
    (panel,) = drawing.canvas.axes
    assert titles(drawing) == ["ravine"]
    assert panel.get_xlabel() == "step"
    assert panel.get_ylabel() == "size of step / gradient,\ncoordinate 0"
    assert panel.get_yscale() == "log"
    assert len(panel.lines[0].get_xdata()) <= entries.MOST
    assert panel.lines[0].get_xdata()[[0, -1]].tolist() == [0, 5000]
    assert {*column(drawing, "entry")} == {"effective_rate, coordinate 0"}
    assert column(drawing, "step", arm="one") == panel.lines[0].get_xdata().tolist()
    assert column(drawing, "median", arm="one") == near(panel.lines[0].get_ydata())
    assert not drawn("curves", tested, metric="effective_rate", layer=0, task="moons").applies


def test_curves_of_all_tasks_have_one_kind_of_axis(tmp_path):
    far, near = ([run(place, train_loss=[1.0, end]) for place in (1, 2)] for end in (0.01, 0.5))
    found = {"a": {"one": far, "other": far}, "b": {"one": near, "other": near}}
    tested = by_hand(tmp_path, found, tasks={"a": MOONS, "b": MOONS}, measure={"monitor": {"metric": "train_loss"}})
    assert [panel.get_yscale() for panel in drawn("curves", tested).canvas.axes] == ["log", "log"]
    assert [panel.get_yscale() for panel in drawn("curves", tested, task="b").canvas.axes] == ["linear"]


def test_a_curve_of_one_layer_of_one_task_is_in_percent(tmp_path):
    own = {"one": runs([[0.1, 0.2]] * 2, "dead"), "other": runs([[0.0, 0.4]] * 2, "dead")}
    found = dict.fromkeys(("moons", "more"), own)
    measure = {"monitor": {"metric": "dead", "layer": 1}}
    tested = by_hand(tmp_path, found, tasks={"moons": MOONS, "more": MOONS}, measure=measure)
    drawing = drawn("curves", tested, metric="dead", layer=1, task="more")
    (panel,) = drawing.canvas.axes
    assert [set(line.get_ydata()) for line in panel.lines] == [{0.2}, {0.4}]
    assert panel.get_ylabel() == "dead units (%), layer 1"
    assert {(row["task"], row["arm"], row["entry"], row["median"]) for row in rows_of(drawing)} == {
        ("more", "one", "dead, layer 1", 0.2), ("more", "other", "dead, layer 1", 0.4),
    }  # fmt: skip
    assert "40" in [label.get_text() for label in panel.get_yticklabels()]


def dots(panel):
    """Heights of the dots, the replicates', by arm: reached and not reached."""
    marked = [np.sort(line.get_ydata()).tolist() for line in panel.lines if line.get_marker() == "o"]
    return [*zip(marked[::2], marked[1::2], strict=True)]


def test_values_are_those_of_the_tasks_that_a_prediction_is_about(tmp_path):
    found = {name: {"one": runs([0.9, 0.8]), "other": runs([0.5, 0.6])} for name in ("b", "a")}
    predict = [{"tasks": ["a"], "difference": ["one", "other"], "above": 0},
               {"tasks": ["b"], "value": "one", "above": 0.7,
                "measure": {"monitor": {"metric": "val_accuracy", "epoch": 0}}}]  # fmt: skip
    tested = by_hand(tmp_path, found, tasks={"b": MOONS, "a": MOONS}, predict=predict)
    (first,) = drawn("values", tested).canvas.axes
    assert first.get_title(loc="left").startswith("a: ")
    assert dots(first) == [([0.8, 0.9], []), ([0.5, 0.6], [])]
    drawing = drawn("values", tested, prediction=1)
    (second,) = drawing.canvas.axes
    assert second.get_title(loc="left").startswith("b: ")
    (box,) = second.collections
    corners = box.get_paths()[0].get_extents()
    assert (corners.x0, corners.x1) == pytest.approx((-0.42, 0.42))  # under the first arm alone
    assert corners.y0 == 0.7
    assert corners.y1 == second.get_ylim()[1]
    assert "Pale boxes" in drawing.caption


def test_values_leave_out_tasks_that_a_prediction_of_the_same_measure_is_not_about(tmp_path):
    found = {name: {"one": runs([0.9, 0.8]), "other": runs([0.5, 0.6])} for name in ("a", "b")}
    predict = [{"tasks": [name], "difference": ["one", "other"], "above": 0} for name in found]
    tested = by_hand(tmp_path, found, tasks={"a": MOONS, "b": MOONS}, predict=predict)
    assert [name[0] for name in titles(drawn("values", tested, prediction=1))] == ["b"]


def test_values_of_any_measure_are_measured_where_there_are_such(tmp_path):
    history = {"gradient_norm": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]}
    found = {"a": {"one": runs([0.9, 0.8], **history), "other": runs([0.5, 0.6], **history)},
             "b": {"one": runs([0.9, 0.8]), "other": runs([0.5, 0.6])}}  # fmt: skip
    tested = by_hand(tmp_path, found, tasks={"a": MOONS, "b": MOONS})
    drawing = drawn("values", tested, measure={"monitor": {"metric": "gradient_norm", "epoch": 1, "layer": 1}})
    assert titles(drawing) == ["a"]  # no verdict, as none was judged
    assert dots(drawing.canvas.axes[0]) == [([4.0, 4.0], [])] * 2
    assert [(row["task"], row["arm"], row["replicate"], row["low"], row["high"]) for row in rows_of(drawing)] == [
        ("a", arm, replicate, 4, 4) for arm in ("one", "other") for replicate in (1, 2)
    ]
    assert {*column(drawing, "measure")} == {drawing.canvas.axes[0].get_ylabel().replace("\n", " ")}
    assert not drawn("values", tested, measure={"monitor": {"metric": "nothing"}}).applies


def test_values_that_were_not_reached_or_are_no_number_are_told(tmp_path):
    found = {"moons": {"one": [run(1, train_loss=[1.0] * 10), run(2, train_loss=[1.0, 0.1])],
                       "other": [run(1, train_loss=[1.0, 0.1]), run(2, train_loss=[1.0, 0.1])]}}  # fmt: skip
    tested = by_hand(tmp_path / "epochs", found, measure={"epochs_to": {"value": 0.2}})
    drawing = drawn("values", tested)
    assert dots(drawing.canvas.axes[0])[0] == ([1.0], [10.0])
    assert "Open dots" in drawing.caption
    drawing = drawn("values", tested, measure={"epochs_to": {"value": 0.2}})
    assert [(row["low"], row["high"]) for row in rows_of(drawing, arm="one")] == [(10, None), (1, 1)]
    found = {"moons": {"one": runs([None, None, 0.5]), "other": runs([0.9, 0.8, 0.9])}}
    drawing = drawn("values", by_hand(tmp_path / "diverged", found))
    (panel,) = drawing.canvas.axes
    assert "2 of 3\nno number" in [text.get_text() for text in panel.texts]
    medians = [line for line in panel.lines if line.get_linewidth() == 2]
    assert [line.get_ydata()[0] for line in medians] == [0.9]  # that of the first arm lies among what has no number


def test_numbers_of_which_a_ratio_is_claimed_begin_at_zero_and_whole_ones_have_whole_ticks(tmp_path):
    found = {"moons": {"one": [run(place, val_loss=[3.0]) for place in (1, 2)],
                       "other": [run(place, val_loss=[2.0]) for place in (1, 2)]}}  # fmt: skip
    measure = {"monitor": {"metric": "val_loss"}}
    for contrast, begins in (("ratio", True), ("difference", False)):
        predict = [{contrast: ["one", "other"], "above": 1}]
        tested = by_hand(tmp_path / contrast, found, measure=measure, predict=predict)
        (panel,) = drawn("values", tested).canvas.axes
        assert (panel.get_ylim()[0] == 0) == begins
        assert all(float(place).is_integer() for place in panel.get_yticks())


def test_shares_are_in_percent_and_other_numbers_that_span_decades_in_logs_on_all_tasks(tmp_path):
    tasks, high, low = {"a": MOONS, "b": MOONS}, runs([0.9] * 2), runs([0.01] * 2)
    found = {"a": {"one": high, "other": low}, "b": {"one": high, "other": high}}
    for panel in drawn("values", by_hand(tmp_path / "shares", found, tasks=tasks)).canvas.axes:
        assert panel.get_yscale() == "linear"
        assert all("." not in label.get_text() or float(label.get_text()) > 1 for label in panel.get_yticklabels())
    high, low = runs([0.9] * 2, "val_loss"), runs([0.01] * 2, "val_loss")
    found = {"a": {"one": high, "other": low}, "b": {"one": high, "other": high}}
    tested = by_hand(tmp_path / "losses", found, tasks=tasks, measure={"monitor": {"metric": "val_loss"}})
    assert [panel.get_yscale() for panel in drawn("values", tested).canvas.axes] == ["log", "log"]


@pytest.mark.parametrize("tasks", [1, 3])
def test_six_long_names_do_not_touch(tmp_path, tasks):
    names = [
        "adam, then momentum",
        "large, regularised",
        "batch normalisation",
        "augmentation",
        "none",
        "early stopping",
    ]
    found = {str(task): {name: runs([0.9, 0.8]) for name in names} for task in range(tasks)}
    tested = by_hand(
        tmp_path, found, tasks=dict.fromkeys(found, MOONS), predict=[{"value": "none", "above": 0}],
        arms={name: {"train": {"l2": place / 100}} for place, name in enumerate(names)},
    )  # fmt: skip
    drawing = drawn("values", tested)
    for panel in drawing.canvas.axes:
        labels = panel.get_xticklabels()
        if labels[0].get_rotation():
            continue  # aslant they run beside each other
        boxes = [label.get_window_extent() for label in labels]
        assert all(left.x1 < right.x0 for left, right in pairwise(boxes))
        assert [label.get_text().replace("\n", " ") for label in labels] == names


def test_layers_between_hidden_ones_alone_are_compared_by_their_weights(tmp_path):
    norms = [9.0, 0.01, 0.1, 1.0, 9.0]
    history = {"gradient_norm": [norms], "activation_std": [norms]}
    found = {"moons": {arm: [run(1, **history), run(2, **history)] for arm in ("one", "other")}}
    tested = by_hand(tmp_path, found, measure={"monitor": {"metric": "gradient_norm", "layer": 1}})
    drawing = drawn("layers", tested, metric="gradient_norm", factor=0.25)
    one, _, dashed = drawing.canvas.axes[0].lines
    assert one.get_xdata().tolist() == [1, 2, 3]
    assert one.get_ydata().tolist() == [0.01, 0.1, 1.0]
    assert dashed.get_ydata().tolist() == [1 / 16, 1 / 4, 1.0]
    assert drawing.canvas.axes[0].get_yscale() == "log"
    assert "other shapes" in drawing.caption
    assert column(drawing, "layer", arm="one") == [1, 2, 3]
    assert column(drawing, "median", arm="one") == [0.01, 0.1, 1.0]
    every = drawn("layers", tested).canvas.axes[0].lines[0]
    assert every.get_xdata().tolist() == [0, 1, 2, 3, 4]


def test_layers_without_a_number_are_gaps_and_zeros_are_told(tmp_path):
    rows = {"one": [[1.0, None, 100.0]], "other": [[1.0, 0.0, 2.0]]}
    found = {"moons": {arm: [run(1, activation_std=own), run(2, activation_std=own)] for arm, own in rows.items()}}
    tested = by_hand(tmp_path, found, measure={"monitor": {"metric": "activation_std", "layer": 0}})
    drawing = drawn("layers", tested)
    for line in drawing.canvas.axes[0].lines:
        assert np.isnan(line.get_ydata()).tolist() == [False, True, False]
    assert "no place for zeros" in drawing.caption
    assert column(drawing, "median", arm="one") == [1, None, 100]
    assert column(drawing, "median", arm="other") == [1, 0, 2]


def test_zeros_count_in_the_median_of_a_layer_on_a_log_axis(tmp_path):
    deviations = [[1.0, 0.0], [1.0, 0.0], [1.0, 0.01], [1.0, 0.02], [1.0, 0.03]]
    own = [run(place, activation_std=[row]) for place, row in enumerate(deviations, start=1)]
    found = {"moons": {"one": own, "other": own}}
    tested = by_hand(tmp_path, found, measure={"monitor": {"metric": "activation_std", "layer": 0}})
    (panel,) = drawn("layers", tested).canvas.axes
    assert panel.get_yscale() == "log"
    assert panel.lines[0].get_ydata().tolist() == [1.0, 0.01]


def watched(*layers, epochs=1):
    """A history of activations: by layer its counts and its range."""
    return {
        "activation_histogram": [[counts for counts, _ in layers]] * epochs,
        "activation_range": [[ends for _, ends in layers]] * epochs,
        "activation_mean": [[sum(ends) / 2 for _, ends in layers]] * epochs,
        "activation_std": [[1.0 for _ in layers]] * epochs,
    }


def test_histograms_have_a_row_an_arm_a_column_a_layer_and_one_x_axis_a_row(tmp_path):
    wide, narrow = ([0, 5, 10, 5], [-2.0, 2.0]), ([1, 1, 1, 1], [-1e-9, 1e-9])
    found = {"moons": {"one": [run(1, **watched(wide, narrow))], "other": [run(1, kept=None, val_loss=[None])]}}
    measure = {"trained": {"what": "parameters"}}
    tested = by_hand(tmp_path, found, measure=measure)
    drawing = drawn("histograms", tested)
    panels = drawing.canvas.axes
    assert len(panels) == 4
    assert [panel.get_title(loc="left") for panel in panels[:2]] == ["layer 0", "layer 1"]
    assert panels[0].get_xlim() == panels[1].get_xlim()
    (bars,) = panels[0].patches
    assert bars.get_data().values.tolist() == [0.0, 0.5, 1.0, 0.5]
    assert bars.get_data().edges.tolist() == [-2, -1, 0, 1, 2]
    assert bars.get_linewidth() > 0  # so that the narrow one is seen
    assert not any(panel.patches for panel in panels[2:])
    assert [tuple(row.values()) for row in rows_of(drawing, layer=0)] == [
        ("moons", "one", 0, low, low + 1, count, 0, 1) for low, count in zip(range(-2, 2), (0, 5, 10, 5), strict=True)
    ]
    assert column(drawing, "from", layer=1) == [-1e-9, -5e-10, 0, 5e-10]
    assert panels[2].get_ylabel() == "other"


def test_histograms_of_one_layer_have_a_column_a_task_and_the_mean(tmp_path):
    own = {arm: [run(1, **watched(([1, 2], [0.0, 2.0]), ([1, 1], ends)))] for arm, ends in
           {"one": [0.0, 4.0], "other": [-1.0, 1.0]}.items()}  # fmt: skip
    found = {"a": own, "b": own}
    tested = by_hand(tmp_path, found, tasks={"a": MOONS, "b": MOONS}, measure={"trained": {"what": "parameters"}})
    drawing = drawn("histograms", tested, layers=[1], epoch=-1)
    panels = drawing.canvas.axes
    assert [panel.get_title(loc="left") for panel in panels] == ["a, layer 1", "b, layer 1", "", ""]
    assert [panel.lines[0].get_xdata()[0] for panel in panels] == [2.0, 2.0, 0.0, 0.0]
    assert panels[0].get_xlim() == panels[2].get_xlim()
    assert [(row["task"], row["arm"]) for row in rows_of(drawing, mean=2)] == [("a", "one")] * 2 + [("b", "one")] * 2
    assert {*column(drawing, "layer")} == {1}
    assert not drawn("histograms", tested, epoch=5).applies


def test_a_pair_lies_on_one_line_where_it_is_equal(tmp_path):
    found = {"moons": {"one": [run(1, train_loss=[1.0, 0.5], train_divergence=[1.0, 0.5])],
                       "other": [run(1, train_loss=[1.0, 0.5], train_divergence=[0.75, 0.4])]}}  # fmt: skip
    tested = by_hand(tmp_path, found, measure={"apart": {"first": "train_loss", "second": "train_divergence"}})
    drawing = drawn("pair", tested)
    equal, apart = drawing.canvas.axes
    assert titles(drawing) == ["moons: one", "moons: other"]
    assert equal.lines[0].get_ydata().tolist() == equal.lines[1].get_ydata().tolist()
    assert apart.lines[1].get_ydata().tolist() == [0.75, 0.4]
    assert [panel.texts[0].get_text() for panel in (equal, apart)] == ["at most 0 apart", "at most 0.250 apart"]
    assert drawing.table.columns == ("task", "arm", "epoch", "train_loss", "train_divergence", "most apart")
    assert drawing.table.rows == [
        ("moons", "one", 0, 1, 1, 0), ("moons", "one", 1, 0.5, 0.5, 0),
        ("moons", "other", 0, 1, 0.75, 0.25), ("moons", "other", 1, 0.5, 0.4, 0.25),
    ]  # fmt: skip


def test_splits_join_training_and_validation_by_the_gap(tmp_path):
    rows = [(0.9, 0.7), (1.0, 0.9), (0.8, 0.5)]
    own = [run(place, train_accuracy=[0, a], val_accuracy=[0, b]) for place, (a, b) in enumerate(rows, start=1)]
    gone = [run(place, kept=None, train_accuracy=[0, None], val_accuracy=[0, None]) for place in (1, 2, 3)]
    drawing = drawn("splits", by_hand(tmp_path, {"moons": {"one": own, "other": gone}}))
    (panel,) = drawing.canvas.axes
    joined = panel.lines[0]
    assert joined.get_xdata().tolist() == [0.9, 0.7]
    marks = {line.get_marker(): line.get_xdata()[0] for line in panel.lines if line.get_marker() in ("o", "s")}
    assert marks == {"o": 0.9, "s": 0.7}
    assert [text.get_text() for text in panel.texts] == ["gap 20.0", "diverged"]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["one", "other"]
    assert "left out" in drawing.caption
    assert [row[3:] for row in drawing.table.rows if row[1] == "one"] == [
        ("training", 0.85, 0.9, 0.95), ("validation", 0.6, 0.7, 0.8), ("gap", None, 0.2, None),
    ]  # fmt: skip
    assert column(drawing, "median", arm="other") == [None] * 3
    one = by_hand(tmp_path / "one", {"moons": {"one": [*own, gone[0]], "other": own}})
    assert [text.get_text() for text in drawn("splits", one).canvas.axes[0].texts] == ["gap 20.0"] * 2


def swept(values, name="val_accuracy"):
    """Trainings by point and replicate, of the values of a sweep; None diverged."""
    return [
        run(replicate, point, kept=None if value is None else -1, **{name: [0.0, value]})
        for point, row in values
        for replicate, value in enumerate(row, start=1)
    ]


def test_a_sweep_counts_what_diverged_as_the_worst_and_ends_where_most_did(tmp_path):
    own = swept([({"learning_rate": 0.01}, [0.5, 0.6, 0.7]), ({"learning_rate": 0.1}, [None, 0.9, 0.8]),
                 ({"learning_rate": 1.0}, [None, None, 0.9])])  # fmt: skip
    tested = by_hand(
        tmp_path, {"moons": {"one": own, "other": own}}, over={"learning_rate": [0.01, 0.1, 1.0]},
        measure={"share": {"value": 0.75}},
    )  # fmt: skip
    drawing = drawn("sweep", tested)
    (panel,) = drawing.canvas.axes
    line = panel.lines[0]
    assert line.get_xdata().tolist() == [0.01, 0.1, 1.0]
    assert line.get_ydata()[:2].tolist() == [0.6, 0.8]
    assert np.isnan(line.get_ydata()[2])
    assert panel.get_xscale() == "log"
    assert panel.get_xlim()[1] >= 1.0
    assert {0.75} in [set(own.get_ydata()) for own in panel.lines]
    assert "Dashed" in drawing.caption
    assert column(drawing, "learning_rate", arm="one") == [0.01, 0.1, 1]
    assert column(drawing, "median", arm="one") == [0.6, 0.8, None]


def test_curves_of_the_best_point_are_those_that_each_replicate_counts(tmp_path):
    points = [{"learning_rate": 0.1}, {"learning_rate": 1.0}]
    over = {"learning_rate": [0.1, 1.0]}
    slow, fast, better = [2.0, 1.0, 0.4], [2.0, 0.4, 0.3], [2.0, 0.4, 0.1]
    histories = {1: (slow, fast), 2: (better, slow), 3: (fast, better)}
    own = [
        run(replicate, point, train_loss=history, val_loss=history)
        for replicate, pair in histories.items()
        for point, history in zip(points, pair, strict=True)
    ]
    lost = [run(place, point, kept=None, train_loss=[2.0, None], val_loss=[2.0, None]) for place, point in
            ((1, points[0]), (2, points[1]), (3, points[0]))]  # fmt: skip
    other = [one for one in own if (one.replicate, one.point) not in [(gone.replicate, gone.point) for gone in lost]]
    tested = by_hand(
        tmp_path, {"moons": {"one": own, "other": [*lost, *other]}}, over=over,
        measure={"epochs_to": {"metric": "train_loss", "value": 0.5}},
    )  # fmt: skip
    drawing = drawn("curves", tested, point="best")
    for arm in ("one", "other"):  # fast, better and better
        assert column(drawing, "median", arm=arm) == [2.0, 0.4, 0.1]
    assert "best point" in drawing.caption
    first = drawn("curves", tested)
    assert column(first, "median", arm="one") == [2.0, 0.4, 0.3]
    assert "best point" not in first.caption
    least = {"monitor": {"metric": "train_loss"}}
    other = by_hand(tmp_path / "least", {"moons": {"one": own, "other": own}}, over=over, measure=least)
    assert column(drawn("curves", other, point="best"), "median", arm="one") == [2.0, 0.4, 0.1]  # by validation loss


def test_a_sweep_of_a_loss_takes_the_largest_for_the_worst_and_words_for_places(tmp_path):
    own = swept([({"optimizer": "sgd"}, [None, 1.0, 2.0]), ({"optimizer": "adam"}, [3.0, 1.0, 2.0])], "val_loss")
    tested = by_hand(
        tmp_path, {"moons": {"one": own, "other": own}}, over={"optimizer": ["sgd", "adam"]},
        measure={"monitor": {"metric": "val_loss"}},
    )  # fmt: skip
    drawing = drawn("sweep", tested, metric="val_loss")
    (panel,) = drawing.canvas.axes
    assert column(drawing, "optimizer", arm="one") == ["sgd", "adam"]
    assert panel.lines[0].get_ydata().tolist() == [2.0, 2.0]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["sgd", "adam"]


def test_values_of_a_sweep_that_are_no_numbers_are_written_as_in_params(tmp_path):
    over = {"hidden": [[8], [8, 8]], "batch_norm": [False, True]}
    points = [{"hidden": hidden, "batch_norm": norm} for hidden in over["hidden"] for norm in over["batch_norm"]]
    own = swept([(point, [0.5]) for point in points])
    tested = by_hand(tmp_path, {"moons": {"one": own, "other": own}}, over=over)
    assert [row[2:4] for row in drawn("grid", tested).table.rows if row[1] == "one"] == [
        ("[8]", "false"), ("[8, 8]", "false"), ("[8]", "true"), ("[8, 8]", "true"),
    ]  # fmt: skip


def test_a_grid_has_a_cell_a_pair_of_values(tmp_path):
    pairs = [{"learning_rate": rate, "init_gain": gain} for rate in (0.1, 1.0, 10.0) for gain in (0.5, 2.0)]
    rows = [[0.9, 0.8, 0.95], [0.5, 0.5, 0.5], [0.1, 0.2, 0.95], [None, None, 0.99], [0.3] * 3, [0.4] * 3]
    own = swept([*zip(pairs, rows, strict=True)])
    over = {"learning_rate": [0.1, 1.0, 10.0], "init_gain": [0.5, 2.0]}
    tested = by_hand(tmp_path, {"moons": {"one": own, "other": own}}, over=over, measure={"share": {"value": 0.9}})

    def cells(**settings):
        drawing = drawn("grid", tested, **settings)
        table = {row[2:4]: row[4] for row in drawing.table.rows if row[1] == "one"}
        shares = [table[rate, gain] for gain in (0.5, 2.0) for rate in (0.1, 1.0, 10.0)]
        panel = drawing.canvas.axes[0]
        assert [text.get_text() for text in panel.texts] == [
            "×" if share is None else f"{100 * share:.0f}" for share in shares
        ]
        return [text.get_text() for text in panel.texts], panel

    written, panel = cells()
    assert written == ["90", "20", "30", "50", "×", "40"]  # the gain grows upwards, the rate to the right
    assert [label.get_text() for label in panel.get_xticklabels()] == ["0.1", "1", "10"]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["0.5", "2"]
    assert cells(value=0.9)[0] == ["67", "33", "0", "0", "33", "0"]
    assert not drawn("sweep", tested).applies
    assert not drawn("grid", by_hand(tmp_path / "none", {"moons": {"one": runs([1.0]), "other": runs([0.5])}})).applies


def test_regions_are_what_the_network_says_and_validation_rows_lie_in_them(planes):
    drawing = drawn("regions", planes)
    assert titles(drawing) == ["moons: fine", "moons: diverges"]
    fine, gone = drawing.canvas.axes
    (image,) = fine.images
    network = planes.network("moons", "fine")
    rows = open_split(planes.view.data["moons"]["fine"], "val")
    said = network.population().forward(np.asarray(rows.x, np.float64))[0].argmax(axis=1)
    left, right, bottom, top = image.get_extent()
    places = (np.arange(0, regions.PIXELS, 7) + 0.5) / regions.PIXELS
    asked = np.array([(left + x * (right - left), bottom + y * (top - bottom)) for y in places for x in places])
    classes = network.population(rows=len(asked)).forward(asked)[0].argmax(axis=1)
    tints = np.array([regions._tint(label) for label in classes]).reshape(len(places), len(places), 3)
    assert len(set(classes)) == 2
    assert image.origin == "lower"
    assert (image.get_array()[::7, ::7] == tints).all()
    shown = {line.get_color(): len(line.get_xdata()) for line in fine.lines}
    assert shown == {regions.CLASSES[label]: (rows.y[: regions.ROWS] == label).sum() for label in (0, 1)}
    assert fine.get_xlabel() == f"{100 * np.mean(said == rows.y):.1f} % right"
    accuracy = planes.runs["moons"]["fine"][0]
    assert np.mean(said == rows.y) == pytest.approx(accuracy.history["val_accuracy"][accuracy.kept_epoch])
    assert not gone.images
    for name, own in (("first feature", rows.x[:, 0]), ("second feature", rows.x[:, 1])):
        assert column(drawing, name, arm="fine") == near(own)
    assert column(drawing, "class", arm="fine") == rows.y.tolist()
    assert column(drawing, "answer", arm="fine") == said.tolist()
    assert {*column(drawing, "answer", arm="diverges")} == {None}
    assert gone.get_xlabel() == "diverged"
    assert "diverged" in drawing.caption


def test_fits_are_in_the_units_of_the_target_and_outliers_lie_at_the_edge(planes):
    drawing = drawn("fits", planes)
    assert titles(drawing) == ["sine: fine", "sine: diverges"]
    fine, gone = drawing.canvas.axes
    folder = planes.view.data["sine"]["fine"]
    rows, target = open_split(folder, "train"), Dataset.read(folder).target
    truth, curve = fine.lines[:2]
    x = truth.get_xdata()
    assert truth.get_ydata() == pytest.approx(np.sin(2 * np.pi * x))
    network = planes.network("sine", "fine")
    said = target.restore(network.population().forward(np.asarray(rows.x, np.float64))[0, :, 0])
    inside, beyond = (line for line in fine.lines if line.get_marker() in ("o", "^"))
    assert len(inside.get_xdata()) + len(beyond.get_xdata()) == len(rows.y)
    assert len(beyond.get_xdata()) == Dataset.read(folder).wrong_targets > 0
    standard = (rows.x[:, 0] - rows.x[:, 0].min()) / (rows.x[:, 0].max() - rows.x[:, 0].min())
    places = x[0] + standard * (x[-1] - x[0])  # the feature is standardised, its order and distances are not changed
    assert np.interp(places, x, curve.get_ydata()) == pytest.approx(said, abs=0.02)
    assert [text.get_text() for text in gone.texts] == ["diverged"]
    assert fine.get_ylim() == gone.get_ylim()
    table = [row[2:] for row in drawing.table.rows if row[1] == "fine"]
    first, lines = table[: len(rows.y)], table[len(rows.y) :]
    assert [y for _, y, *_ in first] == near(target.restore(np.asarray(rows.y)))
    assert [x for x, *_ in lines] == near(x)
    assert [answer for _, _, answer, _ in lines] == near(curve.get_ydata())
    np.testing.assert_allclose([wave for *_, wave in lines], truth.get_ydata(), rtol=1e-5, atol=1e-12)
    assert {row["network"] for row in rows_of(drawing, arm="diverges")} == {None}


def test_templates_are_the_first_layers_weights_the_strongest_first(images):
    drawing = drawn("templates", images)
    none, twelve = drawing.canvas.axes[:10], drawing.canvas.axes[10:]
    assert [bool(panel.images) for panel in (*none, *twelve)] == [True] * 20
    network = images.network("digits", "twelve")
    population = network.population()
    (first, _), (second, _) = population.architecture.layers(population.values)
    counts = np.linalg.norm(first[0], axis=0) * np.linalg.norm(second[0], axis=1)
    strongest = np.argsort(-counts)
    for panel, unit in zip(twelve, strongest, strict=False):
        image = panel.images[0]
        assert image.get_array().data.ravel() == pytest.approx(first[0, :, unit])
        assert image.get_clim() == pytest.approx((-np.abs(first[0, :, unit]).max(), np.abs(first[0, :, unit]).max()))
        assert [row["weight"] for row in rows_of(drawing, arm="twelve", unit=unit)] == near(first[0, :, unit])
    assert titles(drawing)[10] == "twelve: 10 of 12"
    assert [(row["row"], row["column"]) for row in rows_of(drawing, arm="none", unit=3)] == [*np.ndindex(8, 8)]


def test_filters_are_drawn_as_their_windows_and_what_excites_them_with_its_picture(tmp_path):
    digits = {"data": {"source": "digits", "train_rows": 60}, "train": {"epochs": 1, "monitors": "full"}}
    blocks = [{"filters": 12}, {"filters": 3, "kernel": 2, "pool": None}]
    tested = trained(
        tmp_path,
        tasks={"digits": digits},
        arms={"dense": {}, "filters": {"model": {"convolution": blocks}}},
        predict=[{"difference": ["filters", "dense"], "above": 0}],
    )
    network = tested.network("digits", "filters")
    windows = network.population().architecture.layers(network.values[None])[0][0][0]
    strongest = np.argsort(-np.linalg.norm(windows, axis=0))[:10]
    weights = drawn("templates", tested)
    assert {*column(weights, "unit", arm="filters")} == {*strongest.tolist()}
    for unit in strongest:
        assert [row["weight"] for row in rows_of(weights, arm="filters", unit=unit)] == near(windows[:, unit])
    # what a first filter shows is itself, times what it says
    first = drawn("excitement", tested)
    own = int(column(first, "filter", arm="filters")[0]) - 1
    picture = np.array([row["value"] for row in rows_of(first, arm="filters", filter=own + 1, example=1)])
    assert np.sort(picture[picture != 0] / np.abs(picture).max()) == pytest.approx(
        np.sort(windows[:, own] / np.abs(windows[:, own]).max()), abs=1e-5
    )
    assert {*column(first, "arm")} == {"filters"}
    assert {*column(drawn("excitement", tested, block=1), "filter")} <= {1, 2, 3}
    none = drawn("excitement", tested, block=2)
    assert not none.applies
    assert "no task has images and filters in block 3" in none.caption.lower()


def test_weights_are_all_counted_and_lines_stand_at_their_deviations(images):
    drawing = drawn("weights", images, layer=0, deviations=2)
    for panel, arm in zip(drawing.canvas.axes, ("none", "twelve"), strict=True):
        population = images.network("digits", arm).population()
        own = population.architecture.layers(population.values)[0][0].ravel()
        (bars,) = panel.patches
        assert bars.get_data().values.sum() == own.size
        assert [line.get_xdata()[0] for line in panel.lines] == pytest.approx(
            [own.mean() - 2 * own.std(), own.mean() + 2 * own.std()]
        )
        share = np.mean(np.abs(own - own.mean()) <= 2 * own.std())
        assert panel.get_title(loc="left") == f"{arm}: {100 * share:.2f} % within"
        assert column(drawing, "weights", arm=arm) == bars.get_data().values.tolist()
        assert column(drawing, "from", arm=arm) == near(bars.get_data().edges[:-1])
        assert column(drawing, "to", arm=arm) == near(bars.get_data().edges[1:])
        assert column(drawing, "within", arm=arm) == near([share] * weights.BINS)
    zeros = drawn("weights", images, layer=1)  # of which one arm has none
    assert len(zeros.canvas.axes) == 1
    assert zeros.canvas.axes[0].get_title(loc="left").endswith("% at 0")


@pytest.mark.parametrize("name", [*OF_RUNS, *NETWORKS])
def test_what_does_not_apply_is_a_note(name, tmp_path):
    found = {"graph": {arm: [run(place, gates=[3]) for place in (1, 2)] for arm in ("one", "other")}}
    tasks = {"graph": {"simulation": {"gates": {}}}}
    own = {"one": {"simulation": {"gates": {"form": "fine"}}}, "other": {}}
    predict = [{"difference": ["one", "other"], "above": 0}]
    tested = by_hand(
        tmp_path, found, tasks=tasks, arms=own, predict=predict, measure={"trained": {"what": "parameters"}}
    )
    settings = {"measure": {"monitor": {"metric": "val_accuracy"}}} if name == "values" else {}
    drawing = drawn(name, tested, **settings)
    assert not drawing.applies
    assert drawing.caption.endswith(".")


@pytest.mark.parametrize("name", OF_RUNS)
@pytest.mark.parametrize("over", [{}, {"l1": [0.0, 0.1]}, {"l1": [0.0, 0.1], "learning_rate": [0.1, 1.0]}])
def test_runs_that_all_diverged_before_their_first_epoch_are_no_error(name, over, tmp_path):
    history = {
        entry: [None]
        for entry in ("train_loss", "val_accuracy", "train_accuracy", "train_divergence", "activation_std")
    } | {"activation_histogram": [[None]], "activation_range": [[[None, None]]], "activation_mean": [[None]]}
    points = claim_of(over=over).points
    own = [run(place, point, kept=None, **history) for place in (1, 2) for point in points]
    drawn(name, by_hand(tmp_path, {"moons": {"one": own, "other": own}}, over=over))


@pytest.mark.parametrize("name", OF_RUNS)
def test_six_arms_on_four_tasks_are_drawn_equally_twice(name, tmp_path):
    names = list("abcdef")
    over = {"sweep": {"l1": [0.1, 1.0]}, "grid": {"l1": [0.1, 1.0], "learning_rate": [0.1, 1.0]}}.get(name, {})
    points = claim_of(over=over).points
    history = {"train_loss": [1.0, 0.5], "train_divergence": [1.0, 0.5], "train_accuracy": [0.5, 0.9],
               "val_accuracy": [0.4, 0.8]} | watched(([1, 2], [0.0, 1.0]), ([2, 1], [0.0, 2.0]), epochs=2)  # fmt: skip
    own = [run(place, point, **history) for place in (1, 2) for point in points]
    found = {task: dict.fromkeys(names, own) for task in ("w", "x", "y", "z")}
    tested = by_hand(
        tmp_path, found, tasks=dict.fromkeys(found, MOONS), over=over, predict=[{"value": "a", "above": 0}],
        arms={arm: {"train": {"l2": place / 100}} for place, arm in enumerate(names)},
    )  # fmt: skip
    drawing = drawn(name, tested)
    assert drawing.applies
    if name == "curves":  # six lines that cross are told apart without colours
        assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in drawing.canvas.axes[0].lines}) == 6


def test_classes_have_tints_that_are_pale_and_differ():
    tints = [regions._tint(label) for label in range(len(regions.CLASSES))]
    assert len(set(tints)) == len(tints)
    for label, tint in enumerate(tints):
        assert min(tint) > 180 - 1
        strongest = np.argmax(to_rgb(regions.CLASSES[label]))
        assert tint[strongest] == max(tint)
