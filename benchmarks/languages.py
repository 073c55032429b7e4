"""What many languages cost: loading their rules, and scanning for all at once; and what each language's rules reach on labelled pages.

Usage: python benchmarks/languages.py [--runs 5] [--documents 300] [--lang en de ja] [--labelled FILE [--profile careful]]

Processor time is measured. Loading is measured in fresh processes, without the start of Python and the imports. Scanning is measured on
generated documents of one language (``documents.py``), once with the packs that speak where the language is known (its own, ``any`` and
the sites'), once with all packs that may speak where there is no guess (all but those of scripts that the text has no letter of): the
search for literals alone, matching as a whole, and cleaning.
``--labelled`` reads JSON Lines, gzipped or not, with ``text``, ``lang``, ``url`` and ``spans`` = ``[[start, end, label], …]``, and prints
for each language which share of the boilerplate goes, relative to English, and how much of the body.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

from documents import generated

import cleanpress.text
from cleanpress import rulebook
from cleanpress.languages import silent_packs
from cleanpress.matching import Matcher
from cleanpress.pipeline import Cleaner
from cleanpress.segment.plain import blocks_of
from cleanpress.types import Document, ProfileName

#: Most that may be (milliseconds; times).
ALL_PACKS, ONE_PACK, RATIO = 60.0, 15.0, 1.3
#: Labels that count neither as body nor as boilerplate.
NEUTRAL = frozenset({"headline", "byline", "embed", "editorial", "unsure"})
_LOADING = """
import time, sys
from cleanpress import rulebook
names = sys.argv[1:] or rulebook.pack_names()
begun = time.process_time()
for name in names:
    rulebook.shipped_pack(name)
print(time.process_time() - begun)
"""


def loading(lang: str, runs: int) -> bool:
    """Prints what it costs to load packs; whether that is little enough."""
    taken: dict[str, list[float]] = {"all packs": [], f"one pack ({lang})": []}
    for _ in range(runs):
        for name, packs in zip(taken, ([], [lang]), strict=True):
            done = subprocess.run([sys.executable, "-c", _LOADING, *packs], check=True, capture_output=True, text=True)
            taken[name].append(float(done.stdout) * 1e3)
    print(f"loading, medians of {runs} fresh processes")
    medians = [statistics.median(times) for times in taken.values()]
    for name, spent, most in zip(taken, medians, (ALL_PACKS, ONE_PACK), strict=True):
        print(f"  {name:<20} {spent:6.1f} ms (at most {most:g})")
    return medians[0] <= ALL_PACKS and medians[1] <= ONE_PACK


def seconds(work: Callable[[int], object], count: int) -> float:
    begun = time.thread_time()
    for number in range(count):
        work(number)
    return time.thread_time() - begun


def scanning(lang: str, documents: int, runs: int) -> bool:
    """Prints what scanning for all languages costs beside scanning for one; whether the ratio is small enough."""
    texts = [page["text"] for page in generated(documents, only=lang)]
    read = [cleanpress.text.reading(text) for text in texts]
    silent = frozenset.intersection(*(silent_packs(folded) for _, _, folded in read))
    speaking = {"one": frozenset({lang, "any", "sites"}), "all": frozenset(rulebook.pack_names()) - silent}
    matchers = {which: Matcher(packs=sorted(packs)) for which, packs in speaking.items()}
    cleaner = Cleaner()

    def hits(which: str) -> Callable[[int], object]:
        return lambda number: list(matchers[which]._scan.hits("\n" + read[number][2]))

    def match(which: str) -> Callable[[int], object]:
        def matched(number: int) -> None:
            seen, _, folded = read[number]
            matchers[which].annotate(Document(seen, folded, blocks_of(seen)), packs=speaking[which])

        return matched

    def clean(which: str) -> Callable[[int], object]:
        def cleaned(number: int) -> None:
            with patch("cleanpress.pipeline.guessed_packs", return_value=speaking[which]):
                cleaner.clean(texts[number])

        return cleaned

    jobs: dict[str, Callable[[str], Callable[[int], object]]] = {"literals alone": hits, "matching": match, "cleaning": clean}
    for which in matchers:  # builds the automata
        seconds(match(which), documents)
        seconds(clean(which), documents)
    found: dict[tuple[str, str], list[float]] = {(job, which): [] for job in jobs for which in matchers}
    for _ in range(runs):
        for job, of in jobs.items():
            for which in matchers:
                found[job, which].append(seconds(of(which), documents))
    print(f"scanning {documents} texts in {lang!r}, medians of {runs} runs in turns")
    ratios = {}
    for job in jobs:
        a, b = (statistics.median(found[job, which]) / documents * 1e3 for which in matchers)
        ratios[job] = statistics.median(y / x for x, y in zip(found[job, "one"], found[job, "all"], strict=True))
        print(f"  {job:<20} {a:.3f} ms a text with one pack, {b:.3f} ms with all: {ratios[job]:.2f} times (at most {RATIO:g})")
    return ratios["matching"] <= RATIO


def reach(path: Path, profile: ProfileName, reference: str, apart: Sequence[str]) -> None:
    """Prints for each language, and for all together that are not ``apart``, how much of the boilerplate and of the body goes."""
    raw = path.read_bytes()
    cleaner = Cleaner(profile=profile)
    # language: characters of boilerplate, of those removed, of body, of those removed, documents
    counts: dict[str, list[int]] = {}
    for line in (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8").splitlines():
        page = json.loads(line)
        cuts = [(piece.start, piece.end) for piece in cleaner.explain(page["text"], url=page.get("url")).removed]
        row = counts.setdefault(page["lang"], [0, 0, 0, 0, 0])
        row[4] += 1
        for start, end, label in page["spans"]:
            if label not in NEUTRAL:
                place = 2 if label == "body" else 0
                row[place] += end - start
                row[place + 1] += sum(max(0, min(end, z) - max(start, a)) for a, z in cuts)
    base = counts.get(reference, [0, 0])
    share = base[1] / base[0] if base[0] else 0.0
    print(f"{path.name}, {profile}: boilerplate removed (of the characters), beside {reference}; body lost")
    rows = sorted(counts.items(), key=lambda item: -item[1][0])
    others = [row for lang, row in rows if lang not in apart]
    if others:
        rows.append((f"others than {' and '.join(apart)}", [sum(column) for column in zip(*others, strict=True)]))
    for lang, (boilerplate, removed, body, lost, documents) in rows:
        if boilerplate:
            beside = f"{removed / boilerplate / share:5.0%}" if share else "    –"
            print(
                f"  {lang:<8} {documents:5} documents {boilerplate:9,} characters {removed / boilerplate:6.1%} {beside} {lost / max(body, 1):8.3%}"
            )


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 when anything costs too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--lang", nargs="+", default=["en", "de", "ja"])
    parser.add_argument("--labelled", type=Path)
    parser.add_argument("--profile", default="careful", choices=("careful", "balanced", "eager"))
    parser.add_argument("--english", default="en", metavar="LANG", help="the language that the others are compared with")
    parser.add_argument(
        "--apart", nargs="*", default=["en", "de"], metavar="LANG", help="left out of the last row, which sums up the others"
    )
    args = parser.parse_args(argv)
    if args.labelled:
        reach(args.labelled, args.profile, args.english, args.apart)
        return 0
    good = [loading(args.lang[0], args.runs)] + [scanning(lang, args.documents, args.runs) for lang in args.lang]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
