"""Maps of a run."""

from pathlib import Path
from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, SEED, app, open_lab, pair, progress, show
from embedlab.core.errors import BadInput, BadSetting


@app.command("map")
def map_command(
    run: RUN,
    method: Annotated[str, typer.Option(help="pca, tsne or umap.")] = "umap",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=".html, .csv, .png or .svg file, or a .zip for the Embedding Projector."),
    ] = None,
    dims: Annotated[int, typer.Option(help="2 or 3.")] = 2,
    limit: Annotated[int, typer.Option(help="Draw this many of the most frequent.")] = 5000,
    seed: SEED = 1,
    what: Annotated[str, typer.Option(help="words or documents; for choices, items or users.")] = "words",
    colour: Annotated[
        str | None,
        typer.Option(
            help="region, frequency, cluster, label, pos, kept, seeds, distance, or a column of the documents' table."
        ),
    ] = None,
    target: Annotated[str, typer.Option(help="The word that --colour distance is measured to.")] = "",
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="Write only points that meet a condition on an attribute, as in --only label=royal or --only "
            '"year>=1990". Can be repeated: values of one attribute are alternatives, other conditions all hold.',
        ),
    ] = None,
    place: Annotated[
        list[str] | None,
        typer.Option(
            "--place",
            help="A word that is not drawn, or a text on a map of documents: tells where it stands. Can be repeated.",
        ),
    ] = None,
    set: Annotated[list[str] | None, typer.Option("--set", help="A setting, as in --set perplexity=50.")] = None,
    home: HOME = None,
    as_json: JSON = False,
):
    """Project a run to two or three dimensions, and draw or save the map."""
    from embedlab.core.settings import parse
    from embedlab.lab.map_files import MAP_FILES
    from embedlab.projections import PROJECTIONS
    from embedlab.store.items import what_of

    lab = open_lab(home)
    chosen, what = lab.run(run), what_of(what)
    if output is not None and output.suffix not in MAP_FILES:
        raise BadInput(f"A map is written as {', '.join(MAP_FILES)}; got {output.name!r}. Choose one of these endings.")
    if method not in PROJECTIONS:
        raise BadSetting(f"There is no projection {method!r}. Choose one of {', '.join(PROJECTIONS)}.")
    if (colour == "distance") != bool(target):
        raise BadSetting("--colour distance and --target WORD go together; give both or neither.")
    settings = parse(PROJECTIONS[method].config, dict(pair(item) for item in set or []))
    with progress() as report:
        made = lab.map(chosen, method, what=what, dims=dims, limit=limit, seed=seed, report=report, **settings)
    shown = None
    if output is not None:
        shown = lab.write_map(chosen, made, output, colour=colour, target=target, only=only or ())
    elif only or colour:
        raise BadSetting("--only and --colour say how a file is drawn. Name the file with -o.")
    placed = lab.place(chosen, place, method, what=what, dims=dims, limit=limit, seed=seed, **settings) if place else []
    show(
        {
            "run": chosen.id,
            "method": method,
            "dims": dims,
            "drawn": len(made.ids),
            "total": made.n_total,
        }
        | ({"shown": shown} if only else {})
        | {
            "scores": made.scores,
            "file": str(output) if output else None,
        }
        | ({"placed": placed} if place else {}),
        as_json,
    )


@app.command()
def tag(
    run: RUN,
    name: Annotated[str | None, typer.Argument(help="Name of the tag; without one the tags are listed.")] = None,
    words: Annotated[list[str] | None, typer.Argument(help="The words to mark; numbers with --documents.")] = None,
    documents: Annotated[bool, typer.Option("--documents", help="Mark documents, numbered from 0.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the tag.")] = False,
    home: HOME = None,
    as_json: JSON = False,
):
    """Name a group of words or documents of a run: maps colour, filter and export by the column "tag"."""
    from embedlab.store.tags import forget_tag

    lab = open_lab(home)
    chosen, what = lab.run(run), "documents" if documents else "words"
    if remove:
        if name is None:
            raise BadInput("Which tag is to be removed? Give its name.")
        forget_tag(chosen, what, name)
    elif name is not None:
        lab.tag(chosen, name, words or [], what=what)
    show([{"tag": tag.name, "points": len(tag.rows)} for tag in lab.tags(chosen, what=what)], as_json)
