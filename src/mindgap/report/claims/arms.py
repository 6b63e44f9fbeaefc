"""The arms of a claim as a table: what differs between them, and what each tuned to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mindgap.params.claim import Claim
from mindgap.params.search import Range
from mindgap.report.claims.sentences import controls, differs
from mindgap.report.numbers import setting
from mindgap.results.judgement import Judgement
from mindgap.search.narrow import EDGE
from mindgap.search.scale import Scale


@dataclass(frozen=True)
class Tuned:
    """A tuned value in words; `edge` names the end of its range that it lies at, if it does."""

    text: str
    edge: str | None


@dataclass(frozen=True)
class ArmRow:
    """An arm, what is its own, and by task what it tuned to."""

    name: str
    control: bool
    differs: str
    tuned: dict[str, tuple[Tuned, ...]]


def arm_rows(claim: Claim, judgement: Judgement) -> list[ArmRow]:
    """The arms of a claim in their order."""
    space = {} if claim.tune is None else claim.tune.space
    return [
        ArmRow(
            name=name,
            control=name in controls(claim),
            differs=differs(blocks),
            tuned={task: tuned(found.tuned[name], space) for task, found in judgement.tasks.items()} if space else {},
        )
        for name, blocks in claim.arms.items()
    ]


def tuned(values: Mapping[str, Any], space: Mapping[str, Range]) -> tuple[Tuned, ...]:
    """Tuned values, and which lie within 5 % of an end of their range, in the log where that is logarithmic."""
    return tuple(Tuned(f"{name} {setting(value)}", _edge(value, space.get(name))) for name, value in values.items())


def _edge(value: Any, domain: Range | None) -> str | None:
    scale = None if domain is None else Scale.of(domain.model_dump(mode="json"))
    if scale is None:
        return None
    where = scale.place(value)
    return "low" if where < EDGE else "high" if where > 1 - EDGE else None
