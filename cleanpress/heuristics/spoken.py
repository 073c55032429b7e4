"""Speech and questions: quotations protect; talk to the reader and readers' own comments sound different from news prose."""

from __future__ import annotations

from collections.abc import Sequence

from cleanpress.heuristics.lines import Lines, binned
from cleanpress.languages import address_words, likely_packs

NAMES = ("quotation", "question", "reader", "newsroom")
_words = binned((1, 2, 4))
_OPEN = "\u201c\u201e\u00ab\u00bb\u300c\u201d"


def levels(lines: Lines, rows: Sequence[int]) -> list[list[int]]:
    """One list for each of ``NAMES``."""
    quotation, question = [], []
    for i in rows:
        text = lines.texts[i]
        marks = text.count('"')
        if not text.isascii():
            marks += sum(map(text.count, _OPEN))
        quotation.append(0 if not marks else 1 if marks == 1 else 2 if marks == 2 else 3)
        question.append(1 if text[-1] in "?\uff1f\u061f" else 2 if "?" in text else 0)
    return [quotation, question, *_address(lines, rows)]


def _address(lines: Lines, rows: Sequence[int]) -> tuple[list[int], list[int]]:
    """How much a line speaks to its reader ("your"), and of the newsroom ("our"); silent where the language is not known.

    News prose says neither outside quotations; columns and recipes do, so it is evidence only, and weighed as such.
    """
    likely = likely_packs(lines.document.folded)
    if likely is None:
        return [0] * len(rows), [0] * len(rows)
    found: tuple[list[int], list[int]] = [], []
    for words, levels_of in zip(address_words(likely), found, strict=True):
        for i in rows:
            if lines.unspaced:
                number = sum(word in lines.folded[i] for word in words)
            else:
                number = sum(word in words for word in lines.words(i))
            levels_of.append(1 + _words(number))
    return found
