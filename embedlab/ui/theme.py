"""The list of pages, and where the app's pictures are."""

from embedlab.serve import app_file

ASSETS = app_file().parent / "assets"

PAGES = [
    ("pages/corpora.py", "Corpora", ":material/library_books:"),
    ("pages/train.py", "Train", ":material/model_training:"),
    ("pages/map.py", "Map", ":material/scatter_plot:"),
    ("pages/neighbours.py", "Neighbours", ":material/hub:"),
    ("pages/benchmarks.py", "Benchmarks", ":material/leaderboard:"),
    ("pages/runs.py", "Runs", ":material/list_alt:"),
]
