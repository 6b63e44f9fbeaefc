"""Remarks on params that have no effect."""

import pytest

from mindgap.params.remarks import REGISTRIES, remarks
from mindgap.params.run import FIELDS, Model, RunSpec, Train


def spec(model: dict | None = None, train: dict | None = None) -> RunSpec:
    return RunSpec(model=Model(**(model or {})), train=Train(**(train or {})), seed=0)


@pytest.mark.parametrize(
    ("model", "train", "expected"),
    [
        ({}, {}, []),
        ({}, {"margin": 1.0}, []),
        ({}, {"loss": "hinge", "margin": 2.0}, []),
        ({}, {"margin": 2.0}, ["train.margin: 2.0 has no effect: hinge uses it, and loss is cross_entropy"]),
        (
            {},
            {"optimizer": "sgd", "epsilon": 0.1, "momentum": 0.5},
            [
                "train.momentum: 0.5 has no effect: adam, adamw, momentum and nesterov use it, and optimizer is sgd",
                "train.epsilon: 0.1 has no effect: adagrad, adam, adamw and rmsprop use it, and optimizer is sgd",
            ],
        ),
        (
            {},
            {"bias_correction": False},
            ["train.bias_correction: false has no effect: adam and adamw use it, and optimizer is momentum"],
        ),
        ({}, {"optimizer": "sgd", "epsilon": 0.1, "switch": {"optimizer": "adam", "epoch": 2}}, []),
        (
            {"leak": 0.1, "normalization_place": "after"},
            {},
            [
                "model.leak: 0.1 has no effect: elu, leaky_relu and prelu use it, and activation is relu",
                "model.normalization_place: after has no effect: batch, group, instance and layer use it, and "
                "normalization is none",
            ],
        ),
        (
            {"hidden": [], "activation": "elu", "leak": 0.1},
            {"dropout": 0.5},
            [
                "model.activation: elu has no effect: hidden layers use it, and hidden has none",
                "model.leak: 0.1 has no effect: hidden layers use it, and hidden has none",
                "train.dropout: 0.5 has no effect: hidden layers use it, and hidden has none",
            ],
        ),
        (
            {"hidden": [4]},
            {"channel_dropout": 0.2},
            ["train.channel_dropout: 0.2 has no effect: blocks of convolution use it, and convolution has none"],
        ),
        (
            {"hidden": [], "convolution": [{"filters": 2}], "activation": "elu", "leak": 0.1},
            {"dropout": 0.5, "channel_dropout": 0.2},
            ["train.dropout: 0.5 has no effect: hidden layers use it, and hidden has none"],
        ),
        ({}, {"optimizer": "adamw"}, ["train.weight_decay: 0 makes adamw plain adam; 0.01 is usual"]),
        ({}, {"optimizer": "adamw", "weight_decay": 0.1}, []),
        ({}, {"switch": {"epoch": 1}, "switch_learning_rate": 0.1}, []),
        (
            {},
            {"switch_learning_rate": 0.1},
            ["train.switch_learning_rate: 0.1 has no effect: switch is null"],
        ),
        (
            {},
            {"switch": {"optimizer": "adamw", "epoch": 1}},
            ["train.weight_decay: 0 makes adamw plain adam; 0.01 is usual"],
        ),
    ],
)
def test_what_is_set_and_not_used_is_remarked_on(model, train, expected):
    assert remarks(spec(model, train)) == expected


@pytest.mark.parametrize(
    ("train", "searched", "choices", "expected"),
    [
        ({}, ["decay"], {}, "train.decay: searching it has no effect: exponential, inverse_time and step use it, and "
         "schedule is constant"),
        ({}, ["decay", "schedule"], {"schedule": ["constant", "step"]}, None),
        ({"margin": 2.0}, ["loss"], {"loss": ["mse", "hinge"]}, None),
        (
            {"margin": 2.0},
            ["loss"],
            {"loss": ["mse", "mae"]},
            "train.margin: 2.0 has no effect: hinge uses it, and loss is mse or mae",
        ),
        (
            {},
            ["convolution"],
            {"convolution": [[]]},
            "model.convolution: searching it has no effect: blocks of convolution use it, and convolution has none",
        ),
        (
            {"channel_dropout": 0.2},
            ["convolution"],
            {"convolution": [[], [{"filters": 2}]]},
            None,
        ),
        ({"optimizer": "adamw"}, ["weight_decay"], {}, None),
        (
            {},
            ["optimizer"],
            {"optimizer": ["sgd", "adamw"]},
            "train.weight_decay: 0 makes adamw plain adam; 0.01 is usual",
        ),
    ],
)  # fmt: skip
def test_what_is_searched_and_not_used_by_any_choice_is_remarked_on(train, searched, choices, expected):
    assert remarks(spec(train=train), searched, choices) == ([] if expected is None else [expected])


@pytest.mark.parametrize("model", [{"hidden": []}, {"hidden": [4]}, {"hidden": [], "convolution": [{"filters": 2}]}])
@pytest.mark.parametrize("name", FIELDS)
def test_of_every_param_it_can_be_said_why_searching_it_has_no_effect(model, name):
    assert all(f"{name}: searching it has no effect: " in remark for remark in remarks(spec(model), [name]))


def test_layers_that_are_searched_use_what_is_of_hidden_layers():
    linear = spec({"hidden": [], "leak": 0.1})
    assert remarks(linear)
    choices = {"activation": ["relu", "elu"], "hidden": [[], [8]]}
    assert remarks(linear, choices, choices) == []


def test_each_component_can_make_all_of_its_settings_count():
    for kind, registry in REGISTRIES.items():
        for name, component in registry.items():
            block = "model" if kind in Model.model_fields else "train"
            for setting in component.settings:
                assert setting in FIELDS
                assert setting in spec(**{block: {kind: name}}).used()
