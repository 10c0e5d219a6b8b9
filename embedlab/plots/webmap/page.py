"""The map as one HTML file that opens from disk without a network: program, data and looks are all inside."""

import base64
import html
import json
from collections.abc import Sequence
from dataclasses import replace

from embedlab.plots.style import INK, PAPER
from embedlab.plots.webmap.cloud import PointCloud, View
from embedlab.plots.webmap.payload import describe, describe_colour
from embedlab.plots.webmap.script import script
from embedlab.projections.colouring.colours import Colour

LOOK = """:root {{ color-scheme: light dark;
  --st-background-color: {paper_light}; --st-text-color: {ink_light};
  --st-primary-color: #0f6e84; }}
:root[data-theme="dark"] {{ --st-background-color: {paper_dark}; --st-text-color: {ink_dark};
  --st-primary-color: #2489a1; }}
body {{ margin: 0; background: var(--st-background-color); }}"""

PAGE = """<!doctype html>
<html lang="en"{theme}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{look}</style></head>
<body><main id="map" class="em-root"></main>
<script id="about" type="application/json">{about}</script>
<script type="module">
{script}
openPage();
</script>
</body>
</html>
"""


def map_page(
    cloud: PointCloud,
    view: View = View(),
    *,
    page_title: str = "Map",
    dark: bool | None = None,
    colours: Sequence[Colour] = (),
) -> str:
    """The page. colours: colourings to choose from, the first one shown; dark: None follows the reader's system."""
    about = describe(cloud, _inline, replace(view, height="fill"))
    if colours:
        about["colours"] = [describe_colour(colour, len(cloud), _inline) for colour in colours]
        about.setdefault("colour", about["colours"][0])
    theme = None if dark is None else ("dark" if dark else "light")
    look = LOOK.format(paper_light=PAPER[False], ink_light=INK[False], paper_dark=PAPER[True], ink_dark=INK[True])
    # A "<" inside JSON could end the element; as an escape it means the same and cannot.
    data = json.dumps(about | {"theme": theme}, ensure_ascii=False).replace("<", "\\u003c")
    attribute = "" if theme is None else f' data-theme="{theme}"'
    return PAGE.format(theme=attribute, title=html.escape(page_title), look=look, about=data, script=script())


def _inline(name: str, data: bytes) -> str:
    return f"data:;base64,{base64.b64encode(data).decode()}"
