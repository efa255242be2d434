"""Live feedback under load: posts, coding and issues; writes results/ingestion.json.

`feedback serve` and `feedback worker` run as a team would run them, on PostgreSQL and on SQLite
with every commit on the disk, and a client posts so many comments a second, whether or not earlier
ones were answered (an open loop: a server that stalls is not spared). Each post has an idempotency
key and is sent again under it when it was not answered or refused for now. Told are the seconds of
an answer, seconds from the first try of a post to its codes, and, of probes that belong to an issue
which is known already, to their place in it; what was accepted, stored, enriched, lost or there
twice; and the processor time and memory of each program.

Run it alone on a quiet machine: python tests/benchmarks/bench_ingestion.py [--seconds 600]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
import sqlalchemy as sa

from feedback import schema
from feedback.sender_keys import make_key
from feedback.store import Store, utc_now
from tests.benchmarks.ingestion_texts import PROBE_PAGE, Post, Texts
from tests.postgres import find_programs, running_server

OUT = Path(__file__).parent / "results" / "ingestion.json"
ROOT = Path(__file__).parents[2]
SEED = 20261122
RATES = {"postgresql": 50.0, "sqlite": 20.0}
"""Posts a second that the bar asks for."""
BARS = {"answer_p99_seconds": 0.3, "grouped_p95_seconds": 5.0}
PROBE_EVERY_SECONDS = 1.0
N_FIRST = 12
"""Probes posted before the load, of which the issue is made."""
SAFE = {"listen_addresses": "", "max_connections": "60", "shared_buffers": "128MB"}
"""As PostgreSQL comes, but for a socket alone and some memory: commits are on the disk."""
CATCH_UP_SECONDS = 300.0


@dataclass
class Told:
    """What became of the posts."""

    answers: list[float] = field(default_factory=list)
    first_tries: dict[str, float] = field(default_factory=dict)
    """When each accepted comment was first sent, in seconds of the machine's clock."""
    probes: dict[str, float] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    n_twice: int = 0


async def send(http: aiohttp.ClientSession, post: Post, key: str, told: Told) -> None:
    """Post until it is accepted."""
    first = time.time()
    while True:
        began = time.perf_counter()
        try:
            async with http.post(
                "/v1/feedback", json=post.body, headers={"Idempotency-Key": key}
            ) as answer:
                status, body = answer.status, await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            told.statuses[type(error).__name__] += 1
            await asyncio.sleep(0.5)
            continue
        told.answers.append(time.perf_counter() - began)
        told.statuses[str(status)] += 1
        if status == 202:
            break
        await asyncio.sleep(min(5.0, float(answer.headers.get("Retry-After", "1"))))
    for comment_id in body["comment_ids"]:
        told.n_twice += comment_id in told.first_tries
        told.first_tries[comment_id] = first
        if post.is_probe:
            told.probes[comment_id] = first


async def send_all(
    url: str, key: str, texts: Texts, told: Told, *, per_second: float, seconds: float
) -> float:
    """Post at a rate; return how late the client itself was at most, in seconds."""
    limits = aiohttp.TCPConnector(limit=200)
    headers = {"Authorization": f"Bearer {key}"}
    timeout = aiohttp.ClientTimeout(total=30)
    latest, tasks = 0.0, []
    async with aiohttp.ClientSession(
        url, connector=limits, headers=headers, timeout=timeout
    ) as http:
        started, next_probe = time.perf_counter(), 0.0
        for n in range(int(per_second * seconds)):
            due = n / per_second
            await asyncio.sleep(max(0.0, started + due - time.perf_counter()))
            latest = max(latest, time.perf_counter() - started - due)
            is_probe = due >= next_probe
            next_probe += PROBE_EVERY_SECONDS if is_probe else 0.0
            post = texts.probe() if is_probe else texts.post()
            tasks.append(asyncio.create_task(send(http, post, f"load-{n}", told)))
        await asyncio.gather(*tasks)
    return latest


class Watch:
    """Notes when probes were seen in an issue, and what programs use."""

    def __init__(self, store: Store, processes: dict[str, psutil.Process]) -> None:
        self._store = store
        self._processes = processes
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self.seen: dict[str, float] = {}
        self.memory: Counter[str] = Counter()

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _go_on(self) -> None:
        comments, assigned = schema.comments, schema.assignments
        query = (
            sa.select(comments.c.comment_id)
            .join(assigned, assigned.c.comment_id == comments.c.comment_id)
            .where(comments.c.page == PROBE_PAGE, assigned.c.cluster_id.is_not(None))
        )
        while not self._is_over.wait(0.25):
            found, now = self._store.read(query)["comment_id"], time.time()
            for comment_id in found:
                self.seen.setdefault(comment_id, now)
            for name, process in self._processes.items():
                self.memory[name] = max(self.memory[name], process.memory_info().rss)


@contextmanager
def program(*words: str, home: Path, url: str) -> Iterator[psutil.Process]:
    """Run one of the commands, and stop it as systemd would."""
    command = [str(Path(sys.executable).with_name("feedback")), "--home", str(home), *words]
    env = {**os.environ, "FEEDBACK_STORE": url, "FEEDBACK_SERVE_PER_MINUTE": "1000000"}
    with (home / f"{words[0]}.log").open("wb") as log:
        started = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield psutil.Process(started.pid)
        finally:
            started.terminate()
            started.wait(120)


def percentiles(values: list[float]) -> dict[str, float]:
    """Return what is told of seconds."""
    found = np.percentile(values, [50, 95, 99])
    names = ("median", "p95", "p99")
    told = {name: round(float(value), 3) for name, value in zip(names, found, strict=True)}
    return {**told, "most": round(max(values), 3)}


def codes_seconds(store: Store, told: Told) -> list[float]:
    """Return seconds from the first try to the codes of each accepted comment that has some."""
    table = schema.codings
    rows = store.read(
        sa.select(table.c.comment_id, sa.func.min(table.c.at).label("at")).group_by(
            table.c.comment_id
        )
    )
    at = dict(zip(rows["comment_id"], rows["at"], strict=True))
    return [
        at[comment_id].timestamp() - first
        for comment_id, first in told.first_tries.items()
        if comment_id in at
    ]


def measure(url: str, home: Path, *, per_second: float, seconds: float) -> dict[str, Any]:
    """Put one database under load and return the figures."""
    texts, told, first = Texts(home / "texts", SEED), Told(), Told()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(url))
        with store.quietly_changing() as connection:
            key = make_key(connection, "load", "benchmark", services=None, now=utc_now())
        serve = stack.enter_context(program("serve", "--port", str(port), home=home, url=url))
        worker = stack.enter_context(program("worker", home=home, url=url))
        asyncio.run(_warm_up(address, key, texts, first))
        _wait_until(lambda: store.count_states() == {"enriched": len(first.first_tries)}, "codes")
        watch = stack.enter_context(Watch(store, {"serve": serve, "worker": worker}))
        _wait_until(lambda: len(watch.seen) >= N_FIRST // 2, "an issue")
        before = {"serve": serve.cpu_times(), "worker": worker.cpu_times()}
        print(f"{url.split(':')[0]}: {per_second:.0f} posts a second, {seconds:.0f} s", flush=True)
        late = asyncio.run(
            send_all(address, key, texts, told, per_second=per_second, seconds=seconds)
        )
        ended = time.time()
        n_all = len(told.first_tries) + len(first.first_tries)
        _wait_until(lambda: store.queue().n_waiting == 0, "all codes")
        caught_up = time.time() - ended
        _wait_until(lambda: set(told.probes) <= set(watch.seen), "probes", 60)
        states = store.count_states()
        known = store.known_ids([*told.first_tries, *first.first_tries])
        cpu = {
            name: round(_seconds(process.cpu_times()) - _seconds(before[name]), 1)
            for name, process in (("serve", serve), ("worker", worker))
        }
        grouped = [watch.seen[one] - at for one, at in told.probes.items() if one in watch.seen]
        return {
            "posts_per_second": per_second,
            "seconds": seconds,
            "client_late_at_most_seconds": round(late, 3),
            "answers": dict(told.statuses),
            "answer_seconds": percentiles(told.answers),
            "coded_seconds": percentiles(codes_seconds(store, told)),
            "grouped_seconds": percentiles(grouped) if grouped else None,
            "probes": {"n": len(told.probes), "n_in_an_issue": len(grouped)},
            "n_accepted": n_all,
            "n_stored": sum(states.values()),
            "n_enriched": states.get("enriched", 0),
            "n_lost": n_all - len(known),
            "n_twice": told.n_twice + sum(states.values()) - len(known),
            "seconds_to_catch_up": round(caught_up, 1),
            "cpu_seconds": cpu,
            "most_memory_gb": {name: round(n / 1e9, 2) for name, n in watch.memory.items()},
        }


async def _warm_up(address: str, key: str, texts: Texts, told: Told) -> None:
    """Post what the issue is made of, once the server answers."""
    async with aiohttp.ClientSession(address, headers={"Authorization": f"Bearer {key}"}) as http:
        for n in range(N_FIRST):
            await send(http, texts.probe(), f"first-{n}", told)
        for n in range(N_FIRST, 4 * N_FIRST):
            await send(http, texts.post(), f"first-{n}", told)


def _wait_until(is_so: Any, what: str, seconds: float = CATCH_UP_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            print(f"Waited {seconds:.0f} seconds for {what} in vain.", flush=True)
            return
        time.sleep(0.2)


def _seconds(times: Any) -> float:
    return float(times.user + times.system + times.children_user + times.children_system)


def _commit() -> str:
    told = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    return told.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, help="posts a second, in place of the bar")
    parser.add_argument("--only", choices=sorted(RATES))
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    results = json.loads(chosen.out.read_text()) if chosen.out.exists() else {}
    for name in [chosen.only] if chosen.only else RATES:
        with ExitStack() as stack:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ingestion")))
            url = f"sqlite:///{home / 'feedback.db'}"
            if name == "postgresql":
                programs = find_programs()
                if programs is None:
                    raise SystemExit("PostgreSQL is not installed.")
                server = stack.enter_context(running_server(programs, SAFE))
                url = stack.enter_context(server.database())
            told = measure(url, home, per_second=chosen.rate or RATES[name], seconds=chosen.seconds)
        results[name] = {
            **told,
            "machine": f"{os.cpu_count()} cores, {platform.machine()}",
            "seed": SEED,
            "commit": _commit(),
        }
        print(json.dumps(results[name], indent=2))
        results["bars"] = BARS
        chosen.out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
