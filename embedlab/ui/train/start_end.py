"""What a fine-tune changed: its scores before and after, and the way to both maps; and how it was trained."""

import streamlit as st

from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.ui.parts.text import plain

HELP = (
    "Start and end are scored by the same evaluator on the same held-out data. Intervals are 95 %. Sentences from "
    "elsewhere are the same for every run: they show what learning this corpus costs on other text."
)
LOWER = ("perplexity", "loss")  # metrics of which less is better
CHANGES = " A change whose interval holds 0 cannot be told from chance."


def start_end(run: Run, *, key: str) -> None:
    """A table of scores at the start and the end of training, and a button to both maps; nothing for other runs."""
    rows = run.summary.get("notes", {}).get("start_end") or []
    if rows:
        changes = any("difference" in row for row in rows)
        heads = ["Score", "Before", "After", *(["Change"] if changes else []), "Verdict"]
        cells = [heads, ["---"] * len(heads), *(_row(row, changes) for row in rows)]
        lines = [f"| {' | '.join(row)} |" for row in cells]
        st.markdown("**Before and after training**", help=HELP)
        st.markdown("\n".join(lines))  # whose cells wrap where it is narrow
        st.caption("Beside each score its 95 % interval." + (CHANGES if changes else ""))
        _verdicts(rows)
    if run.before("words") is not None and st.button("See both maps", icon=":material/compare:", key=f"{key}.both"):
        began = run.began()
        st.session_state["compare.left"], st.session_state["compare.right"] = began.id, run.id
        st.session_state["compare.left.method"] = st.session_state["compare.right.method"] = "umap"
        st.session_state["compare_at_once"] = True
        st.switch_page("pages/compare.py")


def how_trained(run: Run) -> None:
    """A caption on precision, device, length and encoding; nothing for runs that note none of them."""
    if said := family_of(run.spec.model).how_trained(run.summary.get("notes", {}), run.spec.config):
        st.caption(plain(said))


def _verdicts(rows: list[dict]) -> None:
    """The sentences of the scores that have one, as warnings where training made them worse."""
    for row in rows:
        if "verdict" in row:
            if row.get("worse"):
                st.warning(plain(row["verdict"]), icon=":material/warning:")
            else:
                st.caption(plain(row["verdict"]))


def _row(row: dict, changes: bool) -> list[str]:
    name = row["evaluator"] if row["metric"] in row["evaluator"] else f"{row['evaluator']} ({row['metric']})"
    name = name[:1].upper() + name[1:]
    measured = f":small[{plain(row['on'])}, n = {row['n']:,}]"
    change = [_value(row["difference"], sign="+") if "difference" in row else ""] if changes else []
    return [f"{plain(name)} {measured}", _value(row["start"]), _value(row["end"]), *change, verdict(row)]


def verdict(row: dict) -> str:
    """Whether training changed a score: better, worse, or not told apart from chance; "" where no interval is known.

    By the interval of the difference where it was measured on the same items, else by whether both intervals overlap.
    """
    if len(row.get("difference", ())) == 3:
        low, high = row["difference"][1:]
    elif all(len(row[when]) == 3 and None not in row[when] for when in ("start", "end")):
        low, high = row["end"][1] - row["start"][2], row["end"][2] - row["start"][1]
    else:
        return ""
    up, down = ("worse", "better") if row["metric"] in LOWER else ("better", "worse")
    return f"**{up}**" if low > 0 else f"**{down}**" if high < 0 else "not told apart"


def _value(found: list, sign: str = "") -> str:
    score, low, high = (*(None if x is None else _number(x, sign) for x in found), None, None)[:3]
    return score if low is None or high is None else f"{score} :small[{low} to {high}]"


def _number(value: float, sign: str) -> str:
    """With three decimals where all can count, without any from a hundred on."""
    return f"{value:{sign},.{0 if abs(value) >= 100 else 3}f}"
