"""The program that draws maps in the browser: the modules of js/ joined into one, so that nothing has to be built."""

import json
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
# In the order in which they need each other.
MODULES = (
    "view",
    "data",
    "scene",
    "look",
    "gl",
    "canvas2d",
    "density",
    "labels",
    "overlay",
    "frame",
    "fill",
    "picture",
    "input",
    "map",
    "streamlit",
    "page",
)
IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let))", re.MULTILINE)


@cache
def script() -> str:
    """One ES module that exports `mount` (a Streamlit component) and `openPage` (a standalone page)."""
    parts = [f"const STYLE = {json.dumps((FOLDER / 'style.css').read_text(encoding='utf-8'))};"]
    for name in MODULES:
        text = (FOLDER / "js" / f"{name}.js").read_text(encoding="utf-8")
        parts.append(EXPORT.sub("", IMPORT.sub("", text)))
    return "\n".join([*parts, "export { mount, openPage };\n"])
