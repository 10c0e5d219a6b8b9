"""Embeddings in the field's formats, written and read back; never a pickle.

EXPORTS shows every format on one screen; `import_embedding` tells them apart by content, not by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.files import staging
from embedlab.core.progress import Report, silent
from embedlab.vectors.embedding import Embedding
from embedlab.vectors.formats import writers
from embedlab.vectors.formats.imported import Imported, VectorOptions
from embedlab.vectors.formats.readers import import_embedding, read_vectors

__all__ = ["EXPORTS", "Export", "Imported", "VectorOptions", "export_embedding", "import_embedding", "read_vectors"]


@dataclass(frozen=True)
class Export:
    """One format: `write(embedding, path, report)`; `note(embedding)` says what the format cannot hold, "" for nothing.

    `extension` is what a browser download gets. The formats of `folder` write a folder unless the path ends in .zip.
    """

    name: str
    title: str
    about: str
    extension: str
    write: Callable[[Embedding, Path, Report], None]
    note: Callable[[Embedding], str]
    folder: bool = False


EXPORTS = {
    "word2vec": Export(
        "word2vec",
        "word2vec text",
        "One word a line after a line of sizes; gensim and most tools read it.",
        ".vec",
        writers.write_word2vec,
        writers.blanks_note,
    ),
    "word2vec-binary": Export(
        "word2vec-binary",
        "word2vec binary",
        "The same at a third of the size; gensim: binary=True.",
        ".bin",
        writers.write_word2vec_binary,
        writers.blanks_note,
    ),
    "glove": Export(
        "glove",
        "GloVe text",
        "One word a line, without a line of sizes.",
        ".txt",
        writers.write_glove,
        writers.blanks_note,
    ),
    "projector": Export(
        "projector",
        "Embedding Projector",
        "vectors.tsv and metadata.tsv for projector.tensorflow.org.",
        ".zip",
        writers.write_projector,
        writers.tabs_note,
        folder=True,
    ),
    "safetensors": Export(
        "safetensors",
        "safetensors",
        "Vectors, counts and words in one file that loads at once.",
        ".safetensors",
        writers.write_safetensors,
        writers.no_note,
    ),
    "sentence-transformers": Export(
        "sentence-transformers",
        "sentence-transformers",
        "A folder that SentenceTransformer(path) loads: the mean of word vectors or the transformer.",
        ".zip",
        writers.write_sentence_transformers,
        writers.tokenizer_note,
        folder=True,
    ),
}


def export_embedding(
    embedding: Embedding,
    format: str,
    path: str | Path,
    *,
    encoder_folder: str | Path | None = None,
    report: Report = silent,
) -> Path:
    """Where the embedding now stands in one of EXPORTS; the file appears whole or not at all.

    encoder_folder: the saved model of a transformer run, which the sentence-transformers format then copies. BadInput
    if the place cannot be written, or if the format cannot hold the words.
    """
    if format not in EXPORTS:
        raise BadSetting(f"There is no export format {format!r}. Choose one of {', '.join(EXPORTS)}.")
    path, export = Path(path), EXPORTS[format]
    as_folder = export.folder and path.suffix.lower() != ".zip"
    if path.is_dir() and not (as_folder and not any(path.iterdir())):
        kind = "folder" if as_folder else "file"
        raise BadInput(f"{path} is a folder that is already there. Give the name of a new {kind}.")
    if path.exists() and not path.is_file() and not path.is_dir():
        raise BadInput(f"{path} is a device or pipe, not a file. Choose another place.")
    if as_folder and path.is_file():
        raise BadInput(f"{path} is a file, but {export.title} needs a folder. Give another name, or one in .zip.")
    write = export.write
    if format == "sentence-transformers" and encoder_folder is not None:
        write = writers.copier(Path(encoder_folder))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(write, embedding, path, export.folder, report)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}. Choose another place.") from None
    return path


def _write_whole(write, embedding: Embedding, path: Path, folder: bool, report: Report) -> None:
    """Write under a temporary name beside `path`, then put it in place; folders may be packed into a .zip."""
    with staging(path.parent, "embedlab-export") as place:
        target = place / "content"
        if folder:
            target.mkdir()
        write(embedding, target, report)
        if folder and path.suffix.lower() == ".zip":
            target = writers.pack(target, place / "packed.zip")
        if path.is_dir():
            path.rmdir()
        target.replace(path)
