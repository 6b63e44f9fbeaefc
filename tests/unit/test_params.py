"""Params: what is allowed, what is refused, and how it is said."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mindgap.errors import UserError
from mindgap.params.load import load_study, read_study
from mindgap.params.reference import reference
from mindgap.params.run import Model, RunSpec, Train
from tests.workflow.checkout import ROOT

BASE = yaml.safe_load((ROOT / "params/study.yaml").read_text())


def errors(change: dict) -> str:
    with pytest.raises(UserError) as caught:
        load_study({**BASE, **change})
    return str(caught.value)


def test_the_default_studies_are_valid():
    assert read_study([str(ROOT / "params/study.yaml")]).study == "digits"
    mnist = read_study([str(ROOT / "params/study.yaml"), str(ROOT / "params/mnist.yaml")])
    assert set(mnist.search.space) == {"learning_rate", "dropout"}


def test_numbers_that_yaml_reads_as_text_are_numbers():
    assert isinstance(yaml.safe_load("1e-5"), str)
    study = load_study({**BASE, "train": yaml.safe_load("{l2: 1e-5, epochs: '7'}")})
    assert (study.train.l2, study.train.epochs) == (1e-5, 7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trian": {}}, "trian: unknown key; did you mean train?"),
        ({"train": {"batchsize": 3}}, "train.batchsize: unknown key; did you mean batch_size?"),
        (
            {"data": {"source": "digits", "val_fractoin": 0.1}},
            "data.val_fractoin: unknown key; did you mean val_fraction?",
        ),
        ({"data": {"source": "digit"}}, "data: unknown source 'digit'; did you mean digits?"),
        ({"model": {"hidden": 64}}, "model.hidden: a list is needed, such as [64]"),
        ({"train": {"epochs": 2.5}}, "train.epochs: input should be a valid integer"),
        ({"train": {"divergence": 1}}, "train.divergence: input should be greater than 1"),
        ({"train": {"epochs": True}}, "train.epochs: a number is needed here"),
        ({"train": {"learning_rate": "fast"}}, "train.learning_rate: input should be a valid number"),
        ({"train": {"learning_rate": float("nan")}}, "train.learning_rate: input should be a finite number"),
        ({"train": {"optimizer": "adm"}}, "train.optimizer: unknown name 'adm'; there are: adagrad, adam, adamw"),
        ({"model": {"hidden": [64, 0]}}, "model.hidden.1: input should be greater than or equal to 1"),
        (
            {"check": {"permutation": 18}},
            "check.permutation: at least 19 shuffles are needed, as p can be no less than 1",
        ),
        ({"check": {"permutation": 0}}, "/ (shuffles + 1); null: none (found 0)"),
        ({"seed": -1}, "seed: input should be greater than or equal to 0"),
        ({"study": "../escape"}, "study: letters, digits, _ . and - only"),
        ({"study": "store"}, "study: results/ has a part of this name already"),
        (
            {"search": {**BASE["search"], "space": {"l2": {"log_uniform": [0, 1]}}}},
            "a log range begins above 0, found 0",
        ),
        (
            {"search": {**BASE["search"], "space": {"l2": {"log_uniform": [1, 0.1]}}}},
            "low end must be below the high end",
        ),
        ({"search": {**BASE["search"], "space": {"l2": {"uniform": [2, 2]}}}}, "low end must be below the high end"),
        (
            {"search": {**BASE["search"], "space": {"l2": {"log": [1, 2]}}}},
            "search.space.l2: a range is one of {log_uniform:",
        ),
        ({"search": {**BASE["search"], "space": {"l2": 0.1}}}, "search.space.l2: a range is one of"),
        ({"search": {**BASE["search"], "space": {"epochs": {"integer": [1, 2]}}}}, "epochs are set by each level"),
        ({"search": {**BASE["search"], "space": {"l3": {"uniform": [1, 2]}}}}, "no model or train param has this name"),
        (
            {"search": {**BASE["search"], "space": {"momentum": {"uniform": [0.5, 1.5]}}}},
            "search.space.momentum.uniform.1: momentum cannot be 1.5: input should be less than 1",
        ),
        (
            {"search": {**BASE["search"], "space": {"activation": {"categorical": ["relu", "rlu"]}}}},
            "search.space.activation.categorical.1: activation cannot be 'rlu'",
        ),
        ({"search": {**BASE["search"], "levels": {}}}, "search.levels: at least 1 entry (found {})"),
    ],
)
def test_mistakes_are_named_with_their_path(change, message):
    assert message in errors(change)


def gridded(trials: int, space: dict, **more) -> dict:
    levels = {"coarse": {"trials": trials, "epochs": 1, "sampler": "grid"}, **more}
    return {"search": {"space": space, "levels": levels}}


RATE, DECAY = {"learning_rate": {"log_uniform": [0.01, 1]}}, {"l2": {"uniform": [0, 1]}}
SIZE, LAYERS = {"batch_size": {"integer": [16, 18]}}, {"hidden": {"categorical": [[8], [16], [8, 8]]}}


@pytest.mark.parametrize(
    ("trials", "space", "allowed"),
    [
        (10, {**RATE, **DECAY}, "9 or 16 points"),
        (1, {**RATE, **DECAY}, "4 or 9 points"),
        (1, RATE, "2 or 3 points"),
        (7, {**RATE, **DECAY, **LAYERS}, "12 or 27 points"),
        (4, LAYERS, "3 points"),
        (16, {**RATE, **SIZE}, "9 points"),  # there are but three whole numbers
        (5, {**RATE, **SIZE}, "4 or 9 points"),
    ],
)
def test_a_grid_has_as_many_values_of_each_range(trials, space, allowed):
    message = f"search: levels.coarse.trials: a grid of this space has {allowed}, with as many values of each range"
    assert message in errors(gridded(trials, space))
    for count in map(int, allowed.removesuffix(" points").split(" or ")):
        assert load_study({**BASE, **gridded(count, space)}).search.levels["coarse"].trials == count


@pytest.mark.parametrize("each", range(2, 47))
def test_any_whole_power_is_a_grid(each):
    space = {name: {"uniform": [0, 0.5]} for name in ("l1", "l2", "dropout")}
    assert load_study({**BASE, **gridded(each**3, space)}).search.levels["coarse"].trials == each**3


def test_a_later_grid_has_no_choices():
    fine = {"fine": {"trials": 6, "epochs": 1, "sampler": "grid"}}
    text = errors(gridded(6, {**RATE, **LAYERS}, **fine))
    assert "levels.fine.sampler: after the first level a grid has numeric ranges alone" in text
    assert "choices of hidden" in text
    assert load_study({**BASE, **gridded(2, RATE, **fine)})


def test_null_may_come_as_text_and_takes_things_away():
    study = load_study({**BASE, "search": "null", "train": {"early_stopping": "null"}})
    assert study.search is None
    assert study.train.early_stopping is None


def test_of_two_kinds_of_a_range_that_files_gave_the_last_counts():
    space = {"l2": {"log_uniform": [1e-6, 1], "uniform": [0, 1]}}
    study = load_study({**BASE, "search": {**BASE["search"], "space": space}})
    assert study.search.space["l2"].uniform == (0, 1)


def test_levels_keep_the_order_of_the_files_though_merging_may_lose_it(tmp_path):
    (tmp_path / "more.yaml").write_text("search: {levels: {finest: {trials: 3, epochs: 3}, coarse: {trials: 9}}}")
    files = [str(ROOT / "params/study.yaml"), str(tmp_path / "more.yaml")]
    levels = {"finest": {"trials": 3, "epochs": 3}, **dict(reversed(BASE["search"]["levels"].items()))}
    study = load_study({**BASE, "search": {**BASE["search"], "levels": levels}}, files)
    assert list(study.search.levels) == ["coarse", "fine", "finest"]


def test_whole_numbers_are_not_searched_on_a_continuous_range():
    text = errors({"search": {**BASE["search"], "space": {"batch_size": {"log_uniform": [16, 128]}}}})
    assert "batch_size takes whole numbers; use {integer: [low, high]}" in text


CURVE = {"source": "synthetic", "kind": "sine"}


def test_loss_and_objective_follow_the_task_unless_they_are_given():
    curve, classes = load_study({**BASE, "data": CURVE}), load_study(BASE)
    assert (curve.run().train.loss, curve.objective) == ("mse", "val_rmse")
    assert (classes.run().train.loss, classes.objective) == ("cross_entropy", "val_accuracy")
    assert load_study({**BASE, "data": CURVE, "train": {"loss": "huber"}}).run().train.loss == "huber"
    given = load_study({**BASE, "data": CURVE, "search": {**BASE["search"], "objective": "val_r2"}})
    assert given.objective == "val_r2"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train": {"loss": "huber"}}, "train.loss: huber is not for classification"),
        (
            {"data": CURVE, "train": {"loss": "hinge"}},
            "hinge is not for regression, which data.source: synthetic asks for; there are: huber, mae, mse",
        ),
        (
            {"data": CURVE, "search": {**BASE["search"], "objective": "val_accuracy"}},
            "search.objective: val_accuracy is",
        ),
        ({"search": {**BASE["search"], "objective": "val_r2"}}, "val_r2 is not for classification"),
        ({"train": {"early_stopping": {"metric": "val_mae"}}}, "train.early_stopping.metric: val_mae is not"),
        (
            {"data": CURVE, "search": {**BASE["search"], "space": {"loss": {"categorical": ["mse", "cross_entropy"]}}}},
            "search.space.loss.categorical.1: cross_entropy is not for regression",
        ),
        ({"search": {**BASE["search"], "space": {"loss": {"categorical": [["mse"]]}}}}, "loss cannot be ['mse']"),
        (
            {
                "data": CURVE,
                "train": {"loss": "huber"},
                "search": {**BASE["search"], "objective": "val_loss", "space": {"huber_delta": {"uniform": [0.1, 1]}}},
            },
            "huber_delta changes what the loss means, so losses cannot be compared; use objective: val_rmse",
        ),
        (
            {"data": {**CURVE, "label_noise": 0.1}},
            "data.label_noise: it is for classification only, but data.source: synthetic asks for regression; leave",
        ),
        ({"data": {"source": "diabetes", "merge": [[1, 2]]}}, "data.merge: it is for classification only"),
        (
            {"data": {"source": "csv", "path": "a.csv", "outliers": 0.1}},
            "data.outliers: it is for regression only, but data.task asks for classification",
        ),
        ({"train": {"epochs": 5, "switch": {"epoch": 5}}}, "train.switch.epoch: 5 comes never"),
        ({"train": {"epochs": 0, "switch": {"epoch": 1}}}, "1 comes never, as train.epochs is 0"),
        ({"model": {"normalization": "batch"}, "train": {"batch_size": 1}}, "one row has no variance"),
        ({"search": {**BASE["search"], "space": {"early_stopping": {"categorical": [None]}}}}, "not searched"),
        ({"search": {**BASE["search"], "space": {"divergence": {"uniform": [2, 4]}}}}, "not searched"),
        (
            {
                "train": {"loss": "hinge"},
                "search": {**BASE["search"], "objective": "val_loss", "space": {"margin": {"uniform": [0.1, 1]}}},
            },
            "margin changes what the loss means",
        ),
        (
            {"search": {**BASE["search"], "space": {"normalization_groups": {"integer": [1, 8]}}}},
            "only some numbers divide the units",
        ),
        (
            {
                "model": {"normalization": "group"},
                "search": {
                    **BASE["search"],
                    "space": {
                        "learning_rate": {"uniform": [0.1, 1]},
                        "hidden": {"categorical": [[8], [6]]},
                        "normalization_groups": {"categorical": [1, 2, 4]},
                    },
                },
            },
            "search.space: the trial {'normalization_groups': 4, 'hidden': [6]} cannot be: normalization_groups: 4 "
            "does not divide 6 units",
        ),
        (
            {
                "model": {"hidden": [6]},
                "search": {
                    **BASE["search"],
                    "space": {
                        "normalization": {"categorical": ["none", "instance"]},
                        "normalization_groups": {"categorical": [1, 4]},
                        "activation": {"categorical": ["maxout", "relu"]},
                        "pieces": {"integer": [2, 4]},
                    },
                },
            },
            "search.space: the trial {'normalization': 'instance', 'normalization_groups': 4, 'activation': 'maxout', "
            "'pieces': 3} cannot be: normalization_groups: 4 does not divide 18 units",
        ),
        (
            {
                "search": {
                    **BASE["search"],
                    "space": {
                        "normalization": {"categorical": ["none", "batch"]},
                        "batch_size": {"integer": [1, 32]},
                    },
                },
            },
            "search.space: the trial {'normalization': 'batch', 'batch_size': 1} cannot be: batch_size: one row has no",
        ),
        (
            {"search": {**BASE["search"], "space": {"bias_correction": {"uniform": [0, 1]}}}},
            "bias_correction is true or false; use {categorical: [true, false]}",
        ),
        (
            {
                "search": {**BASE["search"], "space": {"batch_size": {"uniform": [16, 64]}}},
                "train": {"batch_size": None},
            },
            "batch_size takes whole numbers",
        ),
    ],
)
def test_blocks_that_contradict_each_other_are_named(change, message):
    assert message in errors(change)


def test_all_mistakes_are_named_at_once():
    text = errors({"seed": -1, "train": {"epochs": -1, "momntum": 0.5}, "model": {"hidden": "wide"}})
    assert text.startswith("4 errors in the params:")
    assert all(path in text for path in ("seed:", "train.epochs:", "train.momntum:", "model.hidden:"))


def test_a_mistake_is_named_with_its_file(tmp_path):
    base, over = tmp_path / "base.yaml", tmp_path / "over.yaml"
    base.write_text(yaml.safe_dump({**BASE, "seed": -1}))
    over.write_text("train: {epochs: -1}\n")
    with pytest.raises(UserError) as caught:
        read_study([str(base), str(over)])
    assert f"{base}: seed:" in str(caught.value)
    assert f"{over}: train.epochs:" in str(caught.value)


@pytest.mark.parametrize(("text", "message"), [("a: [", "cannot be read as params"), ("- a", "found list")])
def test_a_file_that_holds_no_params_is_refused(tmp_path, text, message):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(UserError, match=message):
        read_study([str(tmp_path / "x.yaml")])


@given(st.floats(1e-6, 1), st.sampled_from([[], [3], [5, 4]]))
def test_varying_a_run_changes_what_is_named_and_nothing_else(rate, hidden):
    run = RunSpec(model=Model(), train=Train(), seed=3, replicate=2)
    varied = run.vary({"learning_rate": rate, "hidden": hidden})
    assert varied.train.learning_rate == rate
    assert varied.model.hidden == tuple(hidden)
    assert (
        varied.vary(
            {
                "learning_rate": run.train.learning_rate,
                "hidden": run.model.hidden,
            }
        ).model
        == run.model
    )
    assert (varied.seed, varied.train.l2) == (3, run.train.l2)


def test_runs_that_differ_only_where_networks_may_differ_share_a_cohort():
    run = RunSpec(model=Model(), train=Train(), seed=0)
    same = run.vary({"learning_rate": 0.7, "l2": 0.1, "momentum": 0.2, "dropout": 0.3, "init_gain": 2.0})
    assert same.cohort() == run.cohort()
    assert run.model_copy(update={"seed": 1, "replicate": 2}).cohort() == run.cohort()
    for change in ({"hidden": [3]}, {"batch_size": 7}, {"optimizer": "adam"}, {"epochs": 2}, {"activation": "tanh"}):
        assert run.vary(change).cohort() != run.cohort()


def test_the_reference_in_the_docs_is_that_of_the_declarations():
    assert (ROOT / "docs/params.md").read_text() == reference(), "run: mindgap params > docs/params.md"


def test_every_param_says_what_it_means():
    from mindgap.params import data, run, search, study
    from mindgap.params.base import Block

    for module in (data, run, search, study):
        for block in vars(module).values():
            if isinstance(block, type) and issubclass(block, Block) and block is not RunSpec:
                for name, field in block.model_fields.items():
                    inner = getattr(field.annotation, "model_fields", None)
                    kind = name in ("source", "log_uniform", "uniform", "integer", "categorical", "data", "search")
                    assert field.description or inner or kind, f"{block.__name__}.{name}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"uniform": [0.05, 0.1]}, {"uniform": (0.05, 0.1)}),
        ({"categorical": [0.01, 0.02]}, {"categorical": (0.01, 0.02)}),
        ({"log_uniform": [1e-3, 0.1]}, {"log_uniform": (1e-3, 0.1)}),
    ],
)
@pytest.mark.parametrize("by_file", [True, False])
def test_a_range_of_another_kind_takes_the_place_of_the_one_before(tmp_path, given, expected, by_file):
    base = ROOT / "params/study.yaml"
    over = {"search": {"space": {"learning_rate": given}}}
    (tmp_path / "over.yaml").write_text(yaml.safe_dump(over))
    merged = yaml.safe_load(base.read_text())
    before = merged["search"]["space"]["learning_rate"]
    merged["search"]["space"]["learning_rate"] = {**given, **before, **given}  # in whatever order Snakemake merges
    files = [str(base), *([str(tmp_path / "over.yaml")] if by_file else [])]
    assert load_study(merged, files).search.space["learning_rate"].model_dump() == expected


def test_a_range_of_no_known_kind_is_refused_though_the_base_has_one(tmp_path):
    (tmp_path / "over.yaml").write_text("search: {space: {learning_rate: {loguniform: [0.001, 0.1]}}}")
    merged = yaml.safe_load((ROOT / "params/study.yaml").read_text())
    merged["search"]["space"]["learning_rate"]["loguniform"] = [0.001, 0.1]
    with pytest.raises(UserError, match="a range is one of"):
        load_study(merged, [str(ROOT / "params/study.yaml"), str(tmp_path / "over.yaml")])


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_base_for_tables_lies_between_the_default_study_and_a_table(tmp_path, task):
    mine = {"study": "mine", "data": {"source": "csv", "path": "x.csv", "target": "y", "task": task}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(mine))
    names = [*(str(ROOT / "params" / name) for name in ("study.yaml", "table.yaml")), str(tmp_path / "mine.yaml")]
    study = read_study(names)
    assert (study.study, study.data.source, study.train.optimizer) == ("mine", "csv", "adam")
    assert "l2" not in study.search.space
    assert study.remarks() == []
    assert min(study.baselines.linear, study.baselines.trees) > 0
