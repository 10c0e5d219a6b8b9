"""Sentences on interactions: the first choice in words, and what was read, left out and kept."""

import math
from collections.abc import Mapping

from embedlab.data.interactions.values import day_of

# Why a row is left out that lacks a part: said by the reading of its file.
LACKS = {
    "user": "no user",
    "item": "no item",
    "time": "the time cannot be read",
    "strength": "the strength is no number",
}


def sentence_of(
    user: str, item: str, *, title: str | None = None, time: float | None = None, strength: float | None = None
) -> str:
    """A choice in words, such as "user 196 chose item 242 on 4 December 1997"; its title stands for the item."""
    chosen = f"“{title}”" if title else _called("item", item)
    words = f"{_called('user', user)} chose {chosen}"
    if strength is not None and math.isfinite(strength):
        words += f" with strength {strength:,g}"
    day = day_of(time) if time is not None and math.isfinite(time) else None
    return words + (f" on {day}" if day else "")


def _called(noun: str, name: str) -> str:
    """A user or an item by name: codes have their noun in front, names with a blank do not, and titles are quoted."""
    if " " not in name:
        return f"{noun} {name}"
    return name if noun == "user" else f"“{name}”"


def said_of_keeping(sides: tuple[int, int], level: float, *, asked: bool, rated: bool) -> str:
    """What a threshold does, or would do. sides: how many lie below `level`, and how many at it or above."""
    (below, above), noun = sides, "ratings" if rated else "strengths"
    if asked:
        return (
            f"{above:,} of {below + above:,} {noun} are at or above {level:g} and count as choices; {below:,} "
            f"{_are(below)} below it and left out."
        )
    return (
        f"All {below + above:,} ratings count as choices, low ones too: {below:,} {_are(below)} below the middle "
        f"of the scale, {level:g}, and {above:,} {_are(above)} at it or above. A threshold keeps the high ones only."
    )


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def said_after(dropped: Mapping[str, int], ties: int) -> list[str]:
    """What is known of interactions once they are stored: what was left out by the least numbers, repeats, ties."""
    said = [
        f"{n:,} {'row was' if n == 1 else 'rows were'} left out: {reason}."
        for reason, n in dropped.items()
        if reason not in LACKS.values() and not reason.startswith("the strength is below")
    ]
    if ties:
        said.append(
            f"{ties:,} {'choice shares its' if ties == 1 else 'choices share their'} second with the one before; "
            "their order is that of the file."
        )
    return said
