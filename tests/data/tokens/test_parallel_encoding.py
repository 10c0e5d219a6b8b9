"""Encoding by blocks equals encoding one document after the other: same files, byte for byte, and the same id."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadInput
from embedlab.core.progress import Cancelled
from embedlab.data import build
from embedlab.data.build import add_files, encode_corpus
from embedlab.data.corpus import Corpus
from embedlab.data.reading import plain
from embedlab.data.reading.readers import Document, Limits, Packed, ReadContext, ReadOptions, read_documents
from embedlab.data.tokens import parallel_encoding
from embedlab.data.tokens.parallel_encoding import WordTable, encodes_blocks
from embedlab.data.tokens.preprocess import Preprocessing

ASCII = " \n\t.!?'\"()[]_-,;:%$0129abcDEFzZ\r\x0b\x1c\x1f"
WORDS = [
    "Mr",
    "e.g",
    "approx",
    "etc",
    "St",
    "I",
    "the",
    "The",
    "don't",
    "'quoted'",
    "__x__",
    "'",
    "3.14",
    "-7%",
    "1999",
    "(no.)",
    "..",
    "?!",
    "a" * 15,
    "a" * 16,
    "B" * 17,
    "a" * 40,
    "end.",
    'End?"',
    "\n\n",
    "\n \n",
    " . ",
    "U.S.",
    "i.e.",
]
ODD = [
    "é",
    "É",
    "café’s",
    "‘Tis",
    "“So.”",
    "…",
    "naïve—dash",
    "ﬁne",
    "e\u0301",
    "ΣΟΦΟΣ",
    "ς",
    "İ",
    "界。",
    "！」",
    "𝐚",
    "😀.",
    "½",
    "٣",
    "हिन्दी",
    "한국어",
    "\u1112\u1161\u11ab",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\x85",
    "ǅ",
    "ﾊﾞ",
    "ß",
    "Ⅷ",
    "\ufffd",
    "\uffff",
    "K.",
]
preps = st.builds(
    Preprocessing,
    lowercase=st.booleans(),
    tokenizer=st.sampled_from(["words", "whitespace"]),
    numbers=st.sampled_from(["keep", "digits", "token", "drop"]),
    stopwords=st.sampled_from(["none", "english"]),
    boundary=st.sampled_from(["sentence", "document"]),
    unicode=st.sampled_from(["NFC", "NFKC", "none"]),
    strip_accents=st.booleans(),
    min_count=st.integers(1, 3),
    max_vocab=st.sampled_from([None, 1, 5]),
    sample=st.sampled_from([0.0, 0.05]),
)
plain_texts = st.lists(
    st.one_of(st.text(st.sampled_from(ASCII), max_size=30), st.sampled_from(WORDS)), max_size=20
).map(" ".join)
odd_texts = st.lists(st.one_of(st.sampled_from(WORDS + ODD), st.text(max_size=5)), max_size=20).map(" ".join)
glued_texts = st.lists(st.one_of(st.sampled_from(WORDS + ODD), st.sampled_from(ASCII)), max_size=30).map("".join)
LONG = [
    "a " * 7000,
    "ab" * 6000,
    "é a " * 3000,
    "a.b " * 4000,
    "界" * 12_000,
    ". " * 3000,
    "x" * 4999 + " y" * 1200,
    "...... " * 900,
    "a\n" * 6000,
    "word, " * 2000,
    "' " * 3000,
    "é' ' " * 900,
]


def files_of(folder):
    """Everything a corpus holds, but for its card only what does not depend on the clock."""
    card = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))
    del card["created"], card["seconds"]
    return card | {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "corpus.json"}


def encoded(monkeypatch, folder, limit, make, block_bytes=100):
    """What `make(folder)` gives when texts from `limit` bytes on are encoded by blocks of `block_bytes`."""
    with monkeypatch.context() as patch:
        patch.setattr(parallel_encoding, "BLOCKWISE_BYTES", limit)
        patch.setattr(build, "BLOCKWISE_BYTES", limit)
        patch.setattr(parallel_encoding, "BLOCK_BYTES", block_bytes)
        try:
            return files_of(make(folder).folder)
        except BadInput as problem:
            assert not list(folder.iterdir())
            return str(problem)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A function that encodes one document after the other and by blocks, and checks that nothing differs."""
    monkeypatch = pytest.MonkeyPatch()

    def compare(make, block_bytes=100):
        slow = encoded(monkeypatch, tmp_path_factory.mktemp("slow"), 1 << 60, make)
        assert encoded(monkeypatch, tmp_path_factory.mktemp("fast"), 0, make, block_bytes) == slow
        return slow

    return compare


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.one_of(plain_texts, odd_texts, glued_texts), min_size=1, max_size=6),
    prep=preps,
    block_bytes=st.sampled_from([1, 60, 1 << 20]),
)
@example(texts=["\0a b\0", "a\0"], prep=Preprocessing(tokenizer="whitespace"), block_bytes=60)
@example(texts=["\0mr. Xy \0e.g. Xy"], prep=Preprocessing(), block_bytes=60)
@example(texts=["So 😀. Then", "abc😀abc. Then"], prep=Preprocessing(), block_bytes=60)
def test_encode_by_blocks_equals_one_by_one(both, texts, prep, block_bytes):
    both(lambda folder: encode_corpus(map(Document, texts), folder, name="x", preprocessing=prep), block_bytes)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{}, {"boundary": "document"}, {"tokenizer": "whitespace"}, {"strip_accents": True}],
    ids=["words", "document", "whitespace", "accents"],
)
def test_encode_by_blocks_cuts_long_sentences_alike(both, options):
    both(lambda folder: encode_corpus(map(Document, LONG), folder, name="x", preprocessing=Preprocessing(**options)))


def test_encode_by_blocks_of_labels_and_pairs(both):
    documents = [Document("The cat sat.", "b", "cats"), Document("", "a"), Document("Émile’s cat", None, "naïve")]
    files = both(lambda folder: encode_corpus(documents, folder, name="x"))
    assert files["n_documents"] == 3 and "labels.npy" in files and "pairs.bin" in files


def test_encode_by_blocks_many_words(both):
    """Tables grow, words are longer than a key, and every thread has seen other words."""
    rng = np.random.default_rng(0)
    documents = [
        Document(" ".join(f"{'w' * int(n % 30)}{n}" for n in rng.integers(0, 80_000, 2000))) for _ in range(50)
    ]
    files = both(lambda folder: encode_corpus(documents, folder, name="x"), 20_000)
    assert files["n_types"] > 50_000


@settings(max_examples=100, deadline=None)
@given(
    text=st.lists(
        st.one_of(st.sampled_from([*WORDS, *ODD, "\n", "\n", " ", "\t"]), st.text(max_size=3)), min_size=1, max_size=40
    ),
    chunk=st.integers(1, 50),
    limit=st.sampled_from([7, 100_000]),
)
def test_packed_lines_equal_lines(text, chunk, limit):
    text = "".join(text).encode("utf-8", "ignore").decode()
    chunks = [text[i : i + chunk] for i in range(0, len(text), chunk)]
    packed = [(lines.data, lines.ends.tolist()) for lines in plain.packed_lines(iter(chunks), limit)]
    found = [data[a:b].decode() for data, ends in packed for a, b in zip([0, *ends], ends)]
    assert found == list(plain.split_text(iter(chunks), "line", Limits(max_line_chars=limit)))


@pytest.mark.parametrize(
    "text",
    [
        "one\n\n two \r\nthree\u3000\n\xa0four\n",
        "a very long line " * 9000 + "\nshort",
        "__label__x one\ntwo",
        "  \n",
        "\ufeffÄrger\nzwei",
    ],
)
def test_add_files_by_blocks_equals_line_by_line(both, tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    both(lambda folder: add_files([path], folder))


def test_read_documents_packed_only_where_lines_are_plain(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("one line\n\nanother line")
    (packed, rest) = read_documents(path, context=ReadContext(packed=True))
    assert isinstance(packed, Packed) and (packed.data, packed.ends.tolist()) == (b"one line", [8])
    assert (rest.data, rest.ends.tolist()) == (b"another line", [12])
    assert all(
        isinstance(d, Document)
        for d in read_documents(path, context=ReadContext(packed=True), options=ReadOptions(split="paragraph"))
    )


def test_encodes_blocks_only_what_it_can():
    assert encodes_blocks(Preprocessing(), 1 << 30) and not encodes_blocks(Preprocessing(), 1 << 20)
    assert not encodes_blocks(Preprocessing(tokenizer="pattern"), 1 << 30)
    assert not encodes_blocks(Preprocessing(phrases=1), 1 << 30)


def test_encode_by_blocks_cancelled_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(parallel_encoding, "BLOCKWISE_BYTES", 0)
    monkeypatch.setattr(parallel_encoding, "BLOCK_BYTES", 10)

    def report(progress):
        if progress.message.startswith("Encoding "):
            raise Cancelled

    monkeypatch.setattr(build.time, "monotonic", iter(range(10**6)).__next__)
    with pytest.raises(Cancelled):
        encode_corpus([Document("some words here")] * 50, tmp_path, name="x", report=report)
    assert list(tmp_path.iterdir()) == []


def coded(table, text):
    ends = np.array([[0, len(text)]], np.int64)
    units = np.frombuffer(text.encode(), np.uint8).astype(np.uint16)
    ids, lengths = table.code(units, ends, np.arange(1 << 16, dtype=np.uint16), wide=False)
    assert lengths.tolist() == [len(ids)]
    return ids.tolist()


@pytest.mark.parametrize("letter", ["a", "é", "界"], ids=["one byte", "two bytes", "three bytes"])
def test_word_table_knows_words_of_every_length_at_every_place(letter):
    """Bytes are read eight at a time; words differ only at their end, and begin at each of the eight places."""
    rng = np.random.default_rng(0)
    words = [letter * n + end for n in range(40) for end in "xy"]
    tokens = [words[i] for i in rng.permutation(np.repeat(np.arange(len(words)), 10))]
    text = "".join(token + " " * n for token, n in zip(tokens, rng.integers(1, 4, len(tokens)).tolist()))
    first = list(dict.fromkeys(tokens))
    table = WordTable()
    units = np.frombuffer(text.encode("utf-16-le"), np.uint16).copy()
    ids, _ = table.code(units, np.array([[0, len(units)]]), np.arange(1 << 16, dtype=np.uint16), wide=True)
    assert [first[i] for i in ids] == tokens
    assert table.spelled().tobytes().decode().splitlines() == first and set(table.counts[: len(table)]) == {10}


def test_word_table_forgets_what_is_rare():
    table = WordTable(max_types=3)
    assert coded(table, "a a b b b c d") == [0, 0, 1, 1, 1, 2, 3]
    assert (table.spelled().tobytes(), table.n_gone) == (b"a\nb\n\n\n", 2)
    assert coded(table, "c a") == [4, 0]
    assert table.counts[:5].tolist() == [3, 3, 1, 1, 1]


def test_word_table_takes_another():
    table, other = WordTable(0, 2), WordTable(1, 2, max_types=3)
    long = "z" * 20
    assert coded(table, f"a b {long}") == [0, 2, 4]
    assert coded(other, f"{long} {long} c c b b x") == [1, 1, 3, 3, 5, 5, 7]
    assert table.take(other).tolist() == [2, 3, 1, -1]
    assert table.spelled().tobytes() == f"a\nb\n{long}\nc\n".encode()
    assert table.counts[:4].tolist() == [1, 3, 3, 2]


def test_corpus_encoded_by_blocks_is_found_again(monkeypatch, tmp_path):
    documents = [Document("some words here")] * 50
    first = encode_corpus(documents, tmp_path, name="first")
    monkeypatch.setattr(parallel_encoding, "BLOCKWISE_BYTES", 0)
    again = encode_corpus([Packed(b"some words here" * 50, 15 * np.arange(1, 51))], tmp_path, name="again")
    assert (again.id, again.name) == (first.id, "first") and Corpus.open(Path(first.folder)).n_tokens == 150
