"""Blocks of an HTML page with their markup evidence, from a tree that lxml or lexbor parsed.

The walk knows no rule and no publisher: it records where text stands (tags, the words of class, id, role and aria
attributes, link share, hidden or not) and leaves it to the matcher and the scoring layer to make something of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# what stands above a block, as bits
(IN_LINK, IN_LIST, IN_TABLE, IN_QUOTE, IN_FIGURE, IN_CAPTION, IN_ASIDE, IN_FOOTER, IN_HEADER, IN_NAV, IN_FORM, IN_BUTTON,
 IN_ARTICLE, IN_MAIN, IN_HEADING, HIDDEN, IN_PRE, IN_PARAGRAPH, STRONG) = (1 << k for k in range(19))  # fmt: skip

_SKIPPED = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "select",
        "option",
        "object",
        "embed",
        "canvas",
        "math",
        "head",
        "title",
        "audio",
        "video",
        "map",
        "datalist",
        "input",
        "textarea",
        "meta",
        "source",
        "img",
        "picture",
        "rt",
        "rp",
        "footer",
        "-comment",
        "-document",
    ]
)
_FLAGS: dict[str, int] = {
    "a": IN_LINK, "li": IN_LIST, "dd": IN_LIST, "dt": IN_LIST, "table": IN_TABLE, "blockquote": IN_QUOTE, "figure": IN_FIGURE,
    "figcaption": IN_CAPTION, "aside": IN_ASIDE, "footer": IN_FOOTER, "header": IN_HEADER, "nav": IN_NAV, "form": IN_FORM,
    "button": IN_BUTTON, "label": IN_BUTTON, "article": IN_ARTICLE, "main": IN_MAIN, "pre": IN_PRE, "p": IN_PARAGRAPH,
    "h1": IN_HEADING, "h2": IN_HEADING, "h3": IN_HEADING, "h4": IN_HEADING, "h5": IN_HEADING, "h6": IN_HEADING, "caption": IN_CAPTION,
    "dialog": IN_ASIDE, "menu": IN_NAV, "summary": IN_BUTTON,
}  # fmt: skip
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "label",
    ]
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_KEY = re.compile(r"[\W_]+")
#: Attributes whose words say what an element is for, besides class, id, role, itemprop and aria-label.
_TELLING = frozenset(
    [
        "data-testid",
        "data-test",
        "data-qa",
        "data-component",
        "data-component-name",
        "data-type",
        "data-module",
        "data-block",
        "data-block-type",
        "data-area",
        "data-widget",
        "data-widget-type",
        "data-name",
        "data-tracking",
        "data-role",
        "data-zone",
        "data-t",
        "data-tb-region",
    ]
)
_HEARD = _TELLING | {"class", "id", "style", "hidden", "role", "itemprop", "aria-label"}
#: Deeper than this nothing is read: the deepest news pages nest some sixty elements, attacks a million.
DEEPEST = 240
#: A page of more blocks than this is cut off there: the longest articles with all comments have some thousand.
MOST_BLOCKS = 20_000


@dataclass(slots=True)
class HtmlBlock:
    """A block of text of a page.

    ``marked`` is the number of the innermost element with telling attributes (−1: none), ``holder`` the number of the block-level
    element that holds it, ``link_share`` the share of its characters inside links, ``gap`` the line breaks before it (1: a list
    item, table row, verse or code line after another; 2: a paragraph).
    """

    text: str
    tag: str
    flags: int
    link_share: float
    marked: int
    holder: int
    gap: int = 2


@dataclass(slots=True)
class Page:
    """What the walk found: blocks in document order, telling elements, the tree of block-level elements, what the head says."""

    blocks: list[HtmlBlock] = field(default_factory=list)
    #: of each element whose attributes say something: what they say, the number of the telling element above it (−1: none), and how
    #: many code points of text it holds
    marked: list[str] = field(default_factory=list)
    marked_above: list[int] = field(default_factory=list)
    marked_sizes: list[int] = field(default_factory=list)
    #: for each block-level element the number of the one above it (−1: none) and its tag with its class
    parents: list[int] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    #: for each block-level element the parser's own node; filled only when asked for
    nodes: list[Any] = field(default_factory=list)
    size: int = 0
    lang: str | None = None
    titles: list[str] = field(default_factory=list)
    description: str = ""
    linked_data: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def key_of(text: str) -> str:
    """Letters and digits of a text, lower-cased: the same for a paragraph however an extractor spaced it.

    >>> key_of("It rained - again.")
    'itrainedagain'
    """
    return _KEY.sub("", text).lower()


def telling_names(attributes: Mapping[str, str | None]) -> tuple[str, bool]:
    """What an element's attributes say of it: one string, and whether they hide it.

    Class and data words stand as they are, an id after ``#``, role, itemprop and aria-label with their names.

    >>> telling_names({"class": "c-promo", "id": "x", "role": "search", "href": "/"})
    ('c-promo #x role=search', False)
    """
    if len(attributes) == 1 and (names := attributes.get("class")):
        return names.strip(), False
    names = ""
    hidden = False
    for name, value in attributes.items():
        if name not in _HEARD:
            continue
        if name == "class":
            if value:
                names = names + " " + value if names else value
        elif name == "id":
            if value:
                names = names + " #" + value if names else "#" + value
        elif name == "style":
            hidden = hidden or (
                ((value is not None and "none" in value) or "hidden" in (value or "")) and _HIDING.search(value or "") is not None
            )
        elif name == "hidden":
            hidden = hidden or value != "until-found"
        elif value and len(value) <= 120:
            if name == "role" or name == "itemprop":
                names += f" {name}={value.replace(' ', '-')}"
            elif name == "aria-label":
                names += " aria-label=" + value.replace(" ", "-")
            else:
                names += " " + value
    return names.strip(), hidden


class _Gatherer:
    """Gathers text into blocks while a walker goes through a tree; the same for every parser."""

    __slots__ = ("begin_mark", "end_at", "linked", "page", "parts", "size", "whole")

    def __init__(self) -> None:
        self.page = Page()
        self.parts: list[str] = []
        self.linked = 0
        self.size = 0
        # an inline element with telling attributes that holds all of the block's text so far
        self.begin_mark = -1
        self.end_at = 0
        # whether the body element itself has telling attributes
        self.whole = False

    def mark(self, names: str, above: int, begun: int) -> int:
        """Notes a telling element and returns its number; until the walk leaves it, ``begun`` code points stand for its size."""
        page = self.page
        page.marked.append(names)
        page.marked_above.append(above)
        page.marked_sizes.append(begun)
        return len(page.marked) - 1

    def flush(self, tag: str, flags: int, mark: int, holder: int, gap: int) -> None:
        parts = self.parts
        joined = "".join(parts) if len(parts) > 1 else parts[0]
        if flags & IN_PRE:
            self._flush_code(joined, tag, flags, mark, holder)
        else:
            # a text of words with one space between them needs no mending, and to see that costs less than to split and join it
            text = joined.strip(" ") if "\n" not in joined and "  " not in joined and joined.isprintable() else " ".join(joined.split())
            if tag == "tr":
                text = text.strip("| ")
            if text and len(self.page.blocks) < MOST_BLOCKS:
                if self.begin_mark >= 0 and (self.end_at == len(parts) or not "".join(parts[self.end_at :]).strip()):
                    mark = self.begin_mark
                size = len(text)
                self.size += size
                self.page.blocks.append(HtmlBlock(text, tag, flags, self.linked / size if self.linked < size else 1.0, mark, holder, gap))
        parts.clear()
        self.linked = 0
        self.begin_mark = -1

    def _flush_code(self, joined: str, tag: str, flags: int, mark: int, holder: int) -> None:
        gap = 2
        for line in joined.splitlines():
            if line.strip() and len(self.page.blocks) < MOST_BLOCKS:
                self.size += len(line)
                self.page.blocks.append(HtmlBlock(line.rstrip(), tag, flags, min(1.0, self.linked / len(line)), mark, holder, gap))
                gap = 1


_CLOSE = frozenset({"li", "tr", "dd", "dt", "pre", "br"})


def lxml_page(root: Any, *, nodes: bool = False, idle: Mapping[str, bool] | None = None) -> Page:
    """The blocks of a page that lxml parsed.

    Args:
        root: an ``lxml.html`` element; it is not changed.
        nodes: whether to keep each block-level element in ``Page.nodes``.
        idle: says of an element's telling names that it may be passed over where it holds no paragraph (menus, share bars).
    """
    gather = _LxmlWalk(nodes, idle)
    page = gather.page
    head = root.find("head") if root.tag == "html" else None
    if head is not None:
        _read_head(page, ((c.tag, c.get, c.text) for c in head if isinstance(c.tag, str)))
    page.lang = root.get("lang")
    body = root.find("body") if root.tag == "html" else root
    if body is None:
        # without the tags of head and body, libxml2 may hang all of a page below the head
        body = root if head is None else head
    _start(gather, body.attrib, nodes, body)
    gather.visit(body, 0, 0 if page.marked else -1, 0, "body", 2, 0)
    if gather.parts:
        gather.flush("body", 0, -1, 0, 2)
    _finish(gather)
    return page


class _LxmlWalk(_Gatherer):
    """Walks through a tree that lxml parsed."""

    __slots__ = ("idle", "nodes")

    def __init__(self, nodes: bool, idle: Mapping[str, bool] | None) -> None:
        super().__init__()
        self.nodes = nodes
        self.idle = idle

    def visit(self, element: Any, flags: int, mark: int, holder: int, tag: str, gap: int, depth: int) -> int:
        """Gathers the children of ``element``; state is that of ``element`` itself. Returns the gap before what comes next."""
        page, parts, idle = self.page, self.parts, self.idle
        text = element.text
        if text and (parts or not text.isspace()):
            parts.append(text)
            if flags & IN_LINK:
                self.linked += len(text)
        for child in element:
            name = child.tag
            if name in _INLINE:
                # only what begins a block can hold all of it
                names = None if parts else child.get("class")
                inner_mark = self.mark(names, mark, 0) if names else mark
                starts = not parts
                if depth < DEEPEST:
                    gap = self.visit(child, flags | _FLAGS.get(name, 0), inner_mark, holder, tag, gap, depth + 1)
                else:
                    _too_deep(page)
                if starts and inner_mark != mark and parts and (self.begin_mark < 0 or self.end_at != len(parts)):
                    self.begin_mark, self.end_at = inner_mark, len(parts)
            elif name == "br":
                if parts:
                    self.flush(tag, flags, mark, holder, gap)
                gap = 1
            elif not isinstance(name, str) or name in _SKIPPED:
                if name == "script" and child.get("type") == "application/ld+json" and child.text:
                    page.linked_data.append(child.text)
            elif name == "nav" and child.find(".//p") is None:
                pass
            elif tag == "tr" and (name == "td" or name == "th"):
                # cells of one row make one line
                if parts:
                    parts.append(" | ")
                gap = self.visit(child, flags, mark, holder, tag, gap, depth + 1)
            else:
                if parts:
                    self.flush(tag, flags, mark, holder, gap)
                inner = flags | _FLAGS.get(name, 0)
                inner_mark = mark
                attributes = child.attrib
                if attributes:
                    names, hidden = telling_names(attributes)
                    if names:
                        if idle is not None and idle[names] and child.find(".//p") is None and name != "p":
                            tail = child.tail
                            if tail and not tail.isspace():
                                parts.append(tail)
                            continue
                        inner_mark = self.mark(names, mark, self.size)
                    if hidden:
                        inner |= HIDDEN
                    page.signatures.append(f"{name} {attributes.get('class') or ''}")
                else:
                    page.signatures.append(name)
                inner_holder = len(page.parents)
                page.parents.append(holder)
                if self.nodes:
                    page.nodes.append(child)
                inner_gap = 1 if name in _CLOSE else 2
                if depth < DEEPEST:
                    inner_gap = self.visit(child, inner, inner_mark, inner_holder, name, inner_gap, depth + 1)
                else:
                    _too_deep(page)
                if parts:
                    self.flush(name, inner, inner_mark, inner_holder, inner_gap)
                if inner_mark != mark:
                    page.marked_sizes[inner_mark] = self.size - page.marked_sizes[inner_mark]
                gap = 2
            tail = child.tail
            if tail and (parts or not tail.isspace()):
                parts.append(tail)
                if flags & IN_LINK:
                    self.linked += len(tail)
        return gap


# what a walk through lexbor's tree does with a node
_TEXT, _INLINED, _BREAK, _SCRIPT, _PASSED, _NAV, _OTHER = range(7)


_KINDS = {
    **dict.fromkeys(_SKIPPED, _PASSED), **dict.fromkeys(_INLINE, _INLINED), "-text": _TEXT, "br": _BREAK, "script": _SCRIPT, "nav": _NAV,
}  # fmt: skip
#: Lexbor's numbers of the tags that it knows are small; others' numbers hold for one page only.
_MOST_TAGS = 4_096


class _LexborKinds(dict[int, int]):
    """What the walk does with a node, by lexbor's number of its tag, for to ask for the name costs more than to look the number up."""

    def of(self, node: Any) -> int:
        """The kind of a node whose number is not in the table yet."""
        kind = _KINDS.get(node.tag, _OTHER)
        if node.tag_id < _MOST_TAGS:
            self[node.tag_id] = kind
        return kind


_lexbor_kinds = _LexborKinds()


def _above(nodes: Iterable[Any]) -> set[int]:
    """``mem_id`` of every element that holds one of ``nodes``."""
    found: set[int] = set()
    for node in nodes:
        above = node.parent
        while above is not None and above.mem_id not in found:
            found.add(above.mem_id)
            above = above.parent
    return found


def lexbor_page(tree: Any, *, idle: Mapping[str, bool] | None = None) -> Page:
    """The blocks of a page that lexbor (through ``selectolax``) parsed.

    Args:
        tree: a ``selectolax.lexbor.LexborHTMLParser``; it is not changed.
        idle: see :func:`lxml_page`.
    """
    gather = _Gatherer()
    page = gather.page
    head, root, body = tree.head, tree.root, tree.body
    if head is not None:
        _read_head(page, _lexbor_head(head))
    page.lang = root.attributes.get("lang") if root is not None and root.tag == "html" else None
    if body is not None:
        _start(gather, body.attributes, False, None)
        _walk_lexbor(gather, tree, body, idle)
    _finish(gather)
    return page


def _walk_lexbor(gather: _Gatherer, tree: Any, body: Any, idle: Mapping[str, bool] | None) -> None:
    page, parts, flush = gather.page, gather.parts, gather.flush
    parents, signatures, marked_sizes, new_mark = page.parents, page.signatures, page.marked_sizes, gather.mark
    flags_of, kinds, kind_of = _FLAGS.get, _lexbor_kinds, _lexbor_kinds.get
    # the elements that hold a paragraph, found when first asked for: one search of the page costs less than one for each menu
    with_paragraph: set[int] | None = None
    # what holds for the children of the element that the walk is in, and for each element above it the same of its own parent
    flags, mark, holder, tag, gap = 0, 0 if page.marked else -1, 0, "body", 2
    above: list[tuple[Any, int, int, int, int, str, int]] = []
    child = body.first_child
    while True:
        if child is None:
            if not above:
                break
            inner_mark = mark
            if holder != above[-1][4]:
                if parts:
                    flush(tag, flags, mark, holder, gap)
                child, _, flags, mark, holder, tag, gap = above.pop()
                if inner_mark != mark:
                    marked_sizes[inner_mark] = gather.size - marked_sizes[inner_mark]
                gap = 2
            else:
                child, starts, flags, mark, holder, tag, _ = above.pop()
                if starts and inner_mark != mark and parts and (gather.begin_mark < 0 or gather.end_at != len(parts)):
                    gather.begin_mark, gather.end_at = inner_mark, len(parts)
            child = child.next
            continue
        kind = kind_of(child.tag_id)
        if kind is None:
            kind = kinds.of(child)
        if kind == _TEXT:
            text = child.text_content
            # most text nodes are the white space between two elements
            if text and (parts or not text.isspace()):
                parts.append(text)
                if flags & IN_LINK:
                    gather.linked += len(text)
        elif kind >= _NAV:
            name = child.tag
            if kind == _NAV:
                if with_paragraph is None:
                    with_paragraph = _above(tree.tags("p"))
                if child.mem_id not in with_paragraph:
                    child = child.next
                    continue
            elif tag == "tr" and (name == "td" or name == "th"):
                # cells of one row make one line
                if parts:
                    parts.append(" | ")
                inside = child.first_child
                if inside is not None:
                    above.append((child, 0, flags, mark, holder, tag, gap))
                    child = inside
                    continue
                child = child.next
                continue
            if parts:
                flush(tag, flags, mark, holder, gap)
            inner_mark = mark
            hidden = False
            attributes = child.attributes
            if attributes:
                names, hidden = telling_names(attributes)
                if names:
                    if idle is not None and idle[names] and name != "p":
                        if with_paragraph is None:
                            with_paragraph = _above(tree.tags("p"))
                        if child.mem_id not in with_paragraph:
                            child = child.next
                            continue
                    inner_mark = new_mark(names, mark, gather.size)
                signatures.append(f"{name} {attributes.get('class') or ''}")
            else:
                signatures.append(name)
            inside = child.first_child
            if inside is not None and len(above) < DEEPEST:
                above.append((child, 0, flags, mark, holder, tag, gap))
                flags |= flags_of(name, 0) | (HIDDEN if hidden else 0)
                mark, holder, tag, gap = inner_mark, len(parents), name, 1 if name in _CLOSE else 2
                parents.append(above[-1][4])
                child = inside
                continue
            parents.append(holder)
            if inside is not None:
                _too_deep(page)
            if inner_mark != mark:
                marked_sizes[inner_mark] = 0
            gap = 2
        elif kind == _INLINED:
            inner_mark = mark
            starts = not parts
            # only what begins a block can hold all of it
            if starts and (look := child.attributes.get("class")):
                inner_mark = new_mark(look, mark, 0)
            inside = child.first_child
            if inside is not None and len(above) < DEEPEST:
                above.append((child, starts, flags, mark, holder, tag, gap))
                flags |= flags_of(child.tag, 0)
                mark = inner_mark
                child = inside
                continue
            if inside is not None:
                _too_deep(page)
        elif kind == _BREAK:
            if parts:
                flush(tag, flags, mark, holder, gap)
            gap = 1
        elif kind == _SCRIPT:
            if child.attributes.get("type") == "application/ld+json":
                page.linked_data.append(child.text() or "")
        child = child.next
    if parts:
        flush("body", 0, -1, 0, 2)


def _lexbor_head(head: Any) -> Iterable[tuple[str, Callable[[str], str | None], str | None]]:
    """What the head's elements say; the text of scripts is fetched only where it is data."""
    for child in head.iter():
        name = child.tag
        if name == "meta":
            yield name, child.attributes.get, ""
        elif name == "title":
            yield name, child.attributes.get, child.text()
        elif name == "script":
            get = child.attributes.get
            if get("type") == "application/ld+json":
                yield name, get, child.text()


def _start(gather: _Gatherer, attributes: Mapping[str, str | None], nodes: bool, body: Any) -> None:
    page = gather.page
    names, _ = telling_names(attributes)
    if names:
        gather.mark(names, -1, 0)
        gather.whole = True
    page.parents.append(-1)
    page.signatures.append("body")
    if nodes:
        page.nodes.append(body)


def _finish(gather: _Gatherer) -> None:
    page = gather.page
    page.size = gather.size
    if gather.whole:
        page.marked_sizes[0] = gather.size
    if len(page.blocks) >= MOST_BLOCKS:
        page.warnings.append("cut_off")


def _too_deep(page: Page) -> None:
    if "nested" not in page.warnings:
        page.warnings.append("nested")


def _read_head(page: Page, children: Iterable[tuple[str, Callable[[str], str | None], str | None]]) -> None:
    """Titles, description and linked data from the head."""
    page_title = ""
    for tag, get, text in children:
        if tag == "meta":
            name = get("property") or get("name")
            if name in ("og:title", "twitter:title"):
                if content := get("content"):
                    page.titles.append(" ".join(content.split()))
            elif name in ("og:description", "description") and not page.description:
                page.description = " ".join((get("content") or "").split())
        elif tag == "title":
            page_title = " ".join((text or "").split())
        elif tag == "script" and text and get("type") == "application/ld+json":
            page.linked_data.append(text)
    if page_title:
        page.titles.append(page_title)
