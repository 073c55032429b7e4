"""From a page's HTML to clean text: blocks, evidence, verdicts, and the record of what went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cleanpress import heuristics
from cleanpress.extract import Extracted
from cleanpress.heuristics import markup as markup_heuristics
from cleanpress.heuristics.lines import Lines
from cleanpress.heuristics.markup import Landscape
from cleanpress.markup import MarkupMatcher
from cleanpress.matching import Matcher
from cleanpress.pipeline import guessed_packs
from cleanpress.rulebook import Rule
from cleanpress.segment.plain import blocks_of
from cleanpress.segment.witness import Witness, witness_of
from cleanpress.text import fold, surface
from cleanpress.types import Document

#: The features that a block's score is made of: the look of its text and the place of its element.
NAMES: tuple[str, ...] = heuristics.NAMES + markup_heuristics.NAMES


@dataclass(slots=True)
class Measured:
    """A page with everything that the scoring layer wants to know of it."""

    extracted: Extracted
    witness: Witness
    land: Landscape
    #: numbers of the blocks that are scored; each is a line of ``document``
    chosen: list[int]
    #: for each scored block the markup rules that speak about it
    speaking: list[tuple[Rule, ...]]
    source: str
    offsets: list[int] | None
    document: Document
    lines: Lines
    columns: Mapping[str, Sequence[int]]


def measured(
    found: Extracted, matcher: Matcher, markup: MarkupMatcher, *, url: str | None = None, host: str | None = None,
    packs: frozenset[str] | None = None,
) -> Measured:  # fmt: skip
    """Gathers the evidence about a page's blocks.

    Args:
        found: the page, from :func:`cleanpress.extract.extracted`.
        matcher: finds the text rules' signals.
        markup: finds the markup rules'.
        url: where the page stood.
        host: its host, for site rules.
        packs: the packs whose rules may speak; None: guessed from the text.
    """
    page, kept = found.page, found.kept
    witness = witness_of(page)
    land = markup_heuristics.landscape_of(page, kept)
    chosen = [k for k in markup_heuristics.worth_scoring(page, kept, land) if surface(page.blocks[k].text)[0].strip()]
    pieces: list[str] = []
    for number, k in enumerate(chosen):
        if number:
            tight = page.blocks[k].gap == 1 and chosen[number - 1] == k - 1
            pieces.append("\n" if tight else "\n\n")
        pieces.append(page.blocks[k].text)
    source = "".join(pieces)
    seen, offsets = surface(source)
    document = Document(seen, fold(seen), blocks_of(seen), url, page.lang)
    if packs is None:
        packs = guessed_packs(document.folded)
    matcher.annotate(document, host=host, packs=packs)
    lines = Lines(document)
    rows = range(lines.count)
    columns = heuristics.feature_columns(lines, rows)
    speaking = markup.speaking(page)
    columns.update(zip(markup_heuristics.NAMES, markup_heuristics.levels(page, chosen, kept, speaking, witness, land), strict=True))
    return Measured(found, witness, land, chosen, [speaking[k] for k in chosen], source, offsets, document, lines, columns)
