"""Lists: of links and headlines, of tags and topics, of data; and the lists that belong to an article.

A shopping test, a recipe or a programme is made of short lines as well. What sets those apart: many items open alike, carry
numbers, or stand *among* body paragraphs from head to tail, not in one heap.
"""

from __future__ import annotations

import re
from collections import Counter

from cleanpress.heuristics.lines import Lines, binned

NAMES = ("heap", "spread", "alike", "tag_row")
_heap = binned((1, 2, 3, 5, 8, 13))
_spread = binned((1, 3, 6, 10, 20))
_alike = binned((2, 3, 4, 6, 10))
_TAGS = re.compile(r"^(?:#\w+[ ,]*)+$|^[^.!?:]{2,40}(?:(?: ?[,|\u2022\u00b7/;] ?)[^.!?:,|\u2022\u00b7/;]{2,40}){2,}$")
_WORDISH = re.compile(r"\w")


def levels(lines: Lines) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    count, sizes, sure = lines.count, lines.sizes, lines.sure
    # heaps: stretches with no sure body in them
    heap = [0] * count
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
        heap[i:j] = [1 + _heap(j - i)] * (j - i)
        i = j
    spread = [_spread(heaps)] * count
    # lines of one form: same opening mark, same end, same size class, anywhere in the document
    forms = [(lines.begins[i], lines.ends[i], min(sizes[i] // 40, 4)) for i in range(count)]
    times = Counter(forms)
    alike = [0 if sure[i] else _alike(times[forms[i]]) for i in range(count)]
    tags = []
    for i in range(count):
        text = lines.texts[i]
        words = text.split()
        if sure[i] or sizes[i] > 300:
            tags.append(0)
        elif _TAGS.search(text):
            tags.append(2)
        elif 3 <= len(words) <= 30 and not lines.unspaced and all(w[0].isupper() or not _WORDISH.search(w) for w in words):
            tags.append(1)
        else:
            tags.append(0)
    return [heap, spread, alike, tags]
