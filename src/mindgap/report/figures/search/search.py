"""The search's trials: the score against every searched param."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from mindgap.params.run import RunSpec
from mindgap.report.drawing.scores import ScoreAxis
from mindgap.report.drawing.style import BLACK, GREY, LEVELS, PALE, Drawing, note, panels, short
from mindgap.report.numbers import power
from mindgap.report.shown import shown
from mindgap.report.study import FinishedStudy
from mindgap.results.level import Level
from mindgap.results.trials import Trial

TITLE = "The trials of the search"

_GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, spread evenly: a jitter that is no random number."""

MOST, BEST = 1000, 100
"""Of a level with more trials so many are drawn, about: the best ones, and a regular sample of the others."""

SIGNS = 26
"""Of the names of categories, so many fit beneath a panel side by side."""

_BAND = 0.12
"""The share of a panel, at its bottom, that belongs to the trials that diverged."""


def draw(study: FinishedStudy) -> Drawing:
    """One panel for each searched param, with the trials of all levels and the ranges they were drawn from."""
    if not study.levels:
        return note("This study has no search: its params are as given.")
    levels = {
        name: (level, _drawn(level, study.trials[name]), LEVELS[place % len(LEVELS)])
        for place, (name, level) in enumerate(study.levels.items())
    }
    params = _by_importance([*study.levels.values()])
    columns = min(len(params), 3)
    canvas, axes = panels(len(params), columns=columns, height=3.4 if len(params) <= 3 else 2.9)
    measured = [trial.value for trials in study.trials.values() for trial in trials if trial.value is not None]
    scores = ScoreAxis.of(study)
    distances = scores.distance(measured or [0.5])
    for place, (panel, param) in enumerate(zip(axes, params, strict=True)):
        scores.apply(panel, distances, _BAND)
        panel.add_patch(Rectangle((0, 0), 1, _BAND, transform=panel.transAxes, color=PALE, lw=0, zorder=0))
        kinds = _kinds(panel, param, [*study.levels.values()])
        for order, (level, trials, colour) in enumerate(levels.values()):
            _range(panel, level.space.get(param), colour, 1.035 + 0.045 * order)
            _trials(panel, trials, level.best.number, param, colour, scores, kinds)
        panel.set_xlabel(param)
        if place % columns == 0:
            panel.set_ylabel(scores.label, loc="top")  # at the bottom stands another word
            at: dict[str, Any] = {"transform": panel.transAxes, "ha": "right", "va": "center"}
            panel.text(-0.02, _BAND / 2, "diverged", color=GREY, fontsize=8, **at)
        else:
            panel.tick_params(labelleft=False)
    handles = [Line2D([], [], ls="", marker="o", ms=6, mfc=colour, mec="none") for *_, colour in levels.values()]
    handles += [Line2D([], [], ls="", marker="o", ms=8, mfc="none", mec=BLACK, mew=1.4)]
    names = [short(name, 24) for name in levels]
    canvas.legend(handles, [*names, "best of its level"], loc="outside upper left", ncols=len(handles))
    divergence = RunSpec(**study.evaluation.spec, seed=0).train.divergence
    thinned = "".join(_thinned(name, len(trials), len(study.trials[name])) for name, (_, trials, _) in levels.items())
    return Drawing(canvas, _caption(study.objective, divergence) + thinned + scores.note(distances))


def _drawn(level: Level, trials: Sequence[Trial]) -> Sequence[Trial]:
    """The trials that are drawn, all where they are few; of others than the best every so many-th, by their numbers."""
    if len(trials) <= MOST:
        return trials
    best = {*level.ranking[:BEST]}
    others = [trial for trial in trials if trial.number not in best]
    every = -(-len(others) // (MOST - len(best)))
    return sorted([*others[::every], *(trials[number] for number in best)], key=lambda trial: trial.number)


def _thinned(name: str, drawn: int, trials: int) -> str:
    """What a caption says of a level that is not drawn as a whole."""
    if drawn == trials:
        return ""
    return (
        f" Of the {trials:,} trials of {short(name, 24)}, {drawn:,} are drawn: the {BEST} best, and a regular "
        "sample of the others."
    )


def _by_importance(levels: list[Level]) -> list[str]:
    """The searched params: first what mattered more than chance at any level, by its largest share; then by name."""
    shares = {param: 0.0 for level in levels for param in level.space}
    for level in levels:
        for param, found in level.importance.items():
            if found.exceeds:
                shares[param] = max(shares[param], found.share)
    return sorted(shares, key=lambda param: (-shares[param], param))


def _kinds(panel: Axes, param: str, levels: list[Level]) -> list[str]:
    """Set up the x axis for a param's kind; returns the categories, in order, if it has any."""
    spaces = [level.space[param] for level in levels if param in level.space]
    kind = next(iter(spaces[0]))
    if kind == "categorical":
        kinds = list(dict.fromkeys(_category(value) for space in spaces for value in space[kind]))
        names = [short(text.strip('"')) for text in kinds]
        turned: dict[str, Any] = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
        panel.set_xticks(range(len(kinds)), names, **(turned if sum(map(len, names)) > SIGNS else {}))
        panel.set_xlim(-0.5, len(kinds) - 0.5)
        panel.grid(axis="x", visible=False)
        return kinds
    low, high = min(space[kind][0] for space in spaces), max(space[kind][1] for space in spaces)
    if kind == "log_uniform":
        margin = (high / low) ** 0.03
        panel.set_xscale("log")
        panel.set_xlim(low / margin, high * margin)
        panel.xaxis.set_major_locator(LogLocator(numticks=6))
        panel.xaxis.set_major_formatter(FuncFormatter(power))
        panel.minorticks_off()
    else:
        margin = 0.04 * (high - low) or 0.5
        panel.set_xlim(low - margin, high + margin)
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=kind == "integer"))
    return []


def _category(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _range(panel: Axes, space: dict[str, Any] | None, colour: str, height: float) -> None:
    """A bracket above the panel over what a level searched."""
    if space is None or "categorical" in space:
        return
    ends = next(iter(space.values()))
    across = panel.get_xaxis_transform()
    panel.plot(ends, [height, height], "|-", color=colour, lw=2, ms=6, mew=2, transform=across, clip_on=False)


def _trials(
    panel: Axes,
    trials: Sequence[Trial],
    best: int,
    param: str,
    colour: str,
    scores: ScoreAxis,
    kinds: list[str],
) -> None:
    across = panel.get_xaxis_transform()
    shown = [trial for trial in trials if param in trial.params]
    place = {
        trial.number: (
            kinds.index(_category(trial.params[param])) + 0.5 * ((trial.number * _GOLDEN) % 1 - 0.5)
            if kinds
            else trial.params[param]
        )
        for trial in shown
    }
    lost = [place[trial.number] for trial in shown if trial.value is None]
    panel.plot(lost, np.full(len(lost), _BAND / 2), "x", color=colour, ms=4, mew=1.1, alpha=0.8, transform=across)
    scored = [trial for trial in shown if trial.value is not None]
    heights = scores.distance([trial.value for trial in scored if trial.value is not None])
    across_x = [place[trial.number] for trial in scored]
    panel.scatter(across_x, heights, s=20, color=colour, alpha=0.75, linewidths=0, zorder=3)
    for x, y, trial in zip(across_x, heights, scored, strict=True):
        if trial.number == best:
            panel.plot(x, y, "o", ms=9, mfc="none", mec=BLACK, mew=1.4, zorder=5)


def _caption(objective: str, divergence: float | None) -> str:
    above = "or infinite" if divergence is None else f"infinite, or a loss above {divergence:g} times its first"
    return (
        f"Each dot is a trial; a cross at the bottom is one that diverged (not a number, {above}). Brackets above a "
        "panel are the ranges that the levels searched. Better is higher; the axis is logarithmic in terms of "
        f"{shown(objective).from_perfect}, so that good trials stay apart."
    )
