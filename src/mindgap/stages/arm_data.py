"""The stage `arm_data`: the rows of an arm's task, prepared for a slice of replicates; no test rows."""

from pathlib import Path

from mindgap.params.preprocess import Preprocess
from mindgap.params.sources import Source
from mindgap.stages.prepare import prepare


def prepare_arm_data(
    data: Source, preprocess: Preprocess, seed: int, replicates: range, out: Path, *, coded: bool = False
) -> None:
    """Prepare the data of each replicate, those of a study whose seed is larger by its number, in a folder of that."""
    for replicate in replicates:
        folder = out / str(replicate)
        folder.mkdir()
        prepare(data, preprocess, seed + replicate, folder, test=False, coded=coded)
