"""From params files to a study, or to one message that names all that is wrong in them."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from mindgap.errors import UserError
from mindgap.nn.activations import ACTIVATIONS
from mindgap.nn.losses import LOSSES
from mindgap.params.base import Block, blocks_in
from mindgap.params.convolution import Convolution, Pool
from mindgap.params.images import misfits
from mindgap.params.names import path_of
from mindgap.params.run import FIELDS, Model, Variant, field_of, loss_params
from mindgap.params.search import Categorical
from mindgap.params.sources._table import Table
from mindgap.params.study import Study

FIXED = {
    "epochs": "epochs are set by each level, not searched",
    "early_stopping": "early stopping is the same for all trials, not searched",
    "switch": "the switch is the same for all trials, not searched",
    "augment": "augmentation is the same for all trials, not searched",
    "divergence": "what counts as diverged is the same for all trials, not searched",
    "metrics": "metrics are the same for all trials, not searched",
    "monitors": "monitors change no network, so there is nothing to search",
}
"""Params that cannot be searched, and why."""

OF_TASK = {"label_noise": "classification", "merge": "classification", "outliers": "regression"} | {
    "positive": "classification",
    "tolerance": "regression",
}
"""Params of data that are for one task only."""


def load_study(config: Mapping[str, Any], files: Sequence[str] = ()) -> Study:
    """Validate merged params; `files` are those they were merged from, the later over the earlier.

    Raises UserError with all that is wrong, each with its file and path.
    """
    return study_of(config, [(name, yaml.safe_load(Path(name).read_text())) for name in files])


def study_of(config: Mapping[str, Any], contents: Sequence[tuple[str, Any]]) -> Study:
    """The same of contents that have been read, each with the name that messages have for it."""
    given = [content for _, content in contents]
    config = _with_own_kinds(_with_levels_in_order(_with_nulls(config), given), given)
    try:
        study = Study.model_validate(config)
    except ValidationError as error:
        found = faults(config, error)
    else:
        found = _contradictions(study)
        if not found:
            return study
    lines = [f"{_source(contents, config, path)}: {'.'.join(map(str, path))}: {message}" for path, message in found]
    raise UserError("\n".join([f"{len(lines)} error{'s' * (len(lines) > 1)} in the params:", *lines]))


def read_study(files: Sequence[str]) -> Study:
    """Load params files, merged in order, as the workflow does."""
    merged: dict[str, Any] = {}
    for name in files:
        try:
            content = yaml.safe_load(Path(name).read_text())
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"{name}: cannot be read as params: {reason}") from error
        if not isinstance(content, Mapping):
            raise UserError(f"{name}: params are `key: value` lines; found {type(content).__name__}")
        merged = merge(merged, content)
    return load_study(merged, files)


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Params laid over others, block by block."""
    both = {key for key in over if isinstance(base.get(key), Mapping) and isinstance(over[key], Mapping)}
    return {**base, **over, **{key: merge(base[key], over[key]) for key in both}}


def faults(config: Any, error: ValidationError, root: type[Block] = Study) -> list[tuple[list[str | int], str]]:
    """What is wrong in params that should make a `root`, each with its path."""
    return [(_path(config, item), _message(item, root)) for item in error.errors()]


def _contradictions(study: Study) -> list[tuple[list[str | int], str]]:
    """What is wrong between blocks that are right in themselves."""
    try:
        study.run()
    except ValidationError as error:
        return [(["train"], _message(error.errors()[0]))]
    found = _of_another_task(study)
    switch = study.train.switch
    if switch is not None and switch.epoch is not None and switch.epoch >= study.train.epochs:
        message = f"{switch.epoch} comes never, as train.epochs is {study.train.epochs}"
        found.append((["train", "switch", "epoch"], message))
    for name, domain in study.search.space.items() if study.search else ():
        found += [(["search", "space", name, *path], message) for path, message in _range_errors(study, name, domain)]
    return found or _joint(study) or misfits(study)


def _of_another_task(study: Study) -> list[tuple[list[str | int], str]]:
    """What is done to the data, the loss, and the metrics, where they do not go with what the data ask for."""
    task, search, stopping = study.data.task, study.search, study.train.early_stopping
    objectives = study.task.objectives
    asked: list[tuple[list[str | int], str, Sequence[str]]] = []
    losses: list[tuple[list[str | int], str]] = [(["train", "loss"], study.run().train.loss)]
    weighing = study.train.class_weight is not None or (search is not None and "class_weight" in search.space)
    searched = None if search is None else search.space.get("loss")
    for position, choice in enumerate(searched.categorical if isinstance(searched, Categorical) else ()):
        if choice in list(LOSSES):  # what is no name of a loss is refused elsewhere
            losses.append((["search", "space", "loss", "categorical", position], choice))
    for path, name in losses:
        if task not in LOSSES[name].tasks:
            asked.append((path, name, [other for other, loss in LOSSES.items() if task in loss.tasks]))
    if search is not None:
        asked.append((["search", "objective"], study.objective, objectives))
    if stopping is not None:
        asked.append((["train", "early_stopping", "metric"], stopping.metric, objectives))
    where = "data.task" if "task" in type(study.data).model_fields else f"data.source: {study.data.source}"
    unfit = [name for name, own in OF_TASK.items() if own != task and getattr(study.data, name)]
    foreign: list[tuple[list[str | int], str]] = [
        (["data", name], f"it is for {OF_TASK[name]} only, but {where} asks for {task}; leave it out") for name in unfit
    ]
    for name, given in (("threshold", study.final.threshold), ("temperature", study.final.temperature)):
        if given and task != "classification":
            message = f"it is for classification only, but {where} asks for {task}; leave it out"
            foreign.append((["final", name], message))
    if study.data.tolerance is None and "within_tolerance" in study.run().train.measured:
        foreign.append(
            (["data", "tolerance"], "val_within_tolerance is asked for: give the tolerance, or ask for another")
        )
    scores = [name for _, name in losses if not LOSSES[name].probabilities]
    if study.final.temperature and task == "classification" and scores:
        message = f"it is for the loss cross_entropy, whose outputs are logits, and not for {scores[0]}"
        foreign.append((["final", "temperature"], message))
    if weighing and task != "classification":
        message = f"it is for classification only, but {where} asks for {task}; leave it out"
        foreign.append((["train", "class_weight"], message))
    return foreign + [
        (path, f"{name} is not for {task}, which {where} asks for; there are: {', '.join(allowed)}")
        for path, name, allowed in asked
        if name not in allowed
    ]


def _range_errors(study: Study, name: str, domain: Block) -> list[tuple[list[str | int], str]]:
    """What is wrong with the range of a searched param, each with its place in the range."""
    if name in FIXED:
        return [([], FIXED[name])]
    field = field_of(name)
    if field is None:
        known = [known for known in (*FIELDS, *_settings_of_blocks(study.model)) if known not in FIXED]
        return [([], f"no model or train param has this name{_nearest(name, known)} There are: {', '.join(known)}.")]
    if name in Variant.model_fields and not isinstance(study.data, Table):
        return [([], f"it is for tables only, and data.source: {study.data.source} is none; write null")]
    absent = _absent(study, name)
    if absent:
        return [([], absent)]
    ((kind, values),) = domain.model_dump().items()
    if kind in ("uniform", "log_uniform") and int in _types(field.annotation):
        return [([kind], f"{name} takes whole numbers; use {{integer: [low, high]}}")]
    if kind != "categorical" and bool in _types(field.annotation):
        return [([kind], f"{name} is true or false; use {{categorical: [true, false]}}")]
    if kind != "categorical" and name == "normalization_groups":
        return [([kind], "only some numbers divide the units; name them: {categorical: [...]}")]
    if kind != "categorical" and name.endswith(".filters") and _may_group(study):
        return [([kind], "normalization_groups divides only some numbers; name them: {categorical: [...]}")]
    if study.objective == "val_loss" and name in loss_params(study.run().train.loss):
        other = f"val_{study.task.headline}"
        return [([], f"{name} changes what the loss means, so losses cannot be compared; use objective: {other}")]
    found: list[tuple[list[str | int], str]] = []
    for position, value in enumerate(values):
        if value is None and name in Variant.model_fields:
            found.append(([kind, position], f"{name} cannot be null; the study's own has a name as well"))
            continue
        try:
            study.run().vary({name: value})
        except ValidationError as error:
            first = error.errors()[0]
            inside = first["loc"][1 + len(path_of(name)) :]  # of a setting in a block that is searched as a whole
            where = f"{'.'.join(map(str, inside))}: " if any(isinstance(part, str) for part in inside) else ""
            found.append(([kind, position], f"{name} cannot be {value!r}: {where}{_message(first)}"))
    return found


_GROUPED = ("normalization", "normalization_groups", "normalization_place", "hidden", "activation", "pieces")
"""Params by which groups may or may not divide the units of a layer; beside them blocks of convolution."""


def _joint(study: Study) -> list[tuple[list[str | int], str]]:
    """What is wrong with values that are right each, but not together: the first trial that cannot be."""
    space, run = study.search.space if study.search else {}, study.run()

    def refused(trial: Mapping[str, Any]) -> str | None:
        try:
            run.vary(trial)
        except ValidationError as error:
            return _message(error.errors()[0])
        return None

    blocks = [name for name in space if name == "convolution" or name.endswith(".filters")]
    grouped = [name for name in (*_GROUPED, *blocks) if name in space] if _may_group(study) else []
    for names in (grouped, [name for name in ("normalization", "batch_size") if name in space]):
        for values in product(*(_looked_at(name, space[name]) for name in names)):
            trial = dict(zip(names, values, strict=True))
            error = refused(trial)
            if error is None:
                continue
            for name in names:  # what it would be refused for without this value as well
                rest = {other: value for other, value in trial.items() if other != name}
                trial = rest if refused(rest) == error else trial
            return [(["search", "space"], f"the trial {trial} cannot be: {error}")]
    return []


def _may_group(study: Study) -> bool:
    """Whether a network of the study may have several groups of units."""
    choices = study.search.choices.get("normalization_groups", ()) if study.search else ()
    return any(isinstance(count, int) and count > 1 for count in (*choices, study.model.normalization_groups))


def _looked_at(name: str, domain: Block) -> list[Any]:
    """The values of a range among which, if any is wrong beside values of others, one is."""
    ((_, values),) = domain.model_dump().items()
    if name == "activation":  # they differ in whether a unit has several pieces
        return [*{"pieces" in ACTIVATIONS[value].settings: value for value in values}.values()]
    if isinstance(domain, Categorical):
        return [*values]
    # Of batches only one row is too few. What divides pieces x units for two successive numbers divides the units.
    return [values[0]] if name == "batch_size" else [*range(values[0], min(values[0] + 1, values[1]) + 1)]


def _settings_of_blocks(model: Model) -> list[str]:
    """The names of all settings of a model's blocks of convolution."""
    own = [*Convolution.model_fields, *(f"pool.{name}" for name in Pool.model_fields)]
    return [f"convolution{number}.{name}" for number in range(1, len(model.convolution) + 1) for name in own]


def _absent(study: Study, name: str) -> str | None:
    """Why there is nothing in the study's own blocks of convolution that a setting of them, by its name, could be."""
    path = path_of(name)
    if len(path) == 1:
        return None
    try:
        study.run().value(name)
    except LookupError:
        return f"model.convolution has {len(study.model.convolution)} blocks, counted from 1"
    except TypeError:
        return f"the block's pool is null in model.convolution, so it has no {path[-1]}"
    space = study.search.space if study.search else {}
    around = [other for other in space if other != name and path_of(other) == path[: len(path_of(other))]]
    return f"{around[0]} is searched as a whole; leave out one of them" if around else None


def _types(annotation: Any) -> set[Any]:
    """A field's type and those it is made of."""
    return {annotation}.union(*(_types(part) for part in get_args(annotation) if not isinstance(part, str)))


def _with_nulls(value: Any) -> Any:
    """The same params with null for the text null, as which it arrives from `--config`."""
    if isinstance(value, Mapping):
        return {name: _with_nulls(entry) for name, entry in value.items()}
    return None if value == "null" else value


def _with_levels_in_order(config: Any, contents: Sequence[Any]) -> Any:
    """The same params with the search's levels in the order in which the files name them; merging may have lost it."""
    levels = _look_up(config, ("search", "levels"))
    if not levels or not isinstance(levels[0], Mapping):
        return config
    named = [name for content in contents for found in _look_up(content, ("search", "levels")) for name in found or ()]
    order = {name: position for position, name in reversed(list(enumerate(named)))}
    ordered = dict(sorted(levels[0].items(), key=lambda item: order.get(item[0], len(named))))
    return {**config, "search": {**config["search"], "levels": ordered}}


def _with_own_kinds(config: Any, contents: Sequence[Any]) -> Any:
    """The same params with each range as it was given last: merging adds a range's kind to that of an earlier file.

    What stands in no file as it is here came from `--config`, which comes after all files.
    """
    space = next(iter(_look_up(config, ("search", "space"))), None)
    if not isinstance(space, Mapping):
        return config
    ranges = {}
    for name, domain in space.items():
        named = [found for content in contents for found in _look_up(content, ("search", "space", name))]
        named = [found for found in named if isinstance(found, Mapping)]
        if isinstance(domain, Mapping) and len(domain) > 1 and named:
            new = {kind: value for kind, value in domain.items() if not any(_has(each, kind, value) for each in named)}
            domain = new or {kind: domain[kind] for kind in domain if kind in named[-1]}
        ranges[name] = domain
    return {**config, "search": {**config["search"], "space": ranges}}


def _has(found: Mapping[str, Any], kind: str, value: Any) -> bool:
    return kind in found and _with_nulls(found[kind]) == value


def _path(config: Any, item: Any) -> list[str | int]:
    """The location as the file has it, without the names that pydantic adds for the members of a union."""
    path: list[str | int] = []
    location: Sequence[str | int] = item["loc"]
    for number, part in enumerate(location):
        inside = isinstance(config, Mapping) and part in config
        inside = inside or (isinstance(config, Sequence) and isinstance(part, int) and part < len(config))
        if inside:
            config = config[part]
            path.append(part)
        elif number == len(location) - 1 and item["type"] in ("missing", "extra_forbidden"):
            path.append(part)
    return path


def _message(item: Any, root: type[Block] = Study) -> str:
    kind, found = item["type"], item["input"]
    if kind == "extra_forbidden":
        names = _allowed(item["loc"], root)
        return f"unknown key{_nearest(str(item['loc'][-1]), names)} Allowed: {', '.join(names)}."
    if kind == "missing":
        return "is missing"
    if kind in ("tuple_type", "list_type"):
        if isinstance(found, Mapping):
            return "a list is needed"
        return f"a list is needed, such as [{'' if found is None else found}] (found {found!r})"
    if kind in ("too_short", "too_long"):
        side, bound = ("least", "min_length") if kind == "too_short" else ("most", "max_length")
        needed = item["ctx"][bound]
        return f"at {side} {needed} {'entry' if needed == 1 else 'entries'} (found {found!r})"
    if kind in ("dict_type", "model_type"):
        return f"`key: value` lines are needed (found {found!r})"
    if kind == "string_pattern_mismatch":
        return f"letters, digits, _ . and - only, up to 64, no other first than a letter or digit (found {found!r})"
    if kind == "union_tag_invalid":
        tags = [name.strip("' ") for name in item["ctx"]["expected_tags"].split(",")]
        return (
            f"unknown source {item['ctx']['tag']!r}{_nearest(item['ctx']['tag'], tags)} There are: {', '.join(tags)}."
        )
    message = str(item["msg"]).removeprefix("Value error, ")
    shown = "" if isinstance(found, Mapping) or f"{found!r}" in message else f" (found {found!r})"
    return message[0].lower() + message[1:] + shown


def _nearest(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else "."


def _allowed(location: Sequence[str | int], root: type[Block]) -> list[str]:
    """The names of the fields beside the unknown one at this location."""
    blocks = [root]
    for part in location[:-1]:
        inner = [
            block
            for outer in blocks
            for block in blocks_in(getattr(outer.model_fields.get(str(part)), "annotation", None))
        ]
        tagged = [
            block for block in blocks if part in get_args(getattr(block.model_fields.get("source"), "annotation", None))
        ]
        blocks = inner or tagged or blocks
    return sorted({name for block in blocks for name in block.model_fields})


def _source(contents: Sequence[tuple[str, Any]], config: Any, path: Sequence[str | int]) -> str:
    """The last file that holds what is wrong at this path; for what is missing, the first that should.

    An entry of a list comes from one file as a whole, with what it lacks.
    """
    there = next((path[:end] for end in range(len(path), 0, -1) if _look_up(config, path[:end])), path)
    path = there if any(isinstance(part, int) for part in there) else path
    for name, content in reversed(contents):
        value = _look_up(content, path)
        if value and (value == _look_up(config, path) or isinstance(value[0], Mapping)):
            return str(name)
    return "--config" if _look_up(config, path) else contents[0][0] if contents else "params"


def _look_up(content: Any, path: Sequence[str | int]) -> tuple[Any, ...]:
    """The value at a path, alone in a tuple; an empty tuple where there is none."""
    for part in path:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return ()
    return (content,)
