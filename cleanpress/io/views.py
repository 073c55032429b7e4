"""What ``--explain`` and ``--check`` print for one record."""

from __future__ import annotations

import json
from typing import Any, Final

from cleanpress.io.jsonl import json_bytes, line_safe
from cleanpress.types import Result

EXPLAIN_SCHEMA: Final = "cleanpress.explain/1"
#: How much of a removed text ``--check`` shows (code points).
SHOWN: Final = 80


def json_row(row: dict[str, Any]) -> bytes:
    """One line of JSON Lines in UTF-8, with the line end.

    >>> json_row({"é": [1, "\\u2028"]})
    b'{"\\xc3\\xa9": [1, "\\\\u2028"]}\\n'
    """
    return json_bytes(line_safe(json.dumps(row, ensure_ascii=False))) + b"\n"


def explain_row(result: Result, *, source: str, record: int, identity: Any, url: str | None, note: dict[str, str]) -> bytes:
    """The line of ``--explain`` for a cleaned document.

    Args:
        result: what the cleaner says.
        source: name of the input.
        record: line or place of the document in it.
        identity: what stands under ``id`` in the record, if anything.
        url: where the page stood, if known.
        note: version and hash of the rules.
    """
    return json_row(
        {
            "schema": EXPLAIN_SCHEMA,
            **note,
            "source": source,
            "record": record,
            "id": identity,
            "url": url,
            "language": result.language,
            "profile": result.profile,
            "title": result.title,
            "text": result.text,
            "removed": [{"start": r.start, "end": r.end, "category": r.category, "text": r.text} for r in result.removed],
            "verdicts": [
                {
                    "start": v.start,
                    "end": v.end,
                    "category": v.category,
                    "removed": v.removed,
                    "score": round(v.score, 6),
                    "rules": list(v.rules),
                    "shares": [[name, round(share, 6)] for name, share in v.shares],
                }
                for v in result.verdicts
            ],
            "expected_lost": round(result.expected_lost, 6),
            "expected_left": round(result.expected_left, 6),
            "truncated": list(result.truncated),
            "warnings": list(result.warnings),
            "error": None,
        }
    )


def error_row(kind: str, message: str, *, source: str, record: int, note: dict[str, str]) -> bytes:
    """The line of ``--explain`` for a record that could not be cleaned."""
    return json_row({"schema": EXPLAIN_SCHEMA, **note, "source": source, "record": record, "error": {"kind": kind, "message": message}})


def check_lines(result: Result, source: str, place: str, *, count_lines: bool) -> str:
    """One line for each stretch that would be removed: ``place: category: text``.

    Args:
        result: what the cleaner says.
        source: the text that it read.
        place: name of the input, with the record where there are many.
        count_lines: whether to add the line of the text at which the stretch begins.
    """
    out: list[str] = []
    line, at = 1, 0
    for piece in result.removed:
        where = place
        if count_lines:
            # white space that goes along at the cut is not what the reader looks for
            begin = piece.start + len(piece.text) - len(piece.text.lstrip())
            line += source.count("\n", at, begin)
            at = max(at, begin)
            where = f"{place}:{line}"
        out.append(f"{where}: {piece.category}: {shortened(piece.text)}\n")
    return "".join(out)


def shortened(text: str) -> str:
    """A text on one short line, fit for a terminal.

    >>> shortened("Sign up\\n for\\x1b[2J more " + "x" * 100)
    'Sign up for [2J more xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'
    """
    start = text.lstrip()[: SHOWN * 4]
    words = " ".join("".join(c if c.isprintable() else " " for c in start).split())
    return words if len(words) <= SHOWN and len(text.strip()) <= SHOWN * 4 else words[: SHOWN - 1].rstrip() + "…"
