"""A metric over the swept param, arm by arm: the median over replicates, and where half of them lie."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mindgap.claims.measures import MEASURES
from mindgap.claims.measures.share import Share
from mindgap.metrics import METRICS
from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of_bands
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import GREY, Drawing, note, panels, short
from mindgap.report.numbers import power, setting
from mindgap.results.arm import ArmRun
from mindgap.tasks import cost


def draw(tested: TestedClaim, metric: str, layer: int | None, epoch: int | None) -> Drawing:
    """One panel a task, one line an arm; the metric is that of an epoch, or of the one whose weights are kept."""
    if len(tested.claim.over) != 1:
        return note("Only a sweep over one param has such a picture.")
    ((param, values),) = tested.claim.over.items()
    tables = {
        task: {arm: _table(tested, runs, metric, layer, epoch) for arm, runs in found.items()}
        for task, found in tested.runs.items()
    }
    shown = {task: own for task, own in tables.items() if any(np.isfinite(table).any() for table in own.values())}
    if not shown:
        return note(f"No training has the entry {metric}.")
    canvas, axes = panels(len(shown), columns=entries.columns(len(shown)), height=2.9)
    reached, lines = _reached(tested, metric), {}
    for panel, (task, found) in zip(axes, shown.items(), strict=True):
        entries.scale(panel, metric, None, np.concatenate([table.ravel() for table in found.values()]))
        places = _places(panel, values)
        for place, (arm, table) in enumerate(found.items()):
            lines[task, arm] = values, _band(table, metric)
            low, middle, high = lines[task, arm][1]
            panel.fill_between(places, low, high, color=entries.colour(place), alpha=0.2, lw=0)
            panel.plot(places, middle, label=short(arm, 24), **entries.dotted(place))
        for value in reached:
            panel.axhline(value, color=GREY, lw=1, ls=(0, (4, 3)))
        # The axis holds all values, those as well at which all diverge.
        panel.axvspan(min(places), max(places), alpha=0, lw=0)
        if entries.is_share(metric):
            entries.shares_end(panel)
        panel.set_title(short(task, 30))
        panel.set_xlabel(param.replace("_", " "))
    entries.name_beside(axes[0], metric, layer)
    entries.legend(canvas, axes[0])
    text = (
        "Lines are medians over the replicates, half of which lie in the bands. What diverged counts as the worst, and "
        "a line ends where most did."
    )
    text += " Dashed is the value that counts as reached." * bool(reached)
    return Drawing(canvas, text, table=table_of_bands(metric + entries.of_layer(metric, layer), param, lines))


def _table(tested: TestedClaim, runs: list[ArmRun], metric: str, layer: int | None, epoch: int | None) -> entries.Table:
    """By replicate and value; NaN for what diverged."""
    columns = [
        [entries.at(run, metric, epoch, layer) for run in runs if run.point == point] for point in tested.claim.points
    ]
    return np.array(columns).T


def _band(table: entries.Table, metric: str) -> entries.Table:
    """Quartiles in which what diverged is the worst; NaN where a quartile is such a run."""
    bare = metric.removeprefix("val_").removeprefix("train_")
    worst = np.inf * (cost(metric, 1.0) if bare in METRICS else 1.0)
    found = np.quantile(
        np.where(np.isfinite(table), table, worst), (0.25, 0.5, 0.75), axis=0, method="closest_observation"
    )
    return np.where(np.isfinite(found), found, np.nan)


def _places(panel: Axes, values: list[Any]) -> list[float]:
    """Where the values stand on x: on a log axis if they are positive and span more than a decade."""
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        panel.set_xticks(range(len(values)), [short(setting(value)) for value in values])
        return [float(place) for place in range(len(values))]
    places = [float(value) for value in values]
    if min(places) > 0 and max(places) > 10 * min(places):
        panel.set_xscale("log")
        panel.xaxis.set_major_formatter(FuncFormatter(power))
        panel.xaxis.set_minor_locator(NullLocator())
    if len(places) <= 5:
        panel.xaxis.set_major_locator(FixedLocator(places))
    return places


def _reached(tested: TestedClaim, metric: str) -> list[float]:
    """The values of this metric of which the claim asks how many reach them."""
    asked = [MEASURES[name].model_validate(own) for measure in tested.claim.measures() for name, own in measure.items()]
    return sorted(
        {own.value for own in asked if isinstance(own, Share) and own.metric == metric and own.value is not None}
    )
