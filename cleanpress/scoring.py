"""The only place that decides: evidence in, verdicts out.

Evidence adds up as log-odds: for segments from tables of one feature or of two that mean something together, for lines from
small trees. The weights are fitted with publishers kept apart (:mod:`cleanpress.learn`) and stored as readable data in
``rules/scoring.json``. Profiles are operating points on one curve: thresholds and budgets, never other code.

Passes over a document: whole lines first, then the segments of lines that mix body and boilerplate, then protections,
then the document guard.
"""

from __future__ import annotations

import array
import functools
import itertools
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cleanpress import heuristics
from cleanpress.heuristics import units
from cleanpress.heuristics.lines import DECK_SIZE, SURE_COVER, Lines
from cleanpress.shipped import RULES
from cleanpress.types import KEPT_BY_DEFAULT, Block, Category, Document, ProfileName, Signal

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Table:
    """Log-odds of one feature's levels, or of two features' levels together (row-major)."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    stride: int = 1

    @property
    def name(self) -> str:
        """``"size"`` or ``"size×end"``."""
        return "\u00d7".join(self.features)


@dataclass(frozen=True, slots=True)
class Model:
    """An additive model: a bias and tables."""

    bias: float
    tables: tuple[Table, ...]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Model:
        """The model that a JSON object describes."""
        tables = []
        for row in data["tables"]:
            weights = row["weights"]
            if len(row["on"]) == 2:
                tables.append(Table(tuple(row["on"]), tuple(w for line in weights for w in line), len(weights[0])))
            else:
                tables.append(Table(tuple(row["on"]), tuple(weights)))
        return cls(data["bias"], tuple(tables))

    def log_odds(self, columns: Mapping[str, Sequence[int]], count: int) -> list[float]:
        """The log-odds of each of the ``count`` rows of ``columns``."""
        parts: list[Iterable[float]] = []
        for table in self.tables:
            column = columns[table.features[0]]
            if len(table.features) == 1:
                parts.append(map(table.weights.__getitem__, column))
            else:
                stride, weights = table.stride, table.weights
                parts.append([weights[a * stride + b] for a, b in zip(column, columns[table.features[1]], strict=True)])
        bias = self.bias
        return [bias + sum(row) for row in zip(*parts, strict=True)] if parts else [bias] * count

    def shares(self, columns: Mapping[str, Sequence[int]], row: int) -> tuple[tuple[str, float], ...]:
        """What each piece of evidence adds to the log-odds of one row, largest first; the bias is one of them."""
        parts = [("bias", self.bias)]
        for table in self.tables:
            levels = [columns[f][row] for f in table.features]
            index = levels[0] if len(levels) == 1 else levels[0] * table.stride + levels[1]
            if weight := table.weights[index]:
                parts.append(("\u00d7".join(f"{f}={n}" for f, n in zip(table.features, levels, strict=True)), weight))
        return tuple(sorted(parts, key=lambda p: (-abs(p[1]), p[0])))


#: A tree of a forest: a leaf's log-odds, or ``[feature, level, mean, low, high]``: rows whose feature is at most at ``level``
#: go to ``low``, all others to ``high``; ``mean`` is what the rows of fitting that came this far got on average.
Tree = float | list[Any]


class Forest:
    """An additive model of trees: each adds the log-odds of the one leaf that a row falls in.

    Trees tell what holds only of several features together, which tables of two can't: on publishers kept apart they remove
    about five points more than tables at the same loss. They are read by masks: each level of a feature allows some leaves of each
    tree; what all levels of a row allow is one leaf a tree (after QuickScorer: Lucchese, Nardini, Orlando, Perego, Tonellotto and
    Venturini, SIGIR 2015).
    """

    #: Leaves of a tree at most: their bits are one unsigned int.
    LEAVES = 32
    #: Levels of a feature at most.
    LEVELS = 64

    def __init__(self, bias: float, trees: Sequence[Tree]) -> None:
        self.bias = bias
        self.trees = tuple(trees)
        count = len(self.trees)
        splits: dict[str, list[tuple[int, int, int, int]]] = {}
        self._leaves: list[dict[int, float]] = []
        for number, tree in enumerate(self.trees):
            values: list[float] = []
            _collect(tree, number, values, splits)
            self._leaves.append({1 << k: value for k, value in enumerate(values)})
        self.features = tuple(sorted(splits))
        everything = array.array("I", [(1 << len(leaves)) - 1 for leaves in self._leaves])
        self._width = everything.itemsize * count
        self._masks: list[list[int]] = []
        for name in self.features:
            top = max(level for level, *_ in splits[name])
            # what each level alone rules out; then what all levels from here on, and all below, rule out together
            low_rows = [everything[:] for _ in range(top + 1)]
            high_rows = [everything[:] for _ in range(top + 1)]
            for level, number, lows, highs in splits[name]:
                low_rows[level][number] &= ~highs
                high_rows[level][number] &= ~lows
            both = int.__and__
            low = list(itertools.accumulate(map(_bits_of, reversed(low_rows)), both))[::-1]
            high = list(itertools.accumulate(map(_bits_of, high_rows), both))
            masks = [low[0], *map(both, low[1:], high), high[-1]]
            self._masks.append(masks + masks[-1:] * (self.LEVELS - len(masks)))

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Forest:
        """The forest that a JSON object describes."""
        return cls(data["bias"], data["trees"])

    def log_odds(self, columns: Mapping[str, Sequence[int]], count: int) -> list[float]:
        """The log-odds of each of the ``count`` rows of ``columns``."""
        if not self.features:
            return [self.bias + sum(leaf for leaves in self._leaves for leaf in leaves.values())] * count
        masks, leaves, width, bias = self._masks, self._leaves, self._width, self.bias
        order = sys.byteorder
        mask_at, value_of, both = list.__getitem__, dict.__getitem__, int.__and__
        found = []
        for row in zip(*[columns[name] for name in self.features], strict=True):
            bits = functools.reduce(both, map(mask_at, masks, row))
            found.append(bias + sum(map(value_of, leaves, memoryview(bits.to_bytes(width, order)).cast("I"))))
        return found

    def shares(self, columns: Mapping[str, Sequence[int]], row: int) -> tuple[tuple[str, float], ...]:
        """What each feature adds to the log-odds of one row, largest first; the bias is one of them.

        At each split on a row's way the mean changes; the change is the share of the feature that was asked (Saabas,
        "Interpreting random forests", 2014). All shares together are the log-odds.
        """
        bias = self.bias
        parts: dict[str, float] = {}
        for tree in self.trees:
            node = tree
            bias += node[2] if isinstance(node, list) else node
            while isinstance(node, list):
                name, level, mean, low, high = node
                node = low if columns[name][row] <= level else high
                parts[name] = parts.get(name, 0.0) + (node[2] if isinstance(node, list) else node) - mean
        named = [("bias", round(bias, 4))]
        named += [(f"{name}={columns[name][row]}", round(share, 4)) for name, share in parts.items() if round(share, 4)]
        return tuple(sorted(named, key=lambda p: (-abs(p[1]), p[0])))


def _bits_of(row: array.array[int]) -> int:
    return int.from_bytes(row.tobytes(), sys.byteorder)


def _collect(node: Tree, number: int, values: list[float], splits: dict[str, list[tuple[int, int, int, int]]]) -> int:
    """The leaves below ``node`` as bits; notes for each split ``(level, tree, leaves at most at that level, leaves above it)``."""
    if not isinstance(node, list):
        values.append(node)
        return 1 << (len(values) - 1)
    name, level, _, low, high = node
    lows = _collect(low, number, values, splits)
    highs = _collect(high, number, values, splits)
    splits.setdefault(name, []).append((level, number, lows, highs))
    return lows | highs


@dataclass(frozen=True, slots=True)
class Profile:
    """An operating point: log-odds above which lines and segments go, and the share of a document that may go on soft evidence."""

    name: ProfileName
    line_threshold: float
    segment_threshold: float
    #: Share of a document's characters that may go without a strong rule's word; beyond it only what is certain goes.
    budget: float


@dataclass(frozen=True, slots=True)
class Scoring:
    """The fitted models and the profiles, as ``rules/scoring.json`` holds them."""

    lines: Forest
    segments: Model
    profiles: Mapping[str, Profile]
    fitted: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Scoring:
        """The scoring that a JSON object describes."""
        profiles = {
            name: Profile(name, row["line_threshold"], row["segment_threshold"], row["budget"]) for name, row in data["profiles"].items()
        }
        return cls(Forest.from_data(data["lines"]), Model.from_data(data["segments"]), profiles, data["fitted"])


@functools.lru_cache(maxsize=1)
def shipped_scoring() -> Scoring:
    """The scoring that ships with the library; read once a process."""
    text = (RULES / "scoring.json").read_text(encoding="utf-8")
    return Scoring.from_data(json.loads(text))


@dataclass(slots=True)
class Decided:
    """A unit that was looked at closely: a whole line or a segment of one."""

    start: int
    end: int
    category: Category
    removed: bool
    log_odds: float
    rules: tuple[str, ...]
    #: Filled when asked for (see :func:`decisions`).
    shares: tuple[tuple[str, float], ...] = ()


@dataclass(slots=True)
class Decisions:
    """What :func:`decisions` found: which lines go whole, which segments go, and every unit that was looked at."""

    whole: list[bool]
    inner: list[Span]
    units: list[Decided]
    warnings: list[str]
    expected_lost: float
    expected_left: float


def decisions(document: Document, scoring: Scoring, profile: Profile, removable: frozenset[Category], explain: bool = False) -> Decisions:
    """Decides each line and segment of ``document``, whose blocks carry their signals.

    Args:
        document: the document.
        scoring: models to score with.
        profile: operating point.
        removable: categories that may go; all others are kept whatever their score.
        explain: whether to fill in each unit's shares.
    """
    blocks = document.blocks
    lines = Lines(document)
    chosen = candidates(lines)
    found = Decisions([False] * len(blocks), [], [], [], 0.0, 0.0)
    columns = heuristics.feature_columns(lines, chosen) if chosen else {}
    odds = scoring.lines.log_odds(columns, len(chosen)) if chosen else []
    total = sum(b.end - b.start for b in blocks) or 1
    # Without body to stand out against, form says nothing: a poem, a programme and a menu are all short lines.
    bodied = sum(size for size, is_sure in zip(lines.sizes, lines.sure, strict=True) if is_sure) >= LEAST_BODY
    least = profile.line_threshold if bodied else max(profile.line_threshold, LEAST_ALONE)
    for row, (i, value) in enumerate(zip(chosen, odds, strict=True)):
        block = blocks[i]
        category = category_of(block.signals, columns, row)
        goes = category in removable and (
            (value >= least and (bodied or bool(block.signals)))
            or decisive(block.signals, block.start, block.end)
            or (lines.covers[i] >= AGREED_COVER and _agreed(block.signals))
            or (_plain(block.signals, block) and not units.reported(document, block, block.start, block.end))
        )
        if not goes and category in KEPT_BY_DEFAULT and category in removable:
            goes = _certain(block.signals, block)
        if goes or value > 0 or block.signals:
            unit = Decided(block.start, block.end, category, goes, value, _sources(block.signals))
            if explain:
                unit.shares = scoring.lines.shares(columns, row)
            found.units.append(unit)
        found.whole[i] = goes
        share = (block.end - block.start) / total
        probability = 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))
        if goes:
            found.expected_lost += share * (1 - probability)
        else:
            found.expected_left += share * probability
    _settle_twins(lines, dict(zip(chosen, odds, strict=True)), profile, removable, found)
    # The guard comes before the segments, so that a line it gives back can still lose its surely bad sentences.
    _guard(document, profile, found)
    decide_segments(document, scoring, profile, removable, found, explain)
    return found


def candidates(lines: Lines) -> list[int]:
    """The lines worth scoring: all but long full sentences that no rule, section or neighbouring rule casts doubt on.

    Half of all lines and 85% of the body are such sentences; on the labelled pages one in a thousand of the boilerplate
    removed at the ``careful`` point stood in one of them.
    """
    firm = [cover >= SURE_COVER for cover in lines.covers]
    count = lines.count
    chosen = []
    last = -99
    after = [count + 99] * (count + 1)
    for i in range(count - 1, -1, -1):
        after[i] = i if firm[i] else after[i + 1]
    for i in range(count):
        if firm[i]:
            last = i
        # one sentence between two short lines may be the deck of a teaser
        is_deck = 0 < i < count - 1 and lines.sizes[i] < DECK_SIZE and not lines.sure[i - 1] and not lines.sure[i + 1]
        if is_deck or not lines.sure[i] or i - last <= 3 or after[i] - i <= 3:
            chosen.append(i)
    return chosen


#: Size of sure body below which lines go only on a rule's word.
LEAST_BODY = 250
#: … and only on this much evidence (log-odds), for a sentence that stands alone may be all of an article: "Copyright 1931 was
#: stamped on every plate."
LEAST_ALONE = 3.0


def category_of(signals: Sequence[Signal], columns: Mapping[str, Sequence[int]], row: int) -> Category:
    """The category that the evidence speaks for: the strongest rule's, else the section's, else what the form suggests."""
    from cleanpress.types import CATEGORIES

    best = strongest(signals)
    if best is not None:
        return best.category
    if columns["credit"][row]:
        return "caption"
    if section := columns["section"][row]:
        return CATEGORIES[section - 1]
    if columns["from_head"][row] <= 1 and not columns["body_before"][row] > 1:
        return "navigation"
    return "related"


_RANK = {"protect": 0, "weak": 1, "strong": 2, "decisive": 3}


def strongest(signals: Sequence[Signal]) -> Signal | None:
    """The signal of the strongest rule that speaks for removal, the longest of equals; None when none does."""
    best = None
    for signal in signals:
        if signal.strength == "protect":
            continue
        if best is None or (_RANK[signal.strength], signal.end - signal.start) > (_RANK[best.strength], best.end - best.start):
            best = signal
    return best


def _sources(signals: Sequence[Signal]) -> tuple[str, ...]:
    ordered = sorted(signals, key=lambda s: (-_RANK[s.strength], s.start, s.source))
    return tuple(dict.fromkeys(s.source for s in ordered))


def _certain(signals: Sequence[Signal], block: Block) -> bool:
    """Whether strong rules speak about all of the block, or agree about it."""
    return _agreed(signals) or any(
        s.strength in ("strong", "decisive") and s.end - s.start >= 0.9 * (block.end - block.start) for s in signals
    )


#: A line whose twin goes needs so much less evidence (log-odds): the same pitch printed twice is a pitch both times.
TWIN = 2.0


#: Share of a line that a strong rule's own words must make up to be enough alone.
PLAIN_SHARE = 0.75


def _plain(signals: Sequence[Signal], block: Block) -> bool:
    """Whether a line is little more than a strong rule's own words: "Read more: …", "Photo: AP", "Sign up for our newsletter".

    On the labelled pages 2,113 such lines are boilerplate and 14 body, several of those by the annotator's slip.
    """
    if any(s.strength == "protect" for s in signals):
        return False
    return any(
        s.strength == "strong"
        and s.share >= PLAIN_SHARE
        and s.category not in KEPT_BY_DEFAULT
        and s.end - s.start >= 0.95 * (block.end - block.start)
        for s in signals
    )


#: Share of a line that strong rules must speak about before their agreement is enough.
AGREED_COVER = 0.6


def _agreed(signals: Sequence[Signal]) -> bool:
    """Whether two strong rules speak independently and nothing protects.

    On the labelled pages and the project's own articles, of 1,300 lines for which this holds over most of the line two are body.
    """
    if any(s.strength == "protect" for s in signals):
        return False
    strong = {s.source for s in signals if s.strength in ("strong", "decisive") and s.category not in KEPT_BY_DEFAULT}
    # The same rule written for two languages is one witness, not two: they must come from one pack, or one and the common one.
    packs = Counter(source.split("/", 1)[0] for source in strong)
    common = packs.pop("any", 0)
    return common + max(packs.values(), default=0) >= 2


def _settle_twins(lines: Lines, odds: Mapping[int, float], profile: Profile, removable: frozenset[Category], found: Decisions) -> None:
    """Lines that stand word for word elsewhere and were removed there go here too, unless the evidence speaks clearly against it."""
    gone = {lines.folded[i] for i, is_gone in enumerate(found.whole) if is_gone}
    units_by_start = {u.start: u for u in found.units}
    for i, value in odds.items():
        if found.whole[i] or lines.sure[i] or lines.folded[i] not in gone or value < profile.line_threshold - TWIN:
            continue
        block = lines.blocks[i]
        unit = units_by_start.get(block.start)
        best = strongest(block.signals)
        category: Category = unit.category if unit else best.category if best else "related"
        if category not in removable:
            continue
        if unit is None:
            unit = Decided(block.start, block.end, category, True, value, _sources(block.signals))
            found.units.append(unit)
        found.whole[i] = unit.removed = True
        unit.rules = (*unit.rules, "repetition")


def decisive(signals: Sequence[Signal], start: int, end: int) -> bool:
    """Whether a decisive rule speaks about all of a span and nothing speaks for its protection.

    Such rules are never wrong on the labelled pages; a lone one must not fail for want of company.
    """
    near = [s for s in signals if s.start < end and s.end > start]
    return any(s.strength == "decisive" and s.start <= start and s.end >= end for s in near) and not any(
        s.strength == "protect" for s in near
    )


def decide_segments(
    document: Document, scoring: Scoring, profile: Profile, removable: frozenset[Category], found: Decisions, explain: bool
) -> None:
    """Decides the segments of the lines that stay whole and hold signals, and adds what goes to ``found``; see :func:`decisions`."""
    for i, block in enumerate(document.blocks):
        if found.whole[i] or not block.signals:
            continue
        parts = units.units_of(document, block)
        if len(parts) < 2:
            continue
        columns = units.feature_columns(document, block, parts)
        odds = scoring.segments.log_odds(columns, len(parts))
        gone: list[Decided] = []
        idle: list[Span] = []
        own = [[s for s in block.signals if s.start < end and s.end > start] for start, end in parts]
        goes = [
            _segment_goes(document, block, span, signals, value, profile) for span, signals, value in zip(parts, own, odds, strict=True)
        ]
        _keep_the_unaccused(goes, [any(s.strength != "protect" for s in signals) for signals in own])
        for k, ((start, end), value) in enumerate(zip(parts, odds, strict=True)):
            best = strongest(own[k]) or strongest(block.signals)
            if best is None:
                continue
            removed = goes[k] and best.category in removable
            if removed or own[k]:
                unit = Decided(start, end, best.category, removed, value, _sources(own[k]))
                if explain:
                    unit.shares = scoring.segments.shares(columns, k)
                found.units.append(unit)
                if removed:
                    gone.append(unit)
            if not removed and ((best.category in KEPT_BY_DEFAULT and own[k]) or not units.has_words(document, start, end)):
                idle.append((start, end))
        # A byline, a date or a lone bullet in a line of which all else goes, goes with it.
        if gone and len(gone) + len(idle) == len(parts):
            found.whole[i] = True
            for unit in found.units:
                if (unit.start, unit.end) in idle:
                    unit.removed = True
        else:
            found.inner += [(u.start, u.end) for u in gone]


def _segment_goes(document: Document, block: Block, span: Span, signals: Sequence[Signal], value: float, profile: Profile) -> bool:
    start, end = span
    if decisive(signals, start, end):
        return True
    return (value >= profile.segment_threshold or _agreed(signals)) and not units.reported(document, block, start, end)


def _keep_the_unaccused(goes: list[bool], accused: Sequence[bool]) -> None:
    """A sentence that no rule speaks about goes only in the middle of others that go: between them, it is theirs."""
    count = len(goes)
    for k in range(count):
        if not goes[k] or accused[k]:
            continue
        before = next((j for j in range(k - 1, -1, -1) if accused[j] or not goes[j]), -1)
        after = next((j for j in range(k + 1, count) if accused[j] or not goes[j]), count)
        if before < 0 or after == count or not goes[before] or not goes[after]:
            goes[k] = False


def _guard(document: Document, profile: Profile, found: Decisions) -> None:
    """The removal budget: where soft evidence would take too much of a document, only what is certain goes."""
    blocks = document.blocks
    total = sum(b.end - b.start for b in blocks)
    soft = [found.whole[i] and not _certain(b.signals, b) for i, b in enumerate(blocks)]
    share = sum(b.end - b.start for b, is_soft in zip(blocks, soft, strict=True) if is_soft) / (total or 1)
    if share > profile.budget or (share > 0 and all(found.whole)):
        found.warnings.append("budget")
        for i, is_soft in enumerate(soft):
            if is_soft:
                found.whole[i] = False
        kept = {(b.start, b.end) for i, b in enumerate(blocks) if not found.whole[i]}
        for unit in found.units:
            if (unit.start, unit.end) in kept:
                unit.removed = False
