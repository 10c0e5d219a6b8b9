"""Damaged files end in a sentence; a bug of ours never looks like one."""

import shutil

import pytest

from embedlab.core.errors import BadInput
from embedlab.data import inverted_index
from embedlab.data.corpus import Corpus
from embedlab.projections import Projection


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    from embedlab import Lab

    folder = tmp_path_factory.mktemp("damage")
    (folder / "small.txt").write_text("the cat sat on the mat\nthe dog lay on the rug\n" * 20)
    lab = Lab(folder / "ws")
    return lab, lab.add_corpus(folder / "small.txt", name="{Small} 100 %")


@pytest.mark.parametrize(
    "name", ["corpus.json", "words.json", "counts.npy", "sentences.npy", "documents.npy", "spans.npy"]
)
def test_damaged_file_of_a_corpus_is_named(small, name):
    lab, corpus = small
    path = corpus.folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        with pytest.raises(BadInput, match=rf"is damaged \({name}: .*\). Delete it and add it again."):
            opened = lab.corpus("{Small} 100 %")
            _ = opened.vocabulary, opened.sentences, opened.documents, opened.spans
    finally:
        path.write_bytes(whole)
    assert len(lab.corpus(corpus.id).vocabulary) == 8


def test_damaged_index_is_built_again(small, tmp_path):
    whole = inverted_index.open_index(small[1]).positions.tolist()
    shutil.copytree(small[1].folder, tmp_path / "copy")
    path = tmp_path / "copy" / "index" / "positions.npy"
    path.write_bytes(path.read_bytes()[:-4])
    assert inverted_index.open_index(Corpus.open(tmp_path / "copy")).positions.tolist() == whole


@pytest.mark.parametrize("bug", [ValueError, KeyError, TypeError, RuntimeError])
def test_bug_in_our_own_code_is_not_a_damaged_file(tmp_path, monkeypatch, bug):
    Projection("pca", {}, [0, 1], [[0, 0], [1, 1]]).save(tmp_path / "map.npz")

    def broken(self):
        raise bug("a bug of ours")

    monkeypatch.setattr(Projection, "__post_init__", broken)
    with pytest.raises(bug, match="a bug of ours"):
        Projection.load(tmp_path / "map.npz")
