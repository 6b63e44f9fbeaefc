"""The fingerprint of code: a job's key holds the code that can change its bytes, and no other.

That is all that its entry files reach by import: its adapter, and the components that its params name (see
`mindgap.registry`). What only reports is outside: the modules of `REPORTING`, and inside the others what cannot get
into a result: comments, docstrings, the descriptions of params, the texts of what is raised, and what is marked by
`mindgap.words`.
"""

import ast
import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mindgap.store.keys import canonical, file_digest
from mindgap.store.parsed import KNOWN

PACKAGE = Path(__file__).parents[1]

REPORTING = ("errors.py", "words.py", "jobs/adapter.py", "store/ledger.py", "training/progress.py")
"""Modules whose values never reach a stage's files; they, and what they alone import, are in no fingerprint."""


class SourceFile(NamedTuple):
    """The digests of a file's bytes and of its code, and the package's files that it imports."""

    digest: str
    code: str
    imports: tuple[Path, ...]


def read(path: Path) -> SourceFile:
    """Read a source."""
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    code, names = KNOWN.of(digest) or _parse(content, digest, path)
    return SourceFile(digest, code, tuple(sorted({file for name in names for file in _files(name)})))


Read = Callable[[Path], SourceFile]
"""`read`, or what remembers what it read, as a plan asks for the same files again and again."""


def fingerprint(entries: Iterable[Path], read: Read = read) -> str:
    """SHA-256 of the code that runs when the entry files do, but for what only reports."""
    code = {_name(path): read(path).code for path in reached(entries, read)}
    return hashlib.sha256(canonical(code).encode()).hexdigest()


def package_digest() -> str:
    """SHA-256 of every byte of the package: for views, of which each word counts, and which are soon made again."""
    files = sorted(path for path in PACKAGE.rglob("[!.]*.*") if path.suffix != ".pyc")
    return hashlib.sha256(canonical([[_name(path), file_digest(path)] for path in files]).encode()).hexdigest()


SOURCES = "sources"
"""Under which name a job is told its `Sources`."""


class Sources(NamedTuple):
    """The files of some code, and the digest of their bytes: while that is the same, so is the fingerprint."""

    files: tuple[str, ...]
    digest: str

    def unchanged(self) -> bool:
        """Whether the files' bytes are still these, which takes a hundredth of the time of a fingerprint."""
        try:
            return _together(file_digest(Path(file)) for file in self.files) == self.digest
        except OSError:
            return False


def sources(entries: Iterable[Path], read: Read = read) -> Sources:
    """The files that the fingerprint of these entries is made from."""
    files = reached(entries, read)
    return Sources(tuple(map(str, files)), _together(read(path).digest for path in files))


def _together(digests: Iterable[str]) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def reached(entries: Iterable[Path], read: Read = read, without: Iterable[str] = REPORTING) -> list[Path]:
    """The entry files and all of this package that they reach by import, but for what only reports."""
    outside = {PACKAGE / name for name in without}
    found: set[Path] = set()
    waiting = list(entries)
    while waiting:
        path = waiting.pop()
        if path not in found and path not in outside:
            found.add(path)
            waiting.extend(read(path).imports)
    return sorted(found)


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix() if path.is_relative_to(PACKAGE) else path.name


def _parse(content: bytes, digest: str, path: Path) -> tuple[str, tuple[str, ...]]:
    """The digest of a file's code, and the names of this package's modules that it may import."""
    tree = ast.parse(content, filename=str(path))
    names = tuple(sorted({name for node in _statements(tree) for name in _imported(node)}))
    found = hashlib.sha256(ast.dump(silent(tree)).encode()).hexdigest(), names
    KNOWN.add(digest, found)
    return found


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """All below a node but expressions, which are most of a tree and hold no statement."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from _statements(child)


def silent(tree: ast.Module) -> ast.AST:
    """A module's code without all that is only for people; the tree is changed."""
    left: ast.AST = _Silent(_markers(tree)).visit(tree)
    return left


class _Silent(ast.NodeTransformer):
    """Takes away all that is only for people; `markers` are the names that mark it in this module."""

    def __init__(self, markers: set[str]) -> None:
        self._markers = markers

    def visit(self, node: ast.AST) -> Any:
        """An expression has only what is marked to lose."""
        return node if isinstance(node, ast.expr) and not self._markers else super().visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """A body loses its docstring, texts that document a constant, and functions that are marked."""
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [statement for statement in node.body if not self._unwanted(statement)]
        return super().generic_visit(node)

    def _unwanted(self, statement: ast.stmt) -> bool:
        return _is_text(statement) or ("words" in self._markers and _is_worded(statement))

    def visit_Raise(self, node: ast.Raise) -> ast.AST:  # ast's own spelling
        """An exception loses its texts."""
        mute: ast.AST = _Mute().visit(node)
        return mute

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`words(...)` loses what it marks, and a param's `Field(...)` its description."""
        called = node.func.id if isinstance(node.func, ast.Name) and node.func.id in self._markers else None
        if called == "words":
            return ast.Call(node.func, [], [])
        if called == "Field":
            node.keywords = [word for word in node.keywords if word.arg not in ("description", "examples")]
        return self.generic_visit(node)


class _Mute(ast.NodeTransformer):
    """Empties texts."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return ast.Constant("")


MARKERS = {"words": "mindgap.words", "Field": "pydantic"}
"""What marks words, and where it must come from."""


def _markers(tree: ast.Module) -> set[str]:
    """The markers that a module imports, and that nothing in it binds again."""
    imported = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is None and MARKERS.get(alias.name) == node.module
    }
    if not imported:
        return imported
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    defined = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return imported - bound - {node.name for node in ast.walk(tree) if isinstance(node, defined)}


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is only a string: a docstring, or text that documents a constant."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _is_worded(statement: ast.stmt) -> bool:
    """Whether a statement is a function that `words` decorates, and that says that it makes a text."""
    if not isinstance(statement, ast.FunctionDef) or getattr(statement.returns, "id", None) != "str":
        return False
    return any(isinstance(decorator, ast.Name) and decorator.id == "words" for decorator in statement.decorator_list)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        names = []
    return [name for name in names if name.partition(".")[0] == PACKAGE.name]


@cache
def _files(module: str) -> tuple[Path, ...]:
    """The files that importing a module of this package runs: its own and its parents' __init__.py."""
    _, *parts = module.split(".")
    folders = [PACKAGE.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]
    found = [folder / "__init__.py" for folder in folders if (folder / "__init__.py").is_file()]
    own = PACKAGE.joinpath(*parts).with_suffix(".py") if parts else PACKAGE / "__init__.py"
    return tuple(found + [own] * own.is_file())
