"""Writers: one function a format, (embedding, path, report); notes say beforehand what a format cannot hold."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.progress import Progress, Report
from embedlab.vectors.embedding import Embedding

WORDS_FOLDER = "embedlab-words"  # in the folder of a transformer: the words of the run, for reading it back
BLOCK = 4_096  # rows between two reports
BLANKS = re.compile(r"\s")
TABS = re.compile(r"[\t\r\n]")

# What the exported tokenizer takes for a word: letters and digits, also around an apostrophe, hyphen or dot, and "_" as
# in phrases; or a run of other signs that are no blanks.
WORD_PATTERN = r"<\w+>|\w+(?:['’.\-]\w+)*|[^\w\s]+"


def write_word2vec(embedding: Embedding, path: Path, report: Report) -> None:
    """word2vec text: a line "n_words dim", then a word and its numbers a line, each number exact to the last bit."""
    words = _plain_words(embedding.words, BLANKS)
    with open(path, "wb") as file:
        file.write(f"{len(embedding)} {embedding.dim}\n".encode())
        _write_rows(file, embedding, words, report)


def write_glove(embedding: Embedding, path: Path, report: Report) -> None:
    """GloVe text: as word2vec text without its first line."""
    words = _plain_words(embedding.words, BLANKS)
    with open(path, "wb") as file:
        _write_rows(file, embedding, words, report)


def write_word2vec_binary(embedding: Embedding, path: Path, report: Report) -> None:
    """word2vec binary, as the original program writes it: word, blank, little-endian float32, newline."""
    words = _plain_words(embedding.words, BLANKS)
    with open(path, "wb") as file:
        file.write(f"{len(embedding)} {embedding.dim}\n".encode())
        for i, (word, row) in enumerate(zip(words, embedding.vectors.astype("<f4", copy=False), strict=True)):
            file.write(word.encode("utf-8") + b" " + row.tobytes() + b"\n")
            if i % BLOCK == 0:
                report(Progress(i, len(words), "Writing"))


def write_projector(embedding: Embedding, folder: Path, report: Report) -> None:
    """Embedding Projector: vectors.tsv, and metadata.tsv with word and count, or with the word alone and no header."""
    words = _plain_words(embedding.words, TABS)
    with open(folder / "vectors.tsv", "wb") as file:
        _write_rows(file, embedding, None, report, separator="\t")
    lines = words
    if embedding.counts is not None:  # the Projector takes a first line for a header only when there are two columns
        counts = embedding.counts.tolist()
        lines = ["word\tcount", *(f"{word}\t{count}" for word, count in zip(words, counts, strict=True))]
    (folder / "metadata.tsv").write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))


def write_safetensors(embedding: Embedding, path: Path, report: Report) -> None:
    """safetensors: `vectors` float32 (n, dim), `words` uint8 (bytes of a JSON list), `counts` int64 (n,) if known."""
    from safetensors.numpy import save_file

    text = json.dumps(embedding.words, ensure_ascii=False).encode("utf-8")
    tensors = {"vectors": np.ascontiguousarray(embedding.vectors), "words": np.frombuffer(text, np.uint8)}
    if embedding.counts is not None:
        tensors["counts"] = np.ascontiguousarray(embedding.counts, np.int64)
    save_file(tensors, path, metadata={"format": "embedlab", "words": "tensor words: UTF-8 bytes of a JSON list"})
    path.chmod(0o644)  # the library leaves it readable by its owner alone
    report(Progress(len(embedding), len(embedding), "Writing"))


def write_sentence_transformers(embedding: Embedding, folder: Path, report: Report) -> None:
    """A sentence-transformers model that embeds a text as the mean of its word vectors (StaticEmbedding).

    The files are written as that library lays them out, so that exporting needs neither it nor torch. Words not in the
    run become one zero vector, which changes the length of a mean but not its direction.
    """
    from safetensors.numpy import save_file

    unknown = "[UNK]"
    while unknown in embedding:
        unknown = f"[{unknown}]"
    weights = np.concatenate([np.zeros((1, embedding.dim), np.float32), embedding.vectors])
    save_file({"embedding.weight": weights}, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    _write_json(folder / "tokenizer.json", _tokenizer([unknown, *embedding.words], unknown))
    _write_json(
        folder / "modules.json",
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}],
    )
    _write_json(
        folder / "config_sentence_transformers.json",
        {"__version__": {}, "prompts": {}, "default_prompt_name": None, "similarity_fn_name": "cosine"},
    )
    report(Progress(len(embedding), len(embedding), "Writing"))


def copier(encoder: Path):
    """A writer that copies the saved folder of a transformer run, with the words that it has encoded beside it."""
    if not (encoder / "modules.json").is_file():
        raise NotFound(f"{encoder.name!r} holds no saved transformer. Train the run again.")

    def write(embedding: Embedding, folder: Path, report: Report) -> None:
        shutil.copytree(encoder, folder, dirs_exist_ok=True)
        embedding.save(folder / WORDS_FOLDER)

    return write


def pack(folder: Path, path: Path) -> Path:
    """The files of `folder` in one zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder).as_posix())
    return path


def no_note(embedding: Embedding) -> str:
    """Nothing: the format holds every word."""
    return ""


def blanks_note(embedding: Embedding) -> str:
    """How many words are written otherwise because the format ends a word at a blank."""
    return _change_note(embedding, BLANKS)


def tabs_note(embedding: Embedding) -> str:
    """How many words are written otherwise because the format ends a word at a tab or line break."""
    return _change_note(embedding, TABS)


def tokenizer_note(embedding: Embedding) -> str:
    """How many words the exported tokenizer never finds in a text."""
    lost = [word for word in embedding.words if not re.fullmatch(WORD_PATTERN, word)]
    return f"{len(lost):,} words, such as {lost[0]!r}, are stored but not found in a text." if lost else ""


def _change_note(embedding: Embedding, blanks: re.Pattern) -> str:
    changed = [word for word in embedding.words if blanks.search(word)]
    return f"{len(changed):,} words, such as {changed[0]!r}, are written with '_' for blanks." if changed else ""


def _plain_words(words: list[str], blanks: re.Pattern) -> list[str]:
    """The words with "_" for what would end them in the file; BadInput if two become one, or if one is empty."""
    if "" in words:
        raise BadInput("This run has an empty word, which the format cannot hold. Export it as safetensors.")
    plain = [blanks.sub("_", word) for word in words]
    if len(set(plain)) < len(words):
        first = next(word for word, new in zip(words, plain, strict=True) if word != new)
        raise BadInput(
            f"The format cannot hold blanks, and with '_' in their place some words, such as {first!r}, "
            "would be the same as others. Export them as safetensors."
        )
    return plain


def _write_rows(file, embedding: Embedding, words: list[str] | None, report: Report, separator: str = " ") -> None:
    """A line a row: the word if given, then the numbers; nine digits are what a float32 needs to come back exactly."""
    line = separator.join(["%.9g"] * embedding.dim)
    for first in range(0, len(embedding), BLOCK):
        rows = [line % tuple(row) for row in embedding.vectors[first : first + BLOCK].tolist()]
        if words is not None:
            rows = [f"{word} {row}" for word, row in zip(words[first : first + BLOCK], rows, strict=True)]
        file.write(("\n".join(rows) + "\n").encode("utf-8"))
        report(Progress(first + len(rows), len(embedding), "Writing"))


def _tokenizer(words: list[str], unknown: str) -> dict:
    """tokenizer.json: whole words, lower-cased first if the run knows no capitals."""
    lower = all(word == word.lower() for word in words if word != unknown)
    split = {"type": "Split", "pattern": {"Regex": WORD_PATTERN}, "behavior": "Removed", "invert": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"} if lower else None,
        "pre_tokenizer": split,
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: i for i, word in enumerate(words)}, "unk_token": unknown},
    }


def _write_json(path: Path, value) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
