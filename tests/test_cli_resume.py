"""``--resume``: a run that is killed at any moment goes on without a record lost or doubled, and writes the same bytes.

The command runs with a simple cleaner and short distances between its checkpoints, and kills itself (SIGKILL) at a
chosen step: a write, a checkpoint, a rename. ``benchmarks/kill_soak.py`` kills the real command at random times.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import subprocess
from pathlib import Path

import pytest
from test_cli_workers import mixed, written
from test_cli_workers import run as workers_run

RUN = """
import os, sys, pathlib
from cleanpress import cli
from cleanpress.io import journal, outputs, streams
import fake
cli.build_cleaner = fake.Fake
outputs.CHECKPOINT = 20_000
if __name__ == "__main__":
    left = int(os.environ.get("KILL_AT", "-1"))
    step = os.environ.get("KILL_STEP", "")
    def deadly(owner, name):
        real = getattr(owner, name)
        def method(*args, **options):
            global left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), 9)
            return real(*args, **options)
        setattr(owner, name, method)
    if step == "write":
        deadly(streams.Output, "write")
    if step == "fsync":
        deadly(os, "fsync")
    if step == "rename":
        deadly(pathlib.Path, "replace")
    if step == "settle":
        deadly(streams.Output, "settle")
    sys.exit(cli.main())
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("resume"), RUN)


def run(script: Path, *argv: str | Path, step: str = "", at: int = -1) -> subprocess.CompletedProcess[bytes]:
    return workers_run(script, *argv, KILL_STEP=step, KILL_AT=str(at))


def contents(root: Path) -> dict[str, bytes]:
    """All files of a run; of the note only what it counted, since it names the output."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if path.name.endswith("cleanpress.json"):
                row = json.loads(data)
                data = json.dumps([row["counts"], row["complete"], row["state"]["tally"]]).encode()
            found[str(path.relative_to(root))] = data
    return found


def stats(done: subprocess.CompletedProcess[bytes]) -> object:
    return json.loads(done.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    ("jobs", "suffix", "kills"),
    [
        ("1", ".gz", [("write", 90), ("rename", 2), ("settle", 5)]),
        ("2", "", [("write", 160)]),
        ("1", ".zst", [("settle", 2)]),
    ],
)
def test_one_output_with_its_sidecar(script: Path, tmp_path: Path, jobs: str, suffix: str, kills: list[tuple[str, int]]) -> None:
    if suffix == ".zst":
        pytest.importorskip("zstandard")
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl.gz"
    one.write_bytes(mixed(150))
    two.write_bytes(gzip.compress(mixed(120)))
    for name in ("calm", "killed"):
        (tmp_path / name).mkdir()

    def argv(name: str) -> list[str | Path]:
        out = tmp_path / name / f"out.jsonl{suffix}"
        return [one, two, "-o", out, "--removed", tmp_path / name / "side.jsonl", "--resume", "--stats", "json", "-j", jobs]

    calm = run(script, *argv("calm"))
    assert calm.returncode == 0
    for step, at in kills:
        assert run(script, *argv("killed"), step=step, at=at).returncode == -9, (step, at)
        assert not (tmp_path / "killed" / f"out.jsonl{suffix}").exists()
    done = run(script, *argv("killed"))
    assert done.returncode == 0
    assert stats(done) == stats(calm)
    assert contents(tmp_path / "killed") == contents(tmp_path / "calm")
    # and once more: nothing is left to do, and nothing is done
    again = run(script, *argv("killed"), step="write", at=1)
    assert again.returncode == 0 and b"complete since an earlier run" in again.stderr
    assert stats(again) == stats(calm)


@pytest.mark.parametrize("kills", [[("rename", 5)], [("write", 30), ("settle", 2), ("fsync", 5)]])
def test_a_folder(script: Path, tmp_path: Path, kills: list[tuple[str, int]]) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for n in range(5):
        (source / f"{n}.txt").write_text(f"Rain {n}\nAD\n")
        (source / f"{n}.jsonl").write_bytes(mixed(n * 25))
    (source / "broken.jsonl.gz").write_bytes(gzip.compress(mixed(60))[:-7])
    if importlib.util.find_spec("pyarrow"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"text": ["Rain\nAD\n" + "x" * 400] * 90}), source / "3b.parquet", row_group_size=20)

    def argv(name: str) -> list[str | Path]:
        return [source, "-o", tmp_path / name, "--removed", tmp_path / name / "cut", "--resume", "--stats", "json"]

    calm = run(script, *argv("calm"))
    assert calm.returncode == 2  # one input can't be read to its end
    for step, at in kills:
        assert run(script, *argv("killed"), step=step, at=at).returncode == -9, (step, at)
    done = run(script, *argv("killed"))
    assert done.returncode == 2
    assert stats(done) == stats(calm)
    assert contents(tmp_path / "killed") == contents(tmp_path / "calm")
    assert "broken.jsonl.gz.incomplete" in contents(tmp_path / "calm")


def test_another_run_is_not_continued(script: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(mixed(100))
    assert run(script, source, "-o", out, "--resume", step="write", at=80).returncode == -9
    told = run(script, source, "-o", out, "--resume", "--lang", "de").stderr.decode()
    assert f"{tmp_path}/.out.jsonl.cleanpress.json: the run that is to be continued had other options" in told
    source.write_bytes(mixed(101))
    assert b"had other inputs" in run(script, source, "-o", out, "--resume").stderr
    (tmp_path / ".out.jsonl.cleanpress.json").unlink()
    assert run(script, source, "-o", out, "--resume").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.jsonl.cleanpress.json", "in.jsonl", "out.jsonl"]


def test_an_output_that_was_taken_away_is_made_again(script: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(mixed(20))
    for _ in range(2):
        assert run(script, source, "-o", out, "--resume").returncode == 0
        out.unlink()


def test_two_runs_at_once_are_refused(script: Path, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / "in.jsonl").write_bytes(mixed(5))
    with (tmp_path / ".out.jsonl.cleanpress.json.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run(script, tmp_path / "in.jsonl", "-o", tmp_path / "out.jsonl", "--resume")
    assert (done.returncode, b"another run is writing this output" in done.stderr) == (2, True)


def test_what_can_not_be_continued_is_refused(script: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    cases: list[tuple[list[str | Path], bytes]] = [
        ([tmp_path / "a.txt", "-o", tmp_path / "a.txt"], b"in place"),
        ([tmp_path, "-o", tmp_path], b"in place"),
        (["-", "-o", tmp_path / "b.txt"], b"files only"),
        ([tmp_path / "a.txt", "-o", os.devnull], b"--resume needs -o"),
    ]
    for argv, message in cases:
        done = run(script, *argv, "--resume")
        assert (done.returncode, message in done.stderr) == (2, True), done.stderr
