"""Shared by every test: a fresh workspace, the public data if it is there, and a browser if there is one."""

import os
import shutil
from pathlib import Path

import pytest

# One cache of compiled kernels for this process, its workers and the apps it starts; read when numba is first imported.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parent.parent / ".numba_cache"))


def pytest_collection_modifyitems(config, items):
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of public data sets; the test is skipped where EMBEDLAB_DATA does not name one."""
    folder = os.environ.get("EMBEDLAB_DATA")
    if not folder:
        pytest.skip("EMBEDLAB_DATA is not set: this test needs the public data sets")
    return Path(folder)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; without one the test is skipped, or fails where a browser is required."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None and os.environ.get("EMBEDLAB_REQUIRE_BROWSER"):
        pytest.fail("Chromium is not installed, and EMBEDLAB_REQUIRE_BROWSER is set")
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    return path


@pytest.fixture
def lab(tmp_path):
    """An empty laboratory."""
    from embedlab import Lab

    return Lab(tmp_path / "workspace")
