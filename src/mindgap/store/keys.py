"""Keys: a result's address is the hash of what determines it."""

import ast
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]


def canonical(value: Any) -> str:
    """JSON that is the same text for equal values, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def key_of(value: Any) -> str:
    """16 hex digits of the SHA-256 of the value's canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:16]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(entries: Iterable[Path]) -> str:
    """SHA-256 of the code that runs when the entry files do: they, and all they reach in this package by import.

    Comments, docstrings and layout do not count. Templates count with the package that has them in its folder
    `templates`.
    """
    reached: dict[str, str] = {}
    waiting = sorted(entries)
    while waiting:
        path = waiting.pop()
        name = path.relative_to(PACKAGE.parent).as_posix() if path.is_relative_to(PACKAGE) else path.name
        if name not in reached:
            code, imports = _read(path)
            reached[name] = code
            waiting.extend(imports)
    return hashlib.sha256(canonical(reached).encode()).hexdigest()


@cache
def _read(path: Path) -> tuple[str, tuple[Path, ...]]:
    """A file's digest, and the package's files that it imports."""
    if path.suffix != ".py":
        return file_digest(path), ()
    tree = ast.parse(path.read_bytes(), filename=str(path))
    imports = {file for node in ast.walk(tree) for file in _imported(node)}
    if path.name == "__init__.py" and path.parent != PACKAGE:
        imports |= {file for file in path.parent.glob("templates/[!.]*") if file.is_file() and file.name[-1] != "~"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), tuple(sorted(imports))


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is only a string: a docstring, or text that documents a constant."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _imported(node: ast.AST) -> list[Path]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        names = []
    return [file for name in names for file in _files(name)]


@cache
def _files(module: str) -> tuple[Path, ...]:
    """The files that importing a module of this package runs: its own and its parents' __init__.py."""
    first, *parts = module.split(".")
    if first != PACKAGE.name:
        return ()
    folders = [PACKAGE.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]
    found = [folder / "__init__.py" for folder in folders if (folder / "__init__.py").is_file()]
    own = PACKAGE.joinpath(*parts).with_suffix(".py") if parts else PACKAGE / "__init__.py"
    return tuple(found + [own] * own.is_file())
