"""The command line, in this process or as a program of its own."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-c", "from embedlab.cli import main; main()"]


def run(home, *words, check=True, command=None, env=os.environ, **more):
    """What the command says and returns: in this process, or by `command` in one of its own."""
    if command is None:
        done = run_here(home, *words)
    else:
        done = subprocess.run(
            [*command, *map(str, words)],
            capture_output=True,
            text=True,
            timeout=120,
            env=env | {"EMBEDLAB_HOME": str(home)},
            **more,
        )
    if check:
        assert done.returncode == 0, done.stderr
    return done


def run_here(home, *words) -> subprocess.CompletedProcess:
    from embedlab.cli import main

    out, err, handlers = io.StringIO(), io.StringIO(), {s: signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)}
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        patch.setattr(sys, "argv", ["embedlab", *map(str, words)])
        patch.setenv("EMBEDLAB_HOME", str(home))
        main()
    for signum, handler in handlers.items():
        signal.signal(signum, handler)
    return subprocess.CompletedProcess(words, ended.value.code, out.getvalue(), err.getvalue())


def answer(home, *words):
    return json.loads(run(home, *words, "--json").stdout)
