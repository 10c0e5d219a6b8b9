"""Takes the pictures of the README: a workspace with real runs, the app, a browser. Writes assets/*.png.

python bench/screenshots.py [--home FOLDER] [--theme light|dark] [--size 1280x720] [--out assets] [PAGE ...]
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from embedlab import Lab

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from helpers.apps import FLAGS, start_app  # noqa: E402

PAGES = "start corpora train map neighbours recommend benchmarks compare sweeps inside runs".split()
AT_REST = "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"


def fill(lab: Lab) -> tuple[str, str]:
    """The ids of the run that is shown, Word2Vec on the bundled Wikipedia sample, and of the one it is compared with.

    Beside them a masked language model to look into, a model that recommends, and a sweep over the embedding size.
    """
    if not lab.runs():
        lab.train("tastes", "als", name="Planted tastes, ALS")
        corpus = lab.add_corpus("enwiki")
        lab.add_corpus("lee")
        lab.train(corpus, "glove", name="Wikipedia, GloVe")
        lab.train(corpus, "word2vec", name="Wikipedia, window 2", window=2)
        run = lab.train(corpus, "word2vec", name="Wikipedia, window 5")
        lab.evaluate(run)
        lab.train(corpus, "masked", name="Wikipedia, masked")
        lab.sweep(
            "lee", vary={"dim": [2, 5, 10, 25, 50, 100, 200]}, seeds=3, purpose="size", name="Embedding size: Lee news"
        )
    run, other = lab.run("Wikipedia, window 5"), lab.run("Wikipedia, window 2")
    lab.map(run, "umap")  # already there unless the methods have changed since
    lab.compare_maps(other, run)
    return run.id, other.id


def addresses(url: str, run: str, other: str) -> dict[str, str]:
    """The address of each page that shows these runs; the first page has no path of its own."""
    shown = f"run={run}&watched={run}&left={other}&right={run}"
    own = {"start": f"{url}/?word=paris", "recommend": f"{url}/recommend?user=person+7"}
    return {name: own.get(name, f"{url}/{name}?{shown}") for name in PAGES}


def shoot(page: Page, name: str, address: str) -> bytes:
    """A picture of what a page shows without scrolling, once nothing is loaded or computed."""
    page.goto(address)
    page.wait_for_selector("h1", state="attached", timeout=60_000)
    settle(page)
    if name == "inside":
        page.get_by_role("button", name="in", exact=True).click()
        settle(page)
    return page.screenshot()


def settle(page: Page) -> None:
    """Wait until the page's script has ended and its figures have come to rest."""
    page.wait_for_timeout(4000)
    page.wait_for_function(AT_REST, timeout=120_000)
    page.wait_for_timeout(2000)


def smaller(path: Path) -> None:
    """The same picture in 256 colours, which is a third of its size and looks the same."""
    Image.open(path).convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--theme", default="light")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "assets")
    parser.add_argument("pages", nargs="*", default=PAGES, metavar="PAGE", help="those to take again; all unless named")
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp())
    run, other = fill(Lab(home))
    width, height = map(int, options.size.split("x"))
    options.out.mkdir(parents=True, exist_ok=True)
    process, url = start_app(home)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            view = {"width": width, "height": height}
            page = browser.new_context(viewport=view, color_scheme=options.theme).new_page()
            for name in options.pages:
                path = options.out / f"{name}.png"
                path.write_bytes(shoot(page, name, addresses(url, run, other)[name]))
                smaller(path)
            browser.close()
    finally:
        process.terminate()


if __name__ == "__main__":
    main()
