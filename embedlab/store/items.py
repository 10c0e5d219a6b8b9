"""The items of a run that maps and comparisons show: its words, or the documents of its corpus."""

from embedlab.core.errors import NotFound
from embedlab.evaluation import document_vectors
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.vectors.embedding import Embedding


def items_of(workspace: Workspace, run: Run, what: str) -> Embedding:
    """The points a map of `run` may show: its words, or the documents of its corpus named by their first words."""
    if what == "words":
        return run.embedding
    corpus = workspace.run_corpus(run)
    if corpus is None:
        raise NotFound("This run has no corpus, so there are no documents to draw. Draw the words instead.")
    vectors = run.documents if run.has_documents else document_vectors(corpus, run.embedding)
    return Embedding([f"{i + 1}. {_title(corpus.text(i))}" for i in range(corpus.n_documents)], vectors)


def _title(text: str, width: int = 60) -> str:
    text = " ".join(text[:400].split())
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0] + "…"
