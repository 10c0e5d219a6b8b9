"""How long a page takes to react while many learners use the app: websocket clients on this machine, as browsers are.

    python bench/learners.py [--learners 30] [--seconds 60] [--home FOLDER] [--url http://localhost:8501]

Each learner opens the app, thinks for some seconds, and then types a word into Neighbours, looks at a map or turns to
another page. A reaction ends when the server says that its script has finished. Without --url an app is started on a
workspace with one small run. It prints the reactions at the 50th and 95th percentile, the longest, and the app's
memory.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from embedlab import Lab
from embedlab.store.runs import Run

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers.apps import start_app  # noqa: E402

THINKS = (2.0, 6.0)  # seconds between a reaction and the next click
PATIENCE = 60.0  # seconds after which a reaction counts as failed
PAGES = ("neighbours", "map", "runs", "benchmarks", "corpora")


@dataclass
class Learner:
    """One visitor: what the app has told it, and how long each reaction took."""

    socket: object
    run: str
    words: list[str]
    rng: random.Random
    pages: dict[str, str] = field(default_factory=dict)  # address of a page -> its hash
    boxes: dict[str, str] = field(default_factory=dict)  # label of a text box -> id of the widget
    fragments: dict[str, str] = field(default_factory=dict)  # id of a widget -> the fragment it stands in
    typed: dict[str, str] = field(default_factory=dict)
    here: str = "neighbours"
    reactions: list[tuple[str, float]] = field(default_factory=list)
    failed: int = 0

    async def react(self, what: str) -> None:
        """Send the state of the page as a browser does, and wait for the script to end."""
        ask = BackMsg()
        state = ask.rerun_script
        state.query_string = f"run={self.run}"
        state.page_script_hash = self.pages.get(self.here, "")
        state.context_info.locale = "en"
        for box, text in self.typed.items():
            widget = state.widget_states.widgets.add()
            widget.id, widget.string_value = box, text
        if what == "word":
            state.fragment_id = self.fragments.get(self.boxes.get("Word", ""), "")
        sent = time.perf_counter()
        await self.socket.send(ask.SerializeToString())
        try:
            async with asyncio.timeout(PATIENCE):
                while not self._heard(ForwardMsg.FromString(await self.socket.recv())):
                    pass
        except TimeoutError:
            self.failed += 1
            return
        self.reactions.append((what, time.perf_counter() - sent))

    def _heard(self, message: ForwardMsg) -> bool:
        """Take note of a message; whether it ends the reaction."""
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "text_input":
            box = message.delta.new_element.text_input
            self.boxes[box.label], self.fragments[box.id] = box.id, message.delta.fragment_id
        return kind == "script_finished" and message.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
        )

    async def learn(self, until: float) -> None:
        """Click and type until the time is over."""
        await self.react("arrival")
        while time.monotonic() < until:
            await asyncio.sleep(self.rng.uniform(*THINKS))
            if self.here == "neighbours" and "Word" in self.boxes and self.rng.random() < 0.7:
                self.typed[self.boxes["Word"]] = self.rng.choice(self.words)
                await self.react("word")
            else:
                self.here, self.boxes, self.typed = self.rng.choice(PAGES), {}, {}
                await self.react("page")


async def lesson(url: str, learners: int, seconds: float, run: Run) -> list[Learner]:
    """All learners at once, arriving over the first seconds."""
    until, words = time.monotonic() + seconds, run.embedding.words[100:600] or run.embedding.words
    address = url.replace("http", "ws", 1) + "/_stcore/stream"

    async def one(number: int) -> Learner:
        await asyncio.sleep(min(10.0, seconds / 4) * number / learners)
        async with connect(address, subprotocols=["streamlit"], max_size=None, origin=url) as socket:
            learner = Learner(socket, run.id, words, random.Random(number))
            await learner.learn(until)
            return learner

    return await asyncio.gather(*(one(number) for number in range(learners)))


def told(learners: list[Learner], memory: int) -> str:
    """The lines of the report."""
    lines = []
    for kind in ("arrival", "word", "page", None):
        taken = sorted(seconds for each in learners for what, seconds in each.reactions if kind in (what, None))
        if taken:
            p95 = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
            lines.append(
                f"{kind or 'all':8} {len(taken):5} reactions  p50 {statistics.median(taken):.2f} s  p95 {p95:.2f} s  "
                f"longest {taken[-1]:.2f} s"
            )
    failed = sum(each.failed for each in learners)
    return "\n".join([*lines, f"{failed} without an answer; the app takes {memory / 2**20:,.0f} MB"])


def serving(url: str) -> psutil.Process:
    """The process that listens at an address."""
    port = int(url.rsplit(":", 1)[1])
    return next(
        psutil.Process(found.pid)
        for found in psutil.net_connections("tcp")
        if found.laddr[1:2] == (port,) and found.pid
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--home", type=Path, help="a workspace folder to keep")
    parser.add_argument("--url", help="an app that runs already; give its --home too")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = args.home or Path(folder)
        lab = Lab(home)
        done = [run for run in lab.runs() if run.status == "done"]
        if not done:
            done = [lab.train(lab.add_corpus("lee"), "word2vec", epochs=10, name="Lee")]
        run = max(done, key=lambda run: run.summary["words"])
        if not lab.maps(run.id):
            lab.map(run, "pca")
        process, url = (None, args.url) if args.url else start_app(home)
        try:
            urlopen(f"{url}/_stcore/health", timeout=30)
            load = psutil.getloadavg()[0]
            learners = asyncio.run(lesson(url, args.learners, args.seconds, run))
            print(f"{args.learners} learners, {args.seconds:g} s, load of the machine before {load:.1f}")
            print(told(learners, serving(url).memory_info().rss))
        finally:
            if process is not None:
                process.terminate()
                process.wait(timeout=20)


if __name__ == "__main__":
    main()
