"""A histogram of one layer's weights, arm by arm: of each arm's network of the first replicate."""

import numpy as np
from matplotlib.axes import Axes

from mindgap.report.claims import entries
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, Drawing, log_axis, note, panels, short
from mindgap.training.monitors import NEAR_ZERO

BINS = 61
"""An odd number, so that zero lies in the middle of a bin."""


def draw(
    tested: TestedClaim, layer: int = 0, task: str | None = None, log: bool = False, deviations: float | None = None
) -> Drawing:
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
    for panel, ((name, arm), own) in zip(axes, shown.items(), strict=True):
        edges = np.linspace(-limits[name], limits[name], BINS + 1)
        panel.stairs(np.histogram(own, edges)[0], edges, fill=True, color=entries.colour(places[arm]))
        if log:
            log_axis(panel)
        panel.set_xlabel(f"weight of layer {layer}")
        share = _between(panel, own, deviations)
        panel.set_title(
            f"{short(arm, 24)}: {share}" if len(wanted) == 1 else f"{short(name, 14)}, {short(arm, 14)}: {share}"
        )
    axes[0].set_ylabel("weights in a bin")
    return Drawing(canvas, _caption(deviations, len(shown) < len(found), log))


def _weights(tested: TestedClaim, task: str, arm: str, layer: int) -> entries.Table | None:
    network = tested.network(task, arm)
    if network is None:
        return None
    population = network.population()
    layers = population.architecture.dense(population.values)
    return layers[layer][0][0].ravel() if layer < len(layers) else None


def _limit(all_weights: list[entries.Table]) -> float:
    """The half width of an axis that has room for all weights of a task's arms."""
    return max((float(np.abs(own).max()) for own in all_weights), default=1.0) or 1.0


def _between(panel: Axes, own: entries.Table, deviations: float | None) -> str:
    """What a title says of an arm's weights: the share within deviations, between lines, or of those that are zero."""
    if deviations is None:
        return f"{100 * np.mean(np.abs(own) < NEAR_ZERO):.3g} % at 0"
    middle, far = own.mean(), deviations * own.std()
    for line in (middle - far, middle + far):
        panel.axvline(line, color=BLACK, lw=1.2, ls=(0, (4, 3)))
    return f"{100 * np.mean(np.abs(own - middle) <= far):.2f} % within"


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
