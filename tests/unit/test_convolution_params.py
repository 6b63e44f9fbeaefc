"""Params of convolution: what is refused before anything is trained, and how a search names what blocks are."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from mindgap.errors import UserError
from mindgap.jobs.claims import add_claim
from mindgap.jobs.graph import Graph
from mindgap.params.alternatives import alternatives
from mindgap.params.claim import Claim
from mindgap.params.load import load_study
from mindgap.params.run import Model, RunSpec
from mindgap.params.study import Study
from mindgap.params.work import multiply_adds, shape_of
from mindgap.search.narrow import narrow
from tests.driver import ROOT, SCRIPTS, small_study

BASE = yaml.safe_load((ROOT / "params/study.yaml").read_text())
TWO = [{"filters": 4, "kernel": 3}, {"filters": 6, "kernel": 2}]
"""Blocks that leave 1 x 1 of an image of 8 x 8: 6, 3, 2, 1."""

LEVELS = {"coarse": {"trials": 4, "epochs": 2}, "fine": {"trials": 3, "epochs": 2}}


def study(blocks=TWO, space=None, **params) -> Study:
    search = None if space is None else {"space": space, "levels": LEVELS}
    return load_study({**BASE, "model": {"convolution": blocks, "hidden": [8]}, "search": search, **params})


def refused(*given, **params) -> str:
    with pytest.raises(UserError) as caught:
        study(*given, **params)
    first, *lines = str(caught.value).splitlines()
    assert first == "1 error in the params:"
    assert len(lines) == 1
    return lines[0].partition(": ")[2]


def test_blocks_that_fit_are_let_through_and_count_as_work():
    found = study()
    shape = shape_of(found.data)
    work = multiply_adds(found.run(), shape, 1)
    convolutions = 36 * 9 * 4 + 4 * 4 * 4 * 6
    steps = -(-shape.rows // found.train.batch_size)
    assert work == 3 * shape.rows * (convolutions + 6 * 8 + 8 * 10) + steps * 2**18


@pytest.mark.parametrize(
    ("blocks", "path", "said"),
    [
        ([{"filters": 2, "kernel": 9}], "0.kernel", "convolution1 has a kernel of 9 x 9, and of the image 8 x 8 are"),
        ([*TWO, {"filters": 2, "kernel": 2}], "2.kernel", "convolution3 has a kernel of 2 x 2, and of the image 1 x 1"),
        (
            [{"filters": 2, "kernel": 5, "stride": 2}, {"filters": 2, "kernel": 4, "padding": 1}],
            "1.kernel",
            "of the image 3 x 3 are left, with padding",
        ),
        ([{"filters": 2, "kernel": 5, "pool": {"size": 5}}], "0.pool.size", "pools 5 x 5 of what are 4 x 4, which"),
    ],
)
def test_blocks_that_do_not_fit_the_image_are_refused_with_their_sizes(blocks, path, said):
    message = refused(blocks)
    assert message.startswith(f"model.convolution.{path}: ")
    assert said in message


@pytest.mark.parametrize(
    ("blocks", "path"),
    [([{"kernel": 3}], "0.filters"), ([{"filters": 2}, {"filters": 2}, {"filters": 2}], "1.pool.size")],
)
def test_what_a_block_lacks_is_wrong_in_the_file_that_the_block_is_of(tmp_path, blocks, path):
    over = {"study": "filters", "model": {"convolution": blocks}, "search": None}
    (tmp_path / "over.yaml").write_text(yaml.safe_dump(over))
    with pytest.raises(UserError) as caught:
        load_study({**BASE, **over}, [str(ROOT / "params/study.yaml"), str(tmp_path / "over.yaml")])
    assert str(caught.value).splitlines()[1].startswith(f"{tmp_path / 'over.yaml'}: model.convolution.{path}: ")


def test_blocks_that_are_null_are_no_list():
    assert refused(None) == "model.convolution: a list is needed, such as [] (found None)"


@pytest.mark.parametrize(
    "params",
    [
        {"data": {"source": "synthetic"}},
        {"data": {"source": "diabetes"}, "train": {"loss": "mse"}},
        {"data": {"source": "csv", "path": "absent.csv", "target": "y"}},
    ],
)
def test_rows_that_are_no_images_have_no_convolution(params):
    assert refused(**params).startswith("model.convolution: it is for images, and the rows of these data are none")


def test_components_in_place_of_pixels_have_none_either():
    assert "preprocess.pca makes rows that are none" in refused(preprocess={"pca": {"components": 10}})


@pytest.mark.parametrize("kind", ["npz", "compressed", "npy", "large header"])
def test_the_header_of_a_file_tells_of_which_images_it_is(tmp_path, kind):
    arrays = {"x": np.zeros((30, 5, 6, 3), np.uint8), "y": np.arange(30) % 3}
    path, data = tmp_path / "images.npz", {}
    if kind == "npy":
        path = tmp_path / "x.npy"
        np.save(path, arrays["x"])
        np.save(tmp_path / "y.npy", arrays["y"])
        data = {"y_path": str(tmp_path / "y.npy")}
    else:
        (np.savez_compressed if kind == "compressed" else np.savez)(path, **arrays)
    data |= {"source": "npz", "path": str(path)}
    assert "of the image 5 x 6 are left" in refused([{"filters": 4, "kernel": 6}], data=data)
    fitting = study([{"filters": 4, "kernel": 5, "pool": None}], data=data)
    assert shape_of(fitting.data) == (18, 90, (5, 6, 3))
    rows = tmp_path / "rows.npz"
    np.savez(rows, x=np.zeros((30, 90)), y=arrays["y"])
    assert "it is for images" in refused(data={"source": "npz", "path": str(rows)})


def test_a_broken_file_is_left_to_its_reader(tmp_path):
    (tmp_path / "x.npz").write_bytes(b"no archive")
    assert study(data={"source": "npz", "path": str(tmp_path / "x.npz")}).model.convolution


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (
            {"convolution2.kernel": {"integer": [2, 5]}},
            "search.space.convolution2.kernel: convolution2.kernel cannot be 5: convolution2 has a kernel of 5 x 5",
        ),
        (
            {"convolution2.kernel": {"integer": [2, 5]}, "convolution1.padding": {"integer": [0, 4]}},
            "search.space: the trial {'convolution2.kernel': 5, 'convolution1.padding': 0} cannot be: convolution2 has",
        ),
        (
            {"convolution1.kernel": {"categorical": [5, 2, 3]}, "convolution1.filters": {"integer": [1, 9]}},
            "search.space.convolution1.kernel: convolution1.kernel cannot be 5: convolution2 pools 2 x 2 of what are 1",
        ),
        (
            {"convolution1.kernel": {"integer": [9, 11]}},
            "search.space.convolution1.kernel: convolution1.kernel cannot be 11: convolution1 has a kernel of 11 x 11",
        ),
        (
            {"convolution2.pool": {"categorical": [None, {"kind": "mean", "size": 3}]}},
            "search.space.convolution2.pool: convolution2.pool cannot be {'kind': 'mean', 'size': 3}: convolution2",
        ),
        (
            {"convolution": {"categorical": [TWO, [], [{"filters": 3, "kernel": 10}]]}},
            "search.space.convolution: convolution cannot be [{'filters': 3, 'kernel': 10}]: convolution1 has a kernel",
        ),
        (
            {"convolution3.kernel": {"integer": [2, 3]}},
            "search.space.convolution3.kernel: model.convolution has 2 blocks, counted from 1",
        ),
        (
            {"convolution1.filter": {"integer": [2, 3]}},
            "search.space.convolution1.filter: no model or train param has this name; did you mean convolution1.filter",
        ),
        (
            {"convolution1.filters": {"log_uniform": [2, 32]}},
            "search.space.convolution1.filters.log_uniform: convolution1.filters takes whole numbers; use {integer:",
        ),
        (
            {"convolution": {"categorical": [TWO, [{"filters": 3, "pool": {"sise": 2}}]]}},
            "search.space.convolution.categorical.1: convolution cannot be [{'filters': 3, 'pool': {'sise': 2}}]: "
            "0.pool.sise: unknown key; did you mean size? Allowed: kind, size.",
        ),
        (
            {"convolution1.filters": {"categorical": [0, 2]}},
            "search.space.convolution1.filters.categorical.0: convolution1.filters cannot be 0: input should be",
        ),
        (
            {"convolution": {"categorical": [TWO]}, "convolution1.filters": {"integer": [2, 8]}},
            "search.space.convolution1.filters: convolution is searched as a whole; leave out one of them",
        ),
    ],
)
def test_a_search_that_may_come_to_blocks_that_cannot_be_is_refused_by_the_value(space, said):
    assert refused(TWO, space).startswith(said)


def test_pools_that_are_none_have_no_size_to_search():
    space = {"convolution1.pool.size": {"integer": [1, 2]}}
    assert "the block's pool is null" in refused([{"filters": 2, "pool": None}], space)


def test_groups_divide_only_some_numbers_of_filters():
    model = {"convolution": TWO, "normalization": "group", "normalization_groups": 2, "hidden": [8]}
    space = {"convolution1.filters": {"integer": [2, 8]}}
    assert "normalization_groups divides only some numbers" in refused(TWO, space, model=model)


SPACE = {
    "convolution1.filters": {"integer": [2, 12]},
    "convolution1.kernel": {"integer": [2, 3]},
    "convolution2.pool": {"categorical": [None, {"kind": "mean", "size": 2}]},
    "convolution1.pool.kind": {"categorical": ["max", "mean"]},
    "learning_rate": {"log_uniform": [0.01, 0.1]},
}


def test_values_of_blocks_are_laid_into_the_run_and_read_out_again():
    run = study().run()
    values = {"convolution2.pool": {"kind": "mean", "size": 1}, "convolution1.filters": 9, "learning_rate": 0.5}
    varied = run.vary(values)
    assert {name: varied.value(name) for name in values} == values
    assert [block.filters for block in varied.model.convolution] == [9, 6]
    assert [block.kernel for block in varied.model.convolution] == [3, 2]
    assert varied.train.learning_rate == 0.5
    assert RunSpec.of(run.model_dump(mode="json"), values) == varied
    assert run == study().run()


def test_a_plan_tells_jobs_of_the_largest_blocks_and_names_all_poolings(tmp_path):
    params = {"model": {"convolution": TWO}, "search": {"space": SPACE, "levels": LEVELS}}
    _, jobs = small_study(tmp_path, params)
    trials = next(job for job in jobs.shards if job.stage == "trials")
    assert max(run.model.convolution[0].filters for run in trials.told["runs"]) == 12
    files = {Path(entry).stem for entry in map(str, trials.entries) if "poolings" in entry}
    assert files == {"max", "mean"}
    space = trials.params["level"]["space"]
    assert space["convolution2.pool"] == {"categorical": [None, {"kind": "mean", "size": 2}]}


def test_all_that_a_search_may_be_is_built_of_valid_blocks():
    run = RunSpec(model=Model(convolution=TWO), train={}, seed=0)
    runs = alternatives(run, {"convolution": [[{"filters": 3}], []], "hidden": [[4]]})
    assert [len(own.model.convolution) for own in runs] == [1, 1, 0, 1]
    assert all(block.built() for own in runs for block in own.model.convolution)


def test_the_next_range_leaves_sizes_within_what_was_tried_and_filters_not():
    run = study().run().model_dump(mode="json")
    space = {"convolution1.kernel": {"integer": [2, 3]}, "convolution1.filters": {"integer": [2, 12]}}
    best = [{"convolution1.kernel": 3, "convolution1.filters": 12}] * 3
    filters, kernel = narrow(space, best, 0.05, run)
    assert kernel.following == [2, 3]
    assert not kernel.beyond
    assert filters.following[1] > 12


def claim(**changes) -> Claim:
    return Claim.model_validate(
        {
            "claim": "T1",
            "statement": "More filters are better.",
            "tasks": {"digits": {"data": {"source": "digits"}}},
            "base": {"model": {"convolution": TWO}, "train": {"epochs": 2}},
            "arms": {"few": {}, "many": {"model": {"convolution": [{"filters": 9}]}}},
            "replicates": 8,
            "measure": {"monitor": {"metric": "val_accuracy"}},
            "predict": [{"difference": ["many", "few"], "above": 0}],
            **changes,
        }
    )


def test_arms_of_a_claim_tune_their_blocks(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    add_claim(graph, claim(tune={"space": {"convolution1.filters": {"integer": [2, 9]}}, "trials": 2}), 0)
    spaces = [job.params["space"] for job in graph.jobs.values() if job.stage == "arm_tuning"]
    assert spaces == [{"convolution1.filters": {"integer": [2, 9]}}] * 2


def test_a_claim_sweeps_what_its_blocks_are_as_far_as_they_fit(tmp_path):
    graph = Graph(tmp_path, SCRIPTS)
    add_claim(graph, claim(over={"convolution1.filters": [2, 8]}), 0)
    points = next(job.params["points"] for job in graph.jobs.values() if job.stage == "arm")
    assert points == [{"convolution1.filters": 2}, {"convolution1.filters": 8}]
    with pytest.raises(UserError, match=r"over.convolution1.kernel: it cannot be 7: convolution2 has a kernel"):
        add_claim(graph, claim(over={"convolution1.kernel": [2, 7]}, arms={"few": {}, "many": {}}), 0)
    with pytest.raises(UserError, match=r"over.convolution3.kernel: it cannot be 2"):
        add_claim(graph, claim(over={"convolution3.kernel": [2]}), 0)
