"""The ``--removed`` file: JSON Lines that say what was cut, from which the input can be restored.

Its first line is a header; each further line belongs to one record, and records that came through unchanged have none.
What the output has nothing of (a page's HTML, a record that was left out, what stands between the documents of a WARC file)
is in it as it was.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, Final

from cleanpress.errors import InputError
from cleanpress.io.inputs import PACKED, Format
from cleanpress.io.jsonl import JsonLine, encode_string, json_bytes
from cleanpress.io.records import BadRecord, Record, split
from cleanpress.io.streams import UTF8_BOM, encode, without_bom
from cleanpress.io.views import json_row
from cleanpress.types import Removed, Result

if TYPE_CHECKING:
    from cleanpress.io.parquet import Shape

SCHEMA: Final = "cleanpress.removed/1"
_SUFFIX: Final = ".removed.jsonl"


def header(
    form: Format, *, field: str | None, null: bool, version: str, rules_hash: str, profile: str, shape: Shape | None = None
) -> bytes:
    """The first line of the file.

    Args:
        form: what the input was.
        field: where the text stands in a line of JSON or a row, None for plain text.
        null: whether NULs end the records.
        version: of the library.
        rules_hash: of the rules that were used.
        profile: the profile's name.
        shape: of a Parquet file, what it looked like.
    """
    row: dict[str, Any] = {"schema": SCHEMA, "format": form, "field": field, "null": null}
    row.update(version=version, rules_hash=rules_hash, profile=profile)
    if shape is not None:
        row["row_groups"] = shape.row_groups
        row["note"] = None if shape.note is None else base64.b64encode(shape.note).decode()
    return json_row(row)


def row(record: Record, removed: Sequence[Removed] | None, *, ordinal: int, dropped: bool, literal: str | None) -> bytes:
    """The line of one record.

    Args:
        record: what was read.
        removed: what was cut out of its text; None when the record can only be restored as a whole.
        ordinal: its place among the records of its output, those that were left out counted.
        dropped: whether it is missing from the output.
        literal: the JSON literal that its text was written as.
    """
    data: dict[str, Any] = {"ordinal": ordinal, "source": record.source, "record": record.number}
    if record.bom:
        data["bom"] = True
    if removed is None:
        data["dropped"] = dropped
        data["original"] = base64.b64encode(record.before + record.data + record.end * dropped).decode()
        return json_row(data)
    if record.form == "warc":
        from cleanpress.io.warc import parted

        # headers are nearly always ASCII, and so can be read; any byte has a character of its own here
        data["head"] = (record.before + parted(record.data)[0]).decode("latin-1")
    data["removed"] = [{"start": r.start, "end": r.end, "category": r.category, "text": r.text} for r in removed]
    if literal is not None:
        # most writers of JSON escape in one of two ways; the literals of the others are kept
        text = json.loads(literal, strict=False)
        if literal == encode_string(text, ascii_only=True):
            data["ascii"] = True
        elif literal != encode_string(text):
            data["literal"] = literal
    return json_row(data)


def with_row(line: bytes, table_row: bytes) -> bytes:
    """The line of a row that is missing from the output, with the row itself, all columns of it, as an Arrow stream."""
    data = json.loads(line)
    del data["original"]
    return json_row({**data, "row": base64.b64encode(table_row).decode()})


def name_for(relative: str) -> str:
    """What the sidecar of an input is called under a folder.

    >>> name_for("a/news.jsonl.gz"), name_for("part-0.parquet")
    ('a/news.jsonl.removed.jsonl.gz', 'part-0.parquet.removed.jsonl')
    """
    packed = next((p for p in PACKED if relative.lower().endswith(p)), "")
    return relative[: len(relative) - len(packed)] + _SUFFIX + packed


def input_of(name: str) -> str | None:
    """The path of the input whose sidecar is called so under a folder; None when no sidecar is.

    >>> input_of("a/news.jsonl.removed.jsonl.gz"), input_of("a/news.jsonl")
    ('a/news.jsonl.gz', None)
    """
    packed = next((p for p in PACKED if name.lower().endswith(p)), "")
    path = name[: len(name) - len(packed)]
    return path.removesuffix(_SUFFIX) + packed if path.endswith(_SUFFIX) else None


def opened(rows: Iterable[bytes], name: str = "") -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    """The header of a sidecar, and its further lines.

    Args:
        rows: the file, in pieces of any size.
        name: what to call it in messages.

    Raises:
        InputError: when it is no such file.
    """
    lines = (json.loads(line) for line, _ in split(rows, b"\n"))
    try:
        head = next(lines, None)
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get("schema") != SCHEMA:
        raise InputError(f"{name or 'it is'}: not a file that --removed wrote: its first line should be a header with schema {SCHEMA!r}")
    return head, lines


def restore(output: Iterable[bytes], head: dict[str, Any], entries: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """The input of a run, rebuilt piece by piece from its output and its sidecar; all formats but Parquet.

    Args:
        output: what the run wrote, in pieces of any size.
        head: the sidecar's header.
        entries: its further lines.

    Raises:
        InputError: when the two don't belong together.

    >>> side = header("text", field=None, null=False, version="1", rules_hash="", profile="careful")
    >>> side += b'{"ordinal": 1, "removed": [{"start": 0, "end": 6, "category": "social", "text": "Share\\\\n"}]}\\n'
    >>> b"".join(restore([b"Rain fell."], *opened([side])))
    b'Share\\nRain fell.'
    """
    form: Format = head["format"]
    bom, pieces = without_bom(iter(output))
    if bom:
        yield UTF8_BOM
    if form in ("text", "html") and not head["null"]:
        # the whole output is one record, even where nothing is left of it
        records = iter([(b"".join(pieces), b"")])
    else:
        records = split(pieces, b"\0" if head["null"] else b"\n")
        if head["null"]:
            # of a last document without a NUL nothing may be left, not even its end
            records = chain(records, [(b"", b"")])
    ordinal = 0
    for entry in entries:
        for data, end in _until(entry["ordinal"] - 1 - ordinal, records):
            yield data + end
        ordinal = entry["ordinal"]
        if entry.get("bom") and not (bom and ordinal == 1):
            yield UTF8_BOM
        if entry.get("dropped"):
            yield base64.b64decode(entry["original"])
            continue
        for data, end in _until(1, records):
            # of a WARC file the output has lines of JSON, whose ends stood in none of its records
            yield _restored(data, entry, head) + (b"" if form == "warc" else end)
    for data, end in records:
        yield data + end


def _until(count: int, records: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(count):
        found = next(records, None)
        if found is None:
            raise InputError("the output ends before the last record of which the sidecar speaks")
        yield found


def _restored(data: bytes, entry: dict[str, Any], head: dict[str, Any]) -> bytes:
    if "original" in entry:
        return base64.b64decode(entry["original"])
    try:
        if head["format"] == "text":
            return encode(_whole(data.decode(), entry))
        line = JsonLine(data.decode())
        if head["format"] == "warc":
            return str(entry["head"]).encode("latin-1") + encode(_whole(str(line.members["text"].value), entry))
        member = line.members[head["field"]]
        text = _whole(str(member.value), entry)
        literal = entry.get("literal") or encode_string(text, ascii_only=entry.get("ascii", False))
        return json_bytes(line.line[: member.start] + literal + line.line[member.end :])
    except (BadRecord, KeyError, UnicodeDecodeError):
        raise InputError(f"record {entry['ordinal']} of the output is not what the sidecar speaks of") from None


def _whole(text: str, entry: dict[str, Any]) -> str:
    """The text of a record with all that was cut out of it."""
    removed = tuple(Removed(r["start"], r["end"], r["text"], r["category"]) for r in entry["removed"])
    return Result(text, (), removed).restore()


def _old_cell(entry: dict[str, Any], data: bytes) -> bytes:
    return base64.b64decode(entry["original"]) if "original" in entry else encode(_whole(data.decode(), entry))


def restore_table(path: str, head: dict[str, Any], entries: Iterable[dict[str, Any]], stream: IO[bytes]) -> None:
    """The Parquet file of a run, written again from its output and its sidecar, row group by row group.

    Schema, metadata, row groups, compression and every value are those of the input; its bytes are where the same version of
    the same library wrote it.

    Args:
        path: the output of the run.
        head: the sidecar's header.
        entries: its further lines.
        stream: where to write; stays open.

    Raises:
        InputError: when the two don't belong together, or the output can't be read.
        MissingExtraError: when pyarrow is not installed.
    """
    from cleanpress.io.parquet import Mended, write_again

    def mended() -> Iterator[tuple[int, Mended]]:
        for entry in entries:
            if "row" in entry:
                yield entry["ordinal"], Mended(row=base64.b64decode(entry["row"]))
            else:
                yield entry["ordinal"], Mended(text=partial(_old_cell, entry))

    note = None if head["note"] is None else base64.b64decode(head["note"])
    write_again(path, head["field"], head["row_groups"], note, mended(), stream)
