"""Inputs that once broke a promise, or nearly did (``fuzz/cases``), keep every promise; and so do as many new ones as time allows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cleanpress.errors import RuleError
from cleanpress.rulebook import rules_in_toml
from cleanpress.types import Removed, Result, Verdict
from fuzz.promises import BrokenPromise, check_html, check_lines, check_rule_file, check_text, result_promises

CASES = Path(__file__).parent.parent / "fuzz" / "cases"
CHECKS: dict[str, Callable[[bytes], object]] = {
    "text": lambda data: check_text(data.decode("utf-8", "surrogatepass")),
    "html": check_html,
    "rules": lambda data: check_rule_file(data.decode("utf-8")),
    "lines": check_lines,
}
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("case", sorted(CASES.glob("*/*")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_what_the_fuzzer_found_is_mended(case: Path) -> None:
    data = case.read_bytes()
    CHECKS[case.parent.name](data)
    if case.suffix == ".html":
        check_html(data.decode("utf-8", "surrogateescape"))


def test_a_broken_promise_is_seen() -> None:
    cut = Removed(0, 5, "Rain ", "advert")
    with pytest.raises(BrokenPromise, match="verdict"):
        result_promises(Result("fell", (), (cut,)), "Rain fell")
    with pytest.raises(BrokenPromise, match="less its cuts"):
        result_promises(Result("Fell", (), (cut,)), "Rain fell")
    with pytest.raises(BrokenPromise, match="within the input"):
        result_promises(Result("", (), (Removed(0, 99, "Rain fell", "advert"),)), "Rain fell")
    gone = Verdict(0, 4, "advert", True, 0.9)
    with pytest.raises(BrokenPromise, match="without a word"):
        result_promises(Result("", (gone,), (Removed(0, 4, "Rain", "advert"),)), "Rain")
    result_promises(Result("", (gone,), (Removed(0, 4, "Rain", "advert"),), ("emptied",)), "Rain")


@pytest.mark.parametrize(("phrase", "words"), [("|", "no letter or digit"), ("\u200b", "no letter or digit")])
def test_a_phrase_without_a_word_is_refused(phrase: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        rules_in_toml(f'[[rule]]\nid = "a/related/b"\ncategory = "related"\nstrength = "weak"\nphrases = ["{phrase}"]', "mine.toml")


TAGS = st.sampled_from(
    ["p", "div", "nav", "aside", "article", "h2", "ul", "li", "a", "figure", "figcaption", "script", "table", "td", "br", "svg", "template"]
)
ATTRIBUTES = st.sampled_from(
    ["", " class=newsletter", " id='comments'", " hidden", " role=search", " href=/x", " style='display:none'", " aria-label=Share"]
)
WORDS = st.sampled_from(
    [
        "Read more",
        "Advertisement",
        "The river rose by a metre overnight, and the ferry stayed tied up.",
        "&nbsp;",
        "&#0;",
        "\x1f",
        "<!--",
        "]]>",
        "&a;",
        "\n",
    ]
)
PAGES = st.recursive(
    WORDS | st.text(max_size=30),
    lambda inner: st.builds(
        lambda tag, marks, parts: f"<{tag}{marks}>{''.join(parts)}</{tag}>", TAGS, ATTRIBUTES, st.lists(inner, max_size=4)
    ),
    max_leaves=25,
)


def as_line(record: Mapping[str, object]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")


@few
@given(PAGES)
def test_any_page(page: str) -> None:
    check_html(page)


@few
@given(
    st.lists(
        st.binary(max_size=80)
        | st.dictionaries(st.sampled_from(["text", "url", "lang", "id"]), WORDS | st.none() | st.integers()).map(as_line),
        max_size=4,
    )
)
def test_any_lines(lines: list[bytes]) -> None:
    check_lines(b"\n".join(lines))
