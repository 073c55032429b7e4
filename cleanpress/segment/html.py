"""Blocks of an HTML page with their markup evidence, from a tree that lxml or lexbor parsed.

The walk knows no rule and no publisher: it records where text stands (tags, the words of class, id, role and aria
attributes, link share, hidden or not) and leaves it to the matcher and the scoring layer to make something of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# what stands above a block, as bits
(IN_LINK, IN_LIST, IN_TABLE, IN_QUOTE, IN_FIGURE, IN_CAPTION, IN_ASIDE, IN_FOOTER, IN_HEADER, IN_NAV, IN_FORM, IN_BUTTON,
 IN_ARTICLE, IN_MAIN, IN_HEADING, HIDDEN, IN_PRE, IN_PARAGRAPH) = (1 << k for k in range(18))  # fmt: skip

_SKIPPED = frozenset(
    "script style noscript template svg iframe select option object embed canvas math head audio video map datalist input textarea link meta source img picture".split()
)
_FLAGS: dict[str, int] = {
    "a": IN_LINK, "li": IN_LIST, "dd": IN_LIST, "dt": IN_LIST, "table": IN_TABLE, "blockquote": IN_QUOTE, "figure": IN_FIGURE,
    "figcaption": IN_CAPTION, "aside": IN_ASIDE, "footer": IN_FOOTER, "header": IN_HEADER, "nav": IN_NAV, "form": IN_FORM,
    "button": IN_BUTTON, "label": IN_BUTTON, "article": IN_ARTICLE, "main": IN_MAIN, "pre": IN_PRE, "p": IN_PARAGRAPH,
    "h1": IN_HEADING, "h2": IN_HEADING, "h3": IN_HEADING, "h4": IN_HEADING, "h5": IN_HEADING, "h6": IN_HEADING, "caption": IN_CAPTION,
    "dialog": IN_ASIDE, "menu": IN_NAV, "summary": IN_BUTTON,
}  # fmt: skip
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rp rt ruby s samp small span strike strong sub sup time tt u var wbr label".split()
)
_BLANK = re.compile(r"[ \t\r\n\f\u00a0\u200b]+")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_KEY = re.compile(r"[\W_]+")
#: Deeper than this nothing is read: the deepest news pages nest some sixty elements, attacks a million.
DEEPEST = 400


@dataclass(slots=True)
class Marked:
    """An element whose attributes say something, and how much of the page's text it holds."""

    names: str
    parent: int
    begin: int
    size: int = 0


@dataclass(slots=True)
class HtmlBlock:
    """A block of text of a page.

    ``marked`` is the number of the innermost element with telling attributes (−1: none), ``holder`` the number of the element
    that holds the block, ``link_share`` the share of its characters inside links.
    """

    text: str
    tag: str
    flags: int
    link_share: float
    marked: int
    holder: int
    key: str = ""


@dataclass(slots=True)
class Page:
    """What the walk found: blocks in document order, the elements with telling attributes, all text's size."""

    blocks: list[HtmlBlock] = field(default_factory=list)
    marked: list[Marked] = field(default_factory=list)
    size: int = 0


def key_of(text: str) -> str:
    """Letters and digits of a text, lower-cased: the same for a paragraph however an extractor spaced it."""
    return _KEY.sub("", text).lower()


def attribute_names(get: Callable[[str], str | None]) -> str:
    """The telling attribute values of an element as one string: class, id, role, itemprop, aria-label, data-… of known use."""
    parts = []
    if value := get("class"):
        parts.append(value)
    if value := get("id"):
        parts.append("#" + value)
    return " ".join(parts)


def lxml_blocks(root: Any) -> Page:
    """The blocks of a page that lxml parsed.

    Args:
        root: an ``lxml.html`` element; it is not changed.
    """
    page = Page()
    blocks, marked = page.blocks, page.marked
    parts: list[str] = []
    linked = 0
    total = 0
    state = (0, -1, 0, "body")

    def flush() -> None:
        nonlocal parts, linked
        if parts:
            text = _BLANK.sub(" ", "".join(parts)).strip()
            if text:
                flags, mark, holder, tag = state
                blocks.append(HtmlBlock(text, tag, flags, min(1.0, linked / len(text)), mark, holder))
        parts = []
        linked = 0

    stack: list[tuple[Any, tuple[int, int, int, str], bool]] = []
    holders = 0
    body = root.find("body") if root.tag == "html" else root
    if body is None:
        body = root
    # entries: (element, state, leaving); on leaving, the tail belongs to the state outside
    stack.append((body, state, False))
    while stack:
        element, outer, leaving = stack.pop()
        if leaving:
            tag = element.tag
            if tag not in _INLINE:
                flush()
            mark = state[1]
            if mark != outer[1] and mark >= 0:
                marked[mark].size = total - marked[mark].begin
            state = outer
            tail = element.tail
            if tail:
                parts.append(tail)
                total += len(tail)
                if outer[0] & IN_LINK:
                    linked += len(tail)
            continue
        tag = element.tag
        if not isinstance(tag, str) or tag in _SKIPPED or len(stack) > DEEPEST * 50:
            tail = element.tail
            if tail and element is not body:
                parts.append(tail)
                total += len(tail)
                if outer[0] & IN_LINK:
                    linked += len(tail)
            continue
        if tag == "br":
            flush()
            tail = element.tail
            if tail:
                parts.append(tail)
                total += len(tail)
            continue
        flags, mark, holder, outer_tag = outer
        flags |= _FLAGS.get(tag, 0)
        attributes = element.attrib
        if attributes:
            get = attributes.get
            names = attribute_names(get)
            if names:
                marked.append(Marked(names, mark, total))
                mark = len(marked) - 1
            if "hidden" in attributes or get("aria-hidden") == "true" or ("style" in attributes and _HIDING.search(get("style"))):
                flags |= HIDDEN
        inline = tag in _INLINE
        if not inline:
            flush()
            holders += 1
            holder = holders
        stack.append((element, outer, True))
        state = (flags, mark, holder if tag in ("p", "li", "td", "th") or inline else holders, outer_tag if inline else tag)
        text = element.text
        if text:
            parts.append(text)
            total += len(text)
            if flags & IN_LINK:
                linked += len(text)
        inner = state
        stack.extend((child, inner, False) for child in reversed(element))
    flush()
    page.size = total
    return page
