"""Lines that stand twice: word for word, as part of another line, or doubled inside themselves."""

from __future__ import annotations

from collections import Counter

from cleanpress.heuristics.lines import Lines, binned

NAMES = ("repeated", "doubled", "same_opening", "contained")
_count = binned((2, 3, 5))
_openings = binned((2, 3, 5))


def levels(lines: Lines) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    times = Counter(lines.folded)
    openings: Counter[str] = Counter()
    first: list[str] = []
    for folded in lines.folded:
        word = folded[:24].split(None, 1)[0]
        # bullets and dashes open every item of a list; the word behind them tells more
        if len(word) == 1 and not word.isalnum():
            rest = folded[1:26].split(None, 1)
            word = word + (rest[0] if rest else "")
        first.append(word)
        openings[word] += 1
    whole = lines.document.folded
    doubled, contained = [], []
    for i, folded in enumerate(lines.folded):
        half = len(folded) // 2
        doubled.append(int(len(folded) >= 20 and len(folded) < 300 and folded[:half].strip() == folded[len(folded) - half :].strip()))
        contained.append(int(15 <= len(folded) < 140 and not lines.sure[i] and whole.count(folded) > times[folded]))
    return [[_count(times[f]) for f in lines.folded], doubled, [_openings(openings[w]) for w in first], contained]
