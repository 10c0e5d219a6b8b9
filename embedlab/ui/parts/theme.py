"""The list of pages, where the app's pictures are, and the rules of style that the theme has no option for."""

from pathlib import Path

from embedlab.core.colours import variables
from embedlab.server import app_file

ASSETS = app_file().parent / "assets"

# The pages along the path from a text to a judgement, by group. The first one is the page at "/".
PAGES = {
    "": [("pages/start.py", "Start", ":material/home:")],
    "Data": [("pages/corpora.py", "Corpora", ":material/library_books:")],
    "Train": [
        ("pages/train.py", "Train", ":material/model_training:"),
        ("pages/sweeps.py", "Sweeps", ":material/grid_view:"),
    ],
    "Map": [
        ("pages/map.py", "Map", ":material/scatter_plot:"),
        ("pages/compare.py", "Compare", ":material/compare:"),
    ],
    "Ask": [
        ("pages/neighbours.py", "Neighbours", ":material/hub:"),
        ("pages/recommend.py", "Recommend", ":material/recommend:"),
        ("pages/inside.py", "Inside", ":material/frame_inspect:"),
    ],
    "Judge": [("pages/benchmarks.py", "Benchmarks", ":material/leaderboard:")],
    "Workspace": [("pages/runs.py", "Runs", ":material/list_alt:")],
}

STYLE = f"<style>:root {{{variables()}}}\n{(Path(__file__).parent / 'theme.css').read_text(encoding='utf-8')}</style>"
