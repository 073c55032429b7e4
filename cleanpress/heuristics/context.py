"""A line's neighbours: their length and end marks, runs of headline-like lines, and which rules speak near by."""

from __future__ import annotations

from cleanpress.heuristics.lines import END_QUOTED, END_SENTENCE, Lines, binned
from cleanpress.types import CATEGORIES

NAMES = (
    "size_before", "size_after", "size_before2", "size_after2", "end_before", "end_after", "run", "window_size", "window_ends",
    "rule", "rule_category", "rule_count", "protected", "rule_before", "rule_after", "category_before", "category_after",
    "since_rule", "until_rule", "section", "section_age", "window_rules", "rules_after", "rules_before",
)  # fmt: skip
_size = binned((1, 25, 60, 100, 200, 400))
_run = binned((2, 3, 4, 6, 10))
_window = binned((20, 40, 60, 90, 130, 200, 300))
_part = binned((0.05, 0.2, 0.4, 0.6, 0.8, 0.99))
_distance = binned((1, 2, 3, 4, 6, 10, 20, 90))
_few = binned((1, 2, 3, 4))
_many = binned((1, 2, 4, 8))
_STRENGTH = {"weak": 1, "strong": 2, "decisive": 3, "protect": 0}
_CATEGORY = {name: i + 1 for i, name in enumerate(CATEGORIES)}
#: Labels of these categories open a section that goes on below them.
_SECTIONS = frozenset({"related", "comments", "newsletter", "advert", "paywall", "donation", "social", "consent", "player", "app"})


def levels(lines: Lines) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    count, sizes, ends, blocks = lines.count, lines.sizes, lines.ends, lines.blocks
    padded = [0, 0, *map(_size, sizes), 0, 0]
    padded_ends = [9, *ends, 9]
    full = [e == END_SENTENCE or e == END_QUOTED for e in ends]
    runs = [0] * count
    i = 0
    while i < count:
        j = i
        if not full[i] and sizes[i] < 140:
            while j < count and not full[j] and sizes[j] < 140:
                j += 1
            runs[i:j] = [1 + _run(j - i)] * (j - i)
        i = max(j, i + 1)
    window_size, window_ends = [], []
    size_sums = [0]
    end_sums = [0]
    for size, is_full in zip(sizes, full, strict=True):
        size_sums.append(size_sums[-1] + min(size, 600))
        end_sums.append(end_sums[-1] + is_full)
    for i in range(count):
        a, b = max(0, i - 4), min(count, i + 5)
        around = b - a - 1
        if not around:
            window_size.append(0)
            window_ends.append(0)
            continue
        window_size.append(1 + _window((size_sums[b] - size_sums[a] - min(sizes[i], 600)) / around))
        window_ends.append(1 + _part((end_sums[b] - end_sums[a] - full[i]) / around))
    rule, category, number, protected = [0] * count, [0] * count, [0] * count, [0] * count
    for i, block in enumerate(blocks):
        if not block.signals:
            continue
        best = 0
        sources = set()
        for signal in block.signals:
            if signal.strength == "protect":
                protected[i] = 1
                continue
            whole = signal.end - signal.start >= 0.8 * (block.end - block.start)
            # 1-3: a rule speaks about part of the line; 4-6: about all of it
            level = _STRENGTH[signal.strength] + (3 if whole else 0)
            # a headline or byline rule is evidence of another kind
            if signal.category in ("headline", "byline", "editorial"):
                level = 1 if level < 4 else 4
            sources.add(signal.source)
            if level > best:
                best = level
                category[i] = _CATEGORY[signal.category]
        rule[i] = best
        number[i] = _few(len(sources))
    firm = [r in (2, 3, 5, 6) and blocks[i].signals[0].category not in ("headline", "byline", "editorial") for i, r in enumerate(rule)]
    since, until = [8] * count, [8] * count
    last = -99
    for i in range(count):
        since[i] = _distance(i - last)
        if firm[i]:
            last = i
    last = count + 99
    for i in range(count - 1, -1, -1):
        until[i] = _distance(last - i)
        if firm[i]:
            last = i
    section, age = [0] * count, [0] * count
    current = opened = 0
    for i in range(count):
        if rule[i] >= 5 and sizes[i] < 80 and CATEGORIES[category[i] - 1] in _SECTIONS:
            current, opened = category[i], i
        elif current and lines.sure[i] and i - opened > 1 and lines.sure[i - 1]:
            # two sure body lines in a row: the section is over
            current = 0
        elif current and i - opened > 40:
            current = 0
        if current and i > opened:
            section[i] = current
            age[i] = _distance(i - opened)
    sums = [0]
    for x in firm:
        sums.append(sums[-1] + x)
    near = [_many(sums[min(count, i + 4)] - sums[max(0, i - 3)] - firm[i]) for i in range(count)]
    rules_after = [_many(sums[count] - sums[i + 1]) for i in range(count)]
    rules_before = [_many(sums[i]) for i in range(count)]
    return [
        padded[1 : count + 1], padded[3 : count + 3], padded[:count], padded[4 : count + 4], padded_ends[:count], padded_ends[2:],
        runs, window_size, window_ends,
        rule, category, number, protected, [0, *rule[:-1]], [*rule[1:], 0], [0, *category[:-1]], [*category[1:], 0],
        since, until, section, age, near, rules_after, rules_before,
    ]  # fmt: skip
