"""Words of scripts that are written without spaces, found by the dictionaries of ICU."""

import re
from functools import lru_cache

# Han, kana, Thai, Lao, Khmer, Burmese.
UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003fffd"
    "\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f]"
)


@lru_cache(maxsize=1)
def can_segment() -> bool:
    """Whether ICU is installed (the extra `languages`)."""
    try:
        import icu4py.breakers  # noqa: F401
    except ImportError:
        return False
    return True


def segmented(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans of tokens, those of unspaced scripts cut into words; pieces without a letter or digit are left out."""
    from icu4py.breakers import WordBreaker

    found = []
    for first, last in spans:
        token = text[first:last]
        if not UNSPACED.search(token):
            found.append((first, last))
            continue
        for start, end in WordBreaker(token, "und").segments():
            if any(map(str.isalnum, token[start:end])):
                found.append((first + start, first + end))
    return found
