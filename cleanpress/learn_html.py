"""Fits the weights of the HTML track on labelled pages, publishers kept apart. Needs the ``fit`` extra; running does not.

Each record of the labelled file holds ``html``, the article's ``body`` (a paragraph a line), ``neutral`` (its own headline,
byline …: neither asked for nor punished), ``publisher``, ``lang``, ``url``.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleanpress import rulebook
from cleanpress.errors import InputError
from cleanpress.extract import extracted
from cleanpress.heuristics import markup
from cleanpress.html_pipeline import NAMES, Measured, decided_page, deepen, measured, shipped_markup, text_columns
from cleanpress.labelled import folds_of, json_lines
from cleanpress.learn import (
    Rows,
    fitted_forest,
    fitted_model,
    forest_data,
    forest_out_of_fold,
    model_data,
    out_of_fold,
    scoring_text,
)
from cleanpress.matching import Matcher, shipped_matcher
from cleanpress.pipeline import Cleaner
from cleanpress.scoring_html import BlockModel, HtmlScoring
from cleanpress.segment.html import key_of
from cleanpress.types import ENGINES, PROFILES, Engine

_CJK = "\u3040-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
#: Weight of pages whose labels nobody read line by line, beside 1 for the others (cross-validated: 0.3 and 1 alike on such pages,
#: 0.3 better on the others).
COARSE_WEIGHT = 0.3
#: The models that hear the markup alone are tables, for they score every block: boosting rounds, and pairs of features.
ROUNDS, PAIRS = 250, 30
#: Those that hear the text too are trees, for they score only what is in doubt: on publishers kept apart five pages more of a hundred
#: come out perfect than by tables. Trees, and leaves of each.
TREES, LEAVES = 150, 16
#: Publishers are kept apart in so many folds: each more costs as much time as four models.
FOLDS = 3
#: How far below the best threshold ``careful``, ``balanced`` and ``eager`` cut.
_STRICTER = (0.0, 0.75, 1.5)
#: Nearer to the threshold than this, the markup's word alone is in doubt.
DOUBT = 2.5


@dataclass(slots=True)
class HtmlPage:
    """A labelled page: its evidence under each engine, and per scored block the tokens that are body, other, neutral."""

    id: str
    publisher: str
    lang: str
    body: str
    neutral: str
    found: dict[str, tuple[Measured, list[tuple[int, int, int]]]]
    #: whether its labels come from one reference text by overlap and were read by nobody
    coarse: bool = False


def tokens_of(text: str) -> list[str]:
    """Letters and digits of a text as folded tokens, one a CJK character.

    >>> tokens_of("Über 3 Äpfel")
    ['über', '3', 'äpfel']
    """
    return [unicodedata.normalize("NFKC", t).casefold() for t in _TOKEN.findall(text)]


def shingles(tokens: Sequence[str], size: int = 4) -> Counter[tuple[str, ...]]:
    """How often each run of ``size`` tokens occurs; shorter texts are one run."""
    return Counter(tuple(tokens[i : i + size]) for i in range(max(1, len(tokens) - size + 1))) if tokens else Counter()


def counts_of(found: Measured, body: str, neutral: str) -> list[tuple[int, int, int]]:
    """Per scored block how many tokens are body, other, neutral, by overlap with the reference texts.

    Each run of the reference can be claimed once, first by blocks that an extractor kept and that stand near the prose: so
    the second copy of a paragraph is no body.
    """
    page, land = found.extracted.page, found.land
    left = shingles(tokens_of(body))
    lines = {key_of(x) for x in body.split("\n")}
    aside = shingles(tokens_of(neutral))
    counts: list[tuple[int, int, int]] = [(0, 0, 0)] * len(found.chosen)
    order = sorted(range(len(found.chosen)), key=lambda n: (-found.extracted.kept[found.chosen[n]], land.up[found.chosen[n]], n))
    for n in order:
        text = page.blocks[found.chosen[n]].text
        tokens = tokens_of(text)
        if not tokens:
            continue
        own = shingles(tokens)
        hits = sum(min(c, left.get(s, 0)) for s, c in own.items())
        if len(tokens) < 4:
            is_body = key_of(text) in lines
        else:
            is_body = hits * 2 > sum(own.values())
        if is_body:
            for s, c in own.items():
                if s in left:
                    left[s] -= c
            counts[n] = (len(tokens), 0, 0)
        elif sum(s in aside for s in own) * 2 > len(own):
            counts[n] = (0, 0, len(tokens))
        else:
            counts[n] = (0, len(tokens), 0)
    return counts


def read_pages(path: str | Path) -> tuple[list[dict[str, Any]], str]:
    """The records of a labelled file and the file's hash.

    Raises:
        InputError: naming the line that is no such record.
    """
    raw = Path(path).read_bytes()
    records = []
    for number, line in json_lines(raw):
        try:
            record = json.loads(line)
            records.append(
                {k: record.get(k) or "" for k in ("id", "publisher", "lang", "url", "neutral")} | {k: record[k] for k in ("html", "body")}
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: line {number}: not a labelled page ({error!r}); see docs/html.md for the form") from None
    return records, hashlib.sha256(raw).hexdigest()


def labelled(records: Iterable[dict[str, Any]], engines: Sequence[Engine] = ENGINES, *, coarse: bool = False) -> list[HtmlPage]:
    """The records with their evidence and counts.

    Args:
        records: what :func:`read_pages` read.
        engines: the engines asked.
        coarse: whether nobody read the labels line by line; such pages weigh less.
    """
    chrome = shipped_markup()
    pages = []
    for record in records:
        found: dict[str, tuple[Measured, list[tuple[int, int, int]]]] = {}
        for engine in engines:
            seen = measured(extracted(record["html"], engine, idle=chrome.idle), chrome, url=record["url"] or None)
            deepen(seen, _matcher_for)
            found[engine] = (seen, counts_of(seen, record["body"], record["neutral"]))
        pages.append(HtmlPage(record["id"], record["publisher"], record["lang"], record["body"], record["neutral"], found, coarse))
    return pages


def _matcher_for(packs: frozenset[str] | None) -> Matcher:
    return shipped_matcher(tuple(sorted(packs)) if packs is not None else tuple(rulebook.pack_names()))


class HtmlRows(Rows):
    """Rows whose pages weigh about alike, whatever their length; neutral lines count as what is not body."""

    #: numbers of the pages with coarse labels
    coarse: frozenset[int] = frozenset()

    def targets(self) -> tuple[list[int], list[float]]:
        """1 for what is not body; the weight of a line grows with the root of its tokens, and falls with that of its page's body."""
        size: Counter[int] = Counter()
        for page, (body, _, _) in zip(self.page, self.tokens, strict=True):
            size[page] += body
        target, weight = [], []
        for page, (body, other, neutral) in zip(self.page, self.tokens, strict=True):
            tokens = body + other + neutral
            target.append(int(other + neutral > body))
            # every line costs the joints to its neighbours too, hence the constant
            value = 60 * ((tokens + 3) / max(size[page], 100)) ** 0.5 if tokens else 0.0
            weight.append(value * COARSE_WEIGHT if page in self.coarse else value)
        return target, weight


def rows_of(pages: Sequence[HtmlPage], engine: str, *, text: bool) -> HtmlRows:
    """One row a scored block: what the markup says of it, and with ``text`` the look of its text too."""
    rows = HtmlRows(NAMES if text else markup.NAMES, [], [], [])
    rows.coarse = frozenset(number for number, page in enumerate(pages) if page.coarse)
    for number, page in enumerate(pages):
        seen, counts = page.found[engine]
        asked = [n for n, row in enumerate(seen.rows) if row >= 0]
        if not asked:
            continue
        columns = text_columns(seen, asked) if text else seen.columns
        rows.features += [list(row) for row in zip(*(columns[name] for name in rows.names), strict=True)]
        rows.page += [number] * len(asked)
        rows.tokens += [counts[n] for n in asked]
    return rows


def page_score(text: str, body: str, neutral: str) -> tuple[float, float, bool]:
    """Precision and recall of a page's text in runs of four tokens, and whether it is perfect; runs of ``neutral`` count neither way."""
    gold, got = shingles(tokens_of(body)), shingles(tokens_of(text))
    for run in shingles(tokens_of(neutral)):
        if run not in gold:
            got.pop(run, None)
    hits = sum((gold & got).values())
    all_got, all_gold = sum(got.values()), sum(gold.values())
    return hits / all_got if all_got else 0.0, hits / all_gold if all_gold else 0.0, hits == all_got == all_gold


def figures_of(texts: Sequence[str], pages: Sequence[HtmlPage]) -> dict[str, float]:
    """F1 of the mean precision and recall over the pages, those, and the share of perfect pages."""
    scores = [page_score(text, page.body, page.neutral) for text, page in zip(texts, pages, strict=True)]
    spoken = [p for (p, _, _), text in zip(scores, texts, strict=True) if text.strip()]
    precision = sum(spoken) / len(spoken) if spoken else 0.0
    recall = sum(r for _, r, _ in scores) / len(scores) if scores else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "f1": round(f1, 4), "precision": round(precision, 4), "recall": round(recall, 4),
        "perfect": round(sum(x for _, _, x in scores) / len(scores), 4) if scores else 0.0,
    }  # fmt: skip


def texts_of(pages: Sequence[HtmlPage], engine: str, by_fold: Sequence[HtmlScoring], folds: Sequence[int], cleaner: Cleaner) -> list[str]:
    """What the scoring layer leaves of each page, by the models that have not seen the page's publisher."""
    texts = []
    for page, number in zip(pages, folds, strict=True):
        weights = by_fold[number]
        texts.append(decided_page(page.found[engine][0], weights, weights.models, cleaner, None, False).text)
    return texts


def fit(
    path: str | Path, *, coarse: str | Path | None = None, rounds: int = ROUNDS, trees: int = TREES, command: str = ""
) -> tuple[str, list[HtmlScoring], list[HtmlPage]]:
    """Fits both engines' models on a labelled file: each by the markup alone, and with the look of the text.

    Args:
        path: the labelled pages; thresholds are chosen on them.
        coarse: more pages, with coarse labels, other kinds of sites than news: they teach, with less weight, and are reported apart.
        rounds: boosting rounds of the models that hear the markup alone.
        trees: trees of those that hear the text too.
        command: what to write into the file as the command that made it.

    Returns:
        The scoring file's text; the scoring of each fold, for honest measuring; the pages.
    """
    records, digest = read_pages(path)
    pages = labelled(records)
    measured_on = len(pages)
    digests = [digest]
    if coarse is not None:
        records, digest = read_pages(coarse)
        pages += labelled(records, coarse=True)
        digests.append(digest)
    folds = folds_of([p.publisher for p in pages], FOLDS)
    data: dict[str, Any] = {}
    by_name: dict[str, Sequence[BlockModel]] = {}
    for engine in ENGINES:
        rows = rows_of(pages, engine, text=False)
        _, by_name[engine + "_markup"] = out_of_fold(rows, folds, rounds, PAIRS)
        data[engine + "_markup"] = model_data(fitted_model(rows, range(len(rows.page)), rounds, PAIRS))
        rows = rows_of(pages, engine, text=True)
        _, by_name[engine] = forest_out_of_fold(rows, folds, trees, leaves=LEAVES)
        data[engine] = forest_data(fitted_forest(rows, range(len(rows.page)), trees, leaves=LEAVES))
    cleaner = Cleaner(body_only=True)
    strict = pages[:measured_on]

    def at(thresholds: dict[str, dict[str, float]]) -> list[HtmlScoring]:
        return [HtmlScoring({n: m[f] for n, m in by_name.items()}, thresholds, DOUBT) for f in range(max(folds) + 1)]

    chosen: dict[str, dict[str, float]] = {}
    figures: dict[str, Any] = {}
    for engine in ENGINES:
        tried = {}
        for step in range(-4, 10):
            flat: dict[str, dict[str, float]] = {name: dict.fromkeys(PROFILES, step / 4) for name in ENGINES}
            tried[step / 4] = figures_of(texts_of(strict, engine, at(flat), folds[:measured_on], cleaner), strict)
        # the best F1 of a smoothed curve; among equals the one that keeps more
        best = max(list(tried)[1:-1], key=lambda t: (round(tried[t - 0.25]["f1"] + 2 * tried[t]["f1"] + tried[t + 0.25]["f1"], 3), t))
        chosen[engine] = {name: best - shift for name, shift in zip(PROFILES, _STRICTER, strict=True)}
        figures[engine] = {name: tried[max(t, min(tried))] for name, t in chosen[engine].items()}
        if coarse is not None:
            texts = texts_of(pages[measured_on:], engine, at(chosen), folds[measured_on:], cleaner)
            figures[engine]["coarse pages, careful"] = figures_of(texts, pages[measured_on:])
    fitted = {
        "data_sha256": digests,
        "pages": len(pages),
        "publishers": len({p.publisher for p in pages}),
        "rules_sha256": rulebook.packs_digest(),
        "command": command,
        "rounds": [rounds, PAIRS],
        "forest": [trees, LEAVES],
        "folds": FOLDS,
        "out_of_fold": figures,
    }
    return scoring_text({"version": 1, "fitted": fitted, "thresholds": chosen, "doubt": DOUBT, **data}), at(chosen), pages
