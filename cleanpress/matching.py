"""Finds the rules that speak about a document: one scan for all literals, patterns only where a literal stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cleanpress import rulebook
from cleanpress.errors import CleanpressError
from cleanpress.rulebook import DECORATION, Rule
from cleanpress.segment.plain import has_sentence_end, sentences_of, split_at_labels
from cleanpress.types import Block, Document, Signal

if TYPE_CHECKING:
    import ahocorasick_rs

_DECORATION = frozenset(DECORATION)
_BULLETS = frozenset(
    " \t|/-_*+=~>\u00b7\u2022\u25cf\u25aa\u25b6\u25ba\u25b8\u25b7\u2190\u2192\u21d2\u27a4\u2794\u279c\u25a0\u25a1\u25c6\u25c7\u30fb"
)
#: A caller's pattern may not run longer than this on one block (seconds); shipped patterns are proved linear by the tests.
PATTERN_SECONDS = 2.0
#: Keywords of up to so many ASCII letters must stand at the beginning of a word to count.
SHORT_KEYWORD = 4
#: Blocks longer than this are matched sentence by sentence, so that no pattern ever sees more text than this (code points).
LONGEST_UNIT = 20_000
#: So many bullets and blanks may stand before the text that ``^`` means.
_SLACK = 8
_BEFORE_WORDS = "\n ('\"/-:|,.\u00a9[\u3010"

Span = tuple[int, int]
Hit = tuple[int, int, int]
#: A rule that a literal nominates, and whether the literal is a phrase of it.
Target = tuple[Rule, bool]


class Matcher:
    """Looks for the rules' evidence. Built once, then safe to share between threads; pickles as its rules.

    Args:
        rules: the rules to look for, phrases and keywords already folded (as :mod:`cleanpress.rulebook` loads them).
        guarded: whether patterns run under a time limit (:data:`PATTERN_SECONDS`): for rules that no test has proved.
    """

    def __init__(self, rules: Sequence[Rule], *, guarded: bool = False) -> None:
        self.rules = tuple(rules)
        self._timeout = PATTERN_SECONDS if guarded else None
        targets: dict[str, list[Target]] = {}
        for literal, rule, is_phrase in rulebook.literals(rules):
            targets.setdefault(literal, []).append((rule, is_phrase))
        self._literals: list[str] = []
        self._targets: list[list[Target]] = []
        #: How many characters at the head of a literal are not part of the phrase or keyword itself.
        self._skips: list[int] = []
        self._labels: dict[str, list[Rule]] = {}
        for literal, found in targets.items():
            if len(literal) > SHORT_KEYWORD or not (literal.isalnum() and literal.isascii()):
                self._add(literal, found, 0)
                continue
            # Up to four letters turn up inside other words all the time ("afp", "tt"): such keywords are looked for only behind
            # what can stand before a word, such phrases only as whole lines.
            if labels := [rule for rule, is_phrase in found if is_phrase]:
                self._labels[literal] = labels
            if keywords := [t for t in found if not t[1]]:
                for before in _BEFORE_WORDS:
                    self._add(before + literal, keywords, 1)
        self._hosts = sorted({r.host for r in rules if r.host is not None})
        self._chosen: dict[tuple[frozenset[str] | None, str | None], list[list[Target] | None]] = {}
        self._automaton: ahocorasick_rs.AhoCorasick | None = None

    def _add(self, literal: str, found: list[Target], skip: int) -> None:
        self._literals.append(literal)
        self._targets.append(found)
        self._skips.append(skip)

    def __getstate__(self) -> dict[str, Any]:
        # The automaton is built again where it is needed: it does not pickle.
        return {**self.__dict__, "_automaton": None, "_chosen": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def _scan(self, folded: str) -> list[Hit]:
        automaton = self._automaton
        if automaton is None:
            import ahocorasick_rs

            automaton = self._automaton = ahocorasick_rs.AhoCorasick(
                self._literals, matchkind=ahocorasick_rs.MatchKind.Standard, store_patterns=False
            )
        try:
            return automaton.find_matches_as_indexes(folded, overlapping=True)
        except UnicodeEncodeError:
            # Lone surrogates can't be UTF-8; they match nothing, so any other character may stand in their place.
            plain = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in folded)
            return automaton.find_matches_as_indexes(plain, overlapping=True)

    def _speaking(self, packs: frozenset[str] | None, host: str | None) -> list[list[Target] | None]:
        """For each literal, the targets that may speak on this page; None where there are none."""
        site = host if host and any(_is_host_of(host, known) for known in self._hosts) else None
        key = (packs, site)
        chosen = self._chosen.get(key)
        if chosen is None:
            if len(self._chosen) > 200:
                self._chosen.clear()
            chosen = self._chosen[key] = [[t for t in targets if _may_speak(t[0], packs, site)] or None for targets in self._targets]
        return chosen

    def annotate(self, document: Document, host: str | None = None, packs: frozenset[str] | None = None) -> None:
        """Puts the signals of all matching rules on the document's blocks, and the segments of blocks that need them.

        Args:
            document: the document; its blocks are changed in place.
            host: the page's host; site rules of other hosts stay silent.
            packs: only rules of these packs speak (None: all).
        """
        blocks = document.blocks
        if not self._literals or not blocks:
            return
        speaking = self._speaking(packs, host)
        skips = self._skips
        folded = document.folded
        at = 0
        start, end = blocks[0].start, blocks[0].end
        last = len(blocks) - 1
        pending: dict[int, list[Hit]] = {}
        # A line break before the text stands for the one that is not there, so that offsets are one too high.
        # Hits come by their end, so walking the blocks by end keeps the walk linear.
        for literal, hit_start, hit_end in self._scan("\n" + folded):
            if speaking[literal] is None:
                continue
            hit_end -= 1
            while end < hit_end and at < last:
                at += 1
                start, end = blocks[at].start, blocks[at].end
            hit_start += skips[literal] - 1
            if start <= hit_start and hit_end <= end:
                pending.setdefault(at, []).append((literal, hit_start, hit_end))
        if self._labels:
            self._annotate_short_lines(document, packs)
        # Nouns have capitals in German, so a capital says nothing there.
        capitals_tell = packs is None or "de" not in packs
        for index, hits in pending.items():
            _BlockMatch(document, blocks[index], speaking, self._timeout, capitals_tell).annotate(hits)

    def _annotate_short_lines(self, document: Document, packs: frozenset[str] | None) -> None:
        """Signals of phrases too short to be scanned for: they match lines that hold nothing else."""
        for block in document.blocks:
            if block.end - block.start > 3 * SHORT_KEYWORD:
                continue
            a, z = _core(document.folded, block.start, block.end)
            for rule in self._labels.get(document.folded[a:z], ()):
                if _may_speak(rule, packs, None):
                    block.signals.append(Signal(block.start, block.end, rule.category, rule.id, rule.strength))


def _is_host_of(host: str, site: str | None) -> bool:
    return site is not None and (host == site or host.endswith("." + site))


def _may_speak(rule: Rule, packs: frozenset[str] | None, site: str | None) -> bool:
    if rule.scope == "markup":
        return False
    if rule.host is not None:
        return site is not None and _is_host_of(site, rule.host)
    # callers' own rules are in no shipped pack and always speak
    return packs is None or rule.pack in packs or not rule.shipped


class _BlockMatch:
    """The matching of one block: units are found only when a rule asks for them."""

    __slots__ = ("block", "capitals_tell", "document", "labels", "segments", "speaking", "timeout")

    def __init__(
        self, document: Document, block: Block, speaking: Sequence[list[Target] | None], timeout: float | None, capitals_tell: bool
    ) -> None:
        self.document = document
        self.block = block
        self.speaking = speaking
        self.timeout = timeout
        self.capitals_tell = capitals_tell
        self.labels: list[tuple[int, int, Rule]] = []
        self.segments: list[Span] | None = None

    def annotate(self, hits: Sequence[Hit]) -> None:
        document, block = self.document, self.block
        folded, text = document.folded, document.text
        start, end = block.start, block.end
        core_start, core_end = _core(folded, start, end)
        nominated: dict[str, tuple[Rule, list[Span]]] = {}
        long = end - start > LONGEST_UNIT
        for literal, hit_start, hit_end in hits:
            for rule, is_phrase in self.speaking[literal] or ():
                if is_phrase:
                    if hit_start <= core_start and hit_end >= core_end:
                        block.signals.append(Signal(start, end, rule.category, rule.id, rule.strength))
                    # lower-case inside a line it is prose ("he asked her to read more"), not a label
                    elif (hit_start <= core_start or not text[hit_start].islower()) and _at_word_edges(folded, hit_start, hit_end):
                        self.labels.append((hit_start, hit_end, rule))
                elif (
                    self._may_reach(rule, hit_start, hit_end, core_start)
                    if rule.scope == "segment" or long
                    else _within_reach(rule, hit_start, hit_end, core_start, end)
                ):
                    entry = nominated.get(rule.id)
                    if entry is None:
                        nominated[rule.id] = (rule, [(hit_start, hit_end)])
                    else:
                        entry[1].append((hit_start, hit_end))
        if self.labels:
            self._match_labels()
        for rule, places in nominated.values():
            if self.segments is None and _unanchored(rule) and not _spans(rule, folded, (start, end), self.timeout, any_match=True):
                # what matches nowhere in the line matches in none of its sentences: no need to look for them
                continue
            if rule.scope == "segment" or long:
                self._match_segments(rule, places)
            else:
                self._match(rule, (start, end))
        if long and self.segments is None:
            self._units()
        block.segments = self.segments

    def _may_reach(self, rule: Rule, hit_start: int, hit_end: int, core_start: int) -> bool:
        """Whether a segment can begin and end near enough for an anchored pattern; asked before segments are looked for."""
        text, end = self.document.text, self.block.end
        if rule.from_start is not None and hit_end - core_start > rule.from_start + _SLACK:
            if not has_sentence_end(text, max(core_start, hit_end - rule.from_start - _SLACK - 4), hit_start) and not self.labels:
                return False
        if rule.from_end is not None and end - hit_start > rule.from_end + 1:
            if not has_sentence_end(text, hit_end - 1, min(end, hit_start + rule.from_end + 4)) and not self.labels:
                return False
        return True

    def _units(self) -> list[Span]:
        if self.segments is None:
            document, block = self.document, self.block
            segments = sentences_of(document.text, block.start, block.end)
            if self.labels:
                segments = split_at_labels(document.text, segments, _disjoint(self.labels), self.capitals_tell)
            self.segments = _capped(segments)
        return self.segments

    def _match_labels(self) -> None:
        units = self._units()
        if len(units) < 2:
            return
        for hit_start, hit_end, rule in self.labels:
            unit = _unit_at(units, hit_start)
            if unit is not None:
                a, z = _core(self.document.folded, *unit)
                if hit_start <= a and hit_end >= z:
                    self.block.signals.append(Signal(unit[0], unit[1], rule.category, rule.id, rule.strength))

    def _match_segments(self, rule: Rule, places: Sequence[Span]) -> None:
        tried = set()
        for hit_start, hit_end in places:
            unit = _unit_at(self._units(), hit_start)
            if unit is not None and unit not in tried and _within_reach(rule, hit_start, hit_end, unit[0], unit[1]):
                tried.add(unit)
                self._match(rule, unit)

    def _match(self, rule: Rule, unit: Span) -> None:
        for a, b, share in _spans(rule, self.document.folded, unit, self.timeout):
            self.block.signals.append(Signal(a, b, rule.category, rule.id, rule.strength, share))


def _within_reach(rule: Rule, hit_start: int, hit_end: int, start: int, end: int) -> bool:
    """Whether a bounded, anchored pattern can match a unit in which its keyword stands there."""
    if rule.from_start is not None and hit_end - start > rule.from_start + _SLACK:
        return False
    return rule.from_end is None or end - hit_start <= rule.from_end + 1


def _unanchored(rule: Rule) -> bool:
    pattern = rule.pattern
    return (
        rule.scope == "segment"
        and pattern is not None
        and "^" not in pattern
        and "$" not in pattern
        and "(?" not in pattern.replace("(?:", "")
    )


def _spans(rule: Rule, folded: str, unit: Span, timeout: float | None, any_match: bool = False) -> Sequence[tuple[int, int, float]]:
    """Where ``rule`` speaks within one unit: the whole unit, or the matched stretches when its scope is ``match``; and its share."""
    assert rule.pattern is not None
    # "^" stands after bullets and arrows; quotes and brackets stay, because a quoted pitch is speech
    start = unit[0]
    while start < unit[1] and folded[start] in _BULLETS:
        start += 1
    part = folded[start : unit[1]]
    if not part:
        return ()
    pattern = rulebook.compiled(rule.pattern)
    try:
        match = pattern.search(part, timeout=timeout) if timeout else pattern.search(part)
        if any_match:
            return ((*unit, 1.0),) if match else ()
        if match is None or (rule.unless is not None and rulebook.compiled(rule.unless).search(part, timeout=timeout)):
            return ()
        if rule.scope != "match":
            return ((*unit, (match.end() - match.start()) / len(part)),)
        return [(start + m.start(), start + m.end(), 1.0) for m in pattern.finditer(part, timeout=timeout) if m.end() > m.start()]
    except TimeoutError:
        raise CleanpressError(f"rule {rule.id!r}: its pattern ran longer than {PATTERN_SECONDS:g} s on one block; make it linear") from None


def _core(folded: str, start: int, end: int) -> tuple[int, int]:
    while start < end and folded[start] in _DECORATION:
        start += 1
    while end > start and folded[end - 1] in _DECORATION:
        end -= 1
    return start, end


def _at_word_edges(folded: str, start: int, end: int) -> bool:
    """Whether a hit stands on its own and is not part of a longer word ("werbung" in "bewerbung")."""
    before = folded[start - 1] if start else " "
    after = folded[end] if end < len(folded) else " "
    first, last = folded[start], folded[end - 1]
    # scripts without spaces have no word edges to ask for
    return not (before.isalnum() and (before.isascii() or first.islower())) and not (
        after.isalnum() and (after.isascii() or last.islower())
    )


def _disjoint(hits: list[tuple[int, int, Rule]]) -> list[tuple[int, int]]:
    """Leftmost-longest choice among overlapping label hits."""
    out: list[tuple[int, int]] = []
    for start, end, _ in sorted(hits, key=lambda h: (h[0], -h[1])):
        if not out or start >= out[-1][1]:
            out.append((start, end))
    return out


def _unit_at(units: Sequence[tuple[int, int]], place: int) -> tuple[int, int] | None:
    i = bisect_right(units, (place, 1 << 62)) - 1
    return units[i] if i >= 0 and units[i][0] <= place < units[i][1] else None


def _capped(segments: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Segments cut to the longest unit, so that no pattern sees unbounded text; the cut pieces are only ever matched."""
    if all(b - a <= LONGEST_UNIT for a, b in segments):
        return segments
    return [(p, min(p + LONGEST_UNIT, b)) for a, b in segments for p in range(a, b, LONGEST_UNIT)]


@lru_cache(maxsize=48)
def shipped_matcher(packs: tuple[str, ...]) -> Matcher:
    """The matcher for these shipped packs, built once a process: a page in one language pays for that language alone."""
    known = set(rulebook.pack_names())
    return Matcher([rule for pack in packs if pack in known for rule in rulebook.pack_rules(pack)[0]])
