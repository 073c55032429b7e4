"""Speed of the HTML track beside trafilatura alone, in one process, in turns.

    python benchmarks/html_speed.py PAGES.jsonl[.gz] [--every N] [--rounds N]

Each line of PAGES holds ``html`` and may hold ``url``. Processor time is measured, not the clock on the wall, so that other
processes on the machine disturb little; of several rounds each page's median counts. The turn changes after each stretch of pages, as
a worker too does one thing after another; ``--stretch 1`` changes it after each page, so that each finds the other's data in the caches.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def records(path: Path, every: int) -> list[dict[str, Any]]:
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8").split("\n")
    return [json.loads(line) for line in lines[::every] if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every Nth page")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stretch", type=int, default=20, help="pages to a turn")
    args = parser.parse_args()
    import trafilatura

    from cleanpress import Cleaner

    logging.disable(logging.CRITICAL)
    pages = records(args.pages, args.every)
    cleaner = Cleaner(body_only=True)
    runs: dict[str, Callable[[dict[str, Any]], Any]] = {
        "trafilatura alone": lambda r: trafilatura.extract(r["html"], include_comments=False),
        "cleanpress": lambda r: cleaner.clean_html(r["html"], url=r.get("url")),
        "cleanpress, fast": lambda r: cleaner.clean_html(r["html"], url=r.get("url"), engine="fast"),
    }
    taken: dict[str, list[list[float]]] = {name: [[] for _ in pages] for name in runs}
    for run in runs.values():  # what is loaded once is loaded here
        for record in pages[:5]:
            run(record)
    for _ in range(args.rounds):
        for start in range(0, len(pages), args.stretch):
            for name, run in runs.items():
                for number, record in enumerate(pages[start : start + args.stretch], start):
                    begun = time.process_time()
                    run(record)
                    taken[name][number].append(time.process_time() - begun)
    medians = {name: [statistics.median(times) for times in rows] for name, rows in taken.items()}
    alone = sum(medians["trafilatura alone"])
    for name, rows in medians.items():
        total = sum(rows)
        print(
            f"{name:20} {1000 * total / len(rows):8.2f} ms a page {len(rows) / total:8.1f} pages/s   {total / alone:6.3f} of the time, {alone / total:6.1f} times the speed"
        )


if __name__ == "__main__":
    main()
