"""The Cleaner: split, detect, score, join; again until nothing more goes."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cleanpress import languages, rulebook, scoring
from cleanpress.errors import RuleError, RunawayError, UnknownNameError
from cleanpress.matching import Matcher, shipped_matcher
from cleanpress.rulebook import Rule
from cleanpress.segment.plain import blocks_of, cuts_of
from cleanpress.text import Hosts, Offsets, reading
from cleanpress.types import (
    CATEGORIES,
    ENGINES,
    KEPT_BY_DEFAULT,
    PROFILES,
    REMOVED_BY_DEFAULT,
    Block,
    Category,
    Document,
    ProfileName,
    Removed,
    RemovedElement,
    Result,
    Signal,
    Verdict,
    cut_out,
)

if TYPE_CHECKING:
    from pathlib import Path

#: Cleaning repeats until nothing more goes, so that cleaning twice is cleaning once. Two passes are usual, four rare.
MOST_PASSES = 12


class Cleaner:
    """Deletes publisher boilerplate from article text; built once, used for any number of documents.

    Reusable, safe to share between threads, picklable; keeps no state between documents.

    Args:
        profile: operating point: ``"careful"`` (the default), ``"balanced"`` or ``"eager"``.
        remove: categories to remove besides the default ones.
        keep: categories to keep.
        disable: ids of rules that must not speak.
        rules: paths of the caller's own TOML rule files, or :class:`~cleanpress.rulebook.Rule` objects; their evidence is
            scored like that of the shipped rules.
        phrases: the caller's own fixed phrases: a line or sentence that is one of them counts as strong evidence.
        body_only: also remove headline, byline and editorial notes.
        scored_by: weights of the caller's own fitting in place of the shipped ones (see :mod:`cleanpress.learn`).
        engine: for HTML: ``"trafilatura"`` (the default; accuracy) or ``"fast"`` (throughput; needs the ``fast`` extra).

    Raises:
        UnknownNameError: for a category, profile, rule or engine that does not exist, naming the nearest that does.
        RuleError: for a rule file that can't be used, or a pattern that is not linear.

    >>> Cleaner().clean("It rained all night in Lowmoor, and the bridge at the mill stayed shut.\\n\\nAdvertisement")
    'It rained all night in Lowmoor, and the bridge at the mill stayed shut.'
    """

    def __init__(
        self,
        *,
        profile: ProfileName = "careful",
        remove: Iterable[Category] = (),
        keep: Iterable[Category] = (),
        disable: Iterable[str] = (),
        rules: Iterable[str | Path | Rule] = (),
        phrases: Iterable[str] = (),
        body_only: bool = False,
        scored_by: scoring.Scoring | None = None,
        engine: str = "trafilatura",
    ) -> None:
        if profile not in PROFILES:
            raise UnknownNameError("profile", str(profile), PROFILES)
        if engine not in ENGINES:
            raise UnknownNameError("engine", str(engine), ENGINES)
        self.engine = engine
        remove, keep = _categories(remove), _categories(keep)
        self.removable: frozenset[Category] = (REMOVED_BY_DEFAULT | remove | (KEPT_BY_DEFAULT if body_only else frozenset())) - keep
        self.disabled = frozenset([disable] if isinstance(disable, str) else disable)
        own: list[Rule] = []
        for item in [rules] if isinstance(rules, str | os.PathLike | Rule) else rules:
            found = [item] if isinstance(item, Rule) else rulebook.rules_from_file(item)
            _refuse_runaways(found, "rules" if isinstance(item, Rule) else str(item))
            own += found
        phrases = [phrases] if isinstance(phrases, str) else list(phrases)
        if phrases:
            own.append(rulebook.phrase_rule(phrases))
        self.own_rules = tuple(own)
        self._own_scoring = scored_by
        self._scoring = scored_by or scoring.shipped_scoring()
        self.profile = self._scoring.profiles[profile]
        self._matcher: Matcher | None = None
        if self.disabled or own:
            shipped = rulebook.shipped_rules()
            known = {r.id for r in (*shipped, *own)} | {a for r in shipped for a in r.aliases}
            for name in sorted(self.disabled):
                if name not in known:
                    raise UnknownNameError("rule", name, known)
            spoken = [r for r in (*shipped, *own) if r.id not in self.disabled and not self.disabled.intersection(r.aliases)]
            self._matcher = Matcher(spoken, guarded=bool(own))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_scoring": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._scoring = self._own_scoring or scoring.shipped_scoring()

    def matcher_for(self, packs: frozenset[str] | None) -> Matcher:
        """The matcher whose rules may speak: the shipped ones of these packs (None: all), or this cleaner's own choice."""
        if self._matcher is not None:
            return self._matcher
        return shipped_matcher(tuple(sorted(packs)) if packs is not None else tuple(rulebook.pack_names()))

    @property
    def rules_hash(self) -> str:
        """A hash of all rules and weights that this cleaner uses: the same hash, the same output."""
        import hashlib

        digest = hashlib.sha256()
        for pack in rulebook.pack_names():
            digest.update(rulebook.pack_hash(pack).encode())
        for rule in self.own_rules:
            digest.update(repr(rule).encode())
        digest.update(repr((sorted(self.disabled), sorted(self.removable), self.profile)).encode())
        digest.update(repr(self._scoring.fitted).encode())
        return digest.hexdigest()[:16]

    def clean(self, text: str, *, url: str | None = None, lang: str | None = None) -> str:
        """``text`` without its boilerplate.

        Args:
            text: the article's text, as any extractor printed it.
            url: where the page stood; lets rules for that site speak.
            lang: language tag (``"de"``, ``"pt-BR"``); None: all languages' rules speak.
        """
        try:
            return self._passes(text, url, lang, explain=False)[0]
        except RunawayError:
            # the last resort: what was not looked at to the end is kept as it came
            return text

    def explain(self, text: str, *, url: str | None = None, lang: str | None = None) -> Result:
        """Like :meth:`clean`, with the record of what was cut and why; offsets are code points of ``text``."""
        try:
            current, cuts, passes = self._passes(text, url, lang, explain=True)
        except RunawayError:
            return Result(text, (), (), ("timeout",), lang, self.profile.name)
        verdicts: list[Verdict] = []
        warnings: list[str] = []
        lost = left = 0.0
        removed_spans: set[tuple[int, int]] = set()
        for number, (found, backward) in enumerate(passes):
            for unit in found.units:
                start, end = backward(unit.start, unit.end)
                # a line that stays until the last pass is told of once, by the last pass that looked at it
                if not unit.removed and number < len(passes) - 1:
                    continue
                removed_spans.add((start, end))
                score = 1 / (1 + math.exp(-max(-60.0, min(60.0, unit.log_odds))))
                verdicts.append(Verdict(start, end, unit.category, unit.removed, round(score, 6), unit.rules, unit.shares))
            warnings += [w for w in found.warnings if w not in warnings]
            lost += found.expected_lost
            left = found.expected_left
        if text.strip() and not current.strip():
            warnings.append("emptied")
        verdicts.sort(key=lambda v: (v.start, v.end, not v.removed))
        removed = tuple(Removed(a, b, text[a:b], category_within(verdicts, a, b)) for a, b in cuts)
        return Result(current, tuple(verdicts), removed, tuple(warnings), lang, self.profile.name, round(lost, 6), round(left, 6))

    @property
    def text_scoring(self) -> scoring.Scoring:
        """The weights that this cleaner scores text with."""
        return self._scoring

    def clean_html(
        self, html: Any, *, url: str | None = None, lang: str | None = None, engine: str | None = None, charset: str | None = None
    ) -> str:
        """The article's text from a page's HTML.

        Args:
            html: the page: text, bytes (decoded as browsers do), or a tree that ``lxml.html`` parsed, which is not changed.
            url: where the page stood; lets rules for that site speak.
            lang: language tag; None: guessed from the text.
            engine: ``"trafilatura"`` or ``"fast"``; None: this cleaner's own.
            charset: the charset in the HTTP header, for bytes.

        Raises:
            InputError: for what is no HTML, or too much of it.
            MissingExtraError: for the fast engine where ``selectolax`` is not installed.
            UnknownNameError: for an engine that does not exist.

        >>> body = "The dam above Lowmoor held through the night, the water board said, and the road below it is open again."
        >>> page = f"<html><body><article><h1>Dam holds through the night</h1><p>{body}</p></article></body></html>"
        >>> Cleaner(body_only=True).clean_html(page).strip() == body
        True
        """
        from cleanpress import html_pipeline

        return html_pipeline.clean_html(self, html, url, lang, engine or self.engine, charset)

    def explain_html(
        self, html: Any, *, url: str | None = None, lang: str | None = None, engine: str | None = None, charset: str | None = None
    ) -> Result:
        """Like :meth:`clean_html`, with what was cut and why; offsets are code points of ``Result.source``, the page's text."""
        from cleanpress import html_pipeline

        return html_pipeline.explain_html(self, html, url, lang, engine or self.engine, charset)

    def clean_soup(self, soup: Any, *, url: str | None = None, lang: str | None = None, engine: str | None = None) -> list[RemovedElement]:
        """Removes boilerplate elements from a BeautifulSoup tree, in place, and returns what it removed, in document order.

        Args:
            soup: a ``bs4.BeautifulSoup`` or ``bs4.Tag``.
            url: where the page stood.
            lang: language tag.
            engine: see :meth:`clean_html`; the fast one asks no extractor.

        Raises:
            InputError: for anything but a soup.
        """
        from cleanpress import html_pipeline

        return html_pipeline.clean_soup(self, soup, url, lang, engine or self.engine)

    def clean_tree(self, root: Any, *, url: str | None = None, lang: str | None = None, engine: str | None = None) -> list[RemovedElement]:
        """Like :meth:`clean_soup` for a tree that ``lxml.html`` parsed."""
        from cleanpress import html_pipeline

        return html_pipeline.clean_tree(self, root, url, lang, engine or self.engine)

    def pipe(self, texts: Iterable[str]) -> Iterator[str]:
        """Cleans texts one by one, in order, holding no more than one at a time.

        >>> list(Cleaner().pipe(["One quiet sentence.", ""]))
        ['One quiet sentence.', '']
        """
        for text in texts:
            yield self.clean(text)

    def _passes(self, text: str, url: str | None, lang: str | None, *, explain: bool) -> tuple[str, list[tuple[int, int]], list[Any]]:
        host = Hosts.of(url)
        packs = packs_for(lang)
        current = text
        cuts: list[tuple[int, int]] = []
        passes: list[Any] = []
        document: Document | None = None
        offsets: Offsets | None = None
        speaking: frozenset[str] | None = None
        for _ in range(MOST_PASSES):
            if document is None:
                seen, offsets, folded = reading(current)
                document = Document(seen, folded, blocks_of(seen), url, lang)
                speaking = packs or guessed_packs(document.folded)
                self.matcher_for(speaking).annotate(document, host=host, packs=speaking)
            found = scoring.decisions(document, self._scoring, self.profile, self.removable, explain)
            new = cuts_of(document.text, document.blocks, found.whole, sorted(found.inner))
            if explain:
                passes.append((found, _Backward(cuts, offsets)))
            if not new:
                break
            following = None
            if offsets is None and not found.inner and document.text == current:
                # Whole lines went: what the rules said of the others still holds, unless the language now looks another.
                following = remaining_document(document, found.whole, new)
                if packs is None and guessed_packs(following.folded) != speaking:
                    following = None
            if offsets is not None:
                new = [(offsets[a], offsets[b]) for a, b in new]
            current = cut_out(current, new)
            cuts = _composed(cuts, new)
            document = following
        return current, cuts, passes


def remaining_document(document: Document, gone: Sequence[bool], cuts: Sequence[tuple[int, int]]) -> Document:
    """The document without its lines ``gone``, with the signals of the others moved along: what a fresh look would find.

    Args:
        document: a document whose blocks carry their signals.
        gone: for each block, whether it was removed.
        cuts: the stretches of ``document.text`` that went with them, sorted.
    """
    text = cut_out(document.text, cuts)
    blocks: list[Block] = []
    shift = number = 0
    end = -1
    for block, is_gone in zip(document.blocks, gone, strict=True):
        if is_gone:
            continue
        while number < len(cuts) and cuts[number][0] < block.start:
            shift += cuts[number][1] - cuts[number][0]
            number += 1
        start = block.start - shift
        gap = text.count("\n", end if end >= 0 else 0, start)
        signals = block.signals
        segments = block.segments
        if shift:
            signals = [Signal(s.start - shift, s.end - shift, s.category, s.source, s.strength, s.share) for s in signals]
            segments = segments and [(a - shift, b - shift) for a, b in segments]
        blocks.append(Block(start, block.end - shift, block.line_start - shift, gap, signals, segments))
        end = block.end - shift
    return Document(text, cut_out(document.folded, cuts), blocks, document.url, document.lang, document.memo)


class _Backward:
    """Maps a span of one pass's surface back to the input."""

    def __init__(self, cuts: Sequence[tuple[int, int]], offsets: Sequence[int] | None) -> None:
        self._cuts = tuple(cuts)
        self._offsets = offsets

    def __call__(self, start: int, end: int) -> tuple[int, int]:
        if self._offsets is not None:
            start, end = self._offsets[start], self._offsets[end]
        return _before_cuts(start, self._cuts, True), _before_cuts(end, self._cuts, False)


def _before_cuts(place: int, cuts: Sequence[tuple[int, int]], is_start: bool) -> int:
    """Where a place of the cut text stood before ``cuts`` were made; a start that touches a cut stands after it."""
    for a, b in cuts:
        if a < place or (is_start and a == place):
            place += b - a
        else:
            break
    return place


def _composed(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The cuts of two passes as cuts of the input: ``second`` is given in the text that ``first`` left."""
    spans = sorted(first + [(_before_cuts(a, first, True), _before_cuts(b, first, False)) for a, b in second])
    merged: list[tuple[int, int]] = []
    for a, b in spans:
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        else:
            merged.append((a, b))
    return merged


def category_within(verdicts: Sequence[Verdict], start: int, end: int) -> Category:
    """The category of most of what was removed between two offsets."""
    size: dict[Category, int] = {}
    for v in verdicts:
        if v.removed and v.start < end and v.end > start:
            size[v.category] = size.get(v.category, 0) + min(v.end, end) - max(v.start, start)
    return max(size, key=lambda c: (size[c], c)) if size else "related"


def _refuse_runaways(rules: Sequence[Rule], where: str) -> None:
    """Raises for a caller's pattern that is not linear: one that hangs on a page nobody has seen yet is worse than none."""
    patterned = [r for r in rules if r.pattern]
    if not patterned:
        return
    from cleanpress.runaway import runaways

    for rule in patterned:
        for key, source in (("pattern", rule.pattern), ("unless", rule.unless)):
            for problem in runaways(source, rule.keywords) if source else ():
                raise RuleError(where, rule.id, key, problem)


def _categories(names: Iterable[Category]) -> frozenset[Category]:
    chosen: list[Category] = [names] if isinstance(names, str) else list(names)  # type: ignore[list-item]
    for name in chosen:
        if name not in CATEGORIES:
            raise UnknownNameError("category", str(name), CATEGORIES)
    return frozenset(chosen)


def packs_for(lang: str | None) -> frozenset[str] | None:
    """The packs whose rules may speak about a text of this language; None: all."""
    if not lang:
        return None
    known = rulebook.pack_names()
    tag = lang.replace("_", "-")
    for name in (tag, tag.split("-")[0].lower(), _SAME.get(tag.split("-")[0].lower(), "")):
        if name in known:
            return frozenset({name, "any", "sites"})
    hits = frozenset(n for n in known if n.split("-")[0] == tag.split("-")[0].lower())
    # A language without a pack of its own: every pack may speak.
    return hits | {"any", "sites"} if hits else None


def guessed_packs(folded: str) -> frozenset[str] | None:
    """The packs whose rules may speak about a text of unknown language; None: all."""
    likely = languages.likely_packs(folded)
    if likely is None:
        silent = languages.silent_packs(folded)
        return frozenset(rulebook.pack_names()) - silent if silent else None
    # English chrome stands on pages of every language.
    return likely | {"en", "any", "sites"}


_SAME = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "sh": "sr"}
