"""What a simulation or a probe measured of time; no two runs give the same, so no verdict and no page rests on it."""

from dataclasses import dataclass

from mindgap.store.documents import Document


@dataclass(frozen=True)
class Seconds(Document):
    """Seconds by what took them, measured in alternation in one process."""

    FILE = "seconds.json"

    seconds: dict[str, float]
