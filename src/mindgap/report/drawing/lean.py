"""Lean SVG: the same picture in about half the characters, for pages that hold many."""

import re

from mindgap.report.drawing.style import SHOWN_FONTS

_FONT = f"font-family: {SHOWN_FONTS}; "
_STYLE = '<style type="text/css">'


def lean(svg: str) -> str:
    """What `style.svg` wrote without what no reader of a page sees: hundredths of a point are exact enough."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(r"<[^>]*>", _tag, svg).replace(_STYLE, f"{_STYLE}text{{{_FONT}}}", 1)
    return re.sub(r"\s*\n\s*", " ", re.sub(r">\s*\n\s*<", "><", svg))


def _tag(found: re.Match[str]) -> str:
    tag = found[0].replace(_FONT, "")
    if tag.startswith("<g "):
        tag = re.sub(r' id="[^"]*"', "", tag)  # what is referred to stands in <defs>, and is no group
    tag = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", tag)
    return re.sub(r"(?<![\w.#])\d+\.\d{3,}(?![\w.])", _short, tag)


def _short(number: re.Match[str]) -> str:
    value = float(number[0])
    return f"{value:.2f}".rstrip("0").rstrip(".") if value >= 1 else f"{value:.3g}"
