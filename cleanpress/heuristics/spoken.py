"""Speech and questions: quotations protect; talk to the reader and readers' own comments sound different from news prose."""

from __future__ import annotations

from collections.abc import Sequence

from cleanpress.heuristics.lines import Lines

NAMES = ("quotation", "question")
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
    return [quotation, question]
