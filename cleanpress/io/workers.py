"""The job on several processes: order kept, work in flight bounded, no record lost when a process dies.

Each process has one thread here that hands it a batch and waits for the answer, so a process that dies takes with it
exactly one batch, and that batch is known. Its records are then done one by one in a new process; the one that kills
it again passes through and is reported.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Self, TypeAlias

from cleanpress.errors import CleanpressError
from cleanpress.io.job import Job, Outcome, TextCleaner
from cleanpress.io.records import Record
from cleanpress.io.tally import Tally

#: A batch ends with the record that reaches one of these.
BATCH_RECORDS = 64
BATCH_BYTES = 1 << 18
Batch: TypeAlias = list[Record]
Answer: TypeAlias = tuple[list[Outcome], Tally]

# The same on all systems; a fork would copy the locks of threads that it does not copy.
_context = multiprocessing.get_context("spawn")


class Died(Exception):
    """A worker process ended in the middle of its work."""


class Stopped(Exception):
    """The run is over; workers die on purpose."""


def batches(records: Iterable[Record]) -> Iterator[Batch]:
    """Records in groups, small enough that few are in flight and large enough that handing them over costs little."""
    batch: Batch = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(record.data)
        if len(batch) >= BATCH_RECORDS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def serve(pipe: Connection, job: Job) -> None:
    """The life of a worker process: answers batches until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            _ = job.cleaner
        except Exception as error:  # whatever it is, the parent must hear of it
            pipe.send(f"{type(error).__name__}: {error}")
            return
        pipe.send("")
        while True:
            pipe.send((job.run(pipe.recv()), job.take_tally()))
    except (EOFError, BrokenPipeError):
        pass  # the parent is done, or gone


class Worker:
    """One process, started when the first batch comes and again after each death."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._stopped = False
        # stop() is called from another thread, at any moment
        self._lock = threading.Lock()

    def ask(self, batch: Batch) -> Answer:
        """The answer to one batch.

        Raises:
            Died: when the process ended instead.
        """
        pipe = self._pipe or self._start()
        try:
            pipe.send(batch)
            answer: Answer = pipe.recv()
        except (EOFError, OSError):
            raise Died(self._buried()) from None
        return answer

    def stop(self) -> None:
        """Ends the process, whatever it does, and lets no other begin."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.terminate()

    def close(self) -> None:
        """Waits for the end of the process."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join()

    def _start(self) -> Connection:
        mine, theirs = _context.Pipe()
        # daemonic: it never outlives this process
        process = _context.Process(target=serve, args=(theirs, self._job), daemon=True, name="cleanpress-worker")
        with self._lock:
            if self._stopped:
                raise Stopped
            process.start()
            self._process = process
        theirs.close()
        self._pipe = mine
        try:
            problem = mine.recv()
        except (EOFError, OSError):
            problem = self._buried()
        if problem:
            raise CleanpressError(f"a worker process could not start ({problem}); -j 1 does without")
        return mine

    def _buried(self) -> str:
        """How the process ended; the next batch will start another."""
        with self._lock:
            if self._stopped:
                raise Stopped
            process, self._process = self._process, None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if process is None:
            return "not running"
        process.join()
        code = process.exitcode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"


class Workers:
    """Some worker processes for one job; a context manager.

    Args:
        job: what to do with each record.
        count: how many processes.
    """

    def __init__(self, job: Job, count: int) -> None:
        self._job = job
        self._count = count
        self._own = threading.local()
        self._all: list[Worker] = []
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="cleanpress", initializer=_block_interrupts)

    def outcomes(self, records: Iterable[Record]) -> Iterator[Outcome]:
        """The outcomes of all records, in their order; counts go to the job's tally."""
        waiting: deque[Future[Answer]] = deque()
        for batch in batches(records):
            waiting.append(self._threads.submit(self._answer, batch))
            # enough that no process waits for another to finish, and no more
            if len(waiting) > 2 * self._count:
                yield from self._taken(waiting.popleft())
        while waiting:
            yield from self._taken(waiting.popleft())

    def _taken(self, future: Future[Answer]) -> list[Outcome]:
        outcomes, tally = future.result()
        self._job.tally.merge(tally)
        return outcomes

    def _answer(self, batch: Batch) -> Answer:
        worker: Worker | None = getattr(self._own, "worker", None)
        if worker is None:
            worker = self._own.worker = Worker(self._job)
            self._all.append(worker)
        try:
            return worker.ask(batch)
        except Died as death:
            if len(batch) == 1:
                return self._given_up(batch[0], str(death))
        outcomes: list[Outcome] = []
        tally = Tally()
        for record in batch:
            try:
                done, counted = worker.ask([record])
            except Died as death:
                done, counted = self._given_up(record, str(death))
            outcomes += done
            tally.merge(counted)
            if done[-1].stop:
                break
        return outcomes, tally

    def _given_up(self, record: Record, how: str) -> Answer:
        # a job of its own, for its own counts: several threads may be here at once
        job = Job(self._job.plan, _no_cleaner)
        outcome = job.bad(record, "worker", f"the worker process died of it ({how})")
        job.tally.records = 1
        outcome.size = len(record.data) + len(record.end)
        return [outcome], job.take_tally()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        if kind is not None:
            for worker in list(self._all):
                worker.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._all:
            worker.close()


def _block_interrupts() -> None:
    """Keeps Ctrl-C, which reaches the whole process group, from the processes that this thread will start.

    They inherit what the thread blocks, so that none is hit before it can ignore the signal itself; the main thread
    decides what becomes of it.
    """
    if hasattr(signal, "pthread_sigmask"):
        from multiprocessing import resource_tracker

        # starting it lets the signals of this thread through again, so it must be running before
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _no_cleaner() -> TextCleaner:
    raise AssertionError("a record that is given up is not cleaned")
