"""From a page's HTML to clean text: blocks, evidence, verdicts, and the record of what went."""

from __future__ import annotations

import bisect
import contextlib
import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cleanpress import heuristics, rulebook, scoring
from cleanpress.errors import InputError, RunawayError, UnknownNameError
from cleanpress.extract import Extracted, extracted
from cleanpress.heuristics import markup as markup_heuristics
from cleanpress.heuristics.lines import Lines
from cleanpress.heuristics.markup import Landscape
from cleanpress.markup import MarkupMatcher
from cleanpress.matching import Matcher
from cleanpress.pipeline import category_within, guessed_packs, packs_for
from cleanpress.rulebook import Rule
from cleanpress.scoring_html import BlockModel, HtmlScoring, block_decisions, shipped_html_scoring
from cleanpress.segment.html import IN_PRE, key_of
from cleanpress.segment.plain import cuts_of
from cleanpress.segment.witness import Witness, witness_of
from cleanpress.text import Hosts, Offsets, reading, surface
from cleanpress.types import ENGINES, Block, Category, Document, Engine, Removed, RemovedElement, Result, Verdict, cut_out

if TYPE_CHECKING:
    from cleanpress.pipeline import Cleaner

#: The features that a block's score is made of: the look of its text and the place of its element.
NAMES: tuple[str, ...] = heuristics.NAMES + markup_heuristics.NAMES
_TERMS = frozenset({"dt", "dd"})
#: Log-odds of a block that is surely body.
_SURE = -6.0
_WORDY = re.compile(r"\w")
#: An article shorter than this (code points) after which a paywall speaks is taken for cut off.
_SHORT = 2_500


@dataclass(slots=True)
class Measured:
    """A page with what the scoring layer wants to know of it; the look of the text only for those blocks that were asked about."""

    extracted: Extracted
    witness: Witness
    land: Landscape
    #: numbers of the blocks that are scored; each is a line of ``source``
    chosen: list[int]
    #: for each scored block the markup rules that speak about it
    speaking: list[tuple[Rule, ...]]
    #: for each scored block its row in ``columns``; −1 where it is surely body, so that nothing more is asked about it
    rows: list[int]
    #: the scored blocks as one text, and as lines of it
    source: str
    blocks: list[Block]
    #: what the markup says: one level a row
    columns: dict[str, list[int]]
    url: str | None
    #: filled by :func:`deepen`: the text as rules see it, where its code points stand in ``source`` (None: the same), its lines
    document: Document | None = None
    offsets: Offsets | None = None
    lines: Lines | None = None


def measured(found: Extracted, markup: MarkupMatcher, *, url: str | None = None) -> Measured:
    """Gathers the evidence of the markup about a page's blocks.

    Args:
        found: the page, from :func:`cleanpress.extract.extracted`.
        markup: finds the markup rules that speak.
        url: where the page stood.
    """
    page, kept = found.page, found.kept
    # the fast engine does without: to parse the JSON costs as much as to parse a tenth of the page
    witness = witness_of(page, linked_data=found.engine != "fast")
    land = markup_heuristics.landscape_of(page, kept)
    # a line of invisible characters is no line
    chosen = [
        k
        for k in markup_heuristics.worth_scoring(page, kept, land)
        if _WORDY.search(page.blocks[k].text) or surface(page.blocks[k].text)[0].strip()
    ]
    pieces: list[str] = []
    blocks: list[Block] = []
    at = 0
    last = -2
    for k in chosen:
        block = page.blocks[k]
        text = block.text
        gap = 0
        if last >= 0:
            # the first item of a list stands apart from the paragraph before it
            gap = 1 if block.gap == 1 and last == k - 1 and _alike(page.blocks[last].tag, block.tag) else 2
            pieces.append("\n" if gap == 1 else "\n\n")
            at += gap
        pieces.append(text)
        end = at + len(text)
        # lines of code keep their indentation, which is no part of the block
        blocks.append(Block(end - len(text.lstrip()) if text[0] == " " or text[0] == "\t" else at, end, at, gap))
        at = end
        last = k
    speaking = markup.speaking(page, chosen)
    rows = list(range(len(chosen)))
    asked, asking = chosen, speaking
    if found.engine == "fast":
        # of 20,650 such blocks on the labelled pages the fast engine's model would take 12; of the lines of verse, as many good as bad
        asked, asking = [], []
        for n, (k, rules) in enumerate(zip(chosen, speaking, strict=True)):
            if markup_heuristics.plain_body(page, k, kept, rules, land) or markup_heuristics.verse(page, k, rules, land):
                rows[n] = -1
            else:
                rows[n] = len(asked)
                asked.append(k)
                asking.append(rules)
    levels = markup_heuristics.levels(page, asked, kept, asking, witness, land)
    columns = dict(zip(markup_heuristics.NAMES, levels, strict=True))
    return Measured(found, witness, land, chosen, speaking, rows, "".join(pieces), blocks, columns, url)


def _alike(tag: str, other: str) -> bool:
    return tag == other or (tag in _TERMS and other in _TERMS)


def deepen(
    seen: Measured,
    matcher_for: Callable[[frozenset[str] | None], Matcher],
    *,
    packs: frozenset[str] | None = None,
    everywhere: bool = False,
) -> None:
    """Looks at the text: rules speak about all lines but plain body paragraphs.

    Args:
        seen: the page; its document, offsets and lines are filled in.
        matcher_for: gives the matcher of the text rules for these packs.
        packs: the packs whose rules may speak; None: guessed from the text.
        everywhere: whether rules speak about plain paragraphs too.
    """
    if seen.document is not None:
        return
    surfaced, offsets, folded = reading(seen.source)
    blocks = seen.blocks
    if offsets is not None:
        place = {offset: n for n, offset in reversed(list(enumerate(offsets)))}
        marks = sorted(place)

        def at(offset: int) -> int:
            return place[marks[bisect.bisect_left(marks, offset)]]

        blocks = [Block(at(b.start), at(b.end), at(b.line_start), b.gap) for b in blocks]
    document = Document(surfaced, folded, blocks, seen.url, seen.extracted.page.lang)
    if packs is None:
        packs = guessed_packs(folded)
    page, kept, land = seen.extracted.page, seen.extracted.kept, seen.land
    asked = [
        block
        for k, block, rules in zip(seen.chosen, blocks, seen.speaking, strict=True)
        if block.start < block.end and (everywhere or not markup_heuristics.plain_body(page, k, kept, rules, land))
    ]
    matcher_for(packs).annotate(Document(surfaced, folded, asked, seen.url), host=Hosts.of(seen.url), packs=packs)
    seen.document, seen.offsets = document, offsets
    seen.lines = Lines(document)


def text_columns(seen: Measured, lines: Sequence[int]) -> dict[str, list[int]]:
    """Every feature of the lines numbered ``lines``, the look of their text and what the markup says; the page must be deepened."""
    assert seen.lines is not None
    columns = heuristics.feature_columns(seen.lines, lines)
    rows = [seen.rows[i] for i in lines]
    for name, column in seen.columns.items():
        columns[name] = [column[row] for row in rows]
    return columns


@functools.lru_cache(maxsize=1)
def shipped_markup() -> MarkupMatcher:
    """The matcher of the shipped markup rules; built once a process."""
    return MarkupMatcher([rule for pack in ("any", "sites") for rule in rulebook.pack_rules(pack)[0]])


@functools.lru_cache(maxsize=32)
def _own_markup(own: tuple[Rule, ...], disabled: frozenset[str]) -> MarkupMatcher:
    return MarkupMatcher([r for r in (*shipped_markup().rules, *own) if not disabled.intersection((r.id, *r.aliases))])


def markup_for(cleaner: Cleaner) -> MarkupMatcher:
    """The matcher of the markup rules that this cleaner knows."""
    if not cleaner.disabled and not cleaner.own_rules:
        return shipped_markup()
    return _own_markup(tuple(r for r in cleaner.own_rules if r.scope == "markup"), cleaner.disabled)


@dataclass(slots=True)
class _Cleaned:
    """A page with its verdicts; ``cuts`` and the units' spans are offsets of ``seen.source``."""

    seen: Measured
    decided: scoring.Decisions
    cuts: list[tuple[int, int]]

    @property
    def text(self) -> str:
        """What remains."""
        return cut_out(self.seen.source, self.cuts)


def decided_page(
    seen: Measured,
    weights: HtmlScoring,
    models: Mapping[str, BlockModel],
    cleaner: Cleaner,
    packs: frozenset[str] | None,
    explain: bool,
    units: bool = False,
) -> _Cleaned:
    """Scores a measured page: by its markup first, then, where that leaves doubt and the engine allows it, by its text.

    Args:
        seen: the page.
        weights: thresholds.
        models: the models to score with, by name (``weights.models``, or those of a fold).
        cleaner: whose profile, categories and rules count.
        packs: the packs whose rules may speak.
        explain: whether to fill in each unit's shares.
        units: whether each block's category and rules are wanted; they are when ``explain`` is.
    """
    units = units or explain
    engine = seen.extracted.engine
    # without a word from the extractor its model would hear a silence that it never heard in fitting
    asked = any(seen.extracted.kept)
    sketch = models["trafilatura_markup" if asked else "fast_markup"]
    asking = [i for i, row in enumerate(seen.rows) if row >= 0]
    odds = [_SURE] * len(seen.rows)
    if asking:
        for i, value in zip(asking, sketch.log_odds(seen.columns, len(asking)), strict=True):
            odds[i] = value
    threshold = weights.thresholds["trafilatura" if asked else "fast"][cleaner.profile.name]
    deep: list[int] = []
    columns: dict[str, list[int]] = {}
    full = models["trafilatura" if asked else "fast"]
    own = bool(cleaner.own_rules)
    found_late: list[str] = []
    if engine != "fast" or own:
        deep = asking if own else [i for i, v in enumerate(odds) if abs(v - threshold) < weights.doubt and not _is_code(seen, i)]
        if deep:
            try:
                deepen(seen, cleaner.matcher_for, packs=packs, everywhere=own)
            except RunawayError:
                # the last resort: what the text says was not heard to the end, so only the markup speaks
                found_late, deep = ["timeout"], []
        if deep:
            columns = text_columns(seen, deep)
            for i, value in zip(deep, full.log_odds(columns, len(deep)), strict=True):
                odds[i] = value
    _join_runs(seen, odds)
    signals = seen.document.blocks if seen.document is not None else seen.blocks
    decided = block_decisions(
        signals, seen.columns, seen.rows, columns, deep, seen.speaking, odds, threshold, cleaner.removable, own=own, units=units
    )
    decided.warnings += found_late
    if explain:
        rows = {i: row for row, i in enumerate(deep)}
        for i, unit in enumerate(decided.units):
            if i in rows:
                unit.shares = full.shares(columns, rows[i])
            else:
                unit.shares = sketch.shares(seen.columns, seen.rows[i]) if seen.rows[i] >= 0 else (("plain_body", _SURE),)
    if seen.document is not None:
        scoring.decide_segments(seen.document, cleaner.text_scoring, cleaner.profile, cleaner.removable, decided, explain)
        if (offsets := seen.offsets) is not None:
            decided.inner = [(offsets[a], offsets[b]) for a, b in decided.inner]
            for unit in decided.units:
                unit.start, unit.end = offsets[unit.start], offsets[unit.end]
    return _Cleaned(seen, decided, cuts_of(seen.source, seen.blocks, decided.whole, sorted(decided.inner)))


def _is_code(seen: Measured, i: int) -> bool:
    """Whether line ``i`` is preformatted; what text rules say of code means nothing."""
    return seen.extracted.page.blocks[seen.chosen[i]].flags & IN_PRE != 0


def _join_runs(seen: Measured, odds: list[float]) -> None:
    """Gives all lines of one code block, and all rows of one table, the mean of their log-odds: half of either is worth nothing."""
    page = seen.extracted.page
    runs: dict[int, list[int]] = {}
    for i, k in enumerate(seen.chosen):
        block = page.blocks[k]
        if block.flags & IN_PRE:
            runs.setdefault(block.holder, []).append(i)
        elif block.tag == "tr":
            runs.setdefault(max(page.parents[block.holder], 0), []).append(i)
    for members in runs.values():
        if len(members) > 1:
            mean = sum(odds[i] for i in members) / len(members)
            for i in members:
                odds[i] = mean


def _cleaned(
    cleaner: Cleaner, found: Extracted, url: str | None, lang: str | None, *, explain: bool = False, units: bool = False
) -> _Cleaned:
    weights = shipped_html_scoring()
    return decided_page(measured(found, markup_for(cleaner), url=url), weights, weights.models, cleaner, packs_for(lang), explain, units)


def engine_named(name: str) -> Engine:
    """The engine of this name.

    Raises:
        UnknownNameError: naming the nearest that exists.
    """
    for engine in ENGINES:
        if engine == name:
            return engine
    raise UnknownNameError("engine", str(name), ENGINES)


def clean_html(cleaner: Cleaner, html: Any, url: str | None, lang: str | None, engine: str, charset: str | None) -> str:
    """See :meth:`cleanpress.Cleaner.clean_html`."""
    found = extracted(html, engine_named(engine), charset, idle=markup_for(cleaner).idle)
    if "not_html" in found.page.warnings:
        return _plain(cleaner, found, url, lang).text
    return _cleaned(cleaner, found, url, lang).text


def _plain(cleaner: Cleaner, found: Extracted, url: str | None, lang: str | None) -> Result:
    """What has no tags has no markup to judge by: it is cleaned as text."""
    source = "\n".join(block.text for block in found.page.blocks)
    result = cleaner.explain(source, url=url, lang=lang)
    return replace(result, warnings=(*found.page.warnings, *result.warnings), source=source)


def explain_html(cleaner: Cleaner, html: Any, url: str | None, lang: str | None, engine: str, charset: str | None) -> Result:
    """See :meth:`cleanpress.Cleaner.explain_html`."""
    found = extracted(html, engine_named(engine), charset, idle=markup_for(cleaner).idle)
    if "not_html" in found.page.warnings:
        return _plain(cleaner, found, url, lang)
    done = _cleaned(cleaner, found, url, lang, explain=True)
    seen, decided = done.seen, done.decided
    source, text = seen.source, done.text
    if found.engine == "fast":
        seen.witness = witness_of(found.page)
    verdicts = []
    for unit in decided.units:
        score = 1 / (1 + math.exp(-max(-60.0, min(60.0, unit.log_odds))))
        verdicts.append(Verdict(unit.start, unit.end, unit.category, unit.removed, round(score, 6), unit.rules, unit.shares))
    verdicts.sort(key=lambda v: (v.start, v.end, not v.removed))
    removed = tuple(Removed(a, b, source[a:b], category_within(verdicts, a, b)) for a, b in done.cuts)
    page = seen.extracted.page
    warnings = [*page.warnings, *decided.warnings]
    if not text.strip():
        warnings.append("emptied")
    return Result(
        text, tuple(verdicts), removed, tuple(dict.fromkeys(warnings)), lang or page.lang, cleaner.profile.name,
        round(decided.expected_lost, 6), round(decided.expected_left, 6), seen.witness.title, _truncated(done, text), source,
    )  # fmt: skip


def _truncated(done: _Cleaned, text: str) -> tuple[str, ...]:
    """What speaks for a paywall having cut the text off; empty when too little does."""
    witness = done.seen.witness
    evidence = []
    last = max((u.end for u in done.decided.units if not u.removed and u.end - u.start > 60), default=0)
    walls = [u for u in done.decided.units if u.removed and u.category == "paywall" and u.rules and u.start >= last]
    marks = 0
    if witness.free is False:
        evidence.append("JSON-LD: isAccessibleForFree is false")
    if witness.paid_parts:
        evidence.append(f"JSON-LD: paid part {witness.paid_parts[0]!r}")
    if walls:
        evidence.append(f"a paywall speaks after the text: {walls[0].rules[0]}")
        marks += len(text) < _SHORT
    key = key_of(text)
    if witness.body and len(witness.body) > 1.5 * len(key) + 200:
        evidence.append(f"JSON-LD: articleBody is longer ({len(witness.body):,} letters against {len(key):,})")
        marks += 1
    if text.rstrip().endswith(("\u2026", "...", "[\u2026]", "[...]")):
        evidence.append("the text ends in an ellipsis")
        marks += 1
    paid = witness.free is False or bool(walls)
    return tuple(evidence) if paid and marks else ()


def clean_tree(cleaner: Cleaner, root: Any, url: str | None, lang: str | None, engine: str) -> list[RemovedElement]:
    """See :meth:`cleanpress.Cleaner.clean_tree`."""
    if not hasattr(root, "drop_tree"):
        raise InputError(f"a tree must be an element that lxml.html parsed, not {type(root).__name__}")
    import lxml.etree

    done, nodes = _with_nodes(cleaner, root, url, lang, engine)
    gone = _gone(done) + _idle_frames(root, nodes)
    gone = [(node, record) for node, record in gone if node is not root and node.getparent() is not None and node.tag != "body"]
    # ``drop_tree`` would write the text behind a node anew, and lxml refuses to write control characters that it has read
    tags = [node.tag for node, _ in gone]
    for node, _ in gone:
        node.tag = _GONE
    lxml.etree.strip_elements(root, _GONE, with_tail=False)
    for (node, _), tag in zip(gone, tags, strict=True):
        # nor does it take back a name that holds such a character; the node is out of the tree by now
        with contextlib.suppress(ValueError):
            node.tag = tag
    return [record for _, record in gone]


def clean_soup(cleaner: Cleaner, soup: Any, url: str | None, lang: str | None, engine: str) -> list[RemovedElement]:
    """See :meth:`cleanpress.Cleaner.clean_soup`."""
    if not hasattr(soup, "find_all") or not hasattr(soup, "decode"):
        raise InputError(f"a soup must be a BeautifulSoup tree, not {type(soup).__name__}")
    from cleanpress.extract import parsed

    # Numbers on the elements, for as long as it takes to write the tree down and read it with lxml.
    elements = soup.find_all(True)
    try:
        for number, element in enumerate(elements):
            element[_NUMBER] = str(number)
        root = parsed(soup.decode().encode("utf-8", "replace"))
    finally:
        for element in elements:
            del element[_NUMBER]
    if root is None:
        return []
    done, nodes = _with_nodes(cleaner, root, url, lang, engine)
    removed = []
    for node, record in _gone(done) + _idle_frames(root, nodes):
        number = node.get(_NUMBER)
        if number is None or node.tag in ("html", "body"):
            continue
        element = elements[int(number)]
        if not element.decomposed:
            element.decompose()
            removed.append(record)
    return removed


_NUMBER = "data-cleanpress-number"
_GONE = "cleanpress-gone"


def _with_nodes(cleaner: Cleaner, root: Any, url: str | None, lang: str | None, engine: str) -> tuple[_Cleaned, set[Any]]:
    found = extracted(root, engine_named(engine), nodes=True)
    return _cleaned(cleaner, found, url, lang, units=True), set(found.page.nodes)


def _idle_frames(root: Any, walked: set[Any]) -> list[tuple[Any, RemovedElement]]:
    """The frames of the page, its navigation and footers, that the walk passed over because they hold no block."""
    return [
        (node, RemovedElement(node.tag, " ".join(node.text_content().split()), "navigation", (f"<{node.tag}>",)))
        for node in root.iter("nav", "footer")
        if node not in walked
    ]


def _gone(done: _Cleaned) -> list[tuple[Any, RemovedElement]]:
    """The topmost elements of which every block was removed, with what they held."""
    page = done.seen.extracted.page
    units = dict(zip(done.seen.chosen, done.decided.units, strict=False))
    whole = dict(zip(done.seen.chosen, done.decided.whole, strict=True))
    all_blocks = [0] * len(page.parents)
    gone_blocks = [0] * len(page.parents)
    for k, block in enumerate(page.blocks):
        at = block.holder
        goes = whole.get(k, True)
        while at >= 0:
            all_blocks[at] += 1
            gone_blocks[at] += goes
            at = page.parents[at]
    full = [a > 0 and a == g for a, g in zip(all_blocks, gone_blocks, strict=True)]
    texts: dict[int, list[int]] = {}
    for k, block in enumerate(page.blocks):
        at, top = block.holder, -1
        while at >= 0:
            if full[at]:
                top = at
            at = page.parents[at]
        if top >= 0:
            texts.setdefault(top, []).append(k)
    found = []
    for top, members in texts.items():
        sizes: dict[Category, int] = {}
        rules: list[str] = []
        for k in members:
            if k in units:
                sizes[units[k].category] = sizes.get(units[k].category, 0) + len(page.blocks[k].text)
                rules += [r for r in units[k].rules if r not in rules]
        category: Category = max(sizes, key=lambda c: (sizes[c], c)) if sizes else "navigation"
        record = RemovedElement(page.signatures[top].split(" ")[0], "\n".join(page.blocks[k].text for k in members), category, tuple(rules))
        found.append((page.nodes[top], record))
    return found
