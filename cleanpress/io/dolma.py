"""Stand-off attributes in the format of Dolma: what would go, one attribute a category, the documents untouched."""

from __future__ import annotations

from typing import Any, Final

from cleanpress.io.views import json_row
from cleanpress.types import Result

#: Stands before the category; the number changes when the meaning of the spans does.
PREFIX: Final = "cleanpress_v1__"


def attributes(result: Result) -> dict[str, list[list[float]]]:
    """``{"cleanpress_v1__<category>": [[start, end, score], ...]}`` for what was cut.

    Cutting these spans out of the document gives the cleaned text. Offsets are code points, half-open; the score is that
    of the surest verdict within.

    >>> from cleanpress.types import Removed, Verdict
    >>> verdict = Verdict(6, 11, "social", True, 0.98)
    >>> attributes(Result("Rain.", (verdict,), (Removed(5, 11, "\\\\nShare", "social"),)))
    {'cleanpress_v1__social': [[5, 11, 0.98]]}
    """
    found: dict[str, list[list[float]]] = {}
    verdicts = [v for v in result.verdicts if v.removed]
    first = 0
    for piece in result.removed:
        while first < len(verdicts) and verdicts[first].end <= piece.start:
            first += 1
        score = 0.0
        place = first
        while place < len(verdicts) and verdicts[place].start < piece.end:
            if verdicts[place].end > piece.start:
                score = max(score, verdicts[place].score)
            place += 1
        found.setdefault(PREFIX + piece.category, []).append([piece.start, piece.end, round(score, 6)])
    return found


def attribute_row(identity: Any, source: Any, result: Result | None, error: str | None = None) -> bytes:
    """The line of one document.

    Args:
        identity: its ``id``, as it was read.
        source: its ``source``.
        result: what was cut; None when it could not be cleaned.
        error: then, what the error is counted as.
    """
    row: dict[str, Any] = {"id": identity, "source": source, "attributes": {} if result is None else attributes(result)}
    if error is not None:
        row["error"] = error
    return json_row(row)
