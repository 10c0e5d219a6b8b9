"""Vectors that others made: tables, answers of embedding services, arrays with names beside them, odd encodings."""

import base64
import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadInput
from embedlab.data.points import Condition
from embedlab.store.items import points_of
from embedlab.vectors.formats import VectorOptions, read_vectors

VECTORS = np.array([[0.1, 0.2, 0.3], [0.4, -0.5, 0.6], [0.7, 0.8, -0.9]], np.float32)
NAMES = ["tea", "cup", "milk"]


def read(path, **options):
    return read_vectors(path, options=VectorOptions(**options))


def assert_tea(found, names=NAMES):
    assert found.embedding.words == names
    np.testing.assert_allclose(found.embedding.vectors, VECTORS, rtol=1e-6)


def rows(**more):
    return [
        {"text": n, "embedding": v.tolist()} | {k: c[i] for k, c in more.items()}
        for i, (n, v) in enumerate(zip(NAMES, VECTORS, strict=True))
    ]


def as_lines(items):
    return "\n".join(map(json.dumps, items))


def in_base64(vector):
    return base64.b64encode(np.tile(vector, 4).astype("<f4").tobytes()).decode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", as_lines(rows())),
        ("a.json", json.dumps(rows())),
        ("a.json", json.dumps({"object": "list", "data": [{"index": i} | row for i, row in enumerate(rows())]})),
        (
            "a.jsonl",
            as_lines(
                {"custom_id": row["text"], "response": {"body": {"data": [{"embedding": row["embedding"]}]}}}
                for row in rows()
            ),
        ),
        ("a.json", json.dumps({"texts": NAMES, "embeddings": VECTORS.tolist()})),
        ("a.csv", "word,vector\n" + "\n".join(f'{n},"{v.tolist()}"' for n, v in zip(NAMES, VECTORS, strict=True))),
        (
            "a.csv",
            "name,d0,d1,d2\n" + "\n".join(f"{n},{','.join(map(str, v))}" for n, v in zip(NAMES, VECTORS, strict=True)),
        ),
        (
            "a.csv",
            "name;d0;d1;d2\n"
            + "\n".join(
                f"{n};{';'.join(str(x).replace('.', ',') for x in v)}" for n, v in zip(NAMES, VECTORS, strict=True)
            ),
        ),
        (
            "a.tsv",
            "name\td0\td1\td2\n" + "\n".join("\t".join([n, *map(str, v)]) for n, v in zip(NAMES, VECTORS, strict=True)),
        ),
        (
            "a.csv",
            "d0,d1,d2,word\n" + "\n".join(f"{','.join(map(str, v))},{n}" for n, v in zip(NAMES, VECTORS, strict=True)),
        ),
        (
            "a.csv",
            ",d0,d1,d2,word\n"
            + "\n".join(
                f"{i},{','.join(map(str, v))},{n}" for i, (n, v) in enumerate(zip(NAMES, VECTORS, strict=True))
            ),
        ),
    ],
)
def test_table_with_a_vector_in_each_row_is_read(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    found = read(tmp_path / name)
    assert_tea(found)
    assert found.reading.rows == 3 and "name" in found.reading.columns and "vector" in found.reading.columns


def test_vectors_in_base64_are_read(tmp_path):
    lines = [{"input": n, "embedding": in_base64(v)} for n, v in zip(NAMES, VECTORS, strict=True)]
    (tmp_path / "a.jsonl").write_text(as_lines(lines))
    found = read(tmp_path / "a.jsonl").embedding
    np.testing.assert_array_equal(found.vectors, np.tile(VECTORS, (1, 4)))


def test_parquet_and_spreadsheet_with_vectors_are_read(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"word": NAMES, "emb": VECTORS.tolist(), "year": [1, 2, 3]})
    pq.write_table(table, tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert_tea(found)
    assert found.attributes.to_pydict() == {"year": [1, 2, 3]}


def test_what_else_the_rows_hold_becomes_attributes_of_the_run(tmp_path, lab):
    (tmp_path / "a.jsonl").write_text(as_lines(rows(genre=["hot", "thing", "cold"], year=[2001, 2002, 2003])))
    run = lab.import_vectors(tmp_path / "a.jsonl")
    assert_tea(run)
    assert run.attributes.to_pydict() == {"genre": ["hot", "thing", "cold"], "year": [2001, 2002, 2003]}
    reading = run.summary["notes"]["reading"]
    assert (reading["rows"], reading["columns"]) == (3, {"vector": "embedding", "name": "text"})


def test_attributes_of_imported_vectors_colour_and_filter_their_map(tmp_path, lab):
    (tmp_path / "a.jsonl").write_text(as_lines(rows(genre=["hot", "thing", "cold"])))
    run = lab.import_vectors(tmp_path / "a.jsonl")
    points = points_of(lab, run, "words", [0, 2])
    assert points.texts("genre") == ["hot", "cold"]
    assert points.where([Condition.parse("genre=cold")]).tolist() == [False, True]


def test_name_and_vector_column_can_be_chosen(tmp_path):
    lines = rows(id=["x", "y", "z"], other=(2 * VECTORS).tolist())
    (tmp_path / "a.jsonl").write_text(as_lines(lines))
    found = read(tmp_path / "a.jsonl", name_column="ID", vector_column="other")
    assert found.embedding.words == ["x", "y", "z"]
    np.testing.assert_allclose(found.embedding.vectors, 2 * VECTORS)
    with pytest.raises(BadInput, match="a.jsonl has no column 'nome'. It has 'text'"):
        read(tmp_path / "a.jsonl", name_column="nome")


def test_rows_with_one_name_stay_rows_of_their_own(tmp_path):
    lines = [row | {"text": "same"} for row in rows()]
    (tmp_path / "a.jsonl").write_text(as_lines(lines))
    found = read(tmp_path / "a.jsonl")
    assert_tea(found, ["same", "same (2)", "same (3)"])
    assert "2 rows have a name that another row has" in found.reading.sentences()[-1]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "a.jsonl",
            as_lines([*rows(), {"text": "x", "embedding": [1, 2]}]),
            "Row 4 of a.jsonl has a vector of 2 numbers in the column 'embedding'; the first has 3",
        ),
        ("a.jsonl", as_lines([*rows() * 20, {"text": "x"}]), "Row 61 of a.jsonl has no vector"),
        ("a.jsonl", as_lines({"text": n} for n in NAMES), "is a table without vectors.* Its columns are 'text'"),
        ("a.csv", "review,stars\ngood,5\nbad,1\n", "is a table without vectors"),
    ],
)
def test_table_that_holds_no_vectors_says_so(tmp_path, name, content, sentence):
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match=sentence):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("beside", "content"),
    [
        ("labels.txt", "tea\ncup\nmilk\n"),
        ("v.txt", "tea\ncup\nmilk"),
        ("names.json", json.dumps(NAMES)),
        ("vocab.json", json.dumps({"milk": 2, "tea": 0, "cup": 1})),
        ("metadata.csv", "word,kind\ntea,hot\ncup,thing\nmilk,cold\n"),
        ("v_metadata.tsv", "word\tkind\ntea\thot\ncup\tthing\nmilk\tcold\n"),
        ("v.jsonl", as_lines({"title": n, "kind": k} for n, k in zip(NAMES, ["hot", "thing", "cold"], strict=True))),
        ("ids.txt", "tea\r\ncup\r\nmilk\r\n"),
    ],
)
def test_array_takes_its_names_from_the_file_beside_it(tmp_path, beside, content):
    np.save(tmp_path / "v.npy", VECTORS)
    (tmp_path / beside).write_text(content)
    found = read(tmp_path / "v.npy")
    assert_tea(found)
    assert found.attributes is None or found.attributes.to_pydict() == {"kind": ["hot", "thing", "cold"]}
    assert_tea(read(tmp_path))


def test_npz_holds_names_and_attributes_of_its_own(tmp_path):
    np.savez(tmp_path / "a.npz", embeddings=VECTORS, labels=np.array(NAMES), year=np.array([1, 2, 3]))
    found = read(tmp_path / "a.npz")
    assert_tea(found)
    assert found.attributes.to_pydict() == {"year": [1, 2, 3]}


def test_npz_with_python_objects_is_not_opened(tmp_path):
    np.savez(tmp_path / "a.npz", embeddings=VECTORS, labels=np.array(NAMES, object))
    with pytest.raises(
        BadInput, match="Its list 'labels' holds Python objects, which are not opened: save it with dtype=str"
    ):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("metadata", "named", "attributes"),
    [
        ("label\titem\ndrink\ttea\nthing\tcup\ndrink\tmilk\n", NAMES, {"label": ["drink", "thing", "drink"]}),
        ("name\tkind\ntea\ta\ncup\tb\nmilk\ta\n", NAMES, {"kind": ["a", "b", "a"]}),
        ("tea\ncup\nmilk\n", NAMES, None),
        ("kind\na\na\nb\n", ["a", "a (2)", "b"], None),
    ],
)
def test_projector_is_named_by_the_column_whose_cells_differ(tmp_path, metadata, named, attributes):
    (tmp_path / "metadata.tsv").write_text(metadata)
    (tmp_path / "vectors.tsv").write_text("\n".join("\t".join(map(str, v)) for v in VECTORS))
    found = read(tmp_path)
    assert_tea(found, named)
    assert attributes == (found.attributes and found.attributes.to_pydict())


@pytest.mark.parametrize(
    ("content", "names", "told"),
    [
        ("\ufefftea 1 2\ncup 3 4\n".encode(), ["tea", "cup"], "GloVe text"),
        (b"2\t2\ntea\t1\t2\ncup\t3\t4\n", ["tea", "cup"], "word2vec text"),
        (b"3 2\ntea 1 2\n 5 6\ncup 3 4\n", ["tea", "cup"], "1 row was left out: its name has no visible character"),
        ("3 2\ntea 1 2\n\u00a0 5 6\ncup 3 4\n".encode(), ["tea", "cup"], "1 row was left out"),
        (b"tea 1 2\ntea 3 4\ncup 3 4\n", ["tea", "cup"], "1 row was left out: its name was there already"),
        ("caf\u00e9 1 2\ncaf\u00e8 3 4\nna\u00efve 5 6\n".encode("cp1252"), ["café", "cafè", "naïve"], "detected"),
    ],
)
def test_rows_of_words_are_all_there_or_counted(tmp_path, content, names, told):
    (tmp_path / "a.txt").write_bytes(content)
    found = read(tmp_path / "a.txt")
    assert found.embedding.words == names
    assert told in " ".join(found.reading.sentences())


def test_encoding_of_words_can_be_chosen(tmp_path):
    (tmp_path / "a.txt").write_bytes("wąż 1 2\nkoń 3 4\n".encode("cp1250"))
    assert read(tmp_path / "a.txt", encoding="cp1250").embedding.words == ["wąż", "koń"]


def binary(words, vectors, end=b""):
    file = io.BytesIO()
    file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    for word, vector in zip(words, vectors, strict=True):
        file.write(word.encode() + b" " + vector.astype("<f4").tobytes() + end)
    return file.getvalue()


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_binary_file_with_blanks_in_words_keeps_words_and_vectors(tmp_path, end):
    words = ["hello", "my name", "a blue cup", "kettle", "ünder water", "tea"]
    vectors = np.random.default_rng(0).standard_normal((6, 5)).astype(np.float32)
    (tmp_path / "a.bin").write_bytes(binary(words, vectors, end))
    found = read(tmp_path / "a.bin")
    assert found.embedding.words == words
    np.testing.assert_array_equal(found.embedding.vectors, vectors)
    assert "Some words hold blanks" in found.reading.sentences()[-1]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.text("abcü é日 ", min_size=1, max_size=12).map(str.strip).filter(bool), min_size=1, max_size=12, unique=True
    ),
    dim=st.integers(3, 12),
    seed=st.integers(0, 99),
)
def test_binary_files_with_any_words_come_back(tmp_path, words, dim, seed):
    vectors = np.random.default_rng(seed).standard_normal((len(words), dim)).astype(np.float32)
    (tmp_path / "a.bin").write_bytes(binary(words, vectors))
    found = read(tmp_path / "a.bin").embedding
    assert found.words == words
    np.testing.assert_array_equal(found.vectors, vectors)


def test_import_that_fails_leaves_no_run(tmp_path, lab):
    (tmp_path / "a.jsonl").write_text(as_lines([*rows(), {"text": "x", "embedding": [1, 2]}]))
    with pytest.raises(BadInput):
        lab.import_vectors(tmp_path / "a.jsonl")
    assert lab.runs() == [] and list((lab.home / "runs").iterdir()) == []
