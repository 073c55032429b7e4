"""Text throughput in one process, medians of several runs, beside two yardsticks measured in the same run.

Usage: python benchmarks/text_speed.py PAGES.jsonl[.gz] [--field text] [--runs 5]

The yardsticks: lower-casing the texts (what the machine can do at best in Python) and the C4 corpus's line rules (end mark, five
words, no policy words; Raffel et al., "Exploring the limits of transfer learning", 2020).
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from cleanpress.pipeline import Cleaner

BAD = ("javascript", "lorem ipsum", "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies")
ENDS = (".", "!", "?", '"', "\u201d", "\u3002")


def c4_lines(text: str) -> str:
    """The C4 line rules."""
    return "\n".join(
        x for x in text.split("\n") if x.rstrip().endswith(ENDS) and len(x.split()) >= 5 and not any(b in x.lower() for b in BAD)
    )


def seconds(work: Callable[[str], object], texts: list[str]) -> float:
    """Processor seconds for one pass over the texts."""
    start = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - start


def main() -> None:
    """Prints articles a second and MB a second for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--field", default="text")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    raw = args.pages.read_bytes()
    lines = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8").splitlines()
    texts = [json.loads(line)[args.field] for line in lines]
    size = sum(len(t.encode()) for t in texts) / 1e6
    work = {"lower": str.lower, "c4 line rules": c4_lines}
    for profile in ("careful", "eager"):
        work[f"cleanpress, {profile}"] = Cleaner(profile=profile).clean
    for job in work.values():
        seconds(job, texts)
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(args.runs):
        for name, job in work.items():
            taken[name].append(seconds(job, texts))
    print(f"{len(texts)} texts, {size:.1f} MB, medians of {args.runs} interleaved runs, one core")
    base = statistics.median(taken["c4 line rules"])
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:<22}{len(texts) / median:>12,.0f} articles/s{size / median:>10.1f} MB/s{median / base:>8.2f} x the C4 rules' time")


if __name__ == "__main__":
    main()
