"""What came of tracking, and the marker that says so; what the results are worth does not depend on it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mindgap.tracking.markers import Marker, write_marker
from mindgap.tracking.store import TrackingUnavailable


@dataclass(frozen=True)
class Tracked:
    """Where a study or claims are tracked: the experiment, the runs they have there, and how many of them are new."""

    uri: str
    experiment: str
    runs: int
    written: int


def mark(marker: Path, track: Callable[[], Tracked]) -> None:
    """Track, and write the marker; where that cannot be done it says why, and the next run tries again."""
    try:
        done = track()
    except TrackingUnavailable as error:
        write_marker(marker, Marker(tracked=False, message=str(error), runs=0))
    else:
        message = f"{done.runs} runs, {done.written} of them new"
        write_marker(marker, Marker(tracked=True, message=message, runs=done.runs))
