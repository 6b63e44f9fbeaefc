"""Params of the source `npz`."""

from typing import Literal

from pydantic import Field

from mindgap.params.base import TaskName
from mindgap.params.sources import TASK, Source


class Npz(Source):
    """Arrays in a .npz file: `x` of shape (rows, ...) and `y` of shape (rows,), optionally `x_test`, `y_test`."""

    source: Literal["npz"]
    path: str = Field(
        min_length=1,
        description="The file, relative to the working directory. x may be (n, features), (n, height, width) or (n, "
        "height, width, channels); images of type uint8 are divided by 255.",
    )
    task: TaskName = Field("classification", description=TASK)
