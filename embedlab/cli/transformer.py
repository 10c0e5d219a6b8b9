"""Inside a transformer: the pieces of a sentence, what it fills in for hidden words, and the senses of a word."""

from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, app, open_lab, progress, show


@app.command()
def pieces(
    run: RUN,
    text: Annotated[str, typer.Argument(metavar="SENTENCE", help="A sentence, in quotes.", show_default=False)],
    home: HOME = None,
    as_json: JSON = False,
):
    """The pieces that a transformer reads of a sentence, and the word each is of."""
    from embedlab.explain.transformer import cut
    from embedlab.explain.transformer.attention import open_tokenizer

    found = open_lab(home).run(run)
    sentence, words = (
        cut(open_tokenizer(found), text, max_length=found.summary.get("notes", {}).get("max_length", 512)),
        text.split(),
    )
    show(
        [
            {"piece": piece, "word": words[i] if i >= 0 else None}
            for piece, i in zip(sentence.pieces, sentence.words, strict=True)
        ],
        as_json,
    )


@app.command()
def mask(
    run: RUN,
    text: Annotated[
        str, typer.Argument(help="A sentence with [MASK] where a word is to be filled in.", show_default=False)
    ],
    k: Annotated[int, typer.Option("-k", help="How many predictions.", min=1)] = 10,
    home: HOME = None,
    as_json: JSON = False,
):
    """What a masked language model fills in, after training and before it."""
    show(open_lab(home).fill(run, text, k=k), as_json)


@app.command()
def senses(
    run: RUN,
    word: str,
    groups: Annotated[
        int | None, typer.Option(help="How many groups (default: as parts them best).", min=1, max=20)
    ] = None,
    layer: Annotated[int | None, typer.Option(help="Layer of the transformer (default: the last).", min=0)] = None,
    limit: Annotated[int, typer.Option(help="Occurrences to read at most.", min=8)] = 2_000,
    home: HOME = None,
    as_json: JSON = False,
):
    """The senses of a word: its occurrences as a transformer reads them, in groups with what tells them apart."""
    with progress() as report:
        found = open_lab(home).senses(run, word, groups=groups, layer=layer, limit=limit, report=report)
    show(found, as_json)
