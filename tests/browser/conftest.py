"""A running app and a browser for it."""

from pathlib import Path

import pytest
from helpers.apps import FLAGS, start_app


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """The workspace of the shared app."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="session")
def app(home, chromium):
    """The address of an app on a workspace that is empty at first, shared by the browser tests."""
    process, url = start_app(home)
    yield url
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def context(browser):
    """A visitor of their own: nothing is shared with another one but the server."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(30_000)
    yield opened
    opened.close()
