"""The look of one line by itself: length, end mark, case, digits, form."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cleanpress.heuristics.lines import Lines, binned, sentence_ends, size_bin

NAMES = ("size", "end", "begin", "words", "titled", "digits", "sentences", "colon", "address")
_words = binned((2, 3, 4, 6, 8, 11, 15, 20, 30))
_titled = binned((0.0001, 0.2, 0.34, 0.5, 0.67, 0.85, 1.0))
_digits = binned((0.0001, 0.03, 0.08, 0.2, 0.5))
_few = binned((1, 2, 3, 5))
_DIGIT = re.compile(r"\d")
#: Every address holds one of these.
_IN_ADDRESSES = ("@", "#", "://", "www.", ".com", ".de", ".org", ".net")
_ADDRESS = re.compile(r"https?://|www\.|@\w|(?<!\w)#\w|\w\.(?:com|de|org|net)\b")


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    found = []
    for i in rows:
        size = lines.sizes[i]
        if lines.sure[i]:
            # A long full sentence: its inner look tells nothing more, and most lines are such.
            found.append((size_bin(size), lines.ends[i], lines.begins[i], 0, 0, 0, 0, 0, 0))
            continue
        text = lines.texts[i]
        words = text.split()
        if lines.unspaced:
            count = titled = 0
        else:
            count = 1 + _words(len(words))
            # Scripts without case stay silent.
            titled = 1 + _titled(sum(w[0].isupper() for w in words) / len(words)) if text.lower() != text.upper() else 0
        colon = text.find(":")
        found.append(
            (
                size_bin(size),
                lines.ends[i],
                lines.begins[i],
                count,
                titled,
                1 + _digits(_digit_count(text) / len(text)),
                1 + _few(sentence_ends(text)),
                1 if colon < 0 else 2 if colon == len(text) - 1 else 3 if colon < 25 else 4,
                2 if any(map(text.__contains__, _IN_ADDRESSES)) and _ADDRESS.search(text) else 1,
            )
        )
    return [list(column) for column in zip(*found, strict=True)]


def _digit_count(text: str) -> int:
    # counting ten characters one by one is faster than looking for their class
    return sum(map(text.count, "0123456789")) if text.isascii() else len(_DIGIT.findall(text))
