"""WARC and WET: cutting into records, damage, the HTTP part."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import Run, run  # noqa: F401 (a fixture)

from cleanpress.errors import InputError
from cleanpress.io import warc
from cleanpress.io.warc import Piece, page_of, split_records

PAGE = b"<html><p>Rain fell.\nAD Buy</p></html>"


def record(kind: str, content: bytes, declared: str = "text/plain", length: int | str | None = None, more: str = "") -> bytes:
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{kind}>\r\nWARC-Target-URI: https://a.test/x\r\n{more}"
    head += f"Content-Type: {declared}\r\nContent-Length: {len(content) if length is None else length}\r\n\r\n"
    return head.encode() + content + b"\r\n\r\n"


def response(body: bytes, head: str = "Content-Type: text/html; charset=utf-8", status: str = "200 OK") -> bytes:
    return record("response", f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode() + body, "application/http; msgtype=response")


def pieces(data: bytes, size: int = 1 << 16) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def contents(data: bytes, size: int = 1 << 16) -> list[tuple[bytes, bool]]:
    return [(piece.data.partition(b"\r\n\r\n")[2], piece.damage is not None) for piece in split_records(pieces(data, size), "f")]


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(1, 50))
def test_any_content_comes_back_for_any_chunking(bodies: list[bytes], size: int) -> None:
    data = record("warcinfo", b"x") + b"".join(record("conversion", body) for body in bodies)
    assert contents(data, size) == [(body, False) for body in bodies]


@pytest.mark.parametrize("length", [0, 3, 9, 60, 5000, 10**15, "many", "-4"])
@pytest.mark.parametrize("size", [5, 1 << 16])
def test_a_wrong_length_is_told_and_the_next_record_found(length: int | str, size: int) -> None:
    data = record("conversion", b"first of all", length=length) + record("conversion", b"second " * 100) + record("conversion", b"third")
    assert contents(data, size) == [(b"first of all", True), (b"second " * 100, False), (b"third", False)]


def test_damage_names_the_offset() -> None:
    first = record("conversion", b"one")
    [_, second] = split_records(pieces(first + record("conversion", b"two and more", length=2)), "f")
    assert second == Piece(second.data, f"the record at byte {len(first)} says it has 2 bytes, but has 12: read up to the next one")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html>", r"f: not a WARC record at byte 0 "),
        (
            record("conversion", b"one") + record("conversion", b"two", length=90),
            r"f: the record at byte 161 .* says it has 90 bytes, but the file ends",
        ),
        (record("conversion", b"one")[:30], r"f: the file ends inside the record at byte 0 "),
    ],
)
def test_a_file_that_ends_too_soon_or_is_none(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(split_records(pieces(data), "f"))


def test_http_is_decoded() -> None:
    pytest.importorskip("fastwarc")
    packed = gzip.compress(PAGE)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE)
    for raw in (
        response(PAGE),
        response(packed, "Content-Type: text/html\r\nContent-Encoding: gzip"),
        response(chunked, "Content-Type: text/html\r\nTransfer-Encoding: chunked"),
    ):
        page = page_of(raw.removesuffix(b"\r\n\r\n"))
        assert page is not None and page.is_html and page.content == PAGE and page.url == "https://a.test/x"
    for none in (response(PAGE, "Content-Type: image/png"), response(PAGE, status="404 Not Found"), record("resource", b"x", "image/png")):
        assert page_of(none) is None
    with pytest.raises(InputError, match="HTTP"):
        page_of(record("response", b"rubbish", "application/http"))


def test_a_missing_fastwarc_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fastwarc.warc", None)
    with pytest.raises(ImportError, match=r"pip install cleanpress\[warc\]"):
        warc.fastwarc()


def test_the_command_reads_warc_and_wet(run: Run, tmp_path: Path) -> None:  # noqa: F811
    pytest.importorskip("fastwarc")
    text = "Rain fell.\nAD Buy\n"
    records = [
        record("warcinfo", b"x"),
        response(PAGE),
        response(b"GIF", "Content-Type: image/gif"),
        response(b"", "Content-Type: text/html"),
    ]
    (tmp_path / "a.warc.gz").write_bytes(b"".join(gzip.compress(r) for r in records))
    (tmp_path / "b.wet").write_bytes(
        record("conversion", text.encode(), more="WARC-Identified-Content-Language: deu\r\n")
        + record("conversion", b"BOOM")
        + record("conversion", b"short\nAD", length=2)
    )
    ran = run(tmp_path / "a.warc.gz", tmp_path / "b.wet")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["text"] for row in rows] == ["Rain fell.\n", "", "Rain fell.\n", "BOOM", "short\n"]
    assert rows[2] == {
        "id": "<urn:uuid:conversion>", "url": "https://a.test/x", "date": None, "lang": "deu", "title": None, "text": "Rain fell.\n",
    }  # fmt: skip
    assert rows[3]["error"] == "cleaner" and ran.code == 0
    assert f"{tmp_path}/b.wet#3: the record at byte " in ran.err and "says it has 2 bytes, but has 8" in ran.err
    ran = run(tmp_path / "b.wet", "--on-error", "skip")
    assert [row["text"] for row in ran.lines()] == ["Rain fell.\n"]
    assert run(tmp_path / "b.wet", "--on-error", "fail", "-o", tmp_path / "out").code == 2
    assert not (tmp_path / "out").exists()
