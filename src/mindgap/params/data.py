"""Where the data come from: the params of any of the sources."""

from typing import Annotated, Any, Union

from pydantic import Field

from mindgap.params.sources import SOURCE_PARAMS

Data: Any = Annotated[Union[tuple(SOURCE_PARAMS.values())], Field(discriminator="source")]  # noqa: UP007
"""The block of the source that `source` names; a new source's is found by its file."""
