"""docs/formats.md says what is read: each row of its tables has an example here that is written and read."""

import gzip
import json
import re

import pytest
from helpers.corpora import docx_of, ods_of, parquet_of, pdf_of, wiki_of, write, xlsx_of, zipped
from helpers.paths import ROOT

from embedlab.data.reading.readers import Columns, ReadContext, read_documents
from embedlab.evaluation.files.loading import described, load_benchmark

TEXTS = ["The owl sleeps all day.", "A fox crosses the road.", "Rain falls on the barn."]
LABELS = ["bird", "beast", "sky"]
ROWS = [{"text": text, "label": label} for text, label in zip(TEXTS, LABELS, strict=True)]
TABLE = [["text", "label"], *([row["text"], row["label"]] for row in ROWS)]


def lines(separator, rows=TABLE):
    return "".join(separator.join(row) + "\n" for row in rows)


CORPORA = {
    "Plain text (.txt)": ("a.txt", "\n".join(TEXTS)),
    "Markdown (.md)": ("a.md", "\n\n".join(TEXTS)),
    "CSV (.csv)": ("a.csv", lines(",")),
    "CSV of spreadsheets with `sep=;`": ("a.csv", "sep=;\n" + lines(";")),
    "TSV (.tsv, .tab)": ("a.tsv", lines("\t")),
    "Aligned columns (.csv)": ("a.csv", "".join(f"{a:30}{b}\n" for a, b in TABLE)),
    "fastText (.txt)": ("a.txt", "".join(f"__label__{row['label']}\t{row['text']}\n" for row in ROWS)),
    "JSON Lines (.jsonl, .ndjson)": ("a.ndjson", "\n".join(json.dumps({"data": row}) for row in ROWS)),
    "JSON, a list of objects": ("a.json", json.dumps(ROWS)),
    "JSON, an object a column": (
        "a.json",
        json.dumps({name: {str(i): row[name] for i, row in enumerate(ROWS)} for name in ("text", "label")}),
    ),
    "JSON, an object a row": ("a.json", json.dumps({str(i): row for i, row in enumerate(ROWS)})),
    "JSON, columns and data": ("a.json", json.dumps({"columns": TABLE[0], "index": [0, 1, 2], "data": TABLE[1:]})),
    "Parquet (.parquet)": ("a.parquet", parquet_of({"text": TEXTS, "label": LABELS, "hash": [b"\0", b"\1", b"\2"]})),
    "Excel (.xlsx, .xlsm, .xlsb, .xls)": ("a.xlsx", xlsx_of({"Empty": [], "Notes": TABLE})),
    "OpenDocument spreadsheet (.ods)": ("a.ods", ods_of(TABLE)),
    "TREC documents": (
        "a.trec",
        "".join(f"<DOC>\n<DOCNO>{i}</DOCNO>\n{text}\n</DOC>\n" for i, text in enumerate(TEXTS)),
    ),
    "TREC queries": (
        "topics.txt",
        "".join(f"<top>\n<num> Number: {i}\n<title> {t}\n</top>\n" for i, t in enumerate(TEXTS)),
    ),
    "SMART (Cranfield)": ("cran.all", "".join(f".I {i}\n.T\n{t}\n.A\nsomeone\n.W\n{t}\n" for i, t in enumerate(TEXTS))),
    "Word (.docx)": ("a.docx", docx_of(TEXTS)),
    "PDF (.pdf)": ("a.pdf", pdf_of(TEXTS)),
    "MediaWiki dump (.xml)": ("a.xml", wiki_of([(f"T{i}", 0, text, False) for i, text in enumerate(TEXTS)])),
    "Packed (.gz, .bz2, .xz, .zip)": ("a.zip", zipped({"b.csv.gz": gzip.compress(lines(",").encode())})),
}

COLLECTION = {
    "corpus.csv": "_id,text\nd1,owls sleep by day\nd2,foxes cross the road\n",
    "queries.csv": "_id,text\nq1,when do owls sleep\n",
    "qrels/test.csv": "q1,d1,1.0\n",
}
SMART = {
    "cacm.all": ".I 1\n.W\nowls sleep\n.I 2\n.W\nfoxes run\n",
    "query.text": ".I 1\n.W\nwhen do owls sleep\n",
    "qrels.text": "01      1  0 0\n",
}
TREC = {
    "docs.trec": "<DOC><DOCNO>d1</DOCNO>owls sleep</DOC>\n<DOC><DOCNO>d2</DOCNO>foxes run</DOC>\n",
    "topics.txt": "<top><num>1</num><title>when do owls sleep</title></top>\n",
    "qrels.txt": "1 0 d1 1\n1 0 d2 0\n",
}
RUN = {"mine.run": "1 Q0 d1 1 9.5 mine\n1 Q0 d2 2 3.25 mine\n"}
SICK = (
    "pair_ID\tsentence_A\tsentence_B\tentailment_label\trelatedness_score\tSemEval_set\n"
    "1\tAn owl is asleep now\tAn owl sleeps here\tENTAILMENT\t4.5\tTRAIN\n"
    "2\tA fox is on the road\tA fox crosses it\tNEUTRAL\t3.5\tTEST\n"
    "3\tRain falls on barns\tThe sun is out\tCONTRADICTION\t1.2\tTEST\n"
)

BENCHMARKS = {
    "Word pairs": ("a.csv", ";first;second;score\n0;owl;bird;8,5\n1;fox;barn;1,0\n", "2 word pairs with scores"),
    "Analogies, Google": (
        "a.txt",
        ": young\nowl owlet fox cub\n: sound\nowl hoot fox bark\n",
        "2 analogies in 2 categories",
    ),
    "Analogies, four words a line": ("a.txt", "owl,owlet,fox,cub\nfox,cub,owl,owlet\n", "2 analogies in 1 categories"),
    "Analogies, MSR": (
        "a.zip",
        {"w.questions": "good better rough\nowl owls fox\n", "w.answers": "JJ_JJR rougher\nNN_NNS foxes\n"},
        "2 analogies in 2 categories",
    ),
    "Analogies, BATS": (
        "a.zip",
        {"BATS/L01 [kinds].txt": "owl\tbird/animal\nfox\tanimal\n", "BATS/I01 [plural].txt": "owl\towls\nfox\tfoxes\n"},
        "4 analogies in 2 categories",
    ),
    "Word classes": ("a.tsv", "owl\tbird\nhawk\tbird\nfox\tbeast\n", "3 words in 2 classes"),
    "Association test": (
        "a.txt",
        "target: owls = owl, owlet\ntarget: foxes = fox, cub\nattribute: day = sun, noon\nattribute: night = "
        "moon, dusk\n",
        "association test of owls and foxes",
    ),
    "Sentence pairs, STS": (
        "a.csv",
        f"{TEXTS[0]},{TEXTS[1]},1.5\n{TEXTS[1]},{TEXTS[2]},0.5\n{TEXTS[0]},{TEXTS[2]},2\n",
        "3 sentence pairs with scores",
    ),
    "Sentence pairs, SICK": ("a.txt", SICK, "2 sentence pairs with scores"),
    "Texts with labels": ("a.csv", "sentence,label\n" + f"{TEXTS[0]},1\n{TEXTS[1]},0\n" * 3, "6 texts with 2 labels"),
    "Retrieval, BEIR": ("a.zip", COLLECTION, "2 documents, 1 queries with judgements"),
    "Retrieval, TREC": ("a.zip", TREC, "2 documents, 1 queries with judgements"),
    "Retrieval, SMART": ("a.zip", SMART, "2 documents, 1 queries with judgements"),
    "Retrieval, one table": (
        "a.csv",
        "query,text,relevance\nwhen do owls sleep,owls sleep by day,2\nwhen do owls sleep,foxes cross the road,0\n",
        "2 documents, 1 queries with judgements",
    ),
    "Retrieval, anchor and positive": (
        "a.csv",
        "anchor,positive,negative\nwhen do owls sleep,owls sleep by day,foxes cross the road\n",
        "2 documents, 1 queries with judgements",
    ),
    "Result files, TREC": ("a.zip", TREC | RUN, "2 documents, 1 queries with judgements"),
}


def rows_of(section):
    """The first cells of the table in a section of docs/formats.md."""
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    part = re.search(rf"## {section}\n(.*?)(?=\n## |\Z)", text, re.DOTALL)[1]
    return [row.split("|")[1].strip() for row in part.split("\n") if row.startswith("|")][2:]


def test_every_row_of_the_document_has_an_example():
    assert rows_of("Corpora") == list(CORPORA)
    assert rows_of("Benchmarks") == list(BENCHMARKS)


@pytest.mark.parametrize("row", CORPORA)
def test_corpus_file_of_the_document_is_read(tmp_path, row):
    name, data = CORPORA[row]
    readings = []
    context = ReadContext(on_reading=readings.append)
    found = list(read_documents(write(tmp_path / "upload", data), name=name, context=context))
    assert [document.text for document in found] == TEXTS
    assert [reading.rows for reading in readings] == [3]
    assert all(sentence.endswith(".") for sentence in readings[0].sentences())


@pytest.mark.parametrize(
    "row", [row for row, (name, _) in CORPORA.items() if name.split(".")[-1] in ("csv", "json", "xlsx")]
)
def test_label_column_of_the_document_is_read(tmp_path, row):
    name, data = CORPORA[row]
    path = write(tmp_path / name, data)
    assert [document.label for document in read_documents(path, columns=Columns(label="label"))] == LABELS


@pytest.mark.parametrize("row", BENCHMARKS)
def test_benchmark_file_of_the_document_is_read(tmp_path, row):
    name, data, what = BENCHMARKS[row]
    path = write(tmp_path / name, zipped(data) if isinstance(data, dict) else data)
    assert described(load_benchmark(path)) == what
