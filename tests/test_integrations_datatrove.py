"""datatrove, for real: an executor, its statistics, url and language from the metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_integrations_batch import AD, CLEAN

pytest.importorskip("datatrove")

from cleanpress.integrations.datatrove import CleanpressFormatter


def test_executor_and_statistics(tmp_path: Path) -> None:
    from datatrove.data import Document
    from datatrove.executor.local import LocalPipelineExecutor
    from datatrove.pipeline.writers import JsonlWriter

    pages = [Document(AD, "1", metadata={"url": "https://example.org"}), Document("Quiet.", "2")]
    step = CleanpressFormatter(removed="cuts")
    writer = JsonlWriter(str(tmp_path / "out"), compression=None)
    stats = LocalPipelineExecutor([pages, step, writer], logging_dir=str(tmp_path / "logs")).run()
    counts = next(s for s in stats.stats if "cleanpress" in s.name).stats
    assert counts["total"].total == 2 and counts["changed"].total == 1
    assert counts["removed/advert"].total == len(AD) - len(CLEAN)
    assert '"advert"' in next((tmp_path / "out").glob("*.jsonl")).read_text()


def test_it_sees_url_and_language(monkeypatch: pytest.MonkeyPatch) -> None:
    from datatrove.data import Document

    step = CleanpressFormatter()
    asked: list[tuple[object, ...]] = []

    def clean(text: str, *, url: str | None = None, lang: str | None = None) -> str:
        asked.append((text, url, lang))
        return text

    monkeypatch.setattr(step.batch.cleaner, "clean", clean)
    list(step.run([Document("x", "1", metadata={"url": "https://example.org/a", "language": "de"})]))
    assert asked == [("x", "https://example.org/a", "de")]
