"""Answers of a run to questions: why two words are near, nearest documents, masked pieces, senses, labels."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.progress import Report, silent
from embedlab.data.corpus import Corpus
from embedlab.explain.contexts import Why, prepare, shared_contexts, window_of
from embedlab.models import families_where, family_of
from embedlab.store.items import document_points
from embedlab.store.runs import Run
from embedlab.vectors.embedding import nearest_rows

if TYPE_CHECKING:
    from embedlab.explain.transformer import Senses


def explain_pair(run: Run, corpus: Corpus | None, words: Sequence[str], *, report: Report = silent, **options) -> Why:
    """Why two words of a run are near: shared contexts, and cosines of contexts, trained vectors and random words.

    options: fields of ContextOptions; a window is a number of words here, by default as the run was trained.
    """
    if corpus is None:
        raise BadInput(
            f"{run.name!r} has no corpus here, so its contexts cannot be counted. Choose a run that was trained here."
        )
    learned = float(run.embedding.similarity_matrix(words)[0, 1])
    around = window_of(run.spec.model, run.spec.config)
    if (size := options.pop("window", None)) is not None:
        around = replace(around, size=size)
    prepare(corpus, around, report=report)
    found = shared_contexts(corpus, *words, window=around, **options)
    return replace(found, learned=learned, random=run.embedding.random_cosine)


def search_documents(run: Run, corpus: Corpus | None, text: str, k: int) -> list[dict]:
    """The `k` documents of a run nearest in meaning to `text`, in the form of `Lab.search`."""
    from embedlab.models.encoders.load import open_encoder

    documents = run.documents
    if run.encoder_folder is None or documents is None or corpus is None:
        raise BadInput(
            f"{run.name!r} is no finished transformer run with a corpus, so it cannot search documents. Train with "
            f"--model {families_where(lambda family: family.encodes_texts)}, or ask for the neighbours of a word."
        )
    if not text.strip():
        raise BadInput("There is nothing to search for. Type what the documents should be about.")
    encoder = open_encoder(str(run.encoder_folder), run.spec.config["max_length"])
    rows, scores = nearest_rows(documents, encoder.model.encode([text], show_progress_bar=False)[0], k)
    points = document_points(corpus, rows)
    labels = points.texts(points.label) if points.label else [""] * len(rows)
    return [
        {
            "document": int(row) + 1,
            "score": round(float(score), 6),
            "text": corpus.text(int(row)),
            "label": labels[i] or None,
            "attributes": {name: text for name, text in points.facts(i).items() if name != points.label},
        }
        for i, (row, score) in enumerate(zip(rows, scores, strict=True))
    ]


def fill_masks(run: Run, base: Run | None, text: str, k: int) -> list[dict]:
    """The `k` most probable pieces for each [MASK] of `text`, in the form of `Lab.fill`.

    base: the run that this one was initialised from, if any.
    """
    from embedlab.explain.transformer import answers, masked_sentence, open_end, open_start

    opened = open_end(run)
    sentence = masked_sentence(opened.tokenizer, text)
    start = None
    if base is not None or not run.spec.base:
        try:
            start = answers(open_start(run, opened.tokenizer, base=base), sentence, k=len(opened.tokenizer))
        except (BadSetting, NotFound):
            start = None
    return [
        {
            "place": n,
            "piece": piece,
            "probability": round(share, 6),
            "before": round(dict(start[n - 1].likely)[piece], 6) if start else None,
        }
        for n, answer in enumerate(answers(opened, sentence, k=k), 1)
        for piece, share in answer.likely
    ]


def word_senses(found: "Senses", corpus: Corpus, groups: int | None, layer: int | None) -> list[dict]:
    """The groups of a word's occurrences at a layer, in the form of `Lab.senses`; BadSetting for an unknown layer."""
    from embedlab.explain.transformer import sense_clusters, sense_names

    layer = found.layers if layer is None else layer
    if layer > found.layers:
        raise BadSetting(f"The transformer has {found.layers} layers; got layer {layer}. Choose a lower layer.")
    codes = sense_clusters(found, layer, k=groups)
    return [
        {
            "group": code + 1,
            "occurrences": int((codes == code).sum()),
            "words": name,
            "examples": [found.texts[i] for i in (codes == code).nonzero()[0][:3].tolist()],
        }
        for code, name in enumerate(sense_names(found, codes, corpus))
    ]


def classify(run: Run, texts: Sequence[str]) -> list[dict]:
    """The labels of texts by a finished classifier run, in the form of `Lab.classify`."""
    open_classifier = family_of(run.spec.model).open_classifier
    if open_classifier is None or run.encoder_folder is None:
        raise BadInput(
            f"{run.name!r} is no finished classifier, so it cannot label texts. Train with --model "
            f"{families_where(lambda family: family.open_classifier)} on a labelled corpus."
        )
    if not texts or any(not text.strip() for text in texts):
        raise BadInput("There is nothing to classify. Type a text.")
    return open_classifier(run.encoder_folder, run.spec.config["max_length"]).answers(list(texts))
