"""The unified diff made from spans: right by the judgement of ``patch`` and of a general diff."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanpress.io.diff import unified
from cleanpress.types import cut_out


def applied(text: str, diff: str) -> str:
    """``text`` after a unified diff, by the book: context and removed lines must agree."""
    old = re.findall(r"[^\n]*\n|[^\n]+", text)
    new: list[str] = []
    at = 0
    rows = re.findall(r"[^\n]*\n", diff)[2:]
    i = 0
    while i < len(rows):
        head = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n", rows[i])
        assert head, rows[i]
        start, count = int(head[1]), int(head[2] or 1)
        begin = start if count == 0 else start - 1
        new += old[at:begin]
        at = begin
        i += 1
        assert len(new) + (int(head[4] or 1) > 0) == int(head[3]), "the new line number"
        taken = made = 0
        while i < len(rows) and not rows[i].startswith("@@"):
            mark, line = rows[i][0], rows[i][1:]
            i += 1
            if i < len(rows) and rows[i].startswith("\\"):
                line = line[:-1]
                i += 1
            if mark in " -":
                assert old[at] == line
                at += 1
                taken += 1
            if mark in " +":
                new.append(line)
                made += 1
        assert all(line.endswith("\n") for line in new[:-1]), "only the last line may have no end"
        assert (taken, made) == (count, int(head[4] or 1))
    return "".join(new + old[at:])


texts = st.text(alphabet="ab \n", max_size=60) | st.lists(st.sampled_from(["a", "b", ""]), max_size=40).map("\n".join)


@given(texts, st.lists(st.integers(0, 80), max_size=8))
def test_applying_the_diff_gives_the_cut_text(text: str, places: list[int]) -> None:
    points = sorted({min(p, len(text)) for p in places})
    spans = list(zip(points[::2], points[1::2], strict=False))
    after = cut_out(text, spans)
    diff = unified(text, spans, "x")
    assert (diff == "") == (after == text) or not spans
    if diff:
        assert applied(text, diff) == after


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
@pytest.mark.parametrize("cut", [(0, 6), (6, 12), (5, 11), (8, 20), (0, 10), (22, 29), (3, 29), (3, 6), (3, 12)])
def test_patch_applies_it(tmp_path: Path, cut: tuple[int, int]) -> None:
    text = "line1\nline2\nline3\nline4\nline5"
    (tmp_path / "a").write_text(text)
    subprocess.run(["patch", "--quiet", "a"], input=unified(text, [cut], "a"), text=True, cwd=tmp_path, check=True)
    assert (tmp_path / "a").read_text() == cut_out(text, [cut])


def test_far_changes_get_their_own_hunks() -> None:
    text = "".join(f"{i}\n" for i in range(40))
    diff = unified(text, [(0, 2), (len(text) - 3, len(text))], "n")
    assert [line for line in diff.splitlines() if line.startswith("@@")] == ["@@ -1,4 +1,3 @@", "@@ -37,4 +36,3 @@"]
    assert diff.count("\n ") == 6


def test_colours_mark_what_goes_inside_the_line() -> None:
    diff = unified("Rain fell. Sign up!\nDry.\n", [(10, 19)], "n", colour=True)
    assert "\x1b[31m-Rain fell.\x1b[7;31m Sign up!\x1b[0m" in diff
    assert "\x1b[32m+Rain fell.\x1b[0m" in diff
    plain = re.sub(r"\x1b\[[\d;]*m", "", diff)
    assert plain == unified("Rain fell. Sign up!\nDry.\n", [(10, 19)], "n")


@given(texts, st.lists(st.integers(0, 80), max_size=8))
def test_colours_change_no_character(text: str, places: list[int]) -> None:
    points = sorted({min(p, len(text)) for p in places})
    spans = list(zip(points[::2], points[1::2], strict=False))
    assert re.sub(r"\x1b\[[\d;]*m", "", unified(text, spans, "x", colour=True)) == unified(text, spans, "x")


def test_nothing_cut_is_nothing_said() -> None:
    assert unified("a\n", [], "n") == ""
    assert unified("a\n", [(1, 1)], "n") == ""


def test_time_is_linear_in_a_long_text() -> None:
    # a general diff takes minutes here
    text = "The ferry sails.\nAdvertisement\n" * 30_000
    spans = [(m.start(), m.end()) for m in re.finditer("Advertisement\n", text)]
    begun = time.perf_counter()
    diff = unified(text, spans, "n")
    assert time.perf_counter() - begun < 5
    assert diff.count("\n-Advertisement") == 30_000
