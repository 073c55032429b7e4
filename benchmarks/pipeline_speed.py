"""JSON Lines in and out beside cleaning in memory, and two processes beside one, medians of interleaved runs.

Usage: python benchmarks/pipeline_speed.py [--documents 2000] [--runs 5]

Processor seconds decide about one process, since they don't depend on what else the machine does; for two processes the clock
does too, so both are printed. The documents are in one language; what the command needs to start and to load its rules is measured
with the first third of them and taken off.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from documents import generated

from cleanpress.pipeline import Cleaner


def command(source: Path, jobs: int) -> tuple[float, float]:
    """Processor seconds and seconds by the clock of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "cleanpress", str(source), "-o", os.devnull, "-j", str(jobs)], check=True)
    clock = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    pages = list(generated(args.documents, only="en"))
    cleaner = Cleaner()
    memory: list[float] = []
    times: dict[str, list[tuple[float, float]]] = {"start": [], "one": [], "two": []}
    with tempfile.TemporaryDirectory() as folder:
        many, few = Path(folder, "many.jsonl"), Path(folder, "few.jsonl")
        lines = [json.dumps(page, ensure_ascii=False) + "\n" for page in pages]
        many.write_text("".join(lines), encoding="utf-8")
        third = args.documents // 3
        few.write_text("".join(lines[:third]), encoding="utf-8")
        for page in pages:
            cleaner.clean(page["text"], url=page["url"], lang=page["lang"])
        for _ in range(args.runs):
            begun = time.process_time()
            for page in pages[third:]:
                cleaner.clean(page["text"], url=page["url"], lang=page["lang"])
            memory.append(time.process_time() - begun)
            times["start"].append(command(few, 1))
            times["one"].append(command(many, 1))
            times["two"].append(command(many, 2))
        size = many.stat().st_size / 1e6
    plain = statistics.median(memory)
    start, one, two = (statistics.median(t[0] for t in times[name]) for name in ("start", "one", "two"))
    clock_one, clock_two = (statistics.median(t[1] for t in times[name]) for name in ("one", "two"))
    per_run = statistics.median(a[1] / b[1] for a, b in zip(times["one"], times["two"], strict=True))
    count = args.documents - third
    print(f"{count:,} documents after {third:,} to start with, {size:.1f} MB, medians of {args.runs} interleaved runs")
    print(f"in memory           {count / plain:8,.0f} documents per processor second")
    print(f"JSON Lines, one     {count / (one - start):8,.0f} documents per processor second, {plain / (one - start):.0%} of in memory")
    print(f"JSON Lines, -j 2    {two:8.2f} processor seconds, one process {one:.2f}")
    print(
        f"by the clock        {clock_two:8.2f} s, one process {clock_one:.2f} s: {per_run:.2f} times as fast (median of the runs' ratios)"
    )


if __name__ == "__main__":
    main()
