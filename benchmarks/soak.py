"""Many documents through one process: memory must stay flat and the end as fast as the start; exits 1 when either is not so.

Usage: python benchmarks/soak.py [--documents 1000000]
The documents are the project's own articles, each with a number in it, so that no two are the same.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

from cleanpress import Cleaner

ROUNDS = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_000_000)
    count: int = parser.parse_args().documents
    corpora = Path(__file__).parent.parent / "corpora"
    texts = [path.read_text(encoding="utf-8") for path in sorted(corpora.glob("*/*/input.txt"))]
    cleaner = Cleaner()
    for text in texts:
        cleaner.clean(text)
    each = max(len(texts), count // ROUNDS)
    speeds: list[float] = []
    memory: list[float] = []
    number = 0
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(each):
            number += 1
            cleaner.clean(f"{texts[number % len(texts)]}\n{number} were counted on the quay that night.")
        speeds.append(each / (time.process_time() - start))
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(f"{number:>9,} documents  {speeds[-1]:>8,.0f} a second  {memory[-1]:>7.1f} MB", flush=True)
    quarter = ROUNDS // 4
    ratio = sorted(speeds[-quarter:])[quarter // 2] / sorted(speeds[:quarter])[quarter // 2]
    grown = memory[-1] - memory[quarter - 1]
    print(f"throughput at the end / start: {ratio:.3f}; peak memory grew by {grown:.1f} MB after the first quarter")
    return int(ratio < 0.97 or grown > 5)


if __name__ == "__main__":
    sys.exit(main())
