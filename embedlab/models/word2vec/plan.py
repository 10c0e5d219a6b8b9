"""What stays the same throughout a Word2Vec training: the text in blocks, the tables to draw from, the kernel."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.data.sentence_blocks import held_out_share, held_out_text, sentence_blocks
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.word2vec.config import Word2VecConfig

BLOCK_TOKENS, BLOCK_WORK = 50_000, 2e9  # at most so many tokens, and about so many floating-point operations
BLOCKS, BLOCKS_OF_ALL = 8, 96  # at least so many blocks an epoch, and in all epochs together
VALIDATION_TOKENS = 200_000


@dataclass(frozen=True, eq=False)
class Task:
    """What a training is asked for: the words of `vocabulary`, learned from a corpus with these settings."""

    corpus: Corpus
    vocabulary: Vocabulary
    config: Word2VecConfig
    seed: int


@dataclass(frozen=True, eq=False)
class Plan:
    """The same from the first block of a training to the last. block_tokens: how many tokens a block has, about."""

    corpus: Corpus
    config: Word2VecConfig
    seed: int
    workers: int
    block_tokens: int
    blocks: list[tuple[int, int]]
    held_out: float
    validation: tuple[np.ndarray, np.ndarray]
    keep: np.ndarray
    noise: np.ndarray
    up: np.ndarray
    most: int
    kernel: object
    bits: int


def plan_of(task: Task, saved: Mapping | None = None) -> Plan:
    """The blocks, tables and kernel of a training. saved: the state it resumes from, whose blocks it keeps."""
    from embedlab.kernels import sampling_tables
    from embedlab.kernels.machine import padded, widest_vectors

    corpus, vocabulary, config = task.corpus, task.vocabulary, task.config
    size = (
        block_size(corpus, config) if saved is None else saved.get("block_tokens") or block_size(corpus, config, BLOCKS)
    )
    noise, up = np.empty(0, np.uint64), np.empty(0, np.int32)
    if config.objective == "negative":
        noise = sampling_tables.alias_table(vocabulary.noise_distribution(config.exponent))
    else:
        up = sampling_tables.huffman_tree(vocabulary.counts)
    most = config.negatives + 1 if config.objective == "negative" else int(sampling_tables.tree_depth(up))
    share = held_out_share(corpus, config.held_out)
    return Plan(
        corpus,
        config,
        task.seed,
        1 if config.deterministic else config.workers,
        size,
        list(sentence_blocks(corpus.sentences, size)),
        share,
        held_out_text(corpus, share, VALIDATION_TOKENS),
        vocabulary.keep_probability(config.sample).astype(np.float32),
        noise,
        up,
        most,
        kernel_of(config, padded(config.dim), widest_vectors()),
        widest_vectors(),
    )


def block_size(corpus: Corpus, config: Word2VecConfig, at_least: int | None = None) -> int:
    """Tokens of a block: few enough that threads share an epoch and that a short training can be watched.

    at_least: blocks an epoch, of 500 tokens or more; by default as many as a training of so few epochs needs.
    """
    fewest, smallest = (at_least, 500) if at_least else (max(BLOCKS, -(-BLOCKS_OF_ALL // config.epochs)), 50)
    return int(np.clip(min(BLOCK_WORK / work_of(config), corpus.n_tokens / fewest), smallest, BLOCK_TOKENS))


def work_of(config: Word2VecConfig) -> float:
    """Floating-point operations a token, roughly."""
    targets = config.negatives + 1 if config.objective == "negative" else 12
    return (
        6.0 * config.dim * (targets * (config.window + 1 if config.architecture == "skipgram" else 1) + config.window)
    )


def kernel_of(config: Word2VecConfig, width: int, bits: int):
    """The compiled kernel that trains with these settings."""
    from embedlab.kernels import word2vec as kernels
    from embedlab.kernels.word2vec_pairs import pairs

    if config.engine != "embedlab":
        return pairs(width, bits, config.architecture == "cbow")
    make = kernels.averages if config.architecture == "cbow" else kernels.windows
    return make(width, bits, kernels.HUFFMAN_GROUP if config.objective == "hierarchical" else kernels.NEGATIVES_GROUP)
