"""Holds the figures of ``floors.toml`` on a folder of labelled pages with its scorer; exits 1 and names the command that shows it.

Usage: python benchmarks/floors.py FOLDER        FOLDER holds score.py and text-dev.jsonl.gz
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path


def measured(folder: Path, options: list[str]) -> dict[str, float]:
    """The scorer's figures for one setting of the command."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "figures.json"
        command = [sys.executable, str(folder / "score.py"), "text", str(folder / "text-dev.jsonl.gz"), "--json", str(out), "--"]
        tool = shutil.which("cleanpress") or "cleanpress"
        subprocess.run([*command, tool, "--format", "jsonl", "--field", "text", *options], check=True, stdout=subprocess.DEVNULL)
        figures: dict[str, float] = json.loads(out.read_text(encoding="utf-8"))
        return figures


def main(folder: Path) -> int:
    """Measures each profile; returns the exit code."""
    floors = tomllib.loads((Path(__file__).parent / "floors.toml").read_text(encoding="utf-8"))
    failed = False
    for profile, floor in floors.items():
        figures = measured(folder, ["--profile", profile])
        shown = {
            k: figures[k] for k in ("body_lost", "boiler_removed", "perfect_documents", "documents_losing_over_1pct_body", "tokens_added")
        }
        print(profile, shown)
        broken = [
            text
            for wrong, text in (
                (figures["body_lost"] > floor["body_lost_at_most"], f"body lost {figures['body_lost']} > {floor['body_lost_at_most']}"),
                (
                    figures["boiler_removed"] < floor["boilerplate_removed_at_least"],
                    f"boilerplate removed {figures['boiler_removed']} < {floor['boilerplate_removed_at_least']}",
                ),
                (figures["tokens_added"] > floor.get("tokens_added_at_most", 1e9), f"tokens added {figures['tokens_added']}"),
            )
            if wrong
        ]
        for text in broken:
            failed = True
            print(
                f"floor broken, {profile}: {text}; see it with: score.py text PAGES --worst 20 -- cleanpress --format jsonl --profile {profile}"
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
