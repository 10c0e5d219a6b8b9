import bz2
import gzip
import json
import re
import tracemalloc
import zipfile
from dataclasses import replace

import pytest
from helpers.corpora import LABELS, TEXTS, docx_of, every_format, parquet_of, pdf_of, wiki_of, write, zipped

from embedlab.core.errors import BadInput
from embedlab.data.bundled import BUNDLED
from embedlab.data.reading.readers import (
    Columns,
    Document,
    Limits,
    ReadContext,
    ReadOptions,
    read_documents,
    table_preview,
    text_documents,
)

FORMATS = every_format()


def texts(path, **options):
    return [document.text for document in read_documents(path, **options)]


def refused(path, **options):
    with pytest.raises(BadInput) as caught:
        list(read_documents(path, **options))
    sentence = str(caught.value)
    assert sentence[-1] in ".?" and len(sentence) > 20
    return sentence


@pytest.mark.parametrize("name", FORMATS)
def test_read_documents_every_format(tmp_path, name):
    path = write(tmp_path / "upload.bin", FORMATS[name])
    assert texts(path, name=name) == TEXTS


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.json", "object.json", "columns.json", "a.parquet"])
def test_read_documents_label_column(tmp_path, name):
    path = write(tmp_path / name, FORMATS[name])
    assert list(read_documents(path, columns=Columns(text="text", label="label"))) == [
        Document(text, label) for text, label in zip(TEXTS, LABELS, strict=True)
    ]


def test_read_documents_pair_column(tmp_path):
    path = write(tmp_path / "pairs.csv", "A man runs.,A man is running.,5.0\nA dog sits.,,1.0\n")
    assert list(read_documents(path, columns=Columns(text="column 1", pair="column 2"))) == [
        Document("A man runs.", None, "A man is running.", attributes={"column 3": "5.0"}),
        Document("A dog sits.", None, "", attributes={"column 3": "1.0"}),
    ]


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("auto", ["one two", "three", "four"]),
        ("line", ["one two", "three", "four"]),
        ("paragraph", ["one two\nthree", "four"]),
        ("file", ["one two\nthree\n\n\nfour"]),
    ],
)
def test_read_documents_split(tmp_path, split, expected):
    path = write(tmp_path / "a.txt", "\none two\r\nthree\r\n\r\n \r\nfour\r\n")
    assert texts(path, options=ReadOptions(split=split)) == [text.replace("\n\n\n", "\n\n \n") for text in expected]


def test_read_documents_fasttext_labels(tmp_path):
    path = write(tmp_path / "a.txt", "__label__pos __label__new good film\n__label__neg bad film\n__label__neg \n")
    assert list(read_documents(path)) == [Document("good film", "pos"), Document("bad film", "neg")]


def test_read_documents_one_long_line_streams(tmp_path):
    path = tmp_path / "long.txt"
    with open(path, "w") as file:
        for _ in range(8):
            file.write("word and another " * 60_000)
    tracemalloc.start()
    lengths, words = [], 0
    for document in read_documents(path):
        lengths.append(len(document.text))
        words += len(document.text.split())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert words == 8 * 180_000
    assert max(lengths) <= 100_000
    assert peak < 6e6  # of 8.2 MB


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("\ufeffcafé".encode(), "café"),
        ("café".encode("utf-16"), "café"),
        ("plain text".encode("utf-16-le"), "plain text"),
        ("plain text".encode("utf-16-be"), "plain text"),
        ("café".encode("utf-32"), "café"),
        ("the café is “open” again".encode("cp1252"), "the café is “open” again"),
        (b"x" * 70_000 + " café ".encode("cp1252") + "naïve".encode(), "x" * 70_000 + " café naïve"),
        (("a" * 65_535 + "é").encode(), "a" * 65_535 + "é"),  # the first look ends inside a character
    ],
)
def test_read_documents_encodings(tmp_path, data, expected):
    assert texts(write(tmp_path / "a.txt", data)) == [expected]


@pytest.mark.parametrize(
    ("name", "data", "match"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\n ", "only white space"),
        ("a.txt", b"abc\0def", "binary file"),
        ("a.txt", b"abc" * 30_000 + b"\0", "binary file"),
        ("a.txt", bytes(range(1, 32)) * 9, "binary file"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\0\0", "looks like a PNG image, not text"),
        ("a.txt", zipped({"a": b"x"}), "looks like a ZIP archive, not text"),
        ("a.csv", gzip.compress(b"x", mtime=0), "looks like a gzip file, not text"),
        ("a.gz", b"plain", "named like a gzip file but does not start like one"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n", "named like a PDF document but looks like a PNG image"),
        ("a.xlsx", b"PK\x03\x04", "not a ZIP archive|Excel"),
        ("a.html", b"<html><body>x", "save it as .txt"),
        ("a", b"<!DOCTYPE html><html>x", "web page"),
        ("a.xyz", b"\x7fELF\0", "looks like a program"),
        ("a.xml", b"<svg></svg>", "not a MediaWiki dump"),
        ("a.txt.gz", gzip.compress(b"text " * 9999, mtime=0)[:60], "damaged or cut short"),
        ("a.txt.gz", gzip.compress(b"", mtime=0), "empty"),
        ("a.bz2", bz2.compress(b"text " * 9999)[:-20], "damaged or cut short"),
        ("a.zip", b"PK\x03\x04 broken", "not a ZIP archive that can be read"),
        ("a.zip", zipped({}), "no file"),
        ("a.zip", zipped({"a.txt": b""}), "no file with anything in it"),
        ("a.zip", zipped({"a": b"\0\1"}), "binary file"),
        ("a.zip", zipped({"../a.txt": b"x"}), "leads out of the archive"),
        ("a.zip", zipped({"/etc/a.txt": b"x"}), "leads out of the archive"),
        ("a.zip", zipped({"C:\\a.txt": b"x"}), "leads out of the archive"),
        ("a.zip", zipped({"d\\..\\..\\a.txt": b"x"}), "leads out of the archive"),
        ("a.docx", zipped({"a.txt": b"x"}), "no Word document"),
        ("a.docx", zipped({"word/document.xml": b"<x/>"}), "holds no text"),
        ("a.pdf", b"%PDF-1.4 nothing", "not a PDF that can be read"),
        ("a.pdf", pdf_of([""]), "Run text recognition"),
        ("a.parquet", b"PAR1 broken", "not a Parquet file"),
        ("a.parquet", parquet_of({"text": []}), "no rows"),
        ("a.csv", b"\n\n", "no rows"),
        ("a.csv", b"text,label\n", "no rows"),
        ("a.jsonl", b'{"text": "x"}\n{"text": ', "Line 2 of a.jsonl is not JSON"),
        ("a.jsonl", b"[1]\n", "No column of a.jsonl holds text"),
        ("a.jsonl", b"[[1]]\n", "holds a list"),
        ("a.json", b'["a", 5]', "holds a number"),
        ("a.json", b'["a" "b"]', "not JSON from item 2"),
        ("a.json", b'["a", "b"', "not JSON from item 3"),
        ("a.json", b"{]", "not JSON"),
        ("a.json", b"[]", "no rows"),
        ("a.json", b"[" * 50_000, "not JSON"),
    ],
)
def test_read_documents_refuses(tmp_path, name, data, match):
    assert re.search(match, refused(write(tmp_path / name, data)))


def test_read_documents_missing_file(tmp_path):
    assert refused(tmp_path / "none.txt") == "There is no file none.txt. Check the path."
    assert "is a folder" in refused(tmp_path)


def test_read_documents_missing_column_names_the_closest(tmp_path):
    path = write(tmp_path / "a.csv", "review,stars\ngood film,5\n")
    assert refused(path, columns=Columns(text="reviews")) == (
        "a.csv has no column 'reviews'; it has 'review', 'stars'. Did you mean 'review'?"
    )
    assert (
        refused(path, columns=Columns(label="quux"))
        == "a.csv has no column 'quux'; it has 'review', 'stars'. Choose one of these."
    )


def test_read_documents_empty_column(tmp_path):
    path = write(tmp_path / "a.csv", "text,label\n,x\n ,y\n")
    assert refused(path, columns=Columns(text="text")) == (
        "The column 'text' of a.csv is empty in all 2 rows. Choose another text column of 'text', 'label'."
    )


def test_read_documents_column_of_a_list_of_texts(tmp_path):
    assert "only texts" in refused(write(tmp_path / "a.json", '["x"]'), columns=Columns(text="text"))


def test_read_documents_file_over_the_limit(tmp_path):
    path = write(tmp_path / "a.txt", b"x" * 2000)
    assert refused(path, context=ReadContext(Limits(max_file_bytes=1000))) == (
        "a.txt has 2.0 kB; the limit is 1.0 kB a file. Split it and add the parts."
    )


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        bz2.compress,
        lambda data: zipped({"a.txt": data}),
        lambda data: zipped({"b.gz": gzip.compress(data)}),
    ],
)
def test_read_documents_bomb(tmp_path, pack):
    path = write(tmp_path / "bomb", pack(b"0" * 40_000_000))
    assert "decompression bomb" in refused(path)


def test_read_documents_zip_that_lies_about_its_size(tmp_path):
    data = bytearray(zipped({"a.txt": b"0" * 40_000_000}))
    at = data.rfind(b"PK\x01\x02") + 24  # the size in the central directory
    data[at : at + 4] = (40_000_000 // 1000).to_bytes(4, "little")
    path = write(tmp_path / "liar.zip", bytes(data))
    assert "damaged" in refused(path)


def test_read_documents_unpacked_over_the_limit(tmp_path):
    limits = Limits(max_unpacked_bytes=10_000)
    for name, data in {
        "a.gz": gzip.compress(b"text " * 9999, mtime=0),
        "a.zip": zipped({"a.txt": b"text " * 9999}),
    }.items():
        assert "unpacked" in refused(write(tmp_path / name, data), context=ReadContext(limits))


def test_read_documents_too_many_members(tmp_path):
    path = write(tmp_path / "a.zip", zipped({f"{i}.txt": b"x" for i in range(12)}))
    assert "12 files; the limit is 10" in refused(path, context=ReadContext(Limits(max_members=10)))


def test_read_documents_too_deep(tmp_path):
    data = b"text"
    for _ in range(5):
        data = gzip.compress(data)
    assert "more than 3 deep" in refused(write(tmp_path / "a.gz.gz.gz.gz.gz", data))


def test_read_documents_encrypted_zip(tmp_path):
    data = bytearray(zipped({"a.txt": b"secret"}))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    assert "needs a password" in refused(write(tmp_path / "a.zip", bytes(data)))


def test_read_documents_encrypted_pdf(tmp_path):
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(write(tmp_path / "plain.pdf", pdf_of(["text"]))))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(tmp_path / "a.pdf")
    assert "protected by a password" in refused(tmp_path / "a.pdf")


def test_read_documents_docx_bomb(tmp_path):
    data = docx_of(["x"]) + b""
    with zipfile.ZipFile(write(tmp_path / "a.docx", data), "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/huge.xml", b"0" * 40_000_000)
    assert "decompression bomb" in refused(tmp_path / "a.docx")


def test_read_documents_docx_with_table(tmp_path):
    path = write(tmp_path / "a.docx", docx_of(["First.", "", "Second."], [["a", "b"], ["c", "d"]]))
    assert texts(path) == ["First.", "Second.", "a\tb", "c\td"]
    assert texts(path, options=ReadOptions(split="file")) == ["First.\n\nSecond.\n\na\tb\n\nc\td"]


def test_read_documents_pdf_joins_words_cut_at_line_ends(tmp_path):
    path = write(tmp_path / "a.pdf", pdf_of(["An exam-\nple here", "", "Second page"]))
    assert texts(path) == ["An example here", "Second page"]


def test_read_documents_wiki_skips_what_is_no_article(tmp_path):
    markup = (
        "== Cats ==\n'''Cats''' are [[felid|small felids]].{{cite|x}}&lt;ref&gt;no&lt;/ref&gt;\n"
        "* They purr\n[[Category:Cats]]"
    )
    path = write(
        tmp_path / "a.xml",
        wiki_of(
            [
                ("Cat", 0, markup, False),
                ("Puss", 0, "#REDIRECT [[Cat]]", True),
                ("Kitty", 0, "#redirect [[Cat]]", False),
                ("Talk:Cat", 1, "talk", False),
                ("Template:X", 10, "template", False),
            ]
        ),
    )
    assert texts(path) == ["Cats\n\nCats are small felids.\n\nThey purr"]


def test_read_documents_wiki_with_entities_is_refused(tmp_path):
    laughs = b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    path = write(tmp_path / "a.xml", laughs + wiki_of([("T", 0, "&b;", False)]))
    assert "not a MediaWiki dump" in refused(path)
    broken = write(tmp_path / "b.xml", wiki_of([("T", 0, "text", False)])[:-40])
    assert "read to its end" in refused(broken)


def test_read_documents_markdown_loses_its_marks(tmp_path):
    path = write(tmp_path / "a.md", "# Big *title*\n\n- a [link](http://x.y)\n- **bold** snake_case 2*3\n\n> said")
    assert texts(path) == ["Big title", "a link\nbold snake_case 2*3", "said"]


def test_read_documents_csv_oddities(tmp_path):
    quoted = 'id;text;label\r\n1;"two\r\nlines; and ""quotes""";x\r\n2;second, here;y;z\r\n\r\n3;third;\r\n'
    path = write(tmp_path / "a.csv", quoted)
    assert list(read_documents(path, columns=Columns(text="text", label="label"))) == [
        Document('two\nlines; and "quotes"', "x", attributes={"id": "1"}),
        Document("second, here", "y;z", attributes={"id": "2"}),
        Document("third", None, attributes={"id": "3"}),
    ]
    assert texts(write(tmp_path / "b.csv", "this is a film,0\nanother film here,1\n")) == [
        "this is a film",
        "another film here",
    ]
    assert texts(write(tmp_path / "c.csv", ",text\n0,hello there\n")) == ["hello there"]
    assert texts(write(tmp_path / "d.csv", "text,text\nhello there,no\n"), columns=Columns(text="text 2")) == ["no"]
    assert texts(write(tmp_path / "e.csv", "text\nhello there\n")) == ["hello there"]


def test_read_documents_table_line_over_the_limit(tmp_path):
    for name in ("a.csv", "a.jsonl"):
        path = write(tmp_path / name, "x" * 5000)
        assert "no row of a table" in refused(
            path, context=ReadContext(Limits(max_document_chars=1000, max_json_bytes=1000))
        )


def test_read_documents_json_array_in_pieces(tmp_path):
    rows = [{"n": i, "text": f"text {i} " + "é" * 3000} for i in range(1000)]
    path = write(tmp_path / "a.json", " [ " + " , ".join(json.dumps(row, ensure_ascii=False) for row in rows) + " ] ")
    assert texts(path) == [row["text"] for row in rows]


def test_read_documents_json_object_over_the_limit(tmp_path):
    path = write(tmp_path / "a.json", json.dumps({"data": [{"text": "x" * 100}] * 50}))
    assert "JSON Lines" in refused(path, context=ReadContext(Limits(max_json_bytes=1000)))


def test_read_documents_json_surrogates_and_null(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": null}\n{"text": "half \\ud800"}\n{"other": 1}\n')
    assert texts(path, columns=Columns(text="text")) == ["half \ud800"]


def test_read_documents_long_document_is_cut(tmp_path):
    path = write(tmp_path / "a.jsonl", json.dumps({"text": "word " * 100}))
    parts = texts(path, context=ReadContext(Limits(max_document_chars=120)))
    assert [len(part) for part in parts] == [119, 120, 120, 120, 20]
    assert "".join(parts) == ("word " * 100).strip()


def test_read_documents_tells_how_far_it_is(tmp_path):
    path, seen = write(tmp_path / "a.txt.gz", gzip.compress(b"text\n" * 1000, mtime=0)), []
    list(read_documents(path, context=ReadContext(on_read=seen.append)))
    assert sum(seen) == path.stat().st_size


def preview_of(path):
    return table_preview(path)[0]


def test_table_preview_suggests_columns(tmp_path):
    path = write(
        tmp_path / "a.csv",
        "id,url,review,sentiment\n"
        + "".join(
            f"{i},http://example.com/a/very/long/address/{i}/indeed/it/is,a fine film number "
            f"{i},{'pos' if i % 2 else 'neg'}\n"
            for i in range(30)
        ),
    )
    preview = preview_of(path)
    assert preview.columns == ("id", "url", "review", "sentiment")
    assert (preview.suggested.text, preview.suggested.label) == ("review", "sentiment")
    assert preview.rows[1] == {
        "id": "1",
        "url": "http://example.com/a/very/long/address/1/indeed/it/is",
        "review": "a fine film number 1",
        "sentiment": "pos",
    }
    assert len(preview.rows) == 20


def test_table_preview_label_by_few_values(tmp_path):
    path = write(tmp_path / "a.tsv", "words\tkind\n" + "a film here\tx\nanother film\ty\n" * 3)
    assert preview_of(path).suggested.label == "kind"


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "strings.jsonl", "strings.json", "a.xml"])
def test_table_preview_of_what_is_no_table(tmp_path, name):
    assert preview_of(write(tmp_path / name, FORMATS[name])) is None


@pytest.mark.parametrize("name", ["a.csv.bz2", "a.zip", "a.parquet", "object.json", "columns.json"])
def test_table_preview_of_every_table(tmp_path, name):
    assert preview_of(write(tmp_path / name, FORMATS[name])).suggested.text == "text"


def test_text_documents_pasted():
    assert list(text_documents("one\r\n\r\ntwo")) == [Document("one"), Document("two")]
    with pytest.raises(BadInput, match="Paste"):
        list(text_documents(" \n"))


@pytest.mark.parametrize(
    ("key", "n", "first"),
    [
        ("lee", 300, "Hundreds of people have been forced"),
        ("polarity", 200, "simplistic , silly and tedious ."),
    ],
)
def test_bundled_is_what_it_says(key, n, first):
    bundled = BUNDLED[key]
    documents = list(read_documents(bundled.path(), options=ReadOptions(split=bundled.options["split"])))
    assert len(documents) == n and documents[0].text.startswith(first)
    assert {document.label for document in documents} == ({"pos", "neg"} if bundled.labelled else {None})


def test_bundled_wiki_is_plain_text():
    first = next(read_documents(BUNDLED["enwiki"].path())).text
    assert first.startswith("Anarchism is a political philosophy")
    assert not any(mark in first for mark in ("[[", "{{", "'''", "=="))


def test_limits_are_kept_apart():
    assert replace(Limits(), max_ratio=5).max_ratio == 5 and Limits().max_ratio == 200


def test_table_preview_takes_the_first_of_two_equal_columns(tmp_path):
    path = write(tmp_path / "a.csv", "a man runs here,a man is running,5.0\na dog sat,a dog is sitting,1.0\n" * 3)
    assert preview_of(path).suggested.text == "column 2"
    path = write(tmp_path / "b.csv", "a man runs here,a man runs there,5.0\n" * 3)
    assert preview_of(path).suggested.text == "column 1"


# Triplets and graded pairs


def test_read_documents_negative_and_score_columns(tmp_path):
    path = tmp_path / "triplets.csv"
    path.write_text(
        "query,good,bad,grade\nhow to boil eggs,boil them,paint them,0.5\nwhat is rain,water,,\n", encoding="utf-8"
    )
    found = list(read_documents(path, columns=Columns(text="query", pair="good", negative="bad", score="grade")))
    assert found == [
        Document("how to boil eggs", None, "boil them", "paint them", 0.5),
        Document("what is rain", None, "water", "", None),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("headerless.csv", 'A man sings.,A man is singing.,4.75\nA dog runs.,"A cat, asleep.",0.0\n'),
        (
            "original.tsv",
            "main\tMSRvid\t2012\t0001\t4.75\tA man sings.\tA man is singing.\nmain\tMSRvid\t2012\t0002\t0.0\tA "
            "dog runs.\tA cat, asleep.\n",
        ),
        (
            "named.tsv",
            "genre\tsentence1\tsentence2\tscore\nx\tA man sings.\tA man is singing.\t4.75\nx\tA dog runs.\tA "
            "cat, asleep.\t0.0\n",
        ),
    ],
)
def test_table_of_two_sentences_and_a_score_is_known_by_itself(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert [replace(document, attributes=None) for document in read_documents(path)] == [
        Document("A man sings.", None, "A man is singing.", None, 4.75),
        Document("A dog runs.", None, "A cat, asleep.", None, 0.0),
    ]
    suggested = preview_of(path).suggested
    assert suggested.pair and suggested.score and suggested.label is None


def test_score_that_is_no_number_is_named_with_its_row(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("a,b,score\none two,three four,1.5\nfive six,seven,high\n", encoding="utf-8")
    with pytest.raises(
        BadInput, match="Row 2 of scores.csv has 'high' in the score column 'score', which is not a number"
    ):
        list(read_documents(path, columns=Columns(text="a", pair="b", score="score")))
