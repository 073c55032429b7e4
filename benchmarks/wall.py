"""A wall against over-removal: labelled pages in every profile, as text and as HTML; exits 1 when a page breaks it.

Usage: python benchmarks/wall.py [--limit N] FILE.jsonl[.gz] ...
Records hold ``text`` and ``spans`` (``[start, end, label]``), or ``html``. No page may gain a character or be emptied, except one without
labelled body, with the warning ``emptied``; no ``careful`` run may lose more body than the profile's budget without the warning ``budget``.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cleanpress import Cleaner
from cleanpress.types import PROFILES, Result


def records_of(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def broken_by(result: Result, source: str, may_be_emptied: bool) -> list[str]:
    """What is wrong with a result."""
    found = []
    if source.strip() and not result.text.strip() and not (may_be_emptied and "emptied" in result.warnings):
        found.append("emptied")
    if result.replay(source) != result.text or result.restore() != source:
        found.append("gained or changed a character")
    return found


def body_share_lost(result: Result, spans: list[tuple[int, int, str]]) -> float:
    """The share of the labelled body's code points that was cut."""
    body = [(a, b) for a, b, label in spans if label == "body"]
    lost = sum(max(0, min(b, r.end) - max(a, r.start)) for a, b in body for r in result.removed)
    return lost / (sum(b - a for a, b in body) or 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, help="pages of each file")
    options = parser.parse_args()
    cleaners = {profile: Cleaner(profile=profile) for profile in PROFILES}
    seen: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    for path in options.files:
        for record in itertools.islice(records_of(path), options.limit):
            for profile, cleaner in cleaners.items():
                track = "html" if "html" in record else "text"
                if track == "html":
                    result = cleaner.explain_html(record["html"], url=record.get("url"))
                    source = result.source or ""
                else:
                    source = record["text"]
                    result = cleaner.explain(source, url=record.get("url"))
                bodyless = track == "text" and all(label != "body" for _, _, label in record["spans"])
                wrong = broken_by(result, source, bodyless)
                if track == "text" and profile == "careful" and "budget" not in result.warnings:
                    share = body_share_lost(result, record["spans"])
                    if share > cleaner.profile.budget:
                        wrong.append("lost more body than its budget, unflagged")
                seen[f"{track} {profile}"] += 1
                for what in wrong:
                    broken[f"{track} {profile}: {what}"] += 1
                    print(f"{track} {profile} {record['id']}: {what}")
    print("looked at", dict(seen))
    print("broken", dict(broken))
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
