"""Errors that teach: what was wrong, where, and the way out."""

from __future__ import annotations

from collections.abc import Iterable


class CleanpressError(Exception):
    """Base of all errors that this library raises on purpose."""


class UnknownNameError(CleanpressError, ValueError):
    """A category, profile, rule or engine that does not exist; names the nearest one that does.

    >>> str(UnknownNameError("category", "captoin", ["caption", "consent"]))
    "unknown category 'captoin': did you mean 'caption'?"
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        import difflib

        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        hint = f"did you mean {near[0]!r}?" if near else f"known: {listed}"
        super().__init__(f"unknown {kind} {name!r}: {hint}")


class RuleError(CleanpressError, ValueError):
    """A rule file that can't be used: names the file, the rule, the key and what is wrong."""

    def __init__(self, where: str, rule: str | None, key: str | None, problem: str) -> None:
        place = ": ".join(x for x in (where, rule and f"rule {rule!r}", key and f"key {key!r}") if x)
        super().__init__(f"{place}: {problem}")


class RunawayError(CleanpressError):
    """A caller's pattern that ran out of its time on a document; the cleaner answers it by keeping the text."""


class InputError(CleanpressError, ValueError):
    """Input that can't be read: names the file and the record or line."""


class MissingExtraError(CleanpressError, ImportError):
    """An optional part that is not installed; names the command that installs it.

    >>> str(MissingExtraError("Parquet", "parquet"))
    'Parquet needs an optional part: pip install cleanpress[parquet]'
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part: pip install cleanpress[{extra}]")
