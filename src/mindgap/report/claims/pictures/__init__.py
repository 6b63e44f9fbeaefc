"""Pictures of claims, one a file: each is drawn of a tested claim, with settings of its own."""

from typing import Any, Protocol

from mindgap.registry import Registry
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import Drawing


class Picture(Protocol):
    """What the module of a picture has."""

    def draw(self, tested: TestedClaim, **settings: Any) -> Drawing:
        """The picture."""


PICTURES: Registry[Picture] = Registry(__name__, suffix=None)
