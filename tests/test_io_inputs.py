"""Which files a run reads, and what their outputs are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanpress.errors import InputError
from cleanpress.io.inputs import Input, expand, output_name, output_paths


def tree(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def test_folders_are_walked_in_order_without_hidden_files_and_the_output(tmp_path: Path) -> None:
    tree(tmp_path, "b.txt", "a/z.jsonl.gz", "a/c.html", ".git/x.txt", "a/.hidden.txt", "out/b.txt", "LICENSE", "d.parquet", "e.wet.zst")
    found = expand([str(tmp_path)], None, leave_out=str(tmp_path / "out"))
    assert [(i.relative, i.form) for i in found.inputs] == [
        ("b.txt", "text"), ("d.parquet", "parquet"), ("e.wet.zst", "warc"), ("a/c.html", "html"), ("a/z.jsonl.gz", "jsonl"),
    ]  # fmt: skip
    assert found.unknown == [str(tmp_path / "LICENSE")]
    assert [i.form for i in expand([str(tmp_path / "a")], "text").inputs] == ["text", "text"]


def test_a_folder_may_be_cleaned_into_itself(tmp_path: Path) -> None:
    tree(tmp_path, "a.txt")
    assert [i.relative for i in expand([str(tmp_path)], None, leave_out=str(tmp_path)).inputs] == ["a.txt"]


def test_named_files_are_read_whatever_they_are_called(tmp_path: Path) -> None:
    tree(tmp_path, "LICENSE")
    path = str(tmp_path / "LICENSE")
    assert expand([path, "-"], None).inputs == [Input(path, "text", "LICENSE"), Input("-", "text", "stdin.txt")]


def test_two_inputs_never_share_an_output() -> None:
    inputs = [Input("x/a.txt", "text", "a.txt"), Input("y/a.txt", "text", "a.txt")]
    with pytest.raises(InputError, match=r"x/a.txt and y/a.txt would both be written to out/a.txt"):
        output_paths(inputs, "out")
    pages = [Input("a.html", "html", "a.html"), Input("a.txt", "text", "a.txt")]
    with pytest.raises(InputError, match=r"a\.html and a\.txt"):
        output_paths(pages, "out")
    assert output_paths(pages[:1], "out") == ["out/a.txt"]


def test_names_fit_what_is_in_them() -> None:
    assert output_name("crawl/x.WARC.GZ", "warc") == "crawl/x.jsonl.gz"
    assert output_name("notes", "html") == "notes.txt"
    assert output_name("notes", "text", rows=True) == "notes.jsonl"
