"""Speed of the text track in one process, beside yardsticks measured in the same run; prints the tables of docs/performance.md.

Usage: python benchmarks/text_speed.py PAGES.jsonl[.gz] [--field text] [--every N] [--runs 5] [--only PART]

Processor time of this thread is measured, not the clock on the wall, and of several runs taken in turns the median counts.
The yardsticks: lower-casing the texts (what the machine can do at best in Python); the C4 corpus's line rules in their shortest form
(end mark, five words, no policy words; Raffel et al., "Exploring the limits of transfer learning", 2020); and, where datatrove is
installed, its ``C4QualityFilter``.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cleanpress.text
from cleanpress import rulebook
from cleanpress.matching import Matcher
from cleanpress.pipeline import Cleaner, guessed_packs
from cleanpress.rulebook import Rule
from cleanpress.segment.plain import blocks_of
from cleanpress.types import Document

BAD = ("javascript", "lorem ipsum", "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies")
ENDS = (".", "!", "?", '"', "\u201d", "\u3002")
PARTS = ("throughput", "length", "rules", "start")


def c4_lines(text: str) -> str:
    """The C4 line rules."""
    return "\n".join(
        x for x in text.split("\n") if x.rstrip().endswith(ENDS) and len(x.split()) >= 5 and not any(b in x.lower() for b in BAD)
    )


def datatrove_filter() -> Callable[[str], object] | None:
    """datatrove's C4 line filter, or None where it is not installed."""
    try:
        from datatrove.data import Document as Page
        from datatrove.pipeline.filters import C4QualityFilter
    except ImportError:
        return None
    c4: Any = C4QualityFilter(min_num_sentences=-1)
    return lambda text: c4.filter(Page(text=text, id="0"))


def seconds(work: Callable[[str], object], texts: list[str]) -> float:
    """Processor seconds for one pass over the texts."""
    start = time.thread_time()
    for text in texts:
        work(text)
    return time.thread_time() - start


def medians(jobs: dict[str, Callable[[str], object]], texts: list[str], runs: int) -> dict[str, float]:
    """The median seconds of each job over the texts, the jobs in turns."""
    for job in jobs.values():
        seconds(job, texts)
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(runs):
        for name, job in jobs.items():
            taken[name].append(seconds(job, texts))
    return {name: statistics.median(times) for name, times in taken.items()}


def throughput(texts: list[str], runs: int) -> None:
    size = sum(len(t.encode()) for t in texts) / 1e6
    jobs: dict[str, Callable[[str], object]] = {"lower-casing": str.lower, "C4 line rules, shortest form": c4_lines}
    if found := datatrove_filter():
        jobs["datatrove C4QualityFilter"] = found
    jobs |= {f"cleanpress, {name}": Cleaner(profile=name).clean for name in ("careful", "eager")}
    compiled = "compiled" if not cleanpress.text.__file__.endswith(".py") else "plain Python"
    print(f"\n{len(texts)} texts, {size:.1f} MB, one core, {compiled}, medians of {runs} runs in turns\n")
    print("| what | articles/s | MB/s | time, C4 line rules = 1 |\n|---|--:|--:|--:|")
    times = medians(jobs, texts, runs)
    for name, spent in times.items():
        print(f"| {name} | {len(texts) / spent:,.0f} | {size / spent:.1f} | {spent / times['C4 line rules, shortest form']:.2f} |")


def by_length(texts: list[str]) -> None:
    """Time by length of one document: articles joined until they are long enough."""
    cleaner = Cleaner()
    joined = "\n\n".join(texts)
    print("\n| length of one text, KB | ms | KB/ms |\n|--:|--:|--:|")
    for kilobytes in (1, 10, 100, 1000, 10_000):
        text = (joined * (1 + kilobytes * 1000 // len(joined)))[: kilobytes * 1000]
        cleaner.clean(text)
        spent = min(seconds(cleaner.clean, [text]) for _ in range(3 if kilobytes < 10_000 else 1)) * 1e3
        print(f"| {kilobytes:,} | {spent:,.1f} | {kilobytes / spent:.1f} |")


def by_rules(texts: list[str], runs: int) -> None:
    """Time of matching alone: English rules, all packs, and English rules with nine times as many more that look like them."""
    english = rulebook.pack_rules("en")[0] + rulebook.pack_rules("any")[0]
    more = [_varied(rule, n) for n in range(1, 10) for rule in english]
    matchers = {
        "English": Matcher(english),
        "all packs": Matcher(packs=rulebook.pack_names()),
        "English and nine times as many": Matcher([*english, *more]),
    }

    def match(matcher: Matcher, text: str) -> None:
        seen, _, folded = cleanpress.text.reading(text)
        matcher.annotate(Document(seen, folded, blocks_of(seen)))

    chosen = [
        t for t in texts if (packs := guessed_packs(cleanpress.text.fold(t))) is not None and len(packs - {"en", "any", "sites"}) == 0
    ]
    chosen = chosen or texts
    times = medians({name: functools.partial(match, matcher) for name, matcher in matchers.items()}, chosen, runs)
    print("\n| rules | number | ms/text | English = 1 |\n|---|--:|--:|--:|")
    for name, spent in times.items():
        print(f"| {name} | {len(matchers[name].rules):,} | {spent / len(chosen) * 1e3:.3f} | {spent / times['English']:.2f} |")


def _varied(rule: Rule, number: int) -> Rule:
    """A rule like another, whose literals stand on no page."""
    mark = f"{chr(0x2460 + number)}"
    return Rule(
        f"own/{rule.id}/{number}", rule.category, rule.scope, rule.strength, tuple(p[:3] + mark + p[3:] for p in rule.phrases),
        tuple(k[:3] + mark + k[3:] for k in rule.keywords), rule.pattern, from_start=rule.from_start, from_end=rule.from_end,
    )  # fmt: skip


def start_up(texts: list[str], runs: int) -> None:
    """Processor time of fresh processes."""
    text = next((t for t in texts if 4500 < len(t.encode()) < 5500), texts[0]).encode()
    packs = "from cleanpress import rulebook; [rulebook.shipped_pack(name) for name in {}]"
    commands = {
        "bare Python": ["-c", "pass"],
        "import cleanpress": ["-c", "import cleanpress"],
        "reading one pack": ["-c", packs.format('["en"]')],
        "reading all packs": ["-c", packs.format("rulebook.pack_names()")],
        f"{len(text):,} bytes through the command": ["-m", "cleanpress"],
    }
    print("\n| process | ms | over bare Python |\n|---|--:|--:|")
    base = 0.0
    for name, arguments in commands.items():
        spent = min(_child_seconds([sys.executable, *arguments], text) for _ in range(2 * runs)) * 1e3
        base = base or spent
        print(f"| {name} | {spent:.0f} | {spent - base:.0f} |")


def _child_seconds(command: list[str], text: bytes) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, input=text, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Prints the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--field", default="text")
    parser.add_argument("--every", type=int, default=1, help="only every Nth text")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, help="one table instead of all")
    args = parser.parse_args()
    raw = args.pages.read_bytes()
    lines = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8").splitlines()
    texts = [json.loads(line)[args.field] for line in lines[:: args.every]]
    for part in [args.only] if args.only else PARTS:
        if part == "throughput":
            throughput(texts, args.runs)
        elif part == "length":
            by_length(texts)
        elif part == "rules":
            by_rules(texts, args.runs)
        else:
            start_up(texts, args.runs)


if __name__ == "__main__":
    main()
