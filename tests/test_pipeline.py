"""The cleaner: what it is told, what it tells, and how its passes follow one another."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cleanpress import html_pipeline, pipeline, rulebook, scoring
from cleanpress.errors import RuleError, RunawayError, UnknownNameError
from cleanpress.pipeline import Cleaner, category_within, guessed_packs, packs_for, remaining_document
from cleanpress.rulebook import Rule
from cleanpress.scoring import Decided, Decisions, Forest, Model, Profile, Scoring
from cleanpress.segment.plain import blocks_of, cuts_of
from cleanpress.text import fold
from cleanpress.types import CATEGORIES, KEPT_BY_DEFAULT, REMOVED_BY_DEFAULT, Document, Result, Signal, Verdict

BODY = "\n\n".join(
    f"The river rose by a metre overnight, and the ferry stayed tied up at the quay until late in the afternoon, number {n}." for n in "abc"
)
MARK = "Zzyzx says no"
DIRTY = f"{BODY}\n\n{MARK}\n"

# what may be asked for


def test_what_does_not_exist_is_named_with_what_does() -> None:
    with pytest.raises(UnknownNameError, match="unknown profile 'carefull': did you mean 'careful'"):
        Cleaner(profile="carefull")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="unknown engine 'fats': did you mean 'fast'"):
        Cleaner(engine="fats")
    with pytest.raises(UnknownNameError, match="unknown category 'captoin': did you mean 'caption'"):
        Cleaner(keep=["captoin"])  # type: ignore[list-item]
    with pytest.raises(UnknownNameError, match="unknown category 'headlin': did you mean 'headline'"):
        Cleaner(remove=["headlin"])  # type: ignore[list-item]
    with pytest.raises(UnknownNameError, match="unknown rule 'en/related/read-more-labels': did you mean 'en/related/read-more-label'"):
        Cleaner(disable=["en/related/read-more-labels"])


def test_categories_are_those_asked_for() -> None:
    assert Cleaner().removable == REMOVED_BY_DEFAULT
    assert Cleaner(keep=["caption", "social"]).removable == REMOVED_BY_DEFAULT - {"caption", "social"}
    assert Cleaner(keep="caption").removable == REMOVED_BY_DEFAULT - {"caption"}  # type: ignore[arg-type]
    assert Cleaner(remove=["byline"]).removable == REMOVED_BY_DEFAULT | {"byline"}
    assert Cleaner(body_only=True).removable == REMOVED_BY_DEFAULT | KEPT_BY_DEFAULT == frozenset(CATEGORIES)
    assert Cleaner(body_only=True, keep=["headline"]).removable == frozenset(CATEGORIES) - {"headline"}
    assert Cleaner(remove=["byline"], keep=["byline"]).removable == REMOVED_BY_DEFAULT


def test_a_profile_is_a_point_of_the_scoring_in_use() -> None:
    for name in ("careful", "balanced", "eager"):
        assert Cleaner(profile=name).profile == scoring.shipped_scoring().profiles[name]
    assert Cleaner().profile.name == "careful"
    assert Cleaner().text_scoring is scoring.shipped_scoring()


def test_callers_phrases_speak() -> None:
    assert Cleaner().clean(DIRTY) == DIRTY
    for phrases in ([MARK], MARK, iter([MARK, "Other words"])):
        assert Cleaner(phrases=phrases).clean(DIRTY) == BODY + "\n"
    assert Cleaner(phrases=["Zzyzx says"]).clean(DIRTY) == DIRTY, "a phrase is all of a line"
    assert [r.id for r in Cleaner(phrases=[MARK]).own_rules] == ["own/phrases"]
    assert Cleaner(phrases=[]).own_rules == ()


RULES = """[[rule]]
id = "mine/related/zz"
category = "related"
strength = "decisive"
phrases = ["zzyzx says no"]
"""


def test_callers_rules_come_as_files_and_as_objects(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(RULES, encoding="utf-8")
    rule = Rule("mine/related/zz", "related", "segment", "decisive", ("zzyzx says no",))
    for rules in ([file], file, str(file), [str(file)], [rule], rule, iter([rule])):
        cleaner = Cleaner(rules=rules)  # type: ignore[arg-type]
        assert cleaner.clean(DIRTY) == BODY + "\n"
        assert [r.id for r in cleaner.own_rules] == ["mine/related/zz"]
        assert cleaner.explain(DIRTY).removed[0].category == "related"
    assert [r.id for r in Cleaner(rules=[rule], phrases=["other words"]).own_rules] == ["mine/related/zz", "own/phrases"]
    assert Cleaner(rules=[rule], disable=["mine/related/zz"]).clean(DIRTY) == DIRTY


def test_a_runaway_pattern_is_refused_by_file_rule_and_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(RULES + "keywords = ['zz']\npattern = '(z+)+y'\n", encoding="utf-8")
    with pytest.raises(RuleError, match=r"mine\.toml: rule 'mine/related/zz': key 'pattern': "):
        Cleaner(rules=[file])
    fine = Rule("a/related/b", "related", "segment", "weak", keywords=("zz",), pattern="zz y", unless="(z+)+y")
    with pytest.raises(RuleError, match="rules: rule 'a/related/b': key 'unless': "):
        Cleaner(rules=[Rule("a/related/c", "related", "segment", "weak", ("z z",)), fine])


def test_a_disabled_rule_is_silent_under_its_old_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    read = rulebook.pack_rules
    label = next(rule for rule in read("en")[0] if rule.id == "en/related/read-more-label")
    renamed = replace(label, aliases=("en/related/older-name",))
    monkeypatch.setattr(rulebook, "pack_rules", lambda pack: ([renamed if r.id == label.id else r for r in read(pack)[0]], read(pack)[1]))
    text = f"{BODY}\n\n{label.phrases[0]}\n"

    def speakers(cleaner: Cleaner) -> set[str]:
        return {name for verdict in cleaner.explain(text, lang="en").verdicts for name in verdict.rules}

    assert label.id in speakers(Cleaner())
    for disable in ([label.id], label.id, ["en/related/older-name"]):
        cleaner = Cleaner(disable=disable)
        assert label.id not in speakers(cleaner)
        assert cleaner.disabled == {disable if isinstance(disable, str) else disable[0]}


# pickles and hashes


def flat(odds: float) -> Scoring:
    """A scoring that gives every line these log-odds, and every document all of its budget."""
    point = {name: Profile(name, 0.0, 99.0, 1.0) for name in ("careful", "balanced", "eager")}
    return Scoring(Forest(odds, ()), Model(-99.0, ()), point, {"odds": odds})


def test_a_pickle_holds_the_callers_weights_and_not_the_shipped_ones() -> None:
    shipped = Cleaner()
    assert b"line_threshold" not in pickle.dumps(shipped).replace(pickle.dumps(shipped.profile), b"")
    assert len(pickle.dumps(shipped)) < 2000
    assert pickle.loads(pickle.dumps(shipped)).text_scoring is scoring.shipped_scoring()
    own = Cleaner(scored_by=flat(1.0))
    again = pickle.loads(pickle.dumps(own))
    assert own.text_scoring.fitted == again.text_scoring.fitted == {"odds": 1.0}
    line = f"{BODY}\n\nRain in Lowmoor"
    assert again.clean(line) == own.clean(line) == BODY


def test_the_hash_tells_of_all_that_decides() -> None:
    usual = Cleaner().rules_hash
    assert len(usual) == 16 and int(usual, 16) >= 0
    assert usual == Cleaner().rules_hash == pickle.loads(pickle.dumps(Cleaner())).rules_hash
    others = [
        Cleaner(profile="eager"),
        Cleaner(keep=["caption"]),
        Cleaner(disable=["en/related/read-more-label"]),
        Cleaner(phrases=["one phrase"]),
        Cleaner(phrases=["another phrase"]),
        Cleaner(scored_by=flat(1.0)),
        Cleaner(scored_by=flat(2.0)),
    ]
    assert len({usual, *(cleaner.rules_hash for cleaner in others)}) == len(others) + 1


# what is told


def decided(units: list[Decided], whole: list[bool], warnings: tuple[str, ...] = (), lost: float = 0.0, left: float = 0.0) -> Decisions:
    return Decisions(whole, [], units, list(warnings), lost, left)


def scripted(monkeypatch: pytest.MonkeyPatch, *passes: Decisions) -> list[tuple[Any, ...]]:
    """Makes the scoring say this, pass after pass; gives what it was asked."""
    asked: list[tuple[Any, ...]] = []
    waiting = list(passes)

    def decisions(document: Document, *about: Any) -> Decisions:
        asked.append((document, *about))
        return waiting.pop(0) if waiting else decided([], [False] * len(document.blocks))

    monkeypatch.setattr(scoring, "decisions", decisions)
    return asked


def test_a_result_is_put_together_from_all_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "one\n\ntwo\n\nthree"
    first = decided(
        [
            Decided(5, 8, "social", True, 2.0, ("en/social/x",), (("bias", 2.0),)),
            Decided(0, 3, "related", False, -1.0, ("en/related/x",)),
        ],
        [False, True, False],
        ("budget",),
        lost=0.25,
        left=0.5,
    )
    second = decided(
        [Decided(5, 10, "caption", True, -1e9, ()), Decided(0, 3, "related", False, 1e9, ())], [False, True], ("budget", "odd"), 0.125, 0.25
    )
    third = decided([Decided(0, 3, "byline", False, 0.0, ("en/byline/x",))], [False], (), 0.0, 0.0625)
    cleaner = Cleaner(profile="eager")
    asked = scripted(monkeypatch, first, second, third)
    result = cleaner.explain(text, url="https://a.test/b", lang="en")
    assert result.text == "one"
    # a unit that stays is told of by the last pass alone, in offsets of the input
    assert result.verdicts == (
        Verdict(0, 3, "byline", False, 0.5, ("en/byline/x",), ()),
        Verdict(5, 8, "social", True, round(1 / (1 + math.exp(-2)), 6), ("en/social/x",), (("bias", 2.0),)),
        Verdict(10, 15, "caption", True, 0.0, (), ()),
    )
    assert [(r.start, r.end, r.text, r.category) for r in result.removed] == [(3, 15, "\n\ntwo\n\nthree", "caption")]
    assert result.warnings == ("budget", "odd")
    assert (result.expected_lost, result.expected_left) == (0.375, 0.0625)
    assert (result.language, result.profile) == ("en", "eager")
    documents = [about[0] for about in asked]
    assert [d.text for d in documents] == [text, "one\n\nthree", "one"]
    assert {(d.url, d.lang) for d in documents} == {("https://a.test/b", "en")}
    assert all(about[1:] == (cleaner.text_scoring, cleaner.profile, cleaner.removable, True) for about in asked)


def test_of_verdicts_about_one_span_the_one_that_removed_it_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    units = [Decided(5, 8, "related", False, 0.0, ()), Decided(5, 8, "social", True, 2.0, ()), Decided(5, 6, "caption", False, 0.0, ())]
    cleaner = Cleaner()
    monkeypatch.setattr(pipeline, "MOST_PASSES", 1)
    scripted(monkeypatch, decided(units, [False, True, False]))
    assert [v.category for v in cleaner.explain("one\n\ntwo\n\nthree").verdicts] == ["caption", "social", "related"]


def test_clean_asks_for_no_shares_and_gives_the_same_text(monkeypatch: pytest.MonkeyPatch) -> None:
    first = decided([Decided(5, 8, "social", True, 2.0, ())], [False, True, False])
    asked = scripted(monkeypatch, first)
    assert Cleaner().clean("one\n\ntwo\n\nthree", url="https://a.test/b", lang="de") == "one\n\nthree"
    assert [about[-1] for about in asked] == [False, False]
    assert [(about[0].url, about[0].lang) for about in asked] == [("https://a.test/b", "de")] * 2


@pytest.mark.parametrize("text", ["Rain. One.\n\ntwo", "Ra\u00adin. One.\n\ntwo"])
def test_after_a_cut_inside_a_line_the_text_is_looked_at_afresh(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    asked = scripted(monkeypatch, Decisions([False, False], [(0, 5)], [], [], 0.0, 0.0))
    assert Cleaner().clean(text) == "One.\n\ntwo"
    assert [(b.start, b.end) for b in asked[1][0].blocks] == [(0, 4), (6, 9)]


def test_an_emptied_text_is_told_and_an_empty_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted(monkeypatch, decided([Decided(0, 3, "social", True, 2.0, ())], [True]))
    assert Cleaner().explain("one").warnings == ("emptied",)
    assert Cleaner().explain("  \n").warnings == ()
    assert Cleaner().explain("").warnings == ()


def test_passes_end_when_nothing_goes_and_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    many = "\n".join(f"line {n:02}" for n in range(40))

    def one_more(document: Document, *about: Any) -> Decisions:
        return decided([], [False] * (len(document.blocks) - 1) + [True])

    monkeypatch.setattr(scoring, "decisions", one_more)
    assert Cleaner().clean(many).count("\n") == 39 - pipeline.MOST_PASSES


def test_a_pattern_out_of_time_keeps_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    cleaner = Cleaner(profile="balanced", phrases=[MARK])

    def runaway(*about: Any, **more: Any) -> None:
        raise RunawayError("too slow")

    monkeypatch.setattr(cleaner.matcher_for(None), "annotate", runaway)
    assert cleaner.clean(DIRTY) == DIRTY
    assert cleaner.explain(DIRTY, lang="en") == Result(DIRTY, (), (), ("timeout",), "en", "balanced")


def test_offsets_are_the_inputs_whatever_is_invisible_in_it() -> None:
    text = f"{BODY[:40]}\u00ad{BODY[40:]}\n\nZzy\u200bzx says\u00a0no\n"
    result = Cleaner(phrases=[MARK]).explain(text)
    [cut] = result.removed
    assert cut.text == "\n\nZzy\u200bzx says\u00a0no" and text[cut.start : cut.end] == cut.text
    [verdict] = [v for v in result.verdicts if v.removed]
    assert text[verdict.start : verdict.end] == "Zzy\u200bzx says\u00a0no"
    assert result.text == Cleaner(phrases=[MARK]).clean(text)


def test_pipe_cleans_one_after_the_other() -> None:
    cleaner = Cleaner(phrases=[MARK])
    asked = iter([DIRTY, BODY, "", "never asked for"])
    found = cleaner.pipe(asked)
    assert [next(found) for _ in range(3)] == [BODY + "\n", BODY, ""]
    assert list(asked) == ["never asked for"]


@pytest.mark.parametrize("given", [None, "fast"])
@pytest.mark.parametrize("method", ["clean_html", "explain_html", "clean_soup", "clean_tree"])
def test_html_is_handed_on_as_it_came(monkeypatch: pytest.MonkeyPatch, method: str, given: str | None) -> None:
    asked: list[tuple[Any, ...]] = []

    def noted(*about: Any) -> str:
        asked.append(about)
        return "answer"

    monkeypatch.setattr(html_pipeline, method, noted)
    cleaner = Cleaner()
    more = {"charset": "latin-1"} if method.endswith("html") else {}
    assert getattr(cleaner, method)("<p>", url="https://a.test/", lang="de", engine=given, **more) == "answer"
    assert asked == [(cleaner, "<p>", "https://a.test/", "de", given or "trafilatura", *more.values())]
    Cleaner(engine="fast").__getattribute__(method)("<p>")
    assert asked[1][2:5] == (None, None, "fast")


# passes


def look(text: str) -> Document:
    """A text with a signal on every line, and a segment where a line has two sentences."""
    found = Document(text, fold(text), blocks_of(text), "https://a.test/", "en")
    for number, block in enumerate(found.blocks):
        block.signals.append(Signal(block.start, block.end - 1, "social", f"en/social/{text[block.start]}", "weak", 0.5))
        if ". " in text[block.start : block.end]:
            middle = text.index(". ", block.start) + 1
            block.segments = [(block.start, middle), (middle + 1, block.end)]
        assert number >= 0
    return found


@pytest.mark.parametrize("gone", [(1,), (0,), (3,), (0, 1), (1, 2), (2, 3), (0, 2), (1, 3), (0, 1, 2), ()])
@pytest.mark.parametrize("text", ["one\n\nTwo. 2\n three\n\n\nfour. 4\n", "\n\none\ntwo\n\nthree \nfour"])
def test_what_remains_of_a_document_is_what_a_fresh_look_would_find(text: str, gone: tuple[int, ...]) -> None:
    document = look(text)
    whole = [i in gone for i in range(4)]
    cuts = cuts_of(text, document.blocks, whole, [])
    found = remaining_document(document, whole, cuts)
    fresh = look(found.text)
    assert found.text == "".join(text[a:b] for a, b in zip([0, *(b for _, b in cuts)], [*(a for a, _ in cuts), len(text)], strict=True))
    assert (found.folded, found.url, found.lang) == (fresh.folded, "https://a.test/", "en")
    assert found.memo is document.memo
    assert list(found.blocks) == list(fresh.blocks)


def test_places_are_mapped_back_through_earlier_cuts() -> None:
    # "abcdefgh" without "bc" and "f" is "adegh"
    cuts = [(1, 3), (5, 6)]
    assert [pipeline._before_cuts(place, cuts, True) for place in range(6)] == [0, 3, 4, 6, 7, 8]
    assert [pipeline._before_cuts(place, cuts, False) for place in range(6)] == [0, 1, 4, 5, 7, 8]
    assert pipeline._Backward(cuts, None)(1, 3) == (3, 5)
    assert pipeline._Backward(cuts, [0, 1, 2, 3, 4, 5])(1, 4) == (3, 7)
    assert pipeline._Backward(cuts, [0, 0, 1, 1, 4, 5])(2, 4) == (3, 7)


def test_cuts_of_two_passes_are_composed() -> None:
    assert pipeline._composed([], [(1, 2)]) == [(1, 2)]
    assert pipeline._composed([(1, 3)], []) == [(1, 3)]
    # "abcdefgh" without "bc" is "adefgh": a second cut of "de", of "a", of "ad", of "gh"
    assert pipeline._composed([(1, 3)], [(1, 3)]) == [(1, 5)]
    assert pipeline._composed([(1, 3)], [(0, 1)]) == [(0, 3)]
    assert pipeline._composed([(1, 3)], [(0, 2)]) == [(0, 4)]
    assert pipeline._composed([(1, 3)], [(4, 6)]) == [(1, 3), (6, 8)]
    assert pipeline._composed([(1, 3), (5, 6)], [(2, 4)]) == [(1, 3), (4, 7)]


def test_a_cut_has_the_category_of_most_of_it() -> None:
    def removed(start: int, end: int, category: Any, gone: bool = True) -> Verdict:
        return Verdict(start, end, category, gone, 0.9)

    verdicts = [removed(0, 4, "social"), removed(5, 8, "caption"), removed(8, 10, "caption"), removed(10, 40, "legal", False)]
    assert category_within(verdicts, 0, 10) == "caption"
    assert category_within(verdicts, 0, 8) == "social"
    assert category_within(verdicts, 3, 6) == "social", "of equals, the last by name"
    assert category_within(verdicts, 3, 7) == "caption"
    assert category_within(verdicts, 4, 5) == category_within([], 0, 9) == "related"
    assert category_within(verdicts, 20, 30) == "related"


# languages


@pytest.mark.parametrize(
    ("lang", "packs"),
    [
        (None, None),
        ("", None),
        ("de", {"de", "any", "sites"}),
        ("DE", {"de", "any", "sites"}),
        ("de-AT", {"de", "any", "sites"}),
        ("pt_BR", {"pt", "any", "sites"}),
        ("nb", {"no", "any", "sites"}),
        ("nn-NO", {"no", "any", "sites"}),
        ("iw", {"he", "any", "sites"}),
        ("in", {"id", "any", "sites"}),
        ("zh-Hant", {"zh-Hant", "any", "sites"}),
        ("zh_Hans", {"zh-Hans", "any", "sites"}),
        ("zh", {"zh-Hans", "zh-Hant", "any", "sites"}),
        ("zh-TW", {"zh-Hans", "zh-Hant", "any", "sites"}),
        ("xx", None),
    ],
)
def test_a_language_tag_chooses_packs(lang: str | None, packs: set[str] | None) -> None:
    found = packs_for(lang)
    assert (found and set(found)) == packs


def test_without_a_tag_the_text_chooses() -> None:
    english = frozenset({"en", "any", "sites"})
    assert guessed_packs(fold(BODY)) == english
    german = guessed_packs(
        fold("Der Bürgermeister sagte am Montag, dass die Brücke bis auf Weiteres nicht geöffnet werde und auch der Steg zu sei. " * 2)
    )
    assert german == english | {"de"}
    unsure = guessed_packs("lorem ipsum dolor")
    assert unsure is not None and {"en", "fr", "any"} <= unsure and not {"ja", "ru", "ar"} & unsure
    assert guessed_packs("лorem") is None


def test_only_the_chosen_packs_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []
    cleaner = Cleaner()
    matcher = cleaner.matcher_for(packs_for("de"))
    assert matcher is cleaner.matcher_for(frozenset({"sites", "any", "de"}))
    assert matcher is not cleaner.matcher_for(None)
    assert cleaner.matcher_for(None) is cleaner.matcher_for(frozenset(rulebook.pack_names()))
    own = Cleaner(phrases=[MARK])
    assert own.matcher_for(None) is own.matcher_for(packs_for("de"))

    def noted(document: Document, **about: Any) -> None:
        asked.append((document.text, about))

    monkeypatch.setattr(own.matcher_for(None), "annotate", noted)
    own.clean("one", url="https://WWW.A.test/b", lang="de")
    own.clean(BODY)
    assert asked == [
        ("one", {"host": "www.a.test", "packs": packs_for("de")}),
        (BODY, {"host": None, "packs": {"en", "any", "sites"}}),
    ]
