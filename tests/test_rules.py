"""Every rule proves itself: its examples, its near misses, exact spans, and no pattern that runs away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cleanpress import languages, rulebook, scoring
from cleanpress.errors import RuleError
from cleanpress.matching import Matcher
from cleanpress.pipeline import Cleaner, guessed_packs
from cleanpress.rulebook import Rule, prepared
from cleanpress.segment.plain import blocks_of
from cleanpress.testing import problems
from cleanpress.text import fold, surface
from cleanpress.types import REMOVED_BY_DEFAULT, Document

RULES = rulebook.source_rules()
BY_FILE: dict[str, list[Rule]] = {}
for _rule in RULES:
    BY_FILE.setdefault(_rule.id.rsplit("/", 1)[0], []).append(_rule)


@pytest.mark.parametrize("file", sorted(BY_FILE))
def test_rules_of_a_file_prove_themselves(file: str) -> None:
    found = [f"{rule.id}: {problem}" for rule in BY_FILE[file] for problem in problems(rule)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("file", sorted(BY_FILE))
def test_no_rule_removes_another_rules_near_miss(file: str) -> None:
    """The whole cleaner, all languages' rules at once, keeps each near miss as it is."""
    cleaner = Cleaner(profile="careful")
    lost = []
    for rule in BY_FILE[file]:
        # the examples of markup rules are HTML, which the text track does not read
        for example in rule.keep if rule.scope != "markup" else ():
            text = rulebook.marked_spans(example)[0]
            result = cleaner.explain(text, url=f"https://{rule.host}/" if rule.host else None)
            if result.text != text:
                lost.append(
                    f"{rule.id}: keep {text!r} lost {[r.text for r in result.removed]} to {[v.rules for v in result.verdicts if v.removed]}"
                )
    assert not lost, "\n".join(lost)


def test_no_rule_alone_removes_any_near_miss_of_any_pack() -> None:
    """Each rule against each near miss: its evidence alone, all sites' rules speaking, takes nothing in ``careful``.

    Cleaning near misses with all rules at once can hide a bite, because the guard gives back what too many rules would take.
    """
    rules = [prepared(replace(r, id=r.id.replace("sites/", "site of/", 1))) for r in RULES if r.scope != "markup"]
    matcher = Matcher(rules)
    weights = scoring.shipped_scoring()
    bites = set()
    spoke = 0
    for text in {rulebook.marked_spans(example)[0] for rule in RULES if rule.scope != "markup" for example in rule.keep}:
        seen, _ = surface(text)
        document = Document(seen, fold(seen), blocks_of(seen))
        matcher.annotate(document)
        likely = guessed_packs(document.folded)
        signals = [block.signals for block in document.blocks]
        for source in {s.source for found in signals for s in found if s.strength != "protect"}:
            if likely is not None and source.split("/")[0] not in likely | {"site of"}:
                continue
            spoke += 1
            for block, found in zip(document.blocks, signals, strict=True):
                block.signals = [s for s in found if s.source == source or s.strength == "protect"]
            decided = scoring.decisions(document, weights, weights.profiles["careful"], REMOVED_BY_DEFAULT)
            if any(decided.whole) or decided.inner:
                bites.add(f"{source} takes from the near miss {text!r}")
    assert spoke, "no rule speaks about any near miss: is the matcher empty?"
    assert not bites, "\n".join(sorted(bites))


def test_ids_are_unique_and_aliases_free() -> None:
    ids = [r.id for r in RULES]
    assert len(set(ids)) == len(ids)
    assert not {a for r in RULES for a in r.aliases} & set(ids)


def test_every_rule_says_why() -> None:
    assert [r.id for r in RULES if not r.note] == []


def test_site_packs_cover_many_sites_with_more_proof_than_other_rules() -> None:
    sites = [r for r in RULES if r.pack == "sites"]
    assert len({r.host for r in sites}) >= 45
    assert [r.id for r in sites if len(r.remove) < 3 or len(r.keep) < 2] == []


def test_all_default_categories_have_rules_in_the_main_languages() -> None:
    wanted = {
        "paywall",
        "donation",
        "caption",
        "newsletter",
        "related",
        "social",
        "app",
        "advert",
        "comments",
        "consent",
        "player",
        "legal",
    }
    for language in ("en", "de", "es", "fr"):
        have = {r.category for r in RULES if r.pack == language}
        assert wanted <= have, (language, wanted - have)


def rule_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


GOOD = """
[[rule]]
id = "mine/related/desk"
category = "related"
strength = "decisive"
keywords = ["from the herald desk"]
pattern = '^more from the herald desk:'
note = "n"
remove = ["More from the Herald desk: rain", "More from the Herald desk: sun"]
keep = ["A letter from the Herald desk.", "He came from the Herald desk."]
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('category = "related"', 'category = "relatd"', ["mine/related/desk", "category", "did you mean 'related'"]),
        ('strength = "decisive"', 'strengh = "decisive"', ["strengh", "did you mean 'strength'"]),
        ("pattern = '^more", "pattern = '^More", ["pattern", "'M' is a capital"]),
        ("pattern = '^more", "pattern = '^(more", ["pattern", "not a valid pattern"]),
        ('keywords = ["from the herald desk"]', "", ["keywords", "needs keywords"]),
        ("[[rule]]", "[rule]", ["rule", "[[rule]]"]),
        ('note = "n"', "note = ", ["not valid TOML"]),
    ],
)
def test_a_bad_rule_file_is_told_where_and_why(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    path = rule_file(tmp_path, GOOD.replace(old, new))
    with pytest.raises(RuleError) as caught:
        Cleaner(rules=[path])
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_callers_rules_join_the_scoring(tmp_path: Path) -> None:
    body = "The council voted nine to four on Tuesday night to keep the swimming baths open until the end of next summer."
    text = f"{body}\n\nMore from the Herald desk: Rain again\n\n{body.replace('nine', 'ten')}"
    path = rule_file(tmp_path, GOOD)
    assert "Herald desk" in Cleaner().clean(text)
    result = Cleaner(rules=[path]).explain(text)
    assert "Herald desk" not in result.text
    assert any("mine/related/desk" in v.rules for v in result.verdicts if v.removed)
    assert Cleaner(rules=[path], disable=["mine/related/desk"]).clean(text) == text


@pytest.mark.parametrize("pack", sorted({path.split("/")[0] for path in BY_FILE}))
def test_languages_say_what_a_language_must(pack: str) -> None:
    assert languages.source_problems(pack) == []


def test_what_is_wrong_with_a_language_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "RULES", tmp_path)
    (tmp_path / "ca").mkdir()
    assert "rules/ca/language.toml is missing" in languages.source_problems("ca")[0]
    file = tmp_path / "ca" / "language.toml"
    file.write_text('name = "Catalan"\nfunction_word = ["de"]\nmonths = "gener"\n')
    unknown, listed, words, verbs = languages.source_problems("ca")
    assert "unknown key 'function_word' (there are: name, function_words," in unknown
    assert "months should be a list" in listed and "fewer than 40" in words and "reporting_verbs" in verbs
    file.write_text("name =")
    assert "not valid TOML" in languages.source_problems("ca")[0]
