"""Tables come back as they were written, whatever the dialect; what was detected is said."""

import csv
import io

import pytest
from helpers.corpora import write
from hypothesis import given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadInput, BadSetting
from embedlab.data.reading.cells import Dialect, rows_of
from embedlab.data.reading.headers import MOST_COLUMNS, column_names
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.sources import source_of_bytes
from embedlab.data.reading.tables import delimited, records

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff")
CELLS = st.text(st.one_of(LETTERS, st.sampled_from('"\n\t ,;|\\')), max_size=12)
SENTENCES = st.sampled_from(
    [
        "The kettle boiled, and the tea was ready.",
        'He said "come in" and closed the door.',
        "First line\nsecond line; with marks",
        "A tab\tand a bar | inside",
        "plain words",
        '"all of it quoted"',
    ]
)


def source_of(text, name="a.csv", encoding="utf-8", **options):
    data = text if isinstance(text, bytes) else text.encode(encoding)
    return source_of_bytes(name, data, ReadOptions(**options))


def read(text, name="a.csv", encoding="utf-8", **options):
    """(columns, rows, reading) of a table."""
    source = source_of(text, name, encoding, **options)
    table = delimited(source)
    rows = [row.cells for row in table.rows]
    return table.columns, rows, source.tally.reading(name)


def written(rows, separator, quoting=csv.QUOTE_MINIMAL, end="\n"):
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6)),
    separator=st.sampled_from(list(SEPARATORS)),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_cells_come_back_when_the_dialect_is_given(rows, separator, quoting, end, encoding):
    text = written(rows, SEPARATORS[separator], quoting, end)
    _, found, _ = read(text, encoding=encoding, separator=separator, header=False, quotes=True)
    assert found == [[cell.replace("\r\n", "\n") for cell in row] for row in rows]


@settings(max_examples=80, deadline=None)
@given(
    texts=st.lists(SENTENCES, min_size=4, max_size=8),
    separator=st.sampled_from(list(SEPARATORS)),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    name=st.sampled_from(["a.csv", "a"]),
)
def test_a_table_of_sentences_comes_back_without_being_told_its_dialect(texts, separator, quoting, encoding, name):
    rows = [["id", "text", "label"], *([str(i), text, "yn"[i % 2]] for i, text in enumerate(texts))]
    columns, found, reading = read(written(rows, SEPARATORS[separator], quoting), name, encoding)
    assert (columns, reading.header, reading.separator) == (rows[0], True, SEPARATORS[separator])
    assert found == rows[1:]


@pytest.mark.parametrize("separator", ["\t", ",", ";", "|"])
def test_lone_quotation_marks_swallow_no_rows(separator):
    lines = [
        "review{0}stars",
        "fine tea{0}5",
        '"a good cup{0}4',
        "weak{0}1",
        '"and cold{0}2',
        'the "best" pot{0}5',
        '"ends{0}3',
    ]
    text = "\n".join(lines).format(separator) + "\n"
    _, rows, reading = read(text)
    assert [row[0] for row in rows] == ["fine tea", '"a good cup', "weak", '"and cold', 'the "best" pot', '"ends']
    assert reading.notes == ("3 quotation marks open a cell and never close one, and were read as letters.",)


def test_marks_around_words_stay_in_tab_separated_files_of_the_field():
    _, rows, _ = read('text\tlabel\n"Splendid" they said\t1\n"Awful"\t0\nfine\t1\n', "a.tsv")
    assert [row[0] for row in rows] == ['"Splendid" they said', '"Awful"', "fine"]


def test_quoted_cells_of_several_lines_after_the_first_look():
    """The mark stands far behind what is looked at first."""
    body = "".join(f"{i}\tplain words number {i}\n" for i in range(8_000))
    _, rows, _ = read(f'id\ttext\n{body}x\t"two\tcells\nand two lines"\ny\tlast\n', "a.tsv")
    assert rows[-2:] == [["x", "two\tcells\nand two lines"], ["y", "last"]]


def test_backslashes_before_marks():
    _, rows, _ = read('id,text\n1,"he said \\"no, thanks\\" again"\n2,"plain, words"\n')
    assert rows == [["1", 'he said "no, thanks" again'], ["2", "plain, words"]]


def test_a_mark_that_never_closes_in_a_row_that_makes_no_sense():
    with pytest.raises(BadInput, match="Line 3 of a.csv opens a quotation mark that is never closed"):
        read('a,b,c\n1,2,3\n4,"5 and 6\n7,8,9\n')


def test_the_line_that_names_the_separator():
    columns, rows, reading = read("sep=|\nword|count\ntea, hot|3\ncoffee; cold|4\n")
    assert (columns, rows, reading.separator) == (["word", "count"], [["tea, hot", "3"], ["coffee; cold", "4"]], "|")


@pytest.mark.parametrize(
    "text, separator",
    [
        ("word;rate\ntea;8,5\ncup;9,1\n", ";"),
        ("tea;cup;8,5\ncat;dog;1,25\n", ";"),
        ("a, b\tc, d\ne, f\tg, h\n", "\t"),
        ("name    age    town\nAnna    31     New York\nBo      7      Rome\n", "  "),
    ],
)
def test_separator_beside_commas_of_another_kind(text, separator):
    assert read(text)[2].separator == separator


def test_separator_can_be_chosen_by_name():
    assert read("a;b,c\nd;e,f\n", separator="comma", header=False)[1] == [["a;b", "c"], ["d;e", "f"]]
    assert read("a b  c\n", separator="spaces", header=False)[1] == [["a", "b", "c"]]
    for wrong in ("letters", "x", '"', ""):
        with pytest.raises(BadSetting, match="A separator is one of"):
            ReadOptions(separator=wrong)


@pytest.mark.parametrize(
    "text, header",
    [
        (
            "When did you come?,What was good?,Again?\n2024-01-02,The garden was lovely.,yes\n2024-01-03,Soup.,no\n",
            True,
        ),
        (
            "Please describe in your own words what the staff could do better next time,Rating\nMore time.,3\n"
            "Smile.,5\n",
            True,
        ),
        ("country,2019,2020,2021\nPeru,1.5,1.7,2.0\nChad,3.5,3.0,3.1\n", True),
        (",0,1\n0,hello there,x\n1,good day,y\n", True),
        ("0,1,2\nhello there,x,5\ngood day,y,6\n", True),
        ("the film was good,1\nthe film was bad,0\n", False),
        ("good\tpos\nbad\tneg\nfine\tpos\npoor\tneg\n", False),
        ("3,4,5\n1,2,9\n", False),
        ("It rained.\nThe sun came out.\n", False),
        ("kopf;inhalt\nErster Titel;Ein langer Satz steht hier.\nZweiter Titel;Noch ein Satz.\n", True),
    ],
)
def test_header_is_known_by_how_it_differs(text, header):
    assert read(text)[2].header is header


def test_header_can_be_chosen():
    assert read("tea,1\ncup,2\n", header=True)[0] == ["tea", "1"]
    assert read("text,label\nsome words,x\n", header=False)[1][0] == ["text", "label"]


def test_column_of_row_names_as_r_writes_it():
    columns, rows, reading = read('"mpg" "cyl"\n'.replace(" ", ",") + '"Mazda",21,6\n"Fiat",32.4,4\n')
    assert (columns, rows[0]) == (["column 1", "mpg", "cyl"], ["Mazda", "21", "6"])
    assert reading.renamed == {"column 1": ""}


def test_rows_that_are_too_long_or_too_short_are_counted():
    _, rows, reading = read("text,label\na, b,c\nonly\nd,e\nf,g,\n")
    assert rows == [["a", " b,c"], ["only"], ["d", "e"], ["f", "g"]]
    assert reading.notes == (
        "1 rows have more cells than there are columns; the rest was added to the last one.",
        "1 rows have fewer cells than there are columns.",
    )


def test_names_that_are_blank_or_come_twice_get_a_number_in_no_time():
    """Five thousand of each; done by search in a list this took minutes."""
    names, renamed = column_names(["x"] * 4_000 + [""] * 4_000, "a.csv")
    assert len(set(names)) == 8_000 and names[:2] == ["x", "x 2"] and names[-1] == "column 8000"
    assert len(renamed) == 7_999


def test_too_many_columns_are_refused():
    with pytest.raises(BadInput, match=f"a.csv has 200,000 columns; a table may have {MOST_COLUMNS:,}"):
        read(",".join(f"c{i}" for i in range(200_000)) + "\n" + ",".join("1" for _ in range(200_000)) + "\n")


def test_a_cell_of_a_million_letters():
    long = "word " * 200_000
    assert list(records(source_of(f'text,label\n"{long}",x\nshort,y\n')))[0] == {"text": long, "label": "x"}


def test_many_quoted_lines_in_one_cell_take_time_in_proportion():
    """A cell of 40,000 lines with marks in each: cut again at every line it would take hours."""
    cell = '""said"" they\n' * 40_000
    rows = list(rows_of(f'a,"{cell}"'.split("\n"), Dialect(","), limit=10_000_000))
    assert rows[0].cells == ["a", '"said" they\n' * 40_000]


def test_file_without_rows_is_refused(tmp_path):
    for text in ("", "\n\n", "text,label\n"):
        with pytest.raises(BadInput, match="holds no rows|is empty"):
            list(records(source_of(write(tmp_path / "a.csv", text).read_bytes())))
