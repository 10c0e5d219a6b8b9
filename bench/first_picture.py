"""How long a newcomer waits for the first picture: a fresh home, a fresh server, and the Start page in a browser.

    python bench/first_picture.py

From the address to the first frame in which the map is painted, five times; then a second visit to the same server, and
how much the browser loaded. It starts the app and Chromium, and needs the extra `test`.
"""

import argparse
import io
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from helpers.apps import FLAGS, start_app  # noqa: E402

COLOURED = 2000  # pixels of the map's place that are not grey, from which it counts as painted


def painted(page) -> bool:
    """Whether the map's canvas shows points."""
    box = page.get_by_test_id("map-canvas").first.bounding_box() if page.get_by_test_id("map-canvas").count() else None
    if box is None or box["width"] < 100:
        return False
    picture = Image.open(io.BytesIO(page.screenshot(clip=box))).convert("HSV").getchannel("S")
    return sum(picture.histogram()[90:]) > COLOURED


def visit(browser, url: str) -> tuple[float, int, list[int]]:
    """(seconds to the first picture, bytes loaded, requests) of a new visitor."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page, sizes = context.new_page(), []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    began = time.perf_counter()
    page.goto(url)
    while not painted(page):
        page.wait_for_timeout(30)
    seconds = time.perf_counter() - began
    page.wait_for_timeout(1500)
    context.close()
    return seconds, sum(sizes), len(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    first, second = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for _ in range(asked.times):
            with tempfile.TemporaryDirectory() as home:
                process, url = start_app(Path(home))
                seconds, size, n = visit(browser, url)
                first.append(seconds)
                second.append(visit(browser, url)[0])
                process.terminate()
                process.wait(timeout=20)
            print(
                f"first {first[-1]:.2f} s, second {second[-1]:.2f} s, {size / 2**20:.1f} MB in {n} requests", flush=True
            )
    print(f"median: first picture {statistics.median(first):.2f} s, second visit {statistics.median(second):.2f} s")


if __name__ == "__main__":
    main()
