"""Shared by every test: a fresh workspace, the public data if it is there, and a browser if there is one."""

import os
import shutil
from pathlib import Path

import pytest
from helpers.kernel_cache import kernel_cache
from helpers.paths import ROOT, TESTS

# One cache of compiled kernels for this process, its workers and the apps it starts; read when numba is first imported.
os.environ.setdefault("NUMBA_CACHE_DIR", str(kernel_cache(ROOT / "embedlab" / "kernels")))
# What is compared to the last bits was written down on a processor.
os.environ.setdefault("EMBEDLAB_DEVICE", "cpu")
# Side by side each group of tests has one core: libraries that read these when they are loaded start no more threads.
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
# Tests of these folders share an app, a browser or a workspace that is built once: one worker runs all of them.
TOGETHER = ("browser", "ui")


def pytest_make_parametrize_id(config, val, argname):
    """The name of the argument for bytes: packed files hold the time, and both workers must collect the same tests."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.path.relative_to(TESTS).parts[0] == "browser":
            item.add_marker(pytest.mark.browser)
    # The long groups begin first, so that no worker is left alone with one of them at the end.
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0] not in TOGETHER)


def pytest_xdist_make_scheduler(config, log):
    """Files stay whole, and folders of TOGETHER as well.

    The marks of pytest-xdist for groups do this by changing ids of tests, which pytest 9.2 does not heed.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Whole(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            folder = file.split("/")[1]
            return folder if folder in TOGETHER else file

    return Whole(config, log)


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


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> str:
    """A folder with a small, untrained encoder of two layers."""
    from helpers.tiny_encoder import save_tiny

    return save_tiny(tmp_path_factory.mktemp("tiny"), 2)


@pytest.fixture(scope="session")
def tiny_of_three(tmp_path_factory) -> str:
    """The same with three layers."""
    from helpers.tiny_encoder import save_tiny

    return save_tiny(tmp_path_factory.mktemp("tiny3"), 3)


@pytest.fixture
def open_page(monkeypatch):
    """Opens a page by name on the workspace in a folder, with a session state or by a link. A traceback fails."""
    from streamlit.testing.v1 import AppTest

    def opened(name: str, home: Path, *, link: dict | None = None, **state) -> AppTest:
        monkeypatch.setenv("EMBEDLAB_HOME", str(home))
        page = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=60)
        page.query_params.update(link or {})
        for key, value in state.items():
            page.session_state[key] = value
        page.run()
        assert not page.exception, page.exception
        return page

    return opened


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A workspace with labelled documents, a finished run, its map and its scores, shared by the tests of the pages."""
    from embedlab import Lab

    lab = Lab(tmp_path_factory.mktemp("pages"))
    corpus = lab.add_corpus("polarity")
    run = lab.train(corpus, "word2vec", name="films", dim=12, epochs=3, min_count=1, workers=1)
    lab.map(run, "pca")
    lab.evaluate(run, ["simlex999", "classification"])
    return lab
