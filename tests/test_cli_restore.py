"""``--removed`` and ``--restore`` for folders, Parquet and WARC: the input comes back as it was."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from test_cli import Run, run  # noqa: F401 (a fixture)
from test_io_warc import PAGE, record, response

BAD = b'rubbish\n{"text": 7}\n'


def restored(run: Run, source: Path, *options: str | Path, back: str = "") -> Path:  # noqa: F811
    """What comes back of a run with these options; checks that something was cut."""
    root = source.parent
    out, cut, again = root / f"out{back}", root / "cut", root / f"back{back}"
    assert run(source, "-o", out, "--removed", cut, *options).code == 0
    ran = run("--restore", cut, out, "-o", again)
    assert (ran.code, ran.out, ran.err) == (0, b"", "")
    return again


# --- folders -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["report", "skip"])
def test_a_folder_comes_back(run: Run, tmp_path: Path, policy: str) -> None:  # noqa: F811
    source = tmp_path / "in"
    contents = {
        "a.txt": b"\xef\xbb\xbfRain fell.\nAD\n",
        "b.txt": b"\xef\xbb\xbfAD",
        "none.txt": b"",
        "same.txt": b"Snow.",
        "deep/c.jsonl": b'\xef\xbb\xbf{"text": "x\\nAD"}\n\n' + BAD + b'{"text": "a\\/b\\nAD"}',
        "deep/d.html": "<p>Snow.\nAD é</p>".encode("latin-1"),
        "deep/e.html": b"<p>BOOM</p>",
    }
    if policy == "skip":  # which leaves out a whole text, and then its output is empty
        contents["f.txt"] = b"caf\xe9\nAD"
    for name, data in contents.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(data)
    again = restored(run, source, "--on-error", policy)
    assert {str(path.relative_to(again)): path.read_bytes() for path in again.rglob("*") if path.is_file()} == contents
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"\xef\xbb\xbfRain fell.\n"
    assert (tmp_path / "cut" / "deep" / "d.html.removed.jsonl").is_file()


def test_compressed_files_have_compressed_sidecars(run: Run, tmp_path: Path) -> None:  # noqa: F811
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x\\nAD"}\n'))
    again = restored(run, source)
    assert gzip.decompress((again / "a.jsonl.gz").read_bytes()) == b'{"text": "x\\nAD"}\n'
    head, row = gzip.decompress((tmp_path / "cut" / "a.jsonl.removed.jsonl.gz").read_bytes()).splitlines()
    assert (json.loads(head)["format"], json.loads(row)["ordinal"]) == ("jsonl", 1)


def test_folders_that_don_t_belong_together_are_told(run: Run, tmp_path: Path) -> None:  # noqa: F811
    source, out, cut = tmp_path / "in", tmp_path / "out", tmp_path / "cut"
    source.mkdir()
    (source / "a.txt").write_text("x\nAD")
    (source / "b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x\\nAD"}\n')[:-4])
    assert run(source, "-o", out, "--removed", cut).code == 2
    assert "and -o for the one to write" in run("--restore", cut, out).err
    assert "b.jsonl.gz.incomplete is not all of it" in run("--restore", cut, out, "-o", tmp_path / "back").err
    assert "no file in it that --removed wrote" in run("--restore", source, out, "-o", tmp_path / "back").err
    (out / "a.txt").unlink()
    assert f"{out}/a.txt, is not there" in run("--restore", cut, out, "-o", tmp_path / "back").err


# --- WARC ----------------------------------------------------------------------------------------------------------


def archive() -> bytes:
    wet = "Rain fell.\nAD Buy é\n".encode()
    lone = record("conversion", b"x\nAD").replace(b"\r\n", b"\n")  # lines ended by a line feed alone
    return b"\r\n" + b"".join(
        [
            record("warcinfo", b"made by a test"),
            record("conversion", wet, more="WARC-Identified-Content-Language: deu\r\nX-Odd: \xff\r\n"),
            record("request", b"GET / HTTP/1.1\r\n\r\n"),
            record("metadata", b"x"),
            response(PAGE),
            response(b"GIF", "Content-Type: image/gif"),
            record("response", b"rubbish", "application/http"),
            record("conversion", b"BOOM"),
            record("conversion", b"caf\xe9\nAD"),
            lone,
            record("conversion", b"short\nAD", length=2),
            record("request", b"GET / HTTP/1.1\r\n\r\n"),
        ]
    )


@pytest.mark.parametrize("options", [[], ["--on-error", "skip"], ["-j", "2"]])
def test_warc_comes_back(run: Run, tmp_path: Path, options: list[str]) -> None:  # noqa: F811
    pytest.importorskip("fastwarc")
    source = tmp_path / "in.warc.gz"
    source.write_bytes(gzip.compress(archive()))
    again = restored(run, source, *options, back=".jsonl")
    assert again.read_bytes() == archive()
    rows = [json.loads(line) for line in (tmp_path / "cut").read_text().splitlines()[1:]]
    cut = [row for row in rows if row.get("removed")]
    assert next(row["removed"][0]["text"].strip() for row in cut) == "AD Buy é"
    assert "WARC-Type: warcinfo" in cut[0]["head"] and "original" not in cut[0]


def test_much_between_two_documents_is_handed_on(monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path) -> None:  # noqa: F811
    from cleanpress.io import warc

    monkeypatch.setattr(warc, "MOST_BETWEEN", 100)
    data = record("metadata", b"x" * 90) * 5 + record("conversion", b"x\nAD") + record("metadata", b"x" * 90) * 3
    assert len(list(warc.split_records(iter([data]), "f", whole=True))) > 3
    (tmp_path / "in.wet").write_bytes(data)
    assert restored(run, tmp_path / "in.wet").read_bytes() == data


# --- Parquet -------------------------------------------------------------------------------------------------------

DIRTY = "Rain fell.\nAD Buy\n"


def parquet(path: Path, texts: Any, metadata: dict[str, str] | None = None, **options: Any) -> Path:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = len(texts)
    table = pa.table(
        {
            "id": list(range(rows)),
            "text": texts,
            "views": pa.array([n if n % 3 else None for n in range(rows)], pa.int16()),
            "meta": [{"tags": ["a"], "at": n} for n in range(rows)],
            "lang": pa.array(["de"] * rows).dictionary_encode(),
        }
    )
    pq.write_table(table.replace_schema_metadata(metadata), path, **options)
    return path


def assert_same_file(one: Path, two: Path) -> None:
    import pyarrow.parquet as pq

    a, b = pq.ParquetFile(one), pq.ParquetFile(two)
    assert a.schema_arrow.equals(b.schema_arrow, check_metadata=True)
    for file in (a, b):
        file.groups = [file.metadata.row_group(n) for n in range(file.num_row_groups)]
    assert [g.num_rows for g in a.groups] == [g.num_rows for g in b.groups]
    for mine, theirs in zip(a.groups, b.groups, strict=True):
        codecs = [[g.column(n).compression for n in range(g.num_columns)] for g in (mine, theirs)]
        assert codecs[0] == codecs[1]
    # as bytes, for texts that are not UTF-8 compare as well
    assert a.read().equals(b.read())


@pytest.mark.parametrize("options", [[], ["--on-error", "skip"], ["-j", "2", "--on-error", "skip"]])
@pytest.mark.parametrize("metadata", [None, {"made by": "a test"}, {"cleanpress": "an earlier run"}])
def test_parquet_comes_back(run: Run, tmp_path: Path, options: list[str], metadata: dict[str, str] | None) -> None:  # noqa: F811
    texts = [DIRTY, None, "", "Rain.", DIRTY, "BOOM", DIRTY, "BOOM", "BOOM", "BOOM", "AD", "BOOM"]
    source = parquet(
        tmp_path / "in.parquet", texts, metadata, row_group_size=3, compression={"id": "gzip", "text": "zstd", "views": "none"}
    )
    assert_same_file(restored(run, source, *options, back=".parquet"), source)


@pytest.mark.parametrize("kind", ["string", "large_string", "binary", "dictionary"])
def test_texts_of_every_type_come_back(run: Run, tmp_path: Path, kind: str) -> None:  # noqa: F811
    pa = pytest.importorskip("pyarrow")
    texts = pa.array([DIRTY.encode(), None, b"caf\xe9\nAD" if kind == "binary" else b"caf\nAD", b"BOOM"])
    texts = texts.cast(pa.string()).dictionary_encode() if kind == "dictionary" else texts.cast(getattr(pa, kind)())
    source = parquet(tmp_path / "in.parquet", texts)
    assert_same_file(restored(run, source, "--on-error", "skip", back=".parquet"), source)


def test_an_empty_parquet_file_and_a_folder_of_them_come_back(run: Run, tmp_path: Path) -> None:  # noqa: F811
    pa = pytest.importorskip("pyarrow")
    source = tmp_path / "in"
    source.mkdir()
    parquet(source / "a.parquet", pa.array([], pa.string()))
    parquet(source / "b.parquet", [DIRTY, "Rain."], row_group_size=1)
    again = restored(run, source)
    for name in ("a.parquet", "b.parquet"):
        assert_same_file(again / name, source / name)


def test_parquet_that_is_another_one_is_refused(run: Run, tmp_path: Path) -> None:  # noqa: F811
    source = parquet(tmp_path / "in.parquet", [DIRTY, "Rain."])
    restored(run, source, back=".parquet")
    other = parquet(tmp_path / "other.parquet", [DIRTY])
    ran = run("--restore", tmp_path / "cut", other, "-o", tmp_path / "new.parquet")
    assert ran.code == 2 and f"{other}: not the Parquet file that --removed speaks of: it has too few rows" in ran.err
    assert not (tmp_path / "new.parquet").exists()
    assert "from a file into a file" in run("--restore", tmp_path / "cut", other).err
