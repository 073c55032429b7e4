"""The ``--removed`` file: JSON Lines that say what was cut, from which the input can be restored byte for byte.

Its first line is a header; each further line belongs to one record, and records that came through unchanged have none.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from cleanpress.errors import InputError
from cleanpress.io.jsonl import JsonLine, encode_string, json_bytes
from cleanpress.io.records import BadRecord, Record, split
from cleanpress.io.streams import UTF8_BOM, encode, without_bom
from cleanpress.io.views import json_row
from cleanpress.types import Removed, Result

SCHEMA: Final = "cleanpress.removed/1"


def header(*, field: str | None, null: bool, version: str, rules_hash: str, profile: str) -> bytes:
    """The first line of the file.

    Args:
        field: where the text stands in a line of JSON, None for plain text.
        null: whether NULs end the records.
        version: of the library.
        rules_hash: of the rules that were used.
        profile: the profile's name.
    """
    return json_row({"schema": SCHEMA, "field": field, "null": null, "version": version, "rules_hash": rules_hash, "profile": profile})


def row(record: Record, removed: Sequence[Removed] | None, *, dropped: bool, literal: str | None) -> bytes:
    """The line of one record.

    Args:
        record: what was read.
        removed: what was cut out of its text; None when the record can only be restored as a whole.
        dropped: whether it is missing from the output.
        literal: the JSON literal that its text was written as.
    """
    data: dict[str, Any] = {"ordinal": record.ordinal, "source": record.source, "record": record.number}
    if removed is None:
        data["dropped"] = dropped
        data["original"] = base64.b64encode(record.data + record.end * dropped).decode()
        return json_row(data)
    data["removed"] = [{"start": r.start, "end": r.end, "category": r.category, "text": r.text} for r in removed]
    if literal is not None:
        # most writers of JSON escape in one of two ways; the literals of the others are kept
        text = json.loads(literal, strict=False)
        if literal == encode_string(text, ascii_only=True):
            data["ascii"] = True
        elif literal != encode_string(text):
            data["literal"] = literal
    return json_row(data)


def restore(output: Iterable[bytes], rows: Iterable[bytes]) -> Iterator[bytes]:
    """The input of a run, rebuilt piece by piece from its output and its sidecar.

    Args:
        output: what the run wrote, in pieces of any size.
        rows: the sidecar file, in pieces of any size.

    Raises:
        InputError: when the two don't belong together.

    >>> side = header(field=None, null=False, version="1", rules_hash="", profile="careful")
    >>> side += b'{"ordinal": 1, "removed": [{"start": 0, "end": 6, "category": "social", "text": "Share\\\\n"}]}\\n'
    >>> b"".join(restore([b"Rain fell."], [side]))
    b'Share\\nRain fell.'
    """
    lines = (json.loads(line) for line, _ in split(rows, b"\n"))
    head = next(lines, None)
    if not isinstance(head, dict) or head.get("schema") != SCHEMA:
        raise InputError(f"not a file that --removed wrote: its first line should be a header with schema {SCHEMA!r}")
    field: str | None = head["field"]
    bom, pieces = without_bom(iter(output))
    if bom:
        yield UTF8_BOM
    if field is None and not head["null"]:
        # the whole output is one record, even where nothing is left of it
        records = iter([(b"".join(pieces), b"")])
    else:
        records = split(pieces, b"\0" if head["null"] else b"\n")
    ordinal = 0
    for entry in lines:
        for data, end in _until(entry["ordinal"] - 1 - ordinal, records):
            yield data + end
        ordinal = entry["ordinal"]
        if entry.get("dropped"):
            yield base64.b64decode(entry["original"])
            continue
        for data, end in _until(1, records):
            yield _restored(data, entry, field) + end
    for data, end in records:
        yield data + end


def _until(count: int, records: Iterator[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(count):
        found = next(records, None)
        if found is None:
            raise InputError("the output ends before the last record of which the sidecar speaks")
        yield found


def _restored(data: bytes, entry: dict[str, Any], field: str | None) -> bytes:
    if "original" in entry:
        return base64.b64decode(entry["original"])
    removed = tuple(Removed(r["start"], r["end"], r["text"], r["category"]) for r in entry["removed"])
    try:
        if field is None:
            return encode(Result(data.decode(), (), removed).restore())
        line = JsonLine(data.decode())
        member = line.members[field]
        text = Result(str(member.value), (), removed).restore()
        literal = entry.get("literal") or encode_string(text, ascii_only=entry.get("ascii", False))
        return json_bytes(line.line[: member.start] + literal + line.line[member.end :])
    except (BadRecord, KeyError, UnicodeDecodeError):
        raise InputError(f"record {entry['ordinal']} of the output is not what the sidecar speaks of") from None
