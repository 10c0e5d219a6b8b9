"""Lab finds data by whatever names it: an id, a name, a bundled key or a file of texts or choices."""

import pytest

from embedlab.core.errors import NotFound
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.columns import ItemColumns
from embedlab.data.interactions.dataset import Interactions
from embedlab.lab.interactions import holds_choices


def test_bundled_tastes_are_found_by_their_key_and_then_by_name(lab):
    found = lab.find_data("tastes")
    assert isinstance(found, Interactions) and found.n_users == 900
    assert lab.find_data("Planted tastes").id == found.id


@pytest.mark.parametrize(
    ("name", "text", "choices"),
    [
        ("u.data", "1\t2\t3\t881250949\n2\t7\t5\t881250949\n", True),
        ("r.csv", "userId,movieId\n1,2\n2,7\n", True),
        ("novel.txt", "The cat sat.\nThe dog ran away.\nNobody knew why.\n", False),
        ("reviews.csv", "text,label\nA fine film,pos\nA dull film,neg\n", False),
        ("sts.tsv", "A man eats\tA man is eating\t4.5\nA dog\tThe dog\t3.0\n", False),
    ],
)
def test_file_is_added_as_what_it_looks_like(lab, tmp_path, name, text, choices):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert holds_choices(tmp_path / name) is choices
    assert isinstance(lab.find_data(str(tmp_path / name)), Interactions if choices else Corpus)


def test_unknown_key_is_refused(lab):
    with pytest.raises(NotFound, match="'none' is neither a corpus of this workspace, nor a file"):
        lab.find_data("none")


def test_interactions_of_two_files_with_said_columns(lab, tmp_path):
    for name, text in (("a.csv", "who;what\na;x\nb;x\n"), ("b.csv", "who;what\nb;y\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    data = lab.add_interactions(files, columns=ItemColumns("who", "what"), separator="semicolon", header=True)
    assert (data.name, data.n_users, data.n_interactions) == ("a.csv and 1 more", 2, 3)
    assert [one.rows for one in data.readings] == [2, 1]
