"""JSON files as streams of rows: JSON Lines, one long array, or one object in any of the forms that pandas writes."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from embedlab.core.errors import BadInput
from embedlab.core.sizes import size
from embedlab.data.reading.headers import MOST_COLUMNS, NAMES
from embedlab.data.reading.plain import bounded_lines, head_text, text_chunks
from embedlab.data.reading.sources import Source
from embedlab.data.reading.suggest import Record

_DECODER = json.JSONDecoder()
_FLATTENED = 8  # objects inside objects whose fields become columns of their own
_VISIBLE = re.compile(r"[^\s\ufeff]")


def json_line_items(source: Source) -> Iterator[Record]:
    """The item of each line; empty lines are left out."""
    source.tally.kind = "a table of JSON Lines"
    for number, line in enumerate(bounded_lines(text_chunks(source), source.limits.max_json_bytes, source), 1):
        if line.strip():
            yield _checked(_parsed(line, f"Line {number:,} of {source.name}"), source)


def json_items(source: Source) -> Iterator[Record]:
    """The items of a .json file: an array is streamed, anything else is read whole within `max_json_bytes`."""
    head = head_text(source).lstrip("\ufeff \t\n")
    source.tally.kind = "a table of JSON"
    if head.startswith("["):
        return (_checked(item, source) for item in _array_items(text_chunks(source), source))
    if _is_lines(head):
        return json_line_items(source)
    return (_checked(item, source) for item in _object_items(_whole(source), source))


def _is_lines(head: str) -> bool:
    """Whether a file called .json is JSON Lines: its first line is an object of its own, and another one follows."""
    first, _, rest = head.partition("\n")
    try:
        return isinstance(json.loads(first), dict) and rest.lstrip().startswith("{")
    except (ValueError, RecursionError):  # what is wrong is said when it is read
        return False


def _parsed(text: str, where: str):
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is not JSON ({error}). Correct it or save the file again.") from None


def _checked(item, source: Source) -> Record:
    if isinstance(item, str):
        return item
    if isinstance(item, dict):
        return flat_record(item)
    if isinstance(item, list) and item and not all(isinstance(cell, list | dict) for cell in item):
        return {f"column {i}": cell for i, cell in enumerate(item, 1)}
    raise BadInput(
        f"{source.name} holds {_kind(item)} where a text or an object with named fields was expected: "
        f"{str(item)[:60] if not isinstance(item, list) else '[...]'}. Write one text or object an item."
    )


def flat_record(item: dict) -> dict:
    """An object with the fields of the objects in it, named by their path: {"a": {"b": 1}} becomes {"a.b": 1}."""
    if not any(isinstance(value, dict) for value in item.values()):
        return {str(key): value for key, value in item.items()}
    flat, waiting = {}, [("", item, 0)]
    while waiting:
        path, inner, depth = waiting.pop()
        for key, value in inner.items():
            if isinstance(value, dict) and value and depth < _FLATTENED:
                waiting.append((f"{path}{key}.", value, depth + 1))
            else:
                flat[f"{path}{key}"] = value
            if len(flat) > MOST_COLUMNS:
                return flat  # the table says that these are too many
    return flat


def _kind(item) -> str:
    return {list: "a list", bool: "true or false", type(None): "null"}.get(type(item), "a number")


def _whole(source: Source):
    limit = source.limits.max_json_bytes
    parts, n = [], 0
    for chunk in text_chunks(source):
        n += len(chunk)
        if n > limit:
            raise BadInput(
                f"{source.name} is one JSON object of more than {size(limit)}, too large to be read whole. "
                "Save it as JSON Lines (.jsonl), one object a line."
            )
        parts.append(chunk)
    return _parsed("".join(parts), source.name)


def _object_items(whole, source: Source) -> Iterable:
    """The rows of a file that is one object: a table of pandas, the longest list in it, or the object itself."""
    if not isinstance(whole, dict):
        return [whole]
    if {"columns", "data"} <= set(whole) and isinstance(whole["columns"], list) and isinstance(whole["data"], list):
        return _split_rows(whole, source)
    if whole and all(isinstance(value, dict) for value in whole.values()):
        return _rows_of_objects(whole, source)
    lists = {key: value for key, value in whole.items() if isinstance(value, list)}
    if not lists:
        return [whole]
    longest = max(lists.values(), key=len)
    columns = {key: value for key, value in lists.items() if len(value) == len(longest)}
    if len(columns) > 1 and not any(isinstance(value, dict) for value in longest):
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return longest


def _split_rows(whole: dict, source: Source) -> list[dict]:
    """The rows of {"columns": names, "index": ..., "data": rows}."""
    names = [
        "".join(f"{part}" for part in ([name] if not isinstance(name, list) else name)) for name in whole["columns"]
    ]
    for number, row in enumerate(whole["data"], 1):
        if not isinstance(row, list) or len(row) != len(names):
            raise BadInput(
                f"Row {number:,} of {source.name} does not have the {len(names):,} cells that its columns ask for. "
                "Write the table again."
            )
    source.tally.kind = "a table of JSON (columns and data)"
    return [dict(zip(names, row, strict=True)) for row in whole["data"]]


def _rows_of_objects(whole: dict, source: Source) -> list[dict]:
    """The rows of an object of objects, which are its columns, as pandas writes a table by default, or its rows."""
    first = next(iter(whole.values()))
    if not _are_columns(whole, first):
        source.tally.kind = "a table of JSON (an object a row)"
        return list(whole.values())
    source.tally.kind = "a table of JSON (an object a column)"
    rows = dict.fromkeys(key for column in whole.values() for key in column)
    return [{name: column.get(key) for name, column in whole.items()} for key in rows]


def _are_columns(whole: dict, first: dict) -> bool:
    """Whether the objects in an object are columns: row numbers inside, or names of columns outside."""
    inside, outside = (all(str(key).lstrip("-").isdigit() for key in keys) for keys in (first, whole))
    if inside or outside:
        return inside
    if any(set(column) != set(first) for column in whole.values()):
        return False
    known = sum(str(key).casefold() in NAMES for key in whole), sum(str(key).casefold() in NAMES for key in first)
    return known[0] > known[1]


def _past_space(text: str, at: int) -> int:
    """Where the first visible character from `at` on stands; the end of the text if there is none."""
    found = _VISIBLE.search(text, at)
    return found.start() if found else len(text)


def _array_items(chunks: Iterable[str], source: Source) -> Iterator:
    """The items of a JSON array, decoded one after another from a buffer that grows only as far as one item needs."""
    buffer, between, n = "", "[", 0  # `between` is what must come before the next item
    for chunk in chain(chunks, [None]):
        buffer, at = buffer + (chunk or ""), 0
        while True:
            at = _past_space(buffer, at)
            here = buffer[at : at + 1]
            if here == "]" and (between == "," or not n and not between):
                return
            if between and here == between:
                at, between = at + 1, ""
                continue
            if not here and chunk is not None:
                break
            try:
                if between:
                    raise json.JSONDecodeError(f"Expecting '{between}' delimiter", buffer, at)
                item, end = _DECODER.raw_decode(buffer, at)
            except (ValueError, RecursionError) as error:
                if chunk is not None and _unfinished(error, buffer) and len(buffer) <= source.limits.max_json_bytes:
                    break
                what = getattr(error, "msg", str(error))
                raise BadInput(
                    f"{source.name} is not JSON from item {n + 1:,} of its list on ({what}, near "
                    f"{buffer[at : at + 40]!r}). Correct it or save the file again."
                ) from None
            if end == len(buffer) and chunk is not None:
                break  # a number may go on in the next chunk
            yield item
            at, between, n = end, ",", n + 1
        buffer = buffer[at:]


def _unfinished(error: Exception, buffer: str) -> bool:
    """Whether decoding failed only because the buffer ends inside an item."""
    return isinstance(error, json.JSONDecodeError) and (
        error.pos >= len(buffer) - 12 or error.msg.startswith("Unterminated string")
    )
