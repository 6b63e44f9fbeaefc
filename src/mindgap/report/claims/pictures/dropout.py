"""How far what a layer gives in training is, in the mean, from what it gives in use, by form of dropout."""

import numpy as np

from mindgap.report.claims.simulated import simulated
from mindgap.report.claims.tables import table_of
from mindgap.report.claims.tested import TestedClaim
from mindgap.report.drawing.style import BLACK, LEVELS, Drawing, log_axis, note, panels


def draw(tested: TestedClaim, limit: float | None) -> Drawing:
    """A dot a replicate, a column an arm, labelled with its form and rate; `limit` is drawn as a line."""
    tasks = simulated(tested, "dropout_forms")
    if not tasks:
        return note("No task of this claim compares forms of dropout.")
    (task, settings), *_ = tasks.items()
    canvas, (panel,) = panels(1, columns=1, height=2.7)
    for place, runs in enumerate(tested.runs[task].values()):
        values = np.array([run.history["off"][0] for run in runs])
        beside = place + 0.08 * np.sin(np.arange(len(values)) * 2.4)  # so that equal values are seen
        colour = LEVELS[place % len(LEVELS)]
        panel.plot(beside, values, "o", ms=5, color=colour, alpha=0.7, mec="none", zorder=3)
        panel.plot([place - 0.25, place + 0.25], [np.median(values)] * 2, color=BLACK, lw=2, zorder=4)
    chance = [np.sqrt(own["rate"] / (1 - own["rate"]) / own["draws"]) for own in settings.values()]
    panel.plot(range(len(settings)), chance, "D", ms=9, mfc="none", mec=BLACK, mew=1.2, zorder=5)
    if limit is not None:
        panel.axhline(limit, color=BLACK, lw=1, ls="--")
    panel.set_xticks(range(len(settings)), [f"{own['form']}, rate {own['rate']:g}" for own in settings.values()])
    panel.set_xlim(-0.5, len(settings) - 0.5)
    panel.grid(axis="x", visible=False)
    log_axis(panel)
    panel.minorticks_off()
    panel.set_ylabel("training's mean, off from use")
    text = (
        "How far a layer's mean activations over many draws of dropout are from its activations in use, as a share of "
        "the latter's size. Each dot is a replicate; bars are medians; diamonds are what chance alone leaves where "
        "the mean is right, after so many draws."
    )
    table = table_of(
        ("task", "arm", "form", "rate", "replicate", "off", "chance"),
        (
            (task, arm, own["form"], own["rate"], run.replicate, run.history["off"][0], left)
            for (arm, own), left in zip(settings.items(), chance, strict=True)
            for run in tested.runs[task][arm]
        ),
    )
    return Drawing(
        canvas, text if limit is None else f"{text} The dashed line is the limit that is claimed.", table=table
    )
