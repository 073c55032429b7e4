"""Lines, sentences and labels of plain text; and the join that deletes.

Lines are blocks. Sentences are found with a small splitter of our own rather than a library: it must give offsets, be
linear, cost microseconds, and when it errs, err towards *longer* segments, because a segment is what can be cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cleanpress.types import Block

_CLOSERS = "\"'\u2019\u201d\u00bb\u203a)\\]\u300d\u300f\u3011\uff09"
# An end mark, closing quotes, then white space; ideographic marks need no space after them. One class comes first, so that `re` can
# skip ahead to it.
_SPACED, _UNSPACED = ".!?\u2026\u061f\u06d4\u0964\u0965", "\u3002\uff01\uff1f"
_ENDS = re.compile(
    f"[{_SPACED}{_UNSPACED}](?:(?<=[{_SPACED}])[{_SPACED}]*[{_CLOSERS}]*(?=[ \t\u00a0\u2009\u202f\u3000])|(?<=[{_UNSPACED}])[{_UNSPACED}]*[{_CLOSERS}]*)"
)
_LAST_WORD = re.compile(r"([^\W_]+)\.?$")
#: What can stand before the first word of a sentence.
OPENERS = "\"'\u201c\u201e\u00ab\u2018\u201a\u2039([\u00bf\u00a1-\u2013\u2014\u2022*\u300c\u300e"
#: Letters of scripts that put no blanks between words.
_BLANKLESS = "[\u3040-\u30ff\u3400-\u9fff]"
_QUOTED = "\"'\u201c\u201e\u00ab\u2018\u201a\u2039\u300c\u300e\u00bb"
# Words whose full stop does not end a sentence, over the languages that are written with one; folded to lower case.
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "sen",
        "rep",
        "gov",
        "gen",
        "col",
        "lt",
        "sgt",
        "capt",
        "rev",
        "hon",
        "jr",
        "sr",
        "vs",
        "etc",
        "inc",
        "ltd",
        "co",
        "corp",
        "dept",
        "est",
        "approx",
        "fig",
        "no",
        "nos",
        "vol",
        "pp",
        "ed",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "a.m",
        "p.m",
        "i.e",
        "e.g",
        "u.s",
        "u.k",
        "u.n",
        "bzw",
        "ca",
        "evtl",
        "ggf",
        "usw",
        "vgl",
        "hr",
        "fr",
        "frl",
        "dipl",
        "ing",
        "str",
        "nr",
        "tel",
        "abs",
        "art",
        "bd",
        "jh",
        "mio",
        "mrd",
        "tsd",
        "inkl",
        "exkl",
        "sog",
        "geb",
        "gest",
        "z",
        "d",
        "u",
        "o",
        "sr",
        "sra",
        "srta",
        "ud",
        "uds",
        "dra",
        "av",
        "avda",
        "pág",
        "núm",
        "mme",
        "mlle",
        "mm",
        "cie",
        "bd",
        "env",
        "sig",
        "sig.ra",
        "dott",
        "avv",
        "ing",
        "tél",
        "dhr",
        "mevr",
        "drs",
        "blz",
        "jl",
        "o.a",
        "bijv",
        "resp",
        "m.fl",
        "bl.a",
        "t.ex",
        "kl",
        "tlf",
        "ca",
        "f.eks",
        "osv",
        "mld",
        "mln",
        "zł",
        "tzw",
        "tj",
        "np",
        "ul",
        "prof",
        "inż",
        "im",
        "гг",
        "г",
        "тыс",
        "млн",
        "млрд",
        "руб",
        "им",
        "ул",
        "стр",
        "т.д",
        "т.п",
        "св",
        "д-р",
        "tbk",
        "jl",
        "dll",
        "dsb",
        "kec",
        "kab",
        "rp",
    ]
)


def blocks_of(text: str) -> list[Block]:
    """The non-blank lines of ``text`` with their spans.

    >>> [(b.start, b.end, b.gap) for b in blocks_of("  One. \\n\\nTwo.")]
    [(2, 6, 0), (9, 13, 2)]
    """
    blocks: list[Block] = []
    at = 0
    gap = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            width = len(stripped)
            start = at if width == len(line) else at + line.find(stripped[0])
            blocks.append(Block(start, start + width, at, gap))
            gap = 1
        else:
            gap += 1
        at += len(line) + 1
    return blocks


def end_marks_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of what looks like the end of a sentence in ``text[start:end]``: end marks with the quotes that close behind them."""
    return [match.span() for match in _ENDS.finditer(text, start, end)]


def sentences_of(text: str, start: int, end: int, marks: Sequence[tuple[int, int]] | None = None) -> list[tuple[int, int]]:
    """Sentence spans of ``text[start:end]``, outer white space left out; together they hold every other character.

    A full stop after an initial, a number or a known abbreviation, and an end mark before a lower-case letter do not
    end a sentence.

    Args:
        text: any text.
        start: where to begin.
        end: where to stop.
        marks: its end marks (:func:`end_marks_of`), where they are known already.

    >>> [("He met Dr. May. Then he left! 終わり。次"[a:b]) for a, b in sentences_of("He met Dr. May. Then he left! 終わり。次", 0, 35)]
    ['He met Dr. May.', 'Then he left!', '終わり。', '次']
    """
    spans: list[tuple[int, int]] = []
    begin = start
    for at, stop in end_marks_of(text, start, end) if marks is None else marks:
        follow = stop
        while follow < end and text[follow].isspace():
            follow += 1
        if follow >= end:
            break
        if text[follow].islower():
            continue
        if stop == at + 1 and text[at] == ".":
            word = _LAST_WORD.search(text, max(begin, at - 20), at)
            if word:
                token = word.group(1)
                # initials, ordinals and dates ("J. Doe", "22. Februar"), abbreviations
                if (len(token) == 1 and not token.isdigit()) or (token.isdigit() and len(token) <= 2) or token.lower() in _ABBREVIATIONS:
                    continue
        if stop > begin:
            spans.append((begin, stop))
        begin = follow
    if begin < end:
        spans.append((begin, end))
    return spans


def split_at_labels(
    text: str, spans: Iterable[tuple[int, int]], labels: Sequence[tuple[int, int]], capitals_tell: bool = True
) -> list[tuple[int, int]]:
    """``spans`` split once more around labels: fixed phrases such as "Read more" glued between sentences by an extractor.

    Args:
        text: the document's text.
        spans: segment spans.
        labels: sorted, disjoint spans of label phrases inside them.
        capitals_tell: whether a capital marks a new sentence; False where nouns have capitals too (German). Then a label is
            split off only between sentence ends and other labels.

    A label is split off only when it looks like one: it begins with a capital (in scripts that have them), stands at the
    start of a sentence, after another label, or is two words long, and what follows begins like a new sentence. "He asked
    her to read more books" and "Anzeige erstattete" stay whole. Scripts without capitals can't show where a sentence begins:
    there a label stands between end marks, in Chinese and Japanese between blanks.

    >>> text = "Rain fell on Read more Support Now The mayor spoke."
    >>> [text[a:b] for a, b in split_at_labels(text, [(0, 51)], [(13, 22), (23, 34)])]
    ['Rain fell on', 'Read more', 'Support Now', 'The mayor spoke.']
    """
    out: list[tuple[int, int]] = []
    queue = list(labels)
    k = 0
    for start, end in spans:
        at = start
        while k < len(queue) and queue[k][0] < at:
            k += 1
        while k < len(queue) and queue[k][1] <= end:
            a, b = queue[k]
            following = queue[k + 1][0] if k + 1 < len(queue) else -1
            k += 1
            if a < at:
                continue
            # behind an opening quote it is quoted speech: marked "Reject all"
            if a and text[a - 1] in _QUOTED:
                continue
            fresh = not text[at:a].strip()
            if text[a].islower() and not fresh:
                continue
            label = text[a:b]
            tells, blanks_tell = label_shows_by(label, capitals_tell)
            if not fresh and not (blanks_tell and text[a - 1].isspace()) and (not tells or len(label.split()) < 2):
                continue
            if not ends_label(text, b, end, tells, blanks_tell, following):
                continue
            while b < end and text[b] in ".:!?\u2026>\u203a\u00bb\u2192":
                b += 1
            if a > at:
                _append_stripped(text, at, a, out)
            out.append((a, b))
            at = b
        if at < end:
            _append_stripped(text, at, end, out)
    return out


def _append_stripped(text: str, start: int, end: int, out: list[tuple[int, int]]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        out.append((start, end))


def label_shows_by(label: str, capitals_tell: bool) -> tuple[bool, bool]:
    """Whether a capital behind a label tells that it ended, and whether a blank does."""
    tells = capitals_tell and label.lower() != label.upper()
    return tells, not tells and re.search(_BLANKLESS, label) is not None


def ends_label(text: str, at: int, end: int, capitals_tell: bool, blanks_tell: bool, following: int = -1) -> bool:
    """Whether what stands at ``at`` shows that a label ended there: the end, an end mark, another label, a fresh capital."""
    marked = blanks_tell and at < end and text[at].isspace()
    while at < end and (text[at].isspace() or text[at] in ".:!?>\u203a\u00bb\u2192|\u2022" or text[at] in OPENERS):
        marked = marked or text[at] in ".:!?>\u203a\u00bb\u2192|\u2022"
        at += 1
    if at >= end or at == following:
        return True
    if text[at] in ",;)" or text[at].islower():
        return False
    # a number goes on a sentence as well as it begins one: "Den Podcast hören 40.000 Menschen"
    return (capitals_tell and not text[at].isdigit()) or marked


def cuts_of(text: str, blocks: Sequence[Block], whole: Sequence[bool], inner: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches to delete, white space included, so that what is left reads as if the removed parts had never been there.

    Args:
        text: the document's text.
        blocks: its blocks.
        whole: for each block, whether all of it goes.
        inner: sorted, disjoint spans inside blocks that otherwise stay.

    A run of removed blocks takes the smaller of the two separators around it, so that a paragraph break stays one. At the
    document's head and tail the white space towards the kept text goes too, but trailing white space of the input stays.
    Nothing but white space and removed spans is ever touched.
    """
    cuts: list[tuple[int, int]] = []
    count = len(blocks)
    i = 0
    spans = _joined(text, inner)
    taken = 0
    while i < count:
        if not whole[i]:
            while taken < len(spans) and spans[taken][0] < blocks[i].end:
                if spans[taken][0] >= blocks[i].start:
                    cuts.append(_sentence_cut(text, spans[taken], blocks[i]))
                taken += 1
            i += 1
            continue
        j = i
        while j + 1 < count and whole[j + 1]:
            j += 1
        first, last = blocks[i], blocks[j]
        if j + 1 == count:
            # at the tail: from the end of the kept line before, or everything but the input's outer white space; from behind its
            # blanks a "\r" would be left over
            start = blocks[i - 1].end if i else first.start
            cuts.append((start, last.end))
        elif i == 0:
            cuts.append((0, blocks[j + 1].line_start))
        elif first.gap <= blocks[j + 1].gap:
            cuts.append((_line_end(text, blocks[i - 1].end), _line_end(text, last.end)))
        else:
            cuts.append((first.line_start, blocks[j + 1].line_start))
        i = j + 1
    return _merged(cuts)


def _joined(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring spans of one line that only blanks keep apart, as one, so that no space is left over between them."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if out and (out[-1][1] >= start or (text[out[-1][1] : start].isspace() and "\n" not in text[out[-1][1] : start])):
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _sentence_cut(text: str, span: tuple[int, int], block: Block) -> tuple[int, int]:
    start, end = span
    before = start
    while before > block.start and text[before - 1].isspace():
        before -= 1
    after = end
    while after < block.end and text[after].isspace():
        after += 1
    if before == block.start:
        return block.start, after
    if after == block.end:
        return before, block.end
    # Between two kept sentences: the white space before goes, the one after stays.
    return before, end


def _merged(cuts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in cuts:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged
