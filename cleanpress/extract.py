"""From a page's bytes to its blocks: decoding, parsing, and what the extractor kept.

Two engines. ``trafilatura`` parses with lxml and asks trafilatura which blocks it would keep; ``fast`` parses with lexbor and asks
nobody. Neither decides: both give blocks with their evidence to the scoring layer.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cleanpress.errors import InputError, MissingExtraError
from cleanpress.segment.html import Page, key_of, lexbor_page, lxml_page
from cleanpress.types import Engine

#: Longer pages (bytes or code points) are refused: the longest articles are some megabytes, scripts and all.
LONGEST_PAGE = 64_000_000
#: Longer pages are read, but not handed to trafilatura, whose time grows faster than the page.
LONGEST_ASKED = 8_000_000
#: Pages with more elements than this are not handed to trafilatura either.
MOST_ASKED_BLOCKS = 6_000
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})["']""")
#: What browsers read under names that mean something smaller (WHATWG Encoding Standard, https://encoding.spec.whatwg.org/#names-and-labels).
_WIDER = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874", "gb2312": "gb18030",
    "gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932", "big5": "big5hkscs",
}  # fmt: skip


@dataclass(slots=True)
class Extracted:
    """A page with, for each block, 0 (nobody was asked), 1 lost, 2 kept in part, 3 kept by the extractor."""

    page: Page
    kept: list[int]
    engine: Engine = "trafilatura"


def decoded(data: bytes, charset: str | None = None) -> tuple[str, bool]:
    """A page's bytes as text, decoded as browsers do, and whether bytes had to be replaced.

    Order: byte order mark, the caller's hint (the HTTP header's charset), the page's own ``<meta>``, else UTF-8 where it is valid,
    else Windows-1252.

    >>> decoded(b'<meta charset="iso-8859-1">na\\xefve')
    ('<meta charset="iso-8859-1">naïve', False)
    """
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return _as(data[len(mark) :], name)
    names = [charset] if charset else []
    head = data[:4096]
    for pattern in (_META, _XML):
        if match := pattern.search(head):
            name = match[1].decode("ascii")
            # a meta element that could be read as ASCII does not stand in UTF-16
            names.append("utf-8" if name.lower().startswith("utf-16") else name)
    for name in names:
        try:
            codec = codecs.lookup(name)
        except (LookupError, ValueError):
            continue
        if not getattr(codec, "_is_text_encoding", True):
            continue
        text, replaced = _as(data, _WIDER.get(codec.name, codec.name))
        if replaced and codec.name != "utf-8":
            # the page lies: many say Latin and write UTF-8
            other, bad = _as(data, "utf-8")
            if not bad:
                return other, False
        elif not replaced and codec.name in ("iso8859-1", "cp1252", "ascii"):
            # every byte string is valid Latin; valid UTF-8 with characters beyond ASCII is none by accident
            other, bad = _as(data, "utf-8")
            if not bad:
                return other, False
        return text, replaced
    text, bad = _as(data, "utf-8")
    return (text, False) if not bad else _as(data, "cp1252")


def _as(data: bytes, name: str) -> tuple[str, bool]:
    try:
        return data.decode(name), False
    except (UnicodeDecodeError, LookupError):
        text = data.decode(name, "replace")
        return text, True


def extracted(
    html: Any, engine: Engine = "trafilatura", charset: str | None = None, *, nodes: bool = False, idle: Mapping[str, bool] | None = None
) -> Extracted:
    """A page's blocks and what the engine says of them.

    Args:
        html: the page: text, bytes, or an element that ``lxml.html`` parsed (it is not changed).
        engine: ``"trafilatura"`` or ``"fast"``.
        charset: the charset that the HTTP header named, for bytes.
        nodes: whether the page keeps its elements (lxml only).
        idle: says which elements the walk may pass over, see :func:`cleanpress.segment.html.lxml_page`.

    Raises:
        InputError: for input that is no text, bytes or lxml element, or is longer than :data:`LONGEST_PAGE`.
        MissingExtraError: for the fast engine without ``selectolax``.
    """
    warnings = []
    tree = None
    data = b""
    if isinstance(html, (bytes, bytearray, memoryview, str)):
        if len(html) > LONGEST_PAGE:
            raise InputError(f"a page of {len(html):,} bytes: pages longer than {LONGEST_PAGE:,} are not read")
        if isinstance(html, str):
            text = html
        else:
            text, replaced = decoded(bytes(html), charset)
            if replaced:
                warnings.append("undecodable")
        data = text.encode("utf-8", "replace")
        # zero bytes are quickly found in UTF-8, and slowly in text, of whose own bytes half may be zero
        if b"\x00" in data:
            warnings.append("nul")
            data = data.replace(b"\x00", b"")
        if b"<" not in data:
            warnings.append("not_html")
            page = Page()
            _plain_lines(page, text.replace("\x00", ""))
            page.warnings += warnings
            return Extracted(page, [0] * len(page.blocks), engine)
    elif hasattr(html, "iter") and hasattr(html, "tag"):
        tree = html
    else:
        raise InputError(f"HTML must be text, bytes or an lxml element, not {type(html).__name__}")
    if engine == "fast" and tree is None:
        page = _lexbor(data, idle)
        page.warnings = warnings + page.warnings
        return Extracted(page, [0] * len(page.blocks), engine)
    if tree is None:
        tree = parsed(data, warnings)
    if tree is None:
        return Extracted(Page(warnings=[*warnings, "not_html"]), [], engine)
    page = lxml_page(tree, nodes=nodes, idle=idle)
    page.warnings = list(dict.fromkeys(warnings + page.warnings))
    if engine == "fast":
        return Extracted(page, [0] * len(page.blocks), engine)
    if len(data) > LONGEST_ASKED or len(page.blocks) > MOST_ASKED_BLOCKS or "nested" in page.warnings:
        page.warnings.append("not_asked")
        return Extracted(page, [0] * len(page.blocks), engine)
    return Extracted(page, kept_blocks(page, tree))


def parsed(data: bytes, warnings: list[str] | None = None) -> Any:
    """A page in UTF-8 as an ``lxml.html`` tree; None where there is nothing to parse.

    Comments are dropped, entities of the page's own stay shut.

    Args:
        data: the page.
        warnings: where to add that libxml2 stopped reading: ``nested`` or ``cut_off``.
    """
    import lxml.etree
    import lxml.html

    # HTMLParser loads no DTD and resolves no entity but HTML's own. Without huge_tree, libxml2 reads no piece longer than ten megabytes and
    # no element nested deeper than 256; a longer page is not handed to trafilatura, so the tree may be any.
    parser = lxml.html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, collect_ids=False, huge_tree=len(data) > LONGEST_ASKED
    )
    try:
        tree = lxml.html.document_fromstring(data, parser=parser, ensure_head_body=False)
    except (lxml.etree.LxmlError, ValueError, AssertionError):
        return None
    if warnings is not None:
        stops = [e.message for e in parser.error_log.filter_from_fatals() if e.type_name == "ERR_RESOURCE_LIMIT"]
        warnings += ["nested" if "depth" in message else "cut_off" for message in stops[:1]]
    return tree


#: More elements than this open at once are not handed to lexbor, whose time grows with their square (a second for so many).
MOST_OPEN = 20_000
_CHUNK, _PROBE, _PROBED = 16_384, 512, 4_000_000


def may_be_deep(data: bytes) -> bool:
    """Whether so many elements may stand open at once that lexbor would take long.

    Elements that need no end count as open, so a page of very many line breaks is taken for deep too. Pages up to four megabytes are looked
    at in places only: where each thirtieth piece of it looks like any page, no deep nest hides in the rest.

    >>> may_be_deep(b"<p>Rain fell.</p>" * 10_000), may_be_deep(b"<div>" * 100_000)
    (False, True)
    """
    if len(data) <= 4 * _CHUNK:
        return False
    starts = range(0, len(data), _CHUNK)
    if len(data) <= _PROBED:
        probes = [data[at : at + _PROBE] for at in starts]
        if not any(probe.count(b"<") - 2 * probe.count(b"</") > 40 for probe in probes):
            return False
    still_open = 0
    for at in starts:
        still_open += data.count(b"<", at, at + _CHUNK) - 2 * data.count(b"</", at, at + _CHUNK)
        if still_open > MOST_OPEN:
            return True
    return False


def _lexbor(data: bytes, idle: Mapping[str, bool] | None) -> Page:
    try:
        from selectolax.lexbor import LexborHTMLParser, SelectolaxError
    except ImportError:
        raise MissingExtraError("The fast engine", "fast") from None
    if may_be_deep(data):
        # libxml2 gives up at a depth that no page needs
        warnings: list[str] = []
        tree = parsed(data, warnings)
        page = Page(warnings=["not_html"]) if tree is None else lxml_page(tree, idle=idle)
        page.warnings = list(dict.fromkeys(warnings + page.warnings))
        return page
    try:
        return lexbor_page(LexborHTMLParser(data), idle=idle)
    except (SelectolaxError, RuntimeError, ValueError, MemoryError) as error:
        raise InputError(f"a page that lexbor can't parse: {str(error)[:200]}") from None


def _plain_lines(page: Page, text: str) -> None:
    from cleanpress.segment.html import HtmlBlock

    page.parents.append(-1)
    page.signatures.append("body")
    for line in text.splitlines():
        if line := " ".join(line.split()):
            page.blocks.append(HtmlBlock(line, "body", 0, 0.0, -1, 0))
            page.size += len(line)


def kept_blocks(page: Page, tree: Any) -> list[int]:
    """For each block, whether trafilatura keeps it: 1 no, 2 in part, 3 yes; all 0 where it finds no article."""
    import logging

    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        # As one witness among many it may be generous: what it keeps too much of is told by other evidence, what it lost is not.
        # So favour recall, and do without its fallbacks, which cost a third of its time.
        text = trafilatura.extract(tree, include_comments=False, favor_recall=True, fast=True)
    except Exception:
        # whatever goes wrong inside, its word is only one among many
        page.warnings.append("extractor_failed")
        text = None
    return kept_by(page, text) if text else [0] * len(page.blocks)


def kept_by(page: Page, text: str) -> list[int]:
    """For each block, whether it stands in an extractor's text: 1 no, 2 in part, 3 yes."""
    lines = [key for line in text.split("\n") if (key := key_of(line))]
    whole = "\n".join(lines)
    known = set(lines)
    joined = whole.replace("\n", "")
    starts = {line[:40] for line in lines if len(line) >= 40}
    kept = []
    for block in page.blocks:
        key = key_of(block.text)
        if key in known or (len(key) >= 15 and (key in whole or (len(key) >= 40 and key in joined))):
            kept.append(3)
        elif len(key) >= 40 and (key[:40] in starts or key[:40] in whole or key[-40:] in whole):
            kept.append(2)
        else:
            kept.append(1)
    return kept
