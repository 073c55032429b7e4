"""Kills a resumable run at random times until it was killed so many times, and compares with an undisturbed run.

Usage: python benchmarks/kill_soak.py [--kills 100] [--documents 3000] [--jobs 2] [--seed 1]

The documents are in one language, so that a run needs little time to start and is killed in its work.
Rounds alternate between one compressed output with its sidecar and a folder of several files. A round ends when the run is
complete; its files must then be equal, byte for byte, to those of the undisturbed run. Checkpoints are made every
100 kB instead of every 16 MB, so that most kills find some.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from documents import generated

RUN = "import sys; from cleanpress import cli; from cleanpress.io import outputs; outputs.CHECKPOINT = 100_000; sys.exit(cli.main())"


def files(root: Path) -> dict[str, bytes]:
    """What a run left, its notes aside (they hold the output's name)."""
    return {
        str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file() and not p.name.endswith("cleanpress.json")
    }


def main() -> None:
    """Kills, compares, counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "in").mkdir()
        lines = [json.dumps(page, ensure_ascii=False) + "\n" for page in generated(args.documents, only="en")]
        for part in range(5):
            (root / "in" / f"{part}.jsonl").write_text("".join(lines[part::5]), encoding="utf-8")

        def argv(target: Path, *, folder: bool) -> list[str]:
            target.mkdir()
            inputs = [str(root / "in")] if folder else [str(p) for p in sorted((root / "in").iterdir())]
            output = ["-o", str(target)] if folder else ["-o", str(target / "out.jsonl.gz"), "--removed", str(target / "cut.jsonl.gz")]
            return [sys.executable, "-c", RUN, *inputs, *output, "--resume", "-j", args.jobs]

        calm = {}
        begun = time.monotonic()
        for folder in (False, True):
            subprocess.run(argv(root / f"calm{folder}", folder=folder), check=True)
            calm[folder] = files(root / f"calm{folder}")
        seconds = (time.monotonic() - begun) / 2
        kills = rounds = runs = 0
        while kills < args.kills:
            folder = rounds % 2 == 1
            target = root / "killed"
            command = argv(target, folder=folder)
            while True:
                runs += 1
                process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
                try:
                    # at any moment of a run: at its start, in the middle, and now and then not at all
                    code = process.wait(chance.uniform(0, seconds * 1.1) if kills < args.kills else None)
                except subprocess.TimeoutExpired:
                    process.kill()  # the command alone; its workers must find their end themselves
                    process.wait()
                    kills += 1
                    continue
                if code:
                    sys.exit(f"exit code {code} in round {rounds + 1} after {kills} kills")
                break
            if files(target) != calm[folder]:
                sys.exit(f"round {rounds + 1} differs from the undisturbed run, after {kills} kills")
            shutil.rmtree(target)
            rounds += 1
            print(f"round {rounds}: equal after {kills} kills", flush=True)
        print(f"{kills} kills in {runs} runs over {rounds} rounds of {args.documents:,} documents: all rounds equal the undisturbed run")
        print(f"an undisturbed run takes {seconds:.1f} s here; -j {args.jobs}, {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
