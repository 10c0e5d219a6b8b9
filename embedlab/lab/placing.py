"""New words and texts on a finished map."""

from collections.abc import Callable, Sequence

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import silent
from embedlab.data.corpus import Corpus
from embedlab.evaluation.texts.text_vectors import word_reader
from embedlab.projections import Placed, Projection, place
from embedlab.store.runs import Run
from embedlab.vectors.embedding import Embedding


def place_on(
    run: Run,
    corpus: Corpus | None,
    items: Embedding,
    projection: Projection,
    *,
    rows: Sequence[int] = (),
    texts: Sequence[str] = (),
    encode: Callable | None = None,
) -> Placed:
    """Items (rows) and texts placed on a finished map of `items`. BadInput for what has no place.

    encode: see `text_vectors`.
    """
    vectors = text_vectors(run, corpus, texts, encode=encode) if len(texts) else None
    return place(items, projection, rows=rows, names=texts, vectors=vectors, seed=projection.seed)


def text_vectors(
    run: Run, corpus: Corpus | None, texts: Sequence[str], *, encode: Callable | None = None
) -> np.ndarray:
    """The vectors of texts, float32 (n, dim), made like those of the run's documents: by its encoder, or as mean of words.

    encode: the encoder's own function, where it is open already. BadInput for a text without a word that the run knows.
    """
    if run.has_documents:
        if run.at_start or run.encoder_folder is None:
            raise BadInput(
                f"The run {run.name!r} did not keep the encoder of its documents, so new texts have no vectors. Choose a run "
                "that kept its encoder, or place words."
            )
        if encode is None:
            from embedlab.models.encoders.load import open_encoder

            encode = open_encoder(str(run.encoder_folder), run.spec.config.get("max_length", 256)).model.encode
        return np.asarray(encode(list(texts), show_progress_bar=False), np.float32)
    found = word_reader(run.embedding, corpus)([list(texts)], seed=1, report=silent).vectors[0]
    unknown = [text for text, vector in zip(texts, found, strict=True) if not vector.any()]
    if unknown:
        raise BadInput(
            f"{unknown[0]!r} has no word that {run.name!r} knows, so it has no place on the map. Use words of the corpus."
        )
    return found
