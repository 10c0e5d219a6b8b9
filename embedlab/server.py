"""Starting the app: the Streamlit server, with the settings EmbedLab wants."""

import os
import subprocess
import sys
from pathlib import Path

from embedlab.core.colours import DARK, LIGHT, Colours
from embedlab.core.errors import BadInput
from embedlab.core.extras import needs


def _theme(base: str, colours: Colours) -> dict[str, str]:
    """The colours of one theme as Streamlit's options."""
    chosen = {
        "primaryColor": colours.accent,
        "backgroundColor": colours.page,
        "secondaryBackgroundColor": colours.soft,
        "textColor": colours.text,
        "linkColor": colours.accent_text,
        "borderColor": colours.line,
        "grayTextColor": colours.captions,
    }
    rail = {"backgroundColor": colours.soft, "borderColor": colours.line}
    return {f"theme.{base}.{name}": value for name, value in chosen.items()} | {
        f"theme.{base}.sidebar.{name}": value for name, value in rail.items()
    }


# Every option is passed on the command line, so that the app looks and behaves the same from any folder.
OPTIONS = {
    "browser.gatherUsageStats": "false",
    "server.showEmailPrompt": "false",
    "server.maxUploadSize": "2048",
    "server.fileWatcherType": "none",
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": "true",  # with which an advertisement for programmers would lie over the page
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",  # no search engines beside an error
    "runner.postScriptGC": "false",  # garbage is collected at rest, see embedlab/ui/parts/rest.py
    "theme.metricValueFontSize": "1.6rem",
    "theme.headingFontSizes": '["1.75rem", "1.3rem", "1.1rem"]',
    **_theme("light", LIGHT),
    **_theme("dark", DARK),
}


def app_file(name: str = "app.py") -> Path:
    """app.py, or a file beside it: beside the package in a checkout, inside it in an installed wheel."""
    here = Path(__file__).parent
    for path in (here / "_app" / name, here.parent / name):
        if path.exists():
            return path
    raise BadInput("The app's own files are missing from this installation. Install embedlab again.")


def check_app() -> None:
    """Raise NotInstalled, which names the extra, unless all that the app needs is installed."""
    needs("app", "The app")
    needs("cluster", "The app")


def serve_app(*, port: int, host: str, headless: bool) -> int:
    """Run the app until it ends; its exit code."""
    options = OPTIONS | {"server.port": str(port), "server.address": host, "server.headless": str(headless).lower()}
    flags = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "streamlit", "run", str(app_file("served.py")), *flags]
    if os.name == "posix":
        os.execv(sys.executable, command)  # the server takes this process over, and signals reach it directly
    return subprocess.run(command).returncode
