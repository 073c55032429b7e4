"""Lists: of links and headlines, of tags and topics, of data; and the lists that belong to an article.

A shopping test, a recipe or a programme is made of short lines as well. What sets those apart: many items open alike, carry
numbers or "name: value" pairs, or stand *among* body paragraphs from head to tail, not in one heap.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from cleanpress.heuristics.lines import BEGIN_BULLET, BEGIN_DASH, BEGIN_DIGIT, DECK_SIZE, END_NONE, Lines, binned, sentence_ends

NAMES = ("heap", "spread", "alike", "tag_row", "data_rows", "bullets", "heap_rules", "teasers")
_heap = binned((1, 2, 3, 5, 8, 13))
_spread = binned((1, 3, 6, 10, 20))
_alike = binned((2, 3, 4, 6, 10))
_rows = binned((1, 2, 3, 5, 8))
_share = binned((0.0001, 0.1, 0.25, 0.5))
_pairs = binned((1, 2, 3, 5, 8))
#: A headline-like line is shorter than this; up to so many of them stand over a teaser's text.
_HEAD, _HEADS = 140, 4
_TAGS = re.compile(r"^(?:#\w+[ ,]*)+$|^[^.!?:]{2,40}(?:(?: ?[,|\u2022\u00b7/;] ?)[^.!?:,|\u2022\u00b7/;]{2,40}){2,}$")
_DIGIT = re.compile(r"\d")
_WORDISH = re.compile(r"\w")
# "name: value" rows, prices and measures
_DATA = re.compile(
    "^[^:.!?]{1,30}[:\uff1a] ?[^ ].{0,60}$|[\u20ac$\u00a3\u00a5] ?\\d|\\d ?(?:[\u20ac$\u00a3\u00a5%]|euro|eur|kg|g|ml|l|cm|mm|km|gb|mbit|w|v|min)\\b"
)


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    count, sizes, sure = lines.count, lines.sizes, lines.sure
    # heaps: stretches with no sure body in them
    heap, ruled, data, bullets = [0] * count, [0] * count, [0] * count, [0] * count
    heaps = 0
    i = 0
    while i < count:
        if sure[i]:
            i += 1
            continue
        j = i
        while j < count and not sure[j]:
            j += 1
        heaps += 1
        size = j - i
        firm = sum(lines.covers[k] >= 0.34 for k in range(i, j))
        rowish = bulleted = 0
        if size > 1:
            for k in range(i, j):
                if sizes[k] < 100 and (":" in lines.folded[k] or _DIGIT.search(lines.folded[k])) and _DATA.search(lines.folded[k]):
                    rowish += 1
                if lines.begins[k] in (BEGIN_BULLET, BEGIN_DASH, BEGIN_DIGIT):
                    bulleted += 1
        heap[i:j] = [1 + _heap(size)] * size
        ruled[i:j] = [1 + _share(firm / size)] * size
        data[i:j] = [_rows(rowish)] * size
        bullets[i:j] = [_rows(bulleted)] * size
        i = j
    # lines of one form: same opening mark, same end, same size class, anywhere in the document
    forms = [(lines.begins[i], lines.ends[i], min(sizes[i] // 40, 4)) for i in range(count)]
    times = Counter(forms)
    tags = []
    for i in rows:
        text = lines.texts[i]
        if sure[i] or sizes[i] > 300 or lines.ends[i] > END_NONE:
            tags.append(0)
        elif _TAGS.search(text):
            tags.append(2)
        else:
            words = text.split()
            tags.append(int(3 <= len(words) <= 30 and not lines.unspaced and all(w[0].isupper() or not _WORDISH.search(w) for w in words)))
    return [
        [heap[i] for i in rows],
        [_spread(heaps)] * len(rows),
        [0 if sure[i] else _alike(times[forms[i]]) for i in rows],
        tags,
        [data[i] for i in rows],
        [bullets[i] for i in rows],
        [ruled[i] for i in rows],
        _teasers(lines, rows),
    ]


def _teasers(lines: Lines, rows: Sequence[int]) -> list[int]:
    """How many pairs of a headline and a sentence or two follow each other where a line stands.

    Sub-headings of an article stand over whole paragraphs; in a list of teasers each headline has its one sentence.
    """
    count, sizes, full = lines.count, lines.sizes, lines.full
    found = [0] * count
    i = 0
    while i < count:
        if full[i] or sizes[i] >= _HEAD:
            i += 1
            continue
        at, pairs = i, 0
        while True:
            k = at
            while k < count and k - at < _HEADS and not full[k] and sizes[k] < _HEAD:
                k += 1
            if at == k or k >= count or not full[k] or sizes[k] >= DECK_SIZE or sentence_ends(lines.texts[k]) > 2:
                break
            pairs, at = pairs + 1, k + 1
        if pairs:
            found[i:at] = [_pairs(pairs)] * (at - i)
        i = max(at, i + 1)
    return [found[i] for i in rows]
