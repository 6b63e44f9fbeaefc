"""The reference of all params, as a Markdown page made from their declarations."""

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from mindgap.params.base import Block, blocks_in
from mindgap.params.claim import Claim, Prediction, Tune
from mindgap.params.run import is_objective, objectives
from mindgap.params.search import Categorical, IntegerRange, LogUniform, Uniform
from mindgap.params.study import Study

RANGES = (LogUniform, Uniform, IntegerRange, Categorical)


def reference() -> str:
    """The page: a table a block, in the order of the params file."""
    parts = [
        "# Params\n\nMade by `mindgap params` from the declarations in `src/mindgap/params`; a test compares them.\n"
    ]
    parts += [_table(title, block) for title, block in dict(_tables("", Study)).items()]  # some are in several
    claims: dict[str, type[Block]] = {"a claim": Claim, "its tune": Tune, "each of its predict": Prediction}
    parts += [_table(title, block) for title, block in claims.items()]
    ranges = [f"| `{next(iter(kind.model_fields))}` | {_first_line(kind)} |" for kind in RANGES]
    parts.append(
        "\n".join(["## ranges of `search.space` and of a claim's `tune.space`\n", "| range | |", "|---|---|", *ranges])
        + "\n"
    )
    return "\n".join(parts)


def _tables(path: str, block: type[Block]) -> list[tuple[str, type[Block]]]:
    """The block and all blocks inside it, with their titles."""
    found = [(path or "the study", block)]
    for name, field in block.model_fields.items():
        inner = [kind for kind in blocks_in(field.annotation) if kind not in RANGES]
        for kind in inner:
            tag = f" (source: {', '.join(get_args(kind.model_fields['source'].annotation))})" if len(inner) > 1 else ""
            (place, own), *within = _tables(f"{path}.{name}".strip("."), kind)
            found += [(place + tag, own), *within]
    return found


def _table(title: str, block: type[Block]) -> str:
    rows = [
        f"| `{name}` | {_type(field)} | {_default(field)} | {_meaning(field)} |"
        for name, field in block.model_fields.items()
        if not (name == "source" and get_origin(field.annotation) is Literal)
        and not (blocks_in(field.annotation) and not field.description)
    ]
    heading = f"## {title}\n\n{_first_line(block)}\n"
    return "\n".join([heading, "| name | type | default | meaning |", "|---|---|---|---|", *rows]) + "\n"


def _first_line(block: type[Block]) -> str:
    return (block.__doc__ or "").strip().splitlines()[0]


def _type(field: FieldInfo) -> str:
    bounds = {"gt": "> {}", "ge": ">= {}", "lt": "< {}", "le": "<= {}"}
    limits = [
        text.format(getattr(item, name))
        for item in field.metadata
        for name, text in bounds.items()
        if hasattr(item, name)
    ]
    return ", ".join([_name(field.annotation), *limits])


def _name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if origin in (Union, UnionType):
        return " or ".join(_name(part) for part in get_args(annotation))
    if origin in (tuple, dict):
        return "list" if origin is tuple else "mapping"
    if annotation is type(None):
        return "null"
    if hasattr(annotation, "__origin__"):
        return _name(annotation.__origin__)
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return "block"
    return {int: "integer", float: "number", str: "text", bool: "true or false"}[annotation]


def _meaning(field: FieldInfo) -> str:
    names = objectives() if is_objective in [getattr(item, "func", None) for item in field.metadata] else field.examples
    choices = f" One of {', '.join(f'`{name}`' for name in names)}." if names else ""
    return (field.description or "").replace("|", "\\|") + choices


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, Block):
        return "see below"
    return "null" if value is None else f"`{list(value) if isinstance(value, tuple) else value}`"
