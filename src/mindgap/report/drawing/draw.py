"""Drawing: all figures of a study, as SVG files whose bytes depend on nothing but the study."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mindgap.report.drawing import style
from mindgap.report.figures import FIGURES
from mindgap.report.study import FinishedStudy


class FigureFile(Protocol):
    """What the module of a figure has."""

    TITLE: str

    def draw(self, study: FinishedStudy) -> style.Drawing:
        """The figure; a small note where it does not apply to a study."""


@dataclass(frozen=True)
class Figure:
    """One SVG file, its heading, and the sentences under it; `name` is the file's, without suffix.

    `applies` is False where the file is a mere note, which the caption repeats.
    """

    name: str
    title: str
    caption: str
    path: Path
    applies: bool = True


def draw_all(study: FinishedStudy, out: Path) -> list[Figure]:
    """Draw every figure of a study into the folder `out`, as `<name>.svg`.

    A figure that does not apply (no search, no images) is drawn as a small note that says why.
    """
    return [draw_one(study, section, name, out) for section, names in FIGURES.items() for name in names]


def draw_one(study: FinishedStudy, section: str, name: str, out: Path) -> Figure:
    """Draw one figure of a section; see `draw_all`."""
    out.mkdir(parents=True, exist_ok=True)
    figure: FigureFile = FIGURES[section][name]
    path = out / f"{name}.svg"
    with style.applied():
        drawing = figure.draw(study)
        path.write_text(style.svg(drawing.canvas), encoding="utf-8")
    return Figure(name, figure.TITLE, drawing.caption, path, drawing.applies)
