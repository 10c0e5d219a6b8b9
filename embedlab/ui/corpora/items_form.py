"""Adding interactions: a table of who chose what, its columns, a threshold for ratings, and the job for it."""

from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from embedlab import jobs
from embedlab.core.errors import EmbedLabError
from embedlab.core.sizes import count_of, duration
from embedlab.data.interactions.build import around, middle_of
from embedlab.data.interactions.bundled import BUNDLED_ITEMS
from embedlab.data.interactions.columns import ItemColumns
from embedlab.data.interactions.reading import HowToRead, ItemPreview, preview, read_choices
from embedlab.data.reading.options import ReadOptions
from embedlab.store.workspace import Workspace
from embedlab.ui.corpora.form import place, spool
from embedlab.ui.parts.begin import train_and_watch
from embedlab.ui.parts.frame import link, remember
from embedlab.ui.parts.reading import reading_choices, show_sentences
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch

TYPES = "csv tsv txt dat data item base test inter jsonl json parquet xlsx ods xls zip gz bz2 xz".split()
HELP = {
    "user": "Who chose: a person, a customer, a session.",
    "item": "What was chosen: a film, a product, an artist.",
    "time": "When. Models are then judged by what was chosen later.",
    "strength": "A rating, or how often. Ratings are used for the threshold below; counts are kept.",
}


@dataclass(frozen=True)
class Upload:
    """Files put aside on disk: id of the folder, the tables of choices, and the table of titles in a list."""

    id: str
    files: list[dict]
    titles: list[dict]

    @property
    def paths(self) -> tuple[tuple[Path, str], ...]:
        return tuple((Path(file["path"]), file["name"]) for file in self.files)


def add(here: Workspace) -> None:
    """The whole form, from files to a watched job."""
    if watched(here):
        return
    upload = uploaded(here)
    if upload is None:
        bundled(here)
        return
    with st.expander("How the file is read", icon=":material/table_view:"):
        said = reading_choices(f"items_reading_{upload.id}")
        told = st.container()
    try:
        columns = chosen_columns(upload, said, told)
        if columns is None:
            return
        keeping = what_is_kept(upload, HowToRead(columns, said))
    except EmbedLabError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    name = st.text_input("Name of the data set", placeholder=upload.files[0]["name"], key="items_name")
    spec = {
        "files": upload.files,
        "titles": upload.titles,
        "upload": upload.id,
        "name": name or None,
        "reading": said.to_dict(),
    }
    st.button(
        "Add",
        type="primary",
        icon=":material/add:",
        on_click=_start,
        args=(here, spec | columns.options() | keeping),
    )


def _start(here: Workspace, spec: dict) -> None:
    """Hand the table to the workers; a callback, so that the job is what the page shows first."""
    title = spec.get("name") or (spec["files"][0]["name"] if "files" in spec else BUNDLED_ITEMS[spec["bundled"]].title)
    st.session_state["adding_items"] = jobs.start(here, "interactions", spec, title=title)
    st.session_state.pop("upload", None)


def watched(here: Workspace) -> bool:
    """Whether a data set of this session is being read, or has just been added; shows it."""
    id = st.session_state.get("adding_items")
    if not id:
        return False
    job = watch(id)
    if job.status == "done":
        facts = job.result
        remember("corpus", facts["dataset"])
        st.subheader(plain(facts["sentence"]), anchor=False)
        st.success(
            f"{count_of(facts['users'], 'user')}, {count_of(facts['items'], 'item')}, "
            f"{count_of(facts['interactions'], 'choice')}, read in {duration(facts['seconds'])}.",
            icon=":material/check_circle:",
        )
        with st.container(horizontal=True):
            if st.button("Train on it now", type="primary", icon=":material/play_arrow:", key="train_items_now"):
                train_and_watch(here, here.data_set(facts["dataset"]))
            link("pages/train.py", "Choose settings first", icon=":material/tune:")
        show_sentences(facts.get("said", ()))
    if job.status in ("failed", "interrupted"):
        st.caption("Nothing was added. Choose the files again, with other columns or minimums.")
    if not job.active:
        st.button("Add another data set", on_click=st.session_state.pop, args=("adding_items",))
    return True


def bundled(here: Workspace) -> None:
    """A button for each bundled set that is not here yet."""
    have = {row["name"] for row in here.interactions()}
    for key, each in BUNDLED_ITEMS.items():
        if each.title in have:
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{each.title}** {each.about}", width="stretch")
            st.button(
                f"Add {each.title}",
                key=f"bundled_{key}",
                icon=":material/download:",
                on_click=_start,
                args=(here, {"bundled": key}),
            )


def uploaded(here: Workspace) -> Upload | None:
    """The files the user chose, put aside on disk; None while there are none."""
    left, right = st.columns(2, gap="large")
    files = left.file_uploader(
        "Tables of choices",
        type=TYPES,
        accept_multiple_files=True,
        key="items_files",
        help="One choice a row: a user, an item, and perhaps a time and a rating or count. Or one session a line. "
        "Files above 2 GB: embedlab items add FILE.",
    )
    titles = right.file_uploader(
        "Titles of the items",
        type=TYPES,
        key="items_titles",
        help="Optional: a second table that names the items by their id, such as u.item or movies.csv. Its other "
        "columns colour and filter the map.",
    )
    if not files:
        st.caption("Nothing leaves this computer. Several files become one data set.")
        return None
    every = [*files, *([titles] if titles else [])]
    stored = spool(here, [(file.name, file.file_id, file.getbuffer) for file in every])
    return Upload(stored["id"], stored["files"][: len(files)], stored["files"][len(files) :])


@st.cache_data(max_entries=32, show_spinner=False)
def _look(path: str, name: str, how: HowToRead) -> ItemPreview:
    return preview([(Path(path), name)], how.columns, how.options)


@st.cache_data(max_entries=4, show_spinner="Counting the ratings")
def _strengths(paths: tuple, how: HowToRead):
    """The strengths of all choices if they look like ratings, else None."""
    found = read_choices(list(paths), how)
    return found.rows.strength if found.rated else None


def chosen_columns(upload: Upload, said: ReadOptions, told) -> ItemColumns | None:
    """The columns as detected or chosen, under the first choice in words; None until users and items are known.

    told: where it stands how the file was understood.
    """
    file, key = upload.files[0], f"items_{upload.id}_{said.separator}_{said.header}"
    first = _look(file["path"], file["name"], HowToRead(options=said))
    chosen = {role: st.session_state.get(f"{key}_{role}") for role in HELP}
    asked = ItemColumns(**chosen)
    shown = _look(file["path"], file["name"], HowToRead(asked, said)) if asked.named and _apart(asked) else first
    with told:
        show_sentences(shown.reading.sentences())
    st.subheader(plain(shown.sentence) or "Which column is which?", anchor=False)
    st.dataframe(
        pd.DataFrame(shown.rows, columns=list(shown.columns)), hide_index=True, alt="The first five rows of the table"
    )
    if shown.layout != "table":
        return ItemColumns()
    detected = asdict(first.detected) if first.detected else dict.fromkeys(HELP)
    found = _boxes(list(shown.columns), detected, key)
    if shown.problem and not (found.user and found.item):
        st.warning("Choose the column of users and the column of items.", icon=":material/warning:")
        return None
    if not _apart(found):
        st.warning("Each column can hold one part of a choice. Choose another column.", icon=":material/warning:")
        return None
    return found


def _apart(columns: ItemColumns) -> bool:
    return len(columns.named) == len(columns.roles())


def _boxes(columns: list[str], detected: dict, key: str) -> ItemColumns:
    """A box for each part of a choice, set to what is detected."""
    cells, found = st.columns(len(HELP)), {}
    for cell, (role, sentence) in zip(cells, HELP.items(), strict=True):
        found[role] = cell.selectbox(
            role.capitalize(),
            columns,
            index=place(columns, detected.get(role)),
            placeholder="none",
            key=f"{key}_{role}",
            help=sentence,
        )
    return ItemColumns(**found)


def what_is_kept(upload: Upload, how: HowToRead) -> dict:
    """The threshold of ratings with the counts on either side, and the least number of choices."""
    strengths = _strengths(upload.paths, how)
    threshold = None
    if strengths is not None:
        threshold = _threshold(strengths)
    left, right = st.columns(2)
    users = left.number_input("Least choices of a user", 1, 1_000, 1, key="items_minimum_user")
    items = right.number_input("Least choices of an item", 1, 1_000, 1, key="items_minimum_item")
    return {"threshold": threshold, "minimum_user": int(users), "minimum_item": int(items)}


def _threshold(strengths) -> float | None:
    """The least rating that counts as a choice; None for the lowest, which keeps all."""
    low, high = float(strengths.min()), float(strengths.max())
    step = 1.0 if not (strengths % 1).any() else 0.5 if not (strengths % 0.5).any() else 0.1
    level = st.slider(
        "The least rating that counts as a choice",
        low,
        high,
        low,
        step,
        key="items_threshold",
        help=f"The middle of the scale is {middle_of(strengths):g}.",
    )
    below, above = around(strengths, level)
    st.caption(f"{below:,} ratings below {level:g} are left out, {above:,} at it or above are choices.")
    return None if level == low else float(level)
