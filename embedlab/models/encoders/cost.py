"""The cost of loading, encoding with and training a transformer such as the bundled MiniLM, on two cores."""

import numpy as np

from embedlab.data.corpus import Corpus

ENCODING = 8_000.0  # pieces/s while encoding with MiniLM-L6 in float32
INT8 = 24_000.0  # the same in eight bits
FINE_TUNING = 1_400.0  # pieces/s while training all layers of MiniLM-L6 in float32
LOADING = 5.0  # seconds to import torch and load a model
PROGRAM_BYTES = 800e6  # Python with torch and sentence-transformers
MODEL_BYTES = 22.7e6 * 4  # weights of MiniLM-L6
MODEL_DIM = 384
PIECE_BYTES = 370e3  # activations that all layers of MiniLM-L6 keep of a piece until its gradient is computed
PIECES_A_WORD, PIECES_A_LONE_WORD = 1.3, 5  # the latter with the two special pieces around a text of one word


def pieces(corpus: Corpus, max_length: int, *, sentences: bool = False) -> float:
    """Word pieces read of a document or sentence, on average; words dropped by preprocessing are read all the same."""
    bounds = np.asarray(corpus.sentences)
    words = np.diff(bounds if sentences else bounds[np.asarray(corpus.documents)])
    a_word = PIECES_A_WORD * corpus.n_raw_tokens / max(corpus.n_tokens, 1)
    return float(np.minimum(words * a_word + 2, max_length).mean()) if len(words) else 0.0


def encoded_pieces(corpus: Corpus, config) -> float:
    """Word pieces read when all documents and the most frequent words are encoded once."""
    words = min(config.max_words, corpus.n_types)
    return corpus.n_documents * pieces(corpus, config.max_length) + PIECES_A_LONE_WORD * words


def training_bytes(activations: float) -> float:
    """Memory of the weights; where something is trained, also of gradients, two moments and a batch's activations."""
    return 4 * MODEL_BYTES + activations if activations else MODEL_BYTES


def vector_bytes(corpus: Corpus, times: int) -> float:
    """Memory of the vectors of all documents, encoded `times` times."""
    return times * 4 * MODEL_DIM * corpus.n_documents
