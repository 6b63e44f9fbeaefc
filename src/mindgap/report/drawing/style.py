"""How all figures look: colours, fonts, sizes, and the SVG that comes out."""

import io
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as Canvas
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import Formatter, FuncFormatter, NullFormatter

from mindgap.report.numbers import power, ticks
from mindgap.report.shown import Shown

# Okabe and Ito (2008): told apart by people with any kind of colour blindness.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK = "#CC79A7", "#56B4E9", "#1a1a1a"
GREY, PALE = "#6b7280", "#e5e7eb"
SPLITS = {"train": BLUE, "val": VERMILION, "test": GREEN}
SPLIT_NAMES = {"train": "training", "val": "validation", "test": "test"}
LEVELS = (ORANGE, BLUE, GREEN, PURPLE, VERMILION, SKY)

WIDTH = 8.4
"""Inches; every figure has this width, so that text has one size on the page."""

# Laid out with matplotlib's own font, the same everywhere; shown with the reader's, which is narrower.
_LAYOUT_FONT = "'DejaVu Sans'"
SHOWN_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

_SETTINGS: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#9ca3af",
    "axes.grid": True,
    "axes.labelcolor": "#374151",
    "axes.labelsize": 9,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": PALE,
    "grid.linewidth": 0.7,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "mindgap",
    "text.color": "#1f2937",
    # Class names and titles are not formulas: a dollar sign in them is a dollar sign.
    "text.parse_math": False,
    "xtick.color": GREY,
    "xtick.labelsize": 8.5,
    "ytick.color": GREY,
    "ytick.labelsize": 8.5,
}


@dataclass(frozen=True)
class Table:
    """The numbers that a figure shows: names of columns, and rows."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Drawing:
    """A drawn figure, the sentences under it, and its numbers where they are written beside it.

    `applies` is False where it only says why there is nothing to draw.
    """

    canvas: Canvas
    caption: str
    applies: bool = True
    table: Table | None = None


@contextmanager
def applied() -> Iterator[None]:
    """Draw in this style inside the block, and leave matplotlib's settings as they were."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        # Text stays text in the SVG: a script that the layout font lacks is drawn with the reader's fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def panels(count: int, *, columns: int, height: float, more: int = 0) -> tuple[Canvas, list[Axes]]:
    """A canvas with `count` axes in rows of `columns`, each row `height` inches high, and `more` rows still empty."""
    rows = -(-count // columns) + more
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, wspace=0.04, hspace=0.06)
    canvas = Canvas(figsize=(WIDTH, rows * height), layout=layout)
    return canvas, [canvas.add_subplot(rows, columns, place + 1) for place in range(count)]


def note(text: str) -> Drawing:
    """A small figure that says why there is nothing to draw."""
    canvas = Canvas(figsize=(WIDTH, 0.9))
    canvas.text(0.5, 0.5, text, ha="center", va="center", color=GREY)
    return Drawing(canvas, text, applies=False)


def svg(canvas: Canvas) -> str:
    """The canvas as SVG text: no date, text as text, in the reader's own sans-serif font."""
    buffer = io.StringIO()
    canvas.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue().replace(f"font-family: {_LAYOUT_FONT}", f"font-family: {SHOWN_FONTS}")


def metric_axis(panel: Axes, metric: Shown) -> None:
    """Write y as the metric is written; what it can never be stays blank."""
    number_axis(panel.yaxis, metric.factor, metric.least, metric.most)


def percent_axis(panel: Axes) -> None:
    """Write the shares on y as percentages; what no share can be stays blank."""
    number_axis(panel.yaxis, 100, 0, 1)


def log_axis(panel: Axes) -> None:
    """Make y a log axis, with powers of ten written as on others."""
    panel.set_yscale("log")
    panel.yaxis.set_major_formatter(FuncFormatter(power))
    panel.yaxis.set_minor_formatter(NullFormatter())


def number_axis(axis: Axis, factor: float = 1.0, least: float = -inf, most: float = inf) -> None:
    """Write the numbers of an axis times a factor, those from `least` to `most`."""
    axis.set_major_formatter(_Numbers(factor, least, most))


class _Numbers(Formatter):
    def __init__(self, factor: float, least: float, most: float) -> None:
        self._factor, self._least, self._most = factor, least, most

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        possible = [self._least <= value <= self._most for value in values]
        written = iter(ticks([self._factor * value for value in values if self._least <= value <= self._most]))
        return [next(written) if fits else "" for fits in possible]


def short(text: object, length: int = 14) -> str:
    """A name from data, fit for a tick: no control characters (XML allows none), and not too long."""
    clean = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign)[0] == "C" else sign for sign in str(text))
    return clean if len(clean) <= length else clean[: length - 1] + "…"
