"""The forest plot: the effects of all claims of a part on one scale, a row a claim and task."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from mindgap.report.claims.ledger import Entry, PredictionEntry, TaskEntry
from mindgap.report.drawing.style import BLUE, GREEN, GREY, VERMILION, Drawing, Table, panels, short
from mindgap.report.numbers import power, significant
from mindgap.results.judgement import Ruling

SHOWN = 100.0
"""Deviations at which the axis ends; what lies beyond is drawn there, as an arrow."""

LOOKS: dict[Ruling, tuple[str, str, str]] = {
    "supported": ("o", GREEN, GREEN),
    "weaker than stated": ("D", BLUE, "white"),
    "refuted": ("X", VERMILION, VERMILION),
    "undecided": ("o", GREY, "white"),
}
"""The marker of a verdict, its colour, and that inside; no two are told apart by colour alone."""

CAPTION = (
    "A row is a claim on a task. The mark is the median over replicates of what the deciding prediction is about, the "
    "line its 95 % interval: both as distances from the declared limit in robust standard deviations of replicates "
    "(the distance of their quartiles over 1.349; ratios in logarithms; of a range, from its nearer end). Right of 0 "
    "is as claimed, left of it against. The scale is linear from −1 to 1 and logarithmic outside. Arrows go on beyond "
    "100, as where replicates are all equal."
)


def draw(entries: Sequence[Entry]) -> Drawing:
    """All tasks of some claims, from the top."""
    rows = [(entry.id, name, task) for entry in entries for name, task in entry.tasks.items()]
    canvas, (panel,) = panels(1, columns=1, height=0.75 + 0.235 * len(rows))
    place, ticks = 0, []
    for number, entry in enumerate(entries):
        if number % 2 == 0:
            panel.axhspan(place - 0.5, place + len(entry.tasks) - 0.5, color="#f3f4f6", lw=0, zorder=0)
        for name, task in entry.tasks.items():
            _row(panel, place, task)
            ticks.append(f"{short(entry.id)}  {short(name, 20)}")
            place += 1
    panel.axvline(0, color="#1a1a1a", lw=1, zorder=2)
    panel.set_xscale("symlog", linthresh=1, linscale=0.8)
    panel.set_xlim(-1.35 * SHOWN, 1.35 * SHOWN)
    panel.set_xticks([-100, -10, -1, 0, 1, 10, 100])
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power(value).replace("-", "−")))
    panel.minorticks_off()
    panel.set_yticks(range(len(rows)), ticks)
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.grid(axis="y", visible=False)
    panel.tick_params(axis="y", length=0)
    panel.spines["left"].set_visible(False)
    panel.set_xlabel("← against the claim  ·  standard deviations from the limit  ·  as claimed →")
    return Drawing(canvas, CAPTION, table=_table(rows))


def deciding(task: TaskEntry) -> PredictionEntry:
    """The first prediction whose ruling is the task's."""
    return next(prediction for prediction in task.predictions if prediction.verdict == task.verdict)


def seen(entries: Sequence[Entry]) -> str:
    """The plot in words."""
    rows = [
        f"{entry.id} on {name} {significant(deciding(task).standardised.middle)}, {task.verdict}"
        for entry in entries
        for name, task in entry.tasks.items()
    ]
    return f"Standard deviations from the declared limit, above 0 as claimed: {'; '.join(rows)}."


def _row(panel: Axes, place: int, task: TaskEntry) -> None:
    found = deciding(task).standardised
    marker, colour, face = LOOKS[task.verdict]
    low, high = _within(found.low), _within(found.high)
    panel.plot([low, high], [place, place], color=colour, lw=1.8, zorder=3, solid_capstyle="butt")
    for end in dict.fromkeys((found.low, found.high)):
        if abs(end) > SHOWN:
            side = 1 if end > 0 else -1
            panel.plot([side * 1.18 * SHOWN], [place], "<>"[side > 0], color=colour, ms=5, mew=0, zorder=3)
    if found.middle is not None:
        panel.plot([_within(found.middle)], [place], marker, ms=6.5, mfc=face, mec=colour, mew=1.4, zorder=4)
    panel.text(
        1.01, place, task.verdict, transform=panel.get_yaxis_transform(), va="center", fontsize=8.5, color=colour
    )


def _within(value: float) -> float:
    return max(-SHOWN, min(SHOWN, value))


def _table(rows: Sequence[tuple[str, str, TaskEntry]]) -> Table:
    found = [(claim, name, task.verdict, deciding(task)) for claim, name, task in rows]
    return Table(
        ("claim", "task", "verdict", "measure", "low", "median", "high"),
        [
            (claim, name, verdict, one.measure, one.standardised.low, one.standardised.middle, one.standardised.high)
            for claim, name, verdict, one in found
        ],
    )
