"""Pictures of claims, one a file: a module that draws a tested claim, with settings of its own."""

from types import ModuleType

from mindgap.registry import Registry

PICTURES: Registry[ModuleType] = Registry(__name__, suffix=None)
