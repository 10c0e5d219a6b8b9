"""Keyword in context: the right sentences, cut around the word as it was written."""

import json
import re
from collections import Counter

import numpy as np
import pytest

import embedlab.explain.concordance
from embedlab.core.errors import BadSetting, UnknownWord
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.explain.concordance import Line, keyword_in_context


def plain_corpus(folder, documents, labels=None, *, phrases=()) -> Corpus:
    """A corpus of `documents`, each a list of sentences, in which tokens are not the text as read.

    Tokens are lower-cased \\w+, phrases joined by "_".
    """
    folder.mkdir(parents=True)
    tokens, sentences, starts, spans, offsets, texts = [], [0], [0], [], [0], b""
    split = [[_tokens(sentence, phrases) for sentence in document] for document in documents]
    counts = Counter(word for document in split for sentence in document for word in sentence)
    vocabulary = Vocabulary.from_counts(counts)
    for document, lists in zip(documents, split, strict=True):
        for sentence, words in zip(document, lists, strict=True):
            tokens += [vocabulary.ids[word] for word in words]
            sentences.append(len(tokens))
            spans.append((len(texts), len(texts) + len(sentence.encode())))
            texts += sentence.encode() + b" "
        starts.append(len(sentences) - 1)
        offsets.append(len(texts))
    names = sorted({label for label in labels or () if label is not None})
    vocabulary.save(folder)
    (folder / "texts.bin").write_bytes(texts)
    arrays = {
        "tokens": np.array(tokens, np.int32),
        "sentences": np.array(sentences),
        "documents": np.array(starts),
        "spans": np.array(spans, np.int64).reshape(-1, 2),
        "text_offsets": np.array(offsets),
    }
    if labels:
        arrays["labels"] = np.array([-1 if label is None else names.index(label) for label in labels], np.int32)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    meta = {
        "id": folder.name,
        "name": folder.name,
        "n_documents": len(documents),
        "n_sentences": len(spans),
        "n_tokens": len(tokens),
        "n_types": len(vocabulary),
        "label_names": names,
    }
    (folder / "corpus.json").write_text(json.dumps(meta))
    return Corpus.open(folder)


def _tokens(sentence, phrases):
    text = " ".join(re.findall(r"\w+", sentence.lower()))
    for phrase in phrases:
        text = text.replace(phrase.replace("_", " "), phrase)
    return text.split()


@pytest.fixture
def corpus(tmp_path):
    return plain_corpus(
        tmp_path / "news",
        [
            ["The Cat sat.", "A cat saw another CAT;\n concatenate!"],
            ["No animal here."],
            ["She moved to New\nYork, and New-York was cold."],
        ],
        labels=["pets", None, "cities"],
        phrases=["new_york"],
    )


def test_every_occurrence_with_its_document_and_label(corpus):
    found = keyword_in_context(corpus, "cat")
    assert found.n_total == len(found) == 3
    assert list(found) == [
        Line(0, "pets", "The ", "Cat", " sat."),
        Line(0, "pets", "A ", "cat", " saw another CAT; concatenate!"),
        Line(0, "pets", "A cat saw another ", "CAT", "; concatenate!"),
    ]


def test_a_document_without_a_label(corpus):
    assert keyword_in_context(corpus, "animal").lines == (Line(1, None, "No ", "animal", " here."),)


def test_a_phrase_is_found_with_whatever_parts_its_words(corpus):
    assert [(line.left, line.keyword) for line in keyword_in_context(corpus, "new_york")] == [
        ("She moved to ", "New York"),
        ("She moved to New York, and ", "New-York"),
    ]


def test_accents_and_capitals_that_preprocessing_took_off(tmp_path):
    corpus = plain_corpus(tmp_path / "c", [["das cafe strasse x"]])
    (corpus.folder / "texts.bin").write_bytes("das Cafe\u0301 Straße x".encode())
    np.save(corpus.folder / "spans.npy", np.array([[0, len("das Cafe\u0301 Straße x".encode())]]))
    assert keyword_in_context(corpus, "cafe").lines[0] == Line(0, None, "das ", "Cafe\u0301", " Straße x")
    assert keyword_in_context(corpus, "strasse").lines[0].keyword == "Straße"


def test_numbers_written_as_zeros_or_as_a_token(tmp_path):
    corpus = plain_corpus(tmp_path / "c", [["in 0000 he had 00 cats"]])
    text = b"in 1984 he had 23 cats"
    (corpus.folder / "texts.bin").write_bytes(text)
    assert keyword_in_context(corpus, "0000").lines[0].keyword == "1984"
    assert keyword_in_context(corpus, "00").lines[0].keyword == "23"
    assert embedlab.explain._pattern("<num>").findall("1984 or 3,000.5 b2") == ["1984", "3,000.5"]


def test_words_of_signs_need_no_blank_around_them():
    assert embedlab.explain._pattern(".").findall("one. two.") == [".", "."]
    assert embedlab.explain._pattern("c++").findall("c++, c++11 and cc++") == ["c++", "c++"]


def test_a_word_that_is_not_in_its_sentence_shows_the_sentence(tmp_path):
    corpus = plain_corpus(tmp_path / "c", [["aa changed bb"]])
    (corpus.folder / "texts.bin").write_bytes(b"aa ??????? bb")
    assert keyword_in_context(corpus, "changed").lines == (Line(0, None, "", "", "aa ??????? bb"),)


def test_long_sentences_are_cut_between_words(tmp_path):
    corpus = plain_corpus(tmp_path / "c", [["one two three four five KEY six seven eight nine ten"]])
    line = keyword_in_context(corpus, "key", width=12).lines[0]
    assert (line.left, line.keyword, line.right) == ("… four five ", "KEY", " six seven …")


def test_more_than_the_limit_gives_an_even_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(embedlab.explain, "CHUNK", 7)
    corpus = plain_corpus(tmp_path / "c", [[f"w word{i} w"] for i in range(100)])
    found = keyword_in_context(corpus, "w", limit=3)
    assert found.n_total == 200
    assert [line.document for line in found] == [0, 50, 99]


def test_an_unknown_word_has_suggestions(corpus):
    with pytest.raises(UnknownWord, match="'anmal' does not occur in .* 'news'. Closest spellings: animal") as error:
        keyword_in_context(corpus, "anmal")
    assert error.value.suggestions == ("animal",)


def test_limits_are_checked(corpus):
    with pytest.raises(BadSetting, match="at least 1; got 0 and 60"):
        keyword_in_context(corpus, "cat", limit=0)
