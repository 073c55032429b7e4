"""The shortcuts of matching change nothing: the frugal scan finds what the automaton finds, edges hold for every match."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanpress import patterns, rulebook
from cleanpress.matching import Probe, _AutomatonScan, _FrugalScan, _Scan
from cleanpress.rulebook import Rule
from cleanpress.text import fold, surface

CORPORA = Path(__file__).parent.parent / "corpora"
TEXTS = [file.read_text(encoding="utf-8") for file in sorted(CORPORA.rglob("*.txt"))[::40]]


def found(scan: _Scan, text: str) -> list[tuple[tuple[tuple[int, int], ...], int, int]]:
    return [(tuple(scan.codes[number]), start, end) for number, start, end in scan.hits("\n" + fold(surface(text)[0]))]


def test_both_scans_find_the_same_in_the_same_order() -> None:
    packs = [rulebook.shipped_pack(name) for name in rulebook.pack_names()]
    frugal, automaton = _FrugalScan(packs, range(len(packs))), _AutomatonScan(packs, range(len(packs)))
    hits = 0
    for text in TEXTS:
        expected = found(automaton, text)
        assert found(frugal, text) == expected
        hits += len(expected)
    assert hits > 300


@pytest.mark.parametrize(
    ("pattern", "allowed", "refused"),
    [
        (r"^read (?:more|on)\b", "read more", "he read more"),
        (r"^\W{0,3}(?:photo|image):", "« photo: ap", "no photo: ap"),
        (r"^(?:please )?(?:sign|log) in$", "please sign in", "planes sign in"),
        (r"^\d{1,2} comments?$", "٣٢ comments", "no comments"),
        (r"^[(\[]foto[)\]]$", "(foto)", "(foto) x"),
        (r"^[^.]{0,9}news$", "sky news", "sky newt"),
    ],
)
def test_edges_refuse_only_what_cannot_match(pattern: str, allowed: str, refused: str) -> None:
    probe = Probe(rulebook.foreseen(Rule("own/a", "app", "block", "strong", (), ("x",), pattern)))
    assert rulebook.compiled(pattern).search(allowed)

    def may_match(text: str) -> bool:
        return probe.may_begin(text, 0, len(text)) and probe.may_end(text, 0, len(text))

    assert may_match(allowed)
    assert not may_match(refused)


@pytest.mark.parametrize("pattern", ["newsletter", r"^.{2,9} news", "(?i)^read", r"^\p{L}{1,9} news", "(?m)^read", "^\\1(a)$"])
def test_what_cannot_be_listed_is_left_open(pattern: str) -> None:
    heads, tails = patterns.edges(pattern)
    assert tails is None
    assert heads is None


@pytest.mark.parametrize("window", [150, 1000])
def test_a_long_text_is_looked_through_in_windows(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    packs = [rulebook.shipped_pack(name) for name in ("en", "de")]
    for scan in (_FrugalScan(packs, range(len(packs))), _AutomatonScan(packs, range(len(packs)))):
        whole = [found(scan, text) for text in TEXTS]
        with monkeypatch.context() as patch:
            patch.setattr("cleanpress.matching.WINDOW", window)
            assert [found(scan, text) for text in TEXTS] == whole
        assert sum(map(len, whole)) > 100
