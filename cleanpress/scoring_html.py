"""Decides the blocks of an HTML page: the same additive log-odds as for text, with the markup's evidence among the features.

Two models an engine, one that hears the markup alone and one that hears the text too; ``trafilatura``'s hear what the extractor kept,
``fast``'s have nobody to ask. All are fitted on labelled pages with publishers apart (:mod:`cleanpress.learn_html`) and stored in
``rules/scoring_html.json``.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cleanpress.rulebook import Rule
from cleanpress.scoring import Decided, Decisions, Forest, Model, decisive, strongest
from cleanpress.shipped import RULES
from cleanpress.types import CATEGORIES, Block, Category

#: The level of ``m_tag`` that says ``<h1>``.
_H1 = 4
_STRENGTH = {"weak": 1, "strong": 2, "decisive": 3, "protect": 0}


#: Tables or trees: both give log-odds and their shares.
BlockModel = Model | Forest


@dataclass(frozen=True, slots=True)
class HtmlScoring:
    """The fitted models by engine, and for each engine and profile the log-odds above which a block goes."""

    models: Mapping[str, BlockModel]
    thresholds: Mapping[str, Mapping[str, float]]
    #: where the markup's log-odds are nearer to the threshold than this, the text is looked at too
    doubt: float
    fitted: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> HtmlScoring:
        """The scoring that a JSON object describes."""
        models: dict[str, BlockModel] = {}
        for name, value in data.items():
            if isinstance(value, dict) and "tables" in value:
                models[name] = Model.from_data(value)
            elif isinstance(value, dict) and "trees" in value:
                models[name] = Forest.from_data(value)
        return cls(models, data["thresholds"], data["doubt"], data["fitted"])


@functools.lru_cache(maxsize=1)
def shipped_html_scoring() -> HtmlScoring:
    """The scoring that ships with the library; read once a process."""
    text = (RULES / "scoring_html.json").read_text(encoding="utf-8")
    return HtmlScoring.from_data(json.loads(text))


def block_decisions(
    blocks: Sequence[Block],
    columns: Mapping[str, Sequence[int]],
    at: Sequence[int],
    text_columns: Mapping[str, Sequence[int]],
    deep: Sequence[int],
    speaking: Sequence[Sequence[Rule]],
    odds: Sequence[float],
    threshold: float,
    removable: frozenset[Category],
    *,
    own: bool = False,
    units: bool = True,
) -> Decisions:
    """Decides each scored block of a page.

    Args:
        blocks: the blocks as lines, with the text rules' signals where rules were asked.
        columns: what the markup says of every line that was asked about.
        at: for each line its row in ``columns``; −1: surely body, nothing was asked.
        text_columns: every feature of the lines numbered ``deep``.
        deep: the lines whose text was looked at, ascending.
        speaking: for each line the markup rules that speak about it.
        odds: log-odds of each line.
        threshold: log-odds above which a block goes.
        removable: categories that may go.
        own: whether the caller's own rules are among those that speak; their decisive word is enough.
        units: whether to name each block's category and rules, and what may be lost or left; without, only what goes is found.
    """
    found = Decisions([False] * len(blocks), [], [], [], 0.0, 0.0)
    total = sum(b.end - b.start for b in blocks) or 1
    rows = {i: row for row, i in enumerate(deep)}
    stays = [v < threshold for v in odds]
    first = next((i for i, s in enumerate(stays) if s and (at[i] < 0 or columns["m_place"][at[i]])), len(blocks))
    last = next((i for i in range(len(blocks) - 1, -1, -1) if stays[i]), -1)
    for i, (block, value) in enumerate(zip(blocks, odds, strict=True)):
        if not units and not own and value < threshold and i >= first:
            continue
        category = block_category(block, columns, at[i], text_columns, rows.get(i), speaking[i], i, first, last)
        goes = value >= threshold and category in removable
        if own and not goes and category in removable:
            goes = decisive(block.signals, block.start, block.end)
        if not goes and category == "headline" and category in removable and i < first:
            # asked for the body alone: the page's own title above it goes, however much it looks like text
            goes = columns["m_title"][at[i]] == 1 or columns["m_tag"][at[i]] == _H1
        found.whole[i] = goes
        if not units:
            continue
        found.units.append(Decided(block.start, block.end, category, goes, value, _names(block, speaking[i])))
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
                found.whole[i] = False
                if units:
                    found.units[i].removed = False
    return found


def block_category(
    block: Block,
    columns: Mapping[str, Sequence[int]],
    at: int,
    text_columns: Mapping[str, Sequence[int]],
    row: int | None,
    rules: Sequence[Rule],
    i: int,
    first: int,
    last: int,
) -> Category:
    """The category that the evidence about line ``i`` speaks for.

    Args:
        block: the line.
        columns: what the markup says of the lines.
        at: the line's row there; −1: nothing was asked, for it is surely body.
        text_columns: every feature of the lines that were looked at closely.
        row: the line's place among those, if it is one of them.
        rules: the markup rules that speak about it.
        i: the line's number.
        first: the first line that stays.
        last: the last one.
    """
    if at < 0:
        best = strongest(block.signals)
        return best.category if best is not None else "related"
    title = columns["m_title"][at]
    if i <= first and (title in (1, 2) or (title in (3, 4) and i < first) or (columns["m_tag"][at] == _H1 and i < first)):
        return "headline"
    best = strongest(block.signals)
    if best is not None and best.strength != "weak":
        return best.category
    if columns["m_figure"][at] == 3 or (columns["m_figure"][at] == 2 and not columns["m_heading"][at]):
        return "caption"
    marked = max((r for r in rules if r.strength != "protect"), key=lambda r: (_STRENGTH[r.strength], r.category != "byline"), default=None)
    if marked is not None and marked.strength != "weak":
        # words like "title" and "date" stand on teasers too: only around the body are they its own
        if marked.category != "byline" or first - 8 <= i <= first or last <= i <= last + 3:
            return marked.category
    if best is not None:
        return best.category
    if row is not None:
        if text_columns["credit"][row]:
            return "caption"
        if section := text_columns["section"][row]:
            return CATEGORIES[section - 1]
    if marked is not None and marked.category != "byline":
        return marked.category
    return "navigation" if i < first else "related"


def _names(block: Block, rules: Sequence[Rule]) -> tuple[str, ...]:
    if not rules and not block.signals:
        return ()
    ranked = sorted({(-_STRENGTH[s.strength], s.source) for s in block.signals} | {(-_STRENGTH[r.strength], r.id) for r in rules})
    return tuple(name for _, name in ranked)
