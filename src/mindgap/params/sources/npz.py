"""Params of the source `npz`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mindgap.params.base import TaskName
from mindgap.params.sources import TASK, Source


class Npz(Source):
    """Arrays `x` (rows, ...) and `y` (rows,) in a .npz file, optionally `x_test`, `y_test`; or both in .npy files."""

    source: Literal["npz"]
    path: str = Field(
        min_length=1,
        description="The file, relative to the working directory. x may be (n, features), (n, height, width) or (n, "
        "height, width, channels); images of type uint8 are divided by 255.",
    )
    y_path: str | None = Field(
        None, min_length=1, description="The .npy file of y, where path is the .npy file of x; null: both are in path."
    )
    task: TaskName = Field("classification", description=TASK)

    @model_validator(mode="after")
    def _both_arrays(self) -> Self:
        if self.path.endswith(".npy") and self.y_path is None:
            raise ValueError("a .npy file holds x alone: give the .npy file of y as y_path, or both in a .npz file")
        return self
