"""The counts that GloVe trainings with the same window, minimum count and held-out share have in common."""

from collections.abc import Mapping
from pathlib import Path

from embedlab.core.progress import Report
from embedlab.core.spill import Space
from embedlab.data.corpus import Corpus
from embedlab.models.family import SharedWork
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.counts import Counting, Shard
from embedlab.models.glove.shards import count_shard, folder_of, whole
from embedlab.models.training.requirements import kept_vocabulary


def _question(corpus: Corpus, config: GloveConfig) -> dict:
    n_words = len(kept_vocabulary(corpus, config.min_count))
    return {"n_words": n_words, "window": config.window, "held_out": config.held_out}


def _how(question: Mapping) -> Counting:
    return Counting(question["n_words"], question["window"])


def _done(corpus: Corpus, question: Mapping) -> bool:
    return whole(corpus, _how(question), question["held_out"]) is not None


def _folder(corpus: Corpus, question: Mapping) -> Path:
    return folder_of(corpus, _how(question), question["held_out"])


def _part(corpus: Corpus, question: Mapping, i: int, n: int, report: Report) -> Path:
    import psutil

    with Space(psutil.virtual_memory().available / 2, scratch=corpus.folder) as space:
        return count_shard(corpus, _how(question), Shard(question["held_out"], i, n), space=space, report=report)


SHARED = SharedWork("Counting", _question, _done, _folder, _part)
