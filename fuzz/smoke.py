"""A short look for new faults at all targets, for CI: guided by coverage where atheris is installed, else driven by hypothesis.

Usage: python fuzz/smoke.py [--seconds N]
Exits 1 at a broken promise and says which input broke it.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import random
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fuzz.targets import TARGETS, seeds  # noqa: E402


def guided(name: str, seconds: int) -> bool:
    """Whether atheris finds nothing in a new process, which it needs: libFuzzer ends the one that it runs in."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        # libFuzzer tries what it begins with in any case, and all seeds would take longer than the smoke may
        for number, data in enumerate(random.choices(seeds(name), k=20)):
            (corpus / f"seed-{number:03}").write_bytes(data)
        command = [sys.executable, str(ROOT / "fuzz" / "run.py"), name, f"-max_total_time={seconds}", "-len_control=0"]
        ran = subprocess.run(
            [*command, f"-artifact_prefix={folder}/", str(corpus)], check=False, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        if ran.returncode:
            print(ran.stderr, file=sys.stderr)
        else:
            print(f"{name}: {ran.stderr.rstrip().splitlines()[-1]}", flush=True)
        for artifact in sorted(Path(folder).glob("crash-*")):
            print(f"{name}: the input: {artifact.read_bytes()!r}")
    return ran.returncode == 0


def driven(name: str, seconds: float) -> bool:
    """Whether hypothesis finds nothing in inputs that it makes of pieces of the seeds and of other bytes."""
    target = TARGETS[name]
    pieces = sorted({data[at : at + 40] for data in seeds(name) for at in range(0, len(data), 40)})
    tried = 0

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(pieces) | st.binary(max_size=20), max_size=20).map(b"".join))
    def some(data: bytes) -> None:
        nonlocal tried
        tried += 1
        target(data)

    until = time.monotonic() + seconds
    try:
        for number in itertools.takewhile(lambda _: time.monotonic() < until, itertools.count()):
            seed(number)(some)()
    except Exception:
        traceback.print_exc()
        return False
    print(f"{name}: {tried:,} inputs", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="in all, shared among the targets (default: 60)")
    each = max(1, parser.parse_args().seconds // len(TARGETS))
    run = guided
    if importlib.util.find_spec("atheris") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        print(
            f"atheris is not installed (it has wheels for Linux on x86-64 only; here: {sys.platform}, Python {version}): hypothesis drives instead"
        )
        run = driven
    failed = [name for name in TARGETS if not run(name, each)]
    print(f"broken: {', '.join(failed)}" if failed else f"{len(TARGETS)} targets, {each} s each: nothing found")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
