"""The one word that all questions are about: typed in a box with suggestions, kept between them and in the address.

Other boxes of words keep what was typed as well; a word that a run does not know is answered with words to click.
"""

from collections.abc import Callable, Iterable

import streamlit as st

from embedlab.core.errors import BadInput, UnknownWord
from embedlab.data.corpus import Corpus
from embedlab.data.spelling import spelled
from embedlab.store.runs import Run
from embedlab.ui.neighbours import begin
from embedlab.ui.parts.frame import recall, remember
from embedlab.ui.parts.loaded import choices_behind
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.word_box import BoxLook, word_box, words_file
from embedlab.vectors.embedding import Embedding

WORD = "word"  # in the state of the session and in the address
OF_ITEMS = "word_of_items"  # whether the word is an item


@st.cache_resource(max_entries=4, show_spinner=False)
def known_words(run_id: str, finished: str | None, _run: Run) -> bytes:
    """The file that the boxes of a run suggest from."""
    return words_file(_run.embedding.words)


def one_word(run: Run, corpus: Corpus | None) -> str:
    """The word in the box at the top, in the spelling of the run or else of the corpus; as it was typed in neither.

    Where a run of items is chosen after one of words, or the other way round, the box begins anew.
    """
    offered = begin.offered(run.embedding)
    now = recall(WORD) or offered[0]
    if st.session_state.get(OF_ITEMS, run.recommends) != run.recommends and item_of(run, now) not in run.embedding:
        now = offered[0]
    st.session_state[OF_ITEMS] = run.recommends
    label = "Item" if run.recommends else "Word"
    typed = word_box(label, key="ask_word", words=known_words(run.id, run.finished, run), value=now).strip()
    word = item_of(run, typed or now) if run.recommends else as_known(run.embedding, corpus, typed or now)
    if word != st.session_state.get(WORD):
        remember(WORD, word)
    elif st.query_params.get(WORD) != word:
        st.query_params[WORD] = word
    _chips([each for each in offered if each != word], _choose, "Or ask about", key="offered")
    return word


def as_known(embedding: Embedding, corpus: Corpus | None, word: str) -> str:
    """A word in the spelling of the run, such as "king" for "King" and "new_york" for "New York"."""
    for ids, words in ((embedding.ids, embedding.words), *(_of_corpus(corpus))):
        row = spelled(word, ids)
        if row is not None:
            return words[row]
    return word


def item_of(run: Run, name: str) -> str:
    """An item in the spelling of the run, by title or id, upper and lower case being one; as typed where none fits."""
    data, known = choices_behind(run), as_known(run.embedding, None, name)
    if known in run.embedding.ids or data is None:
        return known
    try:
        return data.vocabulary.words[data.item(name)]
    except UnknownWord:
        return name


def _of_corpus(corpus: Corpus | None) -> Iterable[tuple]:
    return [] if corpus is None else [(corpus.vocabulary.ids, corpus.vocabulary.words)]


def _choose(word: str) -> None:
    remember(WORD, word)


def kept_box(label: str, run: Run, *, key: str, default: str, several: bool = False) -> str:
    """What was typed in a box of its own, or clicked among its suggestions; `default` until then.

    key: names it in the state of the session, so that it is there again when the page is.
    """
    now = st.session_state.get(key) or default
    look = BoxLook(several=several)
    typed = word_box(label, key=f"box_{key}", words=known_words(run.id, run.finished, run), value=now, look=look)
    if typed.strip() and typed != now:
        st.session_state[key] = typed
    return typed.strip() or now


def listed_words(run: Run, text: str) -> list[str]:
    """The words of a list with commas or blanks between them, each once; "New York" is one where the run has it."""
    found = []
    for part in (part.strip() for part in text.split(",")):
        whole = spelled(part, run.embedding.ids) if part else None
        found += [run.embedding.words[whole]] if whole is not None else part.split()
    return list(dict.fromkeys(found))


def ask(question: Callable, *, swap: Callable[[str, str], None] | None = None):
    """The answer; None with a sentence on the page where there is none.

    An unknown word is answered with its closest spellings. swap: what a click on one does, given the word that was
    asked for and the one to take instead; without it the page's one word is replaced.
    """
    try:
        return question()
    except UnknownWord as error:
        with st.container(border=True):
            st.markdown(f":material/spellcheck: {plain(str(error).partition(' Closest spellings:')[0])}")
            if error.suggestions:
                asked = error.word
                take = _choose if swap is None else (lambda word: swap(asked, word))
                _chips(list(error.suggestions), take, "Did you mean", key=f"spelled_{asked}")
    except BadInput as error:
        st.warning(plain(str(error)))
    return None


def swapped(key: str, default: str) -> Callable[[str, str], None]:
    """What replaces a word in the text of a box that `kept_box` or a text input keeps under `key`."""

    def swap(asked: str, word: str) -> None:
        st.session_state[key] = (st.session_state.get(key) or default).replace(asked, word)

    return swap


def _chips(words: list[str], take: Callable[[str], None], label: str, *, key: str) -> None:
    """Words as small buttons in a row; a click takes one."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(label, width="content")
        for number, word in enumerate(words[:6]):
            st.button(plain(word), key=f"{key}_{number}", on_click=take, args=(word,), type="tertiary")
