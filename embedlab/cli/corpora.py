"""Corpora: add, list, rename, delete."""

from typing import Annotated

import typer

from embedlab.cli.plumbing import ENCODING, HEADER, HOME, JSON, SEPARATOR, UNDO, app, open_lab, pair, progress, show

corpus_app = typer.Typer(help="Corpora: add, list, rename, delete.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")


@corpus_app.command("add")
def corpus_add(
    files: Annotated[list[str], typer.Argument(help="Files, or a bundled corpus: lee, enwiki, polarity.")],
    name: Annotated[str | None, typer.Option(help="Name of the corpus.")] = None,
    text_column: Annotated[str | None, typer.Option(help="Column of a table that holds the text.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of a table that holds a label.")] = None,
    pair_column: Annotated[str | None, typer.Option(help="Column with a second text of the same meaning.")] = None,
    negative_column: Annotated[
        str | None, typer.Option(help="Column with a third text that means something else.")
    ] = None,
    score_column: Annotated[
        str | None, typer.Option(help="Column that says how alike text and second text are.")
    ] = None,
    encoding: ENCODING = None,
    separator: SEPARATOR = None,
    header: HEADER = None,
    quotes: Annotated[
        bool | None, typer.Option("--quotes/--no-quotes", help="Whether quotation marks enclose cells.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a spreadsheet.")] = None,
    set: Annotated[list[str] | None, typer.Option("--set", help="Preprocessing, as in --set lowercase=false.")] = None,
    home: HOME = None,
    as_json: JSON = False,
):
    """Encode files into a corpus that every run can share."""
    from embedlab.core.settings import parse
    from embedlab.data.reading.reading import second_name, sentences_of
    from embedlab.data.tokens.preprocess import Preprocessing

    preprocessing = parse(Preprocessing, dict(pair(item) for item in set or []))
    with progress() as report:
        added = open_lab(home).add_corpus(
            files[0] if len(files) == 1 else files,
            name=name,
            preprocessing=preprocessing,
            text_column=text_column,
            label_column=label_column,
            pair_column=pair_column,
            negative_column=negative_column,
            score_column=score_column,
            encoding=encoding,
            separator=separator,
            header=header,
            quotes=quotes,
            sheet=sheet,
            report=report,
        )
    for sentence in [
        *sentences_of(added.readings),
        *second_name(added.name, name),
        *added.meta.get("language", []),
    ]:
        typer.echo(sentence, err=True)
    show(_corpus_summary(added, report.seconds(), as_json), as_json)


@corpus_app.command("list")
def corpus_list(home: HOME = None, as_json: JSON = False):
    """List the corpora of the workspace."""
    rows = open_lab(home).corpora()
    show(
        [
            {
                "corpus": row["id"],
                "name": row["name"],
                "documents": row["meta"]["n_documents"],
                "tokens": row["meta"]["n_tokens"],
                "types": row["meta"]["n_types"],
            }
            for row in rows
        ],
        as_json,
    )


@corpus_app.command("rename")
def corpus_rename(corpus: str, name: str, home: HOME = None):
    """Give a corpus another name."""
    open_lab(home).rename_corpus(corpus, name)


@corpus_app.command("delete")
def corpus_delete(corpus: str, undo: UNDO = False, home: HOME = None):
    """Delete a corpus that no run needs."""
    lab = open_lab(home)
    lab.restore("corpus", corpus) if undo else lab.delete_corpus(corpus)


def _corpus_summary(corpus, seconds: float, as_json: bool) -> dict:
    found = {
        "corpus": corpus.id,
        "name": corpus.name,
        "documents": corpus.n_documents,
        "tokens": corpus.n_tokens,
        "types": corpus.n_types,
        "seconds": round(seconds, 3),
        "language": corpus.meta.get("language", []),
    }
    if as_json:
        found |= {"also": corpus.meta.get("also", []), "reading": [one.to_dict() for one in corpus.readings]}
    return found
