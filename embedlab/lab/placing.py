"""Vectors of new texts, to place them on a finished map."""

from collections.abc import Callable, Sequence

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import silent
from embedlab.data.corpus import Corpus
from embedlab.evaluation.texts.text_vectors import word_reader
from embedlab.store.runs import Run


def text_vectors(
    run: Run, corpus: Corpus | None, texts: Sequence[str], *, encode: Callable | None = None
) -> np.ndarray:
    """Vectors of texts, float32 (n, dim), made as for the run's documents: by its encoder, or as the mean of words.

    encode: the encoder's function, if it is loaded already. BadInput for a text that has no word of the run.
    """
    if run.has_documents:
        if run.at_start or run.encoder_folder is None:
            raise BadInput(
                f"The run {run.name!r} has no saved encoder for new texts. Choose a run with an encoder, or "
                "place words."
            )
        if encode is None:
            from embedlab.models.encoders.load import open_encoder

            encode = open_encoder(str(run.encoder_folder), run.spec.config.get("max_length", 256)).model.encode
        return np.asarray(encode(list(texts), show_progress_bar=False), np.float32)
    found = word_reader(run.embedding, corpus)([list(texts)], seed=1, report=silent).vectors[0]
    unknown = [text for text, vector in zip(texts, found, strict=True) if not vector.any()]
    if unknown:
        raise BadInput(
            f"{unknown[0]!r} has no word of {run.name!r}, so it cannot be placed on the map. Use words of the corpus."
        )
    return found
