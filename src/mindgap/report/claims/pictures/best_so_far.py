"""The best value of a search by the epochs that were spent on it, arm by arm."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mindgap.report.claims.tables import table_of_bands
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.claims.trials import searched, value_of
from mindgap.report.drawing.style import LEVELS, Drawing, metric_axis, note, panels, short
from mindgap.report.shown import shown
from mindgap.results.arm import ArmRun
from mindgap.search.ranking import expected_best
from mindgap.tasks import cost

_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))

Numbers = npt.NDArray[np.float64]


def draw(tested: TestedClaim, metric: str) -> Drawing:
    """One panel a task, a line an arm: the median over replicates, and where half of them lie."""
    tasks = searched(tested)
    if not tasks:
        return note("No arm of this claim is a search.")
    canvas, axes = panels(len(tasks), columns=min(len(tasks), 3), height=2.9)
    levels, lines = 1, {}
    for panel, (task, arms) in zip(axes, tasks.items(), strict=True):
        worst = _worst([run for found in arms.values() for own in found.trials.values() for run in own], metric)
        for place, (arm, found) in enumerate(arms.items()):
            colour, trials = LEVELS[place % len(LEVELS)], [*found.trials.values()]
            spent = np.mean([_spent(own) for own in trials], axis=0)
            table = np.array([_best(own, metric, worst) for own in trials])
            band = np.quantile(table, (0.25, 0.5, 0.75), axis=0)
            low, middle, high = band
            lines[task, arm] = spent, band
            panel.fill_between(spent, low, high, color=colour, alpha=0.18, lw=0)
            panel.plot(spent, middle, color=colour, ls=_STYLES[place % len(_STYLES)], lw=2, label=short(arm, 24))
            panel.plot(spent[-1], middle[-1], "o", ms=6, color=colour, zorder=4)
            levels = max(levels, len({run.level for run in found.first}))
        panel.set_title(short(task, 30))
        panel.set_xlabel("epochs spent on trials")
        panel.set_xlim(left=0)
        metric_axis(panel, shown(metric))
    axes[0].set_ylabel(f"best validation {shown(metric).name}")
    handles, labels = axes[0].get_legend_handles_labels()
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    text = (
        "The best value among so many trials, when a replicate's trials come in any order, against the epochs that "
        "they cost. Lines are medians over the replicates, half of which lie in the bands; dots are whole "
        "searches. A trial that diverged counts as the worst "
        "value that any on its task reached."
    )
    if levels > 1:
        text += " Levels and rounds follow each other; the trials of one come in any order."
    return Drawing(canvas, text, table=table_of_bands(metric, "epochs", lines))


def _levels(trials: Sequence[ArmRun]) -> list[list[ArmRun]]:
    """The trials of each level, in the order in which these were made."""
    found: dict[str | None, list[ArmRun]] = {}
    for run in trials:
        found.setdefault(run.level, []).append(run)
    return [*found.values()]


def _spent(trials: Sequence[ArmRun]) -> Numbers:
    """The epochs that the first n trials cost, for every n, if each costs what those of its level do in the mean."""
    costs = [np.mean([len(run.history["train_loss"]) - 1 for run in level]) for level in _levels(trials)]
    counts = [len(level) for level in _levels(trials)]
    return np.cumsum(np.repeat(costs, counts))


def _worst(trials: Sequence[ArmRun], metric: str) -> float:
    """The worst value of any of the trials; 0 where all diverged."""
    values = [value for run in trials if (value := value_of(run, metric)) is not None]
    return max(values, key=lambda value: cost(metric, value), default=0.0)


def _best(trials: Sequence[ArmRun], metric: str, worst: float) -> Numbers:
    """The expected best of the first n trials, for every n; a trial that diverged has the worst value."""
    curve: list[float] = []
    before = worst
    for level in _levels(trials):
        values = [worst if (value := value_of(run, metric)) is None else value for run in level]
        # A trial brings nothing where it is worse than what an earlier level has found.
        curve += expected_best([min(before, value, key=lambda one: cost(metric, one)) for value in values], metric)
        before = curve[-1]
    return np.array(curve)
