"""A unified diff between a text and what is left of it, made from the spans that were cut.

The spans say what changed, so nothing has to be searched for: the time is linear in the text, where a general diff
of two long articles is quadratic.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from cleanpress.types import cut_out

_CONTEXT = 3
_RED, _CUT, _GREEN, _CYAN, _BOLD, _PLAIN = "\x1b[31m", "\x1b[7;31m", "\x1b[32m", "\x1b[36m", "\x1b[1m", "\x1b[0m"
_NO_END = "\\ No newline at end of file\n"


def unified(text: str, spans: Sequence[tuple[int, int]], name: str, *, colour: bool = False) -> str:
    """The diff from ``text`` to ``text`` without ``spans``; empty when there are none.

    Args:
        text: what was read.
        spans: sorted, disjoint, in code points.
        name: name of the text, for the two header lines.
        colour: with ANSI colours; then the cut characters stand out inside their lines.

    >>> print(unified("Rain fell.\\nShare this\\n", [(11, 22)], "a.txt"), end="")
    --- a.txt
    +++ a.txt
    @@ -1,2 +1 @@
     Rain fell.
    -Share this
    """
    spans = [span for span in spans if span[0] < span[1]]
    if not spans:
        return ""
    starts = [0]
    at = text.find("\n")
    while at >= 0 and at + 1 < len(text):
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    count = len(starts)
    starts.append(len(text))
    lines = [text[starts[i] : starts[i + 1]] for i in range(count)]
    bold, cyan, plain = (_BOLD, _CYAN, _PLAIN) if colour else ("", "", "")
    out = [f"{bold}--- {name}{plain}\n", f"{bold}+++ {name}{plain}\n"]
    shift = 0
    for hunk in _hunks(list(_changes(text, spans, starts, lines))):
        first = max(hunk[0][0] - _CONTEXT, 0)
        last = min(hunk[-1][1] + _CONTEXT, count)
        body: list[str] = []
        grown = 0
        at = first
        for begin, end, new in hunk:
            body += (_row(" ", line) for line in lines[at:begin])
            body += (
                _cut_row(lines[i], starts[i], spans) if colour else _row("-", lines[i])
                for i in range(begin, end)
            )  # fmt: skip
            body += (_row("+", line, *((_GREEN, _PLAIN) if colour else ())) for line in new)
            grown += len(new) - (end - begin)
            at = end
        body += (_row(" ", line) for line in lines[at:last])
        before, after = _range(first, last - first), _range(first + shift, last - first + grown)
        out.append(f"{cyan}@@ -{before} +{after} @@{plain}\n")
        out += body
        shift += grown
    return "".join(out)


def _changes(text: str, spans: Sequence[tuple[int, int]], starts: list[int], lines: list[str]) -> Iterator[tuple[int, int, list[str]]]:
    """``(first line, line after the last, what they become)``, in order, never touching."""
    count = len(lines)
    k = 0
    while k < len(spans):
        first = bisect_right(starts, spans[k][0], 0, count) - 1
        after = first
        chosen: list[tuple[int, int]] = []
        while True:
            while k < len(spans) and (not chosen or spans[k][0] < starts[after]):
                chosen.append(spans[k])
                after = max(after, bisect_left(starts, spans[k][1], 0, count))
                k += 1
            base = starts[first]
            rest = cut_out(text[base : starts[after]], ((a - base, b - base) for a, b in chosen))
            # what is left of a line whose end was cut runs on into the next line
            if rest and not rest.endswith("\n") and after < count:
                after += 1
                continue
            break
        new = rest.split("\n")
        new = [line + "\n" for line in new[:-1]] + ([new[-1]] if new[-1] else [])
        while new and first < after and new[0] == lines[first]:
            first += 1
            del new[0]
        while new and first < after and new[-1] == lines[after - 1]:
            after -= 1
            del new[-1]
        if first < after or new:
            yield first, after, new


def _hunks(changes: list[tuple[int, int, list[str]]]) -> Iterator[list[tuple[int, int, list[str]]]]:
    hunk: list[tuple[int, int, list[str]]] = []
    for change in changes:
        if hunk and change[0] - hunk[-1][1] > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _range(first: int, length: int) -> str:
    if length == 1:
        return str(first + 1)
    # an empty range is named by the line before it
    return f"{first + 1 if length else first},{length}"


def _row(mark: str, line: str, colour: str = "", plain: str = "") -> str:
    end = "\n" if line.endswith("\n") else "\n" + _NO_END
    return f"{colour}{mark}{line.removesuffix(chr(10))}{plain}{end}"


def _cut_row(line: str, start: int, spans: Sequence[tuple[int, int]]) -> str:
    body = line.removesuffix("\n")
    parts = [f"{_RED}-"]
    at = 0
    k = max(bisect_right(spans, (start, start)) - 1, 0)
    while k < len(spans) and spans[k][0] < start + len(body):
        begin, end = max(spans[k][0] - start, at), min(spans[k][1] - start, len(body))
        if begin < end:
            parts += (body[at:begin], _CUT, body[begin:end], _PLAIN, _RED)
            at = end
        k += 1
    parts += (body[at:], _PLAIN, "\n" if line.endswith("\n") else "\n" + _NO_END)
    return "".join(parts)
