"""The map for paper: the same points, colours, legend and labels as on the screen, drawn by matplotlib."""

import io
from dataclasses import replace

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.plots.drawing import CENTRE, EYE, Drawing, axis_titles, groups, map_labels
from embedlab.plots.labels import Room, padded_ranges
from embedlab.plots.style import GREY, log_ticks, plain_ticks, point_scale, shortened
from embedlab.projections import PROJECTIONS, Projection
from embedlab.projections.colouring.colours import Colour
from embedlab.projections.sampling import drawn_sentence

FORMATS = ("png", "svg")
INCHES = (7.2, 6.2)
POINTS_PER_INCH = 72
LABEL_SIZE = 7
WIDER = 1.15  # DejaVu Sans runs wider than the fonts of browsers, for which label widths are reckoned
MARKERS = {"circle": "o", "diamond": "D", "square": "s", "cross": "P"}
FONTS = ("DejaVu Sans", "Noto Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Microsoft YaHei", "Arial Unicode MS")
ASIDE = {  # side of a label: (where it stands from its point, how its text is set)
    "middle right": ((1, 0), "left", "middle"),
    "middle left": ((-1, 0), "right", "middle"),
    "top center": ((0, 1), "center", "bottom"),
    "bottom center": ((0, -1), "center", "top"),
}


def static_map(projection: Projection, drawing: Drawing, *, format: str = "png", dpi: int = 300) -> bytes:
    """The map as the bytes of a PNG or SVG file on white. In SVG, text stays text."""
    if format not in FORMATS:
        raise BadSetting(f"A printed map is {' or '.join(FORMATS)}; got {format!r}.")
    drawing.check(projection)
    import matplotlib
    from matplotlib.figure import Figure

    drawing = replace(drawing, highlight=list(drawing.highlight))
    settings = {
        "svg.fonttype": "none",
        "svg.hashsalt": "embedlab",
        "font.family": _fonts(),
        "text.parse_math": False,
        "axes.unicode_minus": False,
    }
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=INCHES, layout="constrained")
        axes = figure.add_subplot(projection="3d" if projection.n_components == 3 else None)
        _draw_points(axes, projection, drawing)
        _set_axes(axes, projection)
        figure.suptitle(f"{projection.title} map", x=0.01, ha="left", fontsize=11)
        said = drawn_sentence(len(projection), projection.n_total, drawing.kind or projection.what)
        figure.text(0.01, 0.945, said, fontsize=8, va="top", color="#4a505c")
        figure.get_layout_engine().set(rect=(0, 0, 1, 0.94))
        figure.draw_without_rendering()
        _draw_labels(axes, projection, drawing, format)
        file = io.BytesIO()
        undated = {"Date": None} if format == "svg" else None
        figure.savefig(file, format=format, dpi=dpi, facecolor="white", metadata=undated)
    return file.getvalue()


def _draw_points(axes, projection: Projection, drawing: Drawing) -> None:
    n, colour = len(projection), drawing.colour
    area = 26 if n <= 300 else 14 if n <= 2_000 else 7 if n <= 10_000 else 3
    shared = {"s": area, "linewidths": 0, "alpha": 0.85, "rasterized": n > 20_000}
    columns = projection.coords.T
    if colour is not None and colour.kind == "numeric":
        _draw_numbers(axes, columns, colour, shared)
    else:
        for name, positions, ink, symbol, muted in groups(colour, n):
            look = shared | ({"alpha": 0.45} if muted else {})
            axes.scatter(*columns[:, positions], c=ink, marker=MARKERS[symbol], label=name or None, **look)
        if colour is not None:
            _draw_legend(axes, colour)
    hits = projection.positions(drawing.highlight)
    if len(hits):
        axes.scatter(*columns[:, hits], s=area * 4, facecolors="none", edgecolors="black", linewidths=1.2)


def _draw_numbers(axes, columns: np.ndarray, colour: Colour, shared: dict) -> None:
    """Points with a number in the colours of its scale, with a bar that explains it; those without in grey."""
    from matplotlib.colors import LinearSegmentedColormap

    gone = colour.missing
    if gone.any():
        axes.scatter(*columns[:, gone], c=GREY, **shared | {"alpha": 0.45})
    scale = LinearSegmentedColormap.from_list("points", point_scale(dark=False, low_stands_out=colour.low_stands_out))
    drawn = axes.scatter(*columns[:, ~gone], c=colour.values[~gone], cmap=scale, **shared)
    bar = axes.figure.colorbar(drawn, ax=axes, location="bottom", shrink=0.45, aspect=35, pad=0.02)
    bar.set_label(f"{colour.title} ({colour.unit})" if colour.unit else colour.title, fontsize=8)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=7)
    if colour.log or colour.form != "number":
        ticks, texts = log_ticks(colour.values) if colour.log else plain_ticks(colour)
        bar.set_ticks(ticks, labels=texts)


def _draw_legend(axes, colour: Colour) -> None:
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    names = [name for name in colour.categories if name in handles]
    axes.figure.legend(
        [handles[name] for name in names],
        names,
        title=colour.title,
        loc="outside lower left",
        ncols=3,
        fontsize=7,
        title_fontsize=8,
        frameon=False,
        markerscale=1.6,
        alignment="left",
    )


def _set_axes(axes, projection: Projection) -> None:
    titles, plain = axis_titles(projection), PROJECTIONS[projection.method].linear
    for axis, title in zip("xyz", titles, strict=False):
        getattr(axes, f"set_{axis}label")(title, fontsize=8)
        getattr(axes, f"{axis}axis").set_tick_params(labelsize=7)
        if not plain:
            getattr(axes, f"set_{axis}ticks")([])
    if projection.n_components == 3:
        sides = np.maximum(np.ptp(projection.coords, axis=0), 1e-9)
        axes.set_box_aspect(sides / sides.max(), zoom=1.15)
        axes.view_init(
            elev=np.degrees(np.arctan2(EYE[2] - CENTRE[2], np.hypot(*EYE[:2]))),
            azim=np.degrees(np.arctan2(EYE[1], EYE[0])),
        )
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_pane_color((1, 1, 1, 0))
        return
    x_range, y_range = padded_ranges(projection.coords)
    axes.set(xlim=x_range, ylim=y_range)
    axes.set_aspect("equal", adjustable="box")
    for side in axes.spines.values():
        side.set_color(GREY)
        side.set_linewidth(0.6)
    if plain:
        axes.grid(color=GREY, alpha=0.25, linewidth=0.5)


def _draw_labels(axes, projection: Projection, drawing: Drawing, format: str) -> None:
    """Labels placed for the size the axes have in print, in points of 1/72 inch.

    A halo sets them off in a PNG. In an SVG it would turn text into outlines, so there a pale ground does it.
    """
    from matplotlib.patheffects import withStroke

    halo = {"path_effects": [withStroke(linewidth=1.6, foreground="white", alpha=0.85)]}
    ground = {"bbox": {"boxstyle": "square,pad=0.08", "facecolor": "white", "edgecolor": "none", "alpha": 0.55}}
    box = axes.get_window_extent()
    scale = POINTS_PER_INCH / axes.figure.dpi
    points, flat = projection.coords, None
    if projection.n_components == 3:
        from mpl_toolkits.mplot3d import proj3d

        points = np.stack(proj3d.proj_transform(*points.T, axes.get_proj())[:2], axis=1)
        flat = (axes.transData.transform(points) - [box.x0, box.y0]) * scale
    room = Room(int(box.width * scale), int(box.height * scale), LABEL_SIZE * WIDER)
    for label in map_labels(projection, drawing, room, flat=flat):
        (dx, dy), horizontal, vertical = ASIDE[label.side]
        vertical = vertical.replace("middle", "center")
        axes.annotate(
            shortened(drawing.texts[label.index]),
            points[label.index][:2],
            xytext=(4 * dx, 4 * dy),
            textcoords="offset points",
            ha=horizontal,
            va=vertical,
            fontsize=LABEL_SIZE,
            color="#1f2430",
            annotation_clip=False,
            **ground if format == "svg" else halo,
        )


def _fonts() -> list[str]:
    """Those of FONTS that this machine has: the first that knows a character draws it."""
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return [name for name in FONTS if name in there] or ["sans-serif"]
