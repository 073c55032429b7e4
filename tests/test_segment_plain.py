"""Lines, sentences, labels, and the cut that leaves no trace of what went."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanpress.segment.plain import blocks_of, cuts_of, end_marks_of, ends_label, label_shows_by, sentences_of, split_at_labels
from cleanpress.types import cut_out


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences_of(text, 0, len(text))]


# lines


def test_blocks_are_lines_with_their_place_and_the_line_breaks_before_them() -> None:
    text = "\n  One two \n\n \t\nThree\nFour\u00a0\n"
    found = blocks_of(text)
    assert [(text[b.start : b.end], b.line_start, b.gap) for b in found] == [("One two", 1, 1), ("Three", 16, 3), ("Four", 22, 1)]
    assert blocks_of("") == blocks_of(" \n\t\n") == []
    # a first letter that stands in the margin's white space only once
    assert [(b.start, b.end) for b in blocks_of("   a b a")] == [(3, 8)]
    assert all(b.signals == [] and b.segments is None for b in found)


# sentences


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rain fell. Snow followed.", ["Rain fell.", "Snow followed."]),
        ("Rain fell! Snow? Yes… Hail.", ["Rain fell!", "Snow?", "Yes…", "Hail."]),
        ("“Rain fell.” Snow (in May.) Hail.", ["“Rain fell.”", "Snow (in May.)", "Hail."]),
        ("Rain fell.\u00a0Snow.\u2009Hail.\u202fIce.\u3000Mud.", ["Rain fell.", "Snow.", "Hail.", "Ice.", "Mud."]),
        ("Rain fell.Snow followed.", ["Rain fell.Snow followed."]),
        ("Rain fell. and snow followed.", ["Rain fell. and snow followed."]),
        ("Rain fell?! Snow.", ["Rain fell?!", "Snow."]),
        # initials, ordinals, dates and abbreviations end nothing; numbers of three digits do
        ("J. Doe met Dr. May. They left.", ["J. Doe met Dr. May.", "They left."]),
        ("Am 22. Februar und 1. Mai. Danach nicht.", ["Am 22. Februar und 1. Mai.", "Danach nicht."]),
        ("It cost 100. They paid.", ["It cost 100.", "They paid."]),
        ("Stand up vs. Them all. Now.", ["Stand up vs. Them all.", "Now."]),
        ("He said PROF. May left. Now.", ["He said PROF. May left.", "Now."]),
        # only a single full stop stands behind an abbreviation
        ("He met Dr.. Now he left.", ["He met Dr..", "Now he left."]),
        ("He met Dr! Now he left.", ["He met Dr!", "Now he left."]),
        # scripts that put no blank behind an end mark
        ("雨が降った。雪も降った！次？終わり", ["雨が降った。", "雪も降った！", "次？", "終わり"]),
        ("雨が降った。」雪も", ["雨が降った。」", "雪も"]),
        ("बारिश हुई। बर्फ गिरी।", ["बारिश हुई।", "बर्फ गिरी।"]),
        ("هل نزل المطر؟ نعم.", ["هل نزل المطر؟", "نعم."]),
        ("Rain", ["Rain"]),
        ("Rain. ", ["Rain. "]),
        ("", []),
    ],
)
def test_sentences(text: str, wanted: list[str]) -> None:
    assert sentences(text) == wanted


def test_sentences_of_a_part_stay_in_it() -> None:
    text = "Ice. Rain fell. Snow followed. Hail came."
    assert [text[a:b] for a, b in sentences_of(text, 5, 30)] == ["Rain fell.", "Snow followed."]
    assert [text[a:b] for a, b in sentences_of(text, 5, 12)] == ["Rain fe"]
    marks = end_marks_of(text, 0, len(text))
    assert marks == [(3, 4), (14, 15), (29, 30)], "the last one has no blank behind it"
    assert sentences_of(text, 0, len(text), marks) == sentences_of(text, 0, len(text))
    assert end_marks_of(text, 4, 20) == [(14, 15)]
    assert sentences_of(text, 0, len(text), []) == [(0, len(text))]


def test_an_abbreviation_is_looked_for_only_right_before_its_stop() -> None:
    word = "Dr" + "x" * 30
    assert sentences(f"He met {word}. They left.") == [f"He met {word}.", "They left."]
    # what begins a sentence is no part of the one before
    assert sentences("A. Doe came. B. Doe too.") == ["A. Doe came.", "B. Doe too."]


@given(st.text(alphabet="aB .!?\u3002\u201d\n\u00a01", max_size=60))
def test_sentences_hold_everything_but_the_space_between_them(text: str) -> None:
    spans = sentences_of(text, 0, len(text))
    assert all(a < b for a, b in spans)
    assert all(spans[k][1] <= spans[k + 1][0] for k in range(len(spans) - 1))
    assert not cut_out(text, spans).strip()


# labels


def labelled(text: str, *labels: str, capitals_tell: bool = True) -> list[str]:
    """``text`` as one span, split at these labels, each where it stands next."""
    places = []
    at = 0
    for label in labels:
        at = text.index(label, at)
        places.append((at, at + len(label)))
        at += len(label)
    return [text[a:b] for a, b in split_at_labels(text, [(0, len(text))], places, capitals_tell)]


@pytest.mark.parametrize(
    ("text", "label", "wanted"),
    [
        ("Rain fell on Read more The mayor spoke.", "Read more", ["Rain fell on", "Read more", "The mayor spoke."]),
        ("Read more The mayor spoke.", "Read more", ["Read more", "The mayor spoke."]),
        ("Rain fell on Read more", "Read more", ["Rain fell on", "Read more"]),
        ("read more The mayor spoke.", "read more", ["read more", "The mayor spoke."]),
        # what follows goes on
        ("Rain fell. Read more books at home.", "Read more", ["Rain fell. Read more books at home."]),
        ("He liked Read more, she said.", "Read more", ["He liked Read more, she said."]),
        ("He liked (Read more) The mayor.", "Read more", ["He liked (Read more) The mayor."]),
        # it does not look like a label: small letters, one word, quoted
        ("He asked her to read more The mayor.", "read more", ["He asked her to read more The mayor."]),
        ("The river at Advertisement The mayor spoke.", "Advertisement", ["The river at Advertisement The mayor spoke."]),
        ("A button “Read more The mayor.", "Read more", ["A button “Read more The mayor."]),
        # one word is enough where a sentence begins
        ("Advertisement The mayor spoke.", "Advertisement", ["Advertisement", "The mayor spoke."]),
        # marks behind a label are its own
        ("Rain fell on Read more: » The mayor spoke.", "Read more", ["Rain fell on", "Read more:", "» The mayor spoke."]),
        ("Rain fell on Read more… “The mayor spoke.”", "Read more", ["Rain fell on", "Read more…", "“The mayor spoke.”"]),
        # a number goes on a sentence as well as it begins one
        ("Rain fell on Read more 12 people came.", "Read more", ["Rain fell on Read more 12 people came."]),
    ],
)
def test_a_label_is_split_off_when_it_looks_like_one(text: str, label: str, wanted: list[str]) -> None:
    assert labelled(text, label) == wanted


def test_labels_in_a_row_are_split_each() -> None:
    assert labelled("Rain Read more Sign up The mayor.", "Read more", "Sign up") == ["Rain", "Read more", "Sign up", "The mayor."]
    assert labelled("Share Print Rain fell.", "Share", "Print") == ["Share", "Print", "Rain fell."]
    # the label that follows shows where one ends even in small letters
    assert labelled("Rain Read more sign up", "Read more", "sign up") == ["Rain", "Read more", "sign up"]


def test_where_nouns_have_capitals_a_capital_shows_no_end() -> None:
    text = "Der Fluss Mehr lesen Der Bürgermeister kam."
    assert labelled(text, "Mehr lesen", capitals_tell=False) == [text]
    assert labelled("Mehr lesen Der Fluss stieg.", "Mehr lesen", capitals_tell=False) == ["Mehr lesen Der Fluss stieg."]
    assert labelled("Mehr lesen: Der Fluss stieg.", "Mehr lesen", capitals_tell=False) == ["Mehr lesen:", "Der Fluss stieg."]


def test_in_japanese_blanks_show_a_labels_ends() -> None:
    assert labelled("川の水位 関連記事 渡し船", "関連記事") == ["川の水位", "関連記事", "渡し船"]
    assert labelled("川の関連記事 渡し船", "関連記事") == ["川の関連記事 渡し船"]
    assert labelled("川の水位 関連記事渡し船", "関連記事") == ["川の水位 関連記事渡し船"]


def test_labels_outside_the_spans_are_passed_over() -> None:
    text = "Read more Rain fell. Read more The mayor. Read more"
    labels = [(0, 9), (21, 30), (42, 51)]
    assert split_at_labels(text, [(10, 20), (21, 41)], labels) == [(10, 20), (21, 30), (31, 41)]
    assert split_at_labels(text, [(10, 20)], labels[:1]) == [(10, 20)]
    assert split_at_labels(text, [(31, 51)], [(0, 2), (3, 5), (6, 9), (42, 51)]) == [(31, 41), (42, 51)]
    # a label that hangs over a span's end is none of its
    assert split_at_labels(text, [(0, 4)], labels) == [(0, 4)]
    # one that overlaps the one before is passed over
    assert split_at_labels("Read more The mayor.", [(0, 20)], [(0, 9), (5, 9)]) == [(0, 9), (10, 20)]


def test_what_shows_that_a_label_ended() -> None:
    assert label_shows_by("Read more", True) == (True, False)
    assert label_shows_by("Read more", False) == (False, False)
    assert label_shows_by("関連記事", True) == (False, True)
    assert label_shows_by("اقرأ أيضا", True) == (False, False)
    text = "Read more The mayor"
    assert ends_label(text, 9, 9, True, False)
    assert ends_label(text, 9, len(text), True, False)
    assert not ends_label(text, 9, len(text), False, False)
    assert ends_label(text, 9, len(text), False, True), "a blank tells"
    assert ends_label(text, 9, len(text), False, False, following=10)
    assert not ends_label(text, 9, len(text), False, False, following=11)
    assert ends_label("More | The", 4, 10, False, False)
    assert not ends_label("More ( The", 4, 10, False, False), "an opening bracket is no end"
    assert not ends_label("More | the", 4, 10, True, False)
    assert not ends_label("More ; The", 4, 10, True, False)


# cuts


def left(text: str, *whole: int, inner: tuple[str, ...] = ()) -> str:
    """``text`` without these lines and these parts of lines."""
    blocks = blocks_of(text)
    spans = sorted((text.index(part), text.index(part) + len(part)) for part in inner)
    cuts = cuts_of(text, blocks, [i in whole for i in range(len(blocks))], spans)
    assert all(a < b for a, b in cuts)
    assert all(cuts[k][1] < cuts[k + 1][0] for k in range(len(cuts) - 1))
    return cut_out(text, cuts)


@pytest.mark.parametrize(
    ("text", "whole", "wanted"),
    [
        ("one\ntwo\nthree", (1,), "one\nthree"),
        ("one\n\ntwo\n\nthree", (1,), "one\n\nthree"),
        # the smaller of the two separators goes, so that a paragraph break stays one
        ("one\n\ntwo\nthree", (1,), "one\n\nthree"),
        ("one\ntwo\n\nthree", (1,), "one\n\nthree"),
        ("one\n\n\n\ntwo\n\nthree", (1,), "one\n\n\n\nthree"),
        ("one\n\ntwo\n\n\n\nthree", (1,), "one\n\n\n\nthree"),
        # at the head and the tail the white space towards what stays goes too
        ("one\n\ntwo", (0,), "two"),
        ("  one\n\n  two", (0,), "  two"),
        ("\n\none\n\ntwo", (0,), "two"),
        ("one\n\ntwo\n", (1,), "one\n"),
        ("one\n\ntwo  \n\n", (1,), "one  \n\n"),
        ("one\ntwo\nthree", (0, 1), "three"),
        ("one\ntwo\nthree", (1, 2), "one"),
        ("one\n\ntwo\nthree\n\nfour", (1, 2), "one\n\nfour"),
        ("one\ntwo\n\nthree\nfour", (1, 2), "one\nfour"),
        ("one\ntwo\nthree\nfour\nfive", (1, 3), "one\nthree\nfive"),
        # a document of which all goes keeps its outer white space
        ("  one\ntwo \n", (0, 1), "   \n"),
        # blanks at a line's end go with the line
        ("one \n  two  \nthree", (1,), "one \nthree"),
        ("one\n\n  two\n  three", (1,), "one\n\n  three"),
        ("one", (), "one"),
    ],
)
def test_lines_go_without_a_trace(text: str, whole: tuple[int, ...], wanted: str) -> None:
    assert left(text, *whole) == wanted


@pytest.mark.parametrize(
    ("text", "inner", "wanted"),
    [
        ("Rain fell. Read more. The mayor spoke.", ("Read more.",), "Rain fell. The mayor spoke."),
        ("Rain fell. Read more.", ("Read more.",), "Rain fell."),
        ("Read more. Rain fell.", ("Read more.",), "Rain fell."),
        ("  Read more. Rain fell.", ("Read more.",), "  Rain fell."),
        ("Rain fell. Read more. \n", ("Read more.",), "Rain fell. \n"),
        # neighbours go as one
        ("Rain fell. Read more. Sign up. The mayor.", ("Read more.", "Sign up."), "Rain fell. The mayor."),
        ("Read more. Rain fell. Sign up. The mayor.", ("Read more.", "Sign up."), "Rain fell. The mayor."),
        # what stands between two lines is theirs
        ("Rain. Read more.\nSign up. The mayor.", ("Read more.", "Sign up."), "Rain.\nThe mayor."),
        ("Rain.\nRead more. Snow.\nHail. Sign up.", ("Read more.", "Sign up."), "Rain.\nSnow.\nHail."),
    ],
)
def test_parts_of_lines_go_without_a_trace(text: str, inner: tuple[str, ...], wanted: str) -> None:
    assert left(text, inner=inner) == wanted


def test_lines_and_parts_of_others_go_together() -> None:
    text = "Rain. Read more.\n\nSign up.\n\nSnow. Share. Hail.\n\nMore"
    assert left(text, 1, 3, inner=("Read more.", "Share.")) == "Rain.\n\nSnow. Hail."
    # parts of a line that goes whole need no cut of their own
    assert left(text, 0, inner=("Read more.",)) == "Sign up.\n\nSnow. Share. Hail.\n\nMore"
    assert left("One. Two.\nThree. Four.", 0, inner=("Two.", "Four.")) == "Three."
