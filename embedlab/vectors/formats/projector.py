"""The Embedding Projector's pair of tables: numbers in one, names and attributes in the other."""

from pathlib import Path

from embedlab.core.errors import BadInput
from embedlab.vectors.formats.beside import table_rows
from embedlab.vectors.formats.imported import Rows, VectorOptions
from embedlab.vectors.formats.word_rows import read_numbers

PAIRS = (("metadata.tsv", "vectors.tsv"), ("metadata.tsv", "tensors.tsv"), ("meta.tsv", "vecs.tsv"))


def read_projector(one: Path, other: Path, name: str, options: VectorOptions) -> Rows:
    """The rows of the pair; the file with "meta" in its name, else with the shorter lines, names them.

    Metadata have a header if they have one line more than there are vectors. A column of names is chosen among them,
    and the others become attributes.
    """

    def by_metadata(path: Path):
        with open(path, "rb") as file:
            return "meta" not in path.name.lower(), file.readline(1 << 20).count(b"\t")

    metadata, table = sorted((one, other), key=by_metadata)
    vectors = read_numbers(table, table.name)
    text = metadata.read_bytes().decode("utf-8-sig", errors="backslashreplace")
    rows = [row.rstrip("\r").split("\t") for row in text.removesuffix("\n").split("\n")]
    while rows and rows[-1] == [""] and len(rows) > len(vectors):
        rows.pop()
    if len(rows) not in (len(vectors), len(vectors) + 1):
        raise BadInput(f"{name} has {len(vectors):,} vectors but {len(rows):,} lines of metadata; each needs one.")
    width = max(map(len, rows))
    header = rows.pop(0) if len(rows) == len(vectors) + 1 else []
    columns = _distinct(header + [""] * (width - len(header)))
    cells = [dict(zip(columns, row, strict=False)) for row in rows]
    return table_rows(vectors, cells, metadata.name, options.name_column)


def _distinct(names: list[str]) -> list[str]:
    """The names of columns, those without one or with one that is taken called by their number."""
    found: list[str] = []
    for number, name in enumerate(names, 1):
        name = name.strip() or f"column {number}"
        found.append(name if name not in found else f"{name} {number}")
    return found
