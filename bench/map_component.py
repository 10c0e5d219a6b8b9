"""The map component in headless Chromium with software rendering: bytes per point, first paint, frames of a pan.

python bench/map_component.py [--points 1000 30000 100000 200000 1000000] [--renderer webgl|canvas] [--pictures FOLDER]

First paint counts from the moment the component is mounted until its points are on the canvas, data fetched meanwhile;
"page" counts from the page's address, Streamlit and all. A frame is timed until the pixels are there.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

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
PAN = """stage => new Promise(done => {
  const { map } = stage, times = [];
  let last = performance.now(), k = 0;
  const frame = () => {
    map.pan(k++ % 20 < 10 ? 12 : -12, 3);
    requestAnimationFrame(() => {
      map.renderer.finish();
      const now = performance.now();
      times.push(now - last);
      last = now;
      if (k < 50) frame(); else done({ times: times.slice(12), step: map.step });
    });
  };
  frame();
})"""


def app() -> None:
    """The page that is measured: as many points as its address says, in groups, coloured by frequency or group."""
    import numpy as np
    import streamlit as st

    from embedlab.plots.webmap import PointCloud, View
    from embedlab.projections.colouring.colours import Colour
    from embedlab.ui.map.component import scatter

    @st.cache_resource
    def made(n: int) -> tuple[PointCloud, Colour]:
        rng = np.random.default_rng(1)
        group = rng.integers(0, 12, n)
        places = (
            rng.normal(size=(12, 2))[group] * 4 + rng.normal(size=(n, 2)) * rng.uniform(0.2, 1.1, 12)[group][:, None]
        )
        names = [f"word{i}" for i in range(n)]
        return PointCloud(places, names), Colour(
            "cluster", "category", group.astype(np.int32), "Cluster", tuple(f"Group {i + 1}" for i in range(12))
        )

    st.set_page_config(layout="wide")
    points, colour = made(int(st.query_params["n"]))
    scatter(
        points,
        View(
            title="Map",
            subtitle=f"{len(points):,} points",
            colour=colour,
            renderer=st.query_params.get("renderer", ""),
        ),
        key="map",
    )


def start() -> tuple[subprocess.Popen, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        __file__,
        "--server.port",
        str(port),
        "--server.headless",
        "true",
        "--server.fileWatcherType",
        "none",
        "--browser.gatherUsageStats",
        "false",
    ]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"MAP_BENCH": "app"}
    )
    url = f"http://localhost:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.1)
    return process, url


def measure(browser, url: str, n: int, renderer: str) -> dict:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    sent = []
    page.on("response", lambda answer: sent.append(answer) if answer.url.endswith(".bin") else None)
    started = time.perf_counter()
    page.goto(f"{url}/?n={n}&renderer={renderer}")
    stage = page.get_by_role("application")
    stage.wait_for(timeout=120_000)
    page.wait_for_function("stage => stage.map.stats.first", arg=stage.element_handle(), timeout=120_000)
    whole = time.perf_counter() - started
    first = stage.evaluate("stage => stage.map.stats.first - stage.map.stats.born")
    page.wait_for_timeout(1500)
    bodies = [len(answer.body()) for answer in sent]
    drawn = sum(size for size in bodies if size in (8 * n, 2 * n))
    panned = stage.evaluate(PAN)
    found = {
        "drawn": drawn / n,
        "names": (sum(bodies) - drawn) / n,
        "first": first,
        "page": whole,
        "frame": statistics.median(panned["times"]),
        "step": panned["step"],
        "renderer": stage.evaluate("stage => stage.map.renderer.name"),
    }
    page.context.close()
    return found


def picture(browser, url: str, n: int, theme: str, folder: Path) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme).new_page()
    page.goto(f"{url}/?n={n}")
    stage = page.get_by_role("application")
    stage.wait_for(timeout=120_000)
    page.wait_for_function("stage => stage.map.stats.first", arg=stage.element_handle(), timeout=120_000)
    page.wait_for_timeout(3000)
    page.screenshot(path=str(folder / f"map-{n}-{theme}.png"))
    page.context.close()


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, nargs="+", default=[1_000, 30_000, 100_000, 200_000, 1_000_000])
    parser.add_argument("--renderer", default="")
    parser.add_argument("--pictures", type=Path, help="a folder for screenshots of every size, light and dark")
    options = parser.parse_args()
    process, url = start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            measure(browser, url, 1_000, options.renderer)  # warms the server
            print("points     renderer  bytes/point  names/point  first paint  page      frame while panning")
            for n in options.points:
                m = measure(browser, url, n, options.renderer)
                print(
                    f"{n:>9,}  {m['renderer']:8}  {m['drawn']:11.2f}  {m['names']:11.2f}  {m['first'] / 1000:9.2f} s  "
                    f"{m['page']:5.1f} s  "
                    f"{m['frame']:6.0f} ms, every {m['step']}. point",
                    flush=True,
                )
                for theme in ("light", "dark") if options.pictures else ():
                    picture(browser, url, n, theme, options.pictures)
            browser.close()
    finally:
        process.terminate()


if os.environ.get("MAP_BENCH") == "app":
    app()
elif __name__ == "__main__":
    main()
