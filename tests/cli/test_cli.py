"""The command line keeps its contract: JSON on stdout, one sentence and exit 2 for bad input, 130 when interrupted."""

import base64
import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import counting
from helpers.commands import COMMAND, answer, run
from helpers.paths import TESTS

from embedlab import Lab, jobs
from embedlab.models import MODELS


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def text_file(home) -> Path:
    path = home / "topics.txt"
    lines = ["cat dog fur paw tail pet", "stock bond market price trade bank"]
    path.write_text("\n".join(f"{line} {line}" for line in lines * 60))
    return path


@pytest.fixture(scope="module")
def trained(home, text_file) -> dict:
    return answer(
        home,
        "train",
        text_file,
        "--model",
        "word2vec",
        "--dim",
        16,
        "--window",
        3,
        "--epochs",
        4,
        "--min-count",
        1,
        "--seed",
        7,
        "--workers",
        1,
        "--sample",
        0,
    )


def test_corpus_add_tells_its_sizes(home, text_file):
    """In a process of its own, as a user runs it."""
    added = json.loads(
        run(home, "corpus", "add", text_file, "--name", "topics again", "--json", command=COMMAND).stdout
    )
    assert {key: added[key] for key in ("documents", "tokens", "types")} == {
        "documents": 120,
        "tokens": 1440,
        "types": 12,
    }
    assert len(added["corpus"]) == 16 and added["seconds"] >= 0


def test_corpus_add_says_how_a_file_was_read(home, tmp_path):
    path = tmp_path / "notes.csv"
    path.write_bytes("wpis;kto\nżółta łódź płynie rzeką;Ala\nźrebię pije wodę;Ola\n;Ela\n".encode("cp1250"))
    done = run(home, "corpus", "add", path, "--json")
    assert "Encoding Windows-1250, detected with confidence" in done.stderr
    assert "1 row was left out: the column 'wpis' is empty." in done.stderr
    (reading,) = json.loads(done.stdout)["reading"]
    assert (reading["rows"], reading["separator"], reading["columns"]) == (2, ";", {"text": "wpis"})
    chosen = answer(home, "corpus", "add", path, "--encoding", "cp1252", "--separator", "comma", "--no-header")
    assert chosen["reading"][0]["encoding"] == "Windows-1252" and chosen["documents"] == 4
    done = run(home, "corpus", "add", path, "--encoding", "klingon", check=False)
    assert done.returncode == 2 and "There is no encoding 'klingon'" in done.stderr


def test_second_name_for_a_text_is_said_and_works(home, tmp_path):
    path = tmp_path / "twice.txt"
    path.write_text("an owl sleeps\na fox runs\n")
    answer(home, "corpus", "add", path, "--name", "once")
    done = run(home, "corpus", "add", path, "--name", "twice", "--json")
    assert "This text is already here as 'once'; 'twice' is now a second name for it." in done.stderr
    assert Lab(home).corpus("twice").id == json.loads(done.stdout)["corpus"]


def test_train_tells_what_the_contract_names(trained):
    assert {"run", "words", "dim", "seconds", "words_per_second", "loss"} <= set(trained)
    assert (trained["words"], trained["dim"], len(trained["loss"])) == (12, 16, 4)
    assert trained["loss"][-1] < trained["loss"][0]


def test_advice_stands_in_the_answer_and_on_stderr(home, text_file):
    said = run(home, "train", text_file, "--dim", 8, "--min-count", 1, "--epochs", 1, "--json")
    advice = json.loads(said.stdout)["advice"]
    assert any("tokens are few" in each["sentence"] for each in advice)
    assert all(f"{each['level'].capitalize()}: {each['sentence']}" in said.stderr for each in advice)


def test_text_without_spaces_is_said_wherever_it_is_added(home, tmp_path):
    (tmp_path / "zh.txt").write_text("我昨天在北京遇见了老朋友。猫坐在垫子上。\n" * 20)
    added = run(home, "corpus", "add", tmp_path / "zh.txt", "--name", "zh", "--json")
    assert "looks Chinese" in json.loads(added.stdout)["language"][0] and "looks Chinese" in added.stderr
    trained = answer(home, "train", "zh", "--dim", 4, "--min-count", 1, "--epochs", 1)
    assert any("looks Chinese" in each["sentence"] for each in trained["advice"])
    assert answer(home, "neighbours", trained["run"], "猫", "-k", 1)


def test_neighbours_and_analogy_are_lists_of_words_with_scores(home, trained):
    found = answer(home, "neighbours", trained["run"], "cat", "-k", 3)
    assert [set(row) for row in found] == [{"word", "score", "count", "random_cosine"}] * 3
    assert {row["count"] for row in found} == {120}
    assert len(answer(home, "analogy", trained["run"], "cat", "dog", "bond")) == 9


def test_map_tells_where_a_word_that_is_not_drawn_would_stand(home, trained):
    told = answer(home, "map", trained["run"], "--method", "pca", "--limit", 8, "--place", "tail", "--place", "trade")
    assert (told["drawn"], [placed["name"] for placed in told["placed"]]) == (8, ["tail", "trade"])
    assert (
        told["placed"][0]["beside"] in "cat dog fur paw pet".split()
        and told["placed"][1]["beside"] in "stock bond market price bank".split()
    )
    assert (
        "is drawn on this map already"
        in run(home, "map", trained["run"], "--limit", 8, "--method", "pca", "--place", "bank", check=False).stderr
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["map.csv", "map.html", "map.svg", "map.png", "map.zip"])
def test_map_is_written_in_the_format_of_its_ending(home, trained, tmp_path, name):
    told = answer(home, "map", trained["run"], "--method", "pca", "-o", tmp_path / name)
    assert (told["drawn"], told["total"]) == (12, 12)
    data = (tmp_path / name).read_bytes()
    start = {"map.csv": b"word,x,y", "map.html": b"<", "map.svg": b"<?xml", "map.png": b"\x89PNG", "map.zip": b"PK"}[
        name
    ]
    assert data.startswith(start) and (name != "map.csv" or data.count(b"\n") == 13)


REVIEWS = [
    {
        "text": f"review {i} of a film about {topic} " + "that goes on and on " * 6,
        "label": topic,
        "year": 1990 + i,
        "id": 70 + i,
    }
    for i, topic in enumerate(["kings", "cats"] * 6)
]


@pytest.fixture(scope="module")
def reviewed(home) -> str:
    path = home / "reviews.jsonl"
    path.write_text("\n".join(map(json.dumps, REVIEWS)))
    added = answer(home, "corpus", "add", path, "--name", "m", "--text-column", "text", "--label-column", "label")
    return answer(home, "train", added["corpus"], "--dim", 5, "--epochs", 2, "--min-count", 1, "--name", "r")["run"]


def drawn(home, run_id, path, *options):
    told = answer(home, "map", run_id, "--what", "documents", "--method", "pca", "-o", path, *options)
    return told, path.read_text(encoding="utf-8")


def test_map_csv_of_documents_carries_whole_texts_ids_and_all_attributes(home, reviewed, tmp_path):
    _, text = drawn(home, reviewed, tmp_path / "m.csv")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == ["document", "text", "x", "y", "label", "year", "id"]  # coloured by label, which is there
    for row in rows:
        review = REVIEWS[int(row[0]) - 1]
        assert row[1] == review["text"].strip() and row[4:7] == [
            review["label"],
            str(review["year"]),
            str(review["id"]),
        ]
    assert len(rows) == 12


def test_map_is_coloured_and_filtered_by_attributes(home, reviewed, tmp_path):
    told, text = drawn(
        home, reviewed, tmp_path / "m.csv", "--colour", "year", "--only", "label=cats", "--only", "year>1993"
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (told["shown"], told["drawn"]) == (4, 12)
    assert sorted(row["id"] for row in rows) == ["75", "77", "79", "81"]
    told, page = drawn(home, reviewed, tmp_path / "m.html", "--colour", "year", "--only", "label=cats")
    about = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    assert about["colours"][0]["title"] == "year" and (about["colours"][0]["low"], about["colours"][0]["high"]) == (
        1991,
        2001,
    )
    facts = base64.b64decode(about["facts"]["pages"][0].split(",")[1]).decode().split("\n")
    assert len(facts) == 6 and "label: cats\tyear: 1991\tid: 71" in facts
    assert "kings" not in "".join(facts)


@pytest.mark.parametrize("name", ["m.png", "m.svg", "m.zip"])
def test_every_map_file_can_be_drawn_in_part(home, reviewed, tmp_path, name):
    told = answer(
        home,
        "map",
        reviewed,
        "--what",
        "documents",
        "--method",
        "pca",
        "--dims",
        3,
        "-o",
        tmp_path / name,
        "--only",
        "label=cats",
    )
    assert told["shown"] == 6 and (tmp_path / name).stat().st_size > 300


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--colour", "yaer"], "cannot be coloured by 'yaer'"),
        (["--only", "label"], "A filter is written column=value"),
        (["--only", "author=x"], "no attribute 'author'; they have label, year, id"),
        (["--only", "label=dogs"], "None of the 12 documents on this map meets the filter"),
    ],
)
def test_map_with_an_unknown_attribute_is_told(home, reviewed, tmp_path, options, sentence):
    words = ["map", reviewed, "--what", "documents", "--method", "pca", "-o", tmp_path / "m.csv", *options]
    done = run(home, *words, check=False)
    assert done.returncode == 2 and sentence in done.stderr and not (tmp_path / "m.csv").exists()


def test_words_are_filtered_by_part_of_speech_and_rank(home, trained, tmp_path):
    words = ["--method", "pca", "-o", tmp_path / "w.csv", "--only", "rank<=5", "--colour", "rank"]
    told = answer(home, "map", trained["run"], *words)
    rows = list(csv.DictReader((tmp_path / "w.csv").open()))
    assert told["shown"] == 5 and sorted(int(row["rank"]) for row in rows) == [1, 2, 3, 4, 5]
    assert set(rows[0]) == {"word", "x", "y", "count", "rank", "part of speech"}


def test_evaluate_with_a_file_carries_interval_coverage_and_baseline(home, trained, tmp_path):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("cat\tdog\t9\nstock\tbond\t8\ncat\tbond\t1\nfur\tmarket\t1.5\ntail\tunicorn\t3\n")
    [score] = answer(home, "evaluate", trained["run"], "--benchmark", pairs)
    assert set(score) >= {"benchmark", "score", "low", "high", "n_used", "n_total", "baseline"}
    assert (score["n_used"], score["n_total"]) == (4, 5)
    assert score["low"] <= score["score"] <= score["high"]


def test_export_then_import_gives_the_same_neighbours(home, trained, tmp_path):
    run(home, "export", trained["run"], "--format", "word2vec", "-o", tmp_path / "vectors.txt")
    imported = answer(home, "import", tmp_path / "vectors.txt", "--name", "back again")
    there, back = (answer(home, "neighbours", id, "market", "-k", 5) for id in (trained["run"], imported["run"]))
    assert [row["word"] for row in there] == [row["word"] for row in back]


def test_runs_can_be_listed_shown_renamed_and_deleted(home, text_file):
    id = answer(home, "train", text_file, "--model", "glove", "--dim", 4, "--epochs", 2, "--min-count", 1)["run"]
    run(home, "runs", "rename", id, "a better name")
    assert {"a better name"} == {row["name"] for row in answer(home, "runs") if row["run"] == id}
    assert answer(home, "runs", "show", id)["settings"]["dim"] == 4
    run(home, "runs", "delete", id)
    assert id not in [row["run"] for row in answer(home, "runs")]


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["neighbours", "nothere", "cat"], "There is no run 'nothere'"),
        (["train", "missing.txt"], "neither a corpus of this workspace, nor a file"),
        (["train", "lee", "--model", "bert"], "There is no model 'bert'"),
        (["train", "lee", "--dim", "0"], "must lie between"),
        (["train", "lee", "--dim", "many"], "many"),
        (["train", "lee", "--frobnicate", "1"], "frobnicate"),
        (["map", "nothere", "--dims", "2"], "There is no run"),
        (["export", "nothere", "--format", "word2vec", "-o", "x"], "There is no run"),
        (["import", "missing.bin"], "There is no file"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_argument_is_one_sentence_and_exit_2(home, words, sentence):
    done = run(home, *words, check=False)
    assert done.returncode == 2
    assert sentence in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1 and done.stdout == ""


def test_unknown_word_is_answered_with_spellings(home, trained):
    done = run(home, "neighbours", trained["run"], "markets", check=False)
    assert done.returncode == 2 and "market" in done.stderr


@pytest.mark.slow
def test_interrupted_training_exits_130_and_is_marked(home):
    process = subprocess.Popen(
        [*COMMAND, "train", "lee", "--epochs", "900", "--name", "stop me"],
        text=True,
        stderr=subprocess.PIPE,
        env=os.environ | {"EMBEDLAB_HOME": str(home)},
    )
    deadline = time.time() + 60
    while time.time() < deadline:
        rows = [row for row in answer(home, "runs") if row["name"] == "stop me" and row["status"] == "running"]
        if rows and (home / "runs" / rows[0]["run"] / "progress.json").exists():
            break
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert [row["status"] for row in answer(home, "runs") if row["name"] == "stop me"] == ["interrupted"]


# Pause, resume and continue, with a family that counts


COUNTING = [
    sys.executable,
    "-c",
    "from helpers import counting; counting.register(); from embedlab.cli import main; main()",
]


@pytest.fixture
def counting_env(home, monkeypatch) -> dict:
    monkeypatch.setitem(MODELS, "counting", counting.FAMILY)
    monkeypatch.setenv("EMBEDLAB_CHECKPOINT_EVERY", "0")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *filter(None, sys.path)])}


@pytest.mark.slow
def test_pause_stops_a_training_of_another_process_at_a_checkpoint(home, text_file, counting_env):
    process = subprocess.Popen(
        [
            *COUNTING,
            "train",
            text_file,
            "--model",
            "counting",
            "--epochs",
            "1000",
            "--wait",
            "0.02",
            "--name",
            "counted",
        ],
        text=True,
        stderr=subprocess.PIPE,
        env=counting_env | {"EMBEDLAB_HOME": str(home)},
    )
    lab = Lab(home)
    deadline = time.time() + 60
    while time.time() < deadline and "running" not in [found.status for found in lab.runs(name="counted")]:
        time.sleep(0.1)
    told = json.loads(run(home, "pause", "counted", "--json", command=COUNTING, env=counting_env).stdout)
    assert told["status"] == "paused" and 0 < told["done"] < 1
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, "Paused. Go on with: embedlab resume RUN\n")


@pytest.mark.slow
def test_resume_ends_the_run_and_another_begins_from_it(home, text_file, counting_env):
    def stop(progress):
        if progress.step == 15:
            raise KeyboardInterrupt

    lab = Lab(home)
    id = lab.new_training(lab.add_corpus(text_file), "counting", {"epochs": 3})
    with pytest.raises(KeyboardInterrupt):
        jobs.run_here(lab, id, report=stop)
    resumed, continued = (
        json.loads(run(home, *words, "--json", command=COUNTING, env=counting_env).stdout)
        for words in (["resume", id], ["train", text_file, "--model", "counting", "--epochs", 1, "--from", id])
    )
    assert (resumed["run"], len(resumed["loss"])) == (id, 3)
    assert (continued["words"], continued["dim"], lab.run(continued["run"]).spec.base) == (12, 4, id)
    again = run(home, "resume", id, check=False, command=COUNTING, env=counting_env)
    assert (again.returncode, again.stdout) == (
        2,
        "",
    ) and "is done and has no checkpoint to resume from" in again.stderr


def test_help_names_every_command(home):
    text = run(home, "--help").stdout
    for command in (
        "corpus",
        "train",
        "neighbours",
        "analogy",
        "map",
        "evaluate",
        "export",
        "import",
        "runs",
        "pause",
        "resume",
        "why",
        "compare",
    ):
        assert command in text


def test_why_tells_shared_contexts_with_sentences(home, trained):
    found = answer(home, "why", trained["run"], "cat", "dog", "-k", 3)
    assert {"learned_cosine", "random_cosine", "context_cosine", "shared", "looked_at", "together", "sentences"} <= set(
        found
    )
    assert {context["context"] for context in found["contexts"]} <= {"cat", "dog", "fur", "paw", "tail", "pet"}
    assert "cat" in found["contexts"][0]["sentences"][0] and found["window"] == 3
    done = run(home, "why", trained["run"], "cat", "dog")
    assert "context cosine" in done.stdout and "Counted over all 120 occurrences of “cat”" in done.stdout


def test_compare_tells_overlap_baseline_and_movers(home, trained, text_file):
    other = answer(
        home,
        "train",
        text_file,
        "--dim",
        16,
        "--window",
        3,
        "--epochs",
        4,
        "--min-count",
        1,
        "--seed",
        8,
        "--workers",
        1,
        "--sample",
        0,
    )
    found = answer(home, "compare", trained["run"], other["run"], "-k", 3, "--top", 2)
    assert (found["words"], found["k"], found["noise_level"], len(found["movers"])) == (12, 3, True, 2)
    assert 0 < found["random_baseline"] < found["overlap"] <= 1
    assert set(found["movers"][0]) == {"word", "overlap", "lost", "gained"}
    done = run(home, "compare", trained["run"], trained["run"], "-k", 20, check=False)
    assert done.returncode == 2 and "share 12 words" in done.stderr


def test_sweep_is_run_listed_shown_and_resumed_and_a_run_checked_for_stability(home, trained, text_file, monkeypatch):
    from embedlab.sweeps import conductor

    monkeypatch.setattr(conductor, "cores", lambda: 1)  # one at a time, in this process
    made = answer(
        home,
        "sweep",
        "run",
        text_file,
        "--vary",
        "dim=4,8",
        "--set",
        "epochs=2",
        "--set",
        "min_count=1",
        "--set",
        "held_out=0.2",
        "--name",
        "two sizes",
    )
    assert [set(point) >= {"dim", "validation", "runs", "status"} for point in made["points"]] == [True, True]
    assert made["reading"] and [row["name"] for row in answer(home, "sweep", "list")] == ["two sizes"]
    again = answer(home, "sweep", "resume", "two sizes")
    assert [point["runs"] for point in again["points"]] == [point["runs"] for point in made["points"]]
    assert "validation" in run(home, "sweep", "show", "two sizes").stdout
    assert made["points"][0]["runs"][0] not in [row["run"] for row in answer(home, "runs")]
    checked = answer(home, "stability", trained["run"], "--seeds", 2, "--words", 3)
    assert checked["seeds"] == [7, 8] and len(checked["least_stable"]) == 3 and 0 < checked["kept"] <= 1
    assert answer(home, "count", text_file, "--window", 3, "--min-count", 1, "--shards", 1)["parts"] == 1
    run(home, "sweep", "delete", "two sizes")
    assert [row["name"] for row in answer(home, "sweep", "list")] == [f"Seeds of {trained['name']}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("sweep", "run", "lee", "--vary", "dim"), "takes name=value"),
        (("sweep", "run", "lee", "--vary", "dim=9..2"), "is empty"),
        (("sweep", "run", "lee", "--vary", "dim=4", "--set", "colour=red"), "has a setting 'colour'"),
        (("sweep", "lesson", "french"), "no lesson 'french'"),
        (("sweep", "run", "lee", "--model", "gpt", "--vary", "dim=4"), "no model 'gpt'"),
        (("sweep", "show", "nothing"), "There is no sweep"),
        (("worker", "tcp://127.0.0.1:1", "--slots", "1"), "No scheduler answers"),
    ],
)
def test_sweep_that_cannot_be_is_refused_in_one_sentence(home, words, says):
    # A worker needs an event loop of its own, which a browser test before this one may have left running here.
    own = [
        sys.executable,
        "-c",
        "from embedlab.jobs import machines; machines.PATIENCE = 1; from embedlab.cli import main; main()",
    ]
    done = run(home, *words, check=False, command=own if words[0] == "worker" else None)
    assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1


def test_interrupt_that_was_dropped_is_raised_at_the_next_report():
    from embedlab.cli import plumbing
    from embedlab.core.progress import Progress

    with plumbing.progress() as report:
        report(Progress(0, 1, "Training"))
        try:
            with pytest.raises(KeyboardInterrupt):
                plumbing.stop(signal.SIGINT, None)
            with pytest.raises(KeyboardInterrupt):
                report(Progress(0, 1, "Training"))
        finally:
            plumbing.STOPPED.clear()


def test_app_says_where_it_opens_and_shows_no_advertisement_for_programmers(monkeypatch, capsys):
    from embedlab import cli, server

    asked = []
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    monkeypatch.setattr(server.os, "execv", lambda program, command: asked.append(command))
    monkeypatch.setattr(
        server.subprocess, "run", lambda command: asked.append(command) or subprocess.CompletedProcess(command, 0)
    )
    monkeypatch.setattr(sys, "argv", ["embedlab", "--port", "8765", "--host", "0.0.0.0", "--headless"])
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().err == "EmbedLab opens at http://localhost:8765. Ctrl+C ends it.\n"
    assert "--logger.hideWelcomeMessage=true" in asked[0] and "--server.port=8765" in asked[0]
