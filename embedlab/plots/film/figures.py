"""What the film player (film.js) draws, as plain values, and the similarity of pairs over training as a figure."""

import base64
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from embedlab.models.training.film import Film
from embedlab.plots.style import DASHES, FRAME, PALETTE, SYMBOLS, Frame, escape, style

PLAYER = Path(__file__).with_name("film.js")
PLAYER_STYLE = Path(__file__).with_name("film.css")
LEAST_REACH = 0.4  # of an axis to either side of its middle: a random start is seen as the small heap it is


def film_data(film: Film, positions: np.ndarray, frames: Sequence[int], *, id: str) -> dict:
    """The JSON that the player takes: `positions` (len(frames), n_words, 2) and what was known at `frames` of `film`.

    One frame is watched live, and glides from the one before; several are played. id: equal for updates of one film.
    Positions travel as base64 of int16, `scale` being the largest value. `reach` is what the axes span to either side.
    """
    scale = float(np.abs(positions).max()) or 1.0
    small = np.round(positions / scale * 32767).astype("<i2")
    return {
        "id": id,
        "words": film.words,
        "done": [float(film.done[i]) for i in frames],
        "reach": reach(film, positions),
        "scale": scale,
        "positions": base64.b64encode(small.tobytes()).decode("ascii"),
        "probes": film.probes,
        "pairs": [list(pair) for pair in film.pairs],
        "neighbours": [[_listed(film, i, probe) for probe in film.probes] for i in frames],
        "similarities": [[round(float(s), 3) for s in film.similarities[i]] for i in frames],
        "palette": list(PALETTE),
    }


def reach(film: Film, positions: np.ndarray) -> list[float]:
    """Half the range of both axes, [x, y]: it holds all watched words at all times, and nearly all others."""
    watched = np.abs(positions[:, : len(film.probes)]).max(axis=(0, 1), initial=0)
    most = np.quantile(np.abs(positions), 0.997, axis=1).max(axis=0)
    return [float(span) for span in np.maximum(np.maximum(watched, most), [LEAST_REACH, LEAST_REACH / 2])]


def _listed(film: Film, frame: int, probe: str) -> list[list]:
    """[word, cosine, whether it is a newcomer] of the neighbours of a probe word at a frame."""
    new = film.newcomers(frame, probe)
    return [[word, cosine, int(word in new)] for word, cosine in film.neighbours[frame].get(probe, ())]


def pair_curves(
    film: Film, *, title: str = "Similarity of pairs", height: int = 300, dark: bool | None = None
) -> go.Figure:
    """The cosine of each pair over training; both axes stay as they are while training goes on."""
    figure = go.Figure()
    for i, (a, b) in enumerate(film.pairs):
        look = {"color": PALETTE[i % len(PALETTE)], "width": 2, "dash": DASHES[i // len(PALETTE) % len(DASHES)]}
        name = escape(f"{a} \u2013 {b}")
        figure.add_scatter(
            x=film.done,
            y=film.similarities[:, i],
            name=name,
            mode="lines+markers",
            line=look,
            marker={"size": 4, "symbol": SYMBOLS[i % len(SYMBOLS)]},
            hovertemplate="%{y:.3f}<extra>" + name + "</extra>",
        )
    style(figure, Frame(title, "Share of training done", "Cosine", height=height, dark=dark))
    low = min(-0.2, float(np.floor(film.similarities.min(initial=0) * 10) / 10))
    figure.update_xaxes(range=[-0.01, 1.01], tickformat=".0%", dtick=0.2, hoverformat=".0%")
    figure.update_yaxes(range=[low, 1.02], zeroline=True, zerolinecolor=FRAME, zerolinewidth=1)
    return figure.update_layout(showlegend=True, hovermode="x unified", legend_y=-0.3)
