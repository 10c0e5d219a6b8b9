"""Keyword in context: the right sentences, cut around the word as it was written."""

import pytest

from embedlab.core.errors import BadSetting, UnknownWord
from embedlab.data.build import encode_corpus
from embedlab.data.corpus import Corpus
from embedlab.data.reading.readers import Document
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.explain import concordance
from embedlab.explain.concordance import Line, keyword_in_context, marked_sentence


def corpus_of(folder, texts, labels=None, **preprocessing) -> Corpus:
    """A corpus named news of one document a text."""
    labels = labels or [None] * len(texts)
    documents = [Document(text, label) for text, label in zip(texts, labels, strict=True)]
    return encode_corpus(documents, folder, name="news", preprocessing=Preprocessing(**preprocessing))


def keywords(corpus, word) -> list[str]:
    return [line.keyword for line in keyword_in_context(corpus, word)]


@pytest.fixture
def corpus(tmp_path):
    return corpus_of(
        tmp_path,
        ["The Cat sat. A cat saw another CAT;\n concatenate!", "No animal here.", "She moved to New\nYork."],
        ["pets", None, "cities"],
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


def test_a_phrase_is_marked_from_its_first_word_to_its_last(tmp_path):
    texts = [f"w{i} New\nYork x{i}, y{i} New-York z{i}." for i in range(10)]
    corpus = corpus_of(tmp_path, texts, phrases=1, phrase_min_count=2, phrase_threshold=0.1)
    assert "new_york" in corpus.vocabulary.ids
    assert set(keywords(corpus, "new_york")) == {"New York", "New-York"}
    assert keywords(corpus, "New York") == keywords(corpus, "new_york")


@pytest.mark.parametrize(
    ("text", "word", "read", "options"),
    [
        ("Das ist schön und schon da.", "schon", "schon", {}),
        ("Das ist schon sehr schön da.", "schön", "schön", {}),
        ("Die Maße der Masse sind Masse.", "masse", "Masse", {}),
        ("das Cafe\u0301 Straße x", "cafe", "Cafe\u0301", {"strip_accents": True}),
        ("das Cafe\u0301 Straße x", "café", "Cafe\u0301", {}),
        ("in 1984 he had 23 cats", "0000", "1984", {"numbers": "digits"}),
        ("in 1984 he had 23 cats", "00", "23", {"numbers": "digits"}),
        ("b2 or 3,000.5 it was", "<num>", "3,000.5", {"numbers": "token", "tokenizer": "whitespace"}),
        ("i like c++11 and c++ here", "c++", "c++", {"tokenizer": "whitespace"}),
        ("one two . three", ".", ".", {"tokenizer": "whitespace"}),
        ("我昨天坐在北京。", "坐在", "坐在", {}),
        ("the in\u00adfor\u00admation age", "information", "in\u00adfor\u00admation", {}),
        ("said 'so' and so", "so", "so", {}),
        ("Σοφία ΣΟΦΟΣ είναι", "σοφος", "ΣΟΦΟΣ", {}),
    ],
)
def test_the_word_as_it_was_written_is_marked(tmp_path, text, word, read, options):
    assert set(keywords(corpus_of(tmp_path, [text], **options), word)) == {read}


def test_the_token_at_its_own_place_is_marked(tmp_path):
    corpus = corpus_of(tmp_path, ["the rare cat and the cat and the Cat"], stopwords="english")
    assert [(line.left[-4:], line.keyword) for line in keyword_in_context(corpus, "cat")] == [
        ("are ", "cat"),
        ("the ", "cat"),
        ("the ", "Cat"),
    ]


def test_marked_sentence_marks_each_position_once(tmp_path):
    corpus = corpus_of(tmp_path, ["A schön day is schon a day."])
    ids = corpus.vocabulary.ids
    at = [corpus.tokens.tolist().index(ids[word]) for word in ("schön", "schon")]
    marked = marked_sentence(corpus, [(at[0], "first"), (at[1], "second")])
    assert marked.pieces == (
        ("A ", ""),
        ("schön", "first"),
        (" day is ", ""),
        ("schon", "second"),
        (" a day.", ""),
    )


def test_a_word_that_is_not_in_its_sentence_shows_the_sentence(tmp_path):
    corpus = corpus_of(tmp_path, ["aa changed bb"])
    (corpus.folder / "texts.bin").write_bytes(b"aa ??????? bb")
    assert keyword_in_context(corpus, "changed").lines == (Line(0, None, "", "", "aa ??????? bb"),)


def test_long_sentences_are_cut_between_words(tmp_path):
    corpus = corpus_of(tmp_path, ["one two three four five KEY six seven eight nine ten"])
    line = keyword_in_context(corpus, "key", width=12).lines[0]
    assert (line.left, line.keyword, line.right) == ("… four five ", "KEY", " six seven …")


def test_more_than_the_limit_gives_an_even_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(concordance, "CHUNK", 7)
    corpus = corpus_of(tmp_path, [f"w word{i} w" for i in range(100)])
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
