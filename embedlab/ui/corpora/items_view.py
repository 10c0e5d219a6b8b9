"""Looking at interactions: sizes, the first choice in words, what was left out, the long tail, the top items."""

import pandas as pd
import streamlit as st

from embedlab import plots
from embedlab.core.sizes import count_of
from embedlab.data.interactions.bundled import BUNDLED_ITEMS
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.popularity import choices_per_user, most_chosen, period_of, tail_of
from embedlab.data.interactions.values import day_of
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.delete import Removal, ask, delete_button
from embedlab.ui.parts.frame import dark, link, metrics
from embedlab.ui.parts.reading import show_sentences
from embedlab.ui.parts.text import plain

SHOWN = 200  # items in the table


def show(here: Workspace, data: Interactions) -> None:
    """One data set of who chose what, seen from several sides."""
    head(here, data)
    views = {"Items": items, "What was read": reading}
    view = st.segmented_control(
        "Side",
        list(views),
        default="Items",
        required=True,
        key="items_side",
        label_visibility="collapsed",
        persist_state="session",
    )
    views[view](data)


def head(here: Workspace, data: Interactions) -> None:
    """The first choice in words, sizes, rename and delete."""
    st.subheader(plain(data.meta.get("sentence", "")), anchor=False)
    period = period_of(data)
    days = [day_of(moment) for moment in period] if period else []
    about = next((each.about for each in BUNDLED_ITEMS.values() if each.title == data.name), None)
    files = about or f"From {plain(', '.join(data.meta.get('sources', [])[:3]))}."
    st.caption(files + (f" Choices from {days[0]} to {days[1]}." if days and all(days) else ""))
    metrics(
        ("Users", f"{data.n_users:,}"),
        ("Items", f"{data.n_items:,}"),
        ("Choices", f"{data.n_interactions:,}", "A user and an item count once."),
        ("Choices per user", f"{choices_per_user(data):,}", "The median."),
        ("Left out", f"{sum(data.meta['dropped'].values()):,}", "Rows of the files that are no choice of this set."),
    )
    users = here.runs(corpus_id=data.id)
    removal = Removal(
        "interactions",
        data.id,
        data.name,
        "The file it was read from is not touched.",
        lambda: here.delete_corpus(data.id),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        link("pages/train.py", "Train on these choices", icon=":material/model_training:")
        with st.popover("Rename", icon=":material/edit:"):
            name = st.text_input("Name", data.name, key=f"rename_{data.id}")
            st.button(
                "Rename",
                on_click=here.rename_corpus,
                args=(data.id, name),
                disabled=not name.strip() or name == data.name,
            )
        uses = f"{count_of(len(users), 'run')} {'uses' if len(users) == 1 else 'use'} this data set. Delete them first."
        delete_button(removal, disabled=bool(users), why=uses if users else None)
    ask(removal)


def items(data: Interactions) -> None:
    """The long tail as a chart and in numbers, and the most chosen items with what is known of them."""
    left, right = st.columns([3, 2], gap="large")
    tail = tail_of(data)
    left.plotly_chart(
        plots.long_tail(tail.items, tail.choices, dark=dark()), key="long_tail", config={"displayModeBar": False}
    )
    right.markdown(tail.sentence())
    right.dataframe(
        pd.DataFrame(tail.marks, columns=["Most chosen", "Items", "Share of choices"]),
        hide_index=True,
        alt="Share of choices of the most chosen items",
        column_config={
            "Most chosen": st.column_config.NumberColumn(format="percent", help="Share of all items."),
            "Share of choices": st.column_config.NumberColumn(format="percent"),
        },
    )
    st.dataframe(
        pd.DataFrame(most_chosen(data, SHOWN)),
        hide_index=True,
        height=420,
        alt="The most chosen items",
        column_config={
            "Choices": st.column_config.NumberColumn(format="localized"),
            "Share of users": st.column_config.NumberColumn(format="percent"),
        },
    )


def reading(data: Interactions) -> None:
    """How the files were read, and what was left out and why."""
    dropped = pd.DataFrame(list(data.meta["dropped"].items()), columns=["Left out because", "Rows"])
    if len(dropped):
        st.dataframe(dropped, hide_index=True, alt="Rows that were left out, by reason")
    else:
        st.caption("No row was left out.")
    show_sentences(data.meta.get("said", ()))
