"""Folding text for matching, with every offset still pointing into the input.

Two steps. :func:`surface` drops what a reader does not see or a writer may leave out (zero-width characters, soft hyphens,
Arabic and Hebrew vowel points, the dot of Hindi's borrowed letters) and composes accents; on most input it returns the
very same string. :func:`fold` then lowers case and unifies quotes, dashes, spaces and letter variants, *one code point for
one*, so that a span found in the folded text is the same span of the surface.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

# Invisible in print, or optional in writing: a phrase must match with or without them.
_DROPPED = "\u00ad\u061c\u0640\u064b-\u0652\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u093c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff"
_COMPOSED = "\u0300-\u036f\u0653-\u0655\u1100-\u11ff\u3099\u309a"
_DROP_RUN = re.compile(f"[{_DROPPED}]+")
_CLUSTER = re.compile("[^\u0300-\u036f\u0653-\u0655\u3099\u309a][\u0300-\u036f\u0653-\u0655\u3099\u309a]+|[\u1100-\u11ff]+")
_UNEVEN = frozenset(
    chr(code) for first, last in re.findall("(.)(?:-(.))?", _DROPPED + _COMPOSED) for code in range(ord(first), ord(last or first) + 1)
)
_BREAKS = ("\r", "\v", "\f")
_RARE_BREAKS = frozenset("\u2028\u2029\u0085")
_ASCII = bytes(range(128))
#: Any character that is neither a Latin letter nor a sign that stands in Latin text too. Classes of whole scripts take milliseconds
#: to compile: those who need one ask for this first, and compile theirs when a text calls for it.
BEYOND_LATIN = re.compile("[^\0-\u036f\u1e00-\u2bff]")

_FOLDED: dict[str, str] = {}
for _group, _target in (
    ("\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc\u02b9\u2039\u203a\u05f3", "'"),
    ("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\u300c\u300d\u300e\u300f\u05f4", '"'),
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
# Full-width ASCII.
_FOLDED.update((chr(code), chr(code - 0xFEE0).lower()) for code in range(0xFF01, 0xFF5F))
_FOLDED.update(zip("άέήίόύώϊϋΐΰ", "αεηιουωιυιυ", strict=True))
# Letters with a nukta in one code point; the surface drops the nukta of those written with two.
_FOLDED.update(
    zip(
        "\u0929\u0931\u0934\u0958\u0959\u095a\u095b\u095c\u095d\u095e\u095f",
        "\u0928\u0930\u0933\u0915\u0916\u0917\u091c\u0921\u0922\u092b\u092f",
        strict=True,
    )
)
#: What each character that was met folds to; no more entries than there are characters.
_MET: dict[str, str] = {}


class Offsets(Sequence[int]):
    """Where each code point of a surface stands in the input: a table of the places where the two part.

    >>> list(Offsets([0, 2], [0, 3], 3))
    [0, 1, 3]
    """

    __slots__ = ("_count", "_input", "_seen")

    def __init__(self, seen: list[int], input_: list[int], count: int) -> None:
        self._seen = seen
        self._input = input_
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, place: Any) -> Any:
        if not 0 <= place < self._count:
            raise IndexError(place)
        i = bisect_right(self._seen, place) - 1
        return self._input[i] + place - self._seen[i]


def reading(text: str) -> tuple[str, Offsets | None, str]:
    """A text's surface, its offsets and its folded form in one go: ``(*surface(text), fold(surface(text)[0]))``.

    >>> reading("ab\\u00adC")[::2]
    ('abC', 'abc')
    """
    seen, offsets, strange = _surface(text)
    return seen, offsets, _folded(seen, strange) if strange else seen.lower()


def surface(text: str) -> tuple[str, Offsets | None]:
    """The text as a reader sees it, and where each of its code points stands in the input.

    Args:
        text: any string; lone surrogates are allowed.

    Returns:
        ``(seen, offsets)``. ``offsets`` is None when ``seen`` has the input's length (the usual case); otherwise
        ``offsets[i]`` is the input offset of ``seen[i]``, and ``offsets[len(seen)] == len(text)``.

    >>> surface("plain")
    ('plain', None)
    >>> seen, offsets = surface("ab\\u00adc")
    >>> seen, list(offsets)
    ('abc', [0, 1, 3, 4])
    """
    return _surface(text)[:2]


def _strange(text: str) -> frozenset[str]:
    """The characters of a text that are not ASCII: few, in most texts, and all that needs a closer look."""
    return frozenset(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))


def _surface(text: str) -> tuple[str, Offsets | None, frozenset[str]]:
    for mark in _BREAKS:
        if mark in text:
            # "\r\n" is one break: its "\r" becomes trailing white space of the line, so that lengths stay.
            text = text.replace("\r\n", " \n").replace(mark, "\n")
    if text.isascii():
        return text, None, frozenset()
    strange = _strange(text)
    for mark in strange & _RARE_BREAKS:
        text = text.replace(mark, "\n")
    if strange.isdisjoint(_UNEVEN):
        return text, None, strange
    kept: list[str] = []
    seen: list[int] = []
    places: list[int] = []
    length = at = 0
    for match in _DROP_RUN.finditer(text):
        if match.start() > at:
            length = _compose(text, at, match.start(), kept, length, seen, places)
        at = match.end()
    length = _compose(text, at, len(text), kept, length, seen, places)
    seen.append(length)
    places.append(len(text))
    surfaced = "".join(kept)
    return surfaced, Offsets(seen, places, length + 1), _strange(surfaced)


def _compose(text: str, start: int, end: int, kept: list[str], length: int, seen: list[int], places: list[int]) -> int:
    """Appends ``text[start:end]`` with its accents composed to ``kept``, where it stands to the tables; gives the new length."""
    at = start
    for match in _CLUSTER.finditer(text, start, end):
        first, last = match.span()
        seen.append(length)
        places.append(at)
        length += first - at
        composed = unicodedata.normalize("NFC", match.group())
        kept += (text[at:first], composed)
        # Several code points can remain; all but the first point at the cluster's last ones, so that order is kept.
        for i in range(len(composed)):
            seen.append(length + i)
            places.append(min(first + i, last - 1))
        length += len(composed)
        at = last
    seen.append(length)
    places.append(at)
    kept.append(text[at:end])
    return length + end - at


def fold(text: str) -> str:
    """Lower-cased text with unified quotes, dashes, spaces and letter variants, of exactly the same length.

    >>> fold("Read\\u00a0More \\u2013 “now”")
    'read more - "now"'
    """
    return text.lower() if text.isascii() else _folded(text, _strange(text))


def _folded(text: str, strange: Iterable[str]) -> str:
    """``text`` folded, given its characters that are not ASCII: each folds alone, whatever stands beside it."""
    replaced: list[tuple[str, str]] = []
    for char in strange:
        folded = _MET.get(char)
        if folded is None:
            folded = _MET[char] = _fold_one(char)
        if folded != char:
            replaced.append((char, folded))
    if len(replaced) > _FEW:
        # a script with capitals of its own
        text = text.replace("\u0130", "i").lower()
        replaced = [(char.lower(), folded) for char, folded in replaced if char != "\u0130" and char.lower() != folded]
        if "\u03a3" in strange:
            # "Σ" at a word's end becomes another letter than elsewhere
            replaced.append(("\u03c2", "\u03c3"))
    else:
        text = text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
    for char, folded in replaced:
        text = text.replace(char, folded)
    return text


#: Up to so many kinds of characters are replaced one by one rather than by lowering the whole text.
_FEW = 12


def _fold_one(char: str) -> str:
    folded = "i" if char == "\u0130" else char.lower()
    return _FOLDED.get(folded, folded)


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


_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)


class Hosts:
    """Reads host names out of URLs."""

    @classmethod
    def of(cls, url: str | None) -> str | None:
        """The lower-case host of ``url``, or None.

        >>> Hosts.of("https://www.Example.org:443/a")
        'www.example.org'
        """
        if not url:
            return None
        match = _HOST.match(url)
        return match.group(1).lower().rstrip(".") if match else None
