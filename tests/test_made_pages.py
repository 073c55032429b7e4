"""Pages made of labelled ones: whose body, whose frame, which labels; and that no fold sees into another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cleanpress.errors import InputError
from cleanpress.labelled import Page, coarse_pages, labelled_page, read_pages
from cleanpress.made_pages import PER_PAGE, WEIGHT, half_heard_pages, transplanted_pages
from cleanpress.matching import Matcher, shipped_matcher
from cleanpress.rulebook import pack_names

MATCHER = shipped_matcher(pack_names())
BODY = "The ferry left the quay at noon, and {name} watched it go from the wall until the smoke was gone behind the point."
PITCHES = ("Sign up for our newsletter", "Follow us on Facebook", "Read more: Rain on the moor")


def page_of(name: str, lang: str, matcher: Matcher) -> Page:
    """Two body lines with a pitch between them, a pitch above and two below."""
    head, *tail = (f"{pitch} {name}" for pitch in PITCHES)
    lines = [head, BODY.format(name=name), f"Advertisement {name}", BODY.format(name=name.upper()), *tail]
    text = "\n".join(lines)
    spans, at = [], 0
    for line in lines:
        spans.append((at, at + len(line), "body" if line.startswith("The ferry") else "newsletter"))
        at += len(line) + 1
    return labelled_page(text, spans, name, lang, None, matcher)


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    matcher = MATCHER
    return [page_of(name, lang, matcher) for name, lang in (("anna", "en"), ("bert", "en"), ("carl", "en"), ("dora", "de"))]


def test_a_body_keeps_what_stands_in_it_and_gets_another_publishers_frame(pages: list[Page]) -> None:
    made, folds = transplanted_pages(pages, [0, 0, 1, 0], len(pages), MATCHER)
    # carl is alone in his fold and dora in her language: neither has a partner
    assert [p.publisher for p in made] == ["anna"] * PER_PAGE + ["bert"] * PER_PAGE
    assert folds == [0] * len(made)
    first = made[0].document.text.split("\n")
    assert first == [
        "Sign up for our newsletter bert", BODY.format(name="anna"), "Advertisement anna", BODY.format(name="ANNA"),
        "Follow us on Facebook bert", "Read more: Rain on the moor bert",
    ]  # fmt: skip
    assert {p.weight for p in made} == {WEIGHT}


def test_labels_move_with_their_lines(pages: list[Page]) -> None:
    made, _ = transplanted_pages(pages, [0, 0, 1, 0], len(pages), MATCHER)
    for page in made:
        kinds = ["body" if body > boilerplate else "boilerplate" for body, boilerplate, _ in page.counts]
        assert kinds == ["boilerplate", "body", "boilerplate", "body", "boilerplate", "boilerplate"]
        assert all(0 in count[:2] for count in page.counts), "a label reaches into the next line"


def test_only_donors_lend_their_frame(pages: list[Page]) -> None:
    made, _ = transplanted_pages(pages, [0, 0, 0, 0], 1, MATCHER)
    assert [p.publisher for p in made] == ["bert"] * PER_PAGE + ["carl"] * PER_PAGE
    assert all("newsletter anna" in p.document.text for p in made)


def test_a_page_without_body_is_neither_body_nor_frame() -> None:
    matcher = MATCHER
    bare = labelled_page("Sign up here\nFollow us", [(0, 22, "newsletter")], "bare", "en", None, matcher)
    assert transplanted_pages([bare, page_of("anna", "en", matcher)], [0, 0], 2, matcher) == ([], [])


def test_half_heard_pages_lose_signals_and_nothing_else(pages: list[Page]) -> None:
    made = half_heard_pages(pages)
    before = after = 0
    for old, new in zip(pages, made, strict=True):
        assert new.counts == old.counts and new.document.text == old.document.text and new.weight == WEIGHT
        for a, b in zip(old.document.blocks, new.document.blocks, strict=True):
            assert [s for s in a.signals if s in b.signals] == b.signals
            before, after = before + len(a.signals), after + len(b.signals)
        for source in {s.source for b in old.document.blocks for s in b.signals}:
            kept = sum(s.source == source for b in new.document.blocks for s in b.signals)
            assert kept in (0, sum(s.source == source for b in old.document.blocks for s in b.signals)), "a rule is half silent"
    assert 0 < after < before


def test_the_same_pages_are_made_each_time(pages: list[Page]) -> None:
    texts = [[p.document.text for p in transplanted_pages(pages, [0, 0, 0, 0], 4, MATCHER)[0]] for _ in range(2)]
    assert texts[0] == texts[1]
    heard = [[b.signals for p in half_heard_pages(pages) for b in p.document.blocks] for _ in range(2)]
    assert heard[0] == heard[1]


@pytest.mark.parametrize("reader", [read_pages, coarse_pages])
@pytest.mark.parametrize(
    "bad", ['{"text": "Rain fell."}', '{"text": 5, "spans": []}', '{"text": "a", "spans": [[0, "x", "body"]]}', "[1]", "{"]
)
def test_a_record_that_is_no_labelled_page_is_named(tmp_path: Path, reader: object, bad: str) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text(json.dumps({"text": "Rain fell.", "spans": [[0, 10, "body"]]}) + "\n" + bad + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        reader(path, Matcher())  # type: ignore[operator]
