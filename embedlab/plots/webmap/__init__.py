"""The map of the browser: what it is given (payload), its program (script), and a file of its own (page)."""

from embedlab.plots.webmap.page import map_page
from embedlab.plots.webmap.payload import Points, describe, pack_selection, unpack_selection
from embedlab.plots.webmap.script import script

__all__ = ["Points", "describe", "map_page", "pack_selection", "script", "unpack_selection"]
