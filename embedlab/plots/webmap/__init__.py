"""The map in the browser: its points (cloud), its data (payload), its program (script), an HTML file (page)."""

from embedlab.plots.webmap.cloud import Axes, Chip, Morph, PointCloud, View
from embedlab.plots.webmap.page import map_page
from embedlab.plots.webmap.payload import describe, pack_selection, unpack_selection
from embedlab.plots.webmap.script import script

__all__ = [
    "Axes",
    "Chip",
    "Morph",
    "PointCloud",
    "View",
    "describe",
    "map_page",
    "pack_selection",
    "script",
    "unpack_selection",
]
