"""Proofs for rules, for this project's tests and for callers who write their own rule files.

>>> from cleanpress.rulebook import rules_in_toml
>>> [rule] = rules_in_toml('''
... [[rule]]
... id = "mine/related/more"
... category = "related"
... strength = "strong"
... keywords = ["more from the desk"]
... pattern = '^more from the desk:'
... remove = ["More from the desk: rain again", "More from the desk: all cups"]
... keep = ["Ask for more from the desk.", "Much more from us arrived."]
... ''', "mine.toml")
>>> problems(rule)
["keep 'Much more from us arrived.': holds none of the rule's keywords or phrases, so it is no near miss"]
"""

from __future__ import annotations

import re

from cleanpress.markup import MarkupMatcher, words_of
from cleanpress.matching import Matcher
from cleanpress.rulebook import Rule, marked_spans, prepared
from cleanpress.runaway import runaways
from cleanpress.segment.html import lxml_page
from cleanpress.segment.plain import blocks_of
from cleanpress.text import fold, reading, surface
from cleanpress.types import Document

_MARKED_TEXT = re.compile("\u27e6(.*?)\u27e7")


def fired_spans(matcher: Matcher, text: str, host: str | None = None) -> list[tuple[int, int]]:
    """The spans of ``text`` that the matcher's rules speak about, sorted, neighbours joined over white space."""
    seen, offsets, folded = reading(text)
    document = Document(seen, folded, blocks_of(seen))
    matcher.annotate(document, host=host)
    spans = sorted({(s.start, s.end) for b in document.blocks for s in b.signals})
    if offsets is not None:
        spans = [(offsets[a], offsets[b]) for a, b in spans]
    joined: list[tuple[int, int]] = []
    for a, b in spans:
        if joined and not text[joined[-1][1] : a].strip():
            joined[-1] = (joined[-1][0], max(joined[-1][1], b))
        else:
            joined.append((a, b))
    return joined


def problems(rule: Rule) -> list[str]:
    """What keeps ``rule`` from proving itself; empty when all is well.

    A rule carries at least two texts that it removes and two near misses that it keeps (for ``strength = "protect"``: keeps
    that it must speak for, removes that it must leave alone), exact spans, and a pattern that can't run away.
    """
    found: list[str] = []
    for key, examples in (("remove", rule.remove), ("keep", rule.keep)):
        if len(examples) < 2:
            found.append(f"needs at least two {key} examples, has {len(examples)}")
        if len(set(examples)) < len(examples):
            found.append(f"a {key} example stands twice")
    if rule.scope == "markup":
        return found + _markup_problems(rule)
    plain = prepared(rule)
    matcher = Matcher([plain])
    wanted = plain.phrases + plain.keywords
    speaks_on, silent_on = (rule.keep, rule.remove) if rule.strength == "protect" else (rule.remove, rule.keep)
    says, leaves = ("keep", "remove") if rule.strength == "protect" else ("remove", "keep")
    for example in speaks_on:
        text, spans = marked_spans(example)
        got = fired_spans(matcher, text, rule.host)
        want = [(a + len(text[a:b]) - len(text[a:b].lstrip()), b - len(text[a:b]) + len(text[a:b].rstrip())) for a, b in spans]
        if got != want:
            shown = [text[a:b] for a, b in got]
            found.append(f"{says} {example!r}: speaks about {shown or 'nothing'}, not about {[text[a:b] for a, b in want]}")
    blocked = False
    for example in silent_on:
        text, _ = marked_spans(example)
        folded = fold(surface(text)[0])
        if not any(literal in folded for literal in wanted):
            found.append(f"{leaves} {example!r}: holds none of the rule's keywords or phrases, so it is no near miss")
        if fired_spans(matcher, text, rule.host):
            found.append(f"{leaves} {example!r}: the rule speaks about it")
        elif rule.pattern and rule.unless and fired_spans(Matcher([_without_unless(plain)]), text, rule.host):
            blocked = True
    if rule.unless and not blocked:
        found.append(f"no {leaves} example exercises unless: one must match the pattern and be saved by unless")
    if rule.pattern and rule.phrases:
        only_pattern = Matcher(
            [Rule(plain.id, plain.category, plain.scope, plain.strength, (), plain.keywords, plain.pattern, plain.unless)]
        )
        if not any(fired_spans(only_pattern, marked_spans(e)[0], rule.host) for e in speaks_on):
            found.append(f"no {says} example exercises the pattern")
    for source in (rule.pattern, rule.unless):
        if source is not None:
            found += runaways(source, plain.keywords)
    return found


#: Text of the page that a fragment is put into, so that the fragment is no wrapper of the whole page.
_FILLER = "".join(f"<p>The quiet sentence number {n} of a page about nothing at all, told at length.</p>" for n in range(40))


def _markup_problems(rule: Rule) -> list[str]:
    """What keeps a markup rule from proving itself: its examples are HTML fragments with the text spoken about in marks."""
    import lxml.html

    found: list[str] = []
    matcher = MarkupMatcher([rule])
    speaks_on, silent_on = (rule.keep, rule.remove) if rule.strength == "protect" else (rule.remove, rule.keep)

    def spoken(fragment: str) -> list[str]:
        page = lxml_page(lxml.html.document_fromstring(f"<html><body>{fragment}{_FILLER}</body></html>"))
        return [block.text for block, rules in zip(page.blocks, matcher.speaking(page), strict=True) if rules]

    for example in speaks_on:
        fragment, _ = marked_spans(example)
        want = _MARKED_TEXT.findall(example)
        got = spoken(fragment)
        if not want:
            found.append(f"{example!r}: mark the text that the rule speaks about as \u27e6\u2026\u27e7")
        elif got != want:
            found.append(f"{example!r}: speaks about {got or 'nothing'}, not about {want}")
    words = {w for phrase in rule.phrases for w in words_of(phrase)}
    for example in silent_on:
        if not words.intersection(words_of(example)) and not any(w in example.lower() for w in words):
            found.append(f"{example!r}: holds none of the rule's words, so it is no near miss")
        if got := spoken(marked_spans(example)[0]):
            found.append(f"{example!r}: the rule speaks about {got}")
    return found


def _without_unless(rule: Rule) -> Rule:
    return Rule(rule.id, rule.category, rule.scope, rule.strength, rule.phrases, rule.keywords, rule.pattern)
