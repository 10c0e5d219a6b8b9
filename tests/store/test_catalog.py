"""The catalog keeps rows in SQLite and in PostgreSQL alike."""

import os
import threading

import pytest
import sqlalchemy as sa

from embedlab.core.errors import BadSetting, NotFound
from embedlab.store import catalog as tables
from embedlab.store.catalog import Catalog, now, question_digest


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def catalog(request, tmp_path):
    if request.param == "sqlite":
        yield Catalog.in_folder(tmp_path)
        return
    url = os.environ.get("EMBEDLAB_TEST_POSTGRES")
    if not url:
        pytest.skip("EMBEDLAB_TEST_POSTGRES is not set: this test needs a PostgreSQL server")
    opened = Catalog.open(url)
    tables.metadata.drop_all(opened.engine)
    tables.metadata.create_all(opened.engine)
    yield opened
    tables.metadata.drop_all(opened.engine)


def add(catalog, id, name="a corpus"):
    catalog.insert(tables.corpora, id=id, name=name, created=now(), meta={"n_tokens": 3, "labels": ["ü", None]})


def test_row_comes_back_as_it_went_in(catalog):
    add(catalog, "one")
    row = catalog.row(tables.corpora, "one")
    assert (row["name"], row["meta"]) == ("a corpus", {"n_tokens": 3, "labels": ["ü", None]})


def test_rows_are_newest_first_and_narrowed_by_values(catalog):
    for id in ("one", "two", "three"):
        catalog.insert(tables.corpora, id=id, name=id[0], created=f"2026-01-0{len(id)}", meta={})
    assert [row["id"] for row in catalog.rows(tables.corpora)][0] == "three"
    assert {row["id"] for row in catalog.rows(tables.corpora, name=["t"])} == {"two", "three"}
    assert catalog.rows(tables.corpora, id="four") == []


def test_update_changes_a_row_only_if_it_still_is_what_was_seen(catalog):
    add(catalog, "one")
    assert catalog.update(tables.corpora, "one", only_if={"name": "a corpus"}, name="renamed")
    assert not catalog.update(tables.corpora, "one", only_if={"name": "a corpus"}, name="again")
    assert catalog.row(tables.corpora, "one")["name"] == "renamed"


def test_put_replaces_the_row_of_the_same_key(catalog):
    for score in (0.1, 0.2):
        catalog.put(tables.scores, run_id="r", digest="d", benchmark="b", result={"score": score}, created=now())
    assert [row["result"] for row in catalog.rows(tables.scores, run_id="r")] == [{"score": 0.2}]


def test_missing_row_is_a_sentence(catalog):
    with pytest.raises(NotFound, match="holds no run 'nowhere'"):
        catalog.row(tables.runs, "nowhere")


def test_delete_leaves_the_other_rows(catalog):
    add(catalog, "one")
    add(catalog, "two")
    catalog.delete(tables.corpora, id="one")
    assert [row["id"] for row in catalog.rows(tables.corpora)] == ["two"]


def test_four_writers_at_once_lose_nothing(catalog):
    def write(n):
        for i in range(25):
            add(catalog, f"{n}-{i}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(catalog.rows(tables.corpora)) == 100


def test_sqlite_writes_ahead(tmp_path):
    with Catalog.in_folder(tmp_path).engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.parametrize("url", ["nonsense", "mongodb://here/there"])
def test_unusable_address_is_a_sentence(url):
    with pytest.raises(BadSetting, match="catalog address"):
        Catalog.open(url)


def test_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    with pytest.raises(BadSetting, match="cannot be opened"):
        Catalog.open(f"sqlite:///{tmp_path}/missing/embedlab.db")


def test_catalog_of_an_earlier_version_gets_the_columns_it_lacks(catalog):
    catalog.insert(tables.runs, id="old", name="before", model="glove", config={}, seed=1, created=now())
    with catalog.engine.begin() as connection:
        for column in ("base", "sweep", "point"):
            connection.exec_driver_sql(f"ALTER TABLE runs DROP COLUMN {column}")
    catalog.engine.dispose()
    opened = [Catalog.open(catalog.url) for _ in range(2)][0]
    assert opened.row(tables.runs, "old") | {"created": ""} == {
        "id": "old",
        "name": "before",
        "corpus_id": None,
        "model": "glove",
        "config": {},
        "seed": 1,
        "created": "",
        "summary": None,
        "base": None,
        "sweep": None,
        "point": None,
    }
    opened.insert(tables.runs, id="new", name="after", model="glove", config={}, seed=1, created=now(), base="old")
    assert opened.row(tables.runs, "new")["base"] == "old"


def test_column_added_by_two_processes_at_once_is_there_once(catalog):
    with catalog.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE runs DROP COLUMN base")
    catalog.engine.dispose()
    opened = []
    threads = [threading.Thread(target=lambda: opened.append(Catalog.open(catalog.url))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 6 and opened[0].rows(tables.runs, base="nothing") == []


def test_first_and_has_answer_for_the_newest_row(catalog):
    for day, id in enumerate(("one", "two")):
        catalog.insert(tables.corpora, id=id, name="same", created=f"2026-01-0{day + 1}", meta={})
    assert catalog.first(tables.corpora, name="same")["id"] == "two"
    assert catalog.first(tables.corpora, name="other") is None
    assert catalog.has(tables.corpora, id="one") and not catalog.has(tables.corpora, id="three")
    assert not catalog.has(tables.runs)


def test_find_takes_an_id_a_name_or_the_beginning_of_an_id(catalog):
    for day, (id, name) in enumerate([("abcd01", "x"), ("abcd02", "x"), ("abce03", "abcd01"), ("fff4", "abc%")]):
        catalog.insert(tables.runs, id=id, name=name, model="m", config={}, seed=1, created=f"2026-01-0{day + 1}")
    found = {key: catalog.find(tables.runs, key, "run")["id"] for key in ("abcd01", "x", "abce", "fff4", "abc%")}
    assert found == {"abcd01": "abcd01", "x": "abcd02", "abce": "abce03", "fff4": "fff4", "abc%": "fff4"}
    with pytest.raises(NotFound, match="2 runs have an id that begins with 'abcd'. Give more of the id."):
        catalog.find(tables.runs, "abcd", "run")
    for key in ("abc", "ab%d", "abcdg", "ABCE", "____"):
        with pytest.raises(NotFound, match="There is no run .* The newest runs are 'abc%', 'abcd01', 'x', 'x'."):
            catalog.find(tables.runs, key, "run")
    with pytest.raises(NotFound, match="There is no corpus 'x'. There are no corpora yet."):
        catalog.find(tables.corpora, "x", "corpus")


def test_joined_rows_bring_what_belongs_to_them(catalog):
    for id in ("a", "b"):
        catalog.insert(tables.runs, id=id, name=id, model="m", config={}, seed=1, created=now())
    catalog.insert(tables.jobs, id="a", kind="train", title="t", spec={}, status="done", message="", created=now())
    found = {row["id"]: job for row, job in catalog.joined(tables.runs, tables.jobs, ("status", "started"))}
    assert found == {"a": {"status": "done", "started": None}, "b": None}
    assert [row["id"] for row, _ in catalog.joined(tables.runs, tables.jobs, ("status",), name="b")] == ["b"]


def test_digest_of_a_question_is_that_of_its_content():
    same = [{"run": "r", "limit": 5, "methods": ["a", "b"]}, {"methods": ("a", "b"), "limit": 5, "run": "r"}]
    assert len({question_digest("map", spec) for spec in same}) == 1
    others = [("map", same[0] | {"limit": 6}), ("rank", same[0]), ("map", same[0] | {"methods": ["b", "a"]})]
    assert len({question_digest(*other) for other in [*others, ("map", same[0])]}) == 4


def test_jobs_of_an_earlier_version_get_their_digest_and_the_indexes(catalog):
    spec = {"run": "r", "k": 1}
    catalog.insert(tables.jobs, id="j", kind="map", title="t", spec=spec, status="done", message="", created=now())
    with catalog.engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_jobs_digest")
        connection.exec_driver_sql("DROP INDEX ix_runs_name")
        connection.exec_driver_sql("ALTER TABLE jobs DROP COLUMN digest")
    catalog.engine.dispose()
    opened = [Catalog.open(catalog.url) for _ in range(2)][1]
    assert opened.first(tables.jobs, digest=question_digest("map", {"k": 1, "run": "r"}))["id"] == "j"
    names = {index["name"] for name in ("jobs", "runs") for index in sa.inspect(opened.engine).get_indexes(name)}
    assert {"ix_jobs_digest", "ix_jobs_status", "ix_runs_name", "ix_runs_corpus_id"} <= names


@pytest.mark.parametrize(
    ("table", "equal"),
    [
        (tables.runs, {"name": "x"}),
        (tables.runs, {"id": "x"}),
        (tables.runs, {"corpus_id": "x"}),
        (tables.corpora, {"name": "x"}),
        (tables.jobs, {"digest": "x"}),
        (tables.jobs, {"status": ["queued", "running"]}),
        (tables.maps, {"run_id": "x"}),
        (tables.scores, {"digest": "x"}),
        (tables.scores, {"run_id": "x"}),
    ],
    ids=str,
)
def test_look_ups_go_by_an_index(tmp_path, table, equal):
    engine, asked = Catalog.in_folder(tmp_path).engine, []
    sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    Catalog(engine).rows(table, **equal)
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0][0]}", asked[0][1]).fetchall()
    assert plan[0][3].startswith(f"SEARCH {table.name} USING"), plan
