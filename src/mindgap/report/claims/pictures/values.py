"""The measure of every replicate, arm by arm, task by task; what was not reached is an open dot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mindgap.claims.measures import MEASURES, Measure, Span, spans_of
from mindgap.claims.rule import together
from mindgap.errors import UserError
from mindgap.params.claim import Prediction
from mindgap.report.claims import entries
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, GREY, PALE, WIDTH, Drawing, Table, note, number_axis, panels, short

Ends = tuple[float, float]


@dataclass(frozen=True)
class _Task:
    """What a panel shows: by arm between what each number lies, (2, replicates), and what is claimed of the median.

    `ratio` is whether a ratio of arms is claimed.
    """

    name: str
    verdict: str | None
    values: dict[str, entries.Table]
    claimed: dict[str, Ends] = field(default_factory=dict)
    ratio: bool = False


def draw(tested: TestedClaim, prediction: int, measure: Mapping[str, dict[str, Any]] | None) -> Drawing:
    """A dot a replicate; lines join those of the same split, initialisation and order.

    The measure is that of a prediction, by its number, or any other, by its name and settings.
    """
    asked = tested.claim.measures()[prediction] if measure is None else measure
    ((name, settings),) = asked.items()
    wanted = MEASURES[name].model_validate(settings)
    shown = _judged(tested, prediction, wanted) if measure is None else _measured(tested, wanted)
    if not any(np.isfinite(own).any() for task in shown for own in task.values.values()):
        return note(f"No training has a number for this: {wanted.title}.")
    columns = entries.columns(len(shown))
    canvas, axes = panels(len(shown), columns=columns, height=3.1)
    share = _is_share(name, wanted)
    log = not share and _spans_decades(shown)
    for panel, task in zip(axes, shown, strict=True):
        if log:
            entries.to_log(panel, np.concatenate([own[np.isfinite(own)] for own in task.values.values()]))
        _dots(panel, task, WIDTH / columns - 0.9)
        panel.set_title(short(task.name, 30) + (f": {task.verdict}" if task.verdict else ""))
        if share:
            entries.percent(panel.yaxis, least=-1)
            if name != "gap":
                entries.shares_end(panel)
        elif not log:
            number_axis(panel.yaxis)
            _count_from_zero(panel, task)
        _missing(panel, task)
    axes[0].set_ylabel(fill(wanted.title + " (%)" * share, 36))
    # What a prediction is about is in the claim's own table.
    return Drawing(canvas, _caption(shown), table=None if measure is None else _table(shown, wanted.title))


def _table(shown: Sequence[_Task], title: str) -> Table:
    return table_of(
        ("task", "measure", "arm", "replicate", "low", "high"),
        (
            (task.name, title, arm, replicate, *ends)
            for task in shown
            for arm, own in task.values.items()
            for replicate, ends in enumerate(own.T, start=1)
        ),
    )


def _spans_decades(shown: Sequence[_Task]) -> bool:
    """Whether all values are above 0, and those of a task lie more than a decade apart."""
    tasks = [np.concatenate([own[0] for own in task.values.values()]) for task in shown]
    there = [own[np.isfinite(own)] for own in tasks if np.isfinite(own).any()]
    return all(own.min() > 0 for own in there) and any(own.max() > 10 * own.min() for own in there)


def _judged(tested: TestedClaim, number: int, wanted: Measure) -> list[_Task]:
    """What was judged, with the verdict of all predictions about the same measure."""
    found, measures = [], tested.claim.measures()
    for name in tested.claim.tasks:
        predicted = tested.judgement.tasks[name].predictions
        same = [judged for judged in predicted if measures[judged.number] == measures[number]]
        if not any(judged.number == number for judged in same):
            continue
        values = {
            arm: np.array([[np.nan if end is None else end for end in bounds] for bounds in same[0].values[arm]]).T
            for arm in tested.claim.arms
        }
        predictions = [tested.claim.predict[judged.number] for judged in same]
        claimed = {own.value: _claimed(own) for own in predictions if own.value is not None}
        verdict = together([judged.ruling for judged in same])
        found.append(_Task(name, verdict, values, claimed, any(own.ratio for own in predictions)))
    return found


def _measured(tested: TestedClaim, wanted: Measure) -> list[_Task]:
    """What was not judged is measured here, on the tasks that have it."""
    found = []
    for task, arms in tested.arms.items():
        try:
            values = {
                arm: np.array([_ends(span) for part in parts for span in spans_of(wanted, part)]).T
                for arm, parts in arms.items()
            }
        except (UserError, KeyError):  # it is about trainings, and this a simulation, or the reverse
            continue
        found.append(_Task(task, None, values))
    return found


def _ends(span: Span) -> list[float]:
    return [end if np.isfinite(end) else np.nan for end in span]


def _claimed(prediction: Prediction) -> Ends:
    """Between what the claim says that a number lies."""
    if prediction.within is not None:
        return prediction.within
    low = -np.inf if prediction.above is None else prediction.above
    return low, np.inf if prediction.below is None else prediction.below


def _is_share(name: str, wanted: Measure) -> bool:
    """Whether it is written in percent: a share, or what is measured in such, and their differences."""
    settings = wanted.model_dump()
    if name == "share":
        return True
    if name not in ("monitor", "best", "gap") or any(settings.get(over) is not None for over in _OVER):
        return False
    return entries.is_share(f"val_{settings['metric']}" if name == "gap" else settings["metric"])


_OVER = ("over_layer", "over_epoch")


def _dots(panel: Axes, task: _Task, inches: float) -> None:
    names = list(task.values)
    lows, highs = (np.array([task.values[name][end] for name in names]) for end in (0, 1))
    there = np.isfinite(lows)
    panel.plot(range(len(names)), lows, color="#d6dae0", lw=0.6, zorder=1)
    for place, (low, known) in enumerate(zip(lows, there, strict=True)):
        beside = place + 0.08 * np.sin(np.arange(len(low)) * 2.4)  # so that equal values are seen
        reached = np.isfinite(highs[place])
        dots: dict[str, Any] = {"color": entries.colour(place), "alpha": 0.8}
        panel.plot(beside[known & reached], low[known & reached], "o", ms=5.5, mew=0, zorder=3, **dots)
        panel.plot(beside[known & ~reached], low[known & ~reached], "o", ms=5, mfc="white", zorder=3, **dots)
        if known.mean() > 0.5:  # what has no number lies beyond all that have one
            panel.plot([place - 0.25, place + 0.25], [np.median(low[known])] * 2, color=BLACK, lw=2, zorder=4)
    for name, ends in task.claimed.items():
        _box(panel, names.index(name), ends)
    panel.set_xlim(-0.5, len(names) - 0.5)
    panel.grid(axis="x", visible=False)
    panel.tick_params(colors=GREY)
    entries.names_below(panel, names, inches)


def _count_from_zero(panel: Axes, task: _Task) -> None:
    """Whole numbers have whole ticks; what ratios are claimed of begins at 0, so that they are seen."""
    lows = np.concatenate([own[0] for own in task.values.values()])
    there = lows[np.isfinite(lows)]
    if not (there % 1).any():
        panel.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
    if task.ratio and there.size and there.min() > 0:
        panel.set_ylim(bottom=0)


def _missing(panel: Axes, task: _Task) -> None:
    """Write how many have no number, in room of its own."""
    missing = [int(np.isnan(own[0]).sum()) for own in task.values.values()]
    if not any(missing):
        return
    axis = panel.yaxis.get_transform()
    low, high = axis.transform(panel.get_ylim())
    panel.set_ylim(bottom=float(axis.inverted().transform(low - 0.16 * (high - low))))
    for place, (count, own) in enumerate(zip(missing, task.values.values(), strict=True)):
        if count:
            middle: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 7.5, "color": GREY}
            text = f"{count} of {own.shape[1]}\nno number"
            panel.annotate(text, (place, 0.02), xycoords=("data", "axes fraction"), **middle)


def _box(panel: Axes, place: int, ends: Ends) -> None:
    """A pale box over all that the claim says of an arm, as far as the axis goes."""
    seen = [end for end in ends if np.isfinite(end) and (end > 0 or panel.get_yscale() == "linear")]
    panel.plot([place] * len(seen), seen, alpha=0)  # the axis holds the limits
    panel.margins(y=0.08)
    low, high = panel.get_ylim()
    bottom, top = max(low, ends[0]), min(high, ends[1])
    panel.fill_between([place - 0.42, place + 0.42], bottom, top, color=PALE, lw=0, zorder=0)
    for end in seen:
        panel.plot([place - 0.42, place + 0.42], [end, end], color=GREY, lw=1, ls=(0, (4, 3)), zorder=2)
    panel.set_ylim(low, high)


def _caption(shown: Sequence[_Task]) -> str:
    text = "Each dot is a replicate; grey lines join those of the same split and draws; bars are medians."
    everything = [own for task in shown for own in task.values.values()]
    if any(task.claimed for task in shown):
        text += " Pale boxes are where the claim says that an arm's median lies."
    if any((np.isfinite(low) & ~np.isfinite(high)).any() for low, high in everything):
        text += " Open dots were not reached within all epochs."
    if any((~np.isfinite(low)).any() for low, _ in everything):
        text += " What has no number diverged, or had nothing to measure."
    return text
