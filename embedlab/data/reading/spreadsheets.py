"""Spreadsheets: the rows of a sheet of an .xlsx, .xlsb, .xls or .ods file, read by calamine; nothing in it is run."""

import datetime
from collections.abc import Iterator

from embedlab.core.archives import opened_zip
from embedlab.core.errors import BadInput
from embedlab.core.sizes import size
from embedlab.data.reading.headers import check_width
from embedlab.data.reading.sniff import magic
from embedlab.data.reading.sources import Source

_MAX_UNPACKED = 512 * 2**20  # a sheet is read whole


def sheet_rows(source: Source) -> Iterator[list[str]]:
    """The cells of each row as text, of the sheet that is chosen or else of the first one that holds anything."""
    from python_calamine import CalamineError, CalamineWorkbook

    stream = source.seekable()
    found = magic(source.head)
    if found is not None and found[0] == "zip":
        _check_unpacked(stream, source)
    stream.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        name = _sheet(book, source)
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=True)
    except (CalamineError, OSError, ValueError) as error:
        raise BadInput(f"{source.name} is not a spreadsheet that can be read ({error}). Save it again.") from None
    source.tally.kind = f"a table (sheet {name!r})"
    check_width(max(map(len, rows), default=0), source.name)
    return ([_text(cell) for cell in row] for row in rows)


def _check_unpacked(stream, source: Source) -> None:
    with opened_zip(stream, source.name, source.own_budget(stream)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > _MAX_UNPACKED:
        raise BadInput(
            f"{source.name} holds {size(unpacked)} when unpacked; the limit for a spreadsheet is "
            f"{size(_MAX_UNPACKED)}. Save it as .csv."
        )


def _sheet(book, source: Source) -> str:
    """The name of the sheet to read; the others are noted."""
    chosen, names = source.options.sheet, book.sheet_names
    if chosen is not None:
        if chosen not in names:
            raise BadInput(f"{source.name} has no sheet {chosen!r}; it has {', '.join(map(repr, names[:20]))}.")
        return chosen
    filled = [each for each in names if book.get_sheet_by_name(each).end is not None]
    if not filled:
        raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row below its header.")
    if len(filled) > 1:
        others = ", ".join(map(repr, filled[1:6]))
        source.tally.note(f"Only the sheet {filled[0]!r} was read; {others} can be chosen by name.")
    return filled[0]


def _text(cell) -> str:
    """A cell as a person sees it: whole numbers without a fraction, dates as ISO 8601."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)
