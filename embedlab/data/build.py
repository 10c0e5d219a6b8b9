"""Encoding: documents become a corpus on disk, streaming, in a folder that appears whole or not at all.

First the texts are copied (`tokens.text_store`). Their digest is the corpus id, so a text that was already encoded in
the same way is found here. Then `tokens.encoding` turns the stored texts into token ids.
"""

import errno
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.files import publish, staging, write_json
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.bundled import BUNDLED
from embedlab.data.corpus import Corpus, stored_texts
from embedlab.data.origin import Origin
from embedlab.data.reading.readers import (
    Columns,
    Document,
    Limits,
    Packed,
    ReadContext,
    ReadOptions,
    read_documents,
    text_documents,
)
from embedlab.data.reading.reading import Reading, merged
from embedlab.data.tokens.encoding import Meter, encode_texts
from embedlab.data.tokens.languages import language_of
from embedlab.data.tokens.parallel_encoding import BLOCKWISE_BYTES
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.data.tokens.text_store import store_texts


def encode_corpus(
    documents: Iterable[Document | Packed],
    destination: Path,
    *,
    name: str,
    preprocessing: Preprocessing = Preprocessing(),
    origin: Origin = Origin(),
    report: Report = silent,
) -> Corpus:
    """The corpus of these documents, stored in a folder of `destination` named by its id.

    The same texts, labels, attributes and preprocessing give the same id; such a corpus is returned as it was stored,
    under its first name. Raises BadInput when no token is left; that, any error and Cancelled leave nothing behind.
    """
    started = time.perf_counter()
    with _workplace(Path(destination)) as work:
        meter = Meter(report, preprocessing.phrases)
        texts = store_texts(documents, work, preprocessing, meter, origin)
        final = Path(destination) / texts["id"]
        if not _is_corpus(final):
            language = language_of(stored_texts(work), preprocessing)
            sizes = encode_texts(work, texts, language.preprocessing, meter)
            meta = {
                **texts,
                "name": name,
                **sizes,
                "preprocessing": language.preprocessing.to_dict(),
                "language": list(language.notes),
                "sources": list(origin.sources),
                **({"columns": asdict(origin.columns)} if origin.columns.named else {}),
                **({"reading": merged(origin.readings)} if origin.readings else {}),
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - started, 3),
            }
            write_json(work / "corpus.json", meta, indent=1)
            report(Progress(100, 100, "Storing"))  # the last moment to cancel
            publish(work, final, whole=_is_corpus)  # if another process was quicker with the same corpus, theirs stays
        return Corpus.open(final)


def add_files(
    paths: Iterable,
    destination: Path,
    *,
    name: str | None = None,
    preprocessing: Preprocessing = Preprocessing(),
    columns: Columns = Columns(),
    options: ReadOptions = ReadOptions(),
    limits: Limits = Limits(),
    report: Report = silent,
) -> Corpus:
    """One corpus of several files. `paths` holds paths, or (path, the name the user knows the file by).

    options: what is not to be detected; how texts are split is a matter of preprocessing.
    """
    files = [
        (Path(path), shown or Path(path).name or str(path))
        for path, shown in (item if isinstance(item, tuple) else (item, None) for item in paths)
    ]
    if not files:
        raise BadInput("There is no file to read. Choose at least one.")
    done = [0]
    readings: list[Reading] = []

    def count(n: int) -> None:
        done[0] += n

    total = sum(path.stat().st_size for path, _ in files if path.is_file())

    def documents() -> Iterator[Document | Packed]:
        for path, shown in files:
            yield from read_documents(
                path,
                name=shown,
                columns=columns,
                options=replace(options, split=preprocessing.split),
                context=ReadContext(limits, total >= BLOCKWISE_BYTES, count, readings.append),
            )

    corpus = encode_corpus(
        documents(),
        destination,
        name=name or _joint_name([shown for _, shown in files]),
        preprocessing=preprocessing,
        origin=Origin(tuple(shown for _, shown in files), columns, total, lambda: done[0], readings),
        report=report,
    )
    return Corpus(corpus.folder, corpus.meta | {"reading": merged(readings)})


def add_text(
    text: str,
    destination: Path,
    *,
    name: str = "Pasted text",
    preprocessing: Preprocessing = Preprocessing(),
    report: Report = silent,
) -> Corpus:
    """The corpus of a pasted text."""
    return encode_corpus(
        text_documents(text, split=preprocessing.split),
        destination,
        name=name,
        preprocessing=preprocessing,
        origin=Origin(("pasted text",), total_bytes=len(text)),
        report=report,
    )


def add_bundled(
    key: str,
    destination: Path,
    *,
    name: str | None = None,
    preprocessing: Preprocessing | None = None,
    report: Report = silent,
) -> Corpus:
    """The corpus of a bundled text (a key of BUNDLED), with the preprocessing that suits it if none is given."""
    if key not in BUNDLED:
        raise NotFound(f"There is no bundled corpus {key!r}. There are {', '.join(BUNDLED)}.")
    bundled = BUNDLED[key]
    return add_files(
        [bundled.path()],
        destination,
        name=name or bundled.title,
        preprocessing=preprocessing or Preprocessing(**bundled.options),
        report=report,
    )


def _joint_name(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


@contextmanager
def _workplace(destination: Path) -> Iterator[Path]:
    """A folder in `destination` to build a corpus in; BadInput where the disk is full."""
    try:
        with staging(destination, "new") as work:
            yield work
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BadInput("The disk is full; nothing was stored. Free some space and add the corpus again.") from None
        raise


def _is_corpus(folder: Path) -> bool:
    return (folder / "corpus.json").exists()
