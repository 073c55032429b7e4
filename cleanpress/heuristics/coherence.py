"""Topical coherence: how many of a line's telling words the rest of the document uses too.

Teasers of other articles share little with the article, captions and sub-headings much. Words are compared by their first
letters, so that inflected forms of a name or noun meet; in scripts without spaces, pairs of characters take their place.
A second article that starts under the first shows as a turn: paragraphs from which on little of what was said before returns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cleanpress.heuristics.lines import Lines, binned

NAMES = ("topic", "topic_words", "names", "near_topic", "turn")
_share = binned((0.0001, 0.15, 0.3, 0.5, 0.7, 0.9))
_number = binned((1, 2, 3, 5, 8))
#: Shorter words are mostly function words; longer ones are cut to this many letters.
_SHORTEST, _STEM = 6, 6
_IDEOGRAPHS = "[\u3400-\u9fff\u30a0-\u30ff\uac00-\ud7af]{2}"
#: The share of telling words that are known from above; the lower, the more of a turn.
_turn = binned((0.04, 0.07, 0.1, 0.14, 0.19, 0.26))
#: The level of no turn at all.
_NONE = 7
#: Paragraphs from which a turn is told, and paragraphs that must stand before it.
_AHEAD, _BEFORE = 5, 3
#: With less sure body than this (code points) there is no topic to share.
_LEAST_BODY = 400


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    body_lines = [f for f, is_sure in zip(lines.folded, lines.sure, strict=True) if is_sure]
    asked = [i for i in rows if not lines.sure[i]]
    if not asked or sum(map(len, body_lines)) < _LEAST_BODY:
        return [[0] * len(rows) for _ in NAMES]
    unspaced = lines.unspaced
    memo = lines.document.memo

    def stems(i: int) -> set[str]:
        folded = lines.folded[i]
        found = memo.get(folded)
        if found is None:
            found = set(re.findall(_IDEOGRAPHS, folded)) if unspaced else {w[:_STEM] for w in folded.split() if len(w) >= _SHORTEST}
            memo[folded] = found
        return found

    body = "\n".join(body_lines) if unspaced else ""
    known = set() if unspaced else set().union(*(stems(i) for i in range(lines.count) if lines.sure[i]))
    topic, number, names, near = [], [], [], []
    for i in rows:
        own = stems(i) if not lines.sure[i] else None
        if not own:
            topic.append(0)
            number.append(0)
            names.append(0)
            near.append(0)
            continue
        count = len(own)
        shared = sum(s in body for s in own) if unspaced else len(own & known)
        topic.append(1 + _share(shared / count))
        number.append(_number(count))
        around = 0
        for k in (i - 2, i - 1, i + 1, i + 2):
            if 0 <= k < lines.count:
                around = max(around, len(own & stems(k)))
        near.append(1 + _share(around / count))
        names.append(0 if unspaced else _known_names(lines.texts[i], known))
    return [topic, number, names, near, _turns(lines, rows, stems)]


def _turns(lines: Lines, rows: Sequence[int], stems: Callable[[int], set[str]]) -> list[int]:
    """For each row, how sharp a turn the document takes above it: 0 can't be told, 1 another topic altogether, 7 none.

    At each paragraph it is asked how many of the telling words of it and the next few stand somewhere above. The sharpest
    turn above a line counts, for all of a second article stands below it.
    """
    paragraphs = [i for i in range(lines.count) if lines.sure[i]]
    count = len(paragraphs)
    if count < _BEFORE + _AHEAD:
        return [0] * len(rows)
    first: dict[str, int] = {}
    total = [0] * (count + 1)
    known = [0] * (count + 1)
    for j, i in enumerate(paragraphs):
        own = stems(i)
        total[j] = len(own)
        for stem in own:
            at = first.setdefault(stem, j)
            # known at every turn between the word's first place and here that looks this far ahead
            if at < j:
                known[max(at, j - _AHEAD) + 1] += 1
                known[j + 1] -= 1
    level = [0] * (lines.count + 1)
    running = 0
    sharpest = 0
    k = 0
    for j, i in enumerate(paragraphs):
        running += known[j]
        if j >= _BEFORE and count - j >= _BEFORE:
            said = sum(total[j : j + _AHEAD])
            if said:
                sharpest = min(sharpest or _NONE, 1 + _turn(running / said))
        # the headline of a second article stands above its first paragraph
        level[k : i + 1] = [sharpest] * (i + 1 - k)
        k = i + 1
    level[k:] = [sharpest] * (len(level) - k)
    return [level[i] for i in rows]


def _known_names(text: str, known: set[str]) -> int:
    """How many of the words with a capital inside the line (names, mostly; nouns too in German) the body knows."""
    inner = [w for w in text.split()[1:] if len(w) > 4 and w[0].isupper()]
    if not inner:
        return 0
    hits = sum(w[:_STEM].lower() in known for w in inner)
    return 1 if not hits else 2 if hits * 2 < len(inner) else 3 if hits < len(inner) else 4
