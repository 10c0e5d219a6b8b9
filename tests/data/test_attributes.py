import csv
import datetime
import io
import json

import numpy as np
import pyarrow as pa
import pytest
from helpers.corpora import parquet_of, write

from embedlab.data.attributes import BLOCK_ROWS, MOST_COLUMNS
from embedlab.data.build import add_files, encode_corpus
from embedlab.data.reading.readers import Columns, Document, Limits, Packed

ROWS = [
    {
        "text": "the cat sat",
        "label": "pet",
        "author": "Ann",
        "year": 1999,
        "rate": "2.5",
        "seen": True,
        "day": "2020-02-01",
    },
    {
        "text": "the dog ran",
        "label": "pet",
        "author": None,
        "year": 2004,
        "rate": "",
        "seen": False,
        "day": "2021-12-31",
    },
    {"text": "a ship sails", "label": "sea", "author": "Bo", "year": None, "rate": "10", "seen": None, "day": ""},
]


def json_lines(rows):
    return "\n".join(map(json.dumps, rows))


def csv_of(rows):
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def added(tmp_path, name, data, **options):
    return add_files([write(tmp_path / name, data)], tmp_path / "corpora", **options)


def column_of(tmp_path, cells):
    """The stored column of these cells: its type and its values."""
    documents = [Document(f"text {i}", attributes={"cell": cell}) for i, cell in enumerate(cells)]
    column = encode_corpus(documents, tmp_path, name="x").attributes.column("cell")
    return str(column.type), column.to_pylist()


@pytest.mark.parametrize(("name", "write_rows"), [("a.jsonl", json_lines), ("a.csv", csv_of)])
def test_corpus_keeps_the_other_columns_of_its_table_with_types(tmp_path, name, write_rows):
    corpus = added(tmp_path, name, write_rows(ROWS), columns=Columns("text", "label"))
    assert corpus.attributes.to_pydict() == {
        "author": ["Ann", None, "Bo"],
        "year": [1999, 2004, None],
        "rate": [2.5, None, 10.0],
        "seen": [True, False, None],
        "day": [datetime.date(2020, 2, 1), datetime.date(2021, 12, 31), None],
    }
    assert (corpus.column_of("label"), corpus.column_of("score")) == ("label", "score")


def test_corpus_of_parquet_keeps_types_and_times(tmp_path):
    import pyarrow.parquet as pq

    at = [datetime.datetime(2020, 5, 17, 12, 30, tzinfo=datetime.UTC), None]
    table = pa.table(
        {"text": ["one text", "two texts"], "at": pa.array(at, pa.timestamp("us", "UTC")), "n": [1.5, 2.0]}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = add_files([tmp_path / "a.parquet"], tmp_path / "corpora", columns=Columns("text")).attributes
    assert found.column("at").to_pylist() == at and found.column("n").to_pylist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("cells", "type", "values"),
    [
        (["007", "12"], "string", ["007", "12"]),  # a code: as a number it would lose its zeros
        (["12345678901234567890", "1"], "string", ["12345678901234567890", "1"]),
        (["1", "2.5", "-3e2"], "double", [1.0, 2.5, -300.0]),
        (["+4", "-5"], "int64", [4, -5]),
        (["3,5", "1,25", "2"], "double", [3.5, 1.25, 2.0]),
        (["1,000", "2,500"], "string", ["1,000", "2,500"]),  # thousands or thousandths: nobody can know
        (["True", "false", ""], "bool", [True, False, None]),
        (["2021-02-31", "2021-03-01"], "string", ["2021-02-31", "2021-03-01"]),
        (["1", "one"], "string", ["1", "one"]),
        (["", None], "string", [None, None]),
        ([["a", "b"], {"x": 1}], "string", ['["a", "b"]', '{"x": 1}']),
        ([[0.5] * 300, [0.25] * 300], "string", [None, None]),  # a vector is no attribute
        (["half \ud800"], "string", ["half ?"]),
    ],
)
def test_column_takes_the_narrowest_type_that_keeps_every_cell(tmp_path, cells, type, values):
    assert column_of(tmp_path, cells) == (type, values)


def test_type_holds_for_the_whole_column_not_its_first_block(tmp_path):
    cells = [str(i) for i in range(BLOCK_ROWS + 5)] + ["many"]
    assert column_of(tmp_path, cells) == ("string", cells)


def test_columns_of_several_files_are_united_by_name(tmp_path):
    files = [
        write(tmp_path / "a.jsonl", json_lines([{"text": "first text", "year": 1}, {"text": "next text", "year": 2}])),
        write(tmp_path / "b.txt", "a line of text"),
        write(tmp_path / "c.csv", "text,author,year\nlast text,Ann,3\n"),
    ]
    corpus = add_files(files, tmp_path / "corpora", columns=Columns("text"))
    assert corpus.attributes.to_pydict() == {"year": [1, 2, None, 3], "author": [None, None, None, "Ann"]}


def test_rows_without_text_have_no_attributes_either(tmp_path):
    corpus = added(tmp_path, "a.csv", "text,n\nsome text,1\n,2\nmore text,3\n", columns=Columns("text"))
    assert corpus.attributes.to_pydict() == {"n": [1, 3]}


def test_parts_of_a_long_document_share_its_attributes(tmp_path):
    data = parquet_of({"text": ["some long text", "more"], "n": [1, 2]})
    corpus = added(tmp_path, "a.parquet", data, columns=Columns("text"), limits=Limits(max_document_chars=9))
    assert corpus.attributes.column("n").to_pylist() == [1, 1, 2]


def test_id_depends_on_attributes_and_only_where_there_are_any(tmp_path):
    def id_of(data, *columns):
        return added(tmp_path, "a.csv", data, columns=Columns(*columns)).id

    plain = id_of("text,label\nsome text,x\nmore text,y\n", "text", "label")
    assert plain == encode_corpus([Document("some text", "x"), Document("more text", "y")], tmp_path / "b", name="x").id
    first = id_of("text,label,year\nsome text,x,1\nmore text,y,2\n", "text", "label")
    other = id_of("text,label,year\nsome text,x,1\nmore text,y,3\n", "text", "label")
    renamed = id_of("text,label,born\nsome text,x,1\nmore text,y,2\n", "text", "label")
    moved = id_of("text,label,year\nsome text,x,\nmore text,y,12\n", "text", "label")
    assert len({plain, first, other, renamed, moved}) == 5
    assert id_of("text,label,year\nsome text,x,1\nmore text,y,2\n", "text", "label") == first


def test_corpus_without_a_table_has_no_attributes(tmp_path):
    corpus = encode_corpus([Packed(b"some words", np.array([10]))], tmp_path, name="x")
    assert corpus.attributes is None and not list(corpus.folder.glob("*attributes*"))


def test_a_matrix_keeps_its_first_columns(tmp_path):
    attributes = {f"c{i}": i for i in range(MOST_COLUMNS + 3)}
    table = encode_corpus([Document("some text", attributes=attributes)], tmp_path, name="x").attributes
    assert table.column_names == list(attributes)[:MOST_COLUMNS]


def test_label_column_keeps_its_name_when_it_was_found_and_not_chosen(tmp_path):
    rows = "\n".join(f"some text about number {i},{'sea' if i % 2 else 'air'},{i}" for i in range(8))
    corpus = added(tmp_path, "a.csv", f"review,genre,id\n{rows}\n")
    assert corpus.has_labels == (corpus.column_of("label") == "genre")
    assert "id" in corpus.attributes.column_names
