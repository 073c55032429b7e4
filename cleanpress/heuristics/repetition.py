"""Lines that stand twice: word for word, as part of another line, or doubled inside themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cleanpress.heuristics.lines import Lines, binned

NAMES = ("repeated", "same_opening")
_count = binned((2, 3, 5))


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``. ``repeated`` is 4 for a line doubled inside itself, 5 for one that is part of another."""
    times = Counter(lines.folded)
    first = [_opening(folded[:26]) for folded in lines.folded]
    openings = Counter(first)
    whole = lines.document.folded
    repeated = []
    for i in rows:
        folded = lines.folded[i]
        length = len(folded)
        half = length // 2
        if times[folded] > 1:
            repeated.append(_count(times[folded]))
        elif 20 <= length < 300 and folded[:half].strip() == folded[length - half :].strip():
            repeated.append(4)
        elif 15 <= length < 140 and not lines.sure[i] and whole.count(folded) > 1:
            repeated.append(5)
        else:
            repeated.append(0)
    return [repeated, [_count(openings[first[i]]) for i in rows]]


def _opening(head: str) -> str:
    """The first word; behind a bullet or dash, which open every item of a list, the word after it tells more."""
    word = head.split(None, 1)[0]
    if len(word) == 1 and not word.isalnum():
        rest = head[head.index(word) + 1 :].split(None, 1)
        return word + rest[0] if rest else word
    return word
