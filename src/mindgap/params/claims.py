"""The claims in a folder: a file each, named by its id, on tasks that are files of their own."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from mindgap.errors import UserError
from mindgap.params.claim import BLOCKS, Claim
from mindgap.params.load import faults, merge

CLAIMS, TASKS = Path("params/claims"), Path("params/tasks")


def read_claims(
    wanted: Sequence[str] | None, more: Mapping[str, Any] | None = None, claims: Path = CLAIMS, tasks: Path = TASKS
) -> list[Claim]:
    """The claims of these ids, or all, in the order of their ids, on their own tasks and on `more`.

    Raises UserError for files and ids that are wrong.
    """
    paths = sorted(claims.glob("*.yaml"))
    found = [claim_of(read_params(path), str(path), tasks) for path in paths]
    named = {claim.claim: claim for claim in found}
    if len(named) < len(found):
        twice = next(claim.claim for claim in found if [other.claim for other in found].count(claim.claim) > 1)
        raise UserError(f"{claims}: two claims are called {twice}; each needs an id of its own")
    if wanted is not None and not wanted:
        raise UserError("claims: the list of ids is empty; leave it out for all claims")
    for name in map(str, wanted or ()):
        if name not in named:
            close = get_close_matches(name, named, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(named)}"
            raise UserError(f"claims: there is no claim {name!r} in {claims}{hint}")
    chosen = [
        (path, claim) for path, claim in zip(paths, found, strict=True) if wanted is None or claim.claim in wanted
    ]
    return [claim_of(read_params(path), str(path), tasks, more) if more else claim for path, claim in chosen]


class Asked(NamedTuple):
    """Claims that a params file asks for, the name of their folder of results, and the seed, if it gives one."""

    claims: list[Claim]
    folder: str
    seed: int | None


def asked_in(path: Path) -> Asked | None:
    """The question of one's own that a params file asks, or the claims, as `claims` and `tasks`; None for a study's."""
    content = read_params(path)
    own = {name: block for name, block in content.items() if name in Claim.model_fields}
    seed = content.get("seed")
    if "claim" in own:
        refuse_beside(content, path)
        question = claim_of(own, str(path))
        return Asked([question], question.claim, seed)
    if "claims" in content or "tasks" in content:
        wanted, more = content.get("claims"), content.get("tasks")
        if not isinstance(wanted, list | None) or not isinstance(more, Mapping | None):
            raise UserError(
                f"{path}: claims is a list of ids, such as [N7, I3], and tasks are by name, with their params"
            )
        return Asked(read_claims(wanted, more), CLAIMS.name, seed)
    return None


def refuse_beside(content: Mapping[str, Any], origin: Path | str) -> None:
    """Raises UserError for params that are no part of a question of one's own and stand beside it."""
    for name in content:
        if name in BLOCKS:
            raise UserError(f"{origin}: {name}: of a question, what all arms share belongs in base: {{{name}: ...}}")
        if name not in (*Claim.model_fields, "seed"):
            close = get_close_matches(str(name), Claim.model_fields, n=1)
            hint = f"did you mean {close[0]}?" if close else f"it has: {', '.join(Claim.model_fields)}, seed"
            raise UserError(f"{origin}: {name}: a question has no such key; {hint}")


def claim_of(
    content: Mapping[str, Any], origin: str, tasks: Path = TASKS, more: Mapping[str, Any] | None = None
) -> Claim:
    """A claim from plain values, on its own tasks and on `more`; messages begin with their `origin`.

    Raises UserError for what is wrong in them.
    """
    named = content.get("tasks")
    if isinstance(named, Sequence) and not isinstance(named, str):
        if not all(isinstance(name, str) for name in named):
            own = "tasks: {mine: {data: ...}}"
            raise UserError(f"{origin}: tasks: a list has names of files in {tasks}; data of one's own: {own}")
        named = {name: _task(origin, name, tasks) for name in named}
    if isinstance(named, Mapping):
        content = {**content, "tasks": {**named, **(more or {})}}
    try:
        return Claim.model_validate(content)
    except ValidationError as error:
        found = faults(content, error, Claim)
        inner = {place[:end] for place in (tuple(own) for own, _ in found) for end in range(len(place))}
        told = [(own, text) for own, text in found if tuple(own) not in inner]  # what is wrong in it is told already
        raise UserError(
            "\n".join(": ".join(filter(None, (origin, ".".join(map(str, place)), text))) for place, text in told)
        ) from error


def laid_over(claim: Claim, task: str, arm: str) -> dict[str, Any]:
    """The params of an arm, laid over the claim's base, over those of a task."""
    return merge(merge(claim.tasks[task], claim.base), claim.arms[arm])


def _task(origin: str, name: str, tasks: Path) -> dict[str, Any]:
    path = tasks / f"{name}.yaml"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in tasks.glob("*.yaml")))
        raise UserError(f"{origin}: tasks: there is no task {name!r} in {tasks}; there are: {there}")
    return read_params(path)


def read_params(path: Path) -> dict[str, Any]:
    """What a params file has. Raises UserError if it cannot be read as one."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read as params: {error}") from error
    if not isinstance(content, Mapping):
        raise UserError(f"{path}: params are `key: value` lines; found {type(content).__name__}")
    return dict(content)
