"""Questions to a run: neighbours, analogies, search, why two words are near, what moved between two runs."""

from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, app, open_lab, progress, show, table
from embedlab.cli.recommending import show_together


@app.command()
def neighbours(
    run: RUN,
    word: str,
    k: Annotated[int, typer.Option("-k", help="How many.", min=1)] = 10,
    home: HOME = None,
    as_json: JSON = False,
):
    """The nearest words of a word by cosine, beside the mean cosine of two random words of the run."""
    from embedlab.models import family_of
    from embedlab.vectors.embedding import beside_random

    chosen = open_lab(home).run(run)
    found, random = chosen.embedding.neighbours(word, k=k), chosen.embedding.random_cosine
    rows = [{"word": n.word, "score": round(n.score, 6), "count": n.count} for n in found]
    if as_json:
        show([row | {"random_cosine": round(random, 6)} for row in rows], True)
        return
    show(rows, False)
    typer.echo(f"\n{beside_random(random, found[0].score if found else None)}")
    if note := family_of(chosen.spec.model).neighbours_note:
        typer.echo(note)


@app.command()
def analogy(
    run: RUN,
    a: str,
    b: str,
    c: str,
    k: Annotated[int, typer.Option("-k", help="How many.", min=1)] = 10,
    method: Annotated[str, typer.Option(help="add (3CosAdd) or mul (3CosMul).")] = "add",
    home: HOME = None,
    as_json: JSON = False,
):
    """A is to B as C is to which words? Below the answers: how far the first is ahead of the others."""
    from embedlab.explain.answer_gap import answer_gap

    found = open_lab(home).run(run).embedding.analogy(a, b, c, k=k, method=method)
    show([{"word": n.word, "score": round(n.score, 6), "count": n.count} for n in found], as_json)
    if not as_json and (gap := answer_gap(found)) is not None:
        typer.echo(f"\n{gap.text}")


@app.command()
def search(
    run: RUN,
    text: str,
    k: Annotated[int, typer.Option("-k", help="How many.", min=1)] = 10,
    home: HOME = None,
    as_json: JSON = False,
):
    """The documents nearest in meaning to a text; for transformer runs."""
    show(open_lab(home).search(run, text, k=k), as_json)


@app.command()
def why(
    run: RUN,
    word: str,
    other: str,
    k: Annotated[int, typer.Option("-k", help="How many shared contexts.", min=1)] = 10,
    window: Annotated[
        int | None, typer.Option(help="Words on either side (default: as the run was trained).", min=1)
    ] = None,
    home: HOME = None,
    as_json: JSON = False,
):
    """Why two words are near: the contexts they share in the corpus, and sentences. Of items: who chose both."""
    lab = open_lab(home)
    if lab.run(run).recommends:
        show_together(lab, run, (word, other), as_json)
        return
    with progress() as report:
        found = lab.why(run, word, other, window=window, k=k, report=report)
    rows = [
        {
            "context": c.word,
            "contribution": round(c.contribution, 6),
            "ppmi": [round(c.ppmi_a, 4), round(c.ppmi_b, 4)],
            "count": [c.count_a, c.count_b],
        }
        | ({"sentences": [c.example_a.text, c.example_b.text]} if as_json else {})
        for c in found.contexts
    ]
    head = {
        "word": found.a,
        "other": found.b,
        "learned_cosine": round(found.learned, 6),
        "random_cosine": round(found.random, 6),
        "context_cosine": round(found.cosine, 6),
        "window": found.window.size,
        "weighting": found.window.weighting,
        "shared": found.n_shared,
        "looked_at": found.looked_at,
        "together": found.n_together,
    }
    if as_json:
        show(head | {"contexts": rows, "sentences": [sentence.text for sentence in found.together]}, True)
        return
    show(head, False)
    typer.echo("")
    table(rows)
    for sentence in found.together:
        typer.echo(f"\n{sentence.text}", nl=False)
    typer.echo("")


@app.command()
def compare(
    run_a: RUN,
    run_b: RUN,
    k: Annotated[int, typer.Option("-k", help="How many neighbours of each word.", min=1)] = 10,
    top: Annotated[int, typer.Option(help="Show this many of the words that moved most.", min=1)] = 10,
    limit: Annotated[int, typer.Option(help="Compare this many of the most frequent common words.", min=2)] = 50_000,
    home: HOME = None,
    as_json: JSON = False,
):
    """What moved between two runs: the share of neighbours that words kept, and the words that moved most."""
    from embedlab.jobs.specs import same_but_seed

    lab = open_lab(home)
    a, b = lab.run(run_a), lab.run(run_b)
    with progress() as report:
        found = lab.compare(a, b, k=k, limit=limit, report=report)
    rows = [
        {
            "word": found.words[row],
            "overlap": round(float(found.overlap[row]), 6),
            "lost": found.lost(row),
            "gained": found.gained(row),
        }
        for row in found.order[:top].tolist()
    ]
    head = {
        "run_a": a.id,
        "run_b": b.id,
        "words": len(found),
        "k": found.k,
        "overlap": round(found.mean, 6),
        "random_baseline": round(found.baseline, 6),
        "random_cosine": [round(run.embedding.random_cosine, 6) for run in (a, b)],
        "noise_level": same_but_seed(a, b),
    }
    if as_json:
        show(head | {"movers": rows}, True)
        return
    show(head, False)
    typer.echo("")
    table([row | {side: row[side][:4] for side in ("lost", "gained")} for row in rows])
