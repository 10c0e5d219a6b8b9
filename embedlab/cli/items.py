"""Interactions, which are tables of who chose what: add, list, rename, delete."""

from pathlib import Path
from typing import Annotated

import typer

from embedlab.cli.plumbing import ENCODING, HEADER, HOME, JSON, SEPARATOR, UNDO, app, open_lab, progress, show

items_app = typer.Typer(help="Data sets of who chose what: add, list, rename, delete.", no_args_is_help=True)
app.add_typer(items_app, name="items")


@items_app.command("add")
def items_add(
    files: Annotated[list[str], typer.Argument(help="Tables of users and items, or the bundled set: tastes.")],
    name: Annotated[str | None, typer.Option(help="Name of the data set.")] = None,
    user_column: Annotated[str | None, typer.Option(help="Column that names the user; detected if not given.")] = None,
    item_column: Annotated[str | None, typer.Option(help="Column that names the item; detected if not given.")] = None,
    time_column: Annotated[str | None, typer.Option(help="Column that says when.")] = None,
    strength_column: Annotated[str | None, typer.Option(help="Column of ratings, or of how often.")] = None,
    threshold: Annotated[float | None, typer.Option(help="The least rating that counts as a choice.")] = None,
    titles: Annotated[
        Path | None, typer.Option(help="A second table that names the items, such as movies.csv.")
    ] = None,
    minimum_user: Annotated[int, typer.Option(help="Least number of choices of a user.")] = 1,
    minimum_item: Annotated[int, typer.Option(help="Least number of choices of an item.")] = 1,
    encoding: ENCODING = None,
    separator: SEPARATOR = None,
    header: HEADER = None,
    home: HOME = None,
    as_json: JSON = False,
):
    """Read tables of who chose what into a data set that every run can share."""
    from embedlab.data.interactions.columns import ItemColumns

    with progress() as report:
        added = open_lab(home).add_interactions(
            files[0] if len(files) == 1 else files,
            name=name,
            columns=ItemColumns(user_column, item_column, time_column, strength_column),
            titles=titles,
            threshold=threshold,
            minimum_user=minimum_user,
            minimum_item=minimum_item,
            encoding=encoding,
            separator=separator,
            header=header,
            report=report,
        )
    for sentence in [f"The first choice: {added.meta['sentence']}.", *added.meta["said"]]:
        typer.echo(sentence, err=True)
    show(_summary(added, report.seconds(), as_json), as_json)


@items_app.command("list")
def items_list(home: HOME = None, as_json: JSON = False):
    """List the data sets of items in the workspace."""
    rows = open_lab(home).interactions()
    show(
        [
            {
                "dataset": row["id"],
                "name": row["name"],
                "users": row["meta"]["n_users"],
                "items": row["meta"]["n_items"],
                "interactions": row["meta"]["n_interactions"],
            }
            for row in rows
        ],
        as_json,
    )


@items_app.command("rename")
def items_rename(dataset: str, name: str, home: HOME = None):
    """Give a data set of items another name."""
    lab = open_lab(home)
    lab.rename_corpus(_id(lab, dataset), name)


@items_app.command("delete")
def items_delete(dataset: str, undo: UNDO = False, home: HOME = None):
    """Delete a data set of items that no run needs."""
    lab = open_lab(home)
    lab.restore("interactions", dataset) if undo else lab.delete_corpus(_id(lab, dataset))


def _id(lab, key: str) -> str:
    """The id of a data set of items; BadInput for a corpus."""
    from embedlab.store.data_sets import INTERACTIONS, row_of

    return row_of(lab, key, INTERACTIONS)["id"]


def _summary(data, seconds: float, as_json: bool) -> dict:
    found = {
        "dataset": data.id,
        "users": data.n_users,
        "items": data.n_items,
        "interactions": data.n_interactions,
        "dropped": data.meta["dropped"],
        "columns": data.meta["columns"],
        "seconds": round(seconds, 3),
        "name": data.name,
    }
    return found | ({"sentence": data.meta["sentence"], "said": data.meta["said"]} if as_json else {})
