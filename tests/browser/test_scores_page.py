"""Benchmarks in a real browser: a file of one's own, a score, and two runs between which no difference is shown.

On the app that the path has gone through before, whose workers are there already.
"""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow  # scores runs

LONG = 120_000


@pytest.fixture
def judged(home, tmp_path) -> str:
    """Word pairs with scores, and in the workspace two imported runs that are equal and agree with them."""
    from embedlab import Lab

    lab = Lab(home)
    vectors = np.random.default_rng(1).standard_normal((60, 8))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    path = tmp_path / "vectors.txt"
    path.write_text("60 8\n" + "\n".join(f"w{i} {' '.join(f'{x:.5f}' for x in row)}" for i, row in enumerate(vectors)))
    for name in ("first", "second"):
        lab.import_vectors(path, name=name)
    return "\n".join(f"w{i}\tw{i + 30}\t{unit[i] @ unit[i + 30]:.4f}" for i in range(30))


@pytest.mark.timeout(300)
def test_own_file_is_scored_and_equal_runs_show_no_difference(app, judged, context):
    page = context.new_page()
    page.goto(f"{app}/benchmarks")
    expect(page.get_by_role("heading", name="Benchmarks", level=1)).to_be_visible(timeout=LONG)
    view(page, "Your benchmarks")
    page.locator("input[type=file]").set_input_files(
        {"name": "nonsense.txt", "mimeType": "text/plain", "buffer": b"only two\n"}
    )
    expect(page.get_by_text("nonsense.txt is neither word pairs")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Benchmarks", level=1)).to_be_visible(timeout=LONG)
    view(page, "Your benchmarks")
    page.locator("input[type=file]").set_input_files(
        {"name": "judged.tsv", "mimeType": "text/plain", "buffer": judged.encode()}
    )
    expect(page.get_by_text("Kept: judged.tsv, 30 word pairs with scores.")).to_be_visible()
    view(page, "Compare runs")
    page.get_by_role("combobox", name="Benchmark").first.fill("judged")
    page.get_by_role("option", name="judged.tsv").click()
    page.get_by_role("button", name="Score these runs alike").click()
    expect(page.get_by_text(re.compile("No difference shown between “(first|second)” and"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("on 30 shared items, p = 1.000")).to_be_visible()
    view(page, "This run")
    expect(page.get_by_role("heading", name=re.compile("Scores of (first|second)"))).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    expect(page.get_by_text("The 30 items behind this score")).to_be_visible()


def view(page, name: str) -> None:
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.click()
