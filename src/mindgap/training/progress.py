"""Progress of a long job on the terminal; where there is no terminal, nothing."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import TracebackType

EVERY = 2.0
"""Seconds between two lines of one job."""


def tell(line: str) -> None:
    """Write a line to the terminal in one piece, as several jobs write there at once."""
    with suppress(BrokenPipeError):  # nobody reads any more, as after `| head`; that is no mistake of a job
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


_PART: ContextVar[str] = ContextVar("part", default="")


@contextmanager
def part(name: str) -> Iterator[None]:
    """What is told in the body is said to be of this part of a study, such as one of its folds."""
    token = _PART.set(name)
    try:
        yield
    finally:
        _PART.reset(token)


class Progress:
    """Tells, now and then, which epoch a job is at, how many networks still train, and the time left."""

    def __init__(self, name: str, epochs: int, cohorts: int = 1) -> None:
        self._name, self._epochs, self._cohorts = name + _PART.get(), epochs, cohorts
        self._ended = 0
        self._started = self._told = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._told > self._started:
            self._tell(f"done in {time.monotonic() - self._started:.0f} s")

    def epoch(self, epoch: int, training: int) -> None:
        """An epoch has ended, and `training` networks go on."""
        now = time.monotonic()
        done = self._ended * self._epochs + epoch
        if now - self._told >= EVERY and epoch > 0:
            self._told = now
            left = (now - self._started) * (self._cohorts * self._epochs - done) / done
            self._tell(f"epoch {epoch} of {self._epochs}, {training} networks training, at most {left:.0f} s left")
        if training == 0:
            self._ended += 1

    def _tell(self, text: str) -> None:
        if sys.stderr.isatty():
            tell(f"{self._name}: {text}")
