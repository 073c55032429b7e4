"""Hugging Face datasets, for real: cache, processes, streaming."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from test_integrations_batch import AD, CLEAN

datasets = pytest.importorskip("datasets")

from cleanpress.integrations.datasets import cleaner_batch  # noqa: E402

HASH = "from datasets.fingerprint import Hasher; from cleanpress.integrations.datasets import cleaner_batch as b; print(Hasher.hash(b(keep={'app', 'legal'})))"


def test_fingerprint_is_the_same_in_other_processes() -> None:
    mine = datasets.fingerprint.Hasher.hash(cleaner_batch(keep=["app", "legal"]))
    theirs = {
        subprocess.run(
            [sys.executable, "-c", HASH], capture_output=True, text=True, env={"PYTHONHASHSEED": seed, "PATH": ""}
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert theirs == {mine}
    assert mine != datasets.fingerprint.Hasher.hash(cleaner_batch())


def test_a_second_run_reads_the_cache(tmp_path: Path) -> None:
    datasets.Dataset.from_dict({"text": [AD] * 5, "n": list(range(5))}).save_to_disk(str(tmp_path / "in"))
    found = []
    for _ in range(2):
        done = datasets.load_from_disk(str(tmp_path / "in")).map(cleaner_batch(), batched=True)
        assert done["text"][:] == [CLEAN] * 5 and done["n"][:] == list(range(5))
        found.append([f["filename"] for f in done.cache_files])
    assert found[0] == found[1]


def test_processes_and_streams(tmp_path: Path) -> None:
    pages = datasets.Dataset.from_dict({"text": [AD, "Quiet."] * 20})
    done = pages.map(cleaner_batch(removed="cuts"), batched=True, num_proc=2)
    assert done["text"][:] == [CLEAN, "Quiet."] * 20
    assert done["cuts"][0][0]["category"] == "advert"
    streamed = pages.to_iterable_dataset().map(cleaner_batch(), batched=True, batch_size=3)
    assert [row["text"] for row in streamed] == [CLEAN, "Quiet."] * 20
