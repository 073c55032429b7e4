"""Finds the rules that speak about a document: one scan for all literals, patterns only where a literal stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cleanpress import rulebook
from cleanpress.errors import CleanpressError
from cleanpress.rulebook import DECORATION, Rule
from cleanpress.segment.plain import sentences_of, split_at_labels
from cleanpress.types import Block, Document, Signal

if TYPE_CHECKING:
    import ahocorasick_rs

_DECORATION = frozenset(DECORATION)
_BULLETS = frozenset(" \t|/-_*+=~>\u00b7\u2022\u25cf\u25aa\u25b6\u25ba\u25b8\u25b7\u2192\u21d2\u27a4\u2794\u279c\u25a0\u25a1\u25c6\u25c7\u30fb")
#: A rule's pattern may not run longer than this on one block (seconds); shipped patterns are proved linear, callers' are not.
PATTERN_SECONDS = 2.0
#: Keywords of up to so many ASCII letters must stand at the beginning of a word to count.
SHORT_KEYWORD = 4
#: Blocks longer than this are matched sentence by sentence, so that no pattern ever sees more text than this (code points).
LONGEST_UNIT = 20_000


class Matcher:
    """Looks for the rules' evidence. Built once, then safe to share between threads; pickles as its rules.

    Args:
        rules: the rules to look for, phrases and keywords already folded (as :mod:`cleanpress.rulebook` loads them).
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        targets: dict[str, list[tuple[Rule, bool]]] = {}
        for literal, rule, is_phrase in rulebook.literals(rules):
            targets.setdefault(literal, []).append((rule, is_phrase))
        self._literals = list(targets)
        self._targets = list(targets.values())
        # Up to four letters turn up inside other words all the time ("afp", "tt"): such keywords must begin a word.
        self._short = [len(x) <= SHORT_KEYWORD and x.isalnum() and x.isascii() for x in self._literals]
        self._automaton: ahocorasick_rs.AhoCorasick | None = None

    def __getstate__(self) -> dict[str, Any]:
        # The automaton is built again where it is needed: it does not pickle.
        return {**self.__dict__, "_automaton": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def _scan(self, folded: str) -> list[tuple[int, int, int]]:
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
        hits = self._scan(document.folded)
        if not hits:
            return
        targets = self._targets
        b = 0
        count = len(blocks)
        pending: dict[int, list[tuple[int, int, int]]] = {}
        # hits come by their end, so walking the blocks by end keeps the walk linear
        short = self._short
        folded = document.folded
        for hit in hits:
            if short[hit[0]] and hit[1] and folded[hit[1] - 1].isalnum():
                continue
            end = hit[2]
            while b < count and blocks[b].end < end:
                b += 1
            if b == count:
                break
            if hit[1] >= blocks[b].start:
                pending.setdefault(b, []).append(hit)
        for index, block_hits in pending.items():
            self._annotate_block(document, blocks[index], block_hits, targets, host, packs)

    def _annotate_block(
        self,
        document: Document,
        block: Block,
        hits: list[tuple[int, int, int]],
        targets: list[list[tuple[Rule, bool]]],
        host: str | None,
        packs: frozenset[str] | None,
    ) -> None:
        folded = document.folded
        start, end = block.start, block.end
        core_start, core_end = _core(folded, start, end)
        phrase_hits: list[tuple[int, int, Rule]] = []
        patterns: dict[str, tuple[Rule, list[int]]] = {}
        for literal, hit_start, hit_end in hits:
            for rule, is_phrase in targets[literal]:
                pack = rule.pack
                if pack == "sites":
                    site = rule.host
                    if host is None or site is None or not (host == site or host.endswith("." + site)):
                        continue
                elif packs is not None and pack not in packs:
                    continue
                if is_phrase:
                    if hit_start <= core_start and hit_end >= core_end:
                        block.signals.append(Signal(start, end, rule.category, rule.id, rule.strength))
                    elif _at_word_edges(folded, hit_start, hit_end):
                        phrase_hits.append((hit_start, hit_end, rule))
                else:
                    entry = patterns.get(rule.id)
                    if entry is None:
                        patterns[rule.id] = (rule, [hit_start])
                    else:
                        entry[1].append(hit_start)
        if not phrase_hits and not patterns:
            return
        segments: list[tuple[int, int]] | None = None
        if phrase_hits or any(rule.scope == "segment" for rule, _ in patterns.values()) or end - start > LONGEST_UNIT:
            segments = sentences_of(document.text, start, end)
            if phrase_hits:
                segments = split_at_labels(document.text, segments, _disjoint(phrase_hits))
            segments = _capped(segments)
            block.segments = segments
            whole = len(segments) == 1
            for hit_start, hit_end, rule in phrase_hits:
                unit = _unit_at(segments, hit_start)
                if unit is not None and not whole:
                    a, z = _core(folded, *unit)
                    if hit_start <= a and hit_end >= z:
                        block.signals.append(Signal(unit[0], unit[1], rule.category, rule.id, rule.strength))
        for rule, places in patterns.values():
            if rule.scope == "segment" or end - start > LONGEST_UNIT:
                units = sorted({u for place in places if (u := _unit_at(segments or [(start, end)], place)) is not None})
            else:
                units = [(start, end)]
            for unit in units:
                for span in _spans(rule, folded, unit):
                    block.signals.append(Signal(span[0], span[1], rule.category, rule.id, rule.strength))


def _spans(rule: Rule, folded: str, unit: tuple[int, int]) -> Iterable[tuple[int, int]]:
    """Where ``rule`` speaks within one unit: the whole unit, or the matched stretches when its scope is ``match``."""
    assert rule.pattern is not None
    # "^" stands after bullets and arrows; quotes and brackets stay, because a quoted pitch is speech
    start = unit[0]
    while start < unit[1] and folded[start] in _BULLETS:
        start += 1
    part = folded[start : unit[1]]
    pattern = rulebook.compiled(rule.pattern)
    try:
        match = pattern.search(part, timeout=PATTERN_SECONDS)
        if match is None or (rule.unless is not None and rulebook.compiled(rule.unless).search(part, timeout=PATTERN_SECONDS)):
            return ()
        if rule.scope != "match":
            return (unit,)
        return [
            (start + m.start(), start + m.end()) for m in pattern.finditer(part, timeout=PATTERN_SECONDS) if m.end() > m.start()
        ]
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
    return not (before.isalnum() and (before.isascii() or first.islower())) and not (after.isalnum() and (after.isascii() or last.islower()))


def _disjoint(hits: list[tuple[int, int, Rule]]) -> list[tuple[int, int]]:
    """Leftmost-longest choice among overlapping label hits."""
    out: list[tuple[int, int]] = []
    for start, end, _ in sorted(hits, key=lambda h: (h[0], -h[1])):
        if not out or start >= out[-1][1]:
            out.append((start, end))
    return out


def _unit_at(units: Sequence[tuple[int, int]], place: int) -> tuple[int, int] | None:
    import bisect

    i = bisect.bisect_right(units, (place, 1 << 62)) - 1
    return units[i] if i >= 0 and units[i][0] <= place < units[i][1] else None


def _capped(segments: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Segments cut to the longest unit, so that no pattern sees unbounded text; the cut pieces are only ever matched."""
    if all(b - a <= LONGEST_UNIT for a, b in segments):
        return segments
    return [(p, min(p + LONGEST_UNIT, b)) for a, b in segments for p in range(a, b, LONGEST_UNIT)]


@lru_cache(maxsize=8)
def shipped_matcher(packs: tuple[str, ...]) -> Matcher:
    """The matcher for shipped packs; built once a process."""
    return Matcher([rule for pack in packs for rule in rulebook.pack_rules(pack)[0]])
