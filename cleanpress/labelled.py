"""Labelled pages: what a fit learns from and is measured on, read from files and from the project's own articles."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleanpress.errors import InputError
from cleanpress.matching import Matcher
from cleanpress.pipeline import guessed_packs
from cleanpress.segment.plain import blocks_of
from cleanpress.text import Hosts, reading
from cleanpress.types import Document

_TOKEN = re.compile("[\u3040-\u30ff\u3400-\u9fff]|[^\\W_\u3040-\u30ff\u3400-\u9fff]+")
_KEPT = {"headline", "byline", "editorial"}
_FOLDS = 5
#: Weight of the project's own articles: each stands for a genre or language that the labelled pages lack.
OWN_WEIGHT = 4.0
#: Weight of pages with coarse labels. They keep the model from taking what it does not know for boilerplate; the more they weigh,
#: the less of it the model finds on news pages, for their labels are worse and most are no news.
COARSE_WEIGHT = 0.15
#: Of a line with coarse labels, one kind of tokens must make up so much, or it does not teach.
COARSE_PURITY = 0.9


@dataclass(slots=True)
class Page:
    """One labelled text: its document with signals, and per block the tokens that are body, boilerplate, kept furniture."""

    publisher: str
    lang: str
    document: Document
    spans: list[tuple[int, int, str]]
    counts: list[tuple[int, int, int]]
    #: How much its lines weigh in fitting.
    weight: float = 1.0


def read_pages(path: str | Path, matcher: Matcher) -> tuple[list[Page], str]:
    """The labelled pages of a JSON Lines file and the file's hash.

    Each record: ``text``, ``spans`` = [[start, end, label], …] in code points, ``publisher``, ``lang``, ``url``.

    Raises:
        InputError: naming the line that is not such a record.
    """
    raw = Path(path).read_bytes()
    pages = []
    for number, line in json_lines(raw):
        record = _record(path, number, line)
        pages.append(labelled_page(record["text"], record["spans"], record["publisher"], record["lang"], record["url"], matcher))
    return pages, hashlib.sha256(raw).hexdigest()


def _record(path: str | Path, number: int, line: str) -> dict[str, Any]:
    """One labelled record with all its fields, its spans of the right types; raises :class:`InputError`."""
    try:
        record = json.loads(line)
        return {
            "publisher": record.get("publisher") or "", "lang": record.get("lang") or "", "url": record.get("url"),
            "text": record["text"] + "", "spans": [(int(a), int(b), str(label)) for a, b, label in record["spans"]],
            "key": str(record.get("page") or number), "id": record.get("id") or number,
        }  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: line {number}: not a labelled page ({error!r}); see docs/scoring.md for the form") from None


def json_lines(raw: bytes) -> list[tuple[int, str]]:
    """The lines of a JSON Lines file, gzipped or not, with their numbers; blank ones left out.

    >>> json_lines("1\\n\\n\\"a\\u2028b\\"\\n".encode())
    [(1, '1'), (3, '"a\\u2028b"')]
    """
    text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
    # not "splitlines": other line breaks than "\n" may stand inside a string
    return [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def labelled_page(text: str, spans: Iterable[tuple[int, int, str]], publisher: str, lang: str, url: str | None, matcher: Matcher) -> Page:
    """A page ready for fitting, its labels moved to where the surface has what they stand on."""
    seen, offsets, folded = reading(text)
    if offsets is not None:
        spans = [(bisect_left(offsets, a), bisect_left(offsets, b), label) for a, b, label in spans]
    document = Document(seen, folded, blocks_of(seen), url, lang)
    matcher.annotate(document, host=Hosts.of(url), packs=guessed_packs(document.folded))
    ordered = sorted(spans)
    counts = [token_counts(seen, ordered, b.start, b.end) for b in document.blocks]
    return Page(publisher, lang, document, ordered, counts)


def corpus_pages(root: Path, matcher: Matcher) -> list[Page]:
    """The articles written for this project as labelled pages: ``articles/*/input.txt`` against ``expected.txt``, ``body_only``.

    Args:
        root: the ``corpora`` folder.
        matcher: finds the signals.
    """
    pages = []
    for case in sorted([*(root / "articles").glob("*/input.txt"), *(root / "known_failures").glob("*/input.txt")]):
        source = case.read_bytes().decode("utf-8")
        expected = case.with_name("expected.txt").read_bytes().decode("utf-8")
        spans = deletion_spans(source, expected)
        pages.append(labelled_page(source, spans, "corpus/" + case.parent.name, case.parent.name[:2], None, matcher))
    for piece in sorted((root / "body_only").glob("*/*.txt")):
        source = piece.read_bytes().decode("utf-8")
        pages.append(labelled_page(source, [(0, len(source), "body")], "corpus/" + piece.stem, piece.parent.name, None, matcher))
    for page in pages:
        page.weight = OWN_WEIGHT
    return pages


def coarse_pages(path: str | Path, matcher: Matcher) -> tuple[list[Page], str]:
    """Pages whose labels nobody read line by line, to teach with little weight; and the file's hash.

    Args:
        path: JSON Lines as for :func:`read_pages`; of the texts that share a ``page`` one is taken.
        matcher: finds the signals.

    Raises:
        InputError: naming the line that is not such a record.
    """
    raw = Path(path).read_bytes()
    chosen: dict[str, tuple[str, dict[str, Any]]] = {}
    for number, line in json_lines(raw):
        record = _record(path, number, line)
        key = record["key"]
        rank = hashlib.sha256(f"{key}/{record['id']}".encode()).hexdigest()
        if key not in chosen or rank < chosen[key][0]:
            chosen[key] = rank, record
    pages = []
    for _, (_, record) in sorted(chosen.items()):
        page = labelled_page(record["text"], record["spans"], "coarse", record["lang"], record["url"], matcher)
        page.counts = [c if max(c[1], c[0] + c[2]) >= COARSE_PURITY * sum(c) else (0, 0, 0) for c in page.counts]
        page.weight = COARSE_WEIGHT
        pages.append(page)
    return pages, hashlib.sha256(raw).hexdigest()


def deletion_spans(source: str, expected: str) -> list[tuple[int, int, str]]:
    """Spans of ``source`` labelled ``body`` where they stand in ``expected`` too, ``related`` where they were deleted.

    >>> deletion_spans("Rain fell. Sign up. Wind rose.", "Rain fell. Wind rose.")
    [(0, 10, 'body'), (11, 19, 'related'), (20, 30, 'body')]
    """
    import difflib

    words = [(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+", source)]
    matcher = difflib.SequenceMatcher(None, [w[0] for w in words], expected.split(), autojunk=False)
    spans = []
    for tag, a, b, _, _ in matcher.get_opcodes():
        if a < b:
            spans.append((words[a][1], words[b - 1][2], "body" if tag == "equal" else "related"))
    return spans


def token_counts(text: str, spans: Sequence[tuple[int, int, str]], start: int, end: int) -> tuple[int, int, int]:
    """How many tokens of ``text[start:end]`` are body, boilerplate, and furniture that stays (headline, byline, editorial)."""
    body = boilerplate = kept = 0
    k = max(0, bisect_right(spans, (start, 1 << 60, "")) - 1)
    near = []
    while k < len(spans) and spans[k][0] < end:
        if spans[k][1] > start:
            near.append(spans[k])
        k += 1
    for match in _TOKEN.finditer(text, start, end):
        at = match.start()
        label = next((s[2] for s in near if s[0] <= at < s[1]), "unsure")
        if label == "body":
            body += 1
        elif label in _KEPT:
            kept += 1
        elif label not in ("unsure", "embed"):
            boilerplate += 1
    return body, boilerplate, kept


def folds_of(publishers: Sequence[str], count: int = _FOLDS, salt: str = "") -> list[int]:
    """The fold of each page: by a hash of its publisher, so that a publisher is never on both sides."""
    return [int.from_bytes(hashlib.sha256((salt + p).encode()).digest()[:4], "big") % count for p in publishers]
