"""The job on several processes: order kept, work in flight bounded, no record lost when a process dies.

Each process has one thread here that hands it a batch and waits for the answer, so a process that dies takes with it
exactly one batch, and a number in shared memory says at which record of it. The others are done in a new process. The
one at which it died is tried again, alone; if it kills that process too, it passes through and is reported. A record that
takes too long is not tried again: its process is killed.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import threading
import time
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
    """A worker process ended in the middle of its work.

    Args:
        at: the record of the batch at which it was.
        how: what is known of its end.
        late: whether it was killed, because that record took too long.
    """

    def __init__(self, at: int, how: str, late: bool = False) -> None:
        super().__init__(how)
        self.at, self.late = at, late


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


def serve(pipe: Connection, job: Job, begun: ctypes.c_uint64) -> None:
    """The life of a worker process: answers batches until the pipe closes; counts in ``begun`` the records of a batch it took up."""

    def next_record() -> None:
        begun.value += 1

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        try:
            _ = job.cleaner
        except Exception as error:  # whatever it is, the parent must hear of it
            pipe.send(f"{type(error).__name__}: {error}")
            return
        pipe.send("")
        while True:
            batch = pipe.recv()
            begun.value = 0
            pipe.send((job.run(batch, next_record), job.take_tally()))
    except (EOFError, BrokenPipeError):
        pass  # the parent is done, or gone


class Worker:
    """One process, started when the first batch comes and again after each death."""

    def __init__(self, job: Job, timeout: float | None = None) -> None:
        self._job = job
        self._timeout = timeout
        self._begun: ctypes.c_uint64 = _context.RawValue(ctypes.c_uint64, 0)
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
        self._begun.value = 0
        late = False
        try:
            pipe.send(batch)
            late = self._timeout is not None and not self._in_time(pipe, self._timeout)
            if late:
                with self._lock:
                    if self._process is not None:
                        self._process.kill()
            answer: Answer = pipe.recv()
        except (EOFError, OSError):
            how = self._buried()
            raise Died(max(self._begun.value - 1, 0), f"it took longer than {self._timeout:g} s" if late else how, late) from None
        return answer

    def _in_time(self, pipe: Connection, timeout: float) -> bool:
        """Whether an answer comes before any record takes longer than ``timeout`` seconds."""
        seen, since = self._begun.value, time.monotonic()
        while not pipe.poll(min(timeout / 8, 0.25)):
            if self._begun.value != seen:
                seen, since = self._begun.value, time.monotonic()
            elif time.monotonic() - since > timeout:
                return False
        return True

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
        process = _context.Process(target=serve, args=(theirs, self._job, self._begun), daemon=True, name="cleanpress-worker")
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
        timeout: seconds that a record may take; None: any time.
    """

    def __init__(self, job: Job, count: int, timeout: float | None = None) -> None:
        self._job = job
        self._count = count
        self._timeout = timeout
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
            worker = self._own.worker = Worker(self._job, self._timeout)
            self._all.append(worker)
        outcomes: list[Outcome] = []
        tally = Tally()
        # what is left to do, in order; with a death, what is not to be tried again
        left: deque[tuple[Batch, Died | None]] = deque([(batch, None)])
        while left:
            part, death = left.popleft()
            if death is not None:
                done, counted = self._given_up(part[0], death)
            else:
                try:
                    done, counted = worker.ask(part)
                except Died as died:
                    at = died.at
                    final = died if died.late or len(part) == 1 else None
                    pieces = ((part[:at], None), ([part[at]], final), (part[at + 1 :], None))
                    left.extendleft(reversed([(piece, how) for piece, how in pieces if piece]))
                    continue
            outcomes += done
            tally.merge(counted)
            if done and done[-1].stop:
                break
        return outcomes, tally

    def _given_up(self, record: Record, death: Died) -> Answer:
        # a job of its own, for its own counts: several threads may be here at once
        job = Job(self._job.plan, _no_cleaner, note=self._job.note)
        job.tally.records = 1
        kind, message = ("timeout", str(death)) if death.late else ("worker", f"the worker process died of it ({death})")
        outcome = job.bad(record, kind, message)
        outcome.size = len(record.data) + len(record.end)
        if job.plan.each:
            outcome.tally = job.take_tally()
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
