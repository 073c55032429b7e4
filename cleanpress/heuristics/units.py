"""Evidence about the segments of a line that mixes body and boilerplate, or that holds a whole flattened article."""

from __future__ import annotations

import re

from cleanpress.heuristics.lines import begin_of, binned, end_of
from cleanpress.languages import reporting_phrases, reporting_verbs
from cleanpress.segment.plain import sentences_of
from cleanpress.types import CATEGORIES, Block, Document

NAMES = (
    "s_rule", "s_category", "s_cover", "s_protected", "s_before", "s_after", "s_before2", "s_after2", "s_size", "s_end", "s_begin",
    "s_place", "s_block_cover", "s_gap", "s_block_size", "s_before_category", "s_after_category", "s_quoted", "s_share",
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LEVEL = {"weak": 1, "strong": 2, "decisive": 3}
_CATEGORY = {name: i + 1 for i, name in enumerate(CATEGORIES)}
_size = binned((8, 15, 25, 40, 60, 80, 100, 140, 200, 300))
_cover = binned((0.05, 0.2, 0.4, 0.6, 0.8, 0.95))
_share = binned((0.1, 0.25, 0.5, 0.75))
_gap = binned((1, 2, 3, 5, 9))
_block = binned((80, 200, 500, 1500, 5000))


def units_of(document: Document, block: Block) -> list[tuple[int, int]]:
    """The units of a block that can be cut on their own: its segments, split once more at the edges of ``match`` signals."""
    segments = block.segments or sentences_of(document.text, block.start, block.end)
    text = document.text
    edges = sorted({p for s in block.signals if s.strength != "protect" for p in (s.start, s.end) if not _inside_word(text, p)})
    out: list[tuple[int, int]] = []
    k = 0
    for start, end in segments:
        at = start
        while k < len(edges) and edges[k] <= start:
            k += 1
        while k < len(edges) and edges[k] < end:
            _append(text, at, edges[k], out)
            at = edges[k]
            k += 1
        _append(text, at, end, out)
    return out


def _inside_word(text: str, place: int) -> bool:
    """Whether a cut at ``place`` would tear a word of a spaced script: extractors print "the endhttps://…" too."""
    return 0 < place < len(text) and "0" <= text[place - 1] < "\u0e00" and text[place - 1].isalnum() and text[place].isalnum()


def _append(text: str, start: int, end: int, out: list[tuple[int, int]]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        out.append((start, end))


def reported(document: Document, block: Block, start: int, end: int) -> bool:
    """Whether a segment reports speech: it stands inside an open quotation, quotes in part, or has a verb of saying.

    "Sign up now, the page demanded." and “Log in”, said the notice, are news about a pitch, not a pitch.
    """
    before = document.folded[block.start : start]
    own = document.folded[start:end]
    # folding makes all double quotes alike, so an odd number before means one is open
    if before.count('"') % 2 or own.count('"') % 2 or (own.count('"') and not own.startswith('"')):
        return True
    verbs = reporting_verbs()
    # no language that writes its verbs of saying in ASCII has any of several words
    return any(word in verbs for word in _WORD.findall(own)) or (not own.isascii() and reporting_phrases().search(own) is not None)


def has_words(document: Document, start: int, end: int) -> bool:
    """Whether a span holds any letter or digit."""
    return any(map(str.isalnum, document.text[start:end]))


def feature_columns(document: Document, block: Block, parts: list[tuple[int, int]]) -> dict[str, list[int]]:
    """Every feature of every unit of ``block``: name to levels."""
    text = document.text
    count = len(parts)
    rule, category, cover, protected, shares = [0] * count, [0] * count, [0] * count, [0] * count, [0] * count
    covered = 0
    for k, (start, end) in enumerate(parts):
        width = 0
        for signal in block.signals:
            if signal.start >= end or signal.end <= start:
                continue
            if signal.strength == "protect":
                protected[k] = 1
                continue
            level = _LEVEL[signal.strength]
            if signal.category in ("headline", "byline", "editorial"):
                level = 1
            width = max(width, min(end, signal.end) - max(start, signal.start))
            if level > rule[k]:
                rule[k] = level
                shares[k] = 0
            if level == rule[k]:
                shares[k] = max(shares[k], 1 + _share(signal.share))
                category[k] = _CATEGORY[signal.category]
        cover[k] = 1 + _cover(width / (end - start)) if width else 0
        if rule[k] >= 2:
            covered += end - start
    total = sum(b - a for a, b in parts)
    share = _cover(covered / total)
    last = -99
    since = [0] * count
    for k in range(count):
        since[k] = k - last
        if rule[k] >= 2:
            last = k
    last = count + 99
    until = [0] * count
    for k in range(count - 1, -1, -1):
        until[k] = last - k
        if rule[k] >= 2:
            last = k
    # How deep inside a stretch between two rules a segment stands; 5 when only one side has a rule at all.
    gap = [_gap(since[k] + until[k] - 1) if since[k] < 90 and until[k] < 90 else 5 for k in range(count)]
    place = [0 if k == 0 else 2 if k == count - 1 else 1 for k in range(count)]
    pieces = [text[a:b] for a, b in parts]
    return {
        "s_rule": rule,
        "s_category": category,
        "s_cover": cover,
        "s_protected": protected,
        "s_before": [4, *rule[:-1]],
        "s_after": [*rule[1:], 4],
        "s_before2": [4, 4, *rule[:-2]][:count],
        "s_after2": [*rule[2:], 4, 4][-count:] if count > 1 else [4],
        "s_size": [_size(b - a) for a, b in parts],
        "s_end": [end_of(p) for p in pieces],
        "s_begin": [begin_of(p) for p in pieces],
        "s_place": place,
        "s_block_cover": [share] * count,
        "s_gap": gap,
        "s_block_size": [_block(total)] * count,
        "s_before_category": [0, *category[:-1]],
        "s_after_category": [*category[1:], 0],
        "s_share": shares,
        "s_quoted": [int('"' in document.folded[a:b]) for a, b in parts],
    }
