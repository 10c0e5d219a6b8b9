"""The sentence that the page opens on: one of the run's own corpus, with the word hidden that the model knows best."""

import numpy as np
import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.data.corpus import Corpus
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace

EXAMPLE = "The government said that the police found two men in the city"  # for runs without a corpus
LETTERS = (30, 90)  # of a sentence that is read at one look
TRIED, LOOKED_AT = 12, 400  # sentences asked of the model, and those they are chosen from
MOST_HIDDEN = 4  # words of a sentence that are tried
SENTENCE, HIDDEN, PROPOSED = "inside_sentence", "inside_hidden", "inside_proposed"  # in the state of the session


def propose(here: Workspace, run: Run, opened=None) -> None:
    """Put a sentence of the run's corpus into the page's box, unless the reader has typed one.

    opened: a masked language model; then the word it finds best is hidden.
    """
    known = st.session_state.get(PROPOSED)
    typed = st.session_state.get(SENTENCE)
    if typed is not None and (known is None or typed != known[1] or known[0] == run.id):
        return
    corpus = here.run_corpus(run)
    sentence, word = (EXAMPLE, None) if corpus is None else _best(run.id, run.finished, corpus, opened)
    st.session_state[SENTENCE], st.session_state[PROPOSED] = sentence, (run.id, sentence)
    if word is not None:
        st.session_state[HIDDEN] = [word]


@st.cache_data(max_entries=32, show_spinner="Choosing a sentence")
def _best(run_id: str, finished: str | None, _corpus: Corpus, _opened) -> tuple[str, int | None]:
    """(sentence, number of the word to hide): the word of highest probability among those tried, None without model."""
    sentences = short_sentences(_corpus)
    if not sentences:
        return EXAMPLE, None
    if _opened is None:
        return sentences[0], None
    found = [(share, text, word) for text in sentences[:TRIED] for share, word in _shares(_opened, text)]
    share, text, word = max(found, default=(0.0, sentences[0], None))
    return text, word


def short_sentences(corpus: Corpus) -> list[str]:
    """Sentences of a corpus that are read at one look, from places all over it."""
    last = max(len(corpus.sentences) - 2, 0)
    places = np.unique(np.linspace(0, last, LOOKED_AT).astype(np.int64))
    texts = (" ".join(corpus.sentence_text(int(place)).split()) for place in places)
    found = [text for text in texts if LETTERS[0] <= len(text) <= LETTERS[1] and len(text.split()) >= 5]
    return found[:: max(1, len(found) // TRIED)]


def _shares(opened, text: str) -> list[tuple[float, int]]:
    """(probability of the true word, its number) for the words of a sentence that carry its meaning."""
    from embedlab.explain.transformer import answers, cut, hide_words

    words = text.split()
    plain = [word.strip(".,;:!?\"'()").lower() for word in words]
    telling = [i for i in np.flatnonzero(~function_words(plain)).tolist() if len(plain[i]) > 3 and plain[i].isalpha()]
    found = []
    for word in telling[-MOST_HIDDEN:]:
        try:
            sentence = hide_words(cut(opened.tokenizer, text), [word], opened.tokenizer.mask_token_id)
        except EmbedLabError:
            continue
        if len(sentence.hidden) == 1:  # a word in several pieces is guessed piece by piece
            found.append((answers(opened, sentence, k=1)[0].truth[1], word))
    return found
