"""Words of a benchmark are found as the run spells them, by its own normalisation and never by upper case."""

import unicodedata

import numpy as np
import pytest

from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.words.spelling import index_of
from embedlab.vectors.embedding import Embedding


def run_of(*words):
    return Embedding(list(words), np.eye(len(words), dtype=np.float32))


@pytest.mark.parametrize(
    "words, asked, found",
    [
        (("Gruß", "Gruss", "gruss"), "Gruß", 0),  # upper case would make them one
        (("gruss", "gruß"), "gruß", 1),
        (("ılık", "ilik"), "ılık", 0),
        (("ilik",), "ılık", None),
        (("king",), "King", 0),
        (("Queen", "queen"), "queen", 1),
        (("Queen", "queen"), "Queen", 0),
        (("Queen", "queen"), "QUEEN", 0),  # the most frequent spelling where none is exact
        (("é",), unicodedata.normalize("NFD", "é"), 0),
        ((unicodedata.normalize("NFD", "é"),), "é", 0),
        (("new_york",), "New York", 0),
        (("new",), "New York", None),
    ],
)
def test_word_is_found_as_the_run_spells_it(words, asked, found):
    assert index_of([asked], run_of(*words)).get(asked) == found


def test_word_is_normalised_as_the_corpus_was():
    prep = Preprocessing(strip_accents=True, numbers="digits")
    assert index_of(["Café", "B52"], run_of("cafe", "b00"), prep) == {"Café": 0, "B52": 1}
    assert index_of(["Café"], run_of("cafe")) == {}
