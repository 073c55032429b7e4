"""What the source of a pattern tells before it is run: how far its matches reach, and how they can begin and end.

Most rules are anchored at the start or end of a line or sentence. A pattern that begins with ``^(?:sign|log) in`` need not
be tried on a line that begins with "The"; asking that costs a tenth of a search. What is found here is computed when a
pack is compiled and stored in it.
"""

from __future__ import annotations

import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import regex

from cleanpress.rulebook import Edge, is_wordish
from cleanpress.text import fold_pattern

#: A run of blanks and punctuation is taken to be no longer than this when a pattern leaves its length open.
_DECORATED = 40
#: Edges are looked at so many characters deep, and given up when more than so many strings can stand there.
_DEEPEST, _MOST, _MOST_ON_THE_WAY = 5, 400, 4000
#: More strings than this are not looked for before a pattern runs.
_MOST_NEEDED = 24
_SPACES = " \t\n\r\v\f\x1c\x1d\x1e\x1f"
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_ENDS = {False: (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING), True: (codes.AT_END, codes.AT_END_STRING)}
#: Marks a string that goes on in a way that can't be listed.
_OPEN = "\0"


def reaches(pattern: str) -> tuple[int | None, int | None]:
    """How far from the start and from the end of a unit a pattern's match can reach; None where it is not bounded.

    A pattern that begins with ``^`` and can match at most forty characters can't match where its keyword stands in the
    middle of a long paragraph. Knowing that saves nine of ten searches.

    >>> reaches("^read more:? [a-z]{1,20}"), reaches("foto: .{1,30}$"), reaches("newsletter")
    ((31, None), (None, 36), (None, None))
    """
    tree = parsed(pattern, ".")
    if tree is None:
        return None, None

    def width(items: Any) -> float:
        """The longest match of a parsed pattern; infinite when unbounded or when a look-ahead reaches on."""
        total = 0.0
        for operator, argument in items:
            if operator in (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY, codes.CATEGORY, codes.RANGE):
                total += 1
            elif operator in _REPEATS:
                most = argument[1]
                if not most:
                    continue  # zero times something endless is nothing
                total += width(argument[2]) * (most if most is not codes.MAXREPEAT else _DECORATED if decorative(argument[2]) else infinity)
            elif operator is codes.SUBPATTERN:
                total += width(argument[-1])
            elif operator is codes.ATOMIC_GROUP:
                total += width(argument)
            elif operator is codes.BRANCH:
                total += max(width(branch) for branch in argument[1])
            elif operator not in (codes.AT, codes.ASSERT_NOT):
                total += infinity
        return total

    def decorative(items: Any) -> bool:
        """Whether a repeated item is blanks, punctuation or digits only; a run of those is short in any real text."""
        if len(items) != 1 or items[0][0] not in (codes.IN, codes.LITERAL):
            return False
        members = items[0][1] if items[0][0] is codes.IN else items
        if members[0][0] is codes.NEGATE:
            return (codes.CATEGORY, codes.CATEGORY_WORD) in members
        for operator, argument in members:
            if operator is codes.LITERAL:
                if chr(argument).isalpha():
                    return False
            elif operator is codes.RANGE:
                if chr(argument[0]).isalpha() or chr(argument[1]).isalpha():
                    return False
            elif argument not in (codes.CATEGORY_SPACE, codes.CATEGORY_DIGIT, codes.CATEGORY_NOT_WORD):
                return False
        return True

    infinity = float("inf")
    total = width(tree)
    if total > 2000:
        return None, None
    widest = int(total)

    def anchored(items: Any, last: bool) -> bool:
        if not len(items):
            return False
        operator, argument = items[-1 if last else 0]
        if operator is codes.AT:
            return argument in _ENDS[last]
        if operator is codes.SUBPATTERN:
            return anchored(argument[-1], last)
        if operator is codes.BRANCH:
            return all(anchored(branch, last) for branch in argument[1])
        return False

    return (widest if anchored(tree, False) else None), (widest if anchored(tree, True) else None)


def edges(pattern: str) -> tuple[Edge | None, Edge | None]:
    """How every match of a pattern begins and ends; None for a side that is not anchored or can't be listed.

    >>> edges("^read (?:more|on)$")
    (Edge(width=5, joined='read ', rough=False, worded=True), Edge(width=5, joined=' moread on', rough=False, worded=True))
    >>> edges("newsletter"), edges("^[^.]{1,9} news")
    ((None, None), (None, None))
    """
    # a class of regex's own, like \p{L}, stands for any word character, of which nothing can be listed
    tree = None if "[[:" in pattern else parsed(pattern, r"\w")
    if tree is None or tree.state.flags & (codes.SRE_FLAG_IGNORECASE | codes.SRE_FLAG_MULTILINE | codes.SRE_FLAG_VERBOSE):
        return None, None
    return _edge(list(tree), False), _edge(list(tree), True)


def parsed(pattern: str, for_properties: str) -> Any:
    """A rule's pattern as the standard library's parser reads it, for looking at its shape; None for what only ``regex`` understands.

    Args:
        pattern: the pattern, as it stands in a rule file.
        for_properties: what stands for each ``\\p{…}``, which the standard library does not have.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return parser.parse(regex.sub(r"\\[pP]\{[^}]*\}", lambda _: for_properties, fold_pattern(pattern)))
    except Exception:
        # what only `regex` understands simply tells nothing
        return None


def _edge(tree: list[Any], last: bool) -> Edge | None:
    if not _anchored(tree, last):
        return None
    for worded in (True, False):
        for depth in range(_DEEPEST, 0, -1):
            walk = _Walk(depth, last, worded)
            try:
                found = walk.strings(tree)
            except OverflowError:
                continue
            width = min(map(len, found))
            if not width:
                break
            cut = sorted({f[-width:] if last else f[:width] for f in found})
            if len(cut) <= _MOST:
                return Edge(width, "".join(cut), walk.rough, worded)
    return None


def _anchored(items: Sequence[Any], last: bool) -> bool:
    for operator, argument in reversed(items) if last else items:
        if operator is codes.AT:
            if argument in _ENDS[last]:
                return True
        elif operator is codes.SUBPATTERN:
            return _anchored(list(argument[-1]), last)
        elif operator is codes.BRANCH:
            return all(_anchored(list(branch), last) for branch in argument[1])
        elif operator not in (codes.ASSERT, codes.ASSERT_NOT):
            return False
    return False


def needs(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Sets of strings of which every match holds at least one each, the most telling sets first; no more than two.

    >>> needs(r"\\byour (?:gift|donation)s? [^.]{0,9}\\b(?:pays|keeps)\\b")
    (('your ',), ('donation', 'gift'))
    >>> needs("[a-z]+ ?x?")
    ()
    """
    tree = None if "[[:" in pattern else parsed(pattern, r"\w")
    if tree is None or tree.state.flags & (codes.SRE_FLAG_IGNORECASE | codes.SRE_FLAG_VERBOSE):
        return ()
    found = {tuple(sorted(wanted)) for wanted in _needed(list(tree)) if len(wanted) <= _MOST_NEEDED and min(map(len, wanted)) > 1}
    return tuple(sorted(found, key=_tells_least)[:2])


def _tells_least(wanted: Sequence[str]) -> tuple[float, Sequence[str]]:
    # long strings are rare, and few of them are looked for quickly
    return len(wanted) - 8 * min(6, min(map(len, wanted))), wanted


def _needed(items: Iterable[Any]) -> list[set[str]]:
    """For each part of a sequence that lists what it holds, the strings that it can hold."""
    found: list[set[str]] = []
    run = ""

    def close() -> None:
        nonlocal run
        if run:
            found.append({run})
        run = ""

    for operator, argument in items:
        if operator is codes.LITERAL:
            run += chr(argument)
            continue
        if operator is codes.AT:
            # a boundary takes no room: what stands on its two sides stands together
            continue
        close()
        if operator is codes.SUBPATTERN and not (argument[1] or argument[2]):
            found += _needed(argument[-1])
        elif operator is codes.ATOMIC_GROUP:
            found += _needed(argument)
        elif operator in _REPEATS and argument[0] > 0:
            found += _needed(argument[2])
        elif operator is codes.BRANCH:
            branches = [_needed(branch) for branch in argument[1]]
            if all(branches):
                found.append(set().union(*(min(branch, key=lambda w: _tells_least(sorted(w))) for branch in branches)))
    close()
    return found


class _Walk:
    """One walk over a parsed pattern from an edge inwards, listing all strings that can stand there."""

    def __init__(self, depth: int, last: bool, worded: bool) -> None:
        self.depth = depth
        self.last = last
        self.worded = worded
        self.rough = False

    def strings(self, tree: Sequence[Any]) -> set[str]:
        """All strings at the edge, at most ``depth`` long; shorter ones are whole matches or go on in a way that can't be listed."""
        found = self._along({""}, tree)
        if self.last:
            return {f.lstrip(_OPEN)[-self.depth :] for f in found}
        return {f.rstrip(_OPEN)[: self.depth] for f in found}

    def _is_done(self, string: str) -> bool:
        return len(string) >= self.depth or (string.startswith(_OPEN) if self.last else string.endswith(_OPEN))

    def _joined(self, string: str, char: str) -> str:
        if not string and self.worded and char != _OPEN and not is_wordish(char):
            return ""
        return char + string if self.last else string + char

    def _along(self, found: set[str], items: Iterable[Any]) -> set[str]:
        for item in reversed(list(items)) if self.last else items:
            if all(map(self._is_done, found)):
                break
            found = self._past(found, *item)
            if len(found) > _MOST_ON_THE_WAY:
                raise OverflowError
        return found

    def _past(self, found: set[str], operator: Any, argument: Any) -> set[str]:
        done = {f for f in found if self._is_done(f)}
        live = found - done
        if operator in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
            return found
        if operator is codes.SUBPATTERN and not (argument[1] or argument[2]):
            return done | self._along(live, argument[-1])
        if operator is codes.ATOMIC_GROUP:
            return done | self._along(live, argument)
        if operator is codes.BRANCH:
            return done.union(*(self._along(live, branch) for branch in argument[1]))
        if operator in _REPEATS:
            return done | self._repeated(live, *argument)
        chars = self._chars(operator, argument)
        if chars is not None:
            return done | {self._joined(f, c) for f in live for c in chars}
        only_decoration = self.worded and _never_wordish(operator, argument)
        return done | {f if only_decoration and not f else self._joined(f, _OPEN) for f in live}

    def _repeated(self, live: set[str], least: int, most: int, items: Iterable[Any]) -> set[str]:
        items = list(items)
        found = set(live) if not least else set()
        number = 0
        while live and number < most:
            live = self._along(live, items)
            number += 1
            full = {f for f in live if self._is_done(f)}
            found |= full
            live = live - full
            if number >= least:
                if live <= found:
                    break
                found |= live
            if len(found) > _MOST_ON_THE_WAY:
                raise OverflowError
        return found

    def _chars(self, operator: Any, argument: Any) -> set[str] | None:
        """The characters that one item can stand for; None where they can't be listed."""
        if operator is codes.LITERAL:
            return {chr(argument)}
        if operator is not codes.IN:
            return None
        chars: set[str] = set()
        for kind, value in argument:
            if kind is codes.LITERAL:
                chars.add(chr(value))
            elif kind is codes.RANGE and value[1] - value[0] <= 60:
                chars.update(map(chr, range(value[0], value[1] + 1)))
            elif kind is codes.CATEGORY and value in (codes.CATEGORY_DIGIT, codes.CATEGORY_SPACE):
                chars.update("0123456789" if value is codes.CATEGORY_DIGIT else _SPACES)
                self.rough = True
            else:
                return None
        return chars


def _never_wordish(operator: Any, argument: Any) -> bool:
    """Whether one item can stand for no character that :func:`is_wordish`."""
    if operator is not codes.IN:
        return False
    if argument[0][0] is codes.NEGATE:
        return (codes.CATEGORY, codes.CATEGORY_WORD) in argument
    for kind, value in argument:
        if kind is codes.LITERAL:
            if is_wordish(chr(value)):
                return False
        elif kind is codes.RANGE:
            if any(is_wordish(chr(c)) for c in range(value[0], value[1] + 1)):
                return False
        elif kind is not codes.CATEGORY or value not in (codes.CATEGORY_NOT_WORD, codes.CATEGORY_SPACE):
            return False
    return True
