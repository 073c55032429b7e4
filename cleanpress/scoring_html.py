"""Decides the blocks of an HTML page: the same additive log-odds as for text, with the markup's evidence among the features.

Two models, one an engine: ``trafilatura`` hears what the extractor kept, ``fast`` has nobody to ask. Both are fitted on labelled
pages with publishers apart (:mod:`cleanpress.learn_html`) and stored in ``rules/scoring_html.json``.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from cleanpress.rulebook import Rule
from cleanpress.scoring import Decided, Decisions, Model, Profile, Scoring, _decide_segments, _strongest
from cleanpress.types import CATEGORIES, KEPT_BY_DEFAULT, Category, Document

_STRENGTH = {"weak": 1, "strong": 2, "decisive": 3, "protect": 0}
_BYLINE = CATEGORIES.index("byline") + 1


@dataclass(frozen=True, slots=True)
class HtmlScoring:
    """The fitted models by engine, and for each engine and profile the log-odds above which a block goes."""

    models: Mapping[str, Model]
    thresholds: Mapping[str, Mapping[str, float]]
    fitted: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> HtmlScoring:
        """The scoring that a JSON object describes."""
        return cls({name: Model.from_data(data[name]) for name in data["thresholds"]}, data["thresholds"], data["fitted"])


@functools.lru_cache(maxsize=1)
def shipped_html_scoring() -> HtmlScoring:
    """The scoring that ships with the library; read once a process."""
    text = (resources.files("cleanpress") / "rules" / "scoring_html.json").read_text(encoding="utf-8")
    return HtmlScoring.from_data(json.loads(text))


def block_decisions(
    document: Document,
    columns: Mapping[str, Sequence[int]],
    speaking: Sequence[Sequence[Rule]],
    model: Model,
    threshold: float,
    text_scoring: Scoring,
    profile: Profile,
    removable: frozenset[Category],
    explain: bool = False,
) -> Decisions:
    """Decides each block of a page, then the segments of those that stay.

    Args:
        document: the scored blocks as lines, with the text rules' signals.
        columns: every feature of every line.
        speaking: for each line the markup rules that speak about it.
        model: the engine's model.
        threshold: log-odds above which a block goes.
        text_scoring: scores the segments of mixed blocks.
        profile: operating point for those.
        removable: categories that may go.
        explain: whether to fill in each unit's shares.
    """
    blocks = document.blocks
    found = Decisions([False] * len(blocks), [], [], [], 0.0, 0.0)
    odds = model.log_odds(columns, len(blocks)) if blocks else []
    total = sum(b.end - b.start for b in blocks) or 1
    stays = [v < threshold for v in odds]
    first = next((i for i, s in enumerate(stays) if s and columns["m_place"][i]), len(blocks))
    last = next((i for i in range(len(blocks) - 1, -1, -1) if stays[i]), -1)
    for i, (block, value) in enumerate(zip(blocks, odds, strict=True)):
        category = block_category(document, columns, speaking[i], i, first, last)
        goes = value >= threshold and category in removable
        if not goes and category in KEPT_BY_DEFAULT and category in removable and i < first:
            # asked for the body alone: the page's own title above it goes, however much it looks like text
            goes = category == "headline" and columns["m_title"][i] == 1
        found.whole[i] = goes
        unit = Decided(block.start, block.end, category, goes, value, _names(document, speaking[i], i))
        if explain:
            unit.shares = model.shares(columns, i)
        found.units.append(unit)
        probability = 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
        share = (block.end - block.start) / total
        if goes:
            found.expected_lost += share * (1 - probability)
        else:
            found.expected_left += share * probability
    if blocks and all(found.whole):
        # nothing looks like an article: what is least unlike one is better than nothing
        found.warnings.append("budget")
        best = min(odds)
        for i, value in enumerate(odds):
            if value <= best + 1.0:
                found.whole[i] = found.units[i].removed = False
    _decide_segments(document, text_scoring, profile, removable, found, explain)
    return found


def block_category(
    document: Document, columns: Mapping[str, Sequence[int]], rules: Sequence[Rule], i: int, first: int, last: int
) -> Category:
    """The category that the evidence about line ``i`` speaks for; ``first`` and ``last`` bound the lines that stay."""
    title = columns["m_title"][i]
    if i <= first and (title in (1, 2) or (title in (3, 4) and i < first)):
        return "headline"
    best = _strongest(document.blocks[i].signals)
    if best is not None and best.strength != "weak":
        return best.category
    if columns["m_figure"][i] == 3 or (columns["m_figure"][i] == 2 and not columns["m_heading"][i]):
        return "caption"
    strongest = max(
        (r for r in rules if r.strength != "protect"), key=lambda r: (_STRENGTH[r.strength], r.category != "byline"), default=None
    )
    if strongest is not None and strongest.strength != "weak":
        # words like "title" and "date" stand on teasers too: only around the body are they its own
        if strongest.category != "byline" or first - 8 <= i <= first or last <= i <= last + 3:
            return strongest.category
    if best is not None:
        return best.category
    if columns["credit"][i]:
        return "caption"
    if section := columns["section"][i]:
        return CATEGORIES[section - 1]
    if strongest is not None and strongest.category != "byline":
        return strongest.category
    return "navigation" if i < first else "related"


def _names(document: Document, rules: Sequence[Rule], i: int) -> tuple[str, ...]:
    signals = document.blocks[i].signals
    ranked = sorted({(-_STRENGTH[s.strength], s.source) for s in signals} | {(-_STRENGTH[r.strength], r.id) for r in rules})
    return tuple(name for _, name in ranked)
