"""Pictures of simulations, searches and ends of trainings: what they draw, from claims made by hand."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.patches import Circle, Ellipse, Polygon

from mindgap.claims.simulations import SIMULATIONS
from mindgap.params.claim import Claim
from mindgap.params.pictures import picture_of
from mindgap.report.claims import tested
from mindgap.report.claims.pictures import PICTURES
from mindgap.report.drawing import style
from mindgap.results.arm import Arm, ArmRun
from tests.unit.claim_tables import check, column, near, rows_of
from tests.unit.test_claim_pictures_networks import NETWORKS, OF_RUNS

OTHERS = ("paths", "bowls", "points", "best_so_far", "stack", "capacities", "fifths", "work", "dropout", "states")

SPACE = {"learning_rate": {"log_uniform": [1e-4, 1]}, "l2": {"log_uniform": [1e-6, 0.1]}}


def made(folder, tasks, arms, runs, spec=None, over=None, trained=False):
    """A claim whose arms have these runs, by task and arm; `spec` is that of each arm's file."""
    claim = Claim.model_validate(
        {
            "claim": "T1",
            "statement": "One is more.",
            "tasks": tasks,
            "arms": arms,
            "over": over or {},
            "measure": {"monitor": {"metric": "train_loss"}},
            "predict": [{"value": next(iter(arms)), "above": 0}],
        }
    )
    places: dict = {task: {} for task in tasks}
    for task in tasks:
        for number, arm in enumerate(arms):
            places[task][arm] = (folder / task / str(number),)
            places[task][arm][0].mkdir(parents=True)
            own = (spec or {}).get((task, arm), {"train": {}})
            Arm({}, 1, own, tuple(runs[task, arm])).write(places[task][arm][0])
    data = {task: dict.fromkeys(arms, folder) for task in tasks} if trained else {}
    return tested.TestedClaim(SimpleNamespace(claim=claim, arms=places, data=data), None)


def simulated(folder, name, arms, replicates=3):
    """A claim about one simulation, truly run."""
    found = {arm: SIMULATIONS[name].model_validate(settings) for arm, settings in arms.items()}
    runs = {
        ("task", arm): [
            ArmRun(replicate=number, point={}, kept_epoch=0, history=one.run(0, number))
            for number in range(1, replicates + 1)
        ]
        for arm, one in found.items()
    }
    spec = {("task", arm): {"simulation": {name: one.model_dump(mode="json")}} for arm, one in found.items()}
    blocks = {arm: {"simulation": {name: {"x": arm}}} for arm in arms}
    return made(folder, {"task": {"simulation": {name: {}}}}, blocks, runs, spec)


def trial(replicate, value, rate=0.01, l2=0.001, level="only", epochs=10, metric="val_accuracy"):
    """A trial of a search; of value None one that diverged after 2 epochs."""
    lost = value is None
    count = 2 if lost else epochs
    history = {metric: [0.1] * count + [value], "train_loss": [1.0] * (count + 1)}
    return ArmRun(
        replicate=replicate,
        point={"learning_rate": rate, "l2": l2},
        level=level,
        status="diverged" if lost else "finished",
        kept_epoch=None if lost else count,
        history=history,
    )


def searched(folder, arms, spaces=None):
    """A claim whose arms are searches on one task, with these trials."""
    blocks = {
        arm: {"search": {"space": (spaces or {}).get(arm, SPACE), "levels": {"only": {"trials": 3 + n, "epochs": 10}}}}
        for n, arm in enumerate(arms)
    }
    return made(folder, {"digits": {}}, blocks, {("digits", arm): runs for arm, runs in arms.items()})


def drawn(name, claim, **settings):
    """What a picture draws, once it is known that it draws the same bytes again."""
    pictures = []
    for _ in range(2):
        with style.applied():
            drawing = PICTURES[name].draw(claim, **dict(picture_of(name, settings)))
            pictures.append(style.svg(drawing.canvas))
    assert pictures[0] == pictures[1]
    check(name, drawing, settings)
    return drawing


def test_every_picture_is_drawn_in_these_tests():
    assert sorted([*OF_RUNS, *NETWORKS, *OTHERS]) == sorted(PICTURES)


def patches(panel, kind):
    return [patch for patch in panel.patches if type(patch) is kind]


def legend(drawing):
    return [text.get_text() for text in drawing.canvas.legends[0].get_texts()]


RAVINE = {"descent": {"optimizer": "sgd", "steps": 30}, "momentum": {"optimizer": "momentum", "steps": 30}}


def test_paths_go_from_the_start_with_one_panel_an_arm_and_the_losses_below(tmp_path):
    claim = simulated(tmp_path, "ravine", RAVINE)
    drawing = drawn("paths", claim, steps=20)
    *above, below = drawing.canvas.axes
    assert [panel.get_title("left") for panel in above] == ["descent", "momentum"]
    for panel, line, arm in zip(above, below.lines, RAVINE, strict=True):
        history = claim.runs["task"][arm][0].history
        path = panel.lines[1]  # after the star at the least point
        np.testing.assert_allclose(path.get_xydata(), history["place"][:21])
        np.testing.assert_allclose(line.get_ydata(), history["train_loss"][:21])
        outer = patches(panel, Ellipse)[0]
        x, y = history["place"][0]
        assert (2 * x / outer.width) ** 2 + (2 * y / outer.height) ** 2 == pytest.approx(1)
        assert outer.width / outer.height == pytest.approx(math.sqrt(50))
        assert column(drawing, "step", arm=arm) == [*range(21)]
        assert column(drawing, "w_1", arm=arm) == near(path.get_xdata())
        assert column(drawing, "w_2", arm=arm) == near(path.get_ydata())
        assert column(drawing, "loss", arm=arm) == near(line.get_ydata())
        assert {*column(drawing, "steepness", arm=arm)} == {50.0}


def test_the_ravine_is_as_steep_as_it_was_drawn(tmp_path):
    claim = simulated(tmp_path, "ravine", {"descent": {"steepness": [20, 51], "steps": 5}})
    history = claim.runs["task"]["descent"][0].history
    (x, y), loss = history["place"][0], history["train_loss"][0]
    steepness = (2 * loss - x**2) / y**2
    assert 20 < steepness < 51
    drawing = drawn("paths", claim)
    outer = patches(drawing.canvas.axes[0], Ellipse)[0]
    assert (outer.width / outer.height) ** 2 == pytest.approx(steepness)
    assert column(drawing, "steepness") == near([steepness] * 6)


def test_a_path_that_diverges_leaves_the_panel_and_hides_no_other(tmp_path):
    arms = {"descent": {"steps": 9}, "wild": {"learning_rate": 30.0, "steps": 12}}
    drawing = drawn("paths", simulated(tmp_path, "ravine", arms))
    assert [panel.get_xlim()[1] < 30 for panel in drawing.canvas.axes[:2]] == [True, True]
    assert np.abs(drawing.canvas.axes[1].lines[1].get_xdata()).max() > 1e6


def test_a_path_that_leaves_all_numbers_ends_there(tmp_path):
    arms = {"descent": {"steps": 9}, "wild": {"learning_rate": 1e200, "steps": 12}}
    claim = simulated(tmp_path, "ravine", arms)
    assert claim.runs["task"]["wild"][0].history["train_loss"][-1] is None
    drawing = drawn("paths", claim)
    assert all(np.isfinite(panel.get_xlim()).all() for panel in drawing.canvas.axes)
    assert column(drawing, "loss", arm="wild")[-1] is None


def test_the_bowl_touches_the_diamond_or_the_circle_at_the_solution(tmp_path):
    arms = {"none": {"penalty": "none"}, "l1": {"penalty": "l1"}, "l2": {"penalty": "l2"}}
    claim = simulated(tmp_path, "two_weights", arms, replicates=5)
    drawing = drawn("bowls", claim)
    diamond, circle = drawing.canvas.axes
    assert diamond.get_title("left") == "l1: a weight is 0 in 5 of 5"
    assert circle.get_title("left") == "l2: a weight is 0 in 0 of 5"
    ends = {arm: [run.history["place"][-1] for run in claim.runs["task"][arm]] for arm in arms}
    size = np.abs(ends["l1"][0]).sum()
    np.testing.assert_allclose(np.abs(patches(diamond, Polygon)[1].get_xy()).sum(axis=1), size)
    assert patches(circle, Circle)[1].radius == pytest.approx(np.linalg.norm(ends["l2"][0]))
    for panel, arm in ((diamond, "l1"), (circle, "l2")):
        touching = patches(panel, Ellipse)[2]
        away = np.subtract(ends[arm][0], touching.center)
        turn = np.radians(touching.angle)
        along = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) @ away
        assert (2 * along[0] / touching.width) ** 2 + (2 * along[1] / touching.height) ** 2 == pytest.approx(1)
        rings = next(line for line in panel.lines if line.get_markerfacecolor() == "none")
        np.testing.assert_allclose(rings.get_xydata(), ends[arm][1:])
        found = [(row["w_1"], row["w_2"]) for row in rows_of(drawing, arm=arm)]
        there = claim.runs["task"][arm][0].history["place"]
        np.testing.assert_allclose(found, [*there, *ends[arm][1:]], rtol=1e-5)
        bowl = [
            tuple(row[name] for name in ("c_1", "c_2", "a_11", "a_12", "a_22")) for row in rows_of(drawing, arm=arm)
        ]
        assert len({*bowl}) == 5  # one a replicate
        np.testing.assert_allclose(bowl[0], claim.runs["task"][arm][0].history["bowl"][0], rtol=1e-5)
    assert column(drawing, "replicate", arm="l1")[-5:] == [1, 2, 3, 4, 5]


PARTS = {"parts": ["bias", "variance", "noise"], "total": "error"}


def parted(folder, rows):
    """A claim whose arms have these parts, a row a replicate: bias, variance, noise, error, train."""
    names = (*PARTS["parts"], "error", "train")
    runs = {
        ("sine", arm): [
            ArmRun(replicate=n, point={}, kept_epoch=0, history={k: [v] for k, v in zip(names, row, strict=True)})
            for n, row in enumerate(own, 1)
        ]
        for arm, own in rows.items()
    }
    return made(folder, {"sine": {}}, {arm: {"model": {"hidden": [len(arm)]}} for arm in rows}, runs)


def test_parts_are_stacked_to_their_mean_sum_and_the_total_stands_where_it_was_measured(tmp_path):
    claim = parted(tmp_path, {"2": [(5, 1, 2, 9, 4), (3, 3, 2, 8, 6)], "16": [(1, 4, 2, 7, 0), (1, 6, 2, 9, 2)]})
    drawing = drawn("stack", claim, **PARTS, beside="train")
    (panel,) = drawing.canvas.axes
    heights = np.array([[bar.get_height() for bar in bars] for bars in panel.containers])
    np.testing.assert_allclose(heights, [[4, 1], [2, 5], [2, 2]])
    np.testing.assert_allclose([bar.get_y() for bar in panel.containers[2]], [6, 6])
    totals = next(line for line in panel.lines if line.get_marker() == "D")
    np.testing.assert_allclose(totals.get_ydata(), [8.5, 8])
    beside = next(line for line in panel.lines if line.get_marker() == "s")
    np.testing.assert_allclose(beside.get_ydata(), [5, 1])
    assert column(drawing, "mean", arm="2") == [4, 2, 2, 8.5, 5]
    assert column(drawing, "part", arm="16") == ["bias", "variance", "noise", "error", "train"]
    assert [(row["lower quartile"], row["upper quartile"]) for row in rows_of(drawing, arm="2", part="error")] == [
        (8.25, 8.75)
    ]


def test_curves_of_each_capacity_lie_over_the_truth(tmp_path):
    arms = {"2 units": {"hidden": [2], "sets": 3, "epochs": 2}, "4 units": {"hidden": [4], "sets": 3, "epochs": 2}}
    claim = simulated(tmp_path, "bias_variance", arms, replicates=1)
    drawing = drawn("capacities", claim)
    for panel, arm in zip(drawing.canvas.axes, arms, strict=True):
        *curves, truth = panel.lines
        assert panel.get_title("left") == arm
        there = np.array(claim.runs["task"][arm][0].history["curves"][0])
        np.testing.assert_allclose([line.get_ydata() for line in curves], there[:, ::4])
        np.testing.assert_allclose(truth.get_ydata(), np.sin(2 * np.pi * truth.get_xdata()))
        for number, line in enumerate(curves, start=1):
            assert column(drawing, "x", arm=arm, set=number) == near(line.get_xdata())
            assert column(drawing, "network", arm=arm, set=number) == near(line.get_ydata())
            np.testing.assert_allclose(
                column(drawing, "truth", arm=arm, set=number), truth.get_ydata(), rtol=1e-5, atol=1e-12
            )


def probed(folder, rows):
    runs = {
        ("moons", "net"): [
            ArmRun(replicate=n, point={}, kept_epoch=None if row is None else 1, history={"errors_by_spread": [row]})
            for n, row in enumerate(rows, 1)
        ]
    }
    return made(folder, {"moons": {}}, {"net": {}}, runs)


def test_errors_by_fifth_are_medians_and_what_diverged_is_left_out(tmp_path):
    rows = [[0, 0, 0.1, 0.2, 0.3], None, [0, 0.1, 0.1, 0.4, 0.5], [0, 0.2, 0.4, 0.6, 0.9]]
    drawing = drawn("fifths", probed(tmp_path, rows))
    (panel,) = drawing.canvas.axes
    np.testing.assert_allclose(panel.lines[0].get_ydata(), [0, 0.1, 0.1, 0.4, 0.5])
    assert panel.get_title("left") == "moons"
    assert column(drawing, "fifth") == [1, 2, 3, 4, 5]
    assert column(drawing, "median") == [0, 0.1, 0.1, 0.4, 0.5]
    assert column(drawing, "lower quartile") == near([0, 0.05, 0.1, 0.3, 0.4])
    assert column(drawing, "upper quartile") == near([0, 0.15, 0.25, 0.5, 0.7])


def test_where_nothing_fits_pictures_say_so(tmp_path):
    claim = probed(tmp_path, [None, None])
    asked = {"points": {"params": ["learning_rate"]}, "stack": PARTS}
    assert [name for name in OTHERS if drawn(name, claim, **asked.get(name, {})).applies] == []


def test_work_is_counted_by_arm_for_each_point_and_slopes_are_compared(tmp_path):
    runs = {
        ("graph", arm): [
            ArmRun(replicate=n, point={"layers": k}, kept_epoch=0,
                   history={"gates": [size * k], "values": [100 * size * k], "slope": [4.0 + (size == 2) * 1e-3]})
            for n in (1, 2) for k in (1, 3)
        ]
        for arm, size in (("fused", 1), ("fine", 2))
    }  # fmt: skip
    arms = {arm: {"simulation": {"gates": {"form": arm}}} for arm in ("fused", "fine")}
    claim = made(tmp_path, {"graph": {"simulation": {"gates": {}}}}, arms, runs, over={"layers": [1, 3]})
    drawing = drawn("work", claim)
    gates, values = drawing.canvas.axes
    assert [[bar.get_height() for bar in bars] for bars in gates.containers] == [[1, 3], [2, 6]]
    assert [[bar.get_height() for bar in bars] for bars in values.containers] == [[100, 300], [200, 600]]
    assert "0.000250 times its size, in all of 2 replicates" in drawing.caption
    assert legend(drawing) == ["fused", "fine"]
    assert [tuple(row.values()) for row in rows_of(drawing, arm="fine")] == [
        ("graph", "fine", 1, 2, 200),
        ("graph", "fine", 3, 6, 600),
    ]


def test_dropout_shows_every_replicate_what_chance_leaves_and_the_limit(tmp_path):
    arms = {"wrong": {"form": "unscaled", "draws": 400}, "right": {"form": "inverted", "rate": 0.2, "draws": 400}}
    claim = simulated(tmp_path, "dropout_forms", arms)
    drawing = drawn("dropout", claim, limit=0.02)
    (panel,) = drawing.canvas.axes
    for arm, dots in zip(arms, (panel.lines[0], panel.lines[2]), strict=True):
        assert list(dots.get_ydata()) == [run.history["off"][0] for run in claim.runs["task"][arm]]
        assert column(drawing, "off", arm=arm) == near(dots.get_ydata())
    assert [{*column(drawing, name, arm="right")} for name in ("form", "rate", "chance")] == [
        {"inverted"}, {0.2}, {0.025},
    ]  # fmt: skip
    chance = next(line for line in panel.lines if line.get_marker() == "D").get_ydata()
    np.testing.assert_allclose(chance, [1 / 20, 0.5 / 20])
    assert claim.runs["task"]["right"][0].history["off"][0] == pytest.approx(chance[1], rel=0.3)
    assert panel.lines[-1].get_ydata()[0] == 0.02


def ended(replicate, losses, status="finished", **point):
    return ArmRun(replicate=replicate, point=point, status=status, kept_epoch=None, history={"train_loss": losses})


def states(panel):
    """Shares by state, a row a bar."""
    return np.array([[bar.get_height() for bar in bars] for bars in panel.containers]).T


def test_states_count_what_learned_hardly_moved_and_diverged(tmp_path):
    runs = {
        ("digits", "good"): [ended(1, [2.0, 1.0]), ended(2, [2.0, 1.89])],
        ("digits", "bad"): [ended(1, [2.0, 1.91]), ended(2, [2.0, None], "diverged")],
    }
    claim = made(tmp_path, {"digits": {}}, {"good": {}, "bad": {"train": {"l2": 1}}}, runs, trained=True)
    drawing = drawn("states", claim)
    (panel,) = drawing.canvas.axes
    assert legend(drawing) == ["learned", "hardly moved", "diverged"]
    np.testing.assert_allclose(states(panel), [[1, 0, 0], [0, 0.5, 0.5]])
    assert drawing.table.columns == ("task", "arm", "learned", "hardly moved", "diverged")
    assert drawing.table.rows == [("digits", "good", 1, 0, 0), ("digits", "bad", 0, 0.5, 0.5)]


def test_states_of_arms_whose_names_begin_alike_are_all_drawn(tmp_path):
    names = ["batch normalisation, small", "batch normalisation, large"]
    runs = {("digits", name): [ended(1, [2.0, end])] for name, end in zip(names, (1.0, 2.0), strict=True)}
    arms = {name: {"train": {"l2": place}} for place, name in enumerate(names)}
    (panel,) = drawn("states", made(tmp_path, {"digits": {}}, arms, runs, trained=True)).canvas.axes
    np.testing.assert_allclose(states(panel), [[1, 0, 0], [0, 1, 0]])


def test_states_of_a_sweep_stand_by_its_values(tmp_path):
    runs = {("digits", "sgd"): [ended(1, [2.0, 1.0], rate=0.1), ended(1, [2.0, 2.0], rate=0.001)]}
    claim = made(tmp_path, {"digits": {}}, {"sgd": {}}, runs, over={"rate": [0.1, 0.001]}, trained=True)
    drawing = drawn("states", claim)
    (panel,) = drawing.canvas.axes
    assert panel.get_title("left") == "digits, sgd"
    assert drawing.table.rows == [("digits", "sgd", 0.1, 1, 0, 0), ("digits", "sgd", 0.001, 0, 1, 0)]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["0.1", "0.001"]
    np.testing.assert_allclose(states(panel), [[1, 0, 0], [0, 1, 0]])


def scatters(panel):
    return [dots.get_offsets() for dots in panel.collections]


def test_points_lie_where_they_were_tried_above_what_they_reached_along_the_first_param(tmp_path):
    random = [
        trial(1, 0.5, 0.001, 1e-5),
        trial(1, 0.9, 0.02, 1e-3),
        trial(1, None, 0.8, 1e-2),
        trial(2, 1.0, 0.5, 1e-4),
    ]
    grid = [trial(1, 0.4, 0.01, 1e-5), trial(1, 0.6, 0.01, 1e-2)]
    drawing = drawn("points", searched(tmp_path, {"random": random, "grid": grid}), params=["learning_rate", "l2"])
    above, below, above_grid, below_grid, _ = drawing.canvas.axes
    np.testing.assert_allclose(scatters(below)[0], [(0.001, 1e-5), (0.02, 1e-3)])
    np.testing.assert_allclose(scatters(above)[0], [(0.001, 0.5), (0.02, 0.9)])
    np.testing.assert_allclose(scatters(above_grid)[0], [(0.01, 0.4), (0.01, 0.6)])
    lost = next(line for line in below.lines if line.get_marker() == "x")
    np.testing.assert_allclose(lost.get_xydata(), [(0.8, 1e-2)])
    best = next(line for line in below.lines if line.get_marker() == "o")
    np.testing.assert_allclose(best.get_xydata(), [(0.02, 1e-3)])
    rates, penalties = (np.unique([x for x in line.get_data()[axis] if x == x]) for axis, line in
                        enumerate(below_grid.lines[-2:]))  # fmt: skip
    np.testing.assert_allclose(rates, [0.01])  # a grid tries few different values
    np.testing.assert_allclose(penalties, [1e-5, 1e-2])
    assert below.get_xscale() == below.get_yscale() == "log"
    assert below.get_xlim() == below_grid.get_xlim() == above.get_xlim()
    assert "Grey crosses are trials that diverged." in drawing.caption
    assert drawing.table.columns == ("task", "arm", "level", "learning_rate", "l2", "val_accuracy")
    assert [row[3:] for row in drawing.table.rows if row[1] == "random"] == [
        (0.001, 1e-5, 0.5), (0.02, 1e-3, 0.9), (0.8, 1e-2, None),
    ]  # fmt: skip


def test_a_uniform_arm_beside_a_logarithmic_one_is_shown_on_the_log_axis(tmp_path):
    spaces = {"uniform": {name: {"uniform": domain["log_uniform"]} for name, domain in SPACE.items()}}
    both = {"log": [trial(1, 0.5)], "uniform": [trial(1, 0.5)]}
    axes = drawn("points", searched(tmp_path / "1", both, spaces), params=["learning_rate", "l2"]).canvas.axes
    assert [panel.get_xscale() for panel in axes[:4]] == ["log"] * 4
    alone = searched(tmp_path / "2", {"uniform": [trial(1, 0.5)]}, spaces)
    assert drawn("points", alone, params=["learning_rate", "l2"]).canvas.axes[1].get_xscale() == "linear"


def test_levels_have_other_marks(tmp_path):
    runs = [trial(1, 0.5, level="coarse"), trial(1, 0.6, 0.02, level="fine")]
    drawing = drawn("points", searched(tmp_path, {"both": runs}), params=["learning_rate", "l2"])
    below = drawing.canvas.axes[1]
    assert [len(places) for places in scatters(below)] == [1, 1]
    assert "Circles are trials of the level coarse, triangles those of fine." in drawing.caption


def test_one_param_is_drawn_against_the_value_with_the_ranges_that_were_searched(tmp_path):
    spaces = {
        "low": {"learning_rate": {"log_uniform": [1e-4, 0.01]}},
        "high": {"learning_rate": {"log_uniform": [0.01, 1]}},
    }
    arms = {"low": [trial(1, 0.3, 0.001), trial(1, 0.5, 0.009)], "high": [trial(1, 0.8, 0.1), trial(1, None, 0.9)]}
    drawing = drawn("points", searched(tmp_path, arms, spaces), params=["learning_rate"])
    assert [row[2:] for row in drawing.table.rows] == [
        ("only", 0.001, 0.3), ("only", 0.009, 0.5), ("only", 0.1, 0.8), ("only", 0.9, None),
    ]  # fmt: skip
    (panel,) = drawing.canvas.axes
    brackets = [line.get_xdata() for line in panel.lines if line.get_marker() == "|"]
    assert [list(map(float, ends)) for ends in brackets] == [[1e-4, 0.01], [0.01, 1]]
    dots = {line.get_label(): line.get_xydata().tolist() for line in panel.lines if line.get_label() in arms}
    assert dots == {"low": [[0.001, 0.3], [0.009, 0.5]], "high": [[0.1, 0.8]]}
    assert next(line for line in panel.lines if line.get_marker() == "x").get_xdata()[0] == 0.9


def test_a_search_in_which_all_diverged_is_drawn(tmp_path):
    claim = searched(tmp_path, {"lost": [trial(1, None), trial(2, None)]})
    assert drawn("points", claim, params=["learning_rate", "l2"]).applies
    assert drawn("points", claim, params=["learning_rate"]).applies
    assert drawn("best_so_far", claim).applies


def lines(panel):
    return [line for line in panel.lines if len(line.get_xdata()) > 1]


def test_the_best_so_far_is_the_expected_best_by_the_epochs_that_trials_cost(tmp_path):
    own = [trial(1, 0.2, epochs=10), trial(1, 0.4, epochs=10), trial(1, 0.9, epochs=4)]
    drawing = drawn("best_so_far", searched(tmp_path, {"random": own}))
    (line,) = lines(drawing.canvas.axes[0])
    assert column(drawing, "epochs") == [8, 16, 24]
    for name in ("lower quartile", "median", "upper quartile"):  # of one replicate
        assert column(drawing, name) == near([0.5, 2.2 / 3, 0.9])
    np.testing.assert_allclose(line.get_xdata(), [8, 16, 24])  # a trial costs 24 / 3 epochs in the mean
    # of one: the mean; of two: (0.4 + 0.9 + 0.9) / 3
    np.testing.assert_allclose(line.get_ydata(), [0.5, 2.2 / 3, 0.9])


def test_a_later_level_begins_at_the_best_of_the_one_before(tmp_path):
    own = [trial(1, 0.2, level="coarse", epochs=5), trial(1, 0.6, level="coarse", epochs=5),
           trial(1, 0.5, level="fine"), trial(1, 0.8, level="fine")]  # fmt: skip
    drawing = drawn("best_so_far", searched(tmp_path, {"both": own}))
    (line,) = lines(drawing.canvas.axes[0])
    np.testing.assert_allclose(line.get_xdata(), [5, 10, 20, 30])
    np.testing.assert_allclose(line.get_ydata(), [0.4, 0.6, 0.7, 0.8])  # (0.6 + 0.8) / 2: 0.5 brings nothing
    assert "Levels and rounds follow each other" in drawing.caption


def test_a_diverged_trial_counts_as_the_worst_that_any_arm_reached(tmp_path):
    arms = {"one": [trial(1, 0.8), trial(1, None)], "other": [trial(1, 0.2), trial(1, 0.4)]}
    (panel,) = drawn("best_so_far", searched(tmp_path, arms)).canvas.axes
    one, _ = lines(panel)
    np.testing.assert_allclose(one.get_ydata(), [0.5, 0.8])


def test_the_least_error_is_the_best_of_a_regression(tmp_path):
    own = [trial(1, 3.0, metric="val_rmse"), trial(1, 1.0, metric="val_rmse")]
    (panel,) = drawn("best_so_far", searched(tmp_path, {"random": own}), metric="val_rmse").canvas.axes
    np.testing.assert_allclose(lines(panel)[0].get_ydata(), [2, 1])
