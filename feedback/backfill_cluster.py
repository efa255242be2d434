"""The Dask cluster that a backfill works on: processes of this machine, or a scheduler's workers.

Nothing that is worked out is ever spilled to a disk here; on a scheduler of other people's making
it might be, but what Dask holds is redacted (see `feedback.backfill_errands`).
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from feedback.backfill_errands import Bench, clear_away, set_up
from feedback.errors import ClusterError, MissingExtraError

if TYPE_CHECKING:
    from feedback.backfill_work import Station

__all__ = ["Crew", "local_crew", "remote_crew"]

WAIT_SECONDS = 60.0
"""A scheduler without a worker is given so long."""

LOST_SECONDS = 300.0
"""So long may all workers be gone: machines restart, and clusters give others in their place."""

POLL_SECONDS = 5.0
"""So often it is looked whether there are workers while a result is waited for."""

DEATHS = 5
"""Workers that may die over one chunk before it is given up; not all deaths are its fault."""

MIN_WORKER_BYTES = 2 << 30
"""A worker with models holds about 1 GB."""

_MEMORY_SHARE = 0.8

_CONFIG = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.scheduler.allowed-failures": DEATHS,
    "distributed.worker.daemon": True,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.admin.log-length": 0,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.profile.enabled": False,
    "distributed.logging.distributed": "critical",
    "distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": 1,
    "distributed.nanny.pre-spawn-environ.MKL_NUM_THREADS": 1,
    "distributed.nanny.pre-spawn-environ.OPENBLAS_NUM_THREADS": 1,
}

_LOST = "The scheduler was lost. Start the backfill again: it goes on where it stopped."
_MISSING = "Work on several processes needs Dask: pip install 'feedback-toolkit[scale]'."


class Crew:
    """The workers of a cluster, set up for one backfill."""

    def __init__(self, client: Any, token: str) -> None:
        self.client = client
        self._token = token
        self._n_submitted = 0

    def n_workers(self) -> int:
        """Return how many threads there are to work, at least 1."""
        n_threads: dict[str, int] = self.client.nthreads()
        return max(1, sum(n_threads.values()))

    def submit(self, function: Callable[..., Any], *given: Any, priority: int) -> Any:
        """Have a function of `feedback.backfill_errands` called on a worker; return the future."""
        self._n_submitted += 1
        key = f"feedback-{function.__name__}-{self._token}-{self._n_submitted}"
        return self.client.submit(
            function, self._token, *given, key=key, priority=priority, pure=False
        )

    def result(self, future: Any) -> Any:
        """Wait for a result, through the loss of workers.

        Raises
        ------
        ClusterError
            There are no workers any more, or the chunk takes every worker down.
        """
        from distributed import CancelledError, wait
        from distributed import TimeoutError as TooLong

        last_seen = time.monotonic()
        while True:
            try:
                with self.client.as_current():
                    wait(future, timeout=POLL_SECONDS)
                break
            except CancelledError:
                raise ClusterError(_LOST) from None
            except TooLong:
                if self.client.status == "closed":
                    raise ClusterError(_LOST) from None
                if self.client.nthreads():
                    last_seen = time.monotonic()
                elif time.monotonic() - last_seen > LOST_SECONDS:
                    raise ClusterError(
                        f"No worker was seen for {LOST_SECONDS:.0f} seconds. Start some, then "
                        "start the backfill again: it goes on where it stopped."
                    ) from None
        if future.status != "finished":
            # What Dask raises is told by its class alone.
            kind = type(future.exception()).__name__ if future.status == "error" else future.status
            raise ClusterError(
                f"Workers were lost over one chunk ({kind}). What is finished stays; give the "
                "workers more memory, or smaller chunks (chunk_rows)."
            )
        return future.result()

    def forget(self, futures: Sequence[Any]) -> None:
        """Take back what was given out."""
        with suppress(Exception):  # the scheduler itself may be what was lost
            self.client.cancel(list(futures))


@contextmanager
def local_crew(
    n_workers: int, load: Callable[[], Station], expected: Mapping[str, Mapping[str, str]]
) -> Iterator[Crew]:
    """Give a crew of processes of this machine, each with one thread.

    They talk over TLS with certificates made for the moment: whoever reaches a scheduler can have
    it run anything, and other people of this machine could.
    """
    with ExitStack() as stack:
        dask, distributed = _dask()
        stack.enter_context(dask.config.set(_CONFIG))
        folder = tempfile.mkdtemp(prefix="feedback-dask-")  # for the owner alone
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(_quiet())
        cluster = stack.enter_context(
            distributed.LocalCluster(
                n_workers=n_workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=_memory_limit(n_workers),
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                local_directory=folder,
                security=distributed.Security.temporary(),
                silence_logs=logging.CRITICAL,
            )
        )
        client = stack.enter_context(distributed.Client(cluster, set_as_default=False))
        yield stack.enter_context(_set_up(client, load, expected))


@contextmanager
def remote_crew(
    address: str, load: Callable[[], Station], expected: Mapping[str, Mapping[str, str]]
) -> Iterator[Crew]:
    """Give a crew of the workers of a scheduler; TLS is set up as Dask's own settings say.

    Raises
    ------
    ClusterError
        The scheduler cannot be reached, or has no worker.
    """
    with ExitStack() as stack:
        dask, distributed = _dask()
        stack.enter_context(dask.config.set({"distributed.logging.distributed": "critical"}))
        stack.enter_context(_quiet())
        try:
            client = stack.enter_context(
                distributed.Client(address, timeout=WAIT_SECONDS / 2, set_as_default=False)
            )
            client.wait_for_workers(1, timeout=WAIT_SECONDS)
        except Exception as error:  # noqa: BLE001 - of sockets, TLS, addresses
            raise ClusterError(
                f"No workers at {address} ({type(error).__name__}). Start 'dask scheduler' and "
                "'dask worker --nthreads 1' where the toolkit is installed, or check the address."
            ) from None
        yield stack.enter_context(_set_up(client, load, expected))


def _dask() -> tuple[Any, Any]:
    try:
        import dask
        import distributed
    except ImportError:
        raise MissingExtraError(_MISSING) from None
    return dask, distributed


@contextmanager
def _set_up(
    client: Any, load: Callable[[], Station], expected: Mapping[str, Mapping[str, str]]
) -> Iterator[Crew]:
    """Tell every worker, and those to come, what to work with."""
    token = uuid.uuid4().hex[:12]
    name = f"feedback-backfill-{token}"
    client.register_plugin(_plugin(Bench(token, load, expected), name), name=name)
    try:
        yield Crew(client, token)
    finally:
        with suppress(Exception):  # a cluster that was lost needs no clearing away
            client.unregister_worker_plugin(name)


def _plugin(bench: Bench, name: str) -> Any:
    from distributed import WorkerPlugin

    class SetUp(WorkerPlugin):  # type: ignore[misc]
        """Puts a bench into a worker process and takes it away again."""

        def __init__(self) -> None:
            self.name = name
            self.bench = bench

        def setup(self, worker: Any) -> None:
            set_up(self.bench)

        def teardown(self, worker: Any) -> None:
            clear_away(self.bench.token)

    return SetUp()


def _memory_limit(n_workers: int) -> int:
    """Return the bytes that a worker may take: its share of the machine, and enough for models."""
    from distributed.system import MEMORY_LIMIT

    return max(MIN_WORKER_BYTES, int(_MEMORY_SHARE * MEMORY_LIMIT / n_workers))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own messages off standard error; what matters is told in one line."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
