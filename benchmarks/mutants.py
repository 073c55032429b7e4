"""How many small faults the tests notice: a sample of mutants of the deciding modules, made and run by mutmut (``[tool.mutmut]``).

Usage: python benchmarks/mutants.py [--sample N] [--seed N] [--jobs N] [--show] [MODULE ...]
Prints for each module how many of its mutants were killed, and names the survivors; ``--show`` prints what each of them changes.
All 3,500 mutants take some hours, so a sample is drawn; tests written against one are measured with another seed.
mutmut works in ``mutants/``, below the folder that this is called in, which must be the checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

#: What mutmut writes for a mutant that no test noticed, and for one that no test reached.
SURVIVED, UNREACHED = 0, 33
FOLDER = Path("mutants")
MUTMUT = [sys.executable, "-m", "mutmut"]


def verdicts() -> dict[str, int | None]:
    """For each mutant the exit code of the tests that were run against it; None when none were."""
    found: dict[str, int | None] = {}
    for path in sorted(FOLDER.glob("cleanpress/**/*.meta")):
        found.update(json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"])
    return found


def mutmut(*arguments: str) -> subprocess.CompletedProcess[str]:
    # the mutants must be imported, not what the caller's environment points at
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([*MUTMUT, *arguments], env=environment, capture_output=True, text=True, check=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="such as cleanpress.text (default: all)")
    parser.add_argument("--sample", type=int, default=600, help="mutants (default: 600)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    parser.add_argument("--show", action="store_true", help="print what each survivor changes")
    options = parser.parse_args()

    # a name that no mutant has: writes them all, runs none
    made = mutmut("run", "none")
    names = sorted(name for name in verdicts() if not options.modules or name.split(".x")[0] in options.modules)
    if not names:
        sys.exit(f"mutmut made no mutants:\n{made.stdout[-2000:]}{made.stderr[-2000:]}")
    chosen = sorted(random.Random(options.seed).sample(names, min(options.sample, len(names))))
    ran = mutmut("run", "--max-children", str(options.jobs), *chosen)
    found = verdicts()
    unrun = [name for name in chosen if found[name] is None]
    if unrun:
        sys.exit(f"{len(unrun)} of {len(chosen)} mutants were not run:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")

    tried: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    survivors = []
    for name in chosen:
        module = name.split(".x")[0]
        tried[module] += 1
        if found[name] in (SURVIVED, UNREACHED):
            survivors.append(name)
        else:
            killed[module] += 1
    for name in survivors:
        print(name, "(no test reaches it)" if found[name] == UNREACHED else "")
        if options.show:
            print(mutmut("show", name).stdout)
    for module, count in sorted(tried.items()):
        print(f"{module}: {killed[module]} of {count} killed")
    print(
        f"{killed.total()} of {tried.total()} killed: {killed.total() / tried.total():.1%} (of {len(names)} mutants, seed {options.seed})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
