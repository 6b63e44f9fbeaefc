"""A training that rests and goes on has the bits of one that never did, whoever goes on beside it."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mindgap.nn.normalizations import NORMALIZATIONS
from mindgap.nn.optimizers import OPTIMIZERS
from mindgap.nn.schedules import SCHEDULES
from mindgap.params.run import EarlyStopping, RunSpec, Switch
from mindgap.training.cohort import Data, train_each
from mindgap.training.result import RunResult
from mindgap.training.state import Begun, read_states, write_states
from tests.conftest import blobs
from tests.property.test_cohorts import same, spec

EPOCHS = 9
DATA = Data(blobs(70, 5, 3), blobs(30, 5, 3), 3)


def stored(results: dict[int, RunResult]) -> dict[int, Begun]:
    """What goes on, written to a folder and read again."""
    with tempfile.TemporaryDirectory() as folder:
        write_states({number: own.state for number, own in results.items() if own.state}, Path(folder))
        states = read_states([Path(folder)], [*results])
    histories = {number: json.loads(json.dumps(own.history, allow_nan=False)) for number, own in results.items()}
    return {number: Begun(state, histories[number]) for number, state in states.items()}


def with_rests(specs: list[RunSpec], rests: list[int], stay: list[set[int]], data: Data = DATA) -> dict[int, RunResult]:
    """Runs that rest after these epochs; from each rest on only those go on that stay."""
    found = dict(enumerate(train_each([(data, own) for own in specs], until=rests[0])))
    for until, staying in zip([*rests[1:], EPOCHS], stay, strict=True):
        begun = stored({number: own for number, own in found.items() if number in staying})
        on = train_each([(data, specs[number]) for number in begun], until=until, begun=[*begun.values()])
        found |= dict(zip(begun, on, strict=True))
    return found


RUNS = {
    "loss": st.just("cross_entropy"),
    "epochs": st.just(EPOCHS),
    "batch_size": st.sampled_from([16, 35, None]),
    "optimizer": st.sampled_from([*OPTIMIZERS]),
    "schedule": st.sampled_from([*SCHEDULES]),
    "monitors": st.sampled_from(["basic", "full"]),
    "early_stopping": st.sampled_from(
        [None, EarlyStopping(patience=2), EarlyStopping(patience=5, metric="val_accuracy")]
    ),
    "switch": st.sampled_from(
        [None, Switch(optimizer="adam", epoch=3), Switch(patience=1), Switch(epoch=2, patience=4)]
    ),
}
MODELS = {"hidden": st.just((7,)), "normalization": st.sampled_from(["none", *NORMALIZATIONS])}


@given(train=st.fixed_dictionaries(RUNS), model=st.fixed_dictionaries(MODELS), data=st.data())
@settings(max_examples=60)
def test_a_run_that_rests_and_goes_on_has_the_bits_of_one_that_never_did(train, model, data):
    specs = [spec(number, model, train) for number in range(5)]
    rests = sorted(data.draw(st.sets(st.integers(1, EPOCHS - 1), min_size=1, max_size=3)))
    stay = [data.draw(st.sets(st.integers(0, 4), min_size=1)) for _ in rests]
    through = train_each([(DATA, own) for own in specs])
    found = with_rests(specs, rests, stay)
    for number, whole in enumerate(through):
        if found[number].state is None:
            assert same(found[number], whole)
        else:  # it stayed behind
            own, last = found[number], found[number].state.epoch
            assert {name: values[: last + 1] for name, values in whole.history.items()} == dict(own.history)
            assert own.status == "stopped_early"
            assert own.kept_epoch is not None
            assert own.kept_epoch <= last


@pytest.mark.parametrize("rests", [[1, 3], [4], [1, 2, 3, 4, 5, 6, 7, 8]], ids=str)
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_nine_epochs_in_parts_are_nine_epochs(rests, optimizer):
    base = {"loss": "cross_entropy", "epochs": EPOCHS, "batch_size": 16, "optimizer": optimizer, "schedule": "cosine"}
    specs = [spec(number, {"hidden": (7,), "normalization": "batch"}, base) for number in range(3)]
    through = train_each([(DATA, own) for own in specs])
    found = with_rests(specs, rests, [{0, 1, 2}] * len(rests))
    assert all(same(found[number], whole) and found[number].state is None for number, whole in enumerate(through))


def test_a_run_that_forgets_its_state_ends_elsewhere():
    base = {"loss": "cross_entropy", "epochs": EPOCHS, "batch_size": 16, "optimizer": "momentum"}
    own = spec(0, {"hidden": (7,)}, base)
    (whole,), (part,) = train_each([(DATA, own)]), train_each([(DATA, own)], until=4)
    forgotten = Begun(replace(part.state, slots=0 * part.state.slots), part.history)
    (other,) = train_each([(DATA, own)], begun=[forgotten])
    assert other.history["train_loss"][:5] == whole.history["train_loss"][:5]
    assert not same(other, whole)


def test_a_run_without_early_stopping_that_rests_keeps_its_last_epoch():
    base = {"loss": "cross_entropy", "epochs": EPOCHS, "batch_size": 16, "optimizer": "sgd"}
    (part,) = train_each([(DATA, spec(0, {"hidden": (7,)}, base))], until=4)
    (short,) = train_each([(DATA, spec(0, {"hidden": (7,)}, {**base, "epochs": 4}))])
    assert part.kept_epoch == 4
    assert part.parameters.tobytes() == short.parameters.tobytes()
    assert part.scores("val_accuracy") == short.scores("val_accuracy")
