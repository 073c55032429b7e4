"""Finds the markup rules that speak about an element: its class, id, role, itemprop, aria-label and data words looked up.

A markup rule's phrases are of four kinds::

    newsletter             a word of a token: c-newsletter__box, newsletterBox, #newsletter
    .read-more             a whole token, or its words in a row inside a longer one: c-read-more-box
    [role=search]          the whole value of role or itemprop, aria-hidden …
    [aria-label~=share]    a word of the element's aria-label
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cleanpress.rulebook import Rule
from cleanpress.segment.html import Page

#: An element that holds at least this share of a page's text is a wrapper: what its words say of it, they say of the whole page.
WRAPPER_SHARE = 0.3
#: Only so many attribute strings are remembered, so that ids made up for each page don't fill the memory.
_REMEMBERED = 20_000
#: Categories whose elements can be passed over where they hold no paragraph; titles, captions and wrappers are not among them.
_IDLE = frozenset(
    {"navigation", "social", "newsletter", "comments", "advert", "app", "consent", "donation", "paywall", "player", "related"}
)
_WORD = re.compile(r"[A-Z]?[a-z\u00df-\u024f]+|[A-Z]+(?![a-z])|[0-9]+|[^\W\d_A-Za-z]+")


def words_of(token: str) -> list[str]:
    """The words of a class or id token, lower-cased.

    >>> words_of("c-newsletterBox__title"), words_of("AdSlot")
    (['c', 'newsletter', 'box', 'title'], ['ad', 'slot'])
    """
    return [w.lower() for w in _WORD.findall(token)]


class MarkupMatcher:
    """Looks up markup rules; remembers what it found for each attribute string.

    Args:
        rules: rules of any scope; those of scope ``markup`` are used.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(r for r in rules if r.scope == "markup")
        self._words: dict[str, tuple[Rule, ...]] = {}
        self._rows: dict[tuple[str, ...], tuple[Rule, ...]] = {}
        self._attributes: dict[str, tuple[Rule, ...]] = {}
        self._labels: dict[str, tuple[Rule, ...]] = {}
        for rule in self.rules:
            for phrase in rule.phrases:
                name = phrase.lower()
                if name.startswith("[aria-label~="):
                    _add(self._labels, name[13:].strip("]\"'"), rule)
                elif name.startswith("["):
                    _add(self._attributes, name.strip("[]").replace('"', ""), rule)
                elif name.startswith("."):
                    _add(self._rows, tuple(words_of(name[1:])), rule)
                else:
                    _add(self._words, name, rule)
        self._longest = max((len(r) for r in self._rows), default=0)
        self._known: dict[str, tuple[Rule, ...]] = {}
        #: the same by single token: pages share tokens far more often than whole attribute strings
        self._tokens: dict[str, tuple[Rule, ...]] = {}
        self.idle = _IdleNames(self)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_known": {}, "_tokens": {}, "idle": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.idle = _IdleNames(self)

    def rules_for(self, names: str) -> tuple[Rule, ...]:
        """The rules that speak about an element with these attribute words (:func:`cleanpress.segment.html.telling_names`)."""
        found = self._known.get(names)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[names] = self._found(names[:2000])
        return found

    def _found(self, names: str) -> tuple[Rule, ...]:
        known = self._tokens
        found: dict[str, Rule] = {}
        for token in names.split():
            rules = known.get(token)
            if rules is None:
                if len(known) >= _REMEMBERED:
                    known.clear()
                rules = known[token] = self._token_rules(token)
            for rule in rules:
                found[rule.id] = rule
        return tuple(found.values())

    def _token_rules(self, token: str) -> tuple[Rule, ...]:
        found: dict[str, Rule] = {}
        if "=" in token:
            name, _, value = token.partition("=")
            if name == "aria-label":
                for word in words_of(value):
                    found.update((r.id, r) for r in self._labels.get(word, ()))
                return tuple(found.values())
            if name in ("role", "itemprop", "aria-hidden"):
                found.update((r.id, r) for r in self._attributes.get(token.lower(), ()))
                return tuple(found.values())
        words = words_of(token)
        for word in words:
            if word in self._words:
                found.update((r.id, r) for r in self._words[word])
        # a whole token of one word ("post") must be all of the token; of several, its words in a row
        if len(words) == 1:
            found.update((r.id, r) for r in self._rows.get((words[0],), ()))
        for size in range(2, min(self._longest, len(words)) + 1):
            for at in range(len(words) - size + 1):
                row = self._rows.get(tuple(words[at : at + size]))
                if row:
                    found.update((r.id, r) for r in row)
        return tuple(found.values())

    def speaking(self, page: Page, rows: Sequence[int] | None = None) -> list[tuple[Rule, ...]]:
        """For each block (of those numbered ``rows``) the rules that speak about it.

        They are those of the block's element and of all elements above that are no wrapper, outermost first.
        """
        limit = WRAPPER_SHARE * page.size
        names, parents, sizes, rules_for = page.marked, page.marked_above, page.marked_sizes, self.rules_for
        above: dict[int, tuple[Rule, ...]] = {-1: ()}
        found = []
        for block in page.blocks if rows is None else [page.blocks[k] for k in rows]:
            at = block.marked
            rules = above.get(at)
            if rules is None:
                path = []
                while at not in above:
                    path.append(at)
                    at = parents[at]
                rules = above[at]
                for at in reversed(path):
                    if sizes[at] < limit:
                        own = rules_for(names[at])
                        if own:
                            rules += tuple(r for r in own if r not in rules) if rules else own
                    above[at] = rules
            found.append(rules)
        return found


class _IdleNames(dict[str, bool]):
    """Whether an element with these names is nothing but chrome, if it holds no paragraph: menus, share bars, sign-up forms.

    A table that fills itself, because the walk asks of every element of a page.
    """

    def __init__(self, matcher: MarkupMatcher) -> None:
        super().__init__()
        self._matcher = matcher

    def __missing__(self, names: str) -> bool:
        if len(self) >= _REMEMBERED:
            self.clear()
        rules = self._matcher.rules_for(names)
        found = self[names] = any(r.strength in ("strong", "decisive") and r.category in _IDLE for r in rules) and not any(
            r.strength == "protect" for r in rules
        )
        return found


def _add(
    table: dict[object, tuple[Rule, ...]] | dict[str, tuple[Rule, ...]] | dict[tuple[str, ...], tuple[Rule, ...]], key: object, rule: Rule
) -> None:
    table[key] = (*table.get(key, ()), rule)  # type: ignore[index, call-overload]
