"""Pages: how templates become HTML, in which whatever comes from data or params is escaped."""

from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mindgap.report import numbers
from mindgap.report.drawing.lean import lean

_TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    """Where templates are looked up, with the filters that write numbers."""
    pages = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (numbers.percent, numbers.decimal, numbers.like, numbers.count, numbers.setting, numbers.significant)
    pages.filters |= {function.__name__: function for function in filters}
    return pages


def inlined(svg: str) -> str:
    """A figure as a data address: as an image it can neither run scripts nor change the page's style."""
    return f"data:image/svg+xml,{quote(lean(svg), safe=' !()*+,-./:;=?@_{}')}"
