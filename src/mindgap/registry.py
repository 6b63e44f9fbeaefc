"""Registries: the components of one kind, a file each, in a folder whose listing is the list of them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from mindgap.errors import UserError

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """The components in a package's folder by the names of their files; one is imported when it is first asked for.

    The file `leaky_relu.py` defines the component `LeakyReLU`: what is named like the file but for case and
    underscores, and for the `suffix` that all of a registry's components may have. With `suffix` None the module itself
    is the component. Files that begin with an underscore or a dot are none.
    """

    def __init__(self, package: str, suffix: str | None = "") -> None:
        self._package, self._suffix = package, suffix
        self._found: dict[str, T] = {}

    @cached_property
    def _files(self) -> dict[str, Path]:
        package = import_module(self._package)
        return {path.stem: path for path in sorted(Path(package.__path__[0]).glob("[!_.]*.py"))}

    def file(self, name: str) -> Path:
        """The file of a component."""
        return self._files[name]

    def __getitem__(self, name: str) -> T:
        if name not in self._found:
            self._found[name] = self._import(name)
        return self._found[name]

    def _import(self, name: str) -> T:
        if name not in self._files:
            raise KeyError(name)
        try:
            module = import_module(f"{self._package}.{name}")
        except SyntaxError as error:
            raise UserError(f"{error.filename}: line {error.lineno}: {error.msg}") from error
        if self._suffix is None:
            return module  # type: ignore[return-value]  # the registry says that such modules are of type T
        wanted = f"{name}{self._suffix}".replace("_", "").lower()
        classes = [value for value in vars(module).values() if isinstance(value, type)]
        own = [each for each in classes if each.__module__ == module.__name__ and each.__name__.lower() == wanted]
        if len(own) != 1:
            raise UserError(
                f"{self._files[name]}: it holds no class that is named like the file; each component needs one"
            )
        component: T = own[0]  # type: ignore[assignment]  # the registry says that such classes are of type T
        return component

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __repr__(self) -> str:
        return f"Registry({self._package})"

    def __contains__(self, name: object) -> bool:
        return name in self._files
