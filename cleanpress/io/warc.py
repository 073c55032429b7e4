"""WARC and WET files: cut into records here, their HTTP parts read by fastwarc.

The cutting is done here because readers of WARC pass silently over a record whose length is wrong, and with it over
the records that it hides. Here such a record is told with its offset, and reading goes on at the next one.
"""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from cleanpress.errors import InputError, MissingExtraError
from cleanpress.extract import LONGEST_PAGE

#: A record that says it is longer than this (bytes) is taken for damaged; no page of text is.
MOST: Final = 1 << 28
#: No header is longer (bytes).
MOST_HEADER: Final = 1 << 20
#: Bytes between two documents that are kept in memory before they are handed on.
MOST_BETWEEN: Final = 1 << 24
_NEXT: Final = re.compile(rb"(?:\r?\n)+(?=WARC/[01]\.[0-9]\r?\n)")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(rb"^([\w-]+):[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)
#: Types of record that may hold a document.
_WANTED: Final = (b"response", b"resource", b"conversion")
# WET files name languages by three letters, rules by two.
_TWO_LETTERS: Final[dict[str, str]] = {
    "ara": "ar", "ces": "cs", "dan": "da", "deu": "de", "ell": "el", "eng": "en", "fin": "fi", "fra": "fr", "heb": "he",
    "hin": "hi", "hun": "hu", "ind": "id", "ita": "it", "jpn": "ja", "kor": "ko", "nld": "nl", "nor": "no", "pol": "pl",
    "por": "pt", "ron": "ro", "rus": "ru", "spa": "es", "swe": "sv", "tur": "tr", "ukr": "uk", "vie": "vi", "zho": "zh",
}  # fmt: skip


class Piece(NamedTuple):
    """One record of a file.

    Args:
        data: its header, an empty line, its content.
        damage: what is wrong with its length, if anything.
        before: what stands between this record and the one before: line ends, and records without a document.
    """

    data: bytes
    damage: str | None = None
    before: bytes = b""


class Page(NamedTuple):
    """A document in a record; ``content`` is HTML when ``is_html``, else UTF-8 text."""

    identity: str | None
    url: str | None
    date: str | None
    lang: str | None
    content: bytes
    is_html: bool
    charset: str | None = None


class _Window:
    """The bytes of a stream from some offset on."""

    def __init__(self, pieces: Iterator[bytes], name: str) -> None:
        self._pieces = pieces
        self._name = name
        self.bytes = bytearray()
        self.offset = 0

    def fill(self, size: int) -> bool:
        """Whether there are as many bytes, after reading what is needed."""
        while len(self.bytes) < size:
            piece = next(self._pieces, None)
            if piece is None:
                return False
            self.bytes += piece
        return True

    def find(self, pattern: re.Pattern[bytes], start: int, overlap: int, most: int) -> re.Match[bytes] | None:
        """The next match, reading on until there is one; ``overlap`` is longer than any match.

        Raises:
            InputError: when there is none in the first ``most`` bytes.
        """
        while True:
            if start > most:
                raise InputError(f"{self._name}: in the record at byte {self.offset} of its content no end is found for {most:,} bytes")
            found = pattern.search(self.bytes, start)
            if found is not None and found.end() < len(self.bytes):
                return found
            start = max(start, len(self.bytes) - overlap)
            if not self.fill(len(self.bytes) + 1):
                return pattern.search(self.bytes, start)

    def take(self, size: int) -> bytes:
        data = bytes(self.bytes[:size])
        del self.bytes[:size]
        self.offset += size
        return data


def split_records(pieces: Iterator[bytes], name: str, *, whole: bool = False) -> Iterator[Piece]:
    """The records of a WARC file that may hold a document, in order.

    Args:
        pieces: the file's bytes, decompressed.
        name: what to call the file in messages.
        whole: whether to give also what stands between them, so that all put together is the file. Behind the last one,
            and where there is very much of it, it comes as a piece without data.

    Raises:
        InputError: when the file is no WARC, ends in the middle of a record, or has a record without end, naming the offset.
    """
    window = _Window(pieces, name)
    before = bytearray()
    while True:
        while window.fill(1) and window.bytes[0] in b"\r\n":
            before += window.take(1)
        if whole and before and (len(before) > MOST_BETWEEN or not window.fill(1)):
            yield Piece(b"", before=bytes(before))
            before.clear()
        if not window.fill(1):
            return
        window.fill(5)
        if not window.bytes.startswith(b"WARC/"):
            raise InputError(f"{name}: not a WARC record at byte {window.offset} of its content")
        begin = window.offset
        end = window.find(_HEAD_END, 0, 4, MOST_HEADER)
        if end is None:
            raise InputError(f"{name}: the file ends inside the record at byte {begin} of its content")
        head = bytes(window.bytes[: end.start()])
        fields = header_fields(head)
        said = fields.get(b"content-length", b"")
        start = end.end()
        length = int(said) if said.isdigit() else -1
        damage = None
        if not 0 <= length <= MOST or not _followed(window, start + length):
            size = _true_size(window, start, length)
            if size is None:
                raise InputError(
                    f"{name}: the record at byte {begin} of its content says it has {said.decode('latin-1') or 'no'} bytes, "
                    f"but the file ends before, and no further record follows"
                )
            damage = (
                f"the record at byte {begin} says it has {said.decode('latin-1') or 'no'} bytes, but has {size}: read up to the next one"
            )
            length = size
        data = window.take(start + length)
        if fields.get(b"warc-type", b"").lower() in _WANTED:
            yield Piece(data, damage, bytes(before) if whole else b"")
            before.clear()
        elif whole:
            before += data


def _followed(window: _Window, end: int) -> bool:
    """Whether a record that ends here is followed by another one, or by the end of the file."""
    if not window.fill(end):
        return False
    window.fill(end + 16)
    rest = bytes(window.bytes[end : end + 16])
    stripped = rest.lstrip(b"\r\n")
    return not stripped or (stripped.startswith(b"WARC/") and len(stripped) < len(rest))


def _true_size(window: _Window, start: int, said: int) -> int | None:
    """How many bytes a record has whose length is wrong: up to the next record. None when none follows."""
    found = window.find(_NEXT, start, 32, MOST)
    if found is not None:
        return found.start() - start
    # a last record that says too little: it goes to the end of the file
    if not 0 <= said <= len(window.bytes) - start:
        return None
    return len(window.bytes[start:].rstrip(b"\r\n"))


def parted(data: bytes) -> tuple[bytes, bytes]:
    """A record's header, with the empty line that ends it, and its content.

    >>> parted(b"WARC/1.0\\nContent-Length: 4\\n\\nRain")
    (b'WARC/1.0\\nContent-Length: 4\\n\\n', b'Rain')
    """
    end = _HEAD_END.search(data)
    at = len(data) if end is None else end.end()
    return data[:at], data[at:]


def header_fields(head: bytes) -> dict[bytes, bytes]:
    """The fields of a header, names in lower case.

    >>> header_fields(b"WARC/1.0\\r\\nWARC-Type: response\\r\\nContent-Length: 5")
    {b'warc-type': b'response', b'content-length': b'5'}
    """
    return {found[1].lower(): found[2] for found in _FIELD.finditer(head)}


def page_of(data: bytes) -> Page | None:
    """The document in a record; None when it holds none (a picture, a redirect, an error page).

    Raises:
        InputError: when its HTTP part can't be read, or its page is longer than any that is read.
        MissingExtraError: when fastwarc, which reads HTTP, is not installed.
    """
    head, content = parted(data)
    fields = header_fields(head)

    def value(name: bytes) -> str | None:
        return fields[name].decode("utf-8", "replace") if fields.get(name) else None

    identity, url, date = value(b"warc-record-id"), value(b"warc-target-uri"), value(b"warc-date")
    lang = value(b"warc-identified-content-language")
    kind = fields[b"warc-type"].lower()
    declared = fields.get(b"content-type", b"").lower()
    if kind == b"conversion":
        return Page(identity, url, date, lang, content, is_html=False) if declared.startswith(b"text/plain") else None
    if kind == b"resource":
        return Page(identity, url, date, lang, content, is_html=True) if b"html" in declared else None
    http = _http(content)
    status = http.http_headers.status_code if http.http_headers is not None else None
    if status is None:
        raise InputError("its HTTP header can't be read")
    if status != 200 or "html" not in (http.http_content_type or ""):
        return None
    # a few kilobytes of gzip can hold gigabytes
    html = http.reader.read(LONGEST_PAGE + 1)
    if len(html) > LONGEST_PAGE:
        raise InputError(f"its page is longer than {LONGEST_PAGE:,} bytes: such pages are not read")
    return Page(identity, url, date, lang, html, is_html=True, charset=http.http_charset)


def _http(content: bytes) -> Any:
    # a fresh header, so that fastwarc sees the length that the record really has
    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
    record = next(iter(fastwarc().ArchiveIterator(io.BytesIO(head % len(content) + content + b"\r\n\r\n"), parse_http=False)))
    try:
        record.parse_http(auto_decode="all")
    except (OSError, ValueError) as error:
        raise InputError(f"its HTTP part can't be read: {error}") from None
    return record


def fastwarc() -> Any:
    """The library that reads the HTTP part of records.

    Raises:
        MissingExtraError: when it is not installed.
    """
    try:
        return importlib.import_module("fastwarc.warc")
    except ImportError:
        raise MissingExtraError("WARC", "warc") from None


def language_tag(named: str | None) -> str | None:
    """The tag of the language that a WET record names; None when it names none, or several.

    >>> language_tag("deu"), language_tag("eng,deu"), language_tag("sv")
    ('de', None, 'sv')
    """
    if not named or "," in named:
        return None
    return _TWO_LETTERS.get(named, named)
