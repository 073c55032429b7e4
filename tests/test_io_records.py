"""Cutting inputs into records."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanpress.io.inputs import Format, Input, format_of
from cleanpress.io.records import read_records, split


def inputs(form: Format, *paths: Path) -> list[Input]:
    return [Input(str(path), form, path.name) for path in paths]


@given(st.lists(st.binary(max_size=8).map(lambda b: b.replace(b"\n", b"")), max_size=6), st.booleans(), st.integers(1, 9))
def test_split_loses_nothing_for_any_chunking(lines: list[bytes], ended: bool, size: int) -> None:
    data = b"\n".join(lines) + b"\n" * ended
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    rows = list(split(pieces, b"\n"))
    assert b"".join(a + b for a, b in rows) == data
    assert all(end == b"\n" for _, end in rows[:-1])
    assert all(b"\n" not in a for a, _ in rows)
    assert rows == list(split([data], b"\n"))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.jsonl", "jsonl"),
        ("a.ndjson.zst", "jsonl"),
        ("a.JSONL.gz", "jsonl"),
        ("a.htm", "html"),
        ("a.html.gz", "html"),
        ("a.txt", "text"),
        ("-", "text"),
        ("gz", "text"),
    ],
)
def test_format_by_suffix(name: str, form: str) -> None:
    assert format_of(name) == form


def test_records_are_counted_in_their_input_and_in_the_run(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two.gz"
    one.write_bytes(b"\xef\xbb\xbfa\n\nb")
    two.write_bytes(gzip.compress(b"c\r\n"))
    rows = [(Path(r.source).name, r.input, r.number, r.ordinal, r.data, r.end, r.bom) for r in read_records(inputs("jsonl", one, two))]
    assert rows == [
        ("one", 0, 1, 1, b"a", b"\n", True),
        ("one", 0, 2, 2, b"", b"\n", False),
        ("one", 0, 3, 3, b"b", b"", False),
        ("two.gz", 1, 1, 4, b"c\r", b"\n", False),
    ]


def test_text_is_one_record_and_nothing_is_none(tmp_path: Path) -> None:
    full, empty = tmp_path / "full", tmp_path / "empty"
    full.write_bytes(b"a\nb\n")
    empty.write_bytes(b"")
    assert [r.data for r in read_records(inputs("text", full, empty))] == [b"a\nb\n"]
    assert [r.data for r in read_records(inputs("html", full))] == [b"a\nb\n"]


def test_nul_separated(tmp_path: Path) -> None:
    file = tmp_path / "many"
    file.write_bytes(b"a\nb\0\0c")
    assert [(r.data, r.end) for r in read_records(inputs("text", file), null=True)] == [(b"a\nb", b"\0"), (b"", b"\0"), (b"c", b"")]


def test_html_keeps_its_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "page"
    file.write_bytes(b"\xff\xfe<\0p\0>\0")
    assert [r.data for r in read_records(inputs("html", file))] == [b"\xff\xfe<\0p\0>\0"]


def test_a_broken_input_ends_with_its_problem_and_the_next_goes_on(tmp_path: Path) -> None:
    broken, good = tmp_path / "broken.gz", tmp_path / "good"
    broken.write_bytes(gzip.compress(b"a\nb\n")[:-6])
    good.write_bytes(b"c\n")
    rows = list(read_records(inputs("jsonl", broken, tmp_path / "gone", good)))
    assert [r.data for r in rows] == [b"a", b"b", b"", b"", b"c"]
    assert "broken.gz: can't be read past byte 4" in str(rows[2].problem)
    assert "gone: can't be opened: No such file" in str(rows[3].problem)
    assert [r.ordinal for r in rows] == [1, 2, 3, 4, 5]
