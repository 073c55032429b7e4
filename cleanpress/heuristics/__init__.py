"""Structure that no phrase can tell: each module reads one kind of evidence off a document's lines.

A module offers ``NAMES``, the names of its features, and ``levels(lines, rows)``, which gives for each name a list of
small whole numbers, one for each of the asked rows; 0 means silent. What a level is worth is fitted (``rules/scoring.json``); nothing here decides.
The modules don't see each other. What they share is measured once a line, in :mod:`cleanpress.heuristics.lines`.
"""

from __future__ import annotations

from collections.abc import Sequence

from cleanpress.heuristics import captions, coherence, context, lists, place, repetition, shape, spoken
from cleanpress.heuristics.lines import Lines

MODULES = (shape, place, context, repetition, coherence, captions, lists, spoken)
NAMES: tuple[str, ...] = tuple(name for module in MODULES for name in module.NAMES)


def feature_columns(lines: Lines, rows: Sequence[int]) -> dict[str, list[int]]:
    """Every feature of the lines numbered ``rows``: name to a list of levels, one a row."""
    columns: dict[str, list[int]] = {}
    for module in MODULES:
        columns.update(zip(module.NAMES, module.levels(lines, rows), strict=True))
    return columns
