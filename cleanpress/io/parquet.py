"""Parquet: row groups in, row groups out. Only the text column changes; schema, metadata and all else stay.

A row group is in memory as a whole, once as it was read and once as it is written; the file never is.
"""

from __future__ import annotations

import importlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from cleanpress.errors import InputError, MissingExtraError

#: Key of the note that cleaned files carry in their metadata.
NOTE: Final = "cleanpress"


class Cell(NamedTuple):
    """What else is known of a text that came from a row; ``is_null`` when the text is missing."""

    url: str | None
    lang: str | None
    identity: str | None
    is_null: bool


class Shape(NamedTuple):
    """What a written file has in common with the one that was read.

    Args:
        schema: its columns and metadata.
        compression: the codec of each column.
        column: where the text stands.
        row_groups: how many rows each row group has.
    """

    schema: Any
    compression: dict[str, str]
    column: str
    row_groups: Sequence[int] = ()

    @property
    def note(self) -> bytes | None:
        """The note of an earlier run in the metadata."""
        found: bytes | None = (self.schema.metadata or {}).get(NOTE.encode())
        return found


class Mended(NamedTuple):
    """How a row is made what it was: a function from its text to the old one, or the row itself where it is missing."""

    text: Callable[[bytes], bytes] | None = None
    row: bytes | None = None


class Shelf:
    """Row groups on their way past the workers: put there by the reader, taken by the writer, in the same order."""

    def __init__(self) -> None:
        self.shapes: dict[int, Shape] = {}
        self.groups: dict[int, deque[Any]] = {}


class Columns(NamedTuple):
    """Names of the columns to read: the text (or HTML), and what may be known besides."""

    source: str
    option: str
    text: str
    url: str
    lang: str


def read_rows(path: str, columns: Columns, index: int, shelf: Shelf | None) -> Iterator[tuple[bytes, Cell]]:
    """The texts of a file, as bytes, in order.

    Args:
        path: the file.
        columns: which columns to read.
        index: the input's number, under which its row groups are put on the shelf.
        shelf: where the writer finds them; None when nobody writes them.

    Raises:
        InputError: when the file is not Parquet, is broken, or has no such column.
        MissingExtraError: when pyarrow is not installed.
    """
    pa, pq = pyarrow(path)
    problems = (pa.ArrowException, OSError, ValueError)
    try:
        file = pq.ParquetFile(path)
    except problems as error:
        raise InputError(f"{path}: not a Parquet file that can be read: {_first_line(error)}") from None
    with file:
        schema = file.schema_arrow
        _require_text(path, schema, columns.source, columns.option, pa)
        if shelf is not None:
            if columns.text in schema.names:
                _require_text(path, schema, columns.text, "--field", pa)
            shelf.shapes[index] = _shape(file, columns.text)
            shelf.groups[index] = deque()
        known = [name for name in (columns.url, columns.lang, "id") if name in schema.names and _is_text(schema.field(name).type, pa)]
        for number in range(file.num_row_groups):
            try:
                table = file.read_row_group(number, columns=None if shelf is not None else list(dict.fromkeys([columns.source, *known])))
            except problems as error:
                raise InputError(f"{path}: row group {number + 1} of {file.num_row_groups} can't be read: {_first_line(error)}") from None
            if shelf is not None:
                shelf.groups[index].append(table)
            for batch in table.select(list(dict.fromkeys([columns.source, *known]))).to_batches(max_chunksize=1024):
                rows = batch.num_rows
                texts = _bytes(batch.column(columns.source), pa)
                urls, langs, ids = (
                    _strings(batch.column(name), pa) if name in known else [None] * rows for name in (columns.url, columns.lang, "id")
                )
                for text, url, lang, identity in zip(texts, urls, langs, ids, strict=True):
                    yield text or b"", Cell(url or None, lang or None, identity, text is None)
            del table


class RowWriter:
    """Writes the row groups of one file with their cleaned texts.

    Args:
        stream: the open file; stays open.
        shape: what the file looks like.
        groups: the row groups as they were read.
        note: what the metadata says of this run; None: nothing is added to them.
    """

    def __init__(self, stream: Any, shape: Shape, groups: deque[Any], note: dict[str, str] | None) -> None:
        self._pa, self._pq = pyarrow()
        schema = shape.schema
        if shape.column not in schema.names:
            schema = schema.append(self._pa.field(shape.column, self._pa.string()))
        self._schema = schema if note is None else schema.with_metadata({**(schema.metadata or {}), NOTE: json.dumps(note)})
        self._column = shape.column
        self._writer = self._pq.ParquetWriter(stream, self._schema, compression=shape.compression or "snappy")
        self._groups = groups
        self._texts: dict[int, bytes] = {}
        self._dropped: set[int] = set()
        self._rows = 0

    def row(self) -> bytes:
        """The next row as it was read, all columns of it, as an Arrow stream."""
        self.settle()
        table = self._groups[0].slice(self._rows, 1)
        sink = self._pa.BufferOutputStream()
        with self._pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return bytes(sink.getvalue())

    def take(self, text: bytes | None, *, dropped: bool) -> None:
        """What became of the next row: its new text, or None where it stays as it is, or nothing where it is dropped."""
        self.settle()  # row groups without rows
        if dropped:
            self._dropped.add(self._rows)
        elif text is not None:
            self._texts[self._rows] = text
        self._rows += 1
        self.settle()

    def settle(self) -> None:
        """Writes the row groups of which everything is known."""
        while self._groups and self._rows >= self._groups[0].num_rows:
            table = self._groups.popleft()
            self._write(table)
            self._rows -= table.num_rows
            self._texts, self._dropped = {}, set()

    def _write(self, table: Any) -> None:
        pa = self._pa
        if self._column not in table.schema.names:
            table = table.append_column(self._schema.field(self._column), pa.nulls(table.num_rows, pa.string()))
        place = table.schema.get_field_index(self._column)
        if self._texts:
            texts = _column(table, self._column, pa)
            for row, text in self._texts.items():
                texts[row] = text
            kind = self._schema.field(place).type
            # by way of binary, because a column may hold bytes that are not UTF-8, and those rows stay as they are
            column = pa.array(texts, pa.large_binary())
            if pa.types.is_dictionary(kind):
                column = _as_text(column, kind.value_type, pa).dictionary_encode().cast(kind)
            else:
                column = _as_text(column, kind, pa)
            table = table.set_column(place, self._schema.field(place), column)
        if self._dropped:
            table = table.filter(pa.array([row not in self._dropped for row in range(table.num_rows)]))
        self._writer.write_table(table.cast(self._schema) if table.schema != self._schema else table, row_group_size=max(table.num_rows, 1))

    def close(self) -> None:
        """Writes the end of the file."""
        self.settle()
        self._writer.close()

    def abandon(self) -> None:
        """Leaves the file without an end."""
        self._writer.is_open = False  # else it would write one when it is collected, into a file that is gone


def write_again(
    path: str, column: str, row_groups: Sequence[int], note: bytes | None, mended: Iterator[tuple[int, Mended]], stream: Any
) -> None:
    """Writes a file as it was before a run changed it.

    Args:
        path: the changed file.
        column: where the text stands.
        row_groups: how many rows each row group had.
        note: what stood in the metadata in place of the run's note.
        mended: the rows that are to be changed, by their number from 1, in order.
        stream: where to write; stays open.

    Raises:
        InputError: when the file can't be read or has other rows.
        MissingExtraError: when pyarrow is not installed.
    """
    pa, pq = pyarrow(path)
    problems = (pa.ArrowException, OSError, ValueError, KeyError)
    writer: RowWriter | None = None
    try:
        with pq.ParquetFile(path) as file:
            shape = _shape(file, column)
            metadata = {key: value for key, value in (shape.schema.metadata or {}).items() if key != NOTE.encode()}
            if note is not None:
                metadata[NOTE.encode()] = note
            shape = shape._replace(schema=shape.schema.with_metadata(metadata or None))
            groups: deque[Any] = deque()
            rows = _Rows(file, pa)
            change = next(mended, None)
            done = 0
            writer = RowWriter(stream, shape, groups, None)
            for size in row_groups:
                parts: list[Any] = []
                texts: dict[int, Callable[[bytes], bytes]] = {}
                at = 0
                while change is not None and change[0] <= done + size:
                    number, how = change[0] - done - 1, change[1]
                    parts.append(rows.take(number - at))
                    at = number + 1
                    parts.append(rows.take(1) if how.row is None else pa.ipc.open_stream(how.row).read_all())
                    if how.text is not None:
                        texts[number] = how.text
                    change = next(mended, None)
                parts.append(rows.take(size - at))
                table = pa.concat_tables(part.cast(shape.schema) for part in parts)
                groups.append(table)
                old = _column(table, column, pa) if texts else []
                for number in range(size):
                    writer.take(texts[number](old[number] or b"") if number in texts else None, dropped=False)
                done += size
            writer.close()
    except problems as error:
        if writer is not None:
            writer.abandon()
        raise InputError(f"{path}: not the Parquet file that --removed speaks of: {_first_line(error)}") from None


class _Rows:
    """The rows of a file, taken from its beginning on."""

    def __init__(self, file: Any, pa: Any) -> None:
        self._pa = pa
        self._groups = (file.read_row_group(number) for number in range(file.num_row_groups))
        self._table = file.schema_arrow.empty_table()

    def take(self, count: int) -> Any:
        while self._table.num_rows < count:
            group = next(self._groups, None)
            if group is None:
                raise ValueError("it has too few rows")
            self._table = self._pa.concat_tables([self._table, group])
        taken, self._table = self._table.slice(0, count), self._table.slice(count)
        return taken


def _shape(file: Any, column: str) -> Shape:
    data = file.metadata
    return Shape(file.schema_arrow, _codecs(data), column, [data.row_group(number).num_rows for number in range(data.num_row_groups)])


def _as_text(column: Any, kind: Any, pa: Any) -> Any:
    compute = importlib.import_module("pyarrow.compute")
    return compute.cast(column, options=compute.CastOptions(kind, allow_invalid_utf8=True))


def _column(table: Any, name: str, pa: Any) -> list[bytes | None]:
    return [text for batch in table.select([name]).to_batches() for text in _bytes(batch.column(0), pa)]


def _bytes(column: Any, pa: Any) -> list[bytes | None]:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    found: list[bytes | None] = column.cast(pa.large_binary()).to_pylist()
    return found


def _strings(column: Any, pa: Any) -> list[str | None]:
    return [None if value is None else value.decode("utf-8", "replace") for value in _bytes(column, pa)]


def _is_text(kind: Any, pa: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    names = ("is_string", "is_large_string", "is_binary", "is_large_binary", "is_string_view", "is_binary_view")
    return any(getattr(pa.types, name)(kind) for name in names if hasattr(pa.types, name))  # pyarrow 15 has no views


def _require_text(path: str, schema: Any, name: str, option: str, pa: Any) -> None:
    if name not in schema.names:
        raise InputError(f"{path}: no column {name!r} (there are: {', '.join(schema.names) or 'none'}); name the right one with {option}")
    kind = schema.field(name).type
    if not _is_text(kind, pa):
        raise InputError(f"{path}: column {name!r} is {kind}, not text; name the right one with {option}")


def _codecs(metadata: Any) -> dict[str, str]:
    """The compression of each column, as the first row group has it."""
    if not metadata.num_row_groups:
        return {}
    group = metadata.row_group(0)
    columns = (group.column(number) for number in range(group.num_columns))
    return {column.path_in_schema: "none" if column.compression == "UNCOMPRESSED" else column.compression.lower() for column in columns}


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]


def pyarrow(path: str = "") -> tuple[Any, Any]:
    """The library that reads and writes Parquet: its root and its Parquet module.

    Raises:
        MissingExtraError: when it is not installed.
    """
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise MissingExtraError(f"{path}: Parquet" if path else "Parquet", "parquet") from None
