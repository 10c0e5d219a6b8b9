"""Benchmark files: every format is told by its content, and what cannot be used is named in a sentence."""

import json
import zipfile

import numpy as np
import pytest

from embedlab.core.errors import BadInput
from embedlab.evaluation import BENCHMARKS, load_benchmark


def _path(name):
    return BENCHMARKS[name].path


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a\tb\t1.5\nc\td\t2\n", [("a", "b", 1.5), ("c", "d", 2.0)]),
        ('word1,word2,score\na,b,1.5\n"c",d,-2e0\n', [("a", "b", 1.5), ("c", "d", -2.0)]),
        ("# a comment\na b 1\r\n\r\nc d 2\r\n", [("a", "b", 1.0), ("c", "d", 2.0)]),
        (
            "word1\tword2\tPOS\tSimLex999\told\nold\tnew\tA\t1.58\t9\nnew york\tcity\tN\t3\t9\n",
            [("old", "new", 1.58), ("new york", "city", 3.0)],
        ),
        ("\ufeffa;b;1\n", [("a", "b", 1.0)]),
    ],
)
def test_word_pair_files(tmp_path, text, expected):
    (tmp_path / "f").write_bytes(text.encode())
    assert load_benchmark(tmp_path / "f").rows == expected


def test_analogy_files(tmp_path):
    (tmp_path / "f").write_text("# c\n: one two\na b c d\n:\ne f g h\n")
    found = load_benchmark(tmp_path / "f")
    assert found.rows == [("a", "b", "c", "d"), ("e", "f", "g", "h")]
    assert found.categories == ["one two", "questions"]


def test_latin_1_files(tmp_path):
    (tmp_path / "f").write_bytes("café\tthé\t1\n".encode("latin-1"))
    assert load_benchmark(tmp_path / "f").rows == [("café", "thé", 1.0)]


@pytest.mark.parametrize(
    "content, match",
    [
        (b"", "holds no lines"),
        (b"# only\n", "holds no lines"),
        (b"\0\1\2", "looks like a binary file, not text"),
        (b": x\na b c\n", "Line 2 of f has 3 words; a question has four: 'a b c'"),
        (b": x\n", "names categories but holds no question"),
        (b"a b c d e\nf g h i j\n", "neither word pairs .* nor analogies .*: line 2 reads 'f g h i j'"),
        (b"just one\n", "neither word pairs"),
        (b"a\tb\t1\nc\td\n", "Line 2 of f needs two words and a score in column 3; it reads 'c d'"),
        (b"a\tb\t1\nc\td\tnan\n", "Line 2 of f needs two words and a score"),
        (b"a\tb\t1\nc\t\t1\n", "Line 2 of f needs two words and a score"),
    ],
)
def test_files_that_are_no_benchmark(tmp_path, content, match):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(BadInput, match=match):
        load_benchmark(tmp_path / "f")


@pytest.mark.data
def test_public_similarity_files_equal_gensims_and_scipy(data):
    """WordSim-353 as published equals the copy in gensim, and the related and similar parts are read whole."""
    folder = data / "similarity"
    sizes = {
        "EN-WS-353-ALL": 353,
        "EN-WS-353-SIM": 203,
        "EN-WS-353-REL": 252,
        "EN-SIMLEX-999": 999,
        "EN-RG-65": 65,
        "EN-MC-30": 30,
    }
    for name, n in sizes.items():
        assert len(load_benchmark(folder / f"{name}.txt").rows) == n
    published = load_benchmark(folder / "EN-WS-353-ALL.txt")
    assert sorted(published.rows) == sorted(load_benchmark(_path("wordsim353")).rows)
    assert load_benchmark(folder / "EN-SIMLEX-999.txt").rows == load_benchmark(_path("simlex999")).rows


# Other kinds of files


def test_class_files(tmp_path):
    (tmp_path / "f").write_text("# c\nword\tclass\nnew york\tcity\nrose\tflower\ntulip\tflower\n")
    found = load_benchmark(tmp_path / "f")
    assert (found.task, found.rows) == ("classes", [("new york", "city"), ("rose", "flower"), ("tulip", "flower")])


def test_association_files(tmp_path):
    (tmp_path / "f").write_text(
        "target: flowers = rose, tulip, rose\nTARGET insects=ant,wasp\nattribute: good = joy, love\n"
        "attribute: = pain, war\n"
    )
    found = load_benchmark(tmp_path / "f")
    assert found.targets == (("flowers", ["rose", "tulip"]), ("insects", ["ant", "wasp"]))
    assert found.attributes == (("good", ["joy", "love"]), ("attribute", ["pain", "war"]))


TALES = [f"A long tale with many words in it, number {i}." for i in range(10)]


@pytest.mark.parametrize(
    "text, rows",
    [
        ("".join(f'"{t}","{t[:-1]} too.",{i / 2}\n' for i, t in enumerate(TALES)), 10),
        (
            "genre\tfilename\tyear\tscore\tsentence1\tsentence2\n"
            + "".join(f"main\tf\t2012\t{i / 2}\t{t}\t{t} too\n" for i, t in enumerate(TALES)),
            10,
        ),
        ("sentence1\tsentence2\tsimilarity_score\n" + f"{TALES[0]}\t{TALES[1]}\t3\n", 1),
    ],
)
def test_sentence_pair_files(tmp_path, text, rows):
    (tmp_path / "f").write_text(text)
    found = load_benchmark(tmp_path / "f")
    assert (found.task, len(found.rows)) == ("sts", rows)
    assert found.rows[0][0] == TALES[0] and found.rows[0][2] == (3 if rows == 1 else 0)


@pytest.mark.parametrize(
    "text, first",
    [
        ("".join(f"{t}\t{i % 2}\n" for i, t in enumerate(TALES)), (TALES[0], "", "0")),  # SST-2 without a header
        (
            "sentence\tlabel\n" + "".join(f"{t}\t{i % 2}\n" for i, t in enumerate(TALES)),
            (TALES[0], "", "0"),
        ),  # SST-2 as GLUE has it
        (
            "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
            + "".join(f"{i % 2}\t1\t2\t{t}\t{t} or\n" for i, t in enumerate(TALES)),
            (TALES[0], TALES[0] + " or", "0"),
        ),  # MRPC
        ("".join(f"gj04\t{i % 2}\t{'*' * (i % 2)}\t{t}\n" for i, t in enumerate(TALES)), (TALES[0], "", "gj04")),
        (
            "index\tquestion\tsentence\tlabel\n"
            + "".join(f"{i}\twhat is it, {t}\t{t}\tentailment\n" for i, t in enumerate(TALES)),
            ("what is it, " + TALES[0], TALES[0], "entailment"),
        ),  # QNLI
        (
            "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
            + "".join(f"{i}\t1\t2\t{t}\t{t} or\t{i % 2}\n" for i, t in enumerate(TALES)),
            (TALES[0], TALES[0] + " or", "0"),
        ),
    ],
)  # QQP
def test_files_of_texts_with_labels(tmp_path, text, first):
    (tmp_path / "f").write_text(text)
    found = load_benchmark(tmp_path / "f")
    assert found.task == "probe"
    if first[2] == "gj04":  # CoLA: the sources and the stars are no labels, the column of 0 and 1 is
        first = (first[0], "", "0")
    assert found.rows[0] == first and found.test.sum() == 2 and "held out" in found.split


def test_folder_of_train_and_dev(tmp_path):
    for name, n in (("train", 8), ("dev", 2)):
        (tmp_path / f"{name}.tsv").write_text(
            "sentence\tlabel\n" + "".join(f"{t}\t{i % 2}\n" for i, t in enumerate(TALES[:n]))
        )
    (tmp_path / "test.tsv").write_text(
        "index\tsentence\n" + "".join(f"{i}\t{t}\n" for i, t in enumerate(TALES))
    )  # as GLUE gives it out
    found = load_benchmark(tmp_path)
    assert (len(found.rows), found.test.sum(), found.split) == (10, 2, "Trained on train.tsv, tested on dev.tsv.")
    assert found.digest == load_benchmark(packed(tmp_path)).digest


def test_one_table_beside_a_readme(tmp_path):
    (tmp_path / "README.txt").write_text("These pairs were judged by forty people.")
    (tmp_path / "pairs.tsv").write_text("a\tb\t1\n")
    assert load_benchmark(tmp_path).rows == [("a", "b", 1.0)]
    assert load_benchmark(tmp_path).digest == load_benchmark(tmp_path / "pairs.tsv").digest


def test_short_sentences_are_no_words(tmp_path):
    (tmp_path / "f").write_text(
        "A man eats.,A man sleeps.,2.5\nBirds sing.,A bird sings.,4\nIt rains,The sun shines,1\n"
    )
    assert load_benchmark(tmp_path / "f").task == "sts"


def packed(folder):
    archive = folder.parent / f"{folder.name}.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                file.write(path, f"inside/{path.relative_to(folder)}")
    return archive


@pytest.fixture
def beir(tmp_path):
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": f"d{i}", "title": "T", "text": f"text {i}"}) + "\n" for i in range(3))
    )
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": f"q{i}", "text": f"query {i}"}) + "\n" for i in range(2))
    )
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq0\td1\t2\nq0\td2\t0\nq1\tgone\t1\nq1\td0\t1\n"
    )
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq0\td0\t1\n")
    return folder


def test_beir_folder_and_archive(beir):
    found = load_benchmark(beir)
    assert (found.task, found.documents[1], found.queries) == (
        "search",
        ("d1", "T text 1"),
        [("q0", "query 0"), ("q1", "query 1")],
    )
    assert found.relevance == {"q0": {"d1": 2}, "q1": {"d0": 1}}
    assert found.note == "1 judgements name documents that are not in the collection and were left out."
    assert load_benchmark(packed(beir)) == found


@pytest.mark.parametrize(
    "gone, match",
    [
        ("queries.jsonl", "looks like a BEIR folder but has no queries.jsonl"),
        ("qrels/test.tsv", "names a query and a document|no qrels"),
    ],
)
def test_beir_folder_with_a_part_missing(beir, gone, match):
    (beir / gone).unlink()
    if gone.startswith("qrels"):
        (beir / "qrels" / "dev.tsv").unlink()
        match = "looks like a BEIR folder but has no qrels/test.tsv"
    with pytest.raises(BadInput, match=match):
        load_benchmark(beir)


@pytest.mark.parametrize(
    "file, line, match",
    [
        ("corpus.jsonl", "{broken", "Line 4 of corpus.jsonl is not JSON"),
        ("queries.jsonl", '{"id": 3}', "Line 3 of queries.jsonl has no '_id'; it has id"),
        ("qrels/test.tsv", "q0\td1\tmuch", "Line 6 of test.tsv should end in a grade; it reads 'much'"),
    ],
)
def test_beir_with_a_broken_line(beir, file, line, match):
    with open(beir / file, "a") as opened:
        opened.write(line + "\n")
    with pytest.raises(BadInput, match=match):
        load_benchmark(beir)


def test_smart_and_trec_layouts_are_one_collection(tmp_path):
    """Cranfield as it was first given out and as TREC writes it; in both the judgements count queries by place."""
    smart, trec = tmp_path / "smart", tmp_path / "trec"
    for folder in (smart, trec):
        folder.mkdir()
    (smart / "cran.all").write_text(
        "".join(f".I {i}\n.T\ntitle {i}\n.A\nsomeone\n.W\ntitle {i}\nwords of {i}\n" for i in (1, 2, 3))
    )
    (smart / "cran.qry").write_text(".I 001\n.W\nfirst query\n.I 004\n.W\nsecond query\n")
    (smart / "cranqrel").write_text("1 2 1\n2 3 3\n2 1 -1\n")
    (trec / "docs.xml").write_text(
        "".join(
            f"<doc><docno>{i}</docno><title>title {i}</title><author>someone</author>"
            f"<text>title {i} words &amp;\nof {i}</text></doc>"
            for i in (1, 2, 3)
        )
    )
    (trec / "topics.xml").write_text(
        "<top><num> 1</num><title>first query</title></top><top><num>4</num><title> second\nquery</title></top>"
    )
    (trec / "qrels.txt").write_text("1 0 2 1\r\n2 0 3 3\r\n2 0 1 -1\r\n")
    found = [load_benchmark(folder) for folder in (smart, trec)]
    assert [one.documents[0] for one in found] == [("1", "title 1 words of 1"), ("1", "title 1 words & of 1")]
    for one in found:
        assert one.queries == [("1", "first query"), ("2", "second query")]
        assert one.relevance == {"1": {"2": 1}, "2": {"3": 3}}
        assert one.note.startswith("The judgements count the queries from 1 on")


@pytest.mark.parametrize(
    "files, match",
    [
        ({"a.txt": "one two", "b.txt": "three"}, "holds 2 files \\(a.txt, b.txt\\), which are no benchmark together"),
        (
            {"docs.xml": "<doc><docno>1</docno><text>x</text></doc>", "q.xml": "<top><num>1<title>x</top>"},
            "holds no judgements: it has docs.xml, q.xml",
        ),
        ({}, "holds no files"),
    ],
)
def test_folders_that_are_no_benchmark(tmp_path, files, match):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(BadInput, match=match):
        load_benchmark(tmp_path)


def test_table_in_which_nothing_is_found_names_what_was_seen(tmp_path):
    (tmp_path / "f").write_text("".join(f"{t}\t{t} and more\n" for t in TALES))
    with pytest.raises(
        BadInput,
        match="f is a table of 10 lines and 2 columns in which no texts with labels .* "
        "its first line reads 'A long tale",
    ):
        load_benchmark(tmp_path / "f")


def test_table_with_a_cell_missing(tmp_path):
    (tmp_path / "f").write_text(f"sentence\tlabel\n{TALES[0]}\t1\n{TALES[1]}\n")
    with pytest.raises(BadInput, match="Row 2 of f needs a text and its label; it reads 'A long tale"):
        load_benchmark(tmp_path / "f")


def test_archives_that_cannot_be_used(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("corpus.jsonl", b" " * (40 << 20))
    with pytest.raises(BadInput, match="bomb.zip unpacks to more than 200 times its size"):
        load_benchmark(bomb)
    whole = packed_text(tmp_path)
    (tmp_path / "cut.zip").write_bytes(whole.replace(b"hello", b"jello", 1))
    with pytest.raises(BadInput, match="cut.zip is damaged or cut short"):
        load_benchmark(tmp_path / "cut.zip")


def packed_text(tmp_path) -> bytes:
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as file:
        file.writestr("a.tsv", "hello\tthere\t3\n")
    return (tmp_path / "whole.zip").read_bytes()


def test_archive_whose_names_lead_out_of_it_is_not_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "up.zip", "w") as file:
        file.writestr("../../escape.tsv", "a\tb\t1\n")
    with pytest.raises(BadInput, match="leads out of the archive"):
        load_benchmark(tmp_path / "up.zip")
    assert not (tmp_path.parent.parent / "escape.tsv").exists()


@pytest.mark.data
def test_public_sets_are_read_whole(data):
    cranfield = load_benchmark(data / "cranfield")
    assert (len(cranfield.documents), len(cranfield.queries), len(cranfield.relevance)) == (1400, 225, 225)
    assert sum(map(len, cranfield.relevance.values())) == 1612
    assert cranfield.queries[2] == (
        "3",
        "what problems of heat conduction in composite slabs have been solved so far .",
    )
    assert "count the queries from 1 on" in cranfield.note
    assert len(load_benchmark(data / "stsb").rows) == 1379
    sst2 = load_benchmark(data / "sst2")
    assert (len(sst2.rows), sst2.test.sum()) == (6920 + 872, 872)
    np.testing.assert_array_equal(np.flatnonzero(sst2.test)[:2], [6920, 6921])
