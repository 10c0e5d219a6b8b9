"""Where the documents of a corpus come from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from embedlab.data.reading.columns import Columns
from embedlab.data.reading.reading import Reading


@dataclass(frozen=True)
class Origin:
    """Where documents come from.

    sources: names of files. columns: what was chosen of a table. readings: how each file was read; they may be added
    while documents are read. total_bytes: size of the input, for the progress. bytes_read: how much of it has been
    read; by default the bytes of text so far.
    """

    sources: tuple[str, ...] = ()
    columns: Columns = Columns()
    total_bytes: int | None = None
    bytes_read: Callable[[], int] | None = None
    readings: Sequence[Reading] = ()
