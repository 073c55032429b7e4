"""From a page's HTML to clean text: blocks, evidence, verdicts, and the record of what went."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleanpress import heuristics, rulebook, scoring
from cleanpress.errors import InputError, UnknownNameError
from cleanpress.extract import ENGINES, Engine, Extracted, extracted
from cleanpress.heuristics import markup as markup_heuristics
from cleanpress.heuristics.lines import Lines
from cleanpress.heuristics.markup import Landscape
from cleanpress.markup import MarkupMatcher
from cleanpress.matching import Matcher
from cleanpress.pipeline import category_within, guessed_packs, packs_for
from cleanpress.rulebook import Rule
from cleanpress.scoring_html import HtmlScoring, block_decisions, shipped_html_scoring
from cleanpress.segment.html import key_of
from cleanpress.segment.plain import blocks_of, cuts_of
from cleanpress.segment.witness import Witness, witness_of
from cleanpress.text import Hosts, fold, surface
from cleanpress.types import Category, Document, Removed, RemovedElement, Result, Verdict, cut_out

if TYPE_CHECKING:
    from cleanpress.pipeline import Cleaner

#: The features that a block's score is made of: the look of its text and the place of its element.
NAMES: tuple[str, ...] = heuristics.NAMES + markup_heuristics.NAMES
#: An article shorter than this (code points) after which a paywall speaks is taken for cut off.
_SHORT = 2_500


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
    found: Extracted, matcher_for: Callable[[frozenset[str] | None], Matcher], markup: MarkupMatcher, *, url: str | None = None, host: str | None = None,
    packs: frozenset[str] | None = None,
) -> Measured:  # fmt: skip
    """Gathers the evidence about a page's blocks.

    Args:
        found: the page, from :func:`cleanpress.extract.extracted`.
        matcher_for: gives the matcher of the text rules for these packs.
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
    matcher_for(packs).annotate(document, host=host, packs=packs)
    lines = Lines(document)
    rows = range(lines.count)
    columns = heuristics.feature_columns(lines, rows)
    speaking = markup.speaking(page)
    columns.update(zip(markup_heuristics.NAMES, markup_heuristics.levels(page, chosen, kept, speaking, witness, land), strict=True))
    return Measured(found, witness, land, chosen, [speaking[k] for k in chosen], source, offsets, document, lines, columns)


@functools.lru_cache(maxsize=1)
def shipped_markup() -> MarkupMatcher:
    """The matcher of the shipped markup rules; built once a process."""
    return MarkupMatcher([rule for pack in ("any", "sites") for rule in rulebook.pack_rules(pack)[0]])


def markup_for(cleaner: Cleaner) -> MarkupMatcher:
    """The matcher of the markup rules that this cleaner knows."""
    if not cleaner.disabled and not cleaner.own_rules:
        return shipped_markup()
    own = [r for r in cleaner.own_rules if r.scope == "markup"]
    return MarkupMatcher([r for r in (*shipped_markup().rules, *own) if not cleaner.disabled.intersection((r.id, *r.aliases))])


@dataclass(slots=True)
class _Cleaned:
    """A page with its verdicts."""

    seen: Measured
    decided: scoring.Decisions
    cuts: list[tuple[int, int]]


def _cleaned(
    cleaner: Cleaner, found: Extracted, url: str | None, lang: str | None, *, explain: bool, by: HtmlScoring | None = None
) -> _Cleaned:
    seen = measured(found, cleaner.matcher_for, markup_for(cleaner), url=url, host=Hosts.of(url), packs=packs_for(lang))
    weights = by or shipped_html_scoring()
    # without a word from the extractor its model would hear a silence that it never heard in fitting
    engine = "trafilatura" if any(found.kept) else "fast"
    decided = block_decisions(
        seen.document, seen.columns, seen.speaking, weights.models[engine], weights.thresholds[engine][cleaner.profile.name],
        cleaner.text_scoring, cleaner.profile, cleaner.removable, explain,
    )  # fmt: skip
    cuts = cuts_of(seen.document.text, seen.document.blocks, decided.whole, sorted(decided.inner))
    if seen.offsets is not None:
        cuts = [(seen.offsets[a], seen.offsets[b]) for a, b in cuts]
    return _Cleaned(seen, decided, cuts)


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
    done = _cleaned(cleaner, extracted(html, engine_named(engine), charset), url, lang, explain=False)
    return cut_out(done.seen.source, done.cuts)


def explain_html(
    cleaner: Cleaner, html: Any, url: str | None, lang: str | None, engine: str, charset: str | None, by: HtmlScoring | None = None
) -> Result:
    """See :meth:`cleanpress.Cleaner.explain_html`; ``by``: other weights than the shipped ones."""
    done = _cleaned(cleaner, extracted(html, engine_named(engine), charset), url, lang, explain=True, by=by)
    seen, decided = done.seen, done.decided
    source, offsets = seen.source, seen.offsets
    text = cut_out(source, done.cuts)
    verdicts = []
    for unit in decided.units:
        start, end = (unit.start, unit.end) if offsets is None else (offsets[unit.start], offsets[unit.end])
        score = 1 / (1 + math.exp(-max(-60.0, min(60.0, unit.log_odds))))
        verdicts.append(Verdict(start, end, unit.category, unit.removed, round(score, 6), unit.rules, unit.shares))
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
    seen, witness = done.seen, done.seen.witness
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
    done, nodes = _with_nodes(cleaner, root, url, lang, engine)
    gone = _gone(done)
    for node in [n for n in root.iter("nav", "footer") if isinstance(n.tag, str)]:
        if node is not root and node not in nodes:
            gone.append((node, RemovedElement(node.tag, " ".join(node.text_content().split()), "navigation", ("<" + node.tag + ">",))))
    removed = []
    for node, record in gone:
        if node is not root and node.getparent() is not None and node.tag != "body":
            node.drop_tree()
            removed.append(record)
    return removed


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
        root = parsed(soup.decode())
    finally:
        for element in elements:
            del element[_NUMBER]
    if root is None:
        return []
    done, nodes = _with_nodes(cleaner, root, url, lang, engine)
    gone = _gone(done)
    for node in root.iter("nav", "footer"):
        if node not in nodes:
            gone.append((node, RemovedElement(node.tag, " ".join(node.text_content().split()), "navigation", ("<" + node.tag + ">",))))
    removed = []
    for node, record in gone:
        number = node.get(_NUMBER)
        if number is None or node.tag in ("html", "body"):
            continue
        element = elements[int(number)]
        if not element.decomposed:
            element.decompose()
            removed.append(record)
    return removed


_NUMBER = "data-cleanpress-number"


def _with_nodes(cleaner: Cleaner, root: Any, url: str | None, lang: str | None, engine: str) -> tuple[_Cleaned, set[Any]]:
    found = extracted(root, engine_named(engine), nodes=True)
    return _cleaned(cleaner, found, url, lang, explain=False), set(found.page.nodes)


def _gone(done: _Cleaned) -> list[tuple[Any, RemovedElement]]:
    """The topmost elements of which every block was removed, with what they held."""
    page = done.seen.extracted.page
    units = {k: unit for k, unit in zip(done.seen.chosen, (u for u in done.decided.units), strict=False)}
    whole = {k: w for k, w in zip(done.seen.chosen, done.decided.whole, strict=True)}
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
