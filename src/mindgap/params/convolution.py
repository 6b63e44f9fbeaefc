"""Convolution: the blocks that stand before the hidden layers of a network for images."""

from typing import Annotated

from pydantic import Field
from pydantic.config import JsonDict

from mindgap.nn.architecture import Block as Built
from mindgap.nn.poolings import POOLINGS
from mindgap.params.base import Block, Integer, known

LESS: JsonDict = {"left_by_more": "less"}
"""Marks sizes of which more leaves less of an image."""

MORE: JsonDict = {"left_by_more": "more"}
"""Marks those of which more leaves more."""

ANY: JsonDict = {"left_by_more": "any"}
"""Marks what holds such sizes."""


class Pool(Block):
    """What makes one value of each window of a map."""

    kind: Annotated[str, known(POOLINGS)] = Field("max", description="How.", examples=list(POOLINGS))
    size: Integer = Field(
        2,
        ge=1,
        le=1000,
        description="Lines and columns of a window; windows lie side by side, what fills none is left out.",
        json_schema_extra=LESS,
    )


class Convolution(Block):
    """Filters that move over an image, or over the maps of the block before; then the activation, then a pooling."""

    filters: Integer = Field(ge=1, le=10_000, description="How many; each gives a map.")
    kernel: Integer = Field(
        3, ge=1, le=1000, description="Lines and columns that a filter sees at a time.", json_schema_extra=LESS
    )
    stride: Integer = Field(1, ge=1, le=1000, description="Positions that it moves on by.", json_schema_extra=LESS)
    padding: Integer = Field(
        0, ge=0, le=1000, description="Lines and columns of zeros around what it sees.", json_schema_extra=MORE
    )
    pool: Pool | None = Field(Pool(), description="null: none.", json_schema_extra=ANY)

    def built(self) -> Built:
        """The same as the engine has it."""
        own = self.model_dump(exclude={"pool"})
        return Built(**own) if self.pool is None else Built(**own, pooling=self.pool.kind, pool_size=self.pool.size)
