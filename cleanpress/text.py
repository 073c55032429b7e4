"""Folding text for matching, with every offset still pointing into the input.

Two steps. :func:`surface` drops what a reader does not see (zero-width characters, soft hyphens, Arabic and Hebrew
vowel points) and composes accents; on most input it returns the very same string. :func:`fold` then lowers case and
unifies quotes, dashes, spaces and letter variants, *one code point for one*, so that a span found in the folded text
is the same span of the surface.
"""

from __future__ import annotations

import re
import unicodedata

import regex

# Invisible in print, or optional in writing: a phrase must match with or without them.
_DROPPED = "\u00ad\u061c\u0640\u064b-\u0652\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_COMPOSED = "\u0300-\u036f\u1100-\u11ff\u3099\u309a"
_UNEVEN = re.compile(f"[{_DROPPED}{_COMPOSED}]")
_DROP_RUN = re.compile(f"[{_DROPPED}]+")
_CLUSTER = re.compile("[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+|[\u1100-\u11ff]+")
_BREAKS = ("\r", "\u2028", "\u2029", "\u0085", "\v", "\f")

_FOLDED: dict[str, str] = {}
for _group, _target in (
    ("\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc\u02b9\u2039\u203a", "'"),
    ("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u300c\u300d\u300e\u300f", '"'),
    ("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u05be", "-"),
    ("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    ("\u0131", "i"),  # dotless i, so that Turkish capitals fold alike
    ("\u03c2", "\u03c3"),
    ("\u0451", "\u0435"),
    ("\u015f", "\u0219"),  # Romanian cedilla and comma letters; Turkish folds along
    ("\u0163", "\u021b"),
    ("\u0622\u0623\u0625", "\u0627"),
    ("\u0649\u06cc", "\u064a"),
    ("\u06a9", "\u0643"),
):
    for _char in _group:
        _FOLDED[_char] = _target
del _group, _target, _char
_REPLACED = tuple((a, b) for a, b in _FOLDED.items())
# One range in `regex` is searched four times as fast as in `re`; a class of several ranges is faster in `re`.
_FULL_WIDTH = regex.compile("[\uff01-\uff5e]")
_FULL_WIDTH_TABLE = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)}
_GREEK_ACCENTS = str.maketrans("άέήίόύώϊϋΐΰ", "αεηιουωιυιυ")
_GREEK = regex.compile("[\u0370-\u03ff]")


def surface(text: str) -> tuple[str, list[int] | None]:
    """The text as a reader sees it, and where each of its code points stands in the input.

    Args:
        text: any string; lone surrogates are allowed.

    Returns:
        ``(seen, offsets)``. ``offsets`` is None when ``seen`` has the input's length (the usual case); otherwise
        ``offsets[i]`` is the input offset of ``seen[i]``, and ``offsets[len(seen)] == len(text)``.

    >>> surface("plain")
    ('plain', None)
    >>> surface("ab\\u00adc")
    ('abc', [0, 1, 3, 4])
    """
    for mark in _BREAKS:
        if mark in text:
            # "\r\n" is one break: its "\r" becomes trailing white space of the line, so that lengths stay.
            text = text.replace("\r\n", " \n").replace(mark, "\n")
    if text.isascii() or not _UNEVEN.search(text):
        return text, None
    kept: list[str] = []
    offsets: list[int] = []
    at = 0
    for match in _DROP_RUN.finditer(text):
        if match.start() > at:
            _compose(text, at, match.start(), kept, offsets)
        at = match.end()
    _compose(text, at, len(text), kept, offsets)
    offsets.append(len(text))
    return "".join(kept), offsets


def _compose(text: str, start: int, end: int, kept: list[str], offsets: list[int]) -> None:
    at = start
    for match in _CLUSTER.finditer(text, start, end):
        kept.append(text[at : match.start()])
        offsets.extend(range(at, match.start()))
        composed = unicodedata.normalize("NFC", match.group())
        kept.append(composed)
        # Several code points can remain; all but the first point at the cluster's last ones, so that order is kept.
        width = match.end() - match.start()
        offsets.extend(match.start() + min(i, width - 1) for i in range(len(composed)))
        at = match.end()
    kept.append(text[at:end])
    offsets.extend(range(at, end))


def fold(text: str) -> str:
    """Lower-cased text with unified quotes, dashes, spaces and letter variants, of exactly the same length.

    >>> fold("Read\\u00a0More \\u2013 “now”")
    'read more - "now"'
    """
    if text.isascii():
        return text.lower()
    folded = text.replace("\u0130", "i").lower()
    for old, new in _REPLACED:
        if old in folded:
            folded = folded.replace(old, new)
    if _FULL_WIDTH.search(folded):
        folded = folded.translate(_FULL_WIDTH_TABLE).lower()
    if _GREEK.search(folded):
        folded = folded.translate(_GREEK_ACCENTS)
    return folded


def fold_phrase(phrase: str) -> str:
    """A phrase of a rule file as it will be looked for in folded text."""
    return fold(surface(phrase)[0])


def fold_pattern(pattern: str) -> str:
    """A pattern of a rule file with its literal characters folded; escapes and classes stay as they are.

    >>> fold_pattern("l’abonn\\u00e9\\\\b")
    "l'abonné\\\\b"
    """
    seen, _ = surface(pattern)
    return "".join(c if c.isascii() else fold(c) for c in seen)


class Hosts:
    """Reads host names out of URLs."""

    _HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)

    @classmethod
    def of(cls, url: str | None) -> str | None:
        """The lower-case host of ``url``, or None.

        >>> Hosts.of("https://www.Example.org:443/a")
        'www.example.org'
        """
        if not url:
            return None
        match = cls._HOST.match(url)
        return match.group(1).lower().rstrip(".") if match else None
