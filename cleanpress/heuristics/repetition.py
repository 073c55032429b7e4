"""Lines that stand twice: word for word, as part of another line, or doubled inside themselves; and what recurs in a beat.

Readers' comments, teasers and slides carry a label each ("Reply", "3 hours ago", "Read more"): between two such labels stands one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from cleanpress.heuristics.lines import Lines, binned

NAMES = ("repeated", "same_opening", "beat")
_count = binned((2, 3, 5))
#: Lines of so many characters are looked for inside other lines.
_SHORTEST, _LONGEST = 15, 140
#: More lines than this are looked for all at once: one by one, the time would grow with the square of the document's length.
_MANY = 2000
_beats = binned((2, 3, 4, 6, 9))
_DIGITS = re.compile(r"\d+")
#: A label is at most this long, and returns after at most so many lines.
_LABEL, _PERIOD = 60, 8


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``. ``repeated`` is 4 for a line doubled inside itself, 5 for one that is part of another."""
    times = Counter(lines.folded)
    first = [_opening(folded[:26]) for folded in lines.folded]
    openings = Counter(first)
    whole = lines.document.folded
    asked = [i for i in rows if _SHORTEST <= len(lines.folded[i]) < _LONGEST and not lines.sure[i]]
    twice = _standing_twice(whole, {lines.folded[i] for i in asked}) if len(asked) > _MANY else None
    repeated = []
    for i in rows:
        folded = lines.folded[i]
        length = len(folded)
        half = length // 2
        if times[folded] > 1:
            repeated.append(_count(times[folded]))
        elif 20 <= length < 300 and folded[:half].strip() == folded[length - half :].strip():
            repeated.append(4)
        elif _SHORTEST <= length < _LONGEST and not lines.sure[i] and (whole.count(folded) > 1 if twice is None else folded in twice):
            repeated.append(5)
        else:
            repeated.append(0)
    return [repeated, [_count(openings[first[i]]) for i in rows], _beat(lines, rows)]


def _beat(lines: Lines, rows: Sequence[int]) -> list[int]:
    """How often the short line recurs (digits alike) that stands a little above and a little below a line, or is the line."""
    places: dict[str, list[int]] = {}
    for i, (folded, size) in enumerate(zip(lines.folded, lines.sizes, strict=True)):
        if size < _LABEL:
            places.setdefault(_DIGITS.sub("0", folded), []).append(i)
    found = [0] * lines.count
    for where in places.values():
        level = _beats(len(where))
        if level:
            for above, below in pairwise(where):
                if below - above <= _PERIOD:
                    found[above : below + 1] = [max(level, old) for old in found[above : below + 1]]
    return [found[i] for i in rows]


def _opening(head: str) -> str:
    """The first word; behind a bullet or dash, which open every item of a list, the word after it tells more."""
    word = head.split(None, 1)[0]
    if len(word) == 1 and not word.isalnum():
        rest = head[head.index(word) + 1 :].split(None, 1)
        return word + rest[0] if rest else word
    return word


def _standing_twice(whole: str, wanted: set[str]) -> set[str]:
    """Those of ``wanted`` that stand in ``whole`` twice without touching; one walk, however many they are.

    >>> sorted(_standing_twice("all about the ferry, and all about the ferry; not about the bridges", {"all about the ferry", "about the bridges"}))
    ['all about the ferry']
    """
    lengths: dict[str, set[int]] = {}
    for line in wanted:
        lengths.setdefault(line[:_SHORTEST], set()).add(len(line))
    first: dict[str, int] = {}
    twice = set()
    for at in range(len(whole) - _SHORTEST + 1):
        for length in lengths.get(whole[at : at + _SHORTEST], ()):
            piece = whole[at : at + length]
            if piece in wanted and at - first.setdefault(piece, at) >= len(piece):
                twice.add(piece)
    return twice
