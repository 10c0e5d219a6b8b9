"""Recommendations: for a user or for somebody who chose some items; and scores of recommending."""

from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, app, open_lab, show


@app.command("recommend")
def recommend_command(
    run: RUN,
    user: Annotated[str | None, typer.Option(help="A user of the data.")] = None,
    chosen: Annotated[
        list[str] | None, typer.Option(help="An item that somebody chose, by title or id; may be repeated.")
    ] = None,
    k: Annotated[int, typer.Option("-k", help="How many items.")] = 10,
    home: HOME = None,
    as_json: JSON = False,
):
    """Recommend items to a user, or to somebody who chose some items; each with the choices that it rests on."""
    rows, said = open_lab(home).recommend(run, user=user, chosen=chosen or [], k=k)
    for sentence in said:
        typer.echo(sentence, err=True)
    show(rows if as_json else [_line(row) for row in rows], as_json)


def _line(row: dict, most: int = 3) -> dict:
    because = ", ".join(f"{each['title']} ({each['share']:.3g})" for each in row["because"][:most])
    return {"item": row["item"], "title": row["title"], "score": row["score"], "because you chose": because or "-"}


def check_split(split: str | None) -> None:
    """BadSetting unless it is a split, or none."""
    from embedlab.core.errors import BadSetting
    from embedlab.data.interactions.splits import SPLITS

    if split is not None and split not in SPLITS:
        raise BadSetting(f"There is no split {split!r}. Choose one of {', '.join(SPLITS)}.")


def show_recommendations(results: list, as_json: bool) -> None:
    """Scores of recommending, one line or object a measure, with the yardsticks beside it."""
    rows = [row for result in results for row in _measures(result)]
    if as_json:
        show(rows, True)
        return
    shown = ("metric", "score", "low", "high")
    show([{key: row[key] for key in shown} | row["baselines"] for row in rows], False)
    for result in results:
        typer.echo(result.note)


def _measures(result) -> list[dict]:
    split = result.held_out["split"]
    common = {"n_used": result.n_used, "n_total": result.n_total}
    return [
        {
            "benchmark": result.benchmark,
            "split": split,
            "metric": metric["name"],
            "score": metric["score"],
            "low": metric["low"],
            "high": metric["high"],
        }
        | common
        | {
            "baselines": {name: beside["score"] for name, beside in metric["beside"].items()},
            "leakage": result.held_out["leaked"],
            "about": metric["about"],
            "note": result.note,
        }
        for metric in result.metrics
    ]


def show_together(lab, run: str, items: tuple[str, str], as_json: bool) -> None:
    """Why two items are near, in numbers and in a sentence."""
    found = lab.chosen_together(run, *items)
    names = lab.run_interactions(lab.run(run)).vocabulary.words
    show(
        {
            "item": names[found.first],
            "other": names[found.second],
            "users": found.n_users,
            "chose_each": [found.by_first, found.by_second],
            "chose_both": found.by_both,
            "by_chance": round(found.by_chance, 4),
            "lift": round(found.lift, 4),
            "also": [
                {"item": names[i], "share": round(own, 4), "of_all": round(every, 4)} for i, own, every in found.also
            ],
            "sentence": found.sentence,
        },
        as_json,
    )
