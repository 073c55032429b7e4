"""A line's surroundings: neighbours' length and end marks, runs of headline-like lines, and the rules that speak near by."""

from __future__ import annotations

from collections.abc import Sequence

from cleanpress.heuristics.lines import Lines, binned
from cleanpress.types import CATEGORIES, Signal

NAMES = (
    "size_after", "size_before2", "size_after2", "end_before", "end_after", "run", "window_size", "window_ends",
    "rule", "rule_category", "rule_count", "protected", "category_before", "category_after",
    "since_rule", "until_rule", "section", "section_age", "window_rules", "rules_before", "rule_share",
)  # fmt: skip
_size = binned((1, 25, 60, 100, 200, 400))
_run = binned((2, 3, 4, 6, 10))
_window = binned((20, 40, 60, 90, 130, 200, 300))
_part = binned((0.05, 0.2, 0.4, 0.6, 0.8, 0.99))
_distance = binned((1, 2, 3, 4, 6, 10, 20, 90))
_few = binned((1, 2, 3, 4))
_share = binned((0.1, 0.25, 0.5, 0.75))
_many = binned((1, 2, 4, 8))
_STRENGTH = {"weak": 1, "strong": 3, "decisive": 6}
_CATEGORY = {name: i + 1 for i, name in enumerate(CATEGORIES)}
_FURNITURE = frozenset({"headline", "byline", "editorial"})
#: Labels of these categories open a section that goes on below them.
_SECTIONS = frozenset({"related", "comments", "newsletter", "advert", "paywall", "donation", "social", "consent", "player", "app"})
#: A section ends after this many lines if nothing else ends it: the longest lists of teasers on real pages are shorter.
_LONGEST_SECTION = 40


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    count, sizes, ends, blocks = lines.count, lines.sizes, lines.ends, lines.blocks
    padded = [0, 0, *map(_size, sizes), 0, 0]
    padded_ends = [9, *ends, 9]
    full = lines.full
    runs = [0] * count
    i = 0
    while i < count:
        j = i
        if not full[i] and sizes[i] < 140:
            while j < count and not full[j] and sizes[j] < 140:
                j += 1
            runs[i:j] = [1 + _run(j - i)] * (j - i)
        i = max(j, i + 1)
    size_sums, end_sums = [0], [0]
    for size, is_full in zip(sizes, full, strict=True):
        size_sums.append(size_sums[-1] + (size if size < 600 else 600))
        end_sums.append(end_sums[-1] + is_full)
    window_size, window_ends = [], []
    for i in rows:
        a, b = max(0, i - 4), min(count, i + 5)
        around = b - a - 1
        window_size.append(1 + _window((size_sums[b] - size_sums[a] - min(sizes[i], 600)) / around) if around else 0)
        window_ends.append(1 + _part((end_sums[b] - end_sums[a] - full[i]) / around) if around else 0)
    rule, category, number, protected = [0] * count, [0] * count, [0] * count, [0] * count
    firm = [False] * count
    shares = [0] * count
    for i, block in enumerate(blocks):
        if block.signals:
            rule[i], category[i], number[i], protected[i], firm[i], shares[i] = _rules_of(
                block.signals, lines.covers[i], block.end - block.start
            )
    since, until = [0] * count, [0] * count
    last = -99
    for i in range(count):
        since[i] = i - last
        if firm[i]:
            last = i
    last = count + 99
    for i in range(count - 1, -1, -1):
        until[i] = last - i
        if firm[i]:
            last = i
    section, age = _sections(lines, rule, category)
    sums = [0]
    for is_firm in firm:
        sums.append(sums[-1] + is_firm)
    padded_category = [0, *category, 0]
    return [
        [padded[i + 3] for i in rows], [padded[i] for i in rows], [padded[i + 4] for i in rows],
        [padded_ends[i] for i in rows], [padded_ends[i + 2] for i in rows],
        [runs[i] for i in rows], window_size, window_ends,
        [rule[i] for i in rows], [category[i] for i in rows], [number[i] for i in rows], [protected[i] for i in rows],
        [padded_category[i] for i in rows], [padded_category[i + 2] for i in rows],
        [_distance(since[i]) for i in rows], [_distance(until[i]) for i in rows],
        [section[i] for i in rows], [age[i] for i in rows],
        [_many(sums[min(count, i + 4)] - sums[max(0, i - 3)] - firm[i]) for i in rows],
        [_many(sums[i]) for i in rows],
        [shares[i] for i in rows],
    ]  # fmt: skip


def _rules_of(signals: Sequence[Signal], cover: float, length: int) -> tuple[int, int, int, int, bool, int]:
    """``(level, category, count, protected, firm, share)`` of a line's signals.

    Levels: 1 weak about part, 2 weak about all, 3 strong about a little, 4 about a good part, 5 about all; 6 to 8 decisive.
    """
    best = chosen = protected = share = 0
    firm = False
    sources = set()
    for signal in signals:
        strength = signal.strength
        if strength == "protect":
            protected = 1
            continue
        whole = signal.end - signal.start >= 0.8 * length
        if strength == "weak" or signal.category in _FURNITURE:
            level = 2 if whole else 1
        else:
            level = _STRENGTH[strength] + (2 if whole or cover >= 0.8 else 1 if cover >= 0.34 else 0)
            firm = firm or whole or cover >= 0.34
        sources.add(signal.source)
        if level > best:
            best, chosen, share = level, _CATEGORY[signal.category], 0
        if level == best:
            share = max(share, 1 + _share(signal.share))
    return best, chosen, _few(len(sources)), protected, firm, share


def _sections(lines: Lines, rule: Sequence[int], category: Sequence[int]) -> tuple[list[int], list[int]]:
    """For each line, the category of the section label above it and how far above; two sure body lines in a row end a section."""
    count = lines.count
    section, age = [0] * count, [0] * count
    current = opened = 0
    for i in range(count):
        if rule[i] in (5, 8) and lines.sizes[i] < 80 and CATEGORIES[category[i] - 1] in _SECTIONS:
            current, opened = category[i], i
        elif current and ((lines.sure[i] and i - opened > 1 and lines.sure[i - 1]) or i - opened > _LONGEST_SECTION):
            current = 0
        if current and i > opened:
            section[i] = current
            age[i] = _distance(i - opened)
    return section, age
