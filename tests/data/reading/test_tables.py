"""Columns are found by their cells, every form of JSON is a table, and anything else is refused in a sentence."""

import json

import pytest
from helpers.corpora import write, xlsx_of
from hypothesis import given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadInput
from embedlab.data.reading import readers
from embedlab.data.reading.plain import head_text
from embedlab.data.reading.readers import Columns, Limits, ReadContext, ReadOptions, read_documents, table_preview
from embedlab.data.reading.reading import MOST_READINGS, Reading, merged, second_name, sentences_of
from embedlab.data.reading.suggest import as_number, holds_text

VECTOR = [round(i / 7, 3) for i in range(40)]


def read(tmp_path, name, data, columns=Columns(), **options):
    """(documents, reading) of a file."""
    readings = []
    path = write(tmp_path / name, data)
    context = ReadContext(on_reading=readings.append)
    documents = list(read_documents(path, columns=columns, options=ReadOptions(**options), context=context))
    return documents, readings[0]


def texts(tmp_path, name, data, **options):
    return [document.text for document in read(tmp_path, name, data, **options)[0]]


def refused(tmp_path, name, data, **options):
    with pytest.raises(BadInput) as caught:
        read(tmp_path, name, data, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    "cell",
    [
        VECTOR,
        json.dumps(VECTOR),
        " ".join(map(str, VECTOR)),
        "2026-01-05 10:00",
        "https://a.b/c d"[:13],
        "b2f7c1d9e8a70615",
    ],
)
def test_columns_of_vectors_dates_and_codes_are_never_the_text(tmp_path, cell):
    rows = [{"other": cell, "kind": "ab"[i % 2], "note": f"green tea {'pot' * (i + 1)}"} for i in range(4)]
    documents, reading = read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    assert [document.text for document in documents] == [row["note"] for row in rows]
    assert reading.columns == {"text": "note"}


def test_table_without_text_is_refused_and_its_columns_are_named(tmp_path):
    sentence = refused(tmp_path, "plays.csv", ",user,item,plays\n0,u17,i204,12\n1,u23,i7,3\n2,u17,i9,1\n")
    assert sentence.startswith("No column of plays.csv holds text")
    assert "'user', 'item', 'plays'" in sentence
    path = tmp_path / "plays.csv"
    assert [one.text for one in read_documents(path, columns=Columns(text="user"))] == ["u17", "u23", "u17"]


@pytest.mark.parametrize("words", [["tea", "cup"], ["茶", "杯"], ["ok I", "go on"]])
def test_short_words_are_text(words):
    assert holds_text(words)


@pytest.mark.parametrize(
    "text, number",
    [
        ("8,5", 8.5),
        ("8.5", 8.5),
        ("-0,25", -0.25),
        ("1e3", 1000.0),
        ("1,000,000", None),
        ("1_0", None),
        ("nan", None),
        ("−2", -2.0),
    ],
)
def test_numbers_with_decimal_points_and_commas(text, number):
    assert as_number(text) == number


# JSON

ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": st.sampled_from(["owls sleep by day", "a fox ran", "rain fell"]), "n": st.integers()}
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, orient=st.sampled_from(["records", "columns", "index", "split", "lines", "nested"]))
def test_every_orientation_of_json_gives_the_same_rows(tmp_path_factory, rows, orient):
    indexed = {str(i): row for i, row in enumerate(rows)}
    forms = {
        "records": rows,
        "columns": {name: {i: row[name] for i, row in indexed.items()} for name in ("text", "n")},
        "index": indexed,
        "split": {"columns": ["text", "n"], "index": list(indexed), "data": [[row["text"], row["n"]] for row in rows]},
        "nested": {"meta": {"version": 2}, "rows": rows},
    }
    data = "\n".join(map(json.dumps, rows)) if orient == "lines" else json.dumps(forms[orient])
    documents, _ = read(tmp_path_factory.mktemp("json"), "a.json", data)
    assert [(one.text, one.attributes) for one in documents] == [(row["text"], {"n": row["n"]}) for row in rows]


def test_fields_of_objects_inside_objects_are_columns(tmp_path):
    rows = [{"user": {"name": "Ann", "place": {"town": "Ulm"}}, "post": {"body": f"fine words {i}"}} for i in range(3)]
    documents, reading = read(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    assert documents[0].text == "fine words 0"
    assert documents[0].attributes == {"user.name": "Ann", "user.place.town": "Ulm"}
    assert reading.columns == {"text": "post.body"}


@pytest.mark.parametrize("depth", [300, 985, 1_000, 5_000, 100_000])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("opening, closing", [('{"a":', "}"), ("[", "]")])
def test_json_nested_too_deep_ends_in_a_sentence(tmp_path, depth, name, opening, closing):
    sentence = refused(tmp_path, name, opening * depth + "1" + closing * depth)
    assert sentence[-1] == "." and len(sentence) < 400


def test_rows_of_a_split_table_that_are_too_short(tmp_path):
    data = json.dumps({"columns": ["a", "b"], "data": [["x", "y"], ["z"]]})
    assert "Row 2 of a.json does not have the 2 cells" in refused(tmp_path, "a.json", data)


def test_json_with_too_many_fields(tmp_path):
    assert "columns; a table may have 10,000" in refused(
        tmp_path, "a.jsonl", json.dumps({f"c{i}": "some words" for i in range(20_000)})
    )


# Spreadsheets and collections


def test_sheet_can_be_chosen_and_the_others_are_named(tmp_path):
    data = xlsx_of(
        {"First": [["text"], ["owls sleep"]], "Second": [["note", "n"], ["foxes run", 3], ["rain fell", 2.5]]}
    )
    documents, reading = read(tmp_path, "a.xlsx", data)
    assert [one.text for one in documents] == ["owls sleep"]
    assert reading.notes == ("Only the sheet 'First' was read; 'Second' can be chosen by name.",)
    documents, reading = read(tmp_path, "a.xlsx", data, sheet="Second")
    assert [(one.text, one.attributes) for one in documents] == [("foxes run", {"n": "3"}), ("rain fell", {"n": "2.5"})]
    assert "has no sheet 'Third'; it has 'First', 'Second'" in refused(tmp_path, "a.xlsx", data, sheet="Third")


@pytest.mark.parametrize("data", [b"PK\x03\x04 broken", xlsx_of({"Empty": []})])
def test_spreadsheet_that_cannot_be_read(tmp_path, data):
    assert refused(tmp_path, "a.xlsx", data)[-1] == "."


@pytest.mark.parametrize(
    "lines", ["1 0 d1 1\n1 0 d2 0\n2 0 d7 1\n", "1 Q0 d1 1 9.5 mine\n1 Q0 d2 2 9.1 mine\n2 Q0 d1 1 3 mine\n"]
)
def test_judgements_and_results_are_no_text(tmp_path, lines):
    assert "holds judgements or results of a collection" in refused(tmp_path, "qrels.txt", lines)


def test_documents_of_a_collection_come_in_one_stream(tmp_path):
    """Longer than what is read at a time, so that records are cut."""
    docs = "".join(
        f"<DOC>\n<DOCNO>d{i}</DOCNO>\n<TITLE>T{i}</TITLE><TEXT>{'word ' * 400}{i}</TEXT>\n</DOC>\n" for i in range(900)
    )
    documents, reading = read(tmp_path, "docs.txt", docs)
    assert reading.rows == 900 and documents[-1].text == f"T899 {'word ' * 400}899"
    assert documents[-1].attributes == {"id": "d899", "title": "T899"}


def test_labels_of_fasttext_end_at_any_white_space(tmp_path):
    data = "__label__good\tnice tea\n__label__bad  weak tea\n__label__a\t__label__b\ttwo labels\n"
    documents, _ = read(tmp_path, "train.tsv", data)
    assert [(one.label, one.text) for one in documents] == [
        ("good", "nice tea"),
        ("bad", "weak tea"),
        ("a", "two labels"),
    ]


def test_text_that_looks_like_a_table_is_said_to(tmp_path):
    data = "id\ttext\n1\tan owl\n2\ta fox\n"
    documents, reading = read(tmp_path, "a.txt", data)
    assert len(documents) == 3 and "Choose the separator tab to read a table" in reading.notes[0]
    assert texts(tmp_path, "a.txt", data, separator="tab") == ["an owl", "a fox"]


# What is said


def test_rows_without_text_are_counted(tmp_path):
    _, reading = read(tmp_path, "a.csv", "text,label\nan owl,x\n,y\n  ,z\n")
    assert (reading.rows, reading.dropped) == (1, {"the column 'text' is empty": 2})
    assert "2 rows were left out: the column 'text' is empty." in reading.sentences()


def test_rows_over_the_limit_are_refused(tmp_path):
    path = write(tmp_path / "a.csv", "text\n" + "an owl\n" * 20)
    with pytest.raises(BadInput, match="more than 10 rows"):
        list(read_documents(path, context=ReadContext(Limits(max_rows=10))))


def test_reading_survives_json():
    reading = Reading(
        "a.csv", "a table", 3, {"empty": 1}, "UTF-8", "valid", None, ",", True, {"text": "t"}, {"b": ""}, ("x.",)
    )
    assert Reading.from_dict(json.loads(json.dumps(reading.to_dict())) | {"of a newer version": 1}) == reading


def test_readings_of_many_files_are_added_up():
    readings = [Reading(f"{i}.txt", "text", 2, {"empty": 1}) for i in range(MOST_READINGS + 30)]
    kept = merged(readings)
    assert len(kept) == MOST_READINGS + 1
    assert kept[-1] == {"file": "30 more files", "kind": "files", "rows": 60, "dropped": {"empty": 30}}


def test_sentences_of_many_files_are_short_where_nothing_is_doubtful():
    plain, doubtful = Reading("a.txt", "text", 2, encoding="UTF-8"), Reading("b.txt", "text", 1, notes=("Odd.",))
    assert sentences_of([plain, doubtful]) == [
        "a.txt: 2 documents read as text.",
        "b.txt: 1 document read as text.",
        "Odd.",
    ]
    assert second_name("one", "two") == ["This text is already here as 'one'; 'two' is now a second name for it."]
    assert second_name("one", "one") == second_name("one", None) == []


def test_preview_says_how_the_file_is_understood_so_far(tmp_path):
    preview, reading = table_preview(
        write(tmp_path / "a.csv", "kawa;rodzaj\nźle parzona;x\ndobra kawa;y\n".encode("cp1250"))
    )
    assert (preview.columns, preview.suggested.text) == (("kawa", "rodzaj"), "kawa")
    assert (reading.encoding, reading.separator, reading.header) == ("Windows-1250", ";", True)
    preview, reading = table_preview(write(tmp_path / "a.txt", "plain words"))
    assert preview is None and reading.encoding == "ASCII"


def test_start_of_a_table_is_looked_at_once_and_not_at_every_row(tmp_path, monkeypatch):
    """At every row, a file of 200,000 rows would take hours."""
    looks = []
    monkeypatch.setattr(readers, "head_text", lambda source: looks.append(source.name) or head_text(source))
    path = write(tmp_path / "a.csv", "text,label\n" + "an owl sleeps,x\n" * 500)
    assert len(list(read_documents(path))) == 500
    assert len(looks) < 5


@pytest.mark.parametrize(
    ("header", "row", "pair", "score", "negative"),
    [
        ("question,answer", "why is it cold,because it is winter", "answer", None, None),
        ("Questions,Answers,Topic", "why is it cold,because it is winter,weather", "Answers", None, None),
        ("first,second,score", "a man eats,a man is eating,4.5", "second", "score", None),
        ("Text 1,Text 2,Similarity", "a man eats,a man is eating,0.9", "Text 2", "Similarity", None),
        ("anchor,positive,negative", "a man eats,a man is eating,a dog runs", "positive", None, "negative"),
    ],
)
def test_preview_proposes_texts_that_belong_together(tmp_path, header, row, pair, score, negative):
    path = tmp_path / "pairs.csv"
    path.write_text(f"{header}\n" + f"{row}\n" * 3)
    suggested = table_preview(path)[0].suggested
    assert (suggested.text, suggested.pair) == (header.split(",")[0], pair)
    assert (suggested.score, suggested.negative) == (score, negative)
