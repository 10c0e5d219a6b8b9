"""Benchmarks in every dialect are what they are, never something else, and small files are no exception."""

import json
import zipfile

import numpy as np
import pytest
from helpers.corpora import parquet_of, write, xlsx_of, zipped

from embedlab.core.errors import BadInput
from embedlab.data.reading.options import ReadOptions
from embedlab.evaluation import evaluate
from embedlab.evaluation.files.loading import SIDECAR, described, load_benchmark
from embedlab.vectors.embedding import Embedding

PAIRS = [("oak", "elm", 7.5), ("oak", "boat", 1.25), ("rain", "snow", 6.0)]


def load(tmp_path, data, name="a.csv"):
    return load_benchmark(write(tmp_path / name, zipped(data) if isinstance(data, dict) else data))


def refused(tmp_path, data, name="a.csv"):
    with pytest.raises(BadInput) as caught:
        load(tmp_path, data, name)
    return str(caught.value)


def table(separator, *, header=None, comma=False, index=False, quote=""):
    rows = [[a, b, str(score).replace(".", "," if comma else ".")] for a, b, score in PAIRS]
    rows = ([header] if header else []) + rows
    if index:
        rows = [["" if header and not n else str(n - bool(header)), *row] for n, row in enumerate(rows)]
    return "".join(separator.join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in rows)


HEADER = ["first", "second", "score"]


@pytest.mark.parametrize("separator", ["\t", ";", "|", ",", " ", "    "])
@pytest.mark.parametrize("header", [None, HEADER, ["Wort 1", "Wort 2", "Urteil"]])
@pytest.mark.parametrize("index", [False, True])
def test_word_pairs_in_every_dialect(tmp_path, separator, header, index):
    blanks = separator == " "
    header = [name.replace(" ", "_") for name in header] if header and blanks else header
    data = table(separator, header=header, index=index and not (blanks and header))
    assert load(tmp_path, data).rows == PAIRS


@pytest.mark.parametrize("separator", ["\t", ";", "|"])
@pytest.mark.parametrize("header", [None, HEADER])
@pytest.mark.parametrize("quote", ["", '"'])
def test_decimal_commas_are_no_separators(tmp_path, separator, header, quote):
    assert load(tmp_path, table(separator, header=header, comma=True, quote=quote)).rows == PAIRS


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1250", "iso-8859-2"])
def test_word_pairs_in_other_encodings(tmp_path, codec):
    data = "żółw\tślimak\t6.5\nłąka\tźdźbło\t7\nświt\tżaba\t1\npieśń\tgęś\t2\nkość\tłoś\t3\n".encode(codec)
    assert load(tmp_path, data).rows[0] == ("żółw", "ślimak", 6.5)


def test_encoding_that_was_guessed_is_in_the_note_of_the_score(tmp_path):
    path = write(
        tmp_path / "a.tsv", "żółw\tślimak\t6\nłąka\tźdźbło\t7\nświt\tżaba\t1\nżaba\tłąka\t5\n".encode("cp1250")
    )
    run = Embedding(["żółw", "ślimak", "łąka", "źdźbło", "świt", "żaba"], np.eye(6, dtype=np.float32) + 0.1)
    result = evaluate(run, path)
    assert result.n_used == 4 and "Encoding Windows-1250, detected with confidence" in result.note
    result = evaluate(run, path, options={"reading": {"encoding": "cp1252"}})
    assert result.n_used == 0 and "¿ó³w" in result.missing


def test_file_beside_a_benchmark_says_how_to_read_it(tmp_path):
    path = write(tmp_path / "a.tsv", "sowa;ptak\nwrona;ptak\nlis;zwierz\nżubr;zwierz\n".encode("cp1250"))
    before = load_benchmark(path)
    write(tmp_path / f"a.tsv{SIDECAR}", json.dumps({"encoding": "cp1250", "header": True}))
    after = load_benchmark(path)
    assert (len(before.rows), after.rows) == (4, [("wrona", "ptak"), ("lis", "zwierz"), ("żubr", "zwierz")])
    assert before.digest != after.digest
    write(tmp_path / f"a.tsv{SIDECAR}", "[]")
    with pytest.raises(BadInput, match="should hold an object"):
        load_benchmark(path)


def test_hashtags_are_words_and_comments_are_comments(tmp_path):
    data = "# word1\tword2\tscore\n#oak\t#elm\t7.5\noak\tboat\t1.25\n# nothing\nrain\tsnow\t6\n"
    found = load(tmp_path, data, "a.tsv")
    assert found.rows == [("#oak", "#elm", 7.5), *PAIRS[1:]]
    assert found.said == ("2 lines that begin with # were left out as comments.",)


@pytest.mark.parametrize(
    "data, name",
    [
        (
            parquet_of(
                {
                    "id": [0, 1, 2],
                    "word1": [p[0] for p in PAIRS],
                    "word2": [p[1] for p in PAIRS],
                    "score": [p[2] for p in PAIRS],
                }
            ),
            "a.parquet",
        ),
        (xlsx_of({"S": [HEADER, *PAIRS]}), "a.xlsx"),
        ("\n".join(json.dumps(dict(zip(HEADER, pair, strict=True))) for pair in PAIRS), "a.jsonl"),
    ],
)
def test_word_pairs_in_other_files(tmp_path, data, name):
    assert load(tmp_path, data, name).rows == PAIRS


@pytest.mark.parametrize(
    "data",
    ["a\tb\tc\td\ne\tf\tg\th\n", "a,b,c,d\ne,f,g,h\n", "a b c d\ne f g h\n", '"a","b","c","d"\n"e","f","g","h"\n'],
)
def test_analogies_without_sections(tmp_path, data):
    found = load(tmp_path, data)
    assert (found.rows, found.categories) == ([("a", "b", "c", "d"), ("e", "f", "g", "h")], ["questions"] * 2)


def test_header_of_word_classes_is_no_word(tmp_path):
    data = "Begriff;Art\nrose;plant\noak;plant\nowl;bird\nhawk;bird\n"
    found = load(tmp_path, data)
    assert described(found) == "4 words in 2 classes"
    assert found.said == ("The first row, Begriff and Art, was taken as the names of the columns.",)
    assert len(load_benchmark(tmp_path / "a.csv", ReadOptions(header=False)).rows) == 5
    assert len(load(tmp_path, data.replace("Begriff;Art\n", "")).rows) == 4


def test_analogies_with_tags(tmp_path):
    found = load(tmp_path, "JJ_JJR good better rough rougher\nNN_NNS owl owls fox foxes\n", "a.txt")
    assert found.categories == ["JJ_JJR", "NN_NNS"] and found.rows[1] == ("owl", "owls", "fox", "foxes")


def test_bats_takes_any_of_the_answers(tmp_path):
    """The run has the second answer only, and it is right."""
    (tmp_path / "L05 [kinds].txt").write_text("owl\tfowl/bird\nhawk\tfowl/bird\n")
    run = Embedding(["owl", "bird", "hawk"], np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]], np.float32))
    found = load_benchmark(tmp_path / "L05 [kinds].txt")
    assert found.rows == [("owl", "fowl", "hawk", "fowl"), ("hawk", "fowl", "owl", "fowl")]
    assert found.also == (("fowl", "bird"), ("fowl", "bird"))
    assert evaluate(run, tmp_path / "L05 [kinds].txt").n_total == 2


def test_relation_of_too_many_pairs(tmp_path):
    data = "".join(f"w{i}\ta{i}/b{i}\n" for i in range(201))
    assert "holds 201 pairs of one relation, which make 40,200 questions" in refused(tmp_path, data, "E01.txt")


@pytest.mark.parametrize("text", [":) what a lovely film", ":D fine", "it was: fine", "target = none of this"])
@pytest.mark.parametrize("first", [True, False])
def test_labelled_texts_with_a_strange_one_among_them(tmp_path, text, first):
    rows = [f"a really good film {i}\tpos\na rather bad film {i}\tneg\n" for i in range(6)]
    rows.insert(0 if first else 3, f"{text} indeed\tpos\n")
    assert described(load(tmp_path, "".join(rows), "a.tsv")) == "13 texts with 2 labels"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_labelled_texts_with_separators_line_breaks_and_long_cells(tmp_path, separator):
    long = "very " * 40_000
    texts = [
        f"one{separator} two and three",
        "first line\n# second line",
        "a tab\there",
        "plain words here",
        long,
        "x; y | z, w",
    ]
    body = "".join(f'"{text}"{separator}{"ab"[i % 2]}\n' for i, text in enumerate(texts))
    found = load(tmp_path, f"text{separator}label\n{body}")
    assert [row[0] for row in found.rows] == [text.strip() for text in texts]


def test_short_texts_under_a_header_of_glue(tmp_path):
    data = "sentence,label\n" + "".join(f"{'good' if i % 2 else 'poor'} film,{i % 2}\n" for i in range(20))
    assert described(load(tmp_path, data)) == "20 texts with 2 labels"


@pytest.mark.parametrize(
    "data, match",
    [
        ("1 Q0 d1 1 9.5 mine\n1 Q0 d2 2 9.1 mine\n", "results of a system"),
        ("1 0 d1 1\n1 0 d2 0\n2 0 d4 1\n", "judgements of a collection"),
        ("oak elm\nrain snow\n", "needs at least two classes"),
        ("oak\n", "neither word pairs"),
        ("oak;elm;ash\nrain;snow;fog\n", "neither word pairs"),
        ("1,2,3\n4,5,6\n", "neither word pairs"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_was_seen(tmp_path, data, match):
    assert match in refused(tmp_path, data, "a.txt")


DOCUMENTS = [("d1", "owls sleep by day"), ("d2", "foxes cross the road"), ("d3", "rain falls")]


def collection(judgements, kind="csv"):
    head = {"csv": "_id,text\n", "tsv": "_id\ttext\n"}
    if kind in head:
        separator = head[kind][3]
        corpus = head[kind] + "".join(separator.join(row) + "\n" for row in DOCUMENTS)
        queries = head[kind] + separator.join(("q1", "when do owls sleep")) + "\n"
    elif kind == "parquet":
        corpus = parquet_of({"_id": [d[0] for d in DOCUMENTS], "title": [""] * 3, "text": [d[1] for d in DOCUMENTS]})
        queries = parquet_of({"_id": ["q1"], "text": ["when do owls sleep"]})
    else:
        corpus = "".join(json.dumps({"_id": id, "text": text}) + "\n" for id, text in DOCUMENTS)
        queries = json.dumps({"_id": "q1", "text": "when do owls sleep"})
    return {f"corpus/corpus-00000-of-00001.{kind}": corpus, f"queries/queries.{kind}": queries} | judgements


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
@pytest.mark.parametrize(
    "judgements",
    [
        {"qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t0.5\n"},
        {"qrels/test.tsv": "q1\td1\t2.0\nq1\td3\t0.5\n"},
        {"qrels.csv": "q1,d1,2\nq1,d3,0.5\n"},
        {"qrels/test.txt": "q1 0 d1 2\nq1 0 d3 0.5\n"},
        {"data/test.parquet": parquet_of({"query-id": ["q1", "q1"], "corpus-id": ["d1", "d3"], "score": [2.0, 0.5]})},
    ],
)
def test_beir_in_every_form(tmp_path, kind, judgements):
    found = load(tmp_path, collection(judgements, kind), "a.zip")
    assert found.documents == DOCUMENTS and found.queries == [("q1", "when do owls sleep")]
    assert found.relevance == {"q1": {"d1": 2.0, "d3": 0.5}}


def test_judgements_padded_and_without_grades(tmp_path):
    smart = {
        "cisi.all": ".I 1\n.T\nowls\n.W\nowls sleep\n.I 28\n.W\nfoxes run\n",
        "cisi.qry": ".I 1\n.W\nwhen do owls sleep\n",
        "cisi.rel": "     1     28\t0\t0.000000\n     1      1\t0\t0.000000\n",
    }
    assert load(tmp_path, smart, "a.zip").relevance == {"1": {"28": 1.0, "1": 1.0}}


def test_system_of_ones_own_is_ranked_with_the_runs(tmp_path):
    """Its column stands in the rows of the score, under the name it gives itself."""
    run_file = {"mine.run": "q1 Q0 d3 1 9 mine\nq1 Q0 d1 2 8 mine\n"}
    path = write(tmp_path / "a.zip", zipped(collection({"qrels/test.tsv": "q1\td1\t1\n"}) | run_file))
    found = load_benchmark(path)
    assert [(one.name, one.found) for one in found.systems] == [("mine", {"q1": ["d3", "d1"]})]
    run = Embedding(["owls", "sleep", "foxes", "road", "rain"], np.eye(5, dtype=np.float32))
    result = evaluate(run, path)
    assert result.rows[0]["mine nDCG@10"] == pytest.approx(1 / np.log2(3), abs=1e-6)
    assert [one["name"] for one in result.references] == ["BM25", "mine"]


def test_workbook_is_no_archive(tmp_path):
    assert zipfile.is_zipfile(write(tmp_path / "a.xlsx", xlsx_of({"S": [HEADER, *PAIRS]})))
    assert load_benchmark(tmp_path / "a.xlsx").rows == PAIRS


def test_options_overrule_what_would_be_detected(tmp_path):
    path = write(tmp_path / "a.csv", "rot;rosa;1\nblau;grün;2\n")
    assert load_benchmark(path).rows == [("rot", "rosa", 1.0), ("blau", "grün", 2.0)]
    assert load_benchmark(path, ReadOptions(header=True)).rows == [("blau", "grün", 2.0)]
