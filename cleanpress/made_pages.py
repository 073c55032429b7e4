"""Pages that are made of labelled ones, to teach with: bodies in another publisher's frame, and pages that fewer rules know.

A hundred publishers are few: a model that sees each body only in its own frame learns frames by heart. A page with the head and
tail of another one is as likely a page as any, and its labels are known. And the rules were written with the labelled pages at
hand, so they know those better than any page to come; with some of them silent, the model learns to do with fewer. Taught beside
the pages that they are made of, such pages make the model remove two to four points more boilerplate of unseen publishers at the
same loss (``docs/scoring.md``).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from cleanpress.labelled import Page, labelled_page
from cleanpress.matching import Matcher
from cleanpress.types import Block, Document

#: How many pages are made of each body.
PER_PAGE = 3
#: Weight of a page that is made; their originals weigh 1.
WEIGHT = 0.3
#: Shares of the rules that may be silent on a page.
SILENT = (0.15, 0.3, 0.5)
T = TypeVar("T")


def transplanted_pages(pages: Sequence[Page], folds: Sequence[int], donors: int, matcher: Matcher) -> tuple[list[Page], list[int]]:
    """Pages that are made of pairs of ``pages``, and the fold of each.

    The two of a pair are of one language and of one fold, so that no model sees a publisher that it is measured on; which
    two is chosen by a hash of their texts.

    Args:
        pages: labelled pages; each lends its body.
        folds: the fold of each.
        donors: how many of them, from the first on, lend what stands around theirs.
        matcher: finds the signals.
    """
    framed: dict[tuple[int, str], list[int]] = defaultdict(list)
    frames: list[tuple[Sequence[Block], Sequence[Block]]] = []
    for number, (page, fold) in enumerate(zip(pages[:donors], folds[:donors], strict=True)):
        frame = _frame(page)
        frames.append(frame)
        if frame[0] or frame[1]:
            framed[fold, page.lang].append(number)
    made: list[Page] = []
    folds_of_made: list[int] = []
    for page, fold in zip(pages, folds, strict=True):
        others = [n for n in framed[fold, page.lang] if pages[n].publisher != page.publisher]
        first, end = _body_ends(page)
        if not others or not end:
            continue
        middle = page.document.blocks[first:end]
        for turn in range(PER_PAGE):
            donor = _chosen(others, f"{turn}\n{page.document.text}")
            made.append(_in_frame(page, middle, pages[donor], *frames[donor], matcher))
            folds_of_made.append(fold)
    return made, folds_of_made


def half_heard_pages(pages: Sequence[Page]) -> list[Page]:
    """Each of the pages with some of its rules silent, chosen by a hash of its text and the rule's id."""
    made = []
    for page in pages:
        document = page.document
        share = _chosen(SILENT, document.text)
        silent: dict[str, bool] = {}
        blocks = []
        for block in document.blocks:
            for signal in block.signals:
                if signal.source not in silent:
                    silent[signal.source] = _number(f"{signal.source}\n{document.text}") < share * _TOP
            signals = [s for s in block.signals if not silent[s.source]]
            blocks.append(Block(block.start, block.end, block.line_start, block.gap, signals, block.segments))
        heard = Document(document.text, document.folded, blocks, document.url, document.lang)
        made.append(Page(page.publisher, page.lang, heard, page.spans, page.counts, WEIGHT))
    return made


_TOP = 1 << 64


def _number(key: str) -> int:
    """A number below ``_TOP`` that only the key tells."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _chosen(items: Sequence[T], key: str) -> T:
    return items[_number(key) % len(items)]


def _body_ends(page: Page) -> tuple[int, int]:
    """The first block that stays and the one behind the last that does; equal when there is none."""
    staying = [i for i, (body, boilerplate, kept) in enumerate(page.counts) if boilerplate <= body + kept]
    return (staying[0], staying[-1] + 1) if staying else (0, 0)


def _frame(page: Page) -> tuple[Sequence[Block], Sequence[Block]]:
    """The blocks that stand over the body and under it; none when there is no body."""
    first, end = _body_ends(page)
    return (page.document.blocks[:first], page.document.blocks[end:]) if end else ([], [])


def _in_frame(page: Page, middle: Sequence[Block], donor: Page, head: Sequence[Block], tail: Sequence[Block], matcher: Matcher) -> Page:
    """The body of ``page`` with all that stands in it (``middle``), between the donor's ``head`` and ``tail``."""
    pieces = [(donor, b) for b in head] + [(page, b) for b in middle] + [(donor, b) for b in tail]
    text = ""
    spans: list[tuple[int, int, str]] = []
    for source, block in pieces:
        text += "\n" * (max(1, block.gap) if text else 0)
        by = len(text) - block.start
        text += source.document.text[block.start : block.end]
        spans += [
            (max(a, block.start) + by, min(z, block.end) + by, label) for a, z, label in source.spans if a < block.end and z > block.start
        ]
    made = labelled_page(text, spans, page.publisher, page.lang, page.document.url, matcher)
    made.weight = WEIGHT
    return made
