"""Topical coherence: how many of a line's telling words the rest of the document uses too.

Teasers of other articles share little with the article, captions and sub-headings much. Words are compared by their first
letters, so that inflected forms of a name or noun meet; in scripts without spaces, pairs of characters take their place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cleanpress.heuristics.lines import Lines, binned

NAMES = ("topic", "topic_words", "names", "near_topic")
_share = binned((0.0001, 0.15, 0.3, 0.5, 0.7, 0.9))
_number = binned((1, 2, 3, 5, 8))
#: Shorter words are mostly function words; longer ones are cut to this many letters.
_SHORTEST, _STEM = 6, 6
_IDEOGRAPHS = re.compile("[\u3400-\u9fff\u30a0-\u30ff\uac00-\ud7af]{2}")
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
            found = set(_IDEOGRAPHS.findall(folded)) if unspaced else {w[:_STEM] for w in folded.split() if len(w) >= _SHORTEST}
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
    return [topic, number, names, near]


def _known_names(text: str, known: set[str]) -> int:
    """How many of the words with a capital inside the line (names, mostly; nouns too in German) the body knows."""
    inner = [w for w in text.split()[1:] if len(w) > 4 and w[0].isupper()]
    if not inner:
        return 0
    hits = sum(w[:_STEM].lower() in known for w in inner)
    return 1 if not hits else 2 if hits * 2 < len(inner) else 3 if hits < len(inner) else 4
