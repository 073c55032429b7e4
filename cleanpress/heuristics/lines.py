"""What all heuristics need to know of a line, measured once."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

from cleanpress.text import BEYOND_LATIN
from cleanpress.types import Block, Document

_UNSPACED = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
#: A mark that looks like the end of a sentence; the second for texts that are all ASCII.
_SENTENCE_END = "[.!?\u3002\uff01\uff1f\u061f\u0964](?=[ \u00a0\u202f\"'\u201d]|$|[\u3040-\u9fff])"
_ASCII_SENTENCE_END = re.compile("[.!?](?=[ \"']|$)")
_WORD = re.compile(r"[^\W_]+")
_CLOSERS = frozenset("\"'\u2019\u201d\u00bb\u201c\u203a)]\u300d\u300f\u3011\uff09\u2018")
_END_MARKS = frozenset(".!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964\u0965")
_BULLETS = frozenset("\u2022*\u00b7\u25aa\u25cf\u25ba\u25b6\u2192>|\u25a0\u2013\u2014-")
_QUOTES = frozenset("\"'\u201e\u201c\u00ab\u2018\u00bb\u201d\u300c\u300e\u2039\u203a")

# how a line ends
END_NONE, END_DOTS, END_SENTENCE, END_QUOTED, END_COLON, END_COMMA, END_QUOTE, END_DIGIT, END_OTHER = range(9)
# how it begins
BEGIN_OTHER, BEGIN_DIGIT, BEGIN_DASH, BEGIN_BULLET, BEGIN_QUOTE, BEGIN_LOWER, BEGIN_UPPER, BEGIN_UNCASED = range(8)

#: A teaser's text is shorter than this (see ``Lines.sizes``).
DECK_SIZE = 330
#: A line at least this long (see ``Lines.sizes``) that ends like a sentence counts as surely body when no rule speaks about it.
SURE_SIZE = 100
#: … and when strong rules speak about less than this share of it: a paragraph that ends in a pitch is still body.
SURE_COVER = 0.34


def binned(edges: Sequence[float]) -> Callable[[float], int]:
    """A function that gives the number of the bin that a value falls in: 0 below the first edge.

    >>> [binned((1, 5))(x) for x in (0, 1, 4.9, 5)]
    [0, 1, 1, 2]
    """
    steps = tuple(edges)
    return lambda value: bisect_right(steps, value)


#: The bin of a size (see :func:`size_of`).
size_bin = binned((8, 15, 25, 40, 60, 80, 100, 140, 200, 300, 500))


def size_of(text: str) -> int:
    """Code points, with letters of scripts that write without spaces counted 2.7 fold."""
    return int(len(text) + 1.7 * _unspaced_letters(text))


def _unspaced_letters(text: str) -> int:
    """How many letters of scripts that put no blanks between words a text has."""
    return 0 if text.isascii() or not BEYOND_LATIN.search(text) else len(re.findall(_UNSPACED, text))


def sentence_ends(text: str) -> int:
    """How many marks in a text look like the end of a sentence."""
    return len(_ASCII_SENTENCE_END.findall(text) if text.isascii() else re.findall(_SENTENCE_END, text))


class Lines:
    """A document's lines with their basic measures; parallel lists, one entry a block.

    ``sizes`` are code points, with letters of scripts that write without spaces counted 2.7 fold, so that a size means
    about as much text in every script (the ratio of news sentences in Japanese and Chinese to English).
    """

    def __init__(self, document: Document, blocks: Sequence[Block] | None = None) -> None:
        self.document = document
        self.blocks: Sequence[Block] = document.blocks if blocks is None else blocks
        text, folded = document.text, document.folded
        self.texts = [text[b.start : b.end] for b in self.blocks]
        self.folded = [folded[b.start : b.end] for b in self.blocks]
        # Scripts without spaces or without case make some measures meaningless; then they stay silent.
        self.unspaced = not text.isascii() and _unspaced_letters(text[:4000]) * 5 > min(len(text), 4000)
        if self.unspaced:
            self.sizes = list(map(size_of, self.texts))
        else:
            self.sizes = [len(t) for t in self.texts]
        self.ends = [end_of(t) for t in self.texts]
        self.begins = [begin_of(t) for t in self.texts]
        self.count = len(self.blocks)
        self.covers = [_cover(b) if b.signals else 0.0 for b in self.blocks]
        #: whether a line ends like a sentence
        self.full = [end == END_SENTENCE or end == END_QUOTED for end in self.ends]
        self.sure = [
            size >= SURE_SIZE and is_full and cover < SURE_COVER
            for size, is_full, cover in zip(self.sizes, self.full, self.covers, strict=True)
        ]
        self._words: list[list[str] | None] = [None] * self.count

    def words(self, i: int) -> list[str]:
        """The folded words of line ``i``."""
        found = self._words[i]
        if found is None:
            found = self._words[i] = _WORD.findall(self.folded[i])
        return found


def _cover(block: Block) -> float:
    """The share of a block that strong rules speak about."""
    spans = sorted((s.start, s.end) for s in block.signals if s.strength == "strong" or s.strength == "decisive")
    covered = 0
    at = block.start
    for start, end in spans:
        if end > at:
            covered += end - max(start, at)
            at = end
    return covered / (block.end - block.start)


def end_of(line: str) -> int:
    """How a line ends, closing quotes and brackets looked through (``END_…``)."""
    i = len(line)
    while i and line[i - 1] in _CLOSERS:
        i -= 1
    if not i:
        return END_QUOTE
    mark = line[i - 1]
    if mark in _END_MARKS:
        if mark == "\u2026" or line.endswith("...", 0, i):
            return END_DOTS
        return END_SENTENCE if i == len(line) else END_QUOTED
    if mark == ":" or mark == "\uff1a":
        return END_COLON
    if mark in ",;\u3001\uff0c\u060c":
        return END_COMMA
    if i < len(line):
        return END_QUOTE
    if mark.isdigit():
        return END_DIGIT
    return END_NONE if mark.isalpha() else END_OTHER


def begin_of(line: str) -> int:
    """How a line begins (``BEGIN_…``)."""
    first = line[0]
    if first.isupper():
        return BEGIN_UPPER
    if first.islower():
        return BEGIN_LOWER
    if first.isdigit():
        return BEGIN_DIGIT
    if first.isalpha():
        return BEGIN_UNCASED
    if first in "-\u2013\u2014":
        return BEGIN_DASH
    if first in _BULLETS:
        return BEGIN_BULLET
    if first in _QUOTES:
        return BEGIN_QUOTE
    return BEGIN_OTHER
