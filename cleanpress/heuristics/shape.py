"""The look of one line by itself: length, end mark, case, digits, separators."""

from __future__ import annotations

import re

from cleanpress.heuristics.lines import Lines, binned

NAMES = ("size", "end", "begin", "words", "capitals", "titled", "digits", "separators", "commas", "sentences", "colon", "address", "stamp")
_size = binned((8, 15, 25, 40, 60, 80, 100, 140, 200, 300, 500))
_words = binned((2, 3, 4, 6, 8, 11, 15, 20, 30))
_share = binned((0.0001, 0.05, 0.15, 0.4, 0.7))
_titled = binned((0.0001, 0.2, 0.34, 0.5, 0.67, 0.85, 1.0))
_digits = binned((0.0001, 0.03, 0.08, 0.2, 0.5))
_few = binned((1, 2, 3, 5))
_SEPARATOR = re.compile(r"[|\u2022\u00b7\u203a\u00bb\u2192]| [/+] | - ")
_SENTENCE = re.compile("[.!?\u3002\uff01\uff1f\u061f\u0964](?= |$|[\u3040-\u9fff])")
_ADDRESS = re.compile(r"https?://|www\.|@\w|(?<!\w)#\w|\w\.(?:com|de|org|net)\b")
_STAMP = re.compile(
    r"\b\d{1,2}[:.h]\d{2}\b(?! ?(?:mio|mrd|million|billion|percent|prozent|%))|\b\d{1,2}[./]\d{1,2}[./](?:19|20)?\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d|\b(?:19|20)\d\d\b"
)
_PRICE = re.compile("[\u20ac$\u00a3\u00a5\u20b9]")


def levels(lines: Lines) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    rows = []
    for i, text in enumerate(lines.texts):
        size = lines.sizes[i]
        if lines.sure[i]:
            # A long full sentence: its inner look tells nothing more, and most lines are such.
            rows.append((_size(size), lines.ends[i], lines.begins[i], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
            continue
        length = len(text)
        words = text.split()
        if lines.unspaced:
            count = titled = capitals = 0
        else:
            count = 1 + _words(len(words))
            upper = sum(map(str.isupper, text))
            lower = sum(map(str.islower, text))
            # Scripts without case stay silent.
            capitals = 1 + _share(upper / (upper + lower)) if upper + lower else 0
            titled = 1 + _titled(sum(w[0].isupper() for w in words) / len(words)) if lower or upper else 0
        digits = 1 + _digits(sum(map(str.isdigit, text)) / length)
        colon = text.find(":")
        rows.append(
            (
                _size(size),
                lines.ends[i],
                lines.begins[i],
                count,
                capitals,
                titled,
                digits,
                1 + _few(len(_SEPARATOR.findall(text))),
                1 + _few(text.count(",") + text.count("\u3001") + text.count("\uff0c")),
                1 + _few(len(_SENTENCE.findall(text))),
                1 if colon < 0 else 2 if colon == length - 1 else 3 if colon < 25 else 4,
                2 if _ADDRESS.search(text) else 1,
                (2 if _STAMP.search(text) else 1) + (2 if _PRICE.search(text) else 0),
            )
        )
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in NAMES]
