"""Memory of a long run: a generated stream of JSON Lines through the command, all its processes watched.

Usage: python benchmarks/stream_memory.py [--gigabytes 5] [--jobs 2] [--seconds 600]

Prints the peak of the sum of all processes' memory (proportional set size, so that shared pages count once) and how it grew
between the tenth and the ninetieth percent of the stream. Ends early, and says so, when the time is up. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from documents import generated


def memory(root: int) -> int:
    """Bytes that a process and all its descendants hold."""
    total = 0
    left = [root]
    while left:
        pid = left.pop()
        try:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
            for task in Path(f"/proc/{pid}/task").iterdir():
                left += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # it has just ended
    return total


def main() -> None:
    """Feeds, watches, reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=5)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--seconds", type=float, default=600)
    args = parser.parse_args()
    pool = [json.dumps(page, ensure_ascii=False).encode() + b"\n" for page in generated(5000)]
    argv = [sys.executable, "-m", "cleanpress", "--format", "jsonl", "-j", args.jobs, "-o", os.devnull, "-"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE)
    assert process.stdin is not None
    wanted = int(args.gigabytes * 1e9)
    fed = count = 0
    seen: list[tuple[int, int]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.25):
            seen.append((fed, memory(process.pid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    while fed < wanted and time.monotonic() - begun < args.seconds:
        line = pool[count % len(pool)]
        process.stdin.write(line)
        fed += len(line)
        count += 1
    process.stdin.close()
    code = process.wait()
    done.set()
    watcher.join()
    seconds = time.monotonic() - begun
    early = "" if fed >= wanted else f" (of {wanted / 1e9:.2f} GB; the time was up)"
    print(f"{fed / 1e9:.3f} GB{early}, {count:,} documents, -j {args.jobs}, {seconds:.0f} s, exit code {code}")
    print(f"peak of all processes: {max(size for _, size in seen) / 1e6:.0f} MB")
    first, last = ([size for at, size in seen if low * fed <= at <= high * fed] for low, high in ((0.1, 0.2), (0.8, 0.9)))
    mean_first, mean_last = sum(first) / len(first), sum(last) / len(last)
    print(f"mean from 10% to 20%: {mean_first / 1e6:.1f} MB, from 80% to 90%: {mean_last / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
