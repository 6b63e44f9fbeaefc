"""The page of claims: chance and Holm's correction, effects on one scale, what is said, the ledger, the tables."""

import csv
import json
import re
from html.parser import HTMLParser
from math import exp, inf
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mindgap.claims import chance
from mindgap.claims.contrast import median
from mindgap.claims.measures import Span
from mindgap.claims.rule import rule, smallest
from mindgap.claims.standard import FAR, standard
from mindgap.claims.titles import titles
from mindgap.jobs.claims import ClaimJobs, add_claim
from mindgap.jobs.graph import Graph
from mindgap.params.claim import Prediction, Tune
from mindgap.report.claims import sentences
from mindgap.report.claims.arms import tuned
from mindgap.report.claims.ledger import ClaimsLedger
from mindgap.report.claims.page import write_claims
from mindgap.report.claims.tested import part_of, place
from mindgap.report.drawing import style
from mindgap.report.drawing.lean import lean
from mindgap.report.runtime import write_claims_runtime
from mindgap.results.judgement import Chance, Judged, Judgement, Standard, TaskJudgement
from mindgap.store.store import Manifest, corrupt
from mindgap.tracking.claims import read_claim
from tests.driver import SCRIPTS, drive
from tests.unit.test_claims import TINY, claim, known

ABOVE = Prediction(difference=("a", "b"), above=0)


def test_the_sign_test_counts_heads():
    # of 20 coins: all heads 2^-20; 15 or more 21700 / 2^20
    assert chance.of_prediction(ABOVE, known([1] * 20)) == Chance(2**-20, 1.0)
    found = chance.of_prediction(ABOVE, known([1] * 15 + [-1] * 5))
    assert found.claimed == pytest.approx(21700 / 2**20)
    assert found.refuting == pytest.approx(1 - 6196 / 2**20)  # five or more tails
    below = Prediction(difference=("a", "b"), below=0)
    assert chance.of_prediction(below, known([1] * 20)) == Chance(1.0, 2**-20)


def test_what_lies_at_the_limit_or_may_lie_beyond_counts_against_either_side():
    found = chance.of_prediction(ABOVE, [Span.known(0), Span(-1, inf), Span.known(1), Span.known(1)])
    assert found == Chance(pytest.approx(11 / 16), 1.0)  # two of four heads or more


def test_to_lie_within_is_to_pass_both_tests():
    within = Prediction(value="a", within=(0, 1))
    found = chance.of_prediction(within, known([0.5] * 4 + [2] * 2))
    assert found.claimed == pytest.approx(22 / 64)  # six of six are not below 0, four of six not above 1
    assert found.refuting == pytest.approx(57 / 64)  # two of six above 1


@pytest.mark.parametrize(
    "says", [{"above": 0.5}, {"below": 0.5}, {"within": (0.25, 0.75)}], ids=lambda says: next(iter(says))
)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=30))
def test_an_interval_decides_exactly_where_chance_is_at_most_5_percent(says, values):
    prediction = Prediction(value="a", **says)
    spans = [Span.at_least(low) if censored else Span.known(low) for low, censored in values]
    found = median(spans)
    ruling, by_chance = rule(prediction, found.low, found.high), chance.of_prediction(prediction, spans)
    assert (ruling == "supported") == (2 * by_chance.claimed <= chance.LEVEL)
    assert (ruling == "refuted") == (2 * by_chance.refuting <= chance.LEVEL)


def test_chances_of_predictions_and_of_tasks():
    both = chance.together([Chance(0.01, 0.9), Chance(0.2, 0.03)])
    assert both == Chance(0.2, 0.06)  # all must hold; one refuted is enough, of two
    assert chance.on_most([0.03]) == 0.03
    assert chance.on_most([0.01, 0.2]) == 0.2  # most of two are both
    assert chance.on_most([0.5, 0.01, 0.02]) == 0.04  # two of three, whichever two
    assert chance.two_sided(Chance(0.6, 0.7)) == 1.0


def test_holms_correction():
    # .005 x 4, .01 x 3, .03 x 2, and .04 x 1, which is not less than the one before
    assert chance.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert chance.holm([0.6, 0.7]) == [1.0, 1.0]
    assert chance.holm([]) == []


def test_pages_of_claims_of_which_none_is_true_rarely_have_one_that_survives():
    random, wrong = np.random.default_rng(0), 0
    for _ in range(300):
        chances = []
        for _ in range(10):
            tasks = [chance.of_prediction(ABOVE, known(random.standard_normal(12))) for _ in range(2)]
            chances.append(chance.two_sided(chance.overall(tasks)))
        wrong += min(chance.holm(chances)) <= chance.LEVEL
    assert wrong <= 15


def on_scale(prediction, values):
    spans = known(values)
    found = standard(prediction, spans, median(spans))
    return found.low, found.middle, found.high


def test_effects_are_distances_from_the_limit_in_robust_deviations():
    # of 1 .. 21 the quartiles are 6 and 16, the median 11, its interval the 6th to the 16th
    deviation = 10 / 1.349
    expected = [6 / deviation, 11 / deviation, 16 / deviation]
    values = range(1, 22)
    assert on_scale(ABOVE, values) == pytest.approx(expected)
    assert on_scale(Prediction(ratio=("a", "b"), above=1), [exp(value) for value in values]) == pytest.approx(expected)
    assert on_scale(Prediction(value="a", below=0), values) == pytest.approx([-end for end in reversed(expected)])
    # within 0 and 20 the interval 6 to 16 lies at least 4 from an end, 11 lies 9 from 20, and 10 is the middle
    within = on_scale(Prediction(value="a", within=(0, 20)), values)
    assert within == pytest.approx([4 / deviation, 9 / deviation, 10 / deviation])


def test_replicates_that_do_not_differ_lie_far_out_or_at_the_limit():
    assert on_scale(ABOVE, [1] * 8) == (FAR, FAR, FAR)
    assert on_scale(ABOVE, [-1] * 8) == (-FAR, -FAR, -FAR)
    assert on_scale(ABOVE, [0] * 8) == (0, 0, 0)
    assert on_scale(ABOVE, [inf] * 8)[1] == FAR


@pytest.mark.parametrize("prediction", [ABOVE, Prediction(ratio=("a", "b"), below=1)])
def test_of_a_median_of_which_nothing_is_known_nothing_is_shown(prediction):
    spans = [Span.unknown()] * 5 + known([2.0, 3.0, 4.0])
    found = standard(prediction, spans, median(spans))
    assert (found.low, found.middle, found.high) == (-FAR, None, FAR)


@pytest.mark.parametrize("says", [{"above": 10}, {"below": 10}, {"within": (5, 20)}], ids=lambda says: next(iter(says)))
@pytest.mark.parametrize("about", [{"value": "a"}, {"ratio": ("a", "b")}], ids=lambda about: next(iter(about)))
@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=6, max_size=20))
def test_right_of_0_is_supported_and_left_of_it_refuted(says, about, values):
    prediction = Prediction(**says, **about)
    spans = [Span.at_least(low) if censored else Span.known(low) for low, censored in values]
    found = median(spans)
    shown, ruling = standard(prediction, spans, found), rule(prediction, found.low, found.high)
    assert shown.low <= shown.high
    assert (ruling == "refuted") == (shown.high < 0)
    if "within" not in says or shown.low:
        assert (ruling == "supported") == (shown.low > 0)


def judged(low, middle, high, ruling="undecided", smallest=None, count=20):
    bounds = middle if isinstance(middle, tuple) else (middle, middle)
    return Judged(
        number=0,
        values={"a": ((1.0, 1.0),) * count},
        middle=bounds,
        low=low,
        high=high,
        ruling=ruling,
        smallest=smallest,
        standard=Standard(-1, 0, 1),
        chance=Chance(0.5, 0.5),
    )


@pytest.mark.parametrize(
    ("says", "found", "replicates"),
    [
        ({"difference": ("a", "b"), "above": 0}, (-1, 1, 3), 80),  # half as wide: four times as many
        ({"difference": ("a", "b"), "above": 0}, (-5, -1, 2), 180),  # then it would be refuted
        ({"difference": ("a", "b"), "below": 0}, (-3, -1, 1), 80),
        ({"ratio": ("a", "b"), "above": 1}, (0.5, 2, 3), 80),  # log 4 is twice log 2
        ({"value": "a", "within": (-1, 1)}, (-0.5, 0.5, 1.5), 80),
        ({"value": "a", "within": (-1, 1)}, (0, 2, 9), 80),  # outside: beyond the nearer end
        ({"value": "a", "above": 0}, (-1, 0, 1), None),
        ({"value": "a", "above": 0}, (-1, (1, None), None), None),
        ({"value": "a", "above": 5}, (6, 4, None), None),
        ({"value": "a", "above": 0}, (-10, 1, 3), 2420),
    ],
)
def test_how_many_replicates_would_tell(says, found, replicates):
    assert sentences.replicates_needed(Prediction(**says), judged(*found)) == replicates


@pytest.mark.parametrize(
    ("says", "found", "texts"),
    [
        ({"above": 1}, judged(1.5, 2, 3, "supported"), ["any limit short of 1.50; 1 was declared"]),
        ({"below": 1}, judged(0.2, 0.4, 0.5, "supported"), ["any limit short of 0.500; 1 was declared"]),
        ({"above": 1, "stated": 6}, judged(1.5, 2, 3, "weaker than stated"), ["Had 3.00 been stated in place of 6"]),
        ({"above": 1}, judged(0.2, 0.4, 0.5, "refuted"), ["A limit of 0.500 in place of 1 would leave it undecided"]),
        ({"within": (1, 2)}, judged(3, 4, 5, "refuted"), ["A range up to 3.00 in place of 2"]),
        ({"within": (6, 9)}, judged(3, 4, 5, "refuted"), ["A range from 5.00 in place of 6"]),
        ({"within": (1, 9)}, judged(3, 4, 5, "supported"), ["any range that holds 3.00 to 5.00; 1 to 9 was declared"]),
        (
            {"above": 0},
            judged(-1, 1, 3, smallest=2),
            ["4.00 wide", "A median of 2.00 would have been told from 0", "about 80 replicates would tell"],
        ),
        ({"above": 0}, judged(0, 0, 0, smallest=0), ["The median lies at the limit itself"]),
        ({"above": 0}, judged(-1, (1, None), None), ["What was not reached within all epochs"]),
        ({"above": 0}, judged(None, (None, None), None), ["What was not reached within all epochs, or diverged"]),
        ({"above": 0}, judged(None, 1, None, count=5), ["There are 5 replicates; an interval takes 6"]),
    ],
)
def test_what_would_change_a_ruling(says, found, texts):
    said = sentences.change(Prediction(value="a", **says), found)
    assert [text for text in texts if text not in said] == []


def test_the_smallest_effect_that_an_interval_as_wide_tells():
    found = median(known(range(1, 22)))  # 11, and 6 to 16
    assert smallest(Prediction(value="a", above=3), found) == 8  # 8 - 5 reaches 3
    assert smallest(Prediction(value="a", below=3), found) == -2
    assert smallest(Prediction(ratio=("a", "b"), above=1), found) == pytest.approx(11 / 6)
    assert smallest(Prediction(ratio=("a", "b"), below=1), found) == pytest.approx(11 / 16)
    assert smallest(Prediction(value="a", within=(0, 1)), found) == 10
    assert smallest(Prediction(value="a", above=3), median(known([1, 2, 3]))) == inf


def test_a_tuned_value_at_an_end_of_its_range_is_told():
    space = Tune.model_validate(
        {
            "space": {
                "learning_rate": {"log_uniform": [1e-3, 10]},
                "l2": {"uniform": [0, 1]},
                "activation": {"categorical": ["relu", "tanh"]},
            }
        }
    ).space

    def ends(**values):
        return [one.edge for one in tuned(values, space)]

    # 5 % of four decades is a fifth of one: up to 0.00158, from 6.31
    assert ends(learning_rate=0.0015, l2=0.5, activation="relu") == ["low", None, None]
    assert ends(learning_rate=0.0017, l2=0.96, activation="tanh") == [None, "high", None]
    assert ends(learning_rate=6.5) == ["high"]


@pytest.mark.parametrize(
    ("tune", "own", "said"),
    [
        ({}, ["l2"], "each tuned by validation over l2 (0.1 to 1) with 24 trials, on 3 splits that judge nothing."),
        (
            {"objective": "train_loss", "trials": 8, "splits": 1},
            ["l2"],
            "each tuned by training loss over l2 (0.1 to 1) with 8 trials, on a split that judges nothing.",
        ),
        (
            {"space": {"l2": {"uniform": [0.1, 1]}, "beta2": {"uniform": [0.1, 0.9]}}},
            ["l2", "beta2"],
            "each tuned by validation over l2 (0.1 to 1) and beta2 (0.1 to 0.9) where these have an effect, with 24 "
            "trials, on 3 splits that judge nothing.",
        ),
    ],
)
def test_how_arms_tuned_is_said(tune, own, said):
    one = claim(tune={"space": {"l2": {"uniform": [0.1, 1]}}, **tune})
    found = {"slow": {"l2": 0.2}, "fast": dict.fromkeys(own, 0.2)}
    task = TaskJudgement(found, (judged(1, 2, 3),), "undecided", Chance(0.5, 0.5))
    first, *_ = sentences.done(one, Judgement({"moons": task}, "undecided", 1.0))
    assert first == f"On moons, slow and fast were trained, {said}"


def test_claims_stand_in_the_order_of_parts_and_numbers():
    names = ("faster_here", "G10", "N13", "S1", "N2", "I5", "O3", "X7")
    ordered = sorted((claim(claim=name) for name in names), key=place)
    assert [one.claim for one in ordered] == ["N2", "N13", "I5", "O3", "S1", "G10", "X7", "faster_here"]
    assert [part_of(one) for one in ordered[-3:]] == ["G", "", ""]


class Page(HTMLParser):
    """The tags of a page, and all their attributes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


CLAIMS = (
    {"claim": "G2", "predict": [{"ratio": ["fast", "slow"], "above": 1, "says": "Slow <b>rates</b> learn faster."}]},
    {"claim": "N1", "tune": {"space": {"l2": {"log_uniform": [1e-5, 1e-2]}}, "trials": 2, "epochs": 2}},
    {"claim": "N2", "arms": {**TINY["arms"], "none": {"train": {"learning_rate": 1e-6}}}},
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    graph = Graph(folder, SCRIPTS)
    jobs = [add_claim(graph, claim(**changes), 0) for changes in CLAIMS]
    for job in graph.jobs.values():
        drive(graph, job)
    return folder, [own.view(graph) for own in jobs]


@pytest.fixture(scope="module")
def written(results):
    folder, views = results
    write_claims(views, folder / "claims", folder / "claims/.current/x.json")
    return folder / "claims"


def test_the_ledger_says_all_of_every_claim(results, written):
    ledger = ClaimsLedger.read(written)
    assert [entry.id for entry in ledger.claims] == ["N1", "N2", "G2"]
    entry = ledger.claims[2]
    assert (entry.part, entry.verdict, entry.holds) == ("Over- and underfitting", "refuted", "holds on 0 of 1")
    assert (entry.chance, entry.runs, entry.trials) == (2 * 2**-8, 16, 0)
    assert entry.survives
    (task,) = entry.tasks.values()
    (prediction,) = task.predictions
    assert (prediction.ratio, prediction.above, prediction.says) == (
        ("fast", "slow"),
        1.0,
        CLAIMS[0]["predict"][0]["says"],
    )
    assert (task.effect, task.low, task.high) == (prediction.effect, prediction.low, prediction.high)
    assert task.high is not None
    assert task.high < 1
    (view,) = (view for view in results[1] if view.claim.claim == "G2")
    assert entry.keys == view.keys
    content = json.loads((written / "ledger.json").read_text())
    asked = {"id", "statement", "source", "stated", "verdict", "tasks", "replicates", "runs", "keys"}
    assert asked <= set(content["claims"][0])
    on_task = {"effect", "low", "high", "verdict", "smallest_effect", "replicates", "runs", "tuned"}
    assert on_task <= set(content["claims"][0]["tasks"]["moons"])
    assert 1e-5 <= content["claims"][0]["tasks"]["moons"]["tuned"]["slow"]["l2"] <= 1e-2


ALIKE = {  # two measures of the same words, and one of them again
    "claim": "X1",
    "measure": {"epochs_to": {"value": 0.35}},
    "predict": [
        {"ratio": ["slow", "fast"], "above": 1},
        {"measure": {"epochs_to": {"value": 0.35000001}}, "ratio": ["slow", "fast"], "above": 1},
        {"measure": {"epochs_to": {"value": 0.35, "metric": "train_loss"}}, "value": "slow", "above": 1},
    ],
}


def test_measures_of_the_same_words_stay_apart_and_no_result_holds_words(results, tmp_path):
    graph = Graph(results[0], SCRIPTS)
    jobs = add_claim(graph, claim(**ALIKE), 0)
    drive(graph, jobs.judge)
    own = "epochs to a train loss of 0.35"
    assert titles(jobs.claim) == [f"{own}: prediction 1", f"{own}: prediction 2", f"{own}: prediction 1"]
    assert "epochs to" not in (graph.folder(jobs.judge.address) / "judgement.json").read_text()
    write_claims([jobs.view(graph)], tmp_path, tmp_path / ".current/x.json")
    rows = list(csv.DictReader((tmp_path / "tables/X1.csv").open()))
    assert len(rows) == 2 * 2 * 8
    (entry,) = ClaimsLedger.read(tmp_path).claims
    assert [one.measure for one in entry.tasks["moons"].predictions] == titles(jobs.claim)
    stage = read_claim(jobs.view(graph))
    assert {point.name.split(".at_least")[0] for point in stage.children[1].points} == {
        "trainings",
        f"{own}: prediction 1",
        f"{own}: prediction 2",
    }


def test_keys_of_a_page_stay_apart_whatever_tasks_and_arms_are_called(tmp_path):
    arms = {"b.1": TINY["arms"]["slow"], "1": TINY["arms"]["fast"]}
    tasks = dict.fromkeys(("a", "a.b"), TINY["tasks"]["moons"])
    tasks["a.b"] = {**tasks["a.b"], "data": {"source": "synthetic", "kind": "moons", "rows": 91}}
    graph = Graph(tmp_path, SCRIPTS)
    jobs = add_claim(graph, claim(tasks=tasks, arms=arms, predict=[{"ratio": ["b.1", "1"], "above": 1}]), 0)
    keys = jobs.view(graph).keys
    assert {key for own in keys.arms.values() for slices in own.values() for key in slices} == {
        job.key for slices in jobs.arms.values() for job in slices
    }
    assert keys.arms["a"]["b.1"] != keys.arms["a.b"]["1"]


def test_equal_trainings_are_counted_once(written):
    ledger = ClaimsLedger.read(written)
    assert [(entry.runs, entry.trials) for entry in ledger.claims] == [(16, 12), (24, 0), (16, 0)]
    assert ledger.made == 16 + 12 + 24  # those of G2 are two arms of N2


def test_the_page_is_filtered_without_a_script(written):
    page = Page(written / "report.html")
    assert not page.all("script")
    policy = next(tag["content"] for tag in page.all("meta") if tag.get("http-equiv"))
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    wanted = {tag["id"] for tag in page.all("input") if "id" in tag}
    assert wanted == {
        "part-N",
        "part-G",
        *(f"is-{name}" for name in ("supported", "weaker-than-stated", "depends", "refuted", "undecided")),
    }
    style_sheet = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)[1]
    screen = style_sheet[style_sheet.rindex("@media screen") :]
    assert all(f":has(#{name}:checked)" in screen for name in wanted)
    assert style_sheet.count(":checked) .of-") == screen.count(":checked) .of-")  # print hides nothing
    rows = [tag["class"] for tag in page.all("tr") if tag.get("class")]
    assert rows == [
        "of-part of-claim in-N is-supported",
        "of-part of-claim in-N is-supported",
        "of-part of-claim in-G is-refuted",
    ]


def test_links_of_the_page_lead_to_what_is_there(written):
    (written / "runtime.json").touch()  # written beside the page
    page = Page(written / "report.html")
    links = {tag["href"] for tag in page.all("a")}
    inside = {link[1:] for link in links if link.startswith("#")}
    assert inside == {"N1", "N2", "G2", "all"}
    assert inside <= {tag.get("id") for _, tag in page.tags}
    assert [link for link in links if not link.startswith("#") and not (written / link).exists()] == []
    assert {f"tables/{path.name}" for path in (written / "tables").iterdir()} <= links


def test_pictures_are_told_in_words_with_their_figures(written):
    images = Page(written / "report.html").all("img")
    assert len(images) == 2 + 3 * 2  # a forest plot for each part, two pictures for each claim
    entry = ClaimsLedger.read(written).claims[2]
    told = [image["alt"] for image in images if "moons, refuted: fast / slow is" in image["alt"]]
    assert len(told) == 2
    assert all("against the claim that it is above 1" in alt for alt in told)
    assert "G2 on moons" in images[-3]["alt"]
    assert entry.tasks["moons"].predictions[0].standardised.middle < 0


def test_what_data_and_params_say_is_escaped(written):
    text = (written / "report.html").read_text()
    assert "Slow &lt;b&gt;rates&lt;/b&gt; learn faster." in text
    assert "<b>rates" not in text


def test_tables_hold_the_numbers_of_every_replicate_and_picture(results, written):
    (view,) = (view for view in results[1] if view.claim.claim == "N2")
    values = Judgement.read(view.judgement).tasks["moons"].predictions[0].values
    rows = list(csv.DictReader((written / "tables/N2.csv").open()))
    assert len(rows) == 3 * 8
    for row in rows:
        low, high = values[row["arm"]][int(row["replicate"]) - 1]
        assert (row["low"], row["high"]) == ("" if low is None else repr(low), "" if high is None else repr(high))
    curves = list(csv.DictReader((written / "tables/N2.2.curves.csv").open()))
    assert len(curves) == 3 * 13
    assert {row["arm"] for row in curves} == {"slow", "fast", "none"}
    assert all(float(row["lower quartile"]) <= float(row["median"]) <= float(row["upper quartile"]) for row in curves)
    assert [row["claim"] for row in csv.DictReader((written / "tables/forest.N.csv").open())] == ["N1", "N2"]


def test_the_same_claims_are_the_same_bytes(results, written, tmp_path):
    write_claims(results[1][::-1], tmp_path, tmp_path / ".current/x.json")
    for path in [written / "report.html", written / "ledger.json", *(written / "tables").iterdir()]:
        assert (tmp_path / path.relative_to(written)).read_bytes() == path.read_bytes(), path


def test_a_question_of_ones_own_has_a_page_of_its_own(results, tmp_path):
    graph = Graph(results[0], SCRIPTS)
    jobs = add_claim(graph, claim(claim="faster_here", source=None, predict=CLAIMS[0]["predict"]), 0)
    drive(graph, jobs.judge)
    write_claims([jobs.view(graph)], tmp_path, tmp_path / ".current/x.json")
    page = Page(tmp_path / "report.html")
    assert "<h1>Your question, measured</h1>" in page.text
    assert "<title>faster_here: refuted</title>" in page.text
    assert "Holm" not in page.text
    assert not page.all("input")
    assert len(page.all("img")) == 2


def test_run_times_say_what_claims_share(results, tmp_path):
    write_claims_runtime(results[1], results[0], tmp_path / "runtime.json")
    found = json.loads((tmp_path / "runtime.json").read_text())
    jobs = {
        name: {kind: sum(times[kind][at] for at in ("jobs_run", "jobs_reused")) for kind in times}
        for name, times in found["claims"].items()
    }
    # N2: its splits, three arms, its judgement, of which G2 shares the splits and two arms; N1 shares the splits
    assert jobs["N2"] == {"all": 5, "alone": 2}
    assert jobs["G2"] == {"all": 4, "alone": 1}
    together = sum(found["together"][at] for at in ("jobs_run", "jobs_reused"))
    assert together == len({path for view in results[1] for own in view.manifests.values() for path in own})
    stages = sum(times["wall_seconds"] for times in found["stages"].values())
    assert stages == pytest.approx(found["together"]["wall_seconds"], abs=0.01)


def simulated(folder: Path, settings: dict, arms: dict, metric: str) -> tuple[Graph, ClaimJobs]:
    """A claim about a simulation, whose jobs have run."""
    (name,) = settings
    graph = Graph(folder, SCRIPTS)
    asked = claim(
        tasks={"drawn": {"simulation": settings}},
        arms={arm: {"simulation": {name: own}} for arm, own in arms.items()},
        measure={"monitor": {"metric": metric, "epoch": -1}},
        predict=[{"ratio": [*arms], "above": 1}],
        pictures=[{"values": {}}],
    )
    jobs = add_claim(graph, asked, 0)
    for job in graph.jobs.values():
        drive(graph, job)
    return graph, jobs


def test_what_a_simulation_takes_is_in_its_manifest_and_in_no_file_of_its_result(tmp_path):
    settings, arms = {"gates": {"units": 2, "layers": 1}}, {"fine": {"form": "fine"}, "fused": {"form": "fused"}}
    graph, jobs = simulated(tmp_path, settings, arms, "gates")
    for (job,) in jobs.arms.values():
        folder = graph.folder(job.address)
        assert {path.name for path in folder.iterdir()} == {"arm.json", "manifest.json"}
        assert set(Manifest.read(folder).files) == {"arm.json"}
    assert not corrupt(tmp_path / "store")
    write_claims_runtime([jobs.view(graph)], tmp_path, tmp_path / "runtime.json")
    found = json.loads((tmp_path / "runtime.json").read_text())["measured"]["T1"]["drawn"]
    assert {arm: {*own} for arm, own in found.items()} == {arm: {"fine", "fused"} for arm in arms}
    assert all(seconds > 0 for own in found.values() for seconds in own.values())
    write_claims([jobs.view(graph)], tmp_path / "claims", tmp_path / "claims/.current/x.json")
    assert "measured in alternation" in (tmp_path / "claims/report.html").read_text()


def test_networks_that_a_simulation_trains_are_counted(tmp_path):
    settings = {"bias_variance": {"rows": 5, "sets": 3, "others": 2, "epochs": 1}}
    graph, jobs = simulated(tmp_path, settings, {"noisy": {"noise": 0.5}, "calm": {"noise": 0.1}}, "variance")
    write_claims([jobs.view(graph)], tmp_path / "claims", tmp_path / "claims/.current/x.json")
    ledger = ClaimsLedger.read(tmp_path / "claims")
    assert (ledger.claims[0].runs, ledger.made) == (2 * 8 * (3 + 2), 2 * 8 * (3 + 2))


def test_lean_svg_shows_the_same_with_less():
    with style.applied():
        canvas, (panel,) = style.panels(1, columns=1, height=2)
        panel.plot([0, 1], [0.123456, 0.654321], "o-")
        panel.set_title("at 0.123456 of all")
        whole = style.svg(canvas)
    short = lean(whole)
    assert len(short) < 0.7 * len(whole)
    assert re.findall(r">([^<>]*\w[^<>]*)</text>", short) == re.findall(r">([^<>]*\w[^<>]*)</text>", whole)
    assert set(re.findall(r'(?:url\(|href=")#(\w+)', short)) <= set(re.findall(r' id="(\w+)"', short))
    numbers = [[float(x) for x in re.findall(r'(?<= [xy]=")[^"]+', svg)] for svg in (whole, short)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.006)
