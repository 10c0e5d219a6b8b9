"""Starting the app: the Streamlit server, with the settings EmbedLab wants."""

import os
import subprocess
import sys
from pathlib import Path

from embedlab.errors import BadInput

# Every option is passed on the command line, so that the app looks and behaves the same from any folder.
OPTIONS = {
    "browser.gatherUsageStats": "false",
    "server.showEmailPrompt": "false",
    "server.maxUploadSize": "2048",
    "server.fileWatcherType": "none",
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": "true",  # with which an advertisement for programmers would lie over the page
    "client.showErrorDetails": "none",
    "theme.metricValueFontSize": "1.6rem",
    "theme.headingFontSizes": '["2rem", "1.35rem", "1.1rem"]',
    "theme.light.primaryColor": "#0f6e84",
    "theme.dark.primaryColor": "#2489a1",
}


def app_file() -> Path:
    """app.py: beside the package in a checkout, inside it in an installed wheel."""
    here = Path(__file__).parent
    for path in (here / "_app" / "app.py", here.parent / "app.py"):
        if path.exists():
            return path
    raise BadInput("The app's own files are missing from this installation. Install embedlab again.")


def serve_app(*, port: int, host: str, headless: bool) -> int:
    """Run the app until it ends; its exit code."""
    options = OPTIONS | {"server.port": str(port), "server.address": host, "server.headless": str(headless).lower()}
    flags = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "streamlit", "run", str(app_file()), *flags]
    if os.name == "posix":
        os.execv(sys.executable, command)  # the server takes this process over, and signals reach it directly
    return subprocess.run(command).returncode


# More machines


def serve_scheduler(host: str, port: int) -> None:
    """Hand out work to the workers that join, until interrupted. Whoever reaches the address can run code: see docs/machines.md."""
    import asyncio
    import socket

    from embedlab import cluster

    os.environ.update(cluster.QUIET)
    import dask
    from distributed import Scheduler

    async def serve() -> None:
        async with Scheduler(host=host, port=port, dashboard=False, dashboard_address="127.0.0.1:0") as scheduler:
            shown = scheduler.address.replace("0.0.0.0", socket.gethostname())
            sys.stdout.write(f"Scheduler ready. Machines join with: embedlab worker {shown}\n")
            sys.stdout.flush()
            await scheduler.finished()

    # What a dead worker had goes to another one, however often; a sweep itself gives up on a trial that kills workers.
    dask.config.set({"distributed.scheduler.allowed-failures": 1_000_000})
    try:
        asyncio.run(serve())
    except OSError as error:
        raise BadInput(f"No scheduler can listen on {host}:{port}: {error.strerror or error}. Choose another port with --port.") from None


PATIENCE = 30  # seconds that a worker waits for its scheduler


def serve_worker(address: str, *, slots: int | None = None, home: Path | None = None) -> None:
    """Work for a scheduler, until interrupted or it ends: `slots` trainings at a time beside one worker for all else."""
    import asyncio

    from embedlab import cluster

    os.environ.update(cluster.QUIET)
    from distributed import Nanny

    here = {"EMBEDLAB_SCHEDULER": address} | ({cluster.WORKER_HOME: str(Path(home).absolute())} if home else {})

    def nanny(queue: str):
        offer, environment = cluster.offer(queue), here
        if queue == "trial":
            offer["resources"]["train"], environment = 1, here | cluster.ONE_THREAD
        return Nanny(address, memory_limit=0, dashboard=False, env=environment, preload=cluster.WARM[queue], death_timeout=PATIENCE, **offer)

    async def serve() -> None:
        nannies = [nanny("trial") for _ in range(slots or os.cpu_count() or 1)] + [nanny("quick")]
        await asyncio.gather(*nannies)
        sys.stdout.write(f"{len(nannies) - 1} trainings at a time for {address}.\n")
        sys.stdout.flush()
        await asyncio.gather(*(one.finished() for one in nannies))

    try:
        asyncio.run(serve())
    except (OSError, TimeoutError) as error:
        raise BadInput(f"No scheduler answers at {address}: {error}. Start one with: embedlab scheduler") from None
