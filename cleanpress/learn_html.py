"""Fits the weights of the HTML track on labelled pages, publishers kept apart. Needs the ``fit`` extra; running does not.

Each record of the labelled file holds ``html``, the article's ``body`` (a paragraph a line), ``neutral`` (its own headline,
byline …: neither asked for nor punished), ``publisher``, ``lang``, ``url``.
"""

from __future__ import annotations

import gzip
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
from cleanpress.extract import ENGINES, Engine, Extracted, extracted
from cleanpress.html_pipeline import NAMES, Measured, measured
from cleanpress.learn import Rows
from cleanpress.markup import MarkupMatcher
from cleanpress.matching import Matcher
from cleanpress.segment.html import key_of
from cleanpress.text import Hosts

_CJK = "\u3040-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
#: Boosting rounds and pairs of features of each model.
ROUNDS, PAIRS = 300, 24


@dataclass(slots=True)
class HtmlPage:
    """A labelled page: its evidence under each engine, and per scored block the tokens that are body, other, neutral."""

    id: str
    publisher: str
    lang: str
    body: str
    neutral: str
    found: dict[str, tuple[Measured, list[tuple[int, int, int]]]]


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
    for number, line in enumerate((gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            records.append(
                {k: record.get(k) or "" for k in ("id", "publisher", "lang", "url", "neutral")} | {k: record[k] for k in ("html", "body")}
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{path}: line {number}: not a labelled page ({error!r}); see docs/html.md for the form") from None
    return records, hashlib.sha256(raw).hexdigest()


def labelled(records: Iterable[dict[str, Any]], engines: Sequence[Engine] = ENGINES) -> list[HtmlPage]:
    """The records with their evidence and counts."""
    rules = [r for pack in rulebook.pack_names() for r in rulebook.pack_rules(pack)[0]]
    matcher, markup = Matcher(rules), MarkupMatcher(rules)
    pages = []
    for record in records:
        url = record["url"] or None
        found: dict[str, tuple[Measured, list[tuple[int, int, int]]]] = {}
        got: Extracted | None = None
        for engine in engines:
            got = extracted(record["html"], engine)
            seen = measured(got, matcher, markup, url=url, host=Hosts.of(url))
            found[engine] = (seen, counts_of(seen, record["body"], record["neutral"]))
        pages.append(HtmlPage(record["id"], record["publisher"], record["lang"], record["body"], record["neutral"], found))
    return pages


def rows_of(pages: Sequence[HtmlPage], engine: str) -> Rows:
    """One row a scored block; neutral ones weigh nothing."""
    rows = Rows(NAMES, [], [], [])
    for number, page in enumerate(pages):
        seen, counts = page.found[engine]
        ordered = [seen.columns[name] for name in NAMES]
        for n, (body, other, _) in enumerate(counts):
            rows.features.append([c[n] for c in ordered])
            rows.page.append(number)
            rows.tokens.append((body, other, 0))
    return rows
