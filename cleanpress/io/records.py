"""Cuts inputs into records: an article, a NUL-terminated article, a line of JSON Lines, a page of HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from cleanpress.errors import InputError
from cleanpress.io import streams

Format: TypeAlias = Literal["text", "jsonl", "html"]

_SUFFIXES: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".html": "html", ".htm": "html"}


class Record(NamedTuple):
    """One document as it was read.

    Args:
        source: name of the input in messages.
        input: which of the run's inputs it stood in, from 0.
        number: its line (JSON Lines) or place in its input, from 1.
        ordinal: its place among all records of the run, from 1.
        data: its bytes, without what ended it.
        end: what ended it: a line feed, a NUL, or nothing.
        bom: whether a UTF-8 byte order mark stood before it.
        problem: why the input ends here before its time; there is no data then.
    """

    source: str
    input: int
    number: int
    ordinal: int
    data: bytes
    end: bytes = b""
    bom: bool = False
    problem: str | None = None


class BadRecord(InputError):
    """A record that can't be cleaned as asked; ``kind`` is what it is counted as.

    >>> error = BadRecord("not-json", "not JSON: line is empty")
    >>> error.kind, str(error)
    ('not-json', 'not JSON: line is empty')
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def format_of(path: str) -> Format:
    """The format that a file's name tells, compression aside; text for all unknown ones.

    >>> format_of("news.jsonl.gz"), format_of("page.HTML"), format_of("-")
    ('jsonl', 'html', 'text')
    """
    name = path.lower()
    for packed in (".gz", ".zst"):
        name = name.removesuffix(packed)
    for suffix, known in _SUFFIXES.items():
        if name.endswith(suffix):
            return known
    return "text"


def separator_of(form: Format, null: bool) -> bytes:
    """What stands between two records of a format.

    >>> separator_of("text", null=True)
    b'\\x00'
    """
    return b"\0" if null else b"\n"


def split(pieces: Iterable[bytes], separator: bytes) -> Iterator[tuple[bytes, bytes]]:
    """``(record, what ended it)`` for each record; the last may be ended by nothing.

    >>> list(split([b"a\\nb", b"c\\n", b"d"], b"\\n"))
    [(b'a', b'\\n'), (b'bc', b'\\n'), (b'd', b'')]
    """
    begun: list[bytes] = []
    for chunk in pieces:
        parts = chunk.split(separator)
        begun.append(parts[0])
        if len(parts) == 1:
            continue
        yield b"".join(begun), separator
        for part in parts[1:-1]:
            yield part, separator
        begun = [parts[-1]] if parts[-1] else []
    last = b"".join(begun)
    if last:
        yield last, b""


def read_records(
    paths: Sequence[str], form: Format, *, null: bool = False, before_wait: Callable[[], None] = lambda: None
) -> Iterator[Record]:
    """The records of all inputs, in order; never more than one in memory.

    An input that can't be read to its end gives, after all that could be read, one record that has only a ``problem``.
    """
    ordinal = 0
    for index, path in enumerate(paths):
        name = streams.display_name(path)
        number = 0
        try:
            stream = streams.open_input(path)
            try:
                bom, pieces = False, streams.chunks(stream, name, before_wait)
                if form != "html":  # HTML parsers read byte order marks themselves, and declarations too
                    bom, pieces = streams.without_bom(pieces)
                rows: Iterable[tuple[bytes, bytes]]
                if null or form == "jsonl":
                    rows = split(pieces, separator_of(form, null))
                else:
                    whole = b"".join(pieces)
                    rows = [(whole, b"")] if whole else []
                    whole = b""
                for data, end in rows:
                    number += 1
                    ordinal += 1
                    yield Record(name, index, number, ordinal, data, end, bom and number == 1)
            finally:
                if path != streams.STDIO:
                    stream.close()
        except InputError as error:
            ordinal += 1
            yield Record(name, index, number + 1, ordinal, b"", problem=str(error))
