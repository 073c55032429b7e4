"""Folding for each script; offsets are code points of the input, however the input is written."""

from __future__ import annotations

import unicodedata
from itertools import dropwhile, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanpress import text as text_module
from cleanpress.pipeline import Cleaner
from cleanpress.text import Hosts, Offsets, fold, fold_pattern, fold_phrase, reading, surface

BODIES = Path(__file__).parent.parent / "corpora" / "body_only"


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" if c == " " else c for c in text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\u0130LG\u0130L\u0130 HABERLER", "ilgili haberler"),
        ("I\u0307LGI\u0307LI\u0307 HABERLER", "ilgili haberler"),
        ("ISPARTA I\u015eI\u011eI", "\u0131sparta \u0131\u015f\u0131\u011f\u0131"),
        (full_width("Read More: 12"), "read more: 12"),
        ("\u0627\u0642\u0640\u0640\u0640\u0631\u0623 \u0623\u064a\u0636\u064b\u0627", "\u0627\u0642\u0631\u0623 \u0623\u064a\u0636\u0627"),
        ("\u0627\u0654\u064a\u0636\u0627", "\u0623\u064a\u0636\u0627"),
        ("\u0642\u064f\u0631\u0650\u0626\u064e", "\u0642\u0631\u0626"),
        ("\u05e7\u05b4\u05e8\u05b0\u05d0\u05d5\u05bc \u05d2\u05bc\u05b7\u05dd", "\u05e7\u05e8\u05d0\u05d5 \u05d2\u05dd"),
        ("\u05d3\u05d5\u05d0\u05f4\u05dc", '\u05d3\u05d5\u05d0"\u05dc'),
        ("\u05d2\u05f3", "\u05d2'"),
        (nfd("\u0110\u1ecdc th\u00eam ti\u1ebfng Vi\u1ec7t"), "\u0111\u1ecdc th\u00eam ti\u1ebfng vi\u1ec7t"),
        ("\u092a\u0922\u093c\u0947\u0902", "\u092a\u095d\u0947\u0902"),
        ("\u0958\u0959\u095b", "\u0915\u0916\u091c"),
        ("\u2018a\u2019 \u201cb\u201d \u201ec\u201c \u00abd\u00bb", '\'a\' "b" "c" "d"'),
        ("News\u00adletter", "newsletter"),
        ("A\u200bd\u200dv\ufeffert\u2060", "advert"),
        (nfd("\ud55c\uad6d\uc5b4"), "\ud55c\uad6d\uc5b4"),
        (nfd("\u30ac\u30d1"), "\u30ac\u30d1"),
        (
            "\u0394\u0399\u0391\u0392\u0391\u03a3\u03a4\u0395 \u0395\u03a0\u0399\u03a3\u0397\u03a3",
            "\u03b4\u03b9\u03b1\u03b2\u03ac\u03c3\u03c4\u03b5 \u03b5\u03c0\u03af\u03c3\u03b7\u03c2",
        ),
    ],
)
def test_ways_of_writing_fold_alike(written: str, meant: str) -> None:
    assert fold_phrase(written) == fold_phrase(meant)


@pytest.mark.parametrize(
    ("one", "other"), [("\u00e9t\u00e9", "ete"), ("\u0444", "f"), ("o", "0"), ("\u05d0", "\u05e2"), ("\u091c", "\u091d")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold_phrase(one) != fold_phrase(other)


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("tr", "\u0130LG\u0130L\u0130 HABERLER"),
        ("tr", nfd("\u0130LG\u0130L\u0130 HABERLER")),
        ("en", full_width("ADVERTISEMENT")),
        ("en", "Ad\u200bver\u00adtise\u2060ment"),
        ("en", "\ufeffAdvertisement"),
        ("de", "Lesen\u00a0Sie\u202fauch:\u2009Die M\u00fch\u00adle steht"),
        ("ar", "\u0627\u0642\u0640\u0640\u0631\u0623 \u0623\u064a\u0636\u064b\u0627"),
        ("he", "\u05e7\u05b4\u05e8\u05b0\u05d0\u05d5\u05bc \u05d2\u05bc\u05b7\u05dd"),
        ("hi", "\u092f\u0947 \u092d\u0940 \u092a\u0922\u093c\u0947\u0902"),
        ("hi", "\u092f\u0947 \u092d\u0940 \u092a\u095d\u0947\u0902"),
        ("vi", nfd("Xem th\u00eam")),
        ("ko", nfd("\uad00\ub828\uae30\uc0ac")),
        ("ja", nfd("\u3042\u308f\u305b\u3066\u8aad\u307f\u305f\u3044")),
        ("el", "\u0394\u0399\u0391\u0392\u0391\u03a3\u03a4\u0395 \u0395\u03a0\u0399\u03a3\u0397\u03a3"),
        ("fr", nfd("\u00c0 lire \u00e9galement")),
    ],
)
def test_a_label_goes_however_it_is_written_and_is_told_in_the_inputs_code_points(language: str, label: str) -> None:
    before, after = (path.read_text(encoding="utf-8").strip() for path in sorted((BODIES / language).glob("*.txt"))[:2])
    # a headline below "read also" is a link: begin with a whole paragraph
    after = "\n".join(dropwhile(lambda line: len(line) < 90, after.split("\n")))
    # marks that are dropped before the label shift every offset behind them
    before = before.replace(" ", " \u200b", 3)
    source = f"{before}\n\n{label}\n\n{after}"
    result = Cleaner().explain(source)
    assert result.text.startswith(before)
    [removed] = [r for r in result.removed if r.start <= source.index(label) < r.end]
    assert source[removed.start : removed.end] == removed.text
    assert removed.text.strip() == label


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_offsets_are_in_order_and_folding_keeps_the_length(text: str) -> None:
    seen, offsets = surface(text)
    assert len(fold(seen)) == len(seen)
    if offsets is None:
        assert len(seen) == len(text)
    else:
        assert len(offsets) == len(seen) + 1
        assert offsets[len(seen)] == len(text)
        assert all(a <= b for a, b in pairwise(offsets))


@pytest.mark.parametrize(
    ("text", "seen", "places"),
    [
        ("ab\u00adc", "abc", [0, 1, 3, 4]),
        ("\u200ba\u200b\u200bb\u200b", "ab", [1, 4, 6]),
        ("e\u0301t", "\u00e9t", [0, 2, 3]),
        # no letter has both marks: all but the first code point stand for the last ones
        ("aq\u0323\u0307b", "aq\u0323\u0307b", [0, 1, 2, 3, 4, 5]),
        ("a\u1112\u1161\u11abb", "a\ud55cb", [0, 1, 4, 5]),
        ("\u00adq\u0301\u00ad\u0302", "q\u0301\u0302", [1, 2, 4, 5]),
        ("a\r\n\u00adb", "a \nb", [0, 1, 2, 4, 5]),
    ],
)
def test_each_code_point_has_its_place_in_the_input(text: str, seen: str, places: list[int]) -> None:
    found, offsets = surface(text)
    assert found == seen
    assert offsets is None or [offsets[i] for i in range(len(offsets))] == list(offsets) == places
    assert reading(text) == (found, offsets, fold(found)) or offsets is not None
    assert reading(text)[::2] == (found, fold(found))


def test_places_outside_are_refused() -> None:
    offsets = Offsets([0, 2], [0, 3], 3)
    assert len(offsets) == 3
    for place in (-1, 3, 99):
        with pytest.raises(IndexError):
            offsets[place]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\r\nb\rc\vd\fe", "a \nb\nc\nd\ne"),
        ("\u00e9\u2028b\u2029c\u0085d", "\u00e9\nb\nc\nd"),
        ("\r\n", " \n"),
        ("\u00e9\ud800", "\u00e9\ud800"),
    ],
)
def test_every_line_break_is_one(text: str, seen: str) -> None:
    assert surface(text) == (seen, None)


GREEK = "\u0391\u0392\u0393\u0394\u0395\u0396\u0397\u0398\u0399\u039a\u039b\u039c\u039d\u039e\u039f\u03a0\u03a1\u03a4"


@pytest.mark.parametrize(
    "text",
    [
        f"{GREEK}\u03a3 {GREEK}\u0130I\u03a3.",
        f"{GREEK}\u03c2",
        f"{GREEK.lower()}\u0130\u0401\u2019\u00a0",
        "\u0130I\u03a3 \u2019A",
        "A\ud800\u00c9\udfff",
    ],
)
def test_a_character_folds_alone_whatever_stands_beside_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = "".join(map(fold, text))
    assert len(wanted) == len(text)
    assert fold(text) == wanted
    # and the first time as ever after
    monkeypatch.setattr(text_module, "_MET", {})
    assert fold(text) == wanted == fold(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_folding_is_by_character(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))


def test_a_patterns_escapes_and_classes_stay() -> None:
    assert fold_pattern(r"\W\D\S[A-Z]\B\u2019") == r"\W\D\S[A-Z]\B\u2019"
    assert fold_pattern("\u00c9t\u00e9\u2019s \u2013 Re\u00adad") == "\u00e9t\u00e9's - Read"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.Example.org:443/a", "www.example.org"),
        ("//example.org", "example.org"),
        ("http://user:word@example.org./x?y", "example.org"),
        ("ftp+x.y://example.org#top", "example.org"),
        ("HTTPS://EXAMPLE.ORG?a", "example.org"),
        ("example.org/a", None),
        ("", None),
        (None, None),
    ],
)
def test_hosts_of_urls(url: str | None, host: str | None) -> None:
    assert Hosts.of(url) == host
