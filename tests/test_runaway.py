"""No pattern runs away: callers' patterns that could are refused with a reason, and one that got by keeps the text."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanpress import matching, runaway
from cleanpress.errors import RuleError
from cleanpress.pipeline import Cleaner
from cleanpress.rulebook import Rule

BODY = "The council voted nine to four on Tuesday night to keep the swimming baths open until the end of next summer."


@pytest.mark.parametrize("pattern", ["more(?:a+)+$", r"more(?:\w+\s?)+!", r"^foto: (?:[^.]|\w\.|\.(?=\w)){2,90}$"])
def test_a_pattern_that_runs_away_is_found(pattern: str) -> None:
    [problem] = runaway.runaways(pattern, ["more"])
    assert "runs away on" in problem and "make it linear" in problem


@pytest.mark.parametrize(
    "pattern",
    ["^read more:? [a-z]{1,20}", r"(?:foto: )?(?:[^.]+\.)*x", "more(?:a|b)*$", r"\bmore\b[^.]{0,80}\bsign\b", "more (?>[a-z ]+)!"],
)
def test_a_linear_pattern_is_left_alone(pattern: str) -> None:
    assert runaway.runaways(pattern, ["more"]) == []


def test_a_callers_file_with_one_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        "[[rule]]\nid = 'mine/related/a'\ncategory = 'related'\nstrength = 'strong'\nkeywords = ['more']\npattern = 'more(?:a+)+$'\n"
    )
    with pytest.raises(RuleError, match=r"mine\.toml.*mine/related/a.*pattern.*runs away"):
        Cleaner(rules=[path])


def test_one_that_got_by_keeps_the_text_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runaway, "runaways", lambda pattern, keywords: [])
    monkeypatch.setattr(matching, "PATTERN_SECONDS", 0.05)
    rule = Rule("mine/related/a", "related", "block", "strong", keywords=("more",), pattern="more(?:a+)+$")
    cleaner = Cleaner(rules=[rule])
    text = f"{BODY}\n\nmore{'a' * 5000}c\n\nAdvertisement"
    result = cleaner.explain(text)
    assert (result.text, result.warnings, result.removed) == (text, ("timeout",), ())
    assert cleaner.clean(text) == text
    page = "".join(f"<p>{line}</p>" for line in text.split("\n\n"))
    told = cleaner.explain_html(page)
    assert BODY in told.text and "timeout" in told.warnings
    assert "timeout" not in cleaner.explain(BODY).warnings
