"""Looks for inputs that break a promise, guided by coverage (atheris); see fuzz/README.md.

Usage: python fuzz/run.py text|html|rules|lines [--findings FOLDER] [libFuzzer options] [CORPUS]
"""

from __future__ import annotations

import hashlib
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import atheris  # noqa: E402

with atheris.instrument_imports(include=["cleanpress"]):
    from fuzz.targets import TARGETS, seeds


def noting(target: Callable[[bytes], None], folder: Path) -> Callable[[bytes], None]:
    """The target, going on after a finding: the first of each place in the code is written to ``folder`` and printed."""
    folder.mkdir(parents=True, exist_ok=True)
    known: set[str] = set()

    def run(data: bytes) -> None:
        try:
            target(data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            place = f"{type(error).__name__} {str(error).split(':')[0]} {[(f.name, f.lineno) for f in frames[-3:]]}"
            if place not in known:
                known.add(place)
                name = hashlib.sha256(data).hexdigest()[:12]
                (folder / name).write_bytes(data)
                print(f"FINDING {name}: {place}\n{str(error)[:1500]}", file=sys.stderr, flush=True)

    return run


def main(argv: list[str]) -> None:
    if len(argv) < 2 or argv[1] not in TARGETS:
        sys.exit(__doc__)
    target = TARGETS[argv[1]]
    rest = argv[2:]
    if "--findings" in rest:
        at = rest.index("--findings")
        target = noting(target, Path(rest[at + 1]))
        del rest[at : at + 2]
    corpus = Path(rest[-1]) if rest and not rest[-1].startswith("-") else None
    if corpus is not None and not (corpus.is_dir() and any(corpus.iterdir())):
        corpus.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds(argv[1])):
            (corpus / f"seed-{number:03}").write_bytes(seed)
    # libFuzzer counts time by the clock; what is slow only because others work is no finding
    atheris.Setup([argv[0], "-timeout=60", "-rss_limit_mb=3000", "-max_len=3000", *rest], target)
    atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(sys.argv)
