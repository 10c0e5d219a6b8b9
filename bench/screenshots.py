"""Takes the screenshots of the README: a workspace with real runs, the app, a browser. Writes assets/*.png.

python bench/screenshots.py [--home FOLDER] [--theme light|dark] [--width 1280] [--out assets] [PAGE ...]
"""

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from embedlab import Lab

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
PAGES = ["start", "corpora", "train", "map", "neighbours", "benchmarks", "compare", "sweeps", "inside", "runs"]


def fill(lab: Lab) -> str:
    """The run that is shown: Word2Vec on the bundled Wikipedia sample, with neighbours to compare, scores and a map.

    Beside it a masked language model to look into, and a sweep over the embedding size.
    """
    if not lab.runs():
        corpus = lab.add_corpus("enwiki")
        lab.add_corpus("lee")
        lab.train(corpus, "glove", name="Wikipedia, GloVe", epochs=25)
        lab.train(corpus, "word2vec", name="Wikipedia, window 2", window=2, epochs=10)
        run = lab.train(corpus, "word2vec", name="Wikipedia, window 5", epochs=10)
        lab.evaluate(run)
        lab.train(corpus, "masked", name="Wikipedia, masked")
        lab.sweep(
            "lee", vary={"dim": [2, 5, 10, 25, 50, 100, 200]}, seeds=3, purpose="size", name="Embedding size: Lee news"
        )
    run = lab.run("Wikipedia, window 5")
    lab.map(run, "umap")  # already there unless the methods have changed since
    lab.compare_maps("Wikipedia, window 2", run)
    return run.id


def start(home: Path) -> tuple[subprocess.Popen, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("embedlab")), "--port", str(port), "--headless", "--home", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.1)
    return process, f"http://localhost:{port}"


def shoot(url: str, run: str, other: str, theme: str, width: int, out: Path, names: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme).new_page()
        for name in names:
            page.set_viewport_size({"width": width, "height": 720 if name == "start" else 900})
            page.goto(
                f"{url}/?word=paris"  # the first page has no path of its own
                if name == "start"
                else f"{url}/{name}?run={run}&watched={run}&left={other}&right={run}"
            )
            page.wait_for_selector("h1", timeout=60_000)
            settle(page)
            if name == "inside":
                page.get_by_role("button", name="in", exact=True).click()
                settle(page)
            height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
            if name != "start":  # which is all on the first screen
                page.set_viewport_size({"width": width, "height": min(max(height, 700), 1300)})
            page.wait_for_timeout(1500)
            page.screenshot(path=str(out / f"{name}.png"))
            smaller(out / f"{name}.png")
        browser.close()


def settle(page) -> None:
    """Wait until nothing is being loaded or computed."""
    page.wait_for_timeout(5000)
    page.wait_for_function("!document.querySelector('[data-testid=stSpinner]')", timeout=60_000)
    page.wait_for_timeout(1000)


def smaller(path: Path) -> None:
    """The same picture in 256 colours, which is a third of its size and looks the same."""
    Image.open(path).convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--theme", default="light")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "assets")
    parser.add_argument("pages", nargs="*", default=PAGES, metavar="PAGE", help="those to take again; all unless named")
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp())
    run = fill(Lab(home))
    other = Lab(home).run("Wikipedia, window 2").id
    process, url = start(home)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        shoot(url, run, other, options.theme, options.width, options.out, options.pages)
    finally:
        process.terminate()


if __name__ == "__main__":
    main()
