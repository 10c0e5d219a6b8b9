"""A list of near words or items to travel on."""

import streamlit as st

from embedlab.store.runs import Run
from embedlab.ui.neighbours.asked import WORD
from embedlab.ui.parts.frame import remember
from embedlab.ui.parts.near_list import Near, near_list
from embedlab.vectors.embedding import Neighbour


def travel(
    run: Run, found: list[Neighbour], *, key: str, notes: dict[str, str] | None = None, top: float | None = None
) -> None:
    """Words as a list of buttons, each with its score beside that of two random words; a click asks about that word.

    notes: remarks for some of them. top: the score of a full bar, None where scores are cosines; others have no mark.
    """
    rows = [
        Near(n.word, n.word, n.score / (top or 1.0), f"{n.score:.3f}", (notes or {}).get(n.word, "")) for n in found
    ]
    mark = run.embedding.random_cosine if top is None else None
    kind = "Items" if run.recommends else "Words"
    went = near_list(rows, key=f"travel_{key}", mark=mark, words=f"{kind} to go on to")
    if went is not None:
        remember(WORD, str(went))
        st.rerun(scope="fragment")
