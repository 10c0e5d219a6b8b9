"""The app as the README starts it, or a script of a test, on a free port."""

import socket
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_app(home: Path, script: Path | None = None) -> tuple[subprocess.Popen, str]:
    """The app as the README starts it, or a script of a test, on a free port; and its address."""
    port = free_port()
    log = open(home / "app.log", "w")
    command = [str(Path(sys.executable).with_name("embedlab")), "--port", str(port), "--headless", "--home", str(home)]
    if script is not None:
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(script),
            "--server.port",
            str(port),
            "--server.address",
            "localhost",
            "--server.headless",
            "true",
            "--server.fileWatcherType",
            "none",
            "--browser.gatherUsageStats",
            "false",
        ]
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home)
    url = f"http://localhost:{port}"
    deadline = time.time() + 60
    while time.time() < deadline:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            return process, url
        except OSError:
            time.sleep(0.1)
    raise AssertionError((home / "app.log").read_text())
