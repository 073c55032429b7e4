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
#: Words shorter than this are mostly function words; longer ones are cut to _STEM letters.
_SHORTEST, _STEM = 5, 6
_IDEOGRAPHS = re.compile("[\u3400-\u9fff\u30a0-\u30ff\uac00-\ud7af]{2}")


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    silent = [0] * len(rows)
    body = "\n".join(f for f, is_sure in zip(lines.folded, lines.sure, strict=True) if is_sure)
    if len(body) < 400:
        return [silent, list(silent), list(silent), list(silent)]
    topic, number, names, near = [], [], [], []
    for i in rows:
        if lines.sure[i]:
            topic.append(0)
            number.append(0)
            names.append(0)
            near.append(0)
            continue
        folded = lines.folded[i]
        if lines.unspaced:
            stems = list(dict.fromkeys(_IDEOGRAPHS.findall(folded)))[:24]
        else:
            stems = list(dict.fromkeys(w[:_STEM] for w in lines.words(i) if len(w) >= _SHORTEST))[:24]
        if not stems:
            topic.append(0)
            number.append(0)
            names.append(0)
            near.append(0)
            continue
        shared = [s for s in stems if s in body]
        topic.append(1 + _share(len(shared) / len(stems)))
        number.append(_number(len(stems)))
        around = "\n".join(lines.folded[max(0, i - 2) : i]) + "\n" + "\n".join(lines.folded[i + 1 : i + 3])
        near.append(1 + _share(sum(s in around for s in stems) / len(stems)))
        if lines.unspaced:
            names.append(0)
        else:
            # Words with a capital inside the line: names, mostly (nouns too in German).
            inner = [w for w in lines.texts[i].split()[1:] if w[0].isupper() and len(w) > 2]
            known = sum(w[:_STEM].lower() in body for w in inner)
            names.append(0 if not inner else 1 if known == 0 else 2 if known * 2 < len(inner) else 3 if known < len(inner) else 4)
    return [topic, number, names, near]
