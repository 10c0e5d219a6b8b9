"""JSON files as streams of items: JSON Lines, one long array, or an object that holds a list."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from embedlab.core.errors import BadInput
from embedlab.data.reading.plain import bounded_lines, head_text, text_chunks
from embedlab.data.reading.sources import Source, size

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[\s\ufeff]*")


def json_line_items(source: Source) -> Iterator[dict | str]:
    """The item of each line; empty lines are left out."""
    for number, line in enumerate(bounded_lines(text_chunks(source), source.limits.max_json_bytes, source), 1):
        if line.strip():
            yield _checked(_parsed(line, f"Line {number:,} of {source.name}"), source)


def json_items(source: Source) -> Iterator[dict | str]:
    """The items of a .json file: an array is streamed, anything else is read whole within `max_json_bytes`."""
    head = head_text(source).lstrip("\ufeff \t\n")
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
    except ValueError:
        return False


def _parsed(text: str, where: str):
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where} is not JSON ({error}). Correct it or save the file again.") from None


def _checked(item, source: Source) -> dict | str:
    if isinstance(item, str):
        return item
    if isinstance(item, dict):
        return {str(key): value for key, value in item.items()}
    raise BadInput(
        f"{source.name} holds {_kind(item)} where a text or an object with named fields was expected: "
        f"{json.dumps(item)[:60]}. Write one text or object an item."
    )


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
    """What the file is a list of: the longest list in the object, its columns side by side, or the object itself."""
    if not isinstance(whole, dict):
        return [whole]
    lists = {key: value for key, value in whole.items() if isinstance(value, list)}
    if not lists:
        if whole and all(isinstance(value, dict) for value in whole.values()):
            return list(whole.values())
        return [whole]
    longest = max(lists.values(), key=len)
    columns = {key: value for key, value in lists.items() if len(value) == len(longest)}
    if len(columns) > 1 and not any(isinstance(value, dict) for value in longest):
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return longest


def _array_items(chunks: Iterable[str], source: Source) -> Iterator:
    """The items of a JSON array, decoded one after another from a buffer that grows only as far as one item needs."""
    buffer, between, n = "", "[", 0  # `between` is what must come before the next item
    for chunk in chain(chunks, [None]):
        buffer, at = buffer + (chunk or ""), 0
        while True:
            at = _SPACE.match(buffer, at).end()
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
