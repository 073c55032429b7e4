"""``-j N``: the same bytes and counts for any N, and no record lost when a process dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cleanpress import cli
from cleanpress.io import workers
from cleanpress.io.job import Job, Plan, TextCleaner
from cleanpress.io.records import Record
from cleanpress.io.workers import Workers, batches

ROOT = Path(cli.__file__).parent.parent
# A cleaner for the worker processes, which import it by name: it cuts lines that begin with AD, and dies on demand.
FAKE = """
import os, re, sys, time
from cleanpress.types import Removed, Result, Verdict, cut_out

class Fake:
    rules_hash = "f00d"
    def __init__(self, **options):
        if os.environ.get("NO_START") and __name__ != "__main__" and os.environ["NO_START"] != str(os.getpid()):
            raise OSError("no cleaner here")
    def clean(self, text, *, url=None, lang=None):
        return self.explain(text, url=url, lang=lang).text
    def explain(self, text, *, url=None, lang=None):
        if "KILLED" in text:
            os.kill(os.getpid(), 9)
        if "EXIT" in text:
            os._exit(3)
        if "BOOM" in text:
            raise ZeroDivisionError("a bug")
        if "SLOW" in text:
            re.match("(a+)+$", "a" * 60 + "b")  # holds on to the interpreter; only from outside can it be stopped
        spans = [m.span() for m in re.finditer(r"AD[^\\n]*\\n?", text)]
        removed = tuple(Removed(a, b, text[a:b], "advert") for a, b in spans)
        warnings = ("budget",) if "BUDGET" in text else ()
        return Result(cut_out(text, spans), tuple(Verdict(a, b, "advert", True, 0.9, ("fake/ad",)) for a, b in spans), removed, warnings)
"""
RUN = """
import os, sys
from cleanpress import cli
import fake
cli.build_cleaner = fake.Fake
if __name__ == "__main__":
    if os.environ.get("NO_START"):
        os.environ["NO_START"] = str(os.getpid())
    sys.exit(cli.main())
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("fake"), RUN)


def written(folder: Path, source: str) -> Path:
    """A script that runs the command with the cleaner above."""
    (folder / "fake.py").write_text(FAKE)
    (folder / "run.py").write_text(source)
    return folder / "run.py"


def run(script: Path, *argv: str | Path, stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(script.parent)]), **variables}
    return subprocess.run(
        [sys.executable, str(script), *map(str, argv)], input=stdin, capture_output=True, timeout=120, env=env, check=False
    )


def mixed(count: int) -> bytes:
    rows = []
    for i in range(count):
        text = f"Line {i}\nAD {i}\n" + "x" * (i % 7 * 300)
        rows.append(json.dumps({"id": i, "text": text, "url": f"https://h{i % 5}.test/"}).encode())
        if i % 50 == 7:
            rows += [b"rubbish", b"", b'{"text": "BOOM"}', b'{"text": "caf\xe9 BUDGET"}']
    return b"\n".join(rows)


@pytest.mark.parametrize("options", [["--stats", "json"], ["--on-error", "skip", "--stats", "json"], ["--explain"], ["--check"]])
def test_any_number_of_workers_gives_the_same(script: Path, options: list[str]) -> None:
    data = mixed(500)
    one, three = (run(script, "--format", "jsonl", "-j", jobs, *options, stdin=data) for jobs in ("1", "3"))
    assert one.stdout == three.stdout
    assert one.stderr == three.stderr
    assert one.returncode == three.returncode == (1 if "--check" in options else 0)
    assert one.stdout.count(b"\n") >= 499


def test_many_files_and_the_sidecar_are_the_same_too(script: Path, tmp_path: Path) -> None:
    files = []
    for i in range(150):
        files.append(tmp_path / f"{i:03}.txt")
        files[-1].write_text(f"File {i}\nAD\nend" + "\n" * (i % 2))
    assert run(script, "-j", "2", *files).stdout == run(script, *files).stdout
    (tmp_path / "in.jsonl").write_bytes(mixed(300))
    for jobs in ("1", "2"):
        done = run(script, tmp_path / "in.jsonl", "-j", jobs, "-o", tmp_path / f"out{jobs}", "--removed", tmp_path / f"side{jobs}")
        assert done.returncode == 0
    assert (tmp_path / "side1").read_bytes() == (tmp_path / "side2").read_bytes()
    assert run(script, "--restore", tmp_path / "side2", tmp_path / "out2").stdout == mixed(300)


@pytest.mark.parametrize(("word", "how"), [("KILLED", "signal 9"), ("EXIT", "exit code 3")])
def test_a_worker_that_dies_loses_no_record(script: Path, word: str, how: str) -> None:
    rows = [json.dumps({"id": i, "text": f"{word if i in (70, 71, 199) else 'fine'}\nAD"}) for i in range(200)]
    done = run(script, "--format", "jsonl", "-j", "2", "--stats", "json", stdin="\n".join(rows).encode())
    assert done.returncode == 0
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in out] == list(range(200))
    assert [row["id"] for row in out if row["text"].endswith("AD")] == [70, 71, 199]
    told = done.stderr.decode().splitlines()
    assert told[:3] == [f"cleanpress: stdin:{n}: the worker process died of it ({how})" for n in (71, 72, 200)]
    stats = json.loads(told[-1])
    assert (stats["records"], stats["documents"], stats["errors"]) == (200, 197, {"worker": 3})


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_document_that_takes_too_long_passes_and_is_told(script: Path, jobs: str) -> None:
    rows = [json.dumps({"id": i, "text": f"{'SLOW' if i in (0, 70, 71) else 'fine'}\nAD"}) for i in range(130)]
    argv = ["--format", "jsonl", "-j", jobs, "--timeout", "0.5", "--stats", "json"]
    done = run(script, *argv, stdin="\n".join(rows).encode())
    assert done.returncode == 0
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in out] == list(range(130))
    assert [row["id"] for row in out if row["text"].endswith("AD")] == [0, 70, 71]
    told = done.stderr.decode().splitlines()
    assert told[:3] == [f"cleanpress: stdin:{n}: it took longer than 0.5 s" for n in (1, 71, 72)]
    stats = json.loads(told[-1])
    assert (stats["records"], stats["documents"], stats["errors"]) == (130, 127, {"timeout": 3})


def test_a_record_that_kills_can_be_left_out_or_end_the_run(script: Path, tmp_path: Path) -> None:
    data = b'{"text": "a"}\n{"text": "EXIT"}\n{"text": "b"}\n'
    done = run(script, "--format", "jsonl", "-j", "2", "--on-error", "skip", stdin=data)
    assert (done.returncode, done.stdout) == (0, b'{"text": "a"}\n{"text": "b"}\n')
    done = run(script, "--format", "jsonl", "-j", "2", "--on-error", "fail", "-o", tmp_path / "out", stdin=data)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])


def test_workers_that_never_start_end_the_run_with_a_word(script: Path) -> None:
    done = run(script, "-j", "2", "--format", "jsonl", stdin=b'{"text": "a"}\n' * 300, NO_START="1")
    assert done.returncode == 2
    assert done.stderr == b"cleanpress: a worker process could not start (OSError: no cleaner here); -j 1 does without\n"
    assert done.stdout == b""


def test_no_worker_outlives_a_command_that_is_killed(script: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(script.parent)])}
    (tmp_path / "in.jsonl").write_bytes(mixed(3000))
    # nobody reads on after the first line, so the command waits in the middle of its work
    process = subprocess.Popen([sys.executable, str(script), "-j", "2", str(tmp_path / "in.jsonl")], stdout=subprocess.PIPE, env=env)
    assert process.stdout is not None
    process.stdout.readline()
    children = set(
        subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False).stdout.split()
    )
    assert len(children) >= 2
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    deadline = time.monotonic() + 20
    left = children
    while left and time.monotonic() < deadline:
        left = {pid for pid in children if alive(int(pid))}
        time.sleep(0.05)
    assert not left


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_the_real_cleaner_works_in_workers() -> None:
    text = "The ferry to Lowmoor returned on Monday after nine days in dock.\n\nAdvertisement\n\nPassengers waited in the rain.\n"
    data = (json.dumps({"text": text}) + "\n").encode() * 130
    runs = [
        subprocess.run(
            [sys.executable, "-m", "cleanpress", "--format", "jsonl", "-j", jobs],
            input=data, capture_output=True, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
        )
        for jobs in ("1", "2")
    ]  # fmt: skip
    assert runs[0].stdout == runs[1].stdout
    assert b"Advertisement" not in runs[0].stdout
    assert runs[1].stderr == b""


# --- in this process -----------------------------------------------------------------------------------------------


def records(count: int, size: int = 10) -> list[Record]:
    return [Record("x", 0, i + 1, i + 1, b"%d" % i + b"y" * size, b"\n") for i in range(count)]


def test_batches_are_bounded_and_lose_nothing() -> None:
    found = list(batches(records(200)))
    assert [len(b) for b in found] == [64, 64, 64, 8]
    assert [r.ordinal for b in found for r in b] == list(range(1, 201))
    big = list(batches(records(5, workers.BATCH_BYTES)))
    assert [len(b) for b in big] == [1] * 5


def test_work_in_flight_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    release = threading.Event()

    def source() -> Iterator[Record]:
        nonlocal taken
        for record in records(64 * 50):
            taken += 1
            yield record

    def answer(self: Workers, batch: list[Record]) -> workers.Answer:
        release.wait(10)
        return Job(Plan(), _unused).run([]), Job(Plan(), _unused).tally

    monkeypatch.setattr(Workers, "_answer", answer)
    with Workers(Job(Plan(), _unused), 2) as pool:
        done = threading.Thread(target=lambda: list(pool.outcomes(source())))
        done.start()
        time.sleep(0.3)
        read_ahead = taken
        release.set()
        done.join(20)
    assert read_ahead == 64 * 5
    assert taken == 64 * 50


def _unused(**options: object) -> TextCleaner:
    raise AssertionError("no cleaner is needed here")
