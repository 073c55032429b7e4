"""JSON Lines in and out beside cleaning in memory, and two processes beside one, medians of interleaved runs.

Usage: python benchmarks/pipeline_speed.py [--documents 2000] [--runs 5] [--records]

Processor seconds decide about one process, since they don't depend on what else the machine does; for two processes the clock
does too, so both are printed. The documents are in one language; what the command needs to start and to load its rules is measured
with the first third of them and taken off. ``--records`` measures what the options cost that keep a record of what was cut, and
what the same texts cost as pages of HTML, all as ratios to the plain command.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from documents import generated

from cleanpress.pipeline import Cleaner

#: What keeps a record, by the options that ask for it, and texts as pages.
RECORDS = {
    "plain": [], "--stats json": ["--stats", "json"], "--removed": ["--removed", str(Path(tempfile.gettempdir(), "cleanpress-cut.jsonl"))], "--explain": ["--explain"],
    "--annotate dolma": ["--annotate", "dolma"], "HTML": ["--html-field", "html"], "HTML, fast": ["--html-field", "html", "--engine", "fast"],
}  # fmt: skip


def command(source: Path, jobs: int, options: Sequence[str] = ()) -> tuple[float, float]:
    """Processor seconds and seconds by the clock of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    argv = [sys.executable, "-m", "cleanpress", str(source), "-o", os.devnull, "-j", str(jobs), *options]
    subprocess.run(argv, check=True, stderr=subprocess.DEVNULL)
    clock = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def records(documents: int, runs: int) -> None:
    """Prints what each of ``RECORDS`` costs beside the plain command."""
    pages = [{**page, "html": page_of(page["text"])} for page in generated(documents, only="en")]
    spent: dict[str, list[float]] = {name: [] for name in RECORDS}
    with tempfile.TemporaryDirectory() as folder:
        many, few = Path(folder, "many.jsonl"), Path(folder, "few.jsonl")
        lines = [json.dumps(page, ensure_ascii=False) + "\n" for page in pages]
        many.write_text("".join(lines), encoding="utf-8")
        few.write_text("".join(lines[: documents // 3]), encoding="utf-8")
        for _ in range(runs):
            for name, options in RECORDS.items():
                spent[name].append(command(many, 1, options)[0] - command(few, 1, options)[0])
    print(f"{documents - documents // 3:,} documents after {documents // 3:,} to start with, medians of {runs} interleaved runs")
    for name in RECORDS:
        ratio = statistics.median(mine / plain for mine, plain in zip(spent[name], spent["plain"], strict=True))
        print(f"{name:<18} {statistics.median(spent[name]):6.2f} processor seconds, {ratio:.2f} times the plain command")


def page_of(text: str) -> str:
    """A text as a page of HTML, with as little around it as a page can have."""
    paragraphs = "".join(f"<p>{html.escape(part)}</p>\n" for part in text.split("\n\n"))
    return f"<!DOCTYPE html><html><head><title>A page</title></head><body><article>\n{paragraphs}</article></body></html>"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--records", action="store_true")
    args = parser.parse_args()
    if args.records:
        records(args.documents, args.runs)
        return
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
