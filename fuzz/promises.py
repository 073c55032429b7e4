"""What must hold for any input whatever: one function for each kind of input; it raises :class:`BrokenPromise` and says which.

Used by ``fuzz/run.py``, which looks for new cases, and by ``tests/test_fuzz_cases.py``, which replays those that were found.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from cleanpress.errors import CleanpressError, InputError
from cleanpress.extract import parsed
from cleanpress.io.job import Job, Plan
from cleanpress.io.jsonl import QUICK_AFTER, LineReader
from cleanpress.io.records import BadRecord, Record, split
from cleanpress.io.streams import decode
from cleanpress.matching import Matcher
from cleanpress.pipeline import Cleaner
from cleanpress.rulebook import Rule, prepared, rules_in_toml
from cleanpress.segment.plain import blocks_of
from cleanpress.text import fold, surface
from cleanpress.types import ENGINES, PROFILES, Document, ProfileName, Result, cut_out


class BrokenPromise(AssertionError):
    """A promise that an input broke."""


def expect(holds: bool, promise: str, *shown: object) -> None:
    """Raises when ``holds`` is false."""
    if not holds:
        raise BrokenPromise(f"{promise}: {', '.join(repr(x)[:300] for x in shown)}")


@functools.cache
def cleaner_for(profile: ProfileName) -> Cleaner:
    """One cleaner a profile and process."""
    return Cleaner(profile=profile)


def result_promises(result: Result, source: str) -> None:
    """Deletion only, replay and bounds, of one result about ``source``."""
    size = len(source)
    cuts = [(r.start, r.end) for r in result.removed]
    expect(all(0 <= a < b <= size for a, b in cuts), "cuts lie within the input", cuts, size)
    expect(all(cuts[i][1] < cuts[i + 1][0] for i in range(len(cuts) - 1)), "cuts are sorted and apart", cuts)
    expect(cut_out(source, cuts) == result.text, "the text is the input less its cuts", source, result.text)
    expect(result.replay(source) == result.text, "the record replays", source, result.text)
    expect(result.restore() == source, "the record restores", source, result.restore())
    expect(all(source[r.start : r.end] == r.text for r in result.removed), "each cut says what it took", cuts)
    for verdict in result.verdicts:
        expect(0 <= verdict.start < verdict.end <= size, "verdicts lie within the input", verdict, size)
        expect(0 <= verdict.score <= 1, "scores are probabilities", verdict)
    for cut in result.removed:
        told = any(v.removed and v.start < cut.end and v.end > cut.start for v in result.verdicts)
        expect(told, "each cut has a verdict that explains it", cut)
    if source.strip() and not result.text.strip():
        expect("emptied" in result.warnings, "nothing is emptied without a word", source)


def check_text(text: str, *, url: str | None = None, lang: str | None = None) -> None:
    """Any string, in every profile."""
    for profile in PROFILES:
        cleaner = cleaner_for(profile)
        result = cleaner.explain(text, url=url, lang=lang)
        result_promises(result, text)
        expect(cleaner.clean(text, url=url, lang=lang) == result.text, "clean and explain agree", profile, text)
        again = cleaner.clean(result.text, url=url, lang=lang)
        expect(again == result.text, "cleaning twice is cleaning once", profile, text, result.text, again)
    careful = cleaner_for("careful")
    expect(careful.explain(text, url=url, lang=lang) == careful.explain(text, url=url, lang=lang), "the same in, the same out", text)


def check_html(page: str | bytes) -> None:
    """Any page, through both engines and as a tree; only :class:`InputError` may be raised, and only on purpose."""
    cleaner = cleaner_for("careful")
    for engine in ENGINES:
        try:
            result = cleaner.explain_html(page, engine=engine)
        except InputError:
            continue
        assert result.source is not None
        result_promises(result, result.source)
        expect(cleaner.clean_html(page, engine=engine) == result.text, "clean_html and explain_html agree", engine, page)
        expect(cleaner.explain_html(page, engine=engine) == result, "the same in, the same out", engine, page)
    tree = parsed(page.encode("utf-8", "replace")) if isinstance(page, str) and "\0" not in page else None
    if tree is not None:
        before = tree.text_content()
        removed = cleaner.clean_tree(tree)
        expect(len(tree.text_content()) <= len(before), "a tree gains no text", page)
        expect(all(element.tag for element in removed), "removed elements have names", removed)


#: Something for callers' rules to speak about.
PAGE = "The river rose by a metre overnight.\nRead more: the flood in pictures\n\nSign up for our newsletter. Photo: A. Bee / AP\na1 - b2 (c3)\n"


def check_rule_file(text: str) -> list[Rule]:
    """Any text as a caller's rule file: refused with a reason or usable; what it says never breaks another promise."""
    try:
        rules = rules_in_toml(text, "mine.toml")
    except CleanpressError as error:
        expect("mine.toml" in str(error), "a refusal names the file", str(error))
        return []
    if not rules:
        return []
    for page in (PAGE, PAGE + "".join(f"{word}\n" for rule in rules for word in rule.phrases + rule.keywords + rule.remove)):
        seen, _ = surface(page)
        document = Document(seen, fold(seen), blocks_of(seen))
        Matcher([prepared(rule) for rule in rules], guarded=True).annotate(document)
        for block in document.blocks:
            for signal in block.signals:
                expect(block.start <= signal.start < signal.end <= block.end, "evidence lies within its line", signal, block)
                expect(0 <= signal.share <= 1, "a share is a share", signal)
    return rules


def _value(data: bytes) -> Any:
    return json.loads(decode(data)[0], parse_int=str, parse_float=str, parse_constant=str)


def check_lines(data: bytes) -> None:
    """Any bytes as JSON Lines: each record is cleaned or told of, none is lost, and no other value in it changes."""
    job = Job(Plan(), Cleaner, {})
    job._cleaner = cleaner_for("careful")
    quick = LineReader()
    quick._lines = QUICK_AFTER - 1
    for number, (line, end) in enumerate(split([data], b"\n"), 1):
        outcome = job.do(Record("lines", 0, number, number, line, end, form="jsonl"))
        expect(not any("cleaner failed" in message.text for message in outcome.messages), "the cleaner never fails", outcome.messages, line)
        expect(outcome.output.endswith(end), "a record keeps its end", line, outcome.output)
        try:
            exact, _ = LineReader().read(line)
        except BadRecord:
            continue
        try:
            old = _value(line)
            new = _value(outcome.output)
        except RecursionError:
            continue
        old_text, new_text = old.pop("text", None), new.pop("text", None)
        expect(old == new, "no other value changes", line, outcome.output)
        if isinstance(old_text, str):
            expect(new_text == cleaner_for("careful").clean(old_text, url=exact.optional_string("url"), lang=exact.optional_string("lang")),
                   "the text is the cleaned text", line, outcome.output)  # fmt: skip
            fast, _ = quick.read(line)
            expect(_value(fast.with_text("text", "x")) == _value(exact.with_text("text", "x")), "both readers of lines agree", line)
