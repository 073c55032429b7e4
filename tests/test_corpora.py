"""The articles written for this project: what goes and what stays, byte for byte."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from cleanpress.pipeline import Cleaner
from cleanpress.types import PROFILES, ProfileName

CORPORA = Path(__file__).parent.parent / "corpora"
ARTICLES = sorted(p.parent for p in (CORPORA / "articles").glob("*/case.toml"))
FAILING = sorted(p.parent for p in (CORPORA / "known_failures").glob("*/case.toml"))
BODY_ONLY = sorted((CORPORA / "body_only").glob("*/*.txt"))


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def test_there_are_enough() -> None:
    assert len(ARTICLES) + len(FAILING) >= 60
    assert len(BODY_ONLY) >= 60
    assert len({p.parent.name for p in BODY_ONLY}) >= 27


def check(case: Path) -> None:
    settings = tomllib.loads(text_of(case / "case.toml"))
    source, expected = text_of(case / "input.txt"), text_of(case / "expected.txt")
    cleaner = Cleaner(profile=settings.get("profile", "careful"))
    result = cleaner.explain(source, url=settings.get("url"))
    assert result.replay(source) == result.text
    assert result.restore() == source
    assert result.text == expected


@pytest.mark.parametrize("case", ARTICLES, ids=lambda p: p.name)
def test_article(case: Path) -> None:
    check(case)


@pytest.mark.parametrize(
    "case", [pytest.param(p, marks=pytest.mark.xfail(strict=True, reason="known failure: move it to articles/ when it passes")) for p in FAILING], ids=lambda p: p.name
)  # fmt: skip
def test_known_failure(case: Path) -> None:
    check(case)


#: Articles of which ``careful`` takes body: short rows and headings between real boilerplate.
LOSING: set[str] = {"fr-sorties-vacances"}


@pytest.mark.parametrize(
    "case", [pytest.param(p, marks=[pytest.mark.xfail(strict=True)] if p.name in LOSING else [], id=p.name) for p in (*ARTICLES, *FAILING)]
)
def test_no_body_is_lost_in_any_article(case: Path) -> None:
    """What is removed holds nothing of what should stay: expected text is a subsequence of the output's lines and sentences."""
    source, expected = text_of(case / "input.txt"), text_of(case / "expected.txt")
    got = Cleaner().clean(source)
    rest = iter(got)
    missing = "".join(expected.split())
    assert all(c in rest for c in missing), "body was lost"


#: Pieces that are still bitten: lists, verse, short headings or labelled rows without end marks beside prose, of which no rule
#: says anything; most only in ``balanced``. They must fail until they don't.
KNOWN_BITES = {
    ("balanced", "cs", "opinion-on-queues"),
    ("balanced", "de", "wanderkarten-apps-ausprobiert"),
    ("balanced", "el", "pinakas-dikastiriou-kai-apotelesmata"),
    ("balanced", "en", "letters-in-praise-of-queues"),
    ("balanced", "fr", "sortir-ce-week-end"),
    ("balanced", "it", "autogol-al-94"),
    ("careful", "de", "wanderkarten-apps-ausprobiert"),
    ("careful", "el", "pinakas-dikastiriou-kai-apotelesmata"),
    ("careful", "fr", "sortir-ce-week-end"),
}


def test_eight_pieces_of_each_language_come_back_whole_in_both_profiles() -> None:
    whole = Counter(p.parent.name for p in BODY_ONLY if not any((profile, p.parent.name, p.stem) in KNOWN_BITES for profile in PROFILES))
    assert {language: n for language, n in whole.items() if n < 8} == {}


@pytest.mark.parametrize("path", BODY_ONLY, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_body_survives_without_its_line_breaks(path: Path) -> None:
    """Scrapers that flatten a page give one long line; then a sentence has no line of its own to protect it."""
    flat = " ".join(text_of(path).split())
    assert Cleaner(profile="balanced").clean(flat) == flat


def body_only_cases() -> list[object]:
    cases: list[object] = []
    for path in BODY_ONLY:
        for profile in ("careful", "balanced"):
            marks = [pytest.mark.xfail(strict=True)] if (profile, path.parent.name, path.stem) in KNOWN_BITES else []
            cases.append(pytest.param(path, profile, marks=marks, id=f"{path.parent.name}-{path.stem}-{profile}"))
    return cases


@pytest.mark.parametrize(("path", "profile"), body_only_cases())
def test_body_comes_back_byte_for_byte(path: Path, profile: ProfileName) -> None:
    source = text_of(path)
    result = Cleaner(profile=profile).explain(source)
    assert result.text == source, [(r.category, r.text) for r in result.removed]
