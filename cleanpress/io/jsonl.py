"""One line of JSON Lines, changed by splicing: only the characters of the one value that changes are replaced.

So key order, spacing, big integers, long floats, duplicate keys and everything else in the line survive as they were,
and a line whose text does not change comes back as the very same bytes. No JSON library could promise that by decoding
and encoding. The standard library's scanner does the work, in C; where orjson is installed (extra ``fast``), a longer
run reads most lines with it, several times as fast, and writes the same bytes.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]  # public in name, missing in the stubs
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any, Final, NamedTuple

from cleanpress.io.records import BadRecord
from cleanpress.io.streams import Replaced, decode

# Numbers stay strings: they are never used, and an integer of 5,000 digits must not stop a line.
_scan = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).scan_once  # type: ignore[attr-defined]
# matches always, if only nothing
_space: Callable[[str, int], re.Match[str]] = re.compile(r"[ \t\n\r]*").match  # type: ignore[assignment]
_BACKSLASH: Final = ord("\\")
#: Lines after which a run pays for the import of orjson (20 ms).
QUICK_AFTER: Final = 200
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Legal inside JSON strings, but line breaks to many readers of lines (Python's str.splitlines, old JavaScript).
_BREAKS: Final[tuple[tuple[str, str], ...]] = (("\u0085", "\\u0085"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))


class Member(NamedTuple):
    """One value of an object and where its literal stands in the line."""

    value: Any
    start: int
    end: int


def encode_string(text: str, ascii_only: bool = False) -> str:
    """``text`` as a JSON string literal that is safe in a line.

    Characters beyond ASCII stay themselves, except the line breaks U+0085, U+2028 and U+2029.

    >>> print(encode_string('é "x"\\n\\u2028'), encode_string("é", ascii_only=True))
    "é \\"x\\"\\n\\u2028" "\\u00e9"
    """
    return encode_basestring_ascii(text) if ascii_only else line_safe(encode_basestring(text))


def line_safe(json_text: str) -> str:
    """JSON text with escapes for the line breaks U+0085, U+2028 and U+2029.

    In JSON these stand only inside strings, so they may be replaced without looking where they stand.

    >>> line_safe('["\u2028"]') == '["' + chr(92) + 'u2028"]'
    True
    """
    if not json_text.isascii():
        for char, escape in _BREAKS:
            if char in json_text:
                json_text = json_text.replace(char, escape)
    return json_text


def line_safe_bytes(data: bytes) -> bytes:
    """What :func:`line_safe` does, for JSON in UTF-8.

    >>> line_safe_bytes('["\u2028"]'.encode())
    b'["\\\\u2028"]'
    """
    if not data.isascii():
        for char, escape in _BREAKS:
            data = data.replace(char.encode(), escape.encode())
    return data


def json_bytes(json_text: str) -> bytes:
    """JSON text as UTF-8; lone surrogates, which UTF-8 does not have, as escapes.

    >>> json_bytes('"' + chr(0xD800) + '"').decode() == '"' + chr(92) + 'ud800"'
    True
    """
    try:
        return json_text.encode()
    except UnicodeEncodeError:
        # like the line breaks, they stand only inside strings
        return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", json_text).encode()


class JsonLine:
    """One JSON object in a line, its values readable by key and replaceable in place.

    Where a key stands twice, the last one counts, as for nearly all readers of JSON.

    Raises:
        BadRecord: when the line is not a JSON object.

    >>> line = JsonLine('{"id": 1e2, "text": "a\\\\u00e9", "n": 3}')
    >>> line.get("text"), line.raw("id")
    ('aé', '1e2')
    >>> line.with_text("text", "b")
    b'{"id": 1e2, "text": "b", "n": 3}'
    >>> line.with_text("body", "b")
    b'{"id": 1e2, "text": "a\\\\u00e9", "n": 3, "body": "b"}'
    """

    def __init__(self, line: str) -> None:
        self.line = line
        self.members: dict[str, Member] = {}
        #: Where the object's closing brace stands.
        self.close = 0
        try:
            self._walk(line)
        except json.JSONDecodeError as error:
            raise BadRecord("not-json", f"not JSON: {error.msg.removesuffix(' at')} at column {error.pos + 1}") from None
        except StopIteration as error:
            raise BadRecord("not-json", f"not JSON: no value at column {error.value + 1}") from None
        except RecursionError:
            raise BadRecord("not-json", "not JSON that can be read: nested too deeply") from None

    def _walk(self, line: str) -> None:
        at = _space(line, 0).end()
        if line[at : at + 1] != "{":
            value, end = _scan(line, at)
            self._expect_end(line, end)
            raise BadRecord("not-object", f"{_kind(value)}, not an object")
        at = _space(line, at + 1).end()
        if line[at : at + 1] == "}":
            self.close = at
            self._expect_end(line, at + 1)
            return
        members = self.members
        while True:
            if line[at : at + 1] != '"':
                raise json.JSONDecodeError("a key in double quotes is missing", line, at)
            key, at = scanstring(line, at + 1)
            at = _space(line, at).end()
            if line[at : at + 1] != ":":
                raise json.JSONDecodeError("':' is missing", line, at)
            at = _space(line, at + 1).end()
            value, end = _scan(line, at)
            members[key] = Member(value, at, end)
            at = _space(line, end).end()
            mark = line[at : at + 1]
            if mark == "}":
                self.close = at
                self._expect_end(line, at + 1)
                return
            if mark != ",":
                raise json.JSONDecodeError("the line ends inside an object" if not mark else "',' is missing", line, at)
            at = _space(line, at + 1).end()

    @staticmethod
    def _expect_end(line: str, at: int) -> None:
        at = _space(line, at).end()
        if at != len(line):
            raise json.JSONDecodeError("more than one value", line, at)

    def get(self, key: str) -> Any:
        """The value of ``key``; None when it is missing. Numbers come as the strings that they were written as."""
        member = self.members.get(key)
        return None if member is None else member.value

    def raw(self, key: str) -> str | None:
        """The literal of the value of ``key``, as it was written; None when it is missing."""
        member = self.members.get(key)
        return None if member is None else self.line[member.start : member.end]

    def string(self, key: str, option: str) -> str | None:
        """The string under ``key``, or None for ``null``.

        Args:
            key: the field's name.
            option: the option that names the field, for messages.

        Raises:
            BadRecord: when there is no such field or it is not a string.
        """
        member = self.members.get(key)
        if member is None:
            names = ", ".join(list(self.members)[:8]) + (", …" if len(self.members) > 8 else "")
            raise BadRecord("missing-field", f"no field {key!r} (there are: {names or 'none'}); name the right one with {option}")
        literal = self.line[member.start]
        if literal == '"':
            return str(member.value)
        if member.value is None:
            return None
        raise BadRecord("wrong-type", f"field {key!r} is {_kind(member.value, literal)}, not a string")

    def optional_string(self, key: str) -> str | None:
        """The string under ``key``; None when it is missing, empty or not a string."""
        member = self.members.get(key)
        return member.value or None if member is not None and self.line[member.start] == '"' else None

    def with_text(self, key: str, text: str) -> bytes:
        """The line with ``text`` under ``key``: in the old value's place, or as a last member.

        A value that was written in ASCII escapes is written so again.
        """
        member = self.members.get(key)
        if member is None:
            before = self.line[: self.close].rstrip(" \t\r\n") + (", " if self.members else "")
            return json_bytes(f"{before}{encode_string(key)}: {encode_string(text)}{self.line[self.close :]}")
        old = self.line[member.start : member.end]
        escaped = old.isascii() and isinstance(member.value, str) and not member.value.isascii()
        return json_bytes(self.line[: member.start] + encode_string(text, ascii_only=escaped) + self.line[member.end :])


class QuickLine:
    """What :class:`JsonLine` does, for a line that orjson could read; asks that class wherever it can't be sure.

    Args:
        data: the line.
        values: what orjson read in it.
        orjson: the module.
    """

    def __init__(self, data: bytes, values: dict[str, Any], orjson: Any) -> None:
        self.data = data
        self._values = values
        self._orjson = orjson

    def _exact(self) -> JsonLine:
        return JsonLine(self.data.decode())

    def raw(self, key: str) -> str | None:
        """As :meth:`JsonLine.raw`."""
        return self._exact().raw(key) if key in self._values else None

    def string(self, key: str, option: str) -> str | None:
        """As :meth:`JsonLine.string`."""
        value = self._values.get(key)
        return value if isinstance(value, str) else self._exact().string(key, option)

    def optional_string(self, key: str) -> str | None:
        """As :meth:`JsonLine.optional_string`."""
        value = self._values.get(key)
        return value or None if isinstance(value, str) else None

    def with_text(self, key: str, text: str) -> bytes:
        """As :meth:`JsonLine.with_text`."""
        found = self._literal(key)
        if found is None:
            return self._exact().with_text(key, text)
        start, end = found
        if self.data[start:end].isascii() and not self._values[key].isascii():
            literal = encode_basestring_ascii(text).encode()
        else:
            try:
                literal = self._orjson.dumps(text)
            except TypeError:  # lone surrogates
                return self._exact().with_text(key, text)
            if not text.isascii():
                for char, escape in _BREAKS:
                    if char in text:
                        literal = literal.replace(char.encode(), escape.encode())
        return b"".join((self.data[:start], literal, self.data[end:]))

    def _literal(self, key: str) -> tuple[int, int] | None:
        """Where the string under ``key`` stands, if that can be told without reading the line once more."""
        data = self.data
        if not isinstance(self._values.get(key), str):
            return None
        name = self._orjson.dumps(key)
        at = data.find(name)
        if at < 0 or data.find(name, at + 1) >= 0 or data[at - 1] not in b"{, \t\r\n":
            return None
        # one occurrence: it is the key, unless the key was written in escapes and this stands in an inner object
        if (b"\\u00" if key.isascii() else b"\\u") in data and data.count(b"{") > 1:
            return None
        colon = data.find(b":", at + len(name))
        start = data.find(b'"', colon)
        if data[at + len(name) : colon].strip() or data[colon + 1 : start].strip():
            return None
        end = start
        while True:
            end = data.find(b'"', end + 1)
            before = end - 1
            while data[before] == _BACKSLASH:
                before -= 1
            if (end - before) % 2:
                return start, end + 1


class LineReader:
    """Reads line after line, with orjson once a run is long enough to pay for its import."""

    def __init__(self) -> None:
        self._lines = 0
        self._orjson: Any = None

    def read(self, data: bytes) -> tuple[JsonLine | QuickLine, Replaced | None]:
        """The object in a line, and what of the line was not UTF-8.

        Raises:
            BadRecord: when the line is not a JSON object.
        """
        self._lines += 1
        if self._lines == QUICK_AFTER:
            with contextlib.suppress(ImportError):
                self._orjson = importlib.import_module("orjson")
        if self._orjson is not None:
            try:
                values = self._orjson.loads(data)
            except ValueError:
                pass  # what orjson refuses may still be read below, and the messages come from there
            else:
                if isinstance(values, dict):
                    return QuickLine(data, values, self._orjson), None
        text, replaced = decode(data)
        return JsonLine(text), replaced


def _kind(value: object, literal: str = "") -> str:
    if isinstance(value, bool):
        return "true or false"
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    # numbers are kept as strings; only the literal tells
    return "a number" if literal and literal != '"' else "a single value"
