"""Many inputs into a folder, and attributes beside documents; own phrases."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from test_cli import COMMAND, ENVIRONMENT, Run, command, run  # noqa: F401 (a fixture)

from cleanpress import __version__
from cleanpress.types import cut_out

LINE = '{"id": %d, "source": "post", "text": "Rain \U0001f327 fell.\\nAD app\\nIt stopped.\\nAD"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "in"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "a.txt").write_text("Rain fell.\nAD\n")
    (root / "deep" / "b.jsonl.gz").write_bytes(gzip.compress("".join(LINE % n for n in range(3)).encode()))
    (root / "deep" / "er" / "c.html").write_text("<p>Snow.\nAD</p>")
    (root / "deep" / "empty.jsonl").write_text("")
    return root


def names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_folder_is_mirrored(run: Run, folder: Path, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "out"
    ran = run(folder, "-o", out)
    assert (ran.code, ran.out, ran.err) == (0, b"", "")
    assert names(out) == [".cleanpress.json", "a.txt", "deep/b.jsonl.gz", "deep/empty.jsonl", "deep/er/c.txt"]
    assert (out / "a.txt").read_text() == "Rain fell.\n"
    rows = [json.loads(line) for line in gzip.decompress((out / "deep" / "b.jsonl.gz").read_bytes()).splitlines()]
    assert [row["text"] for row in rows] == ["Rain \U0001f327 fell.\nIt stopped.\n"] * 3
    assert ((out / "deep" / "er" / "c.txt").read_text(), (out / "deep" / "empty.jsonl").read_text()) == ("Snow.\n", "")
    note = json.loads((out / ".cleanpress.json").read_text())
    assert (note["schema"], note["version"], note["rules_hash"], note["complete"]) == ("cleanpress.run/1", __version__, "f00d", True)
    assert note["counts"]["records"] == 5


def test_one_output_of_lines_has_a_note_of_what_made_it(run: Run, folder: Path, tmp_path: Path) -> None:  # noqa: F811
    source = folder / "deep" / "b.jsonl.gz"
    out = tmp_path / "out.jsonl"
    assert run(source, "-o", out).code == 0
    note = json.loads((tmp_path / ".out.jsonl.cleanpress.json").read_text())
    assert (note["version"], note["rules_hash"], note["profile"], note["complete"]) == (__version__, "f00d", "careful", True)
    assert note["counts"]["records"] == 3
    # a note must not outlive what it speaks of
    assert run(folder / "a.txt", "-o", out).code == 0
    assert names(tmp_path / "in" / "..") == sorted([*(f"in/{name}" for name in names(folder)), "out.jsonl"])


def test_files_go_into_a_folder_and_may_be_cleaned_in_place(run: Run, folder: Path, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "new" / "er"
    assert run(folder / "a.txt", folder / "deep" / "b.jsonl.gz", "-o", f"{out}/").code == 0
    assert names(out) == [".cleanpress.json", "a.txt", "b.jsonl.gz"]
    assert run(folder, "-o", folder, "--format", "text").code == 0
    assert (folder / "a.txt").read_text() == "Rain fell.\n"
    assert names(folder) == [".cleanpress.json", "a.txt", "deep/b.jsonl.gz", "deep/empty.jsonl", "deep/er/c.html"]


def test_what_can_not_go_into_a_folder_is_refused(run: Run, folder: Path, tmp_path: Path) -> None:  # noqa: F811
    for options, message in (
        (["--diff"], "one output, not a folder"),
        (["--removed", tmp_path / "out"], "--removed needs a folder of its own"),
        (["--removed", folder / "a.txt"], "can't be made a folder"),
        (["-"], "standard input has no name"),
    ):
        ran = run(folder / "a.txt", *options, "-o", f"{tmp_path / 'out'}/")
        assert ran.code == 2 and message in ran.err
    (folder / "a.txt").unlink()
    (tmp_path / "none").mkdir()
    assert "hold none whose name tells" in run(tmp_path / "none").err


def test_a_broken_input_leaves_nothing_under_its_name_and_the_others_go_on(run: Run, folder: Path, tmp_path: Path) -> None:  # noqa: F811
    broken = folder / "deep" / "b.jsonl.gz"
    broken.write_bytes(gzip.compress("".join(LINE % n for n in range(3)).encode())[:-6])
    out = tmp_path / "out"
    ran = run(folder, "-o", out)
    assert ran.code == 2
    assert f"cleanpress: {broken}: can't be read past byte " in ran.err
    assert f"cleanpress: {out}/deep/b.jsonl.gz.incomplete: all that could be read" in ran.err
    assert names(out) == [".cleanpress.json", "a.txt", "deep/b.jsonl.gz.incomplete", "deep/empty.jsonl", "deep/er/c.txt"]
    out = tmp_path / "fail"
    assert run(folder, "-o", out, "--on-error", "fail").code == 2
    assert names(out) == ["a.txt"]
    out = tmp_path / "skip"
    assert run(folder, "-o", out, "--on-error", "skip").code == 2
    assert "deep/b.jsonl.gz" in names(out)


def test_dolma_attributes_line_up_and_cut_the_same(run: Run, folder: Path, tmp_path: Path) -> None:  # noqa: F811
    (folder / "deep" / "er" / "c.html").unlink()
    source = folder / "deep" / "b.jsonl.gz"
    source.write_bytes(gzip.compress(b"".join([(LINE % 0).encode(), b'{"id": "x", "text": null}\n', b"rubbish\n", b'{"text": "AD"}\n'])))
    out = tmp_path / "out"
    assert run(folder, "-o", out, "--annotate", "dolma").code == 0
    assert "deep/b.jsonl.gz" in names(out) and "a.jsonl" in names(out)
    rows = [json.loads(line) for line in gzip.decompress((out / "deep" / "b.jsonl.gz").read_bytes()).splitlines()]
    assert rows[0] == {
        "id": 0, "source": "post",
        "attributes": {"cleanpress_v1__app": [[13, 20, 0.987654]], "cleanpress_v1__advert": [[32, 34, 0.987654]]},
    }  # fmt: skip
    text = json.loads(LINE % 0)["text"]
    spans = sorted((start, end) for found in rows[0]["attributes"].values() for start, end, _ in found)
    assert cut_out(text, spans) == "Rain \U0001f327 fell.\nIt stopped.\n"
    assert rows[1] == {"id": "x", "source": str(source), "attributes": {}}
    assert (rows[2]["error"], rows[2]["attributes"]) == ("not-json", {})
    assert rows[3]["id"] == f"{source}:4" and rows[3]["attributes"]["cleanpress_v1__advert"] == [[0, 2, 0.987654]]
    assert "needs texts" in run("--annotate", "dolma", "--format", "html", stdin="<p>x").err


def test_own_phrases_are_removed() -> None:
    text = "The ferry to Lowmoor returned on Monday after nine days in dock.\n\nLowmoor Post Extra\n"
    assert "Extra" in command([], input=text.encode()).stdout.decode()
    assert "Extra" not in command(["--phrase", "Lowmoor Post Extra"], input=text.encode()).stdout.decode()


def test_a_file_that_grows_too_large_is_told_with_its_offset_and_leaves_nothing(tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "in.jsonl").write_text('{"text": "Snow closed the pass before noon."}\n' * 4000)
    script = 'ulimit -f 64; exec "$@"'
    argv = ["bash", "-c", script, "x", *COMMAND, str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "out.jsonl")]
    done = subprocess.run(argv, capture_output=True, timeout=60, env={**os.environ, **ENVIRONMENT}, check=False)
    assert done.returncode == 2
    assert f"cleanpress: {tmp_path}/out.jsonl: can't be written past byte ".encode() in done.stderr
    assert b"File too large" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_a_parquet_file_that_grows_too_large_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    import random
    import subprocess

    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    seeded = random.Random(1)
    pq.write_table(pa.table({"text": [seeded.randbytes(150).hex() for _ in range(400)]}), tmp_path / "in.parquet", row_group_size=40)
    argv = ["bash", "-c", 'ulimit -f 64; exec "$@"', "x", *COMMAND, str(tmp_path / "in.parquet"), "-o", str(tmp_path / "out.parquet")]
    done = subprocess.run(argv, capture_output=True, timeout=60, env={**os.environ, **ENVIRONMENT}, check=False)
    assert done.returncode == 2
    [line] = done.stderr.decode().splitlines()
    assert line.startswith(f"cleanpress: {tmp_path}/out.parquet: can't be written past byte ") and "byte 0 " not in line
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]
