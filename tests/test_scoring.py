"""How evidence becomes verdicts, shown with models made by hand: no fitted weight decides anything here."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from cleanpress import scoring
from cleanpress.heuristics.lines import Lines
from cleanpress.scoring import Decisions, Forest, Model, Profile, Scoring, Table, Tree, candidates, category_of, decisions, strongest
from cleanpress.segment.plain import blocks_of
from cleanpress.text import fold
from cleanpress.types import CATEGORIES, PROFILES, REMOVED_BY_DEFAULT, Category, Document, Signal, Strength

#: A hundred and more code points that end like a sentence: surely body, as long as no rule speaks nearby.
BODY = [
    f"The river rose by a metre overnight, and the ferry stayed tied up at the quay until late in the afternoon, number {n}."
    for n in "abcdefghijklmnopqrst"
]
#: A rule's word about a line: strength, category, id, and how much of the line (0 to 1).
Word = tuple[Strength, Category, str, float]


def document(lines: Sequence[str], words: Mapping[int, Sequence[Word]] | None = None, share: float = 1.0) -> Document:
    """Lines with a blank one between each two, and what rules say about some of them, from their beginning on."""
    text = "\n\n".join(lines)
    found = Document(text, fold(text), blocks_of(text))
    for i, said in (words or {}).items():
        block = found.blocks[i]
        for strength, category, source, part in said:
            end = block.start + round((block.end - block.start) * part)
            block.signals.append(Signal(block.start, end, category, source, strength, share))
    return found


def constant(lines: float = -9.0, segments: float = -9.0) -> Scoring:
    """A scoring that gives each line of less than 100 code points, and each segment, the same log-odds."""
    return Scoring(Forest(lines, [["size", 6, 0.0, 0.0, -20.0]]), Model(segments, ()), {})


CAREFUL = Profile("careful", 2.0, 3.0, 0.5)


def decide(
    found: Document, scored: Scoring | None = None, removable: frozenset[Category] = REMOVED_BY_DEFAULT, profile: Profile = CAREFUL
) -> Decisions:
    return decisions(found, scored or constant(), profile, removable, explain=True)


def gone(found: Decisions) -> list[int]:
    return [i for i, is_gone in enumerate(found.whole) if is_gone]


# models


def leaf_of(tree: Tree, row: Mapping[str, int]) -> float:
    while isinstance(tree, list):
        name, level, _, low, high = tree
        tree = low if row[name] <= level else high
    return tree


def grown(chance: random.Random, leaves: int) -> Tree:
    if leaves == 1:
        return round(chance.uniform(-2, 2), 3)
    below = chance.randrange(1, leaves)
    name, level = chance.choice("pqrs"), chance.choice([0, 1, 5, 61])
    return [name, level, round(chance.uniform(-1, 1), 3), grown(chance, below), grown(chance, leaves - below)]


def test_a_forest_adds_the_one_leaf_of_each_tree_that_a_row_falls_in() -> None:
    chance = random.Random(3)
    trees = [grown(chance, leaves) for leaves in (2, 3, 5, 16, 17, 31, Forest.LEAVES)] + [0.25]
    forest = Forest.from_data({"bias": -1.5, "trees": trees})
    rows = [{name: chance.choice([0, 1, 2, 5, 6, 61, 62, Forest.LEVELS - 1]) for name in "pqrs"} for _ in range(300)]
    columns = {name: [row[name] for row in rows] for name in "pqrs"}
    wanted = [-1.5 + sum(leaf_of(tree, row) for tree in trees) for row in rows]
    assert forest.log_odds(columns, len(rows)) == pytest.approx(wanted)
    assert forest.features == ("p", "q", "r", "s")
    for row in range(0, 300, 10):
        shares = forest.shares(columns, row)
        assert sum(share for _, share in shares) == pytest.approx(wanted[row], abs=0.01)
        assert list(shares) == sorted(shares, key=lambda part: (-abs(part[1]), part[0]))


def test_shares_of_a_forest_name_the_feature_its_level_and_what_the_mean_changed_by() -> None:
    trees: list[Tree] = [["size", 3, 0.5, -1.0, ["end", 0, 2.0, 1.0, 3.0]], ["end", 1, 0.0, 0.0, 0.25]]
    forest = Forest(-2.0, trees)
    # size 4 goes high (0.5 to 2.0), end 1 goes high (2.0 to 3.0) and low (0.0 to 0.0)
    assert forest.shares({"size": [9, 4], "end": [9, 1]}, 1) == (("bias", -1.5), ("size=4", 1.5), ("end=1", 1.0))
    assert forest.shares({"size": [3], "end": [2]}, 0) == (("bias", -1.5), ("size=3", -1.5), ("end=2", 0.25))


def test_of_equal_shares_the_first_by_name_comes_first() -> None:
    trees: list[Tree] = [["c", 0, 0.0, 1.0, 1.0], ["b", 0, 0.0, 1.0, -1.0], ["a", 0, 0.0, -1.0, 1.0]]
    shares = Forest(0.25, trees).shares({"a": [0], "b": [0], "c": [0]}, 0)
    assert shares == (("a=0", -1.0), ("b=0", 1.0), ("c=0", 1.0), ("bias", 0.25))


def test_a_forest_without_splits_is_its_bias_and_its_leaves() -> None:
    assert Forest(0.5, ()).log_odds({}, 3) == [0.5] * 3
    assert Forest(0.5, [1.0, 0.25]).log_odds({}, 2) == [1.75] * 2


MODEL_DATA = {
    "bias": -1.0,
    "tables": [{"on": ["a"], "weights": [0.0, 2.0]}, {"on": ["a", "b"], "weights": [[0.0, 0.5, 1.0], [4.0, -3.0, 0.0]]}],
}


def test_a_model_adds_the_weights_of_its_tables() -> None:
    model = Model.from_data(MODEL_DATA)
    assert model == Model(-1.0, (Table(("a",), (0.0, 2.0)), Table(("a", "b"), (0.0, 0.5, 1.0, 4.0, -3.0, 0.0), 3)))
    columns = {"a": [0, 0, 1, 1], "b": [0, 2, 0, 1]}
    assert model.log_odds(columns, 4) == [-1.0, 0.0, 5.0, -2.0]
    assert Model(-1.0, ()).log_odds({}, 2) == [-1.0, -1.0]
    with pytest.raises(ValueError, match="shorter"):
        model.log_odds({"a": [0, 0], "b": [0]}, 2)
    assert [table.name for table in model.tables] == ["a", "a\u00d7b"]


def test_shares_of_a_model_leave_out_what_adds_nothing_and_put_the_largest_first() -> None:
    model = Model.from_data(MODEL_DATA)
    assert model.shares({"a": [0, 1], "b": [1, 1]}, 1) == (("a=1\u00d7b=1", -3.0), ("a=1", 2.0), ("bias", -1.0))
    assert model.shares({"a": [0], "b": [0]}, 0) == (("bias", -1.0),)
    # of equals, in the order of their names
    assert Model(1.0, (Table(("b",), (1.0,)), Table(("a",), (-1.0,)))).shares({"a": [0], "b": [0]}, 0) == (
        ("a=0", -1.0),
        ("b=0", 1.0),
        ("bias", 1.0),
    )


def test_scoring_is_read_from_data() -> None:
    point = {"line_threshold": 1.0, "segment_threshold": 2.0, "budget": 0.25}
    data: dict[str, Any] = {
        "lines": {"bias": 3.0, "trees": [1.0]},
        "segments": MODEL_DATA,
        "profiles": {"careful": point},
        "fitted": {"on": "paper"},
    }
    found = Scoring.from_data(data)
    assert found.profiles == {"careful": Profile("careful", 1.0, 2.0, 0.25)}
    assert found.lines.log_odds({}, 1) == [4.0]
    assert found.segments == Model.from_data(MODEL_DATA)
    assert found.fitted == {"on": "paper"}


def test_shipped_profiles_are_points_in_order_on_one_curve() -> None:
    found = scoring.shipped_scoring()
    assert found is scoring.shipped_scoring()
    points = [found.profiles[name] for name in PROFILES]
    assert [point.name for point in points] == ["careful", "balanced", "eager"]
    assert points[0].line_threshold > points[1].line_threshold > points[2].line_threshold
    assert all(0 < point.budget <= 1 for point in points)


# candidates


def chosen(lines: Sequence[str], words: Mapping[int, Sequence[Word]] | None = None) -> list[int]:
    return candidates(Lines(document(lines, words)))


def test_long_sentences_are_looked_at_only_near_a_rule() -> None:
    assert chosen(BODY[:12]) == []
    firm: Word = ("strong", "related", "en/x/y", 0.5)
    assert chosen(BODY[:12], {5: [firm]}) == [2, 3, 4, 5, 6, 7, 8]
    # two rules: each has its own surroundings
    assert chosen(BODY[:14], {0: [firm], 13: [firm]}) == [0, 1, 2, 3, 10, 11, 12, 13]
    # little of a line is no doubt about the lines around it
    assert chosen(BODY[:12], {5: [("strong", "related", "en/x/y", 0.3)]}) == []
    assert chosen(BODY[:12], {5: [("weak", "related", "en/x/y", 1.0)]}) == []


def test_short_lines_are_always_looked_at() -> None:
    assert chosen([*BODY[:5], "Rain in Lowmoor", *BODY[5:10]]) == [5]


def test_a_sentence_between_two_short_lines_may_be_a_teasers() -> None:
    assert chosen([*BODY[:3], "Rain", BODY[3], "Snow", *BODY[4:7]]) == [3, 4, 5]
    assert chosen([*BODY[:3], "Rain", BODY[3], BODY[4], "Snow", *BODY[5:8]]) == [3, 6]
    assert chosen(["Rain", BODY[0]]) == [0], "a last line has nothing below it"
    assert chosen([BODY[0], "Rain"]) == [1], "a first line has nothing above it"
    long = " ".join(BODY[:3])
    assert len(long) > 330
    assert chosen(["Rain", long, "Snow"]) == [0, 2]


# lines


def test_a_line_goes_from_the_threshold_on() -> None:
    lines = [*BODY[:3], "Rain in Lowmoor", *BODY[3:6]]
    assert gone(decide(document(lines), constant(2.0))) == [3]
    assert gone(decide(document(lines), constant(1.99))) == []


def test_without_body_a_line_goes_only_on_a_rules_word() -> None:
    verses = ["A rose", "is a rose", "is a rose"]
    assert gone(decide(document(verses), constant(9.0))) == []
    spoken = decide(document([*verses, "Share"], {3: [("weak", "social", "en/x/y", 1.0)]}), constant(9.0))
    assert gone(spoken) == [3]
    # 250 code points of sure body are enough, 249 are not
    for size, wanted in ((250, [2]), (249, [])):
        body = [("a" * 99 + ".").ljust(100), "b" * (size - 101) + "."]
        assert sum(map(len, body)) == size
        assert gone(decide(document([*body, "Rain"]), constant(9.0))) == wanted


def whole(strength: Strength, source: str = "en/related/x", category: Category = "related", part: float = 1.0) -> Word:
    return strength, category, source, part


@pytest.mark.parametrize(
    ("words", "goes"),
    [
        ([whole("decisive")], True),
        ([whole("decisive", part=0.8)], False),
        ([whole("decisive"), whole("protect")], False),
        ([whole("weak")], False),
        # two strong rules of one pack, or one and the common one, over at least 60% of the line
        ([whole("strong", "en/a/x", part=0.6), whole("strong", "en/a/y", part=0.4)], True),
        ([whole("strong", "en/a/x", part=0.5), whole("strong", "en/a/y", part=0.4)], False),
        ([whole("strong", "en/a/x", part=0.6), whole("strong", "en/a/x", part=0.5)], False),
        ([whole("strong", "en/a/x", part=0.6), whole("strong", "de/a/x", part=0.6)], False),
        ([whole("strong", "en/a/x", part=0.6), whole("strong", "any/a/x", part=0.6)], True),
        ([whole("strong", "any/a/x", part=0.6), whole("decisive", "any/a/y", part=0.6)], True),
        ([whole("strong", "en/a/x", part=0.6), whole("weak", "en/a/y", part=0.6)], False),
        ([whole("strong", "en/a/x", part=0.6), whole("strong", "en/a/y", part=0.6), whole("protect", "en/a/z", part=0.1)], False),
        ([whole("strong", "en/a/x", part=0.6), whole("strong", "en/byline/y", "byline", part=0.6)], False),
    ],
)
def test_what_rules_can_do_without_the_models(words: list[Word], goes: bool) -> None:
    lines = [*BODY[:3], "Rain in Lowmoor, and much more of it", *BODY[3:6]]
    found = decide(document(lines, {3: words}, share=0.1))
    assert gone(found) == ([3] if goes else [])
    assert found.warnings == []


@pytest.mark.parametrize(
    ("share", "part", "category", "goes"),
    [
        (0.75, 1.0, "related", True),
        (0.74, 1.0, "related", False),
        (1.0, 0.95, "related", True),
        (1.0, 0.9, "related", False),
        (1.0, 1.0, "byline", False),
    ],
)
def test_a_line_that_is_little_more_than_a_strong_rules_words_goes(share: float, part: float, category: Category, goes: bool) -> None:
    line = "Read more on rain that fell in Lowmoor!!"
    assert len(line) == 40
    removable: frozenset[Category] = REMOVED_BY_DEFAULT
    lines = [*BODY[:3], line, *BODY[3:6]]
    words = {3: [whole("strong", category=category, part=part)]}
    assert gone(decide(document(lines, words, share), removable=removable)) == ([3] if goes else [])
    assert gone(decide(document(lines, {3: [*words[3], whole("protect", part=0.1)]}, share), removable=removable)) == []
    said = [*BODY[:3], line.replace("that fell", "they said"), *BODY[3:6]]
    assert gone(decide(document(said, words, share), removable=removable)) == []


def test_bylines_go_only_when_asked_for_and_certain() -> None:
    lines = [*BODY[:3], "By Ann Bee, in Lowmoor", *BODY[3:6]]
    asked: frozenset[Category] = REMOVED_BY_DEFAULT | {"byline"}
    certain = document(lines, {3: [whole("strong", "en/byline/x", "byline")]}, share=0.1)
    assert gone(decide(certain)) == []
    assert gone(decide(certain, constant(9.0))) == []
    assert gone(decide(certain, removable=asked)) == [3]
    for part, wanted in ((0.9, [3]), (0.8, [])):
        partly = document([*BODY[:3], "By Ann Bee in Lowmor", *BODY[3:6]], {3: [whole("strong", "en/byline/x", "byline", part)]}, share=0.1)
        assert gone(decide(partly, removable=asked)) == wanted
    unsure = document(lines, {3: [whole("weak", "en/byline/x", "byline")]})
    assert gone(decide(unsure, removable=asked)) == []


def test_what_is_not_to_be_removed_stays_whatever_speaks_against_it() -> None:
    lines = [*BODY[:3], "Share this", *BODY[3:6]]
    found = decide(document(lines, {3: [whole("decisive", category="social")]}), constant(9.0), frozenset({"related"}))
    assert gone(found) == []
    [unit] = found.units
    assert (unit.category, unit.removed) == ("social", False)


def test_units_tell_of_each_line_that_something_speaks_against() -> None:
    lines = [*BODY[:3], "Rain in Lowmoor", "Snow in Highmoor", *BODY[3:6]]
    for odds in (-0.1, 0.0):
        assert decide(document(lines), constant(odds)).units == []
    assert [(u.start, u.removed) for u in decide(document(lines), constant(0.1)).units] == [
        (document(lines).blocks[i].start, False) for i in (3, 4)
    ]
    words = [
        whole("weak", "en/a/z"),
        whole("decisive", "en/a/y"),
        whole("protect", "en/a/p"),
        whole("weak", "en/a/a"),
        whole("weak", "en/a/z"),
    ]
    found = decide(document(lines, {3: words}), constant(-1.0))
    block = document(lines).blocks[3]
    [unit] = [u for u in found.units if u.start == block.start]
    assert (unit.start, unit.end, unit.log_odds) == (block.start, block.end, -1.0)
    assert unit.rules == ("en/a/y", "en/a/a", "en/a/z", "en/a/p")
    assert unit.shares == (("bias", -1.0),)
    assert decisions(document(lines, {3: words}), constant(-1.0), CAREFUL, REMOVED_BY_DEFAULT).units[0].shares == ()


def test_expected_shares_come_from_the_scores() -> None:
    lines = [*BODY[:3], "Rain in Lowmoor", *BODY[3:6]]
    total = sum(map(len, lines))
    share = len("Rain in Lowmoor") / total
    found = decide(document(lines), constant(2.5))
    assert found.expected_lost == pytest.approx(share * (1 - 1 / (1 + math.exp(-2.5))))
    assert found.expected_left == 0
    found = decide(document(lines), constant(-1.0))
    assert found.expected_lost == 0
    assert found.expected_left == pytest.approx(share / (1 + math.exp(1)))
    # no overflow, whatever the model says
    assert decide(document(lines), constant(-1e9)).expected_left == pytest.approx(0, abs=1e-20)
    assert decide(document(lines), constant(1e9)).expected_lost == pytest.approx(0, abs=1e-20)


def test_no_lines_are_no_trouble() -> None:
    found = decide(document([]), constant(9.0))
    assert found == Decisions([], [], [], [], 0.0, 0.0)


# twins


def test_a_line_that_stands_word_for_word_where_it_went_goes_along() -> None:
    lines = [*BODY[:2], "Rain in Lowmoor", *BODY[2:6], "RAIN in Lowmoor", *BODY[6:9]]
    spoken = {2: [whole("decisive", category="newsletter")]}
    found = decide(document(lines, spoken), constant(0.0))
    assert gone(found) == [2, 7]
    assert found.units[0].rules == ("en/related/x",), "a line is not its own twin"
    twin = found.units[-1]
    assert lines[7] == document(lines).text[twin.start : twin.end]
    assert (twin.removed, twin.rules, twin.category) == (True, ("repetition",), "related")
    assert gone(decide(document(lines, spoken), constant(-0.01))) == [2], "the evidence speaks clearly against it"
    others = [*BODY[:2], "Rain in Lowmoor", *BODY[2:6], "Rain in Highmoor", *BODY[6:9]]
    assert gone(decide(document(others, spoken), constant(0.0))) == [2]


def test_a_twin_keeps_its_own_category_and_rules() -> None:
    lines = [*BODY[:2], "Rain in Lowmoor", *BODY[2:6], "Rain in Lowmoor", *BODY[6:9]]
    spoken = {2: [whole("decisive", category="newsletter")], 7: [whole("weak", "en/social/w", "social")]}
    found = decide(document(lines, spoken), constant(0.0))
    assert gone(found) == [2, 7]
    assert [(u.category, u.removed, u.rules) for u in found.units][-1] == ("social", True, ("en/social/w", "repetition"))
    assert gone(decide(document(lines, spoken), constant(0.0), frozenset({"newsletter"}))) == [2]


def test_a_twin_that_looks_like_what_is_to_stay_stays() -> None:
    lines = ["Rain in Lowmoor", *BODY[:6], "Rain in Lowmoor", *BODY[6:9]]
    spoken = {7: [whole("decisive", category="newsletter")]}
    # above 0, so that the first line is a unit of its own: navigation, as it stands at the head
    assert gone(decide(document(lines, spoken), constant(1.0))) == [0, 7]
    assert gone(decide(document(lines, spoken), constant(1.0), frozenset({"newsletter", "related"}))) == [7]


def test_sure_body_is_nobodys_twin() -> None:
    lines = [*BODY[:2], BODY[4], BODY[4], *BODY[5:9]]
    assert gone(decide(document(lines, {2: [whole("decisive")]}), constant(0.0))) == [2]


# the guard


def test_beyond_the_budget_only_what_is_certain_goes() -> None:
    lines = ["Rain in Lowmoor", "Share this", *BODY[:3]]
    total = sum(map(len, lines))
    words = {1: [whole("decisive", category="social")]}
    soft = len(lines[0]) / total
    generous, narrow = (Profile("careful", 2.0, 3.0, budget) for budget in (soft, soft * 0.999))
    found = decide(document(lines, words), constant(3.0), profile=generous)
    assert (gone(found), found.warnings) == ([0, 1], [])
    found = decide(document(lines, words), constant(3.0), profile=narrow)
    assert (gone(found), found.warnings) == ([1], ["budget"])
    assert [u.removed for u in found.units] == [False, True]


def test_what_strong_rules_agree_about_does_not_count_against_the_budget() -> None:
    lines = ["Rain in Lowmoor and more of it", *BODY[:3]]
    strict = Profile("careful", 2.0, 3.0, 0.0)
    certain = {0: [whole("strong", "en/a/x", part=0.6), whole("strong", "en/a/y", part=0.4)]}
    found = decide(document(lines, certain, share=0.1), constant(3.0), profile=strict)
    assert (gone(found), found.warnings) == ([0], [])
    for part, wanted in ((0.9, ([0], [])), (0.85, ([], ["budget"]))):
        found = decide(document(lines, {0: [whole("strong", part=part)]}, share=0.1), constant(3.0), profile=strict)
        assert (gone(found), found.warnings) == wanted


def test_a_document_is_not_emptied_on_soft_evidence() -> None:
    lines = ["Rain in Lowmoor", "Share this text with everybody that you know and love"]
    words = {0: [whole("weak")], 1: [whole("decisive", category="social")]}
    found = decide(document(lines, words), constant(9.0), profile=Profile("careful", 2.0, 3.0, 1.0))
    assert (gone(found), found.warnings) == ([1], ["budget"])
    found = decide(document(lines, {0: [whole("decisive")], 1: words[1]}), profile=Profile("careful", 2.0, 3.0, 1.0))
    assert (gone(found), found.warnings) == ([0, 1], [])


# segments


PITCH = "Sign up for our morning letter now."


def mixed(parts: Sequence[str], words: Mapping[int, Sequence[Word]]) -> Document:
    """A line of several sentences between body lines; what rules say is said about whole sentences."""
    found = document([*BODY[:3], " ".join(parts), *BODY[3:6]])
    block = found.blocks[3]
    for k, said in words.items():
        start = block.start + len(" ".join(parts[:k])) + bool(k)
        for strength, category, source, part in said:
            block.signals.append(Signal(start, start + round(len(parts[k]) * part), category, source, strength, 0.1))
    return found


def cut(found: Document, decided: Decisions) -> list[str]:
    return [found.text[a:b] for a, b in decided.inner]


def test_a_pitch_in_a_line_of_body_goes_alone() -> None:
    found = mixed([BODY[7], PITCH, BODY[8]], {1: [whole("decisive", category="newsletter")]})
    decided = decide(found)
    assert (gone(decided), cut(found, decided)) == ([], [PITCH])
    assert [(u.category, u.removed, u.rules) for u in decided.units if u.removed] == [("newsletter", True, ("en/related/x",))]
    assert decide(found, removable=frozenset({"related"})).inner == []


def test_pitches_go_from_each_line_that_holds_one() -> None:
    found = document([*BODY[:3], f"{BODY[7]} {PITCH}", f"{BODY[8]} {PITCH}", *BODY[3:6]])
    for block in found.blocks[3:5]:
        block.signals.append(Signal(block.end - len(PITCH), block.end, "newsletter", "en/newsletter/x", "decisive", 0.1))
    assert cut(found, decide(found)) == [PITCH, PITCH]


def test_the_sentences_of_a_line_that_goes_whole_are_not_told_of() -> None:
    found = document([*BODY[:3], "Sign up now. Read on.", *BODY[3:6]], {3: [whole("decisive")]})
    assert [(u.start, u.end) for u in decide(found).units] == [(found.blocks[3].start, found.blocks[3].end)]


@pytest.mark.parametrize(("odds", "goes"), [(3.0, True), (2.99, False)])
def test_a_segment_goes_from_the_threshold_on(odds: float, goes: bool) -> None:
    found = mixed([BODY[7], PITCH, BODY[8]], {1: [whole("weak", category="newsletter")]})
    decided = decide(found, constant(segments=odds))
    assert cut(found, decided) == ([PITCH] if goes else [])
    [unit] = [u for u in decided.units if u.end - u.start == len(PITCH)]
    assert (unit.removed, unit.log_odds, unit.shares) == (goes, odds, (("bias", odds),))


def test_a_segment_has_the_shares_of_its_own_evidence() -> None:
    found = mixed([BODY[7], PITCH, BODY[8]], {1: [whole("weak", category="newsletter")]})
    tables = (Table(("s_place",), (0.5, 2.0, 4.0)),)
    [unit] = [u for u in decide(found, replace(constant(), segments=Model(-1.0, tables))).units if u.end - u.start == len(PITCH)]
    assert (unit.log_odds, unit.shares) == (1.0, (("s_place=1", 2.0), ("bias", -1.0)))
    bare = decisions(mixed([BODY[7], PITCH], {1: [whole("weak", category="newsletter")]}), constant(), CAREFUL, REMOVED_BY_DEFAULT)
    assert [u.shares for u in bare.units] == [()] * len(bare.units)


def test_what_is_said_about_a_sentence_is_not_said_about_its_neighbour() -> None:
    """Between two Japanese sentences there is no blank: one begins where the other ends."""
    parts = [
        "川の水位は一晩で一メートル上がり、渡し船は午後まで岸につながれたままだったと船長が話した。",
        "今すぐ登録を。",
        "雨は夜半に止んだ。",
    ]
    text = "".join(parts)
    found = Document(text, fold(text), blocks_of(text))
    start = len(parts[0])
    found.blocks[0].signals.append(Signal(start, start + len(parts[1]), "newsletter", "ja/newsletter/x", "decisive", 0.1))
    decided = decide(found)
    assert cut(found, decided) == [parts[1]]
    assert [(u.start, u.end) for u in decided.units] == [(start, start + len(parts[1]))]
    found.blocks[0].signals.append(Signal(start + len(parts[1]), len(text), "related", "ja/protect/x", "protect", 0.1))
    assert cut(found, decide(found)) == [parts[1]]


def test_a_segment_that_reports_speech_stays() -> None:
    said = "Sign up for our letter now, the page said."
    found = mixed([BODY[7], said, BODY[8]], {1: [whole("weak", category="newsletter")]})
    assert decide(found, constant(segments=9.0)).inner == []
    agreed = {1: [whole("strong", "en/a/x", "newsletter", 0.6), whole("strong", "en/a/y", "newsletter", 0.6)]}
    assert decide(mixed([BODY[7], said, BODY[8]], agreed)).inner == []
    plain = mixed([BODY[7], PITCH, BODY[8]], agreed)
    assert cut(plain, decide(plain)) == [PITCH]


def test_a_line_of_which_all_goes_but_a_date_goes_whole() -> None:
    pitches = {0: [whole("decisive", category="newsletter")], 2: [whole("decisive", category="newsletter")]}
    found = mixed([PITCH, "***.", "Read all of it here."], pitches)
    assert gone(decide(found)) == [3]
    dated = mixed([PITCH, "By Ann Bee in Lowmoor.", "Read all of it here."], {**pitches, 1: [whole("strong", "en/byline/x", "byline")]})
    decided = decide(dated)
    assert gone(decided) == [3]
    assert [u.removed for u in decided.units if u.end - u.start < dated.blocks[3].end - dated.blocks[3].start] == [True] * 3
    worded = mixed([PITCH, "Rain fell on the town.", "Read all of it here."], pitches)
    assert (gone(decide(worded)), cut(worded, decide(worded))) == ([], [PITCH, "Read all of it here."])


@pytest.mark.parametrize(
    ("goes", "accused", "wanted"),
    [
        # between two that go
        ("101", "101", "101"),
        ("111", "101", "111"),
        ("11111", "10001", "11111"),
        # not at an end, not beside one that stays
        ("110", "100", "100"),
        ("011", "001", "001"),
        ("111", "100", "100"),
        ("111", "001", "001"),
        ("11011", "10001", "10001"),
        ("1101", "1001", "1001"),
        ("011101", "010101", "011101"),
        ("1111", "1001", "1111"),
        ("111", "000", "000"),
    ],
)
def test_a_sentence_that_no_rule_speaks_about_goes_only_between_others_that_go(goes: str, accused: str, wanted: str) -> None:
    found = [mark == "1" for mark in goes]
    scoring._keep_the_unaccused(found, [mark == "1" for mark in accused])
    assert "".join("01"[mark] for mark in found) == wanted


# categories and strength


def test_the_strongest_rule_is_the_longest_of_the_strongest() -> None:
    def said(strength: Strength, start: int, end: int, source: str = "en/a/x") -> Signal:
        return Signal(start, end, "related", source, strength)

    weak, strong, longer, protect = said("weak", 0, 50), said("strong", 0, 10), said("strong", 5, 16), said("protect", 0, 90)
    assert strongest([weak, strong, longer, protect]) is longer
    assert strongest([longer, strong, weak]) is longer
    assert strongest([weak, protect]) is weak
    assert strongest([protect]) is None
    assert strongest([]) is None
    same = said("strong", 0, 10, "en/a/y")
    assert strongest([strong, same]) is strong


def test_without_a_rule_the_category_is_what_the_form_suggests() -> None:
    columns = {"credit": [0, 1], "section": [0, 3], "from_head": [2, 0], "body_before": [0, 0]}

    def of(**changed: int) -> Category:
        return category_of([], {**columns, **{name: [9, level] for name, level in changed.items()}}, 1)

    assert of() == "caption"
    assert of(credit=0) == CATEGORIES[2]
    assert of(credit=0, section=1) == CATEGORIES[0]
    assert of(credit=0, section=0) == "navigation"
    assert of(credit=0, section=0, from_head=1) == "navigation"
    assert of(credit=0, section=0, from_head=2) == "related"
    assert of(credit=0, section=0, body_before=1) == "navigation"
    assert of(credit=0, section=0, body_before=2) == "related"
    assert category_of([Signal(0, 4, "donation", "en/a/x", "weak")], columns, 1) == "donation"


def test_a_decisive_rule_decides_about_a_span_that_nothing_protects() -> None:
    rule = Signal(2, 7, "social", "en/social/x", "decisive")

    def protect(start: int, end: int) -> Signal:
        return Signal(start, end, "social", "en/social/p", "protect")

    assert scoring.decisive([rule], 2, 7)
    assert scoring.decisive([rule], 3, 6)
    assert not scoring.decisive([rule], 1, 7)
    assert not scoring.decisive([rule], 2, 8)
    assert scoring.decisive([rule, protect(0, 2), protect(7, 9)], 2, 7), "what only touches a span says nothing of it"
    assert not scoring.decisive([rule, protect(0, 3)], 2, 7)
    assert not scoring.decisive([rule, protect(6, 9)], 2, 7)
    assert not scoring.decisive([Signal(2, 7, "social", "en/social/x", "strong")], 2, 7)
