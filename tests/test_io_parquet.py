"""Parquet: only the text changes; schema, row groups, metadata, compression and the other columns stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from test_cli import Run, run  # noqa: F401 (a fixture)

from cleanpress import __version__

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

DIRTY, CLEAN = "Rain fell.\nAD Buy\n", "Rain fell.\n"


def written(path: Path, texts: Any, **options: Any) -> Path:
    rows = len(texts)
    table = pa.table(
        {
            "id": [f"d{n}" for n in range(rows)],
            "text": texts,
            "views": pa.array([n if n % 3 else None for n in range(rows)], pa.int16()),
            "meta": [{"tags": ["a"], "at": n} for n in range(rows)],
            "lang": pa.array(["de"] * rows).dictionary_encode(),
        }
    ).replace_schema_metadata({"made by": "a test"})
    pq.write_table(table, path, **options)
    return path


def test_everything_else_stays(run: Run, tmp_path: Path) -> None:  # noqa: F811
    codecs = {"id": "gzip", "text": "zstd", "views": "none", "lang": "snappy"}
    source = written(tmp_path / "in.parquet", [DIRTY, None, "", CLEAN, DIRTY, "BOOM", DIRTY], row_group_size=3, compression=codecs)
    ran = run(source, "-o", tmp_path / "out.parquet")
    assert (ran.code, ran.out) == (0, b"")
    assert f"{source}#6: the cleaner failed" in ran.err
    before, after = pq.ParquetFile(source), pq.ParquetFile(tmp_path / "out.parquet")
    assert after.schema_arrow == before.schema_arrow
    notes = {key: value for key, value in after.metadata.metadata.items() if key != b"ARROW:schema"}
    assert notes[b"made by"] == b"a test"
    assert json.loads(notes[b"cleanpress"]) == {"version": __version__, "rules_hash": "f00d"}
    assert [after.metadata.row_group(n).num_rows for n in range(3)] == [3, 3, 1]
    for column in range(before.metadata.num_columns):
        old, new = (f.metadata.row_group(0).column(column) for f in (before, after))
        assert (old.path_in_schema, old.compression) == (new.path_in_schema, new.compression)
    assert after.read().column("text").to_pylist() == [CLEAN, None, "", CLEAN, CLEAN, "BOOM", CLEAN]
    others = ["id", "views", "meta", "lang"]
    assert after.read(others).equals(before.read(others))


@pytest.mark.parametrize("kind", ["string", "large_string", "binary", "dictionary", "string_view"])
def test_every_type_of_text(run: Run, tmp_path: Path, kind: str) -> None:  # noqa: F811
    texts = pa.array([DIRTY, None, CLEAN])
    try:
        texts = texts.dictionary_encode() if kind == "dictionary" else texts.cast(getattr(pa, kind)())
        source = written(tmp_path / "in.parquet", texts)
    except (AttributeError, pa.ArrowNotImplementedError) as error:
        pytest.skip(f"pyarrow {pa.__version__} can't write it: {error}")
    ran = run(source, "-o", tmp_path / "out.parquet")
    assert (ran.code, ran.err) == (0, "")
    after = pq.ParquetFile(tmp_path / "out.parquet")
    assert after.schema_arrow == pq.ParquetFile(source).schema_arrow
    found = [value.decode() if isinstance(value, bytes) else value for value in after.read().column("text").to_pylist()]
    assert found == [CLEAN, None, CLEAN]


def test_bytes_that_are_not_utf8_stay_where_nothing_is_cleaned(run: Run, tmp_path: Path) -> None:  # noqa: F811
    bad = pa.array([b"caf\xe9", b"caf\xe9 BOOM", DIRTY.encode()], pa.binary()).view(pa.string())
    ran = run(written(tmp_path / "in.parquet", bad), "-o", tmp_path / "out.parquet")
    assert "#1: not UTF-8 at byte 3" in ran.err
    column = pq.read_table(tmp_path / "out.parquet").column("text").combine_chunks()
    assert column.view(pa.binary()).to_pylist() == ["caf\ufffd".encode(), b"caf\xe9 BOOM", CLEAN.encode()]


def test_rows_can_be_left_out_and_html_read(run: Run, tmp_path: Path) -> None:  # noqa: F811
    source = written(tmp_path / "in.parquet", [DIRTY, "BOOM", DIRTY], row_group_size=2)
    run(source, "-o", tmp_path / "out.parquet", "--on-error", "skip")
    assert pq.read_table(tmp_path / "out.parquet").column("id").to_pylist() == ["d0", "d2"]
    pq.write_table(pa.table({"html": ["<p>Rain.\nAD</p>", None]}), tmp_path / "pages.parquet")
    ran = run(tmp_path / "pages.parquet", "-o", tmp_path / "texts.parquet", "--html-field", "html")
    assert (ran.code, ran.err) == (0, "")
    table = pq.read_table(tmp_path / "texts.parquet")
    assert (table.column("html").to_pylist(), table.column("text").to_pylist()) == (["<p>Rain.\nAD</p>", None], ["Rain.\n", None])


def test_other_views_print_lines(run: Run, tmp_path: Path) -> None:  # noqa: F811
    source = written(tmp_path / "in.parquet", [DIRTY, CLEAN])
    ran = run(source, "--check")
    assert (ran.code, ran.out.decode()) == (1, f"{source}#1: advert: AD Buy\n")
    first, _ = run(source, "--explain").lines()
    assert (first["id"], first["record"], first["text"], first["language"]) == ("d0", 1, CLEAN, "de")


def test_what_is_wrong_is_told_and_leaves_nothing(run: Run, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "out.parquet"
    source = written(tmp_path / "in.parquet", [DIRTY] * 50, row_group_size=10)
    ran = run(source, "-o", out, "--field", "body")
    assert ran.code == 2
    assert f"{source}: no column 'body' (there are: id, text, views, meta, lang); name the right one with --field" in ran.err
    assert "column 'views' is int16, not text" in run(source, "-o", out, "--field", "views").err
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(source.read_bytes()[:-20])
    ran = run(broken, "-o", out)
    assert ran.code == 2 and "not a Parquet file that can be read" in ran.err
    assert "name a file with -o" in run(source).err
    assert "name it .parquet" in run(source, "-o", tmp_path / "out.jsonl").err
    assert "need a folder" in run(source, source, "-o", out).err
    assert not out.exists()


def test_a_broken_row_group_leaves_no_file_of_the_final_name(run: Run, tmp_path: Path) -> None:  # noqa: F811
    source = written(tmp_path / "in.parquet", [DIRTY] * 50, row_group_size=10, compression="none", use_dictionary=False)
    data = bytearray(source.read_bytes())
    column = pq.ParquetFile(source).metadata.row_group(2).column(1)
    data[column.data_page_offset : column.data_page_offset + 12] = b"\xff" * 12
    source.write_bytes(data)
    ran = run(source, "-o", tmp_path / "out.parquet")
    assert ran.code == 2
    assert f"{source}: row group 3 of 5 can't be read" in ran.err
    assert not (tmp_path / "out.parquet").exists()
    assert pq.read_table(tmp_path / "out.parquet.incomplete").column("text").to_pylist() == [CLEAN] * 20


def test_an_empty_table_and_empty_row_groups(run: Run, tmp_path: Path) -> None:  # noqa: F811
    source = written(tmp_path / "in.parquet", pa.array([], pa.string()))
    assert run(source, "-o", tmp_path / "out.parquet").code == 0
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0
    assert pq.ParquetFile(tmp_path / "out.parquet").schema_arrow == pq.ParquetFile(source).schema_arrow


def test_workers_make_the_same_file(tmp_path: Path) -> None:
    import subprocess
    import sys

    texts = [f"The ferry to Lowmoor left at {n} on Monday.\n\nAdvertisement\n" for n in range(300)]
    source = written(tmp_path / "in.parquet", texts, row_group_size=70)
    for jobs in ("1", "2"):
        argv = [sys.executable, "-m", "cleanpress", str(source), "-o", str(tmp_path / f"out{jobs}.parquet"), "-j", jobs]
        subprocess.run(argv, check=True, timeout=120)
    assert (tmp_path / "out1.parquet").read_bytes() == (tmp_path / "out2.parquet").read_bytes()
    assert pq.read_table(tmp_path / "out1.parquet").column("text").to_pylist()[7] == "The ferry to Lowmoor left at 7 on Monday.\n"
