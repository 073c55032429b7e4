"""Fitting the HTML track: the same pages give the same bytes, and what is written is what a cleaner reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cleanpress import devtools
from cleanpress.errors import InputError
from cleanpress.learn_html import counts_of, page_score, read_pages
from cleanpress.scoring_html import HtmlScoring

_PAGES = sorted((Path(__file__).parents[1] / "corpora" / "html").iterdir())


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own pages in the form of labelled ones."""
    path = tmp_path_factory.mktemp("labelled") / "pages.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for n, folder in enumerate(_PAGES):
            record = {
                "id": folder.name, "publisher": f"publisher {n}", "lang": folder.name[:2], "url": "", "neutral": "",
                "html": (folder / "input.html").read_text(encoding="utf-8"), "body": (folder / "expected.txt").read_text(encoding="utf-8"),
            }  # fmt: skip
            print(json.dumps(record), file=out)
    return path


def test_same_pages_give_same_bytes(labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    pytest.importorskip("selectolax")
    monkeypatch.setattr("cleanpress.learn_html.fit.__kwdefaults__", {"coarse": None, "rounds": 4, "trees": 3, "command": ""})
    written = []
    for name in ("one.json", "two.json"):
        assert devtools.main(["fit-html", str(labelled), "--out", str(tmp_path / name)]) == 0
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    scoring = HtmlScoring.from_data(json.loads(written[0]))
    assert set(scoring.models) == {"trafilatura", "trafilatura_markup", "fast", "fast_markup"}
    assert scoring.fitted["pages"] == len(_PAGES)
    assert set(scoring.fitted["out_of_fold"]) == {"trafilatura", "fast"}
    assert scoring.thresholds["fast"]["careful"] > scoring.thresholds["fast"]["eager"]


def test_line_that_is_no_labelled_page_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pages.jsonl"
    path.write_text('{"html": "<p>", "body": "x"}\n{"html": "<p>"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        read_pages(path)


def test_page_is_scored_by_runs_of_four_words() -> None:
    body = "The dam above Lowmoor held through the night."
    assert page_score(body, body, "") == (1.0, 1.0, True)
    precision, recall, perfect = page_score(body + " Sign up for our letter today.", body, "")
    assert 0.4 < precision < 1.0
    assert recall == 1.0
    assert not perfect
    # runs of the page's own headline count neither way
    assert page_score("Dam holds through the night once more", body, "Dam holds through the night once more")[1] == 0.0
    assert page_score("", body, "") == (0.0, 0.0, False)


def test_second_copy_of_a_paragraph_is_no_body() -> None:
    pytest.importorskip("selectolax")
    from cleanpress.extract import extracted
    from cleanpress.html_pipeline import measured, shipped_markup

    sentence = "The dam above Lowmoor held through the night, though the river rose by a metre before it fell again at dawn."
    page = f"<body><article><p>{sentence}</p><p>{sentence}</p><p>{sentence} Nobody was hurt.</p></article></body>"
    seen = measured(extracted(page, "fast"), shipped_markup())
    counts = counts_of(seen, sentence, "")
    assert [bool(body) for body, _, _ in counts] == [True, False, False]
