"""A small network with convolution for digits through the whole study: search by halving, gates, views, predictions."""

import json
import re
import subprocess

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient
from sklearn.datasets import load_digits

from mindgap.models.file import load_model
from mindgap.tracking.markers import default_uri
from tests.workflow.checkout import MINDGAP, Checkout, merged

BLOCKS = [{"filters": 6, "kernel": 3}, {"filters": 8, "kernel": 2, "pool": None}]
PARAMS = {
    "preprocess": {"scale": "none"},
    "model": {"convolution": BLOCKS, "hidden": [24]},
    "train": {
        "optimizer": "adam",
        "epochs": 8,
        "channel_dropout": 0.05,
        "early_stopping": {"patience": 3},
    },
    "search": {
        "space": {
            "l2": None,
            "learning_rate": {"log_uniform": [0.005, 0.02]},
            "convolution1.filters": {"integer": [4, 10]},
            "convolution2.kernel": {"integer": [2, 3]},
            "convolution1.pool.kind": {"categorical": ["max", "mean"]},
        },
        "levels": {"coarse": {"trials": 6, "epochs": 4, "halving": {"eta": 2}}, "fine": {"trials": 3, "epochs": 3}},
    },
    "final": {"candidates": 2, "seeds": 2},
    "workflow": {"shard_size": 4},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Checkout:
    checkout = Checkout(tmp_path_factory.mktemp("digits"), PARAMS)
    outcome = checkout.run()
    assert outcome.code == 0, outcome.text
    return checkout


def summary_of(checkout: Checkout) -> dict:
    return json.loads(checkout.summary())


def test_it_learns_and_what_was_searched_is_what_its_blocks_are(finished):
    summary = summary_of(finished)
    assert summary["final"]["metrics"]["test"]["accuracy"]["mean"] > 0.85
    gates = json.loads((finished.results("check")[0] / "check.json").read_text())["gates"]
    assert {gate["name"]: gate["passed"] for gate in gates}["gradient"]
    assert all(gate["passed"] for gate in gates)
    best = summary["search"]["fine"]["best"]["params"]
    model = load_model(finished.folder / "results/digits/model.npz")
    first, second = model.spec["model"]["convolution"]
    trained = {"convolution1.filters": first["filters"], "convolution2.kernel": second["kernel"]}
    levels = [json.loads((path / "trials.json").read_text())["trials"] for path in finished.results("search")]
    tried = [trial["params"] for level in levels for trial in level]
    assert any(trained.items() <= params.items() for params in tried)
    assert set(best) == set(PARAMS["search"]["space"]) - {"l2"}
    assert len({params["convolution1.filters"] for params in tried}) > 1


def test_the_report_has_a_table_of_its_layers(finished):
    page = (finished.folder / "results/digits/report.html").read_text()
    section = page[page.index('<h2 id="layers">') :]
    table = section[section.index("<table>") : section.index("</table>")]
    model = load_model(finished.folder / "results/digits/model.npz").architecture
    cells = [re.sub(r"<[^>]+>|\s", "", cell) for cell in re.findall(r"<td.*?</td>", table, re.S)]
    rows = [cells[start + 1 : start + 4] for start in range(0, len(cells), 4)]
    for row in model.table:
        assert ["×".join(map(str, row.shape)), str(row.parameters), str(row.multiply_adds)] in rows
    assert model.table[0].shape == (3, 3, model.blocks[0].filters)
    said = subprocess.run(
        [MINDGAP, "layers", "small.yaml"], cwd=finished.folder, capture_output=True, text=True, check=True
    ).stdout
    assert [line.split()[0] for line in said.splitlines()[1:]] == [
        "convolution1",
        "convolution2",
        "dense1",
        "dense2",
        "in",
    ]


def test_new_images_get_classes_and_a_spread(finished):
    digits = load_digits()
    np.savez(finished.folder / "new.npz", x=digits.images[:40])
    command = [MINDGAP, "predict", "results/digits/model.npz", "new.npz", "--probabilities", "--monte-carlo", "5"]
    said = subprocess.run(command, cwd=finished.folder, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].split(",")[:2] == ["row", "class"]
    assert said[0].split(",")[-1] == "spread"
    rows = [line.split(",") for line in said[1:]]
    assert np.mean([int(row[1]) == label for row, label in zip(rows, digits.target, strict=False)]) > 0.8
    assert 0 < max(float(row[-1]) for row in rows) < 0.5


def test_mlflow_has_the_model_with_its_signature_and_each_blocks_params(finished):
    client = MlflowClient(tracking_uri=default_uri(finished.folder / "results"))
    (experiment,) = [found for found in client.search_experiments() if found.name == "digits"]
    (model,) = client.search_logged_models([experiment.experiment_id])
    loaded = mlflow.pyfunc.load_model(model.artifact_location)
    (tensor,) = loaded.metadata.signature.inputs.inputs
    assert tensor.shape == (-1, 64)
    x = load_digits().data[:30]
    own = load_model(finished.folder / "results/digits/model.npz")
    np.testing.assert_array_equal(loaded.predict(x), own.predict(x))
    found = client.search_runs([experiment.experiment_id], max_results=1000)
    trial = next(run for run in found if "searched.convolution1.filters" in run.data.params)
    blocks = json.loads(trial.data.params["model.convolution"])
    assert blocks[0]["filters"] == int(trial.data.params["searched.convolution1.filters"])


def test_it_ends_with_the_same_bytes_whatever_the_shards_and_after_a_kill(finished, tmp_path):
    assert not finished.run().jobs
    other = Checkout(tmp_path, merged(PARAMS, {"workflow": {"shard_size": 1}}))
    other.kill_when(lambda study: study.results("rung"), "report")
    assert other.run("report").code == 0
    assert other.summary() == finished.summary()


def test_blocks_that_do_not_fit_end_in_one_message_before_anything_is_trained(tmp_path):
    checkout = Checkout(tmp_path, merged(PARAMS, {"search": {"space": {"convolution2.kernel": {"integer": [2, 9]}}}}))
    outcome = checkout.run()
    assert outcome.code != 0
    assert (
        "search.space.convolution2.kernel: convolution2.kernel cannot be 9: convolution2 has a kernel" in outcome.text
    )
    assert "Traceback" not in outcome.text
    assert not (tmp_path / "results/store").exists()
