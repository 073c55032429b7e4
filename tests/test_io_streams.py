"""Bytes in and out: byte order marks, wide encodings, compression, damage, files that appear only when complete."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanpress.errors import InputError, MissingExtraError
from cleanpress.io import streams

TEXT = "Die Brücke blieb gesperrt.\nのりば 𝄞\n"


def everything(data: bytes, size: int = 3) -> tuple[bool, bytes]:
    pieces = iter([data[i : i + size] for i in range(0, len(data), size)])
    bom, rest = streams.without_bom(pieces)
    return bom, b"".join(rest)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_wide_encodings_become_utf8(encoding: str, size: int) -> None:
    mark = "\ufeff".encode(encoding)
    assert everything(mark + TEXT.encode(encoding), size) == (False, TEXT.encode())


def test_utf8_mark_is_taken_off_and_told() -> None:
    assert everything(b"\xef\xbb\xbf" + TEXT.encode()) == (True, TEXT.encode())
    assert everything(b"\xef\xbb") == (False, b"\xef\xbb")
    assert everything(b"") == (False, b"")


@pytest.mark.parametrize(
    "damage",
    ["a".encode("utf-16-le") + b"\x00\xd8" + "b".encode("utf-16-le"), "ab".encode("utf-16-le") + b"c"],
    ids=["lone surrogate", "half a character"],
)
def test_damage_in_utf16_is_reported_like_any_other(damage: bytes) -> None:
    _, data = everything(b"\xff\xfe" + damage)
    text, replaced = streams.decode(data)
    assert replaced is not None
    assert text.startswith("a")
    assert "\ufffd" in text


def test_decode_tells_where_and_how_often() -> None:
    text, replaced = streams.decode(b"one\xff two \xef\xbf\xbd three\xfe")
    assert text == "one\ufffd two \ufffd three\ufffd"
    assert replaced == streams.Replaced(offset=3, places=2)
    assert str(replaced) == "not UTF-8 at byte 3 (and 1 more replacements)"


@given(st.text())
def test_encode_undoes_decode(text: str) -> None:
    assert streams.decode(streams.encode(text)) == (text, None)


def test_encode_has_an_answer_for_lone_surrogates() -> None:
    assert streams.encode("a\ud800\U0001f600b").decode() == "a\ufffd\U0001f600b"


def test_gzip_with_several_members(tmp_path: Path) -> None:
    file = tmp_path / "a.txt.gz"
    file.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    assert b"".join(streams.chunks(streams.open_input(str(file)), "a")) == b"one\ntwo\n"


def test_truncated_gzip_gives_what_it_has_and_then_says_where_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    plain = os.urandom(400_000)
    file.write_bytes(gzip.compress(plain)[:-50_000])
    got = b""
    with pytest.raises(InputError, match=r"a\.gz: can't be read past byte \d+ of its content: .*end-of-stream") as caught:
        for chunk in streams.chunks(streams.open_input(str(file)), "a.gz"):
            got += chunk
    assert len(got) > 100_000
    assert plain.startswith(got)
    assert f"byte {len(got)} " in str(caught.value)


def test_gzip_by_name_only(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(b"plain text")
    with pytest.raises(InputError, match="byte 0 of its content"):
        list(streams.chunks(streams.open_input(str(file)), "a.gz"))


def test_zstandard_both_ways(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    file = tmp_path / "a.zst"
    with streams.Output(str(file)) as output:
        output.write(b"one\n")
        output.write(b"two\n")
        output.keep()
    file.write_bytes(file.read_bytes() + zstandard.compress(b"three\n" * 100_000))
    assert b"".join(streams.chunks(streams.open_input(str(file)), "a")) == b"one\ntwo\n" + b"three\n" * 100_000


def test_truncated_zstandard_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    file = tmp_path / "a.zst"
    whole = zstandard.compress(os.urandom(300_000))
    file.write_bytes(whole[:-10])
    with pytest.raises(InputError, match="middle of a frame"):
        list(streams.chunks(streams.open_input(str(file)), "a.zst"))
    file.write_bytes(whole + b"rubbish")
    with pytest.raises(InputError, match="byte 300000 of its content"):
        list(streams.chunks(streams.open_input(str(file)), "a.zst"))


def test_missing_zstandard_names_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    (tmp_path / "a.zst").write_bytes(b"")
    with pytest.raises(MissingExtraError, match=r"pip install cleanpress\[zstd\]"):
        streams.open_input(str(tmp_path / "a.zst"))
    with pytest.raises(MissingExtraError, match=r"pip install cleanpress\[zstd\]"):
        streams.Output(str(tmp_path / "b.zst"))
    assert [f.name for f in tmp_path.iterdir()] == ["a.zst"]


def test_chunks_calls_before_each_wait() -> None:
    calls = []
    assert list(streams.chunks(io.BufferedReader(io.BytesIO(b"abc")), "x", lambda: calls.append(1))) == [b"abc"]
    assert len(calls) == 2


def test_output_appears_when_it_is_kept_and_not_before(tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    with streams.Output(str(file)) as output:
        output.write(b"new")
        assert not file.exists()
        output.keep()
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("how", ["error", "not kept"])
def test_output_of_a_run_that_failed_leaves_the_old_file(tmp_path: Path, how: str) -> None:
    file = tmp_path / "out.txt"
    file.write_bytes(b"old")
    try:
        with streams.Output(str(file)) as output:
            output.write(b"new")
            if how == "error":
                raise KeyError
    except KeyError:
        pass
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_output_keeps_mode_and_link_of_the_file_it_replaces(tmp_path: Path) -> None:
    file, link = tmp_path / "out.txt", tmp_path / "link"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    with streams.Output(str(link)) as output:
        output.write(b"new")
        output.keep()
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_compressed_output_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a.gz", "b.gz"):
        with streams.Output(str(tmp_path / name)) as output:
            output.write(b"the same")
            output.keep()
    one, two = ((tmp_path / name).read_bytes() for name in ("a.gz", "b.gz"))
    assert one == two
    assert one[3:8] == bytes(5), "no name, no time"
    assert gzip.decompress(one) == b"the same"


def test_output_to_a_device_is_written_in_place() -> None:
    with streams.Output(os.devnull) as output:
        output.write(b"gone")
        output.keep()
    assert not Path(os.devnull).is_file()


def test_output_in_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be written: No such file"):
        streams.Output(str(tmp_path / "nowhere" / "out.txt"))
