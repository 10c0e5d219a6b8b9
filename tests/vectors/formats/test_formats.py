"""Formats: what is written comes back, gensim and sentence-transformers read it, and damaged files get a sentence."""

import bz2
import gzip
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.progress import Cancelled
from embedlab.vectors.embedding import Embedding
from embedlab.vectors.formats import EXPORTS, export_embedding, import_embedding

TEXT_FORMATS = ["word2vec", "word2vec-binary", "glove"]


def sample(n: int = 50, dim: int = 7, counts: bool = True) -> Embedding:
    words = ["the", "naïve", "日本", "don't", "new_york", ".", "<num>", "3.14", "-", "e-mail"]
    words += [f"word{i}" for i in range(n - len(words))]
    vectors = np.random.default_rng(1).standard_normal((n, dim), np.float32)
    return Embedding(words, vectors, np.arange(n, 0, -1) if counts else None)


def assert_equal(found: Embedding, expected: Embedding, *, counts: bool = False):
    assert found.words == expected.words
    np.testing.assert_array_equal(found.vectors, expected.vectors)
    if counts:
        assert found.counts.tolist() == expected.counts.tolist()


@pytest.mark.parametrize("format", EXPORTS)
@pytest.mark.parametrize("n, dim", [(50, 7), (11, 1), (5000, 3)])
def test_round_trip(tmp_path, format, n, dim):
    embedding = sample(n, dim)
    path = export_embedding(embedding, format, tmp_path / f"out{EXPORTS[format].extension}")
    assert path.is_file()
    assert_equal(import_embedding(path), embedding, counts=format in ("projector", "safetensors"))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]  # nothing temporary is left


@pytest.mark.parametrize("format", ["projector", "sentence-transformers"])
def test_round_trip_as_a_folder(tmp_path, format):
    path = export_embedding(sample(), format, tmp_path / "deep" / "out")
    assert path.is_dir()
    assert_equal(import_embedding(path), sample(), counts=format == "projector")


@pytest.mark.parametrize("format", EXPORTS)
def test_export_contract(format):
    export = EXPORTS[format]
    assert export.name == format and export.title and export.about and export.extension.startswith(".")
    assert export.note(sample(50)) == ""


@pytest.mark.parametrize("opener, extension", [(gzip.open, ".gz"), (bz2.open, ".bz2")])
@pytest.mark.parametrize("format", TEXT_FORMATS)
def test_import_of_compressed_files(tmp_path, format, opener, extension):
    plain = export_embedding(sample(), format, tmp_path / "plain")
    with opener(tmp_path / f"packed{extension}", "wb") as file:
        file.write(plain.read_bytes())
    assert_equal(import_embedding(tmp_path / f"packed{extension}"), sample())


def test_import_of_a_zip_with_one_file(tmp_path):
    plain = export_embedding(sample(), "glove", tmp_path / "glove.txt")
    with zipfile.ZipFile(tmp_path / "glove.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, "inner/glove.6B.txt")
    assert_equal(import_embedding(tmp_path / "glove.zip"), sample())


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_ours_and_we_read_gensims(tmp_path, binary):
    from gensim.models import KeyedVectors

    ours = export_embedding(sample(), "word2vec-binary" if binary else "word2vec", tmp_path / "ours")
    keyed = KeyedVectors.load_word2vec_format(ours, binary=binary)
    assert keyed.index_to_key == sample().words
    np.testing.assert_array_equal(keyed.vectors, sample().vectors)
    keyed.save_word2vec_format(tmp_path / "theirs", binary=binary)
    assert_equal(import_embedding(tmp_path / "theirs"), sample())


def test_gensim_reads_our_glove(tmp_path):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors.load_word2vec_format(export_embedding(sample(), "glove", tmp_path / "g"), no_header=True)
    assert keyed.index_to_key == sample().words
    np.testing.assert_array_equal(keyed.vectors, sample().vectors)


def test_sentence_transformers_loads_the_folder(tmp_path):
    from sentence_transformers import SentenceTransformer

    embedding = sample()
    folder = export_embedding(embedding, "sentence-transformers", tmp_path / "st")
    model = SentenceTransformer(str(folder), device="cpu")
    found = model.encode(["The", "don't, naïve e-mail!", "日本 new_york unseen", "unseen"])
    v = {word: embedding[word] for word in embedding.words}
    zero = np.zeros(7)
    second = (v["don't"] + zero + v["naïve"] + v["e-mail"] + zero) / 5
    expected = [v["the"], second, (v["日本"] + v["new_york"] + zero) / 3, zero]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_tokenizer_keeps_capitals_when_the_run_has_them(tmp_path):
    folder = export_embedding(Embedding(["The", "[UNK]"], np.eye(2)), "sentence-transformers", tmp_path / "st")
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert tokenizer["normalizer"] is None
    assert tokenizer["model"]["unk_token"] == "[[UNK]]"
    assert import_embedding(folder).words == ["The", "[UNK]"]


def test_export_of_a_transformer_copies_its_folder(tmp_path):
    (tmp_path / "model" / "1_Pooling").mkdir(parents=True)
    (tmp_path / "model" / "modules.json").write_text("[]")
    (tmp_path / "model" / "1_Pooling" / "config.json").write_text("{}")
    model, name = tmp_path / "model", "sentence-transformers"
    path = export_embedding(sample(), name, tmp_path / "copy", encoder_folder=model)
    assert sorted(p.relative_to(path).as_posix() for p in path.rglob("*.json")) == [
        "1_Pooling/config.json",
        "embedlab-words/words.json",
        "modules.json",
    ]
    back = import_embedding(path)
    assert back.words == sample().words
    np.testing.assert_array_equal(back.vectors, sample().vectors)
    with pytest.raises(NotFound, match="holds no saved transformer"):
        export_embedding(sample(), name, tmp_path / "c", encoder_folder=model / "1_Pooling")


# Words with any character; the formats that end a word at white space write "_" there. A text file may begin with a
# byte order mark, and a word of a zero width space is none.
odd_words = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True)
plain_words = st.lists(
    st.text(min_size=1, max_size=8).filter(lambda w: not any(c.isspace() or c in "\ufeff\u200b" for c in w)),
    min_size=1,
    max_size=6,
    unique=True,
)
numbers = st.floats(-(2.0**99), 2.0**99, width=32)


@pytest.mark.parametrize("format", EXPORTS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_round_trip_of_odd_words(tmp_path_factory, format, data):
    words = data.draw(odd_words if format in ("safetensors", "sentence-transformers") else plain_words)
    vectors = data.draw(arrays(np.float32, (len(words), data.draw(st.integers(2, 4))), elements=numbers))
    embedding = Embedding(words, vectors)
    path = export_embedding(embedding, format, tmp_path_factory.mktemp("odd") / f"out{EXPORTS[format].extension}")
    assert_equal(import_embedding(path), embedding)


def test_words_with_blanks_get_underscores_and_a_note(tmp_path):
    embedding = Embedding(["new york", "a\tb", "c"], np.eye(3))
    for format in TEXT_FORMATS:
        assert EXPORTS[format].note(embedding) == "2 words, such as 'new york', are written with '_' for blanks."
        path = export_embedding(embedding, format, tmp_path / format)
        assert import_embedding(path).words == ["new_york", "a_b", "c"]
    assert EXPORTS["projector"].note(embedding) == "1 words, such as 'a\\tb', are written with '_' for blanks."
    path = export_embedding(embedding, "projector", tmp_path / "p.zip")
    assert import_embedding(path).words == ["new york", "a_b", "c"]
    assert EXPORTS["safetensors"].note(embedding) == ""


def test_words_that_underscores_would_make_equal_are_refused(tmp_path):
    with pytest.raises(BadInput, match="such as 'new york'.*Export them as safetensors"):
        export_embedding(Embedding(["new york", "new_york"], np.eye(2)), "word2vec", tmp_path / "out")
    with pytest.raises(BadInput, match="empty word"):
        export_embedding(Embedding(["", "a"], np.eye(2)), "glove", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_export_where_it_cannot_go(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("")
    with pytest.raises(BadSetting, match="no export format 'xls'. Choose one of word2vec, "):
        export_embedding(sample(), "xls", tmp_path / "a")
    with pytest.raises(BadInput, match="already there. Give the name of a new file"):
        export_embedding(sample(), "word2vec", tmp_path / "full")
    with pytest.raises(BadInput, match="already there. Give the name of a new folder"):
        export_embedding(sample(), "projector", tmp_path / "full")
    with pytest.raises(BadInput, match="is a file, but Embedding Projector needs a folder"):
        export_embedding(sample(), "projector", tmp_path / "full" / "x")
    with pytest.raises(BadInput, match="cannot be written"):
        export_embedding(sample(), "word2vec", tmp_path / "full" / "x" / "y")


def test_cancelled_export_leaves_the_older_file(tmp_path):
    export_embedding(sample(), "glove", tmp_path / "out")

    def stop(progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        export_embedding(sample(20), "glove", tmp_path / "out", report=stop)
    assert_equal(import_embedding(tmp_path / "out"), sample())
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


GLOVE = b"a 1 2 3\nb 4 5 6\nc 7 8 9\n"


@pytest.mark.parametrize(
    "content, match",
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"a 1 2 3\nb 4 5\nc 7 8 9\n", r"Line 2 of f.txt should hold a word and 3 numbers; it has 3 fields"),
        (b"a 1 2 3\nb 4 x 6\nc 7 8 9\n", r"Line 2 of f.txt holds something that is not a number: '4 x 6'"),
        (b"a 1 2 3\nb 4 nan 6\nc 7 8 9\n", "Line 2 of f.txt holds something that is not a number"),
        (b"5 3\n" + GLOVE, "announces 5 words but holds 3: it is cut short or damaged"),
        (b"3 3\na 1 2 3\nb 4 5 6\nc 7 8\n", "Line 4 of f.txt should hold a word and 3 numbers; it has 3 fields"),
        (b"2 3\na 1 x 3\nb 4 5 6\n", "Line 2 of f.txt holds something that is not a number: '1 x 3'"),
        (b"2 0\na\nb\n", "vectors of 0 numbers"),
        (b"just a line of prose\nand another\n", "holds something that is not a number"),
        (b"single\nwords\n", "is no embedding: its lines are not a word followed by numbers"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0", "not an embedding in a format known here"),
        (b"3 2\na " + b"\x01\x80\x00\x00" * 2 + b"b ", "more than it has room for"),
        (b"3 2\na " + b"\x01\x80\x00\x00" * 2 + b"b" * 40, "ends before its 3 words do: it is cut short"),
        (
            b"1 2\na " + b"\x00\x00\xc0\x7f" * 2,
            "The vector of 'a', row 1, holds a value that is no number",
        ),
        (pickle.dumps({"a": [1, 2]}), "Python pickle, which can run code"),
        (b"\x1f\x8bnot gzip at all", "damaged|cannot be read"),
        (b"PK\x03\x04not a zip at all", "not a ZIP archive that can be read"),
        (b"\x10\0\0\0\0\0\0\0{" + b" " * 30, "cannot be read as safetensors"),
        (b"\x93NUMPY broken", "not a plain table of numbers"),
    ],
)
def test_damaged_files(tmp_path, content, match):
    (tmp_path / "f.txt").write_bytes(content)
    with pytest.raises(BadInput, match=match):
        import_embedding(tmp_path / "f.txt")


def test_a_bad_line_far_down_is_named(tmp_path):
    lines = [f"w{i}" + " 0.123456" * 100 for i in range(30_000)]
    lines[25_000] += " 7x"
    (tmp_path / "f.txt").write_text("\n".join(lines))
    with pytest.raises(BadInput, match="Line 25001 of f.txt holds something that is not a number"):
        import_embedding(tmp_path / "f.txt")


def test_glove_words_with_blanks_and_repeats(tmp_path):
    (tmp_path / "f.txt").write_bytes(b"a 1 2\n. . . 3 4\nb 5 6\nb 7 8\n\n\xff 9 9 \n")
    found = import_embedding(tmp_path / "f.txt")
    assert found.words == ["a", ". . .", "b", "ÿ"]
    np.testing.assert_array_equal(found.vectors, [[1, 2], [3, 4], [5, 6], [9, 9]])


def test_word2vec_text_with_windows_line_ends_and_byte_order_mark(tmp_path):
    (tmp_path / "f.txt").write_bytes("\ufeff2 2\r\na 1 2\r\nb 3 4\r\n".encode())
    found = import_embedding(tmp_path / "f.txt")
    assert (found.words, found.vectors.tolist()) == (["a", "b"], [[1, 2], [3, 4]])


def test_binary_vectors_whose_bytes_look_like_text(tmp_path):
    embedding = Embedding(["0"], np.frombuffer(b"[[J[[[J[", "<f4")[None])
    assert_equal(import_embedding(export_embedding(embedding, "word2vec-binary", tmp_path / "f")), embedding)


def test_no_such_file(tmp_path):
    with pytest.raises(NotFound, match="There is no file"):
        import_embedding(tmp_path / "nowhere")


def zip_of(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return path


def test_zips_that_are_refused(tmp_path):
    with pytest.raises(BadInput, match="holds a Python pickle"):
        import_embedding(zip_of(tmp_path / "torch.zip", **{"archive/data.pkl": b"x", "archive/version": b"3"}))
    with pytest.raises(BadInput, match="'../x.tsv', whose path leads out of the archive"):
        import_embedding(zip_of(tmp_path / "slip.zip", **{"../x.tsv": b"1", "metadata.tsv": b"a"}))
    with pytest.raises(BadInput, match="more than 200 times its size"):
        import_embedding(zip_of(tmp_path / "bomb.zip", **{"a.txt": b"0" * (65 << 20)}))
    with pytest.raises(BadInput, match="is an empty zip"):
        import_embedding(zip_of(tmp_path / "empty.zip", **{"folder/": b""}))
    with pytest.raises(BadInput, match="holds no embedding in a format known here"):
        import_embedding(zip_of(tmp_path / "other.zip", **{"a.txt": b"1", "b.txt": b"2"}))
    inner = zip_of(tmp_path / "inner.zip", **{"glove.txt": GLOVE}).read_bytes()
    for _ in range(4):
        inner = zip_of(tmp_path / "nested.zip", **{"inner.zip": inner}).read_bytes()
    with pytest.raises(BadInput, match="packed more than 3 times over"):
        import_embedding(tmp_path / "nested.zip")


def test_projector_pair_of_other_makers(tmp_path):
    (tmp_path / "tensors.tsv").write_text("1\t2\n3\t4\n")
    (tmp_path / "tensors_meta.tsv").write_text("Frequency\tLabel\n9\ta b\n8\tc\n")
    found = import_embedding(tmp_path)
    assert (found.words, found.vectors.tolist(), found.counts.tolist()) == (["a b", "c"], [[1, 2], [3, 4]], [9, 8])


@pytest.mark.parametrize(
    "vectors, metadata, match",
    [
        ("1\t2\n3\t4\n", "a\n", "2 vectors but 1 lines of metadata"),
        ("1\t2\n3\n", "a\nb\n", "Line 2 of vectors.tsv should hold 2 numbers; it has 1"),
        ("1\t2\n3\tx\n", "a\nb\n", "Line 2 of vectors.tsv holds something that is not a number"),
        ("", "a\n", "vectors.tsv is empty"),
    ],
)
def test_damaged_projector_pair(tmp_path, vectors, metadata, match):
    (tmp_path / "vectors.tsv").write_text(vectors)
    (tmp_path / "metadata.tsv").write_text(metadata)
    with pytest.raises(BadInput, match=match):
        import_embedding(tmp_path)


def test_safetensors_and_npy_with_words_beside_them(tmp_path):
    from safetensors.numpy import save_file

    (tmp_path / "words.json").write_text('["a", "b"]')
    save_file({"embeddings": np.eye(2, dtype=np.float16)}, tmp_path / "v.safetensors")
    np.save(tmp_path / "v.npy", np.eye(2))
    for path in (tmp_path / "v.safetensors", tmp_path / "v.npy"):
        assert_equal(import_embedding(path), Embedding(["a", "b"], np.eye(2)))
    (tmp_path / "words.json").write_text('["a", "b", "c"]')
    with pytest.raises(BadInput, match="2 vectors but 3 rows in words.json"):
        import_embedding(tmp_path / "v.npy")
    (tmp_path / "words.json").write_text('{"a": 1}')
    with pytest.raises(BadInput, match="2 vectors but 1 rows in words.json"):
        import_embedding(tmp_path / "v.safetensors")
    (tmp_path / "words.json").unlink()
    with pytest.raises(BadInput, match="holds 2 vectors and no names. Put the names in v.txt, words.json"):
        import_embedding(tmp_path / "v.safetensors")
    with pytest.raises(BadInput, match="holds 2 vectors and no names"):
        import_embedding(tmp_path / "v.npy")


def test_a_saved_run_is_imported(tmp_path):
    sample().save(tmp_path / "run")
    assert_equal(import_embedding(tmp_path / "run"), sample(), counts=True)


def test_a_transformer_folder_is_not_word_vectors(tmp_path):
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(BadInput, match="without word vectors of its own. To use a transformer"):
        import_embedding(tmp_path)


def test_import_tells_of_its_progress(tmp_path):
    seen = []
    import_embedding(export_embedding(sample(), "word2vec", tmp_path / "f"), report=seen.append)
    assert seen[-1].fraction == 1 and seen[-1].message == "Reading f: 50 words"
