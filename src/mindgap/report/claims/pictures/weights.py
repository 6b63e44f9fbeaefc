"""A histogram of one layer's weights, arm by arm: of each arm's network of the first replicate."""

from itertools import pairwise

import numpy as np

from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, Drawing, log_axis, note, panels, short
from mindgap.training.monitors import NEAR_ZERO

BINS = 61
"""An odd number, so that zero lies in the middle of a bin."""


def draw(tested: TestedClaim, layer: int, task: str | None, log: bool, deviations: float | None) -> Drawing:
    """One panel an arm and task. Lines stand at so many `deviations`, with the share of weights between them."""
    wanted = [name for name in tested.runs if task in (None, name)]
    found = {(name, arm): _weights(tested, name, arm, layer) for name in wanted for arm in tested.claim.arms}
    shown = {key: own for key, own in found.items() if own is not None}
    if not shown:
        return note("No network was kept whose weights could be drawn.")
    columns = min(len(tested.claim.arms), 3)
    canvas, axes = panels(len(shown), columns=columns, height=2.6)
    limits = {name: _limit([own for (of, _), own in shown.items() if of == name]) for name in wanted}
    places = {arm: place for place, arm in enumerate(tested.claim.arms)}
    rows: list[tuple[object, ...]] = []
    for panel, ((name, arm), own) in zip(axes, shown.items(), strict=True):
        edges = np.linspace(-limits[name], limits[name], BINS + 1)
        counts, share = np.histogram(own, edges)[0], _share(own, deviations)
        bins = zip(pairwise(edges), counts, strict=True)
        rows += [(name, arm, layer, *bounds, count, share) for bounds, count in bins]
        panel.stairs(counts, edges, fill=True, color=entries.colour(places[arm]))
        if log:
            log_axis(panel)
        panel.set_xlabel(f"weight of layer {layer}")
        if deviations is None:
            told = f"{100 * share:.3g} % at 0"
        else:
            told = f"{100 * share:.2f} % within"
            for side in (-1, 1):
                at = own.mean() + side * deviations * own.std()
                panel.axvline(at, color=BLACK, lw=1.2, ls=(0, (4, 3)))
        panel.set_title(
            f"{short(arm, 24)}: {told}" if len(wanted) == 1 else f"{short(name, 14)}, {short(arm, 14)}: {told}"
        )
    axes[0].set_ylabel("weights in a bin")
    return Drawing(
        canvas,
        _caption(deviations, len(shown) < len(found), log),
        table=table_of(
            ("task", "arm", "layer", "from", "to", "weights", "at 0" if deviations is None else "within"), rows
        ),
    )


def _weights(tested: TestedClaim, task: str, arm: str, layer: int) -> entries.Table | None:
    network = tested.network(task, arm)
    if network is None:
        return None
    population = network.population()
    layers = population.architecture.layers(population.values)
    return layers[layer][0][0].ravel() if layer < len(layers) else None


def _limit(all_weights: list[entries.Table]) -> float:
    """The half width of an axis that has room for all weights of a task's arms."""
    return max((float(np.abs(own).max()) for own in all_weights), default=1.0) or 1.0


def _share(own: entries.Table, deviations: float | None) -> float:
    """Of an arm's weights that lie within deviations of their mean, or of those that are zero."""
    if deviations is None:
        return float(np.mean(np.abs(own) < NEAR_ZERO))
    return float(np.mean(np.abs(own - own.mean()) <= deviations * own.std()))


def _caption(deviations: float | None, missing: bool, log: bool) -> str:
    text = "The weights of the first replicate's network, in bins of equal width"
    text += ", counted on a log axis." if log else "."
    if deviations is not None:
        text += (
            f" Dashed lines stand {deviations:g} deviations from the mean; titles say which share lies between them."
        )
    else:
        text += f" Titles say which share is smaller than {NEAR_ZERO:g} in size."
    return text + " Networks that diverged are left out." * missing
