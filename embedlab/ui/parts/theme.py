"""The list of pages, where the app's pictures are, and the few rules of style that the theme has no option for."""

from embedlab.server import app_file

ASSETS = app_file().parent / "assets"

PAGES = [
    ("pages/corpora.py", "Corpora", ":material/library_books:"),
    ("pages/train.py", "Train", ":material/model_training:"),
    ("pages/sweeps.py", "Sweeps", ":material/grid_view:"),
    ("pages/map.py", "Map", ":material/scatter_plot:"),
    ("pages/neighbours.py", "Neighbours", ":material/hub:"),
    ("pages/inside.py", "Inside", ":material/frame_inspect:"),
    ("pages/compare.py", "Compare", ":material/compare:"),
    ("pages/benchmarks.py", "Benchmarks", ":material/leaderboard:"),
    ("pages/runs.py", "Runs", ":material/list_alt:"),
]

# Less empty room above the title, figures no wider than they can be read, switches as high as the fields beside them.
STYLE = """<style>
[data-testid="stMainBlockContainer"] {padding: 3.2rem clamp(1rem, 3.5vw, 4rem) 3rem; max-width: 1500px}
[data-testid="stMetricValue"] {font-variant-numeric: tabular-nums}
button[data-variant="segmented_control"] {min-height: 2.5rem}
</style>"""
