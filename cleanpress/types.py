"""The words of the library as types: categories, strengths, spans, signals, verdicts, results.

Nothing here decides or matches anything; every other module speaks in these types.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Category: TypeAlias = Literal[
    "paywall",
    "donation",
    "caption",
    "newsletter",
    "related",
    "social",
    "app",
    "advert",
    "comments",
    "consent",
    "player",
    "legal",
    "navigation",
    "editorial",
    "byline",
    "headline",
]
Strength: TypeAlias = Literal["decisive", "strong", "weak", "protect"]
Scope: TypeAlias = Literal["block", "segment", "match", "markup"]
ProfileName: TypeAlias = Literal["careful", "balanced", "eager"]
Engine: TypeAlias = Literal["trafilatura", "fast"]

CATEGORIES: tuple[Category, ...] = get_args(Category)
#: Detected, but kept unless a caller asks for them (``remove=`` or ``body_only=True``).
KEPT_BY_DEFAULT: frozenset[Category] = frozenset({"editorial", "byline", "headline"})
REMOVED_BY_DEFAULT: frozenset[Category] = frozenset(CATEGORIES) - KEPT_BY_DEFAULT
STRENGTHS: tuple[Strength, ...] = get_args(Strength)
SCOPES: tuple[Scope, ...] = get_args(Scope)
PROFILES: tuple[ProfileName, ...] = get_args(ProfileName)
ENGINES: tuple[Engine, ...] = get_args(Engine)


@dataclass(frozen=True, slots=True)
class Signal:
    """Evidence that one rule or heuristic gives about one span of the document.

    Args:
        start: first code point of the span.
        end: code point after its last one.
        category: what kind of boilerplate the evidence speaks for (or against).
        source: id of the rule, or name of the heuristic.
        strength: ``protect`` speaks for the body, the others for boilerplate.
        share: how much of the span the rule's own words make up, 0 to 1: a whole fixed phrase 1, a phrase in a long
            sentence little.
    """

    start: int
    end: int
    category: Category
    source: str
    strength: Strength
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one span of the input, and why.

    Args:
        start: first code point of the span in the input.
        end: code point after its last one.
        category: the category that the evidence speaks for.
        removed: whether the span was cut out.
        score: probability, 0 to 1, that the span is boilerplate.
        rules: ids of the rules and heuristics that spoke, strongest first.
        shares: ``(signal, log-odds)`` pairs whose sum is the log-odds of ``score``,
            largest magnitude first.
    """

    start: int
    end: int
    category: Category
    removed: bool
    score: float
    rules: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A stretch of the input that was cut out, white space at the cut included.

    Args:
        start: first code point of the stretch in the input.
        end: code point after its last one.
        text: the characters that were cut.
        category: category of the verdict that removed most of it.
    """

    start: int
    end: int
    text: str
    category: Category


@dataclass(frozen=True, slots=True)
class RemovedElement:
    """An element that :meth:`cleanpress.Cleaner.clean_soup` or ``clean_tree`` took out of a tree.

    Args:
        tag: its tag.
        text: what it said, a line a block.
        category: the category of most of it.
        rules: ids of the rules that spoke about it.
    """

    tag: str
    text: str
    category: Category
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A cleaned document with the record of what was cut and why.

    ``result.replay(source)`` cuts the recorded stretches out of the input again and so
    gives ``result.text``; ``result.restore()`` puts them back.

    >>> cut = Removed(0, 6, "Share\\n", "social")
    >>> result = Result(text="Rain fell.", verdicts=(), removed=(cut,))
    >>> result.replay("Share\\nRain fell."), result.restore()
    ('Rain fell.', 'Share\\nRain fell.')
    """

    text: str
    verdicts: tuple[Verdict, ...]
    removed: tuple[Removed, ...]
    #: What the guard or the input had to say: ``"budget"``, ``"emptied"`` …; empty when all went well.
    warnings: tuple[str, ...] = ()
    language: str | None = None
    profile: ProfileName = "careful"
    #: Expected share of body characters lost and of boilerplate characters left, by the model's own scores.
    expected_lost: float = 0.0
    expected_left: float = 0.0
    title: str | None = None
    #: Evidence that a paywall cut the text short (a flag; never a reason to delete).
    truncated: tuple[str, ...] = ()
    #: From HTML: the page's text before anything was cut, which all offsets refer to; None where the input itself is that text.
    source: str | None = None

    def replay(self, source: str) -> str:
        """The text that remains of ``source`` when the recorded stretches are cut out."""
        return cut_out(source, ((r.start, r.end) for r in self.removed))

    def restore(self) -> str:
        """The input, rebuilt from the text and what was cut out of it."""
        parts: list[str] = []
        kept = taken = 0
        for piece in self.removed:
            run = piece.start - taken
            parts += (self.text[kept : kept + run], piece.text)
            kept += run
            taken = piece.end
        parts.append(self.text[kept:])
        return "".join(parts)

    def categories(self) -> dict[Category, int]:
        """Code points removed, by category."""
        count: dict[Category, int] = {}
        for piece in self.removed:
            count[piece.category] = count.get(piece.category, 0) + piece.end - piece.start
        return count


def cut_out(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` without the given spans.

    Args:
        text: any string.
        spans: sorted, disjoint ``(start, end)`` pairs in code points.

    >>> cut_out("abcdef", [(0, 1), (2, 4)])
    'bef'
    """
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts.append(text[at:start])
        at = end
    parts.append(text[at:])
    return "".join(parts)


@dataclass(slots=True)
class Block:
    """A line of the document with its evidence.

    ``start`` and ``end`` bound the line without outer white space; ``line_start`` is where the line itself begins.
    ``gap`` is how many line breaks stand between this block and the one before (2 or more: a blank line).
    """

    start: int
    end: int
    line_start: int
    gap: int
    signals: list[Signal] = field(default_factory=list)
    segments: list[tuple[int, int]] | None = None


@dataclass(slots=True)
class Document:
    """One page's text on its way through the pipeline.

    Args:
        text: the text that all offsets refer to (see :func:`cleanpress.text.surface`).
        folded: the same text folded for matching, code point for code point.
        blocks: its lines.
        url: where the page stood, if known.
        lang: language tag given by the caller, if any.
    """

    text: str
    folded: str
    blocks: Sequence[Block]
    url: str | None = None
    lang: str | None = None
    #: What heuristics worked out for a line of text, kept between the passes over one document and never beyond.
    memo: dict[str, set[str]] = field(default_factory=dict)
