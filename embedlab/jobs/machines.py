"""The scheduler and the workers of several machines, as the command line starts them."""

import os
import sys
from pathlib import Path

from embedlab.core.errors import BadInput
from embedlab.core.extras import needs
from embedlab.core.parallel import set_environment

PATIENCE = 30  # seconds that a worker waits for its scheduler


def serve_scheduler(host: str, port: int) -> None:
    """Hand out work to the workers that join, until interrupted.

    Anyone who reaches the address can run code: see docs/machines.md.
    """
    needs("cluster", "A scheduler")
    import asyncio
    import socket

    from embedlab.jobs import dask_cluster

    set_environment(dask_cluster.QUIET)
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
        raise BadInput(
            f"No scheduler can listen on {host}:{port}: {error.strerror or error}. Choose another port with --port."
        ) from None


def serve_worker(address: str, *, slots: int | None = None, home: Path | None = None) -> None:
    """Work for a scheduler until interrupted: `slots` trainings at a time, and one worker for all else."""
    needs("cluster", "A worker")
    import asyncio

    from embedlab.jobs import dask_cluster

    set_environment(dask_cluster.QUIET)
    from distributed import Nanny

    here = {"EMBEDLAB_SCHEDULER": address} | ({dask_cluster.WORKER_HOME: str(Path(home).absolute())} if home else {})

    def nanny(queue: str):
        offer, environment = dask_cluster.offer(queue), here
        if queue == "trial":
            offer["resources"]["train"], environment = 1, here | dask_cluster.ONE_THREAD
        return Nanny(
            address,
            memory_limit=0,
            dashboard=False,
            env=environment,
            preload=dask_cluster.WARM[queue],
            death_timeout=PATIENCE,
            **offer,
        )

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
