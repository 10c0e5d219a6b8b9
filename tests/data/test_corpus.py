import itertools
import json
import os
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest
from helpers.corpora import LABELS, TEXTS, every_format, write
from helpers.paths import ROOT
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.progress import Cancelled
from embedlab.data.build import Origin, add_bundled, add_files, add_text, encode_corpus
from embedlab.data.corpus import Corpus
from embedlab.data.reading.readers import Columns, Document, Limits
from embedlab.data.tokens.numbering import Coder, Rows
from embedlab.data.tokens.preprocess import Preprocessing, sentences

DOCUMENTS = [
    Document("The cat sat. The dog ran!", "b", "cats sit"),
    Document("...", "a"),
    Document("Émile’s cat\n\nsat naïvely 日本", None, "naïve"),
]


def words_of(corpus):
    return [[corpus.vocabulary.words[i] for i in corpus.sentence_ids(s)] for s in range(corpus.n_sentences)]


def check(corpus):
    """Everything that must hold for any corpus on disk."""
    assert corpus.tokens.dtype == np.int32 and len(corpus.tokens) == corpus.n_tokens
    assert len(corpus.sentences) == len(corpus.spans) + 1 == corpus.n_sentences + 1
    assert len(corpus.documents) == corpus.n_documents + 1
    assert corpus.sentences[0] == corpus.documents[0] == 0
    assert corpus.sentences[-1] == corpus.n_tokens and corpus.documents[-1] == corpus.n_sentences
    assert (np.diff(corpus.sentences) > 0).all() and (np.diff(corpus.documents) >= 0).all()
    counts = np.bincount(corpus.tokens, minlength=corpus.n_types)
    assert counts.tolist() == corpus.vocabulary.counts.tolist() and counts.min() > 0
    assert corpus.vocabulary.words == sorted(
        corpus.vocabulary.words, key=lambda w: (-counts[corpus.vocabulary.ids[w]], w)
    )
    offsets = np.load(corpus.folder / "text_offsets.npy")
    for document in range(corpus.n_documents):
        first, last = corpus.documents[document : document + 2]
        spans = corpus.spans[first:last]
        assert (spans[:, 0] >= offsets[document]).all() and (spans[:, 1] <= offsets[document + 1]).all()
    assert not list(corpus.folder.glob("raw_*")) and not list(corpus.folder.parent.glob(".new-*"))


def test_encode_corpus_layout(tmp_path):
    corpus = encode_corpus(DOCUMENTS, tmp_path, name="Small", origin=Origin(("here",)))
    check(corpus)
    assert words_of(corpus) == [
        ["the", "cat", "sat"],
        ["the", "dog", "ran"],
        ["émile's", "cat"],
        ["sat", "naïvely", "日本"],
    ]
    assert corpus.vocabulary.words == ["cat", "sat", "the", "dog", "naïvely", "ran", "émile's", "日本"]
    assert [corpus.sentence_text(s) for s in range(4)] == [
        "The cat sat.",
        "The dog ran!",
        "Émile’s cat",
        "sat naïvely 日本",
    ]
    assert corpus.documents.tolist() == [0, 2, 2, 4]
    assert list(corpus.texts()) == [corpus.text(i) for i in range(3)] == [d.text for d in DOCUMENTS]
    assert [corpus.pair(i) for i in range(3)] == ["cats sit", "", "naïve"]
    assert (corpus.label_names, corpus.labels.tolist()) == (["a", "b"], [1, 0, -1])
    assert corpus.document_ids(1).tolist() == [] and len(corpus.document_ids(2)) == 5
    assert corpus.has_labels and corpus.has_pairs and corpus.phrases is None
    assert corpus.preprocessing == Preprocessing(casing="common")
    meta = {
        key: value
        for key, value in corpus.meta.items()
        if key not in ("id", "created", "seconds", "preprocessing", "language")
    }
    assert meta == {
        "name": "Small",
        "n_documents": 3,
        "text_bytes": sum(len(d.text.encode()) for d in DOCUMENTS),
        "label_names": ["a", "b"],
        "label_counts": [1, 1],
        "n_sentences": 4,
        "n_tokens": 11,
        "n_types": 8,
        "n_raw_tokens": 11,
        "n_phrases": 0,
        "n_pruned_types": 0,
        "sources": ["here"],
    }
    assert Corpus.open(tmp_path / corpus.id).meta == corpus.meta
    assert [path.name for path in tmp_path.iterdir()] == [corpus.id] and len(corpus.id) == 16


def test_encode_corpus_without_labels_and_pairs(tmp_path):
    corpus = encode_corpus([Document("some text")], tmp_path, name="x")
    assert not corpus.has_labels and not corpus.has_pairs and corpus.labels is None
    assert sorted(p.name for p in corpus.folder.iterdir()) == [
        "corpus.json",
        "counts.npy",
        "documents.npy",
        "sentences.npy",
        "spans.npy",
        "text_offsets.npy",
        "texts.bin",
        "tokens.npy",
        "words.json",
    ]


def test_encode_corpus_same_text_same_id(tmp_path):
    first = encode_corpus(DOCUMENTS, tmp_path, name="First")
    stamp = (first.folder / "tokens.npy").stat().st_mtime_ns
    again = encode_corpus(iter(DOCUMENTS), tmp_path, name="Second", origin=Origin(("other",)))
    assert (again.id, again.name) == (first.id, "First")
    assert (again.folder / "tokens.npy").stat().st_mtime_ns == stamp
    assert encode_corpus(DOCUMENTS, tmp_path / "elsewhere", name="x").id == first.id


@pytest.mark.parametrize(
    "documents",
    [
        DOCUMENTS[:2],
        DOCUMENTS[::-1],
        [Document(d.text) for d in DOCUMENTS],
        [Document(d.text, d.label) for d in DOCUMENTS],
        [Document(d.text, d.label and d.label + "x", d.pair) for d in DOCUMENTS],
        [Document("The cat sat. The dog ran!...", "b", "cats sit"), *DOCUMENTS[2:]],
    ],
)
def test_encode_corpus_other_text_other_id(tmp_path, documents):
    assert encode_corpus(documents, tmp_path, name="x").id != encode_corpus(DOCUMENTS, tmp_path, name="x").id


def test_encode_corpus_other_preprocessing_other_id(tmp_path):
    ids = {
        encode_corpus(DOCUMENTS, tmp_path, name="x", preprocessing=Preprocessing(**options)).id
        for options in ({}, {"min_count": 2}, {"sample": 0.1}, {"lowercase": False}, {"boundary": "document"})
    }
    assert len(ids) == 5


def test_encode_corpus_drops_rare_words_and_empty_sentences(tmp_path):
    documents = [Document("a a b . c c . d a . e!"), Document("e"), Document("f f . a")]
    corpus = encode_corpus(documents, tmp_path, name="x", preprocessing=Preprocessing(min_count=2))
    check(corpus)
    assert words_of(corpus) == [["a", "a"], ["c", "c"], ["a"], ["e"], ["e"], ["f", "f"], ["a"]]
    corpus = encode_corpus(documents, tmp_path, name="x", preprocessing=Preprocessing(min_count=2, max_vocab=2))
    check(corpus)
    assert (words_of(corpus), corpus.documents.tolist()) == ([["a", "a"], ["c", "c"], ["a"], ["a"]], [0, 3, 3, 4])
    assert corpus.n_raw_tokens == 12 and corpus.n_types == 2


def test_encode_corpus_counts_dropped_tokens_as_raw(tmp_path):
    prep = Preprocessing(stopwords="english", numbers="drop")
    corpus = encode_corpus([Document("The 3 cats -- and ' dogs")], tmp_path, name="x", preprocessing=prep)
    assert (corpus.n_raw_tokens, corpus.n_tokens, words_of(corpus)) == (5, 2, [["cats", "dogs"]])
    joined = encode_corpus(
        [Document("The 3 cats -- and ' dogs")],
        tmp_path,
        name="x",
        preprocessing=Preprocessing(stopwords="english", numbers="drop", phrases=1),
    )
    assert (joined.n_raw_tokens, joined.n_tokens) == (5, 2)


def test_encode_corpus_subsampling_keeps_the_expected_share(tmp_path):
    documents = [Document("the " * 40 + f"word{i % 50}") for i in range(500)]
    corpus = encode_corpus(documents, tmp_path, name="x", preprocessing=Preprocessing(sample=1e-2))
    check(corpus)
    share = 40 / 41
    expected = 20_000 * ((share / 1e-2) ** 0.5 + 1) * 1e-2 / share
    assert abs(corpus.vocabulary.counts[0] - expected) < 5 * expected**0.5
    assert corpus.n_raw_tokens == 20_500 and corpus.n_types == 51
    again = encode_corpus(documents, tmp_path / "b", name="x", preprocessing=Preprocessing(sample=1e-2))
    assert again.tokens.tolist() == corpus.tokens.tolist()


def test_encode_corpus_with_phrases(tmp_path):
    documents = [Document("I saw New York. It is big"), Document("new york again"), Document("York new")] * 4
    prep = Preprocessing(phrases=2, phrase_min_count=2, phrase_threshold=0.3)
    corpus = encode_corpus(documents, tmp_path, name="x", preprocessing=prep)
    check(corpus)
    assert "new_york_again" in corpus.vocabulary and corpus.phrases.passes[0].keys() >= {"new_york"}
    assert corpus.meta["n_phrases"] == len(corpus.phrases) and corpus.n_raw_tokens == 48
    expected = [corpus.phrases.join(tokens) for d in documents for *_, tokens in sentences(d.text, prep)]
    assert words_of(corpus) == expected


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text(st.sampled_from("ab é.!\n日’'3_"), max_size=60), min_size=1, max_size=8),
    boundary=st.sampled_from(["sentence", "document"]),
    min_count=st.integers(1, 3),
)
def test_encode_corpus_equals_the_obvious_way(tmp_path_factory, texts, boundary, min_count):
    prep = Preprocessing(boundary=boundary, min_count=min_count)
    tokens = [[found for *_, found in sentences(text, prep)] for text in texts]
    counts = Counter(word for document in tokens for sentence in document for word in sentence)
    kept = [[[w for w in s if counts[w] >= min_count] for s in document] for document in tokens]
    kept = [[s for s in document if s] for document in kept]
    assume(any(kept))
    corpus = encode_corpus(map(Document, texts), tmp_path_factory.mktemp("corpora"), name="x", preprocessing=prep)
    check(corpus)
    assert words_of(corpus) == [s for document in kept for s in document]
    assert np.diff(corpus.documents).tolist() == [len(document) for document in kept]
    assert corpus.n_raw_tokens == sum(counts.values())
    for s in range(corpus.n_sentences):
        found = [w for *_, t in sentences(corpus.sentence_text(s), prep) for w in t if counts[w] >= min_count]
        assert found == words_of(corpus)[s]


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(st.sampled_from("a.!\n’_ "), max_size=9), max_size=4))
def test_encode_corpus_of_words_too_rare_leaves_nothing(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("corpora")
    with pytest.raises(BadInput):
        encode_corpus(map(Document, texts), folder, name="x", preprocessing=Preprocessing(min_count=40))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("documents", "options", "match"),
    [
        ([], {}, "every document is empty"),
        ([Document("")], {}, "every document is empty"),
        ([Document("... !")], {}, "There is no word in the text, only punctuation"),
        (
            [Document("one two")],
            {"min_count": 2},
            "No token is left of the 2 in the text. Lower the minimum count of 2",
        ),
        ([Document("the and")], {"stopwords": "english"}, "keep stop words"),
        ([Document("one two")], {"min_count": 2, "sample": 0.1}, "No token is left"),
        ([Document("x", str(i)) for i in range(10_001)], {}, "more than 10,000 different values, among them '10000'"),
    ],
)
def test_encode_corpus_refuses_and_leaves_nothing(tmp_path, documents, options, match):
    with pytest.raises(BadInput, match=match):
        encode_corpus(documents, tmp_path, name="x", preprocessing=Preprocessing(**options))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stage", ["Reading", "Learning", "Encoding", "Ordering", "Storing"])
def test_encode_corpus_cancelled_leaves_nothing(tmp_path, stage):
    def report(progress):
        if progress.message.startswith(stage):
            raise Cancelled

    with pytest.raises(Cancelled):
        encode_corpus(DOCUMENTS, tmp_path, name="x", preprocessing=Preprocessing(phrases=1), report=report)
    assert list(tmp_path.iterdir()) == []


def test_encode_corpus_failing_reader_leaves_nothing(tmp_path):
    def documents():
        yield DOCUMENTS[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        encode_corpus(documents(), tmp_path, name="x")
    assert list(tmp_path.iterdir()) == []


def test_encode_corpus_progress_only_grows(tmp_path, monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))  # every call is a second later: nothing is held back
    seen = []
    documents = [Document(f"some words in document {i}") for i in range(50)]
    encode_corpus(
        documents,
        tmp_path,
        name="x",
        preprocessing=Preprocessing(phrases=2),
        report=seen.append,
        origin=Origin(total_bytes=sum(len(d.text) for d in documents)),
    )
    steps = [progress.step for progress in seen]
    assert steps == sorted(steps) and steps[0] == 0 and steps[-1] == 100 and len(steps) > 100
    assert {p.message.split()[0] for p in seen} == {"Reading", "Learning", "Encoding", "Ordering", "Storing"}
    assert "Encoding 1.2 kB of 1.2 kB" in {p.message for p in seen}


def test_encode_corpus_clears_what_a_killed_process_left(tmp_path):
    old, new = tmp_path / ".new-old", tmp_path / ".new-new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, 0))
    encode_corpus(DOCUMENTS, tmp_path, name="x")
    assert not old.exists() and new.exists()


def test_encode_corpus_repairs_a_folder_without_its_card(tmp_path):
    corpus = encode_corpus(DOCUMENTS, tmp_path, name="x")
    (corpus.folder / "corpus.json").unlink()
    assert encode_corpus(DOCUMENTS, tmp_path, name="y").name == "y"


def test_encode_corpus_stores_half_a_surrogate_as_unknown(tmp_path):
    corpus = encode_corpus([Document("half \ud800 word")], tmp_path, name="x")
    assert (corpus.text(0), words_of(corpus)) == ("half \ufffd word", [["half", "word"]])


def test_add_files_sums_up(tmp_path):
    formats = every_format()
    names = ["a.csv", "a.jsonl", "a.parquet"]
    files = [(write(tmp_path / f"upload{i}", formats[name]), name) for i, name in enumerate(names)]
    corpus = add_files(files, tmp_path / "corpora", columns=Columns("text", "label"))
    check(corpus)
    assert (corpus.n_documents, corpus.name, corpus.meta["sources"]) == (9, "a.csv and 2 more", names)
    assert list(corpus.texts()) == TEXTS * 3
    assert [corpus.label_names[i] for i in corpus.labels] == LABELS * 3


def test_add_files_one_bad_file_stores_nothing(tmp_path):
    good, bad = write(tmp_path / "a.txt", "good text"), write(tmp_path / "b.txt", b"bad\0")
    with pytest.raises(BadInput, match="b.txt looks like a binary file"):
        add_files([good, bad], tmp_path / "corpora")
    assert list((tmp_path / "corpora").iterdir()) == []
    with pytest.raises(BadInput, match="no file to read"):
        add_files([], tmp_path / "corpora")
    with pytest.raises(BadInput, match="the limit is 4 bytes"):
        add_files([good], tmp_path / "corpora", limits=Limits(max_file_bytes=4))


def test_add_files_uses_the_split_of_the_preprocessing(tmp_path):
    path = write(tmp_path / "a.txt", "one\ntwo\n\nthree")
    documents = {
        split: add_files([path], tmp_path / "corpora", preprocessing=Preprocessing(split=split)).n_documents
        for split in ("auto", "line", "paragraph", "file")
    }
    assert documents == {"auto": 3, "line": 3, "paragraph": 2, "file": 1}


def test_add_text_and_bundled(tmp_path):
    assert add_text("one two\nthree", tmp_path).n_documents == 2
    polarity = add_bundled("polarity", tmp_path)
    assert (polarity.name, polarity.n_documents, polarity.label_names) == ("Film review sentences", 200, ["neg", "pos"])
    assert polarity.meta["label_counts"] == [100, 100]
    with pytest.raises(NotFound, match="There are lee, enwiki, polarity"):
        add_bundled("brown", tmp_path)


def test_open_of_a_corpus_that_is_not_there(tmp_path):
    with pytest.raises(NotFound, match="There is no corpus 'none'"):
        Corpus.open(tmp_path / "none")


def test_places_of_tokens(tmp_path):
    corpus = encode_corpus(DOCUMENTS, tmp_path, name="x")
    assert corpus.sentence_at(np.arange(11)).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3]
    assert corpus.document_at(np.arange(4)).tolist() == [0, 0, 2, 2]


def test_coder_forgets_what_is_rare():
    coder = Coder(lambda word: word or None, max_types=3)
    first = coder.ids(["a", "a", "b", "b", "b", "c", "d"])
    assert first.tolist() == [0, 0, 1, 1, 1, 2, 3]
    assert coder.words == ["a", "b", None, None] and coder.n_pruned == 2
    assert coder.ids(["c", "a"]).tolist() == [4, 0] and coder.words[4] == "c"
    assert coder.counts[:5].tolist() == [3, 3, 1, 1, 1]


def test_rows_grow_into_a_file_numpy_reads(tmp_path):
    for n in (0, 1, 100_000):
        with Rows(tmp_path / "a.npy", np.int64, 2) as rows:
            for start in range(0, n, 999):
                rows.append(np.arange(2 * start, 2 * min(start + 999, n)))
        assert np.load(tmp_path / "a.npy").tolist() == np.arange(2 * n).reshape(-1, 2).tolist()
    assert len(np.load(tmp_path / "a.npy", mmap_mode="r")) == 100_000


MEASURE = """
import json, re, sys
from pathlib import Path
from embedlab.data.build import add_files
corpus = add_files([sys.argv[1]], sys.argv[2])
# Not getrusage: its peak includes that of the process from which this one was forked.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps({"peak": peak, "tokens": corpus.n_tokens, "seconds": corpus.meta["seconds"]}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("end", [" ", "\n"], ids=["one line", "lines"])
def test_add_files_memory_of_200_megabytes(tmp_path, end):
    rng = np.random.default_rng(1)
    words = np.array([f"w{i:x}" for i in range(300_000)])
    draws = np.minimum(rng.zipf(1.2, (8, 20_000, 20)), len(words)) - 1
    blocks = ["".join(" ".join(row) + end for row in block) for block in words[draws].tolist()]
    with open(tmp_path / "big.txt", "w") as file:
        for block in itertools.cycle(blocks):  # most words occur in one block alone
            if file.tell() >= 200e6:
                break
            file.write(block)
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, tmp_path / "big.txt", tmp_path / "corpora"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    measured = json.loads(result.stdout)
    assert measured["tokens"] > 20e6
    assert measured["peak"] < 600


def test_corpus_of_graded_pairs_and_triplets_keeps_scores_and_third_texts(tmp_path):
    documents = [Document("one two", None, "three", "four", 0.5), Document("five", None, "six", None, None)]
    plain = [Document(d.text, None, d.pair) for d in documents]
    corpus, without = (encode_corpus(some, tmp_path, name="x") for some in (documents, plain))
    assert corpus.has_negatives and corpus.has_scores and not without.has_negatives and not without.has_scores
    assert corpus.id != without.id and corpus.negative(0) == "four" and corpus.negative(1) == ""
    np.testing.assert_array_equal(corpus.scores, np.array([0.5, np.nan], np.float32))
