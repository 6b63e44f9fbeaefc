"""The stage `trials`: the points of a search, each trained once, a slice of them in one job."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mindgap.errors import UserError
from mindgap.params.run import RunSpec
from mindgap.results.level import Level
from mindgap.results.round import Round
from mindgap.results.rung import Halved
from mindgap.results.trials import Trial, Trials
from mindgap.search.draw import draw_trials
from mindgap.training.dataset import train_on
from mindgap.training.state import Begun, read_states, write_states
from mindgap.words import words


def run_trials(
    params: dict[str, Any],
    data: Path,
    previous: Path | None,
    out: Path,
    rung: Path | None = None,
    drawn_round: Path | None = None,
) -> None:
    """Train a slice of a level's trials and write `Trials`.

    `params` holds the run to vary, the level, if it is a grid with the number of its trials, and the slice; the ranges
    are the params' own at the first level and those that the level in the folder `previous` narrowed to at the others.

    Where trials are halved, they rest after `until` epochs, and their states are written too. The slice is of those
    that go on from the folder `rung`, best first; at the first rung, of all.

    The folder `drawn_round` has the params of the slice's round, where earlier trials are asked for them.
    """
    level, (start, stop), until = params["level"], params["slice"], params.get("until")
    title = words(f"{level['name']}: trials {start}-{stop - 1}")
    if rung is None:
        if drawn_round is None:
            space = level["space"] if previous is None else Level.read(previous).next_space
            seed = params["run"]["seed"]
            drawn = draw_trials(space, level["sampler"], seed, level["index"], start, stop, level.get("trials"))
        else:
            drawn = Round.read(drawn_round).slice(start, stop)
        specs = specs_of(params["run"], drawn, level["epochs"])
        points, results = dict(enumerate(drawn, start)), train_on(data, specs, title, until=until)
        ended: list[Trial] = []
    else:
        trials, numbers = Trials.read(rung).trials, Halved.read(rung).go_on[start:stop]
        states = read_states([rung], numbers)
        points = {number: trials[number].params for number in states}
        specs = specs_of(params["run"], [*points.values()], level["epochs"])
        begun = [Begun(state, trials[number].history) for number, state in states.items()]
        results = train_on(data, specs, title, until=until, begun=begun)
        ended = [trials[number] for number in numbers if number not in states]
    trained = [
        Trial(number=number, params=values, **result.described(level["objective"]))
        for (number, values), result in zip(points.items(), results, strict=True)
    ]
    Trials(tuple(sorted([*trained, *ended], key=lambda trial: trial.number))).write(out)
    if until is not None:
        resting = zip(points, results, strict=True)
        write_states({number: result.state for number, result in resting if result.state is not None}, out)


def specs_of(run: dict[str, Any], drawn: Sequence[dict[str, Any]], epochs: int) -> list[RunSpec]:
    """The runs of trials with these params. Raises UserError for values that are right each, but not together."""
    return [_spec(run, {**values, "epochs": epochs}) for values in drawn]


def _spec(run: dict[str, Any], values: dict[str, Any]) -> RunSpec:
    try:
        return RunSpec.of(run, values)
    except ValidationError as error:
        raise UserError(f"search.space: the trial {values} cannot be: {error.errors()[0]['msg']}") from error
