"""Classifying texts by a trained classifier."""

from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, app, open_lab, show


@app.command()
def classify(
    run: RUN,
    texts: Annotated[
        list[str], typer.Argument(metavar="TEXT...", help="One text or several, each in quotes.", show_default=False)
    ],
    home: HOME = None,
    as_json: JSON = False,
):
    """The label of each text by a classifier run, with the probability of every label."""
    found = open_lab(home).classify(run, texts)
    if not as_json:
        for row in found:
            row["probabilities"] = ", ".join(
                f"{label} {share:.1%}" for label, share in list(row["probabilities"].items())[:8]
            )
            row["text"] = row["text"] if len(row["text"]) <= 60 else row["text"][:59] + "…"
    show(found, as_json)
