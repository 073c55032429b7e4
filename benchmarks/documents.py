"""Documents for measuring at scale: paragraphs of the project's own corpora, put together anew; the same for the same seed.

Usage: python benchmarks/documents.py COUNT [--seed 1] > documents.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

CORPORA = Path(__file__).parent.parent / "corpora"


class Page(TypedDict):
    """A generated document."""

    id: str
    text: str
    url: str
    lang: str


def paragraphs() -> dict[str, list[str]]:
    """All paragraphs of the corpora, boilerplate included, by language."""
    found: dict[str, list[str]] = {}
    for path in sorted(CORPORA.glob("articles/*/input.txt")):
        case = tomllib.loads((path.parent / "case.toml").read_text(encoding="utf-8"))
        found.setdefault(str(case.get("lang") or path.parent.name.split("-")[0]), []).extend(_split(path))
    for path in sorted(CORPORA.glob("body_only/*/*.txt")):
        found.setdefault(path.parent.name, []).extend(_split(path))
    return found


def _split(path: Path) -> list[str]:
    pieces = (piece.strip("\n") for piece in path.read_bytes().decode("utf-8").replace("\r\n", "\n").split("\n\n"))
    return [piece for piece in pieces if piece.strip()]


def generated(count: int, seed: int = 1, only: str | None = None) -> Iterator[Page]:
    """So many documents of 4 to 16 paragraphs of one language each; all of the language ``only``, where one is named."""
    source = paragraphs()
    names = [only] if only else sorted(source)
    weights = [len(source[name]) for name in names]
    chance = random.Random(seed)
    for number in range(count):
        lang = chance.choices(names, weights)[0]
        text = "\n\n".join(chance.choice(source[lang]) for _ in range(chance.randint(4, 16)))
        yield {"id": f"{seed}-{number}", "text": text, "url": f"https://host{number % 50}.example/{number}", "lang": lang}


def main() -> None:
    """Prints documents as JSON Lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for page in generated(args.count, args.seed):
        sys.stdout.write(json.dumps(page, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
