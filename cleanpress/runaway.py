"""Finds patterns whose time grows faster than the text: they are run on strings that were made from the pattern to hurt it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

import regex

from cleanpress.patterns import parsed
from cleanpress.rulebook import compiled

#: Processor seconds after which a pattern on a stress string counts as running away. A linear one takes about a millisecond, and
#: processor time, unlike the clock, does not grow because another process is busy.
STRESS_SECONDS = 0.5
#: Length of the strings, in code points: no pattern ever sees a longer text (``matching.LONGEST_UNIT``).
STRESS_SIZE = 20_000
#: A repeat of at least so many is worth pumping.
_MANY = 8


def stress_strings(pattern: str, keywords: Sequence[str], size: int = STRESS_SIZE) -> Iterator[str]:
    """Strings that make a badly written pattern backtrack: what each of its repeats matches, over and over, and never the end.

    Args:
        pattern: the pattern, as it stands in a rule file.
        keywords: the rule's keywords.
        size: about how many code points each string has.

    >>> [s for s in stress_strings("x(?:ab)+$", ["x"], 12) if s.startswith("xab")][0]
    'xababababab\\x00'
    """
    pieces = [*keywords, " ", "a", "a ", "1", "1.", "-", "( ", ",", "a, ", "\u3042", "\u0430 ", ". ", '"', ": "]
    pieces += regex.findall(r"[^\W\d_]{2,}", regex.sub(r"\\.|\[[^\]]*\]|\(\?[^:)]*", " ", pattern))[:12]
    first = keywords[0] if keywords else ""
    for prefix, pump in dict.fromkeys(_pumps(pattern)):
        yield prefix + pump * ((size - len(prefix)) // len(pump)) + "\0"
        yield first + prefix + pump * (size // len(pump)) + "!\0"
    for piece in dict.fromkeys(pieces):
        run = piece * (size // len(piece))
        yield run
        yield first + run
        yield run + "\0"
        yield first + " " + run + "!\0"


def runaways(pattern: str, keywords: Sequence[str]) -> list[str]:
    """The first stress string on which ``pattern`` takes longer than any linear pattern could, told as a problem; empty when there is none.

    >>> runaways("^read more:? [a-z]{1,20}", ["read more"])
    []
    """
    program = compiled(pattern)
    for string in stress_strings(pattern, keywords):
        start = time.process_time()
        # regex counts processor time, too
        with contextlib.suppress(TimeoutError):
            program.search(string, timeout=1.25 * STRESS_SECONDS)
        if time.process_time() - start > STRESS_SECONDS:
            return [f"pattern {pattern!r} runs away on {string[:40]!r}…: make it linear (bounded or possessive repeats)"]
    return []


def _pumps(pattern: str) -> Iterator[tuple[str, str]]:
    """For each long repeat in a pattern, a text that leads up to it and one that it repeats."""
    tree = parsed(pattern, ".")
    if tree is not None:
        yield from _pumps_in(tree, "")


def _pumps_in(items: Any, prefix: str) -> Iterator[tuple[str, str]]:
    import re._constants as codes  # type: ignore[import-not-found]

    for operator, argument in items:
        if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            inner = argument[2]
            if argument[1] >= _MANY:
                for pump in _samples(inner):
                    yield prefix, pump or "a"
            yield from _pumps_in(inner, prefix)
        elif operator is codes.SUBPATTERN:
            yield from _pumps_in(argument[-1], prefix)
        elif operator is codes.ATOMIC_GROUP:
            yield from _pumps_in(argument, prefix)
        elif operator is codes.BRANCH:
            for branch in argument[1]:
                yield from _pumps_in(branch, prefix)
        elif operator in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _pumps_in(argument[1], prefix)
        prefix += _sample([(operator, argument)])


def _samples(items: Any) -> list[str]:
    """Texts that a parsed pattern matches: one for each branch of it that stands at the top."""
    import re._constants as codes

    if len(items) == 1 and items[0][0] is codes.SUBPATTERN:
        return _samples(items[0][1][-1])
    if len(items) == 1 and items[0][0] is codes.BRANCH:
        return [_sample(branch) for branch in items[0][1][1]]
    return [_sample(items)]


def _sample(items: Any) -> str:
    """A short text that a parsed pattern matches, look-arounds aside."""
    import re._constants as codes

    text = ""
    for operator, argument in items:
        if operator is codes.LITERAL:
            text += chr(argument)
        elif operator in (codes.ANY, codes.NOT_LITERAL, codes.IN):
            text += next((c for c in "a 1-,\u3042.\u0430" if _matches(operator, argument, c)), "") or _first_of(argument)
        elif operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            text += _sample(argument[2]) * max(argument[0], int(argument[1] > 0))
        elif operator is codes.SUBPATTERN:
            text += _sample(argument[-1])
        elif operator is codes.ATOMIC_GROUP:
            text += _sample(argument)
        elif operator is codes.BRANCH:
            text += _sample(argument[1][0])
    return text


def _first_of(members: Any) -> str:
    import re._constants as codes

    if isinstance(members, list):
        for operator, argument in members:
            if operator is codes.LITERAL:
                return chr(argument)
            if operator is codes.RANGE:
                return chr(argument[0])
    return "a"


def _matches(operator: Any, argument: Any, char: str) -> bool:
    import re._constants as codes

    if operator is codes.ANY:
        return True
    if operator is codes.NOT_LITERAL:
        return bool(ord(char) != argument)
    negated = bool(argument) and argument[0][0] is codes.NEGATE
    return any(_holds(member, value, char) for member, value in argument if member is not codes.NEGATE) != negated


def _holds(member: Any, value: Any, char: str) -> bool:
    import re._constants as codes

    if member is codes.LITERAL:
        return bool(ord(char) == value)
    if member is codes.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    kinds = {
        codes.CATEGORY_DIGIT: char.isdigit(),
        codes.CATEGORY_NOT_DIGIT: not char.isdigit(),
        codes.CATEGORY_SPACE: char.isspace(),
        codes.CATEGORY_NOT_SPACE: not char.isspace(),
        codes.CATEGORY_WORD: char.isalnum(),
        codes.CATEGORY_NOT_WORD: not char.isalnum(),
    }
    return kinds.get(value, False)
