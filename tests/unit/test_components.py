"""What every component of every registry has; new ones are found by their files."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mindgap
from mindgap.errors import UserError
from mindgap.metrics import METRICS, Metric
from mindgap.nn.activations import ACTIVATIONS, Activation
from mindgap.nn.initializers import INITIALIZERS, Initializer
from mindgap.nn.losses import LOSSES, Loss
from mindgap.nn.normalizations import NORMALIZATIONS, Normalization
from mindgap.nn.optimizers import OPTIMIZERS, Optimizer
from mindgap.nn.schedules import SCHEDULES, Schedule
from mindgap.params.run import FIELDS, SETTING, Model, RunSpec, Train, marked
from mindgap.registry import Registry
from mindgap.report.shown import shown
from mindgap.stages.gates import GATES, Gate
from mindgap.tasks import TASKS

SOURCES = Path(next(iter(mindgap.__path__))).parent

REGISTRIES: list[tuple[Registry[Any], type]] = [
    (ACTIVATIONS, Activation),
    (INITIALIZERS, Initializer),
    (LOSSES, Loss),
    (NORMALIZATIONS, Normalization),
    (OPTIMIZERS, Optimizer),
    (SCHEDULES, Schedule),
    (METRICS, Metric),
    (GATES, Gate),
]


NAMED = [registry for registry, base in REGISTRIES if base not in (Metric, Gate)]
"""Those whose components are named by params of a run."""

COMPONENTS = [
    pytest.param(registry, name, base, id=f"{base.__name__}-{name}")
    for registry, base in REGISTRIES
    for name in registry
]


@pytest.mark.parametrize(("registry", "name", "base"), COMPONENTS)
def test_a_file_holds_one_component_that_says_what_it_is(registry, name, base):
    component, tree = registry[name], ast.parse(registry.file(name).read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert [node.name for node in classes] == [component.__name__]
    assert ast.get_docstring(tree)
    assert ast.get_docstring(classes[0])
    assert issubclass(component, base)
    assert not inspect.isabstract(component)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_what_it_is_for_and_what_people_call_it(name):
    metric = METRICS[name]
    assert set(metric.tasks) <= set(TASKS)
    assert all(metric.title and metric.from_perfect for metric in METRICS.values())
    assert metric.least < metric.most
    assert shown(name).value(0.5)


@pytest.mark.parametrize(("registry", "name", "base"), [case for case in COMPONENTS if case.values[0] in NAMED])
def test_a_components_settings_are_declared_params_that_are_marked_as_such(registry, name, base):
    own = Model if base in (Activation, Initializer, Normalization) else Train
    for setting in registry[name].settings:
        assert setting in own.model_fields
        assert marked(FIELDS[setting], SETTING)


def test_every_param_that_is_marked_as_a_setting_is_some_components():
    used = {setting for registry in NAMED for component in registry.values() for setting in component.settings}
    assert used == {name for name, field in FIELDS.items() if marked(field, SETTING)}


@pytest.mark.parametrize("registry", [registry for registry, _ in REGISTRIES], ids=str)
def test_no_file_but_another_component_imports_a_component(registry):
    """So a job's code holds just the components that its params name, and what these build on."""
    folder = registry.file(next(iter(registry))).parent
    package = ".".join(folder.relative_to(SOURCES).parts)
    modules = {f"{package}.{name}" for name in registry}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert modules.isdisjoint(names) or (path.parent == folder and path.name != "__init__.py"), path


def test_training_imports_the_components_that_are_named_and_no_other():
    code = """if True:
        import sys
        import numpy as np
        from mindgap.data.prepared import Split
        from mindgap.params.run import Model, RunSpec, Train
        from mindgap.training.cohort import train_runs
        rows = Split(np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1]))
        train_runs([RunSpec(model=Model(), train=Train(epochs=1), seed=0)], rows, rows, 2)
        rooms = ("activations", "initializers", "losses", "normalizations", "optimizers", "schedules")
        print(sorted(name for name in sys.modules if name.count(".") == 3 and name.split(".")[2] in rooms))
    """
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    names = [name.split(".", 2)[2] for name in ast.literal_eval(found)]
    assert names == [
        "activations.relu",
        "initializers.he",
        "initializers.normal",
        "losses.cross_entropy",
        "optimizers.momentum",
        "schedules.constant",
    ]


def test_facts_that_depend_on_each_other_agree():
    assert all(bool(activation.leak) <= ("leak" in activation.settings) for activation in ACTIVATIONS.values())
    assert all(set(loss.tasks) <= set(TASKS) and loss.tasks for loss in LOSSES.values())
    assert all("classification" in loss.tasks for loss in LOSSES.values() if loss.probabilities)
    assert all(set(optimizer.usual) <= set(Train.model_fields) for optimizer in OPTIMIZERS.values())


def spec(model: dict | None = None, train: dict | None = None) -> RunSpec:
    return RunSpec(model=Model(**(model or {})), train=Train(**(train or {})), seed=0)


def test_a_run_names_the_files_of_its_components():
    run = spec({"activation": "gelu", "normalization": "layer"}, {"switch": {"optimizer": "nesterov", "epoch": 1}})
    found = sorted(f"{path.parent.name}/{path.name}" for path in run.components())
    assert found == [
        "activations/gelu.py",
        "initializers/he.py",
        "losses/cross_entropy.py",
        "normalizations/layer.py",
        "optimizers/momentum.py",
        "optimizers/nesterov.py",
        "schedules/constant.py",
    ]


@pytest.mark.parametrize(
    ("model", "train", "used", "idle"),
    [
        ({}, {}, {"momentum", "label_smoothing", "dropout_form"}, {"leak", "beta2", "margin", "decay", "pieces"}),
        ({"activation": "maxout"}, {"loss": "hinge"}, {"pieces", "margin"}, {"leak", "label_smoothing"}),
        ({"normalization": "group"}, {}, {"normalization_groups", "normalization_place"}, {"batch_statistics"}),
        ({"normalization": "layer"}, {}, {"normalization_place"}, {"batch_statistics", "normalization_groups"}),
        ({"normalization": "none"}, {}, {"normalization"}, {"normalization_place"}),
        ({"hidden": [], "activation": "elu"}, {}, {"hidden"}, {"leak", "activation", "dropout", "normalization"}),
        ({}, {"optimizer": "adagrad", "schedule": "step"}, {"epsilon", "decay", "decay_epochs"}, {"momentum", "beta2"}),
        ({}, {"optimizer": "sgd", "switch": {"optimizer": "adam", "epoch": 1}}, {"beta2", "epsilon"}, {"momentum"}),
        ({}, {"switch": {"epoch": 1}}, {"switch", "switch_learning_rate"}, set()),
        ({}, {}, {"switch"}, {"switch_learning_rate"}),
    ],
)
def test_a_run_says_which_params_have_an_effect(model, train, used, idle):
    found = spec(model, train).used()
    assert used <= found
    assert not idle & found


@pytest.mark.parametrize(
    ("text", "message"),
    [("def broken(", "line 1"), ('"""Nothing."""\n', "no class that is named like the file")],
)
def test_a_broken_component_is_named_by_its_file(tmp_path, monkeypatch, text, message):
    package = tmp_path / "things"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "mine.py").write_text(text)
    (package / ".#mine.py").write_text("an editor's lock")
    monkeypatch.syspath_prepend(str(tmp_path))
    things: Registry[type] = Registry("things")
    assert list(things) == ["mine"]
    with pytest.raises(UserError, match=f"mine.py: .*{message}"):
        things["mine"]
    for name in [name for name in sys.modules if name.split(".")[0] == "things"]:
        del sys.modules[name]
