"""A whole study: all blocks together, and messages for what is wrong in them."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import Field, ValidationError

from mindgap.errors import UserError
from mindgap.params.base import Block, Integer, Name
from mindgap.params.data import Data, Preprocess
from mindgap.params.run import Model, RunSpec, Train
from mindgap.params.search import Search


class Check(Block):
    """The gates before money is spent."""

    on_failure: Literal["stop", "warn"] = Field("stop", description="Whether a failed gate stops the study.")


class Final(Block):
    """The final training of the best candidates."""

    candidates: Integer = Field(3, ge=1, le=100, description="How many of the last level's best trials to train again.")
    seeds: Integer = Field(5, ge=1, le=1000, description="Times each is trained, each with its own random draws.")


class Report(Block):
    """What people look at."""

    title: str = Field("A multilayer perceptron", max_length=200, description="Heading of the report.")


class Workflow(Block):
    """How the work is cut up; no result depends on it."""

    shard_size: Integer = Field(16, ge=1, description="Networks that one job trains, side by side.")


class Study(Block):
    """One params file, and all that follows from it."""

    study: Name = Field(description="Names results/<study> and the MLflow experiment.")
    seed: Annotated[Integer, Field(ge=0, lt=2**63)] = Field(0, description="All random draws follow from it.")
    data: Data
    preprocess: Preprocess = Preprocess()
    model: Model = Model()
    train: Train = Train()
    check: Check = Check()
    search: Search | None = Field(None, description="null: no search, the model is trained as it stands.")
    final: Final = Final()
    report: Report = Report()
    workflow: Workflow = Workflow()

    def run(self) -> RunSpec:
        """The run that model and train describe, from which the search varies."""
        return RunSpec(model=self.model, train=self.train, seed=self.seed)


def load_study(config: Mapping[str, Any], files: Sequence[str] = ()) -> Study:
    """Validate merged params; `files` are those they were merged from, the later over the earlier.

    Raises UserError with all that is wrong, each with its file and path.
    """
    try:
        study = Study.model_validate(config)
    except ValidationError as error:
        found = [(_path(config, item["loc"]), _message(item)) for item in error.errors()]
    else:
        found = _search_errors(study)
        if not found:
            return study
    contents = [(name, yaml.safe_load(Path(name).read_text())) for name in files]
    lines = [f"{_source(contents, path)}: {'.'.join(map(str, path))}: {message}" for path, message in found]
    raise UserError("\n".join([f"{len(lines)} error{'s' * (len(lines) > 1)} in the params:", *lines]))


def read_study(files: Sequence[str]) -> Study:
    """Load params files, merged in order, as the workflow does."""
    merged: dict[str, Any] = {}
    for name in files:
        try:
            content = yaml.safe_load(Path(name).read_text())
        except (OSError, yaml.YAMLError) as error:
            raise UserError(f"{name}: cannot be read as params: {error}") from error
        if not isinstance(content, Mapping):
            raise UserError(f"{name}: params are `key: value` lines; found {type(content).__name__}")
        merged = _merge(merged, content)
    return load_study(merged, files)


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {key for key in over if isinstance(base.get(key), Mapping) and isinstance(over[key], Mapping)}
    return {**base, **over, **{key: _merge(base[key], over[key]) for key in both}}


def _search_errors(study: Study) -> list[tuple[list[str | int], str]]:
    """What is wrong between the search space and the params it varies."""
    if study.search is None:
        return []
    found: list[tuple[list[str | int], str]] = []
    known = [name for name in (*Model.model_fields, *Train.model_fields) if name not in ("epochs", "early_stopping")]
    for name, domain in study.search.space.items():
        path: list[str | int] = ["search", "space", name]
        if name == "epochs":
            found.append((path, "epochs are set by each level, not searched"))
        elif name not in known:
            found.append((path, f"no model or train param has this name{_nearest(name, known)}"))
        else:
            values = next(iter(domain.model_dump().values()))
            for position, value in enumerate(values):
                try:
                    study.run().vary({name: value})
                except ValidationError as error:
                    kind = next(iter(type(domain).model_fields))
                    message = _message(error.errors()[0])
                    found.append(([*path, kind, position], f"{name} cannot be {value!r}: {message}"))
    return found


def _path(config: Any, location: Sequence[str | int]) -> list[str | int]:
    """The location as the file has it, without the names that pydantic adds for the members of a union."""
    path: list[str | int] = []
    for number, part in enumerate(location):
        inside = isinstance(config, Mapping) and part in config
        inside = inside or (isinstance(config, Sequence) and isinstance(part, int) and part < len(config))
        if inside:
            config = config[part]
            path.append(part)
        elif number == len(location) - 1 and isinstance(config, Mapping):
            path.append(part)
    return path


def _message(item: Any) -> str:
    kind, found = item["type"], item["input"]
    if kind == "extra_forbidden":
        names = _allowed(item["loc"])
        return f"unknown key{_nearest(str(item['loc'][-1]), names)} Allowed: {', '.join(names)}."
    if kind == "missing":
        return "is missing"
    message = str(item["msg"]).removeprefix("Value error, ")
    shown = "" if isinstance(found, Mapping) or f"{found!r}" in message else f" (found {found!r})"
    return message[0].lower() + message[1:] + shown


def _nearest(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else "."


def _allowed(location: Sequence[str | int]) -> list[str]:
    """The names of the fields beside the unknown one at this location."""
    blocks: list[type[Block]] = [Study]
    for part in location[:-1]:
        inner = [block for outer in blocks for block in _blocks(getattr(outer.model_fields.get(str(part)), "annotation", None))]
        tagged = [block for block in blocks if part in get_args(getattr(block.model_fields.get("source"), "annotation", None))]
        blocks = inner or tagged or blocks
    return sorted({name for block in blocks for name in block.model_fields})


def _blocks(annotation: Any) -> list[type[Block]]:
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return [annotation]
    return [block for part in get_args(annotation) for block in _blocks(part)]


def _source(contents: Sequence[tuple[str, Any]], path: Sequence[str | int]) -> str:
    """The last file that holds the path or, for what is missing, the longest part of it."""
    best, depth = "--config", 0
    for name, content in contents:
        reached = 0
        for part in path:
            try:
                content = content[part]
            except (KeyError, IndexError, TypeError):
                break
            reached += 1
        if reached >= max(depth, 1):
            best, depth = name, reached
    return best
