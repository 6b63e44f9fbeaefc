"""Keys follow what determines a result, and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mindgap.jobs.graph import Graph
from mindgap.jobs.study import StudyJobs, add_study
from mindgap.params.load import load_study
from mindgap.store.keys import canonical, key_of

ROOT = Path(__file__).parents[2]
BASE = yaml.safe_load((ROOT / "params/study.yaml").read_text())
SEARCHED = {"search.coarse", "search.fine", "train", "evaluate"}
ALL = {"prepare", "check", "baselines", *SEARCHED}


def plan(change=None) -> StudyJobs:
    config = json.loads(json.dumps(BASE))
    for path, value in (change or {}).items():
        *blocks, name = path.split(".")
        inner = config
        for block in blocks:
            inner = inner[block]
        inner[name] = value
    return add_study(Graph(Path("results"), ROOT / "workflow/scripts"), load_study(config))


@given(st.dictionaries(st.text(), st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()))
def test_equal_values_have_equal_keys_in_any_order(value):
    assert key_of(value) == key_of(dict(reversed(value.items())))


def test_canonical_json_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def test_swapping_the_values_of_two_params_changes_the_keys():
    one = plan({"train.momentum": 0.1, "train.dropout": 0.2}).keys
    other = plan({"train.momentum": 0.2, "train.dropout": 0.1}).keys
    assert one["prepare"] == other["prepare"]
    assert all(one[name] != other[name] for name in SEARCHED)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"report.title": "x"}, ALL),
        ({"workflow.shard_size": 3}, ALL),
        ({"study": "other"}, ALL),
        ({"final.seeds": 6}, {"prepare", "check", "baselines", "search.coarse", "search.fine"}),
        ({"search.levels.fine.epochs": 31}, {"prepare", "check", "baselines", "search.coarse"}),
        ({"search.levels.coarse.trials": 65}, {"prepare", "check", "baselines"}),
        ({"train.batch_size": 16}, {"prepare", "check", "baselines"}),
        ({"train.epochs": 80}, {"prepare", "check", "baselines", "search.coarse", "search.fine"}),
        ({"train.learning_rate": 0.01, "train.momentum": 0.9}, ALL),
        (
            {"train.margin": 2.0, "train.huber_delta": 3.0, "train.decay": 0.5, "model.pieces": 3},
            ALL,
        ),  # nothing uses them
        ({"train.label_smoothing": 0.1}, {"prepare", "baselines"}),
        ({"preprocess.scale": "none"}, set()),
        ({"seed": 1}, set()),
    ],
)
def test_a_param_changes_the_keys_of_what_it_determines(change, same):
    before, after = plan().keys, plan({"workflow": {}, "report": {}, **change}).keys
    assert {name for name in before if before[name] == after[name]} == same


CONTROL = {"check": {"permutation": 19}}


def test_a_gate_that_is_not_asked_leaves_no_trace():
    check = plan().check
    assert set(check.params) == {"run", "on_failure"}
    assert "permutation.py" not in {path.name for path in check.entries}
    assert plan({"check": {"permutation": None}}).check.key == check.key != plan(CONTROL).check.key


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"search.levels.coarse.trials": 65, "search.levels.fine.epochs": 31}, True),
        ({"search.keep": 0.3, "final.seeds": 6, "train.monitors": "full"}, True),
        ({"train.epochs": 80, "train.learning_rate": 0.01}, True),  # the level says how long, the space how fast
        ({"search.levels.coarse.trials": 7}, False),
        ({"search.levels.coarse.epochs": 9}, False),
        ({"search.levels.coarse.sampler": "qmc"}, False),
        ({"search.space.l2": {"log_uniform": [1e-6, 0.1]}}, False),
        ({"search.objective": "val_loss"}, False),
        ({"train.batch_size": 16}, False),
        ({"check": {"permutation": 20}}, False),
    ],
)
def test_the_key_of_the_check_holds_what_the_permutation_control_reads(change, same):
    assert (plan({**CONTROL, **change}).check.key == plan(CONTROL).check.key) == same


def test_without_a_search_the_permutation_control_reads_the_studys_own_run():
    alone = {**CONTROL, "search": None}
    own = plan(alone).check
    assert own.params["permutation"]["level"] is None
    for change, same in (
        ({"train.epochs": 80}, False),
        ({"train.learning_rate": 0.01}, False),
        ({"final.seeds": 6}, True),
    ):
        assert (plan({**alone, **change}).check.key == own.key) == same


def test_components_that_the_search_may_choose_are_code_of_the_permutation_control():
    choices = {"search.space": {"optimizer": {"categorical": ["momentum", "rmsprop"]}}}
    without, own = ({path.name for path in plan({**choices, **change}).check.entries} for change in ({}, CONTROL))
    assert own - without == {"permutation.py", "momentum.py", "rmsprop.py"}


def test_a_setting_counts_where_any_choice_of_the_search_uses_it():
    choices = {"search.space": {"loss": {"categorical": ["cross_entropy", "hinge"]}}}
    one, other = plan(choices).keys, plan({**choices, "train.margin": 2.0}).keys
    assert all(one[name] != other[name] for name in SEARCHED)


def test_a_setting_counts_where_only_a_searched_depth_has_a_use_for_it():
    choices = {
        "model.hidden": [],
        "search.space": {"hidden": {"categorical": [[], [8]]}, "activation": {"categorical": ["relu", "leaky_relu"]}},
    }
    one, other = plan(choices).keys, plan({**choices, "model.leak": 0.3}).keys
    assert all(one[name] != other[name] for name in SEARCHED)


def test_more_trials_keep_the_shards_that_are_there():
    few, many = plan(), plan({"search.levels.coarse.trials": 96})
    first = [job.key for job in few.shards if job.stage == "trials" and job.params["level"]["name"] == "coarse"]
    assert len(first) == 4
    assert set(first) <= {job.key for job in many.shards}


def test_a_grid_of_more_points_has_other_ones():
    space = {"search.space": {"learning_rate": {"log_uniform": [0.01, 1]}}, "search.levels.coarse.sampler": "grid"}
    few, many = (plan({**space, "search.levels.coarse.trials": trials}) for trials in (32, 64))
    own, other = (
        {job.key for job in jobs.shards if job.stage == "trials" and job.params["level"]["name"] == "coarse"}
        for jobs in (few, many)
    )
    assert not own & other


def test_the_permutation_control_of_a_grid_draws_at_random():
    space = {"search.space": {"learning_rate": {"log_uniform": [0.01, 1]}}, "search.levels.coarse.sampler": "grid"}
    level = plan({**CONTROL, **space}).check.params["permutation"]["level"]
    assert (level["sampler"], level["trials"]) == ("random", 8)


def test_more_seeds_keep_the_shards_that_are_there():
    cut = {"shard_size": 16}
    few, many = (
        {job.key for job in plan({"final.seeds": seeds, "workflow": cut}).shards if job.stage == "runs"}
        for seeds in (16, 32)
    )
    assert len(few) == 3  # of three candidates each
    assert few < many


def test_a_study_without_search_goes_from_check_to_train():
    graph = Graph(Path("results"), ROOT / "workflow/scripts")
    add_study(graph, load_study({**BASE, "search": None}))
    assert {job.stage for job in graph.jobs.values()} == {"prepare", "check", "runs", "train", "baselines", "evaluate"}


def test_two_studies_in_one_graph_share_what_is_equal():
    graph = Graph(Path("results"), ROOT / "workflow/scripts")
    one = add_study(graph, load_study(BASE))
    alone = len(graph.jobs)
    add_study(graph, load_study({**BASE, "study": "twin"}))
    assert len(graph.jobs) == alone
    other = add_study(graph, load_study({**BASE, "final": {"seeds": 7}}))
    assert other.levels == one.levels
    assert {job.stage for job in list(graph.jobs.values())[alone:]} == {"runs", "train", "evaluate"}


def test_a_shared_job_waits_for_the_gates_of_all_its_studies():
    graph = Graph(Path("results"), ROOT / "workflow/scripts")
    lax = add_study(graph, load_study({**BASE, "check": {"on_failure": "warn"}}))
    strict = add_study(graph, load_study(BASE))
    assert lax.check.key != strict.check.key
    assert lax.train.key == strict.train.key
    for shard in strict.shards:
        assert set(graph[shard.key].after) == {lax.check.address, strict.check.address}


def test_what_a_job_is_told_is_not_in_its_key(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,0\n2,1\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a.csv").write_text("x,y\n1,0\n2,1\n")
    one, other = (
        plan({"data": {"source": "csv", "path": str(folder / "a.csv")}}).prepare
        for folder in (tmp_path, tmp_path / "deep")
    )
    assert one.key == other.key
    assert one.told["data"].path != other.told["data"].path


def test_keys_are_the_same_in_another_process_with_another_hash_seed():
    code = (
        "import yaml; from pathlib import Path; from mindgap.params.load import load_study\n"
        "from mindgap.jobs.graph import Graph; from mindgap.jobs.study import add_study\n"
        "study = load_study(yaml.safe_load(open('params/study.yaml')))\n"
        "print(add_study(Graph(Path('r'), Path('workflow/scripts').resolve()), study).keys)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == str(plan().keys)
