"""Imports go down only (docs/architecture.md): a module may import from its own floor's lower neighbours, never from above."""

from __future__ import annotations

import ast
from pathlib import Path

import cleanpress

ROOT = Path(cleanpress.__file__).parent
FLOORS = {
    "types": 0, "errors": 0, "shipped": 0, "text": 1, "rulebook": 1, "patterns": 1, "languages": 1, "segment": 2, "runaway": 2, "matching": 3, "heuristics": 3, "scoring": 4,
    "extract": 3, "markup": 3, "scoring_html": 5, "html_pipeline": 5, "pipeline": 5, "labelled": 6, "made_pages": 7, "learn": 8, "learn_report": 9, "learn_html": 9, "io": 6, "cli": 7, "testing": 6, "devtools": 10, "integrations": 7, "__main__": 9, "__init__": 9,
}  # fmt: skip
#: The matcher needs the segments and says so; heuristics share one view of the lines.
WITHIN = {("heuristics", "heuristics"), ("segment", "segment"), ("rulebook", "text"), ("rulebook", "patterns"), ("patterns", "rulebook"), ("patterns", "text"), ("languages", "text"), ("io", "io"), ("integrations", "integrations"),
    # the text and the HTML track share one Cleaner
    ("pipeline", "html_pipeline"), ("html_pipeline", "pipeline"), ("html_pipeline", "scoring_html"), ("pipeline", "extract"),
}  # fmt: skip


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{a.name}" for a in node.names]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "cleanpress" and len(parts) > 1 and parts[1] in FLOORS:
                found.add(parts[1])
    return found


def test_every_module_has_a_floor() -> None:
    assert {room(p) for p in ROOT.rglob("*.py")} <= set(FLOORS)


def test_imports_go_down_only() -> None:
    wrong = []
    for path in ROOT.rglob("*.py"):
        here = room(path)
        if here == "__init__":
            continue
        for there in imported_rooms(path):
            if FLOORS[there] >= FLOORS[here] and (here, there) not in WITHIN:
                wrong.append(f"{path.relative_to(ROOT)} (floor {FLOORS[here]}) imports {there} (floor {FLOORS[there]})")
    assert not wrong, "\n".join(sorted(wrong))


def test_heuristics_do_not_see_each_other() -> None:
    shared = {"__init__", "lines"}
    for path in (ROOT / "heuristics").glob("*.py"):
        if path.stem == "__init__":
            continue
        text = path.read_text(encoding="utf-8")
        others = {p.stem for p in (ROOT / "heuristics").glob("*.py")} - shared - {path.stem}
        assert not [o for o in others if f"heuristics.{o}" in text or f"heuristics import {o}" in text], path.name


def test_scoring_sees_no_pattern_and_rules_no_threshold() -> None:
    scoring = (ROOT / "scoring.py").read_text(encoding="utf-8")
    assert "import re\n" not in scoring and "regex" not in scoring and "rulebook" not in scoring
    assert "threshold" not in (ROOT / "matching.py").read_text(encoding="utf-8")
