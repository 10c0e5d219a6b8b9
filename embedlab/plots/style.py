"""The look all figures share, on light and dark pages: transparent ground, quiet grid, colours all can tell apart."""

import html
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from embedlab.projections.colouring.colours import Colour

# Six colours that stay apart for readers with any common colour blindness and on white and near-black, after Okabe
# and Ito (2008). A seventh category starts over with another marker shape or line style.
PALETTE = ("#1F77C4", "#D55E00", "#009E73", "#C9489B", "#E69F00", "#56B4E9")
# Six more for the points of a map, where shapes are too small to tell apart, on light and dark pages. With each colour
# blindness the twelve keep as far from each other as those six do, and nearly so without (after Machado et al. 2009).
MORE = {
    False: ("#6A08BA", "#2B5409", "#4A200C", "#8D5956", "#15068A", "#7B165A"),
    True: ("#D2C9FC", "#6AFDC5", "#FAF170", "#545710", "#823C66", "#9EC39A"),
}
SYMBOLS = ("circle", "diamond", "square", "cross")
DASHES = ("solid", "dash", "dot", "dashdot")
GREY = "#8A8F98"
GRID = "rgba(128, 134, 145, 0.25)"
FRAME = "rgba(128, 134, 145, 0.6)"
# WebGL scenes ignore transparency in grid colours.
INK = {False: "#1f2430", True: "#eceef2"}
PAPER = {False: "#ffffff", True: "#0e1117"}
CLEAR = "rgba(0, 0, 0, 0)"
SEQUENTIAL = "Viridis"
# Viridis without the end that a ground of that colour would swallow; what stands out most is far from the ground.
VIRIDIS = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
FONT = 13
# The app's own face where it is there; labels are placed for Arial, which is wider.
FAMILY = '"Source Sans", "Source Sans 3", Arial, sans-serif'


@dataclass(frozen=True)
class Frame:
    """What surrounds the data of a chart.

    x, y: titles of the axes; height: in pixels; dark: sets the ink, None leaves it to the page's theme.
    """

    title: str
    x: str = ""
    y: str = ""
    subtitle: str = ""
    height: int = 420
    dark: bool | None = None


def style(figure: go.Figure, frame: Frame) -> go.Figure:
    """The same figure in the shared look, with the titles, the height and the ink of `frame`."""
    heading = {
        "text": escape(frame.title),
        "x": 0,
        "xref": "container",
        "xanchor": "left",
        "y": 0.98,
        "yref": "container",
        "yanchor": "top",
        "pad": {"l": 0, "t": 4},
        "font": {"size": FONT + 3, "weight": 600},
    }
    if frame.subtitle:
        heading["subtitle"] = {"text": escape(frame.subtitle), "font": {"size": FONT - 1}}
    figure.update_layout(
        title=heading,
        height=frame.height,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font={"size": FONT, "family": FAMILY},
        margin={"l": 8, "r": 16, "t": 72 if frame.subtitle else 52, "b": 8, "pad": 0},
        modebar={"bgcolor": CLEAR, "color": GREY, "activecolor": PALETTE[0]},
        hoverlabel={"font": {"size": FONT}},
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -0.16,
            "yanchor": "top",
            "font": {"size": FONT - 1},
        },
    )
    axis = {
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": FRAME,
        "showline": True,
        "ticks": "outside",
        "tickcolor": FRAME,
        "automargin": True,
        "exponentformat": "none",
        "separatethousands": True,
        "title": {"standoff": 8, "font": {"size": FONT}},
    }
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    figure.update_traces(
        selector={"type": "heatmap"}, colorbar={"title": {"font": {"size": FONT}}, "tickfont": {"size": FONT - 1}}
    )
    if frame.x:
        figure.update_xaxes(title_text=escape(frame.x))
    if frame.y:
        figure.update_yaxes(title_text=escape(frame.y))
    if frame.dark is not None:
        ink, paper = INK[frame.dark], PAPER[frame.dark]
        figure.update_layout(font_color=ink, title_font_color=ink, hoverlabel_bgcolor=paper, hoverlabel_font_color=ink)
    return figure


def category_look(i: int) -> tuple[str, str]:
    """(colour, marker symbol) of the i-th category: six colours, then the same ones in another shape."""
    return PALETTE[i % len(PALETTE)], SYMBOLS[i // len(PALETTE) % len(SYMBOLS)]


def point_look(i: int, *, dark: bool) -> tuple[str, str]:
    """(colour, marker symbol) of the i-th category of small points: twelve colours, and a new shape after every six."""
    colours = PALETTE + MORE[dark]
    return colours[i % len(colours)], SYMBOLS[i // len(PALETTE) % len(SYMBOLS)]


def category_looks(
    categories: Sequence[str], muted: Sequence[str] = (), *, dark: bool | None = None
) -> list[tuple[str, str]]:
    """(colour, marker symbol) of every category: the muted ones in grey, the others in the colours of the palette.

    dark: on which ground small points stand, which have twelve colours; None for six that suit both.
    """
    looks, shown, greys = [], 0, 0
    for name in categories:
        if name in muted:
            looks.append((GREY, ("circle", "diamond")[greys % 2]))
            greys += 1
        else:
            looks.append(category_look(shown) if dark is None else point_look(shown, dark=dark))
            shown += 1
    return looks


def point_scale(*, dark: bool, low_stands_out: bool = False) -> list[str]:
    """A perceptually even colour scale for points on a white or dark ground, from the lowest value to the highest."""
    scale = list(VIRIDIS[2:] if dark else reversed(VIRIDIS[:-2]))
    return scale[::-1] if low_stands_out else scale


def log_ticks(values: np.ndarray) -> tuple[list[float], list[str]]:
    """(positions, texts) of ticks for values on a log10 scale: the powers of ten within, or else both ends.

    Of more than five powers every second or third is written: long numbers would run into each other.
    """
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    ticks = [float(power) for power in range(math.ceil(low), math.floor(high) + 1)]
    ticks = ticks[:: math.ceil(len(ticks) / 5)] if ticks else ticks
    ticks = ticks if len(ticks) > 1 else sorted({low, high})
    return ticks, [f"{round(10**tick):,}" for tick in ticks]


def plain_ticks(colour: Colour) -> tuple[list[float], list[str]]:
    """(positions, texts) of ticks for a linear scale of numbers or dates: both ends and the middle."""
    low, high = colour.bounds
    places = [low, (low + high) / 2, high] if high > low else [low]
    if colour.form == "whole":
        places = sorted({float(round(place)) for place in places})
    if colour.form != "number":
        return places, [colour.write(place) for place in places]
    digits = 2 if high - low < 1000 else 0
    texts = [f"{place:.{digits}f}" for place in places]
    return places, [text.rstrip("0").rstrip(".") if "." in text else text for text in texts]


def escape(text: str) -> str:
    """Text that Plotly shows as it stands, whatever angle brackets a word may hold."""
    return html.escape(str(text), quote=False)


def shortened(text: str, width: int = 32) -> str:
    """The text, cut at a word if it is longer than a label should be."""
    if len(text) <= width:
        return text
    cut = textwrap.shorten(text, width, placeholder="\u2026")
    return cut if len(cut) > width // 2 else text[: width - 1] + "\u2026"


def label_font(size: float, dark: bool | None) -> dict:
    """A Plotly text font with a halo of the page's colour, readable over points; plain when the page is not known."""
    if dark is None:
        return {"size": size}
    paper = PAPER[dark]
    halo = ", ".join(f"{x}px {y}px 2px {paper}" for x, y in ((1, 1), (-1, -1), (1, -1), (-1, 1)))
    return {"size": size, "color": INK[dark], "shadow": halo}
