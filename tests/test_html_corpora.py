"""The pages written for this project: from each, both engines make the expected text, line structure and all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleanpress import Cleaner

_PAGES = sorted((Path(__file__).parents[1] / "corpora" / "html").iterdir())
_CLEANERS = {engine: Cleaner(body_only=True, engine=engine) for engine in ("trafilatura", "fast")}
#: What an engine still gets wrong, told by the page's name; a page that comes right must leave this list.
_KNOWN: dict[str, set[str]] = {"trafilatura": set(), "fast": set()}


@pytest.mark.parametrize("engine", _CLEANERS)
@pytest.mark.parametrize("page", _PAGES, ids=lambda p: p.name)
def test_page_becomes_its_text(page: Path, engine: str, request: pytest.FixtureRequest) -> None:
    if page.name in _KNOWN[engine]:
        request.applymarker(pytest.mark.xfail(strict=True, reason=f"known: {engine} misses {page.name}"))
    text = _CLEANERS[engine].clean_html((page / "input.html").read_bytes())
    assert text.strip() == (page / "expected.txt").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("page", _PAGES, ids=lambda p: p.name)
def test_result_replays_and_restores(page: Path) -> None:
    result = _CLEANERS["trafilatura"].explain_html((page / "input.html").read_bytes())
    assert result.source is not None
    assert result.replay(result.source) == result.text
    assert result.restore() == result.source
    assert result.language == page.name[:2]


def test_there_are_pages_of_many_languages() -> None:
    assert len(_PAGES) >= 12
    assert len({p.name[:2] for p in _PAGES}) >= 8
