"""From the specs of runs that form a cohort to their networks and their loss."""

from collections.abc import Sequence

import numpy as np

from mindgap.nn.arrays import DType
from mindgap.nn.losses import LOSSES, Loss
from mindgap.nn.population import Population, Randomness, initialize
from mindgap.params.run import RunSpec
from mindgap.streams import Origin, Origins
from mindgap.training.measure import chunk_of


def population_of(
    specs: Sequence[RunSpec],
    features: int,
    outputs: int,
    rows: int,
    dtype: DType = np.float32,
    image: tuple[int, int, int] | None = None,
) -> Population:
    """Networks for runs of one cohort, not initialised, with buffers for batches of `rows` rows, and to be measured.

    Where rows are images, `image` is their (height, width, channels).
    """
    architecture = specs[0].model.architecture(features, outputs, image)
    return Population(
        architecture, settings_of(specs)["leak"], max(rows, chunk_of(architecture)), randomness_of(specs), dtype
    )


def randomness_of(specs: Sequence[RunSpec]) -> Randomness:
    """What is random in the training of runs of one cohort."""
    settings = settings_of(specs)
    return Randomness(
        dropout=settings["dropout"],
        input_dropout=settings["input_dropout"],
        input_noise=settings["input_noise"],
        inverted=specs[0].train.dropout_form == "inverted",
        channel_dropout=settings["channel_dropout"] if specs[0].model.convolution else (),
    )


def origins_of(specs: Sequence[RunSpec]) -> Origins:
    """Whence the runs of one cohort have their batches and draws."""
    return Origins([origin_of(spec) for spec in specs])


def origin_of(spec: RunSpec) -> Origin:
    """Whence a run has its batches and draws."""
    return spec.seed, spec.replicate


def initialize_runs(population: Population, specs: Sequence[RunSpec]) -> None:
    """Draw the first weights of runs of one cohort: one stream a layer and origin, scaled by each run's gain."""
    origins = origins_of(specs)
    streams = [origins.streams("init", epoch=layer) for layer in range(len(population.architecture.shapes))]
    initialize(population, specs[0].model.init, settings_of(specs)["init_gain"], streams, origins.index.tolist())


def loss_of(specs: Sequence[RunSpec]) -> Loss:
    """The loss of runs of one cohort."""
    columns = {name: np.asarray(values, np.float64)[:, None] for name, values in settings_of(specs).items()}
    return LOSSES[specs[0].train.loss](columns)


def settings_of(specs: Sequence[RunSpec]) -> dict[str, list[float]]:
    """The values that differ between runs of one cohort, by name, one a run."""
    rows = [spec.settings() for spec in specs]
    return {name: [row[name] for row in rows] for name in rows[0]}
