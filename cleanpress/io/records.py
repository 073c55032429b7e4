"""Cuts inputs into records: an article, a line of JSON Lines, a page of HTML, a row of Parquet, a record of WARC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from cleanpress.errors import CleanpressError, InputError
from cleanpress.io import streams
from cleanpress.io.inputs import Format, Input

if TYPE_CHECKING:
    from cleanpress.io.parquet import Cell, Columns, Shelf


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
        form: what its bytes are.
        cell: for a row of a table, what else is known of it.
        damage: what is wrong with how it was stored, though it could be read.
        before: what of its input stands between it and the record before, and is no part of either.
    """

    source: str
    input: int
    number: int
    ordinal: int
    data: bytes
    end: bytes = b""
    bom: bool = False
    problem: str | None = None
    form: Format = "text"
    cell: Cell | None = None
    damage: str | None = None
    before: bytes = b""


class Place(NamedTuple):
    """Where in a run reading begins: so many records of this input, and so many of the run, are done."""

    input: int = 0
    records: int = 0
    ordinal: int = 0


class BadRecord(InputError):
    """A record that can't be cleaned as asked; ``kind`` is what it is counted as.

    >>> error = BadRecord("not-json", "not JSON: line is empty")
    >>> error.kind, str(error)
    ('not-json', 'not JSON: line is empty')
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


#: A record longer than this (bytes) is not read: no article is, but a few kilobytes of gzip can hold it.
LONGEST: Final = 1 << 28


def separator_of(form: Format, null: bool) -> bytes:
    """What stands between two records of a format.

    >>> separator_of("text", null=True)
    b'\\x00'
    """
    return b"\0" if null else b"\n"


def split(pieces: Iterable[bytes], separator: bytes, name: str = "input") -> Iterator[tuple[bytes, bytes]]:
    """``(record, what ended it)`` for each record; the last may be ended by nothing.

    Args:
        pieces: the bytes.
        separator: one byte.
        name: what to call the input in messages.

    Raises:
        InputError: for a record longer than :data:`LONGEST`, naming the offset at which it begins.

    >>> list(split([b"a\\nb", b"c\\n", b"d"], b"\\n"))
    [(b'a', b'\\n'), (b'bc', b'\\n'), (b'd', b'')]
    """
    begun: list[bytes] = []
    size = offset = 0
    for chunk in pieces:
        parts = chunk.split(separator)
        begun.append(parts[0])
        size += len(parts[0])
        if size > LONGEST:
            raise too_long(name, offset)
        if len(parts) == 1:
            continue
        yield b"".join(begun), separator
        for part in parts[1:-1]:
            yield part, separator
        begun = [parts[-1]] if parts[-1] else []
        offset += size - len(parts[0]) + len(chunk) - len(parts[-1])
        size = len(parts[-1])
    last = b"".join(begun)
    if last:
        yield last, b""


def too_long(name: str, offset: int) -> InputError:
    """What to say of a record longer than :data:`LONGEST` that begins at byte ``offset`` of its input's content."""
    return InputError(
        f"{name}: the record at byte {offset} of its content is longer than {LONGEST:,} bytes, and no article is: "
        f"it may be an archive made to fill the memory, or --format or -0 may not be what the input is"
    )


def read_records(
    inputs: Sequence[Input],
    *,
    null: bool = False,
    whole: bool = False,
    columns: Columns | None = None,
    shelf: Shelf | None = None,
    begin: Place = Place(),  # noqa: B008 (immutable)
    before_wait: Callable[[], None] = lambda: None,
) -> Iterator[Record]:
    """The records of all inputs, in order; never more than one in memory (of Parquet: never more than a row group).

    An input that can't be read to its end gives, after all that could be read, one record that has only a ``problem``.

    Args:
        inputs: what to read.
        null: whether NULs end the documents of text and HTML.
        whole: for WARC, whether to give also what stands between the documents.
        columns: for Parquet, which columns to read.
        shelf: for Parquet, where the writer finds the row groups.
        begin: what to pass over, because an earlier run did it.
        before_wait: called before each read that may have to wait.
    """
    ordinal = begin.ordinal
    for index in range(begin.input, len(inputs)):
        path, form, _ = inputs[index]
        name = streams.display_name(path)
        number = 0
        done = begin.records if index == begin.input else 0
        rows: Iterator[Record]
        try:
            if form == "parquet":
                rows = _parquet_rows(path, index, columns, shelf)
            else:
                rows = _stream_rows(path, index, form, null, whole, before_wait)
            for row in rows:
                number += 1
                if number <= done:
                    continue
                ordinal += 1
                yield row._replace(number=number, ordinal=ordinal)
        except InputError as error:
            if number < done:  # it was told then
                continue
            ordinal += 1
            yield Record(name, index, number + 1, ordinal, b"", problem=str(error), form=form)


def _stream_rows(path: str, index: int, form: Format, null: bool, whole: bool, before_wait: Callable[[], None]) -> Iterator[Record]:
    name = streams.display_name(path)
    stream = streams.open_input(path)
    try:
        pieces = streams.chunks(stream, name, before_wait)
        if form == "warc":
            from cleanpress.io.warc import split_records

            for piece in split_records(pieces, name, whole=whole):
                yield Record(name, index, 0, 0, piece.data, form=form, damage=piece.damage, before=piece.before)
            return
        bom = False
        if form != "html":  # HTML parsers read byte order marks themselves, and declarations too
            bom, pieces = streams.without_bom(pieces)
        if null or form == "jsonl":
            for data, end in split(pieces, separator_of(form, null), name):
                yield Record(name, index, 0, 0, data, end, bom, None, form)
                bom = False
            return
        document = b"".join(_within_bounds(pieces, name))
        if document:
            record = Record(name, index, 0, 0, document, b"", bom, None, form)
            del document  # may be the only copy of something large
            yield record
    finally:
        if path != streams.STDIO:
            stream.close()


def _within_bounds(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LONGEST:
            raise too_long(name, 0)
        yield piece


def _parquet_rows(path: str, index: int, columns: Columns | None, shelf: Shelf | None) -> Iterator[Record]:
    from cleanpress.io.parquet import read_rows

    if columns is None:
        raise CleanpressError(f"{path}: no columns were named for Parquet")
    if path == streams.STDIO:
        raise InputError("stdin: Parquet can't be read from a pipe; name a file")
    for data, cell in read_rows(path, columns, index, shelf):
        yield Record(path, index, 0, 0, data, form="parquet", cell=cell)
