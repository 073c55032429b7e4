"""Counts of a run: what was read, cut, warned about; the same whatever the number of workers."""

from __future__ import annotations

from typing import Any, Final

from cleanpress.types import Result

STATS_SCHEMA: Final = "cleanpress.stats/1"
#: Hosts counted by name; a crawl of millions must not grow without bound, so the rest count as ``(others)``.
MOST_HOSTS: Final = 10_000
OTHERS: Final = "(others)"


class Tally:
    """What a run, or a part of one, did."""

    def __init__(self) -> None:
        self.records = 0
        self.documents = 0
        self.changed = 0
        self.empty = 0
        self.characters_in = 0
        self.characters_out = 0
        # name: [times, code points]
        self.categories: dict[str, list[int]] = {}
        self.rules: dict[str, list[int]] = {}
        self.languages: dict[str, list[int]] = {}
        self.hosts: dict[str, list[int]] = {}
        self.warnings: dict[str, int] = {}
        self.errors: dict[str, int] = {}

    def add(self, result: Result, *, host: str | None, length: int | None = None) -> None:
        """Counts one cleaned document.

        Args:
            result: what the cleaner made of it.
            host: where it came from, if known.
            length: code points of the document, where the result has no record of what was cut.
        """
        cut = 0
        for piece in result.removed:
            size = piece.end - piece.start
            cut += size
            _count(self.categories, piece.category, size)
        for verdict in result.verdicts:
            if verdict.removed:
                # each rule that spoke for the cut counts it, so rules don't add up to the whole
                for rule in verdict.rules:
                    _count(self.rules, rule, verdict.end - verdict.start)
        if length is not None:
            cut = length - len(result.text)
        self.documents += 1
        self.changed += cut > 0
        self.characters_in += len(result.text) + cut
        self.characters_out += len(result.text)
        _count(self.languages, result.language or "unknown", cut)
        if host:
            _count(self.hosts, host if host in self.hosts or len(self.hosts) < MOST_HOSTS else OTHERS, cut)
        for warning in result.warnings:
            self.warnings[warning] = self.warnings.get(warning, 0) + 1

    def error(self, kind: str) -> None:
        """Counts a record that could not be cleaned as asked."""
        self.errors[kind] = self.errors.get(kind, 0) + 1

    def merge(self, other: Tally) -> None:
        """Adds what another part of the run did."""
        self.records += other.records
        self.documents += other.documents
        self.changed += other.changed
        self.empty += other.empty
        self.characters_in += other.characters_in
        self.characters_out += other.characters_out
        for mine, theirs in ((self.categories, other.categories), (self.rules, other.rules), (self.languages, other.languages)):
            for name, (times, length) in theirs.items():
                _count(mine, name, length, times)
        for name, (times, length) in other.hosts.items():
            _count(self.hosts, name if name in self.hosts or len(self.hosts) < MOST_HOSTS else OTHERS, length, times)
        for mine_n, theirs_n in ((self.warnings, other.warnings), (self.errors, other.errors)):
            for name, times in theirs_n.items():
                mine_n[name] = mine_n.get(name, 0) + times

    def state(self) -> dict[str, Any]:
        """All counts as plain values, for a run that is to be continued."""
        return vars(self)

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Tally:
        """The counts that :meth:`state` gave.

        >>> tally = Tally()
        >>> tally.error("worker")
        >>> Tally.from_state(tally.state()).errors
        {'worker': 1}
        """
        tally = cls()
        vars(tally).update(state)
        return tally

    def as_json(self) -> dict[str, Any]:
        """The counts as one JSON object, in a stable order: most characters first, then by name."""

        def table(counts: dict[str, list[int]], what: str) -> dict[str, dict[str, int]]:
            return {name: {what: times, "characters": length} for name, (times, length) in _ranked(counts)}

        return {
            "records": self.records,
            "documents": self.documents,
            "changed": self.changed,
            "empty": self.empty,
            "characters": {
                "in": self.characters_in,
                "out": self.characters_out,
                "removed": self.characters_in - self.characters_out,
            },
            "categories": table(self.categories, "spans"),
            "rules": table(self.rules, "spans"),
            "languages": table(self.languages, "documents"),
            "hosts": table(self.hosts, "documents"),
            "warnings": dict(sorted(self.warnings.items())),
            "errors": dict(sorted(self.errors.items())),
        }

    def summary(self, seconds: float) -> str:
        """The counts for people, a few lines."""
        removed = self.characters_in - self.characters_out
        share = f" ({removed / self.characters_in:.1%})" if self.characters_in else ""
        lines = [
            f"documents   {self.documents:,} cleaned, {self.changed:,} changed" + (f", {self.empty:,} empty" if self.empty else ""),
            f"characters  {self.characters_in:,} in, {self.characters_out:,} out, {removed:,} removed{share}",
        ]
        for title, counts in (("categories", self.categories), ("rules", self.rules), ("languages", self.languages), ("hosts", self.hosts)):
            ranked = _ranked(counts)
            named = ", ".join(f"{name} {length:,} ({times:,}×)" for name, (times, length) in ranked[:8])
            if named:
                lines.append(f"{title:<11} {named}" + (f" and {len(ranked) - 8:,} more" if len(ranked) > 8 else ""))
        for title, plain in (("warnings", self.warnings), ("errors", self.errors)):
            if plain:
                lines.append(f"{title:<11} " + ", ".join(f"{name} {times:,}" for name, times in sorted(plain.items())))
        rate = f", {self.documents / seconds:,.0f} documents/s" if seconds > 0 and self.documents else ""
        lines.append(f"time        {seconds:.2f} s{rate}")
        return "".join(line + "\n" for line in lines)


def _count(counts: dict[str, list[int]], name: str, length: int, times: int = 1) -> None:
    row = counts.get(name)
    if row is None:
        counts[name] = [times, length]
    else:
        row[0] += times
        row[1] += length


def _ranked(counts: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
    return sorted(counts.items(), key=lambda item: (-item[1][1], item[0]))
