"""Finds the rules that speak about a document: one scan for all literals, patterns only where a literal stands.

What a literal nominates is asked more and more closely before a pattern runs: whether the rule may speak on this page,
whether its match can reach that far, whether the line or sentence begins and ends as each of its matches does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cleanpress import rulebook
from cleanpress.errors import RunawayError
from cleanpress.rulebook import DECORATION, Edge, Pack, Rule, is_wordish
from cleanpress.segment.plain import OPENERS, end_marks_of, ends_label, label_shows_by, sentences_of, split_at_labels
from cleanpress.types import Block, Document, Signal

if TYPE_CHECKING:
    import ahocorasick_rs

_DECORATION = frozenset(DECORATION)
#: What can stand between a label and its neighbours, folded; and what of that can end a sentence or a label.
_BETWEEN = frozenset(DECORATION + "\u0965")
_MARKS = frozenset(".:!?\u2026>\u2192|\u2022\u061f\u06d4\u0964\u0965\u3002")
_BULLETS = frozenset(
    " \t|/-_*+=~>\u00b7\u2022\u25cf\u25aa\u25b6\u25ba\u25b8\u25b7\u2190\u2192\u21d2\u27a4\u2794\u279c\u25a0\u25a1\u25c6\u25c7\u30fb"
)
#: A caller's pattern may not run longer than this on one block (seconds); shipped patterns are proved linear by the tests.
PATTERN_SECONDS = 2.0
#: Blocks longer than this are matched sentence by sentence, so that no pattern ever sees more text than this (code points).
LONGEST_UNIT = 20_000
#: So many bullets and blanks may stand before the text that ``^`` means.
_SLACK = 8
#: The reach of a pattern that has no bound.
_ANYWHERE = 1 << 60
#: What can stand before a word: short keywords are looked for only behind one of these.
_BEFORE_WORDS = "\n ('\"/-:|,.\u00a9[\u3010"
#: An automaton for all literals is built once so much text was scanned (code points); up to then that would cost more than it saves.
FRUGAL = 16_000
#: The frugal scan asks only for literals whose first characters, so many or for long ones so many, stand in the text.
_GRAM, _GRAMS = 5, 9

Span = tuple[int, int]
Hit = tuple[int, int, int]
#: Code points of a long text that are looked through at once.
WINDOW = 1 << 20


class Probe:
    """A rule made ready to be asked: its anchors as sets, its patterns compiled when first needed."""

    __slots__ = ("_pattern", "_unless", "from_end", "from_start", "heads", "id", "is_segment", "is_unanchored", "needs", "rule", "tails")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.id = rule.id
        self.is_segment = rule.scope == "segment"
        #: How far from a unit's start its keyword's hit can end, and how far from its end begin.
        self.from_start = _ANYWHERE if rule.from_start is None else rule.from_start + _SLACK
        self.from_end = _ANYWHERE if rule.from_end is None else rule.from_end + 1
        self.heads = rule.heads and _Listed(rule.heads)
        self.tails = rule.tails and _Listed(rule.tails)
        self.needs = rule.needs
        self.is_unanchored = self.is_segment and _unanchored(rule.pattern)
        self._pattern: Any = None
        self._unless: Any = None

    def within_reach(self, hit_start: int, hit_end: int, start: int, end: int) -> bool:
        """Whether a bounded, anchored pattern can match a unit in which its keyword stands there."""
        return hit_end - start <= self.from_start and end - hit_start <= self.from_end

    def may_begin(self, folded: str, start: int, end: int) -> bool:
        """Whether a unit begins as each match must; ``start`` stands behind its bullets."""
        heads = self.heads
        if heads is None:
            return True
        if heads.worded:
            while start < end and not is_wordish(folded[start]):
                start += 1
        return heads.holds(folded[start : min(start + heads.width, end)])

    def may_end(self, folded: str, start: int, end: int) -> bool:
        """Whether a unit ends as each match must."""
        tails = self.tails
        if tails is None:
            return True
        if tails.worded:
            while end > start and not is_wordish(folded[end - 1]):
                end -= 1
        return tails.holds(folded[max(start, end - tails.width) : end])

    def may_hold(self, part: str) -> bool:
        """Whether a unit holds the strings that each match holds."""
        for strings in self.needs:
            for string in strings:
                if string in part:
                    break
            else:
                return False
        return True

    def search(self, part: str, timeout: float | None) -> Any:
        """The first match in a unit's text."""
        if self._pattern is None:
            assert self.rule.pattern is not None
            self._pattern = self._compiled(self.rule.pattern)
        return self._pattern.search(part, **self._limit(timeout))

    def _compiled(self, source: str) -> Any:
        return rulebook.shipped_pattern(source) if self.rule.shipped else rulebook.compiled(source)

    def _limit(self, timeout: float | None) -> dict[str, float]:
        """The time limit of a search, if it needs one."""
        return {} if timeout is None or self.rule.shipped else {"timeout": timeout}

    def spans(self, folded: str, unit: Span, timeout: float | None) -> Sequence[tuple[int, int, float]]:
        """Where the rule speaks within one unit: the whole unit, or the matched stretches when its scope is ``match``; and its share."""
        start, end = unit
        # "^" stands after bullets and arrows; quotes and brackets stay, because a quoted pitch is speech
        start = _past_bullets(folded, start, end)
        if start == end or not self.may_begin(folded, start, end) or not self.may_end(folded, start, end):
            return ()
        part = folded[start:end]
        if not self.may_hold(part):
            return ()
        rule = self.rule
        try:
            match = self.search(part, timeout)
            if match is None:
                return ()
            if rule.unless is not None:
                if self._unless is None:
                    self._unless = self._compiled(rule.unless)
                if self._unless.search(part, **self._limit(timeout)):
                    return ()
            if rule.scope != "match":
                return ((*unit, (match.end() - match.start()) / len(part)),)
            matches = self._pattern.finditer(part, **self._limit(timeout))
            return [(start + m.start(), start + m.end(), 1.0) for m in matches if m.end() > m.start()]
        except TimeoutError:
            raise _runaway(rule) from None

    def is_in(self, folded: str, start: int, end: int, timeout: float | None) -> bool:
        """Whether the pattern matches anywhere in a line."""
        part = folded[_past_bullets(folded, start, end) : end]
        try:
            return self.may_hold(part) and self.search(part, timeout) is not None
        except TimeoutError:
            raise _runaway(self.rule) from None


class _Nominated:
    """What a hit of one literal nominates on one page: the rules of which it is a phrase, and those of which it is a keyword."""

    __slots__ = ("phrase_of", "probes")

    def __init__(self, phrase_of: tuple[Rule, ...], probes: tuple[Probe, ...]) -> None:
        self.phrase_of = phrase_of
        self.probes = probes


class _Listed:
    """An edge ready to be asked."""

    __slots__ = ("rough", "strings", "width", "worded")

    def __init__(self, edge: Edge) -> None:
        self.strings = edge.strings()
        self.width, self.rough, self.worded = edge.width, edge.rough, edge.worded

    def holds(self, string: str) -> bool:
        if string in self.strings:
            return True
        # blanks and digits of other scripts are too many to be listed
        return self.rough and not string.isascii() and any(c.isdecimal() or c.isspace() for c in string if not c.isascii())


def _runaway(rule: Rule) -> RunawayError:
    return RunawayError(f"rule {rule.id!r}: its pattern ran longer than {PATTERN_SECONDS:g} s on one block; make it linear")


def _unanchored(pattern: str | None) -> bool:
    return pattern is not None and "^" not in pattern and "$" not in pattern and "(?" not in pattern.replace("(?:", "")


class _Scan:
    """Finds literals. Each has a number; ``codes[number]`` says what it nominates, as ``(pack, code)`` pairs.

    Hits come sorted by their end, the longer first; short keywords with what stood before them already left out.
    """

    def __init__(self, packs: Sequence[Pack], chosen: Iterable[int]) -> None:
        self.packs = [(place, packs[place]) for place in chosen]
        self.codes: list[list[tuple[int, int]]] = []
        #: For each choice of packs and host, what each literal's hit nominates, looked up when it is first hit.
        self.nominated: dict[tuple[frozenset[str] | None, str | None], dict[int, _Nominated | None]] = {}

    def hits(self, text: str) -> Iterable[Hit]:
        """``(number, start, end)`` of all literals in ``text``, overlapping ones too; ``text`` begins with a line break."""
        return self._hits(text) if len(text) <= WINDOW else self._windowed(text)

    def _hits(self, text: str) -> list[Hit]:
        raise NotImplementedError

    def _windowed(self, text: str) -> Iterator[Hit]:
        """The same, window by window: of a book on one line the hits take ten times the memory of the text."""
        lengths = (len(literal) for _, pack in self.packs for literals in (pack.literals, pack.short) for literal in literals)
        overlap = max(lengths, default=0) + 1
        for start in range(0, len(text), WINDOW):
            before = max(start - overlap, 0)
            for number, begin, end in self._hits(text[before : start + WINDOW]):
                if before + end > start:
                    yield number, before + begin, before + end


class _FrugalScan(_Scan):
    """For the first few texts: looks only for the literals whose first characters stand in the text, one by one."""

    def __init__(self, packs: Sequence[Pack], chosen: Iterable[int]) -> None:
        super().__init__(packs, chosen)
        self._numbers: dict[tuple[str, bool], int] = {}

    def _hits(self, text: str) -> list[Hit]:
        few = {text[i : i + _GRAM] for i in range(len(text) - _GRAM + 1)}
        many = {text[i : i + _GRAMS] for i in range(len(text) - _GRAMS + 1)}
        wanted: dict[tuple[str, bool], list[tuple[int, int]]] = {}
        for place, pack in self.packs:
            for literal, codes in zip(pack.literals, pack.targets, strict=True):
                length = len(literal)
                if literal[:_GRAMS] in many if length >= _GRAMS else literal[:_GRAM] in few if length >= _GRAM else literal in text:
                    _nominate(wanted, (literal, False), place, codes)
            for literal, codes in pack.short.items():
                if literal in text:
                    _nominate(wanted, (literal, True), place, codes)
        found: list[tuple[int, int, bool, int]] = []
        for (literal, short), nominated in wanted.items():
            at = text.find(literal, short)
            while at >= 0:
                if not short or text[at - 1] in _BEFORE_WORDS:
                    if (literal, short) not in self._numbers:
                        self._numbers[literal, short] = len(self.codes)
                        self.codes.append(nominated)
                    found.append((at + len(literal), at - short, short, self._numbers[literal, short]))
                at = text.find(literal, at + 1)
        found.sort()
        return [(number, start + short, end) for end, start, short, number in found]


def _nominate(wanted: dict[Any, list[tuple[int, int]]], literal: Any, place: int, target: int | list[int]) -> None:
    wanted.setdefault(literal, []).extend([(place, code) for code in rulebook.codes_of(target)])


class _AutomatonScan(_Scan):
    """An Aho-Corasick automaton of all literals."""

    def __init__(self, packs: Sequence[Pack], chosen: Iterable[int]) -> None:
        super().__init__(packs, chosen)
        import ahocorasick_rs

        codes: dict[str, list[tuple[int, int]]] = {}
        short: dict[str, list[tuple[int, int]]] = {}
        for place, pack in self.packs:
            for literal, found in zip(pack.literals, pack.targets, strict=True):
                _nominate(codes, literal, place, found)
            for literal, found in pack.short.items():
                _nominate(short, literal, place, found)
        self.codes = list(codes.values())
        self._long = len(self.codes)
        literals = list(codes)
        for literal, pairs in short.items():
            for before in _BEFORE_WORDS:
                literals.append(before + literal)
                self.codes.append(pairs)
        self._automaton: ahocorasick_rs.AhoCorasick | None = (
            ahocorasick_rs.AhoCorasick(literals, matchkind=ahocorasick_rs.MatchKind.Standard, store_patterns=False) if literals else None
        )

    def _hits(self, text: str) -> list[Hit]:
        if self._automaton is None:
            return []
        try:
            found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:
            # Lone surrogates can't be UTF-8; they match nothing, so any other character may stand in their place.
            text = "".join(["\ufffd" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text])
            found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        long = self._long
        return [hit if hit[0] < long else (hit[0], hit[1] + 1, hit[2]) for hit in found]


class Matcher:
    """Looks for the rules' evidence. Built once, then safe to share between threads; pickles as its rules.

    Args:
        rules: the rules to look for, phrases and keywords already folded (as :mod:`cleanpress.rulebook` loads them).
        guarded: whether patterns run under a time limit (:data:`PATTERN_SECONDS`): for rules that no test has proved.
        packs: names of shipped packs, instead of or besides the rules.
    """

    def __init__(self, rules: Sequence[Rule] = (), *, guarded: bool = False, packs: Iterable[str] = ()) -> None:
        self._own = tuple(rules)
        self._names = tuple(packs)
        self._timeout = PATTERN_SECONDS if guarded else None
        self._open()

    def _open(self) -> None:
        self._packs = [rulebook.shipped_pack(name) for name in self._names] + ([Pack.of(self._own)] if self._own else [])
        # Literals of single sites are looked for only on those sites' pages.
        self._general = [n for n in range(len(self._packs)) if self._names[n : n + 1] != ("sites",)]
        self._scanned = 0
        self._scan: _Scan = _FrugalScan(self._packs, self._general)
        self._site_literals: dict[str, list[tuple[str, int, list[tuple[int, int]]]]] = {}
        self._probes: dict[tuple[int, int], Probe] = {}
        self._hosts = frozenset(host for pack in self._packs for host in pack.hosts)
        self._labels: dict[str, list[tuple[int, int]]] = {}
        for place in self._general:
            for literal, codes in self._packs[place].labels.items():
                self._labels.setdefault(literal, []).extend((place, code) for code in codes)

    def __getstate__(self) -> dict[str, Any]:
        return {"_own": self._own, "_names": self._names, "_timeout": self._timeout}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._open()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are looked for."""
        return tuple(rule for name in self._names for rule in rulebook.pack_rules(name)[0]) + self._own

    def _probe(self, place: int, number: int) -> Probe:
        probe = self._probes.get((place, number))
        if probe is None:
            probe = self._probes[place, number] = Probe(self._packs[place].rule(number))
        return probe

    def _nominated(self, codes: Iterable[tuple[int, int]], packs: frozenset[str] | None, site: str | None) -> _Nominated | None:
        """What a literal's hit nominates on a page where ``packs`` and the rules of ``site`` may speak."""
        found = [(self._probe(place, code >> 1), code & 1) for place, code in codes]
        found = [(probe, is_phrase) for probe, is_phrase in found if _may_speak(probe.rule, packs, site)]
        if not found:
            return None
        return _Nominated(tuple([p.rule for p, is_phrase in found if is_phrase]), tuple([p for p, is_phrase in found if not is_phrase]))

    def annotate(self, document: Document, host: str | None = None, packs: frozenset[str] | None = None) -> None:
        """Puts the signals of all matching rules on the document's blocks, and the segments of blocks that need them.

        Args:
            document: the document; its blocks are changed in place.
            host: the page's host; site rules of other hosts stay silent.
            packs: only rules of these packs speak (None: all).
        """
        blocks = document.blocks
        if not blocks:
            return
        # A line break before the text stands for the one that is not there, so that offsets are one too high.
        text = "\n" + document.folded
        scan = self._scan
        self._scanned += len(text)
        if self._scanned > FRUGAL and isinstance(scan, _FrugalScan):
            scan = self._scan = _AutomatonScan(self._packs, self._general)
        site = self._site(host) if host and self._hosts else None
        known = scan.nominated.get((packs, site))
        if known is None:
            if len(scan.nominated) > 200:
                scan.nominated.clear()
            known = scan.nominated[packs, site] = {}
        if self._labels:
            self._annotate_short_lines(document, packs)
        hits = scan.hits(text)
        if site is not None:
            hits = self._with_site(hits, text, site, packs, known)
        at = 0
        start, end = blocks[0].start, blocks[0].end
        last = len(blocks) - 1
        # Nouns have capitals in German, so a capital says nothing there.
        match = _BlockMatch(document, self._timeout, packs is None or "de" not in packs)
        # Hits come by their end, so walking the blocks by end keeps the walk linear.
        for literal, hit_start, hit_end in hits:
            if literal in known:
                nominated = known[literal]
            else:
                nominated = known[literal] = self._nominated(scan.codes[literal], packs, site)
            if nominated is None:
                continue
            hit_start -= 1
            hit_end -= 1
            while end < hit_end and at < last:
                at += 1
                start, end = blocks[at].start, blocks[at].end
            if start <= hit_start and hit_end <= end:
                if match.block is not blocks[at]:
                    match.finish()
                    match.open(blocks[at])
                match.take(nominated, hit_start, hit_end)
        match.finish()

    def _with_site(
        self, hits: Iterable[Hit], text: str, site: str, packs: frozenset[str] | None, known: dict[int, _Nominated | None]
    ) -> Iterable[Hit]:
        """``hits`` and those of the site's own literals, which have negative numbers."""
        literals = self._site_literals.get(site)
        if literals is None:
            literals = self._site_literals[site] = []
            for place, pack in enumerate(self._packs):
                if place not in self._general:
                    long = [(x, 0, rulebook.codes_of(target)) for x, target in zip(pack.literals, pack.targets, strict=True)]
                    for literal, short, codes in [*long, *((x, 1, codes) for x, codes in pack.short.items())]:
                        own = [(place, code) for code in codes if _is_host_of(site, pack.rule(code >> 1).host)]
                        if own:
                            literals.append((literal, short, own))
        found: list[Hit] = []
        for number, (literal, short, own) in enumerate(literals):
            at = text.find(literal, short)
            while at >= 0:
                if not short or text[at - 1] in _BEFORE_WORDS:
                    if -1 - number not in known:
                        known[-1 - number] = self._nominated(own, packs, site)
                    found.append((-1 - number, at, at + len(literal)))
                at = text.find(literal, at + 1)
        return sorted([*hits, *found], key=_by_end) if found else hits

    def _site(self, host: str) -> str | None:
        """The host, or that of its parents, that rules of its own are known for."""
        name = host
        while name not in self._hosts:
            _, _, name = name.partition(".")
            if not name:
                return None
        return host

    def _annotate_short_lines(self, document: Document, packs: frozenset[str] | None) -> None:
        """Signals of phrases too short to be scanned for: they match lines that hold nothing else."""
        labels = self._labels
        for block in document.blocks:
            if block.end - block.start > 3 * rulebook.SHORT_LITERAL:
                continue
            a, z = _core(document.folded, block.start, block.end)
            for place, code in labels.get(document.folded[a:z], ()):
                rule = self._packs[place].rule(code >> 1)
                if _may_speak(rule, packs, None):
                    block.signals.append(Signal(block.start, block.end, rule.category, rule.id, rule.strength))


def _by_end(hit: Hit) -> Span:
    return hit[2], hit[1]


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
    """The matching of one block after another: units are found only when a rule asks for them."""

    __slots__ = (
        "_begin",
        "_core_end",
        "_core_start",
        "_long",
        "_marks",
        "_nominated",
        "block",
        "capitals_tell",
        "document",
        "labels",
        "segments",
        "timeout",
    )

    def __init__(self, document: Document, timeout: float | None, capitals_tell: bool) -> None:
        self.document = document
        self.timeout = timeout
        self.capitals_tell = capitals_tell
        self.block: Block | None = None
        self.labels: list[tuple[int, int, Rule]] = []
        self.segments: list[Span] | None = None
        self._marks: list[Span] | None = None
        self._nominated: dict[str, tuple[Probe, list[Span]]] = {}
        self._core_start = self._core_end = self._begin = 0
        self._long = False

    def open(self, block: Block) -> None:
        """Turns to a block, whose hits :meth:`take` is told of and :meth:`finish` draws the signals from."""
        folded = self.document.folded
        start, end = block.start, block.end
        self.block = block
        self._core_start, self._core_end = _core(folded, start, end)
        self._begin = _past_bullets(folded, start, end)
        self._long = end - block.start > LONGEST_UNIT
        self._marks = self.segments = None
        if self.labels:
            self.labels = []
        if self._nominated:
            self._nominated = {}

    def take(self, nominated: _Nominated, hit_start: int, hit_end: int) -> None:
        """Notes what a hit in the block nominates, unless it can't match there."""
        block = self.block
        assert block is not None
        core_start = self._core_start
        if nominated.phrase_of:
            if hit_start <= core_start:
                if hit_end >= self._core_end:
                    for rule in nominated.phrase_of:
                        block.signals.append(Signal(block.start, block.end, rule.category, rule.id, rule.strength))
                elif _at_word_edges(self.document.folded, hit_start, hit_end):
                    self.labels += [(hit_start, hit_end, rule) for rule in nominated.phrase_of]
            # lower-case inside a line it is prose ("he asked her to read more"), not a label
            elif not self.document.text[hit_start].islower() and _at_word_edges(self.document.folded, hit_start, hit_end):
                self.labels += [(hit_start, hit_end, rule) for rule in nominated.phrase_of]
        for probe in nominated.probes:
            if probe.id in self._nominated:
                if self._may_reach(probe, hit_start, hit_end):
                    self._nominated[probe.id][1].append((hit_start, hit_end))
            elif self._may_reach(probe, hit_start, hit_end) and (
                probe.is_segment or self._long or probe.may_begin(self.document.folded, self._begin, block.end)
            ):
                self._nominated[probe.id] = (probe, [(hit_start, hit_end)])

    def finish(self) -> None:
        """Puts the block's signals and segments on it."""
        block = self.block
        if block is None or not (self._nominated or self.labels or self._long):
            return
        folded = self.document.folded
        start, end = block.start, block.end
        long = self._long
        if self.labels:
            self.labels = self._likely_labels()
            if self.labels:
                self._match_labels()
        for probe, places in self._nominated.values():
            if probe.is_segment or long:
                if self.segments is None:
                    if probe.is_unanchored:
                        # what matches nowhere in the line matches in none of its sentences: no need to look for them
                        if not probe.is_in(folded, start, end, self.timeout):
                            continue
                    elif probe.heads is not None and not long and not self._may_begin_at(probe, places):
                        continue
                self._match_segments(probe, places)
            else:
                self._match(probe, (start, end))
        if long and self.segments is None:
            self._units()
        block.segments = self.segments

    def _end_marks(self) -> list[Span]:
        if self._marks is None:
            assert self.block is not None
            self._marks = end_marks_of(self.document.text, self.block.start, self.block.end)
        return self._marks

    def _ends_between(self, start: int, end: int) -> bool:
        """Whether anything between two places looks like the end of a sentence."""
        for _, mark_end in self._end_marks():
            if mark_end > start:
                return mark_end <= end
        return False

    def _may_reach(self, probe: Probe, hit_start: int, hit_end: int) -> bool:
        """Whether the block, or a segment of it, can begin and end near enough for an anchored pattern."""
        assert self.block is not None
        end = self.block.end
        if probe.within_reach(hit_start, hit_end, self._core_start, end):
            return True
        if not (probe.is_segment or self._long):
            return False
        if self.labels:
            return True
        if hit_end - self._core_start > probe.from_start:
            if not self._ends_between(max(self._core_start, hit_end - probe.from_start - 4), hit_start):
                return False
        if end - hit_start > probe.from_end:
            return self._ends_between(hit_end - 1, min(end, hit_start + probe.from_end + 3))
        return True

    def _may_begin_at(self, probe: Probe, places: Sequence[Span]) -> bool:
        """Whether any sentence that can hold one of the places begins as the rule's matches do."""
        assert self.block is not None
        folded, text = self.document.folded, self.document.text
        end = self.block.end
        starts = [self.block.start]
        furthest = max(start for start, _ in places)
        for _, mark_end in self._end_marks():
            if mark_end > furthest:
                break
            starts.append(mark_end)
        for start in starts:
            while start < end and text[start].isspace():
                start += 1
            if probe.may_begin(folded, _past_bullets(folded, start, end), end):
                return True
        return False

    def _units(self) -> list[Span]:
        if self.segments is None:
            document, block = self.document, self.block
            assert block is not None
            segments = sentences_of(document.text, block.start, block.end, self._end_marks())
            if self.labels:
                segments = split_at_labels(document.text, segments, _disjoint(self.labels), self.capitals_tell)
            self.segments = _capped(segments)
        return self.segments

    def _likely_labels(self) -> list[tuple[int, int, Rule]]:
        """The labels, if any of them can be split off or be a sentence of its own; else none, and no sentences need be looked for."""
        text, folded, block = self.document.text, self.document.folded, self.block
        assert block is not None
        starts = {start for start, _, _ in self.labels}
        ends = {end for _, end, _ in self.labels}
        for start, end, _ in self.labels:
            at = start
            fresh = False
            while at > block.start and at not in ends and (folded[at - 1] in _BETWEEN or text[at - 1].isspace()):
                at -= 1
                fresh = fresh or folded[at] in _MARKS
            # a label that itself holds an end mark covers a sentence whatever follows
            if any(c in _MARKS for c in folded[start:end]):
                return self.labels
            fresh = fresh or at == block.start or at in ends
            tells, blanks_tell = label_shows_by(text[start:end], self.capitals_tell)
            if not fresh and not (blanks_tell and text[start - 1].isspace()) and (not tells or len(text[start:end].split()) < 2):
                continue
            if ends_label(text, end, block.end, tells, blanks_tell):
                return self.labels
            at = end
            marked = blanks_tell and at < block.end and text[at].isspace()
            while at < block.end and at not in starts and (folded[at] in _BETWEEN or text[at].isspace() or text[at] in OPENERS):
                marked = marked or folded[at] in _MARKS or text[at] in "\u203a\u00bb"
                at += 1
            if at == block.end or at in starts or (not text[at].islower() and (tells or marked)):
                return self.labels
        return []

    def _match_labels(self) -> None:
        units = self._units()
        if len(units) < 2:
            return
        assert self.block is not None
        for hit_start, hit_end, rule in self.labels:
            unit = _unit_at(units, hit_start)
            if unit is not None:
                a, z = _core(self.document.folded, *unit)
                if hit_start <= a and hit_end >= z:
                    self.block.signals.append(Signal(unit[0], unit[1], rule.category, rule.id, rule.strength))

    def _match_segments(self, probe: Probe, places: Sequence[Span]) -> None:
        tried = set()
        for hit_start, hit_end in places:
            unit = _unit_at(self._units(), hit_start)
            if unit is not None and unit not in tried and probe.within_reach(hit_start, hit_end, unit[0], unit[1]):
                tried.add(unit)
                self._match(probe, unit)

    def _match(self, probe: Probe, unit: Span) -> None:
        assert self.block is not None
        rule = probe.rule
        for a, b, share in probe.spans(self.document.folded, unit, self.timeout):
            self.block.signals.append(Signal(a, b, rule.category, rule.id, rule.strength, share))


def _past_bullets(folded: str, start: int, end: int) -> int:
    while start < end and folded[start] in _BULLETS:
        start += 1
    return start


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
    return Matcher(packs=[pack for pack in packs if pack in known])
