"""Numbers in benchmark files."""

import math
import re


def is_number(text: str) -> bool:
    """Whether `text` is a finite number."""
    return bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text)) and math.isfinite(float(text))
