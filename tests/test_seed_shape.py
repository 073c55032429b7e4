"""The flagship: a flattened appeal on top and a gallery caption in the middle, in lines and all on one line, by every way in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cleanpress

CASE = Path(__file__).parent.parent / "corpora" / "articles" / "en-quay-seed-shape"
SOURCE = (CASE / "input.txt").read_bytes().decode("utf-8")
EXPECTED = (CASE / "expected.txt").read_bytes().decode("utf-8")


def piped(options: list[str], data: bytes) -> bytes:
    return subprocess.run([sys.executable, "-m", "cleanpress", *options], input=data, capture_output=True, check=True).stdout


def test_from_python() -> None:
    assert cleanpress.clean(SOURCE) == EXPECTED


def test_through_the_pipe() -> None:
    assert piped([], SOURCE.encode()).decode() == EXPECTED


def test_through_json_lines() -> None:
    record = {"id": 7, "text": SOURCE, "tags": ["a", "b"]}
    out = json.loads(piped(["--format", "jsonl"], (json.dumps(record) + "\n").encode()))
    assert out == {**record, "text": EXPECTED}


def test_on_one_line_the_pitch_and_the_caption_go_and_every_body_sentence_stays() -> None:
    got = cleanpress.clean(SOURCE.replace("\n\n", " "))
    for gone in ("support", "Read more", "donation", "journalism", "open image in gallery", "( AP )"):
        assert gone not in got, gone
    for paragraph in EXPECTED.split("\n\n"):
        assert paragraph in got
