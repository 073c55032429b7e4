"""Reads, checks and ships rules: TOML files that people write, JSON packs that load in milliseconds.

A rule file lives at ``rules/<language>/<category>.toml``, ``rules/any/<category>.toml`` or ``rules/sites/<host>.toml``.
``python -m cleanpress.devtools compile-rules`` turns them into one pack a language (``rules/<language>.json``), without
the examples; that is what a cleaner loads.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cleanpress.errors import RuleError
from cleanpress.shipped import RULES
from cleanpress.text import fold_pattern, fold_phrase
from cleanpress.types import CATEGORIES, SCOPES, STRENGTHS, Category, Scope, Strength

if TYPE_CHECKING:
    import regex

PACK_VERSION = 3
_KEYS = {
    "id", "category", "scope", "strength", "phrases", "keywords", "pattern", "unless", "note", "remove", "keep", "aliases", "valid_until",
}  # fmt: skip
#: What may stand around a phrase that fills its whole segment: bullets, arrows, brackets, end marks, spaces; no letters or digits.
DECORATION = "\u00a1\u00bf \t\n\r\v\f.,:;!?\u2026|/\\-_*+=~<>()[]{}'\"#\u00b7\u2022\u25cf\u25aa\u25b6\u25ba\u25b8\u25b7\u203a\u00bb\u2192\u2191\u2193\u21d2\u27a4\u2794\u279c\u2713\u00d7\u00a6\u00b0\u25a0\u25a1\u25c6\u25c7\u3001\u3002\u3010\u3011\u300a\u300b\u3008\u3009\u30fb\uff5c\u060c\u061b\u061f\u06d4\u0964"
_MARKED = re.compile("\u27e6(.*?)\u27e7", re.DOTALL)


class Edge(NamedTuple):
    """The strings with which every match of an anchored pattern begins (or ends).

    ``joined`` holds them one after another, each ``width`` long. When ``worded``, they stand at the text's first (last)
    letter, digit or underscore, whatever comes before (after) it; else at the text's very edge. When ``rough``, other
    decimal digits and blanks may stand in place of the ASCII ones.
    """

    width: int
    joined: str
    rough: bool
    worded: bool

    def strings(self) -> frozenset[str]:
        """The strings, taken apart."""
        return frozenset(self.joined[i : i + self.width] for i in range(0, len(self.joined), self.width))


def is_wordish(char: str) -> bool:
    """Whether a character stops the search for a text's first word; all of them are ``\\w`` to ``re`` and ``regex``."""
    return char.isalpha() or char == "_" or char.isdecimal()


@dataclass(frozen=True, slots=True)
class Rule:
    """One declarative rule; see ``docs/rules.md`` for the format.

    ``phrases`` match when one of them *is* the whole segment (decoration and end marks aside); ``pattern`` is searched in
    folded (lower-case) text, and only where one of ``keywords`` stands.
    """

    id: str
    category: Category
    scope: Scope
    strength: Strength
    phrases: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    pattern: str | None = None
    unless: str | None = None
    note: str = ""
    remove: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    valid_until: str | None = None
    #: How far from the unit's start (or end) a match can reach, when the pattern is anchored there and bounded; see :func:`foreseen`.
    from_start: int | None = None
    from_end: int | None = None
    #: With what a match can begin and end, where that can be told.
    heads: Edge | None = None
    tails: Edge | None = None
    #: Sets of strings of which each match holds one each.
    needs: tuple[tuple[str, ...], ...] = ()
    #: False for callers' own rules.
    shipped: bool = False

    @property
    def pack(self) -> str:
        """``"en"``, ``"any"``, ``"sites"`` …: the first part of the id."""
        return self.id.split("/", 1)[0]

    @property
    def host(self) -> str | None:
        """The host that a site rule is for, else None."""
        parts = self.id.split("/")
        return parts[1] if parts[0] == "sites" else None


@functools.cache
def compiled(pattern: str) -> regex.Pattern[str]:
    """The pattern of a caller's rule, compiled when it is first needed and only once; it can be searched with a time limit."""
    import regex

    return regex.compile(fold_pattern(pattern), regex.VERSION0)


#: Syntax that ``re`` does not know or reads as something else than ``regex``; and scripts whose vowel signs are letters to ``regex``
#: alone, so that ``\w`` and ``\b`` mean more there.
_ONLY_REGEX = re.compile(r"\\[pPX]|\[\[|--|&&|~~|\|\||\(\?[|&R]|[\u0900-\u0dff]")


@functools.cache
def shipped_pattern(pattern: str) -> re.Pattern[str] | regex.Pattern[str]:
    """The pattern of a rule that ships. The tests prove all of them linear, so they need no time limit.

    ``re`` compiles them in a third of the time that ``regex`` takes, which is most of the time of a run over one page.
    """
    if not _ONLY_REGEX.search(pattern):
        # "re" knows no look-behind of several widths
        with contextlib.suppress(re.error):
            return re.compile(fold_pattern(pattern))
    return compiled(pattern)


def foreseen(rule: Rule) -> Rule:
    """The rule with what its pattern's source tells: reach and edges (see :mod:`cleanpress.patterns`)."""
    if rule.pattern is None:
        return rule
    # only those who compile packs or bring rules of their own pay for the parser
    from cleanpress import patterns

    from_start, from_end = patterns.reaches(rule.pattern)
    heads, tails = patterns.edges(rule.pattern)
    return replace(rule, from_start=from_start, from_end=from_end, heads=heads, tails=tails, needs=patterns.needs(rule.pattern))


def marked_spans(example: str) -> tuple[str, list[tuple[int, int]]]:
    """The plain text of a ``remove`` example and the spans that its marks enclose (the whole text when it has none).

    >>> marked_spans("He left. \u27e6Sign up here.\u27e7")
    ('He left. Sign up here.', [(9, 22)])
    """
    plain: list[str] = []
    spans: list[tuple[int, int]] = []
    at = length = 0
    for match in _MARKED.finditer(example):
        before = example[at : match.start()]
        spans.append((length + len(before), length + len(before) + len(match.group(1))))
        plain += (before, match.group(1))
        length = spans[-1][1]
        at = match.end()
    plain.append(example[at:])
    text = "".join(plain)
    return text, spans or [(0, len(text))]


def rules_in_toml(text: str, where: str, prefix: str | None = None) -> list[Rule]:
    """The rules of one TOML file, checked.

    Args:
        text: the file's content.
        where: the file's name, for messages.
        prefix: what each id must start with (``"en/donation"``); None for callers' own files.

    Raises:
        RuleError: naming the file, the rule, the key and what is wrong.
    """
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(where, None, None, f"not valid TOML: {error}") from None
    unknown = set(data) - {"rule"}
    if unknown:
        raise RuleError(where, None, sorted(unknown)[0], "only [[rule]] tables are expected at the top of a rule file")
    rows = data.get("rule", [])
    if not isinstance(rows, list):
        raise RuleError(where, None, "rule", "write [[rule]], not [rule]")
    rules = [_checked(row, where, prefix) for row in rows]
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(where, rule.id, "id", "stands twice in this file")
        seen.add(rule.id)
    return rules


def _checked(row: Mapping[str, Any], where: str, prefix: str | None) -> Rule:
    rule_id = row.get("id")
    if not isinstance(rule_id, str) or not rule_id:
        raise RuleError(where, None, "id", "every rule needs an id")

    def fail(key: str | None, problem: str) -> RuleError:
        return RuleError(where, rule_id, key, problem)

    for key in row:
        if key not in _KEYS:
            import difflib

            near = difflib.get_close_matches(key, sorted(_KEYS), n=1)
            raise fail(key, f"unknown key{f', did you mean {near[0]!r}?' if near else ''}; known: {', '.join(sorted(_KEYS))}")
    if prefix is not None and not (rule_id.startswith(prefix + "/") and rule_id.count("/") == prefix.count("/") + 1):
        raise fail("id", f"must be {prefix}/<name>, as the file's path says")

    def strings(key: str) -> tuple[str, ...]:
        value = row.get(key, [])
        if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(x, str) and x for x in value):
            raise fail(key, "must be a list of non-empty strings")
        return tuple(value)

    def string(key: str) -> str | None:
        value = row.get(key)
        if value is not None and not isinstance(value, str):
            raise fail(key, "must be a string")
        return value

    def one_of(key: str, known: Iterable[str], default: str | None = None) -> str:
        value = row.get(key, default)
        if value not in known:
            import difflib

            near = difflib.get_close_matches(str(value), list(known), n=1)
            raise fail(key, f"{value!r} is not one of {', '.join(known)}{f'; did you mean {near[0]!r}?' if near else ''}")
        return cast(str, value)

    rule = Rule(
        id=rule_id,
        category=cast(Category, one_of("category", CATEGORIES)),
        scope=cast(Scope, one_of("scope", SCOPES, "segment")),
        strength=cast(Strength, one_of("strength", STRENGTHS)),
        phrases=strings("phrases"),
        keywords=strings("keywords"),
        pattern=string("pattern"),
        unless=string("unless"),
        note=string("note") or "",
        remove=strings("remove"),
        keep=strings("keep"),
        aliases=strings("aliases"),
        valid_until=str(row["valid_until"]) if "valid_until" in row else None,
    )
    if not rule.phrases and not rule.pattern:
        raise fail("pattern", "a rule needs phrases (whole segments) or keywords with a pattern")
    if rule.pattern and not rule.keywords:
        raise fail("keywords", "a pattern needs keywords: literals, one of which stands wherever the pattern matches")
    if rule.keywords and not rule.pattern:
        raise fail("pattern", "keywords need a pattern; for a phrase that is the whole segment, use phrases")
    for keyword in rule.keywords:
        if len(fold_phrase(keyword)) < 2 and fold_phrase(keyword).isascii():
            raise fail("keywords", f"{keyword!r} is too short to be worth a scan")
    for phrase in rule.phrases if rule.scope != "markup" else ():
        if not fold_phrase(phrase).strip(DECORATION):
            raise fail("phrases", f"{phrase!r} has no letter or digit to look for")
    import regex

    for key in ("pattern", "unless"):
        source = getattr(rule, key)
        if source is None:
            continue
        capital = re.search(
            r"(?<!\\)(?<!\\[pP]\{)[A-Z](?![\w-]*\})", re.sub(r"\\[A-Za-z]|\\[pP]\{[^}]*\}|\(\?P<\w+>|\(\?P=\w+\)", "", source)
        )
        if capital:
            raise fail(key, f"{capital.group()!r} is a capital; patterns run on lower-case text")
        try:
            compiled(source)
        except regex.error as error:
            raise fail(key, f"not a valid pattern: {error}") from None
    return rule


def source_files(pack: str | None = None) -> list[tuple[str, str]]:
    """``(prefix, TOML text)`` of every rule file that ships with the library, sorted; ``pack`` picks one folder."""
    found: list[tuple[str, str]] = []
    for folder in RULES.iterdir():
        if not folder.is_dir() or (pack is not None and folder.name != pack):
            continue
        for file in folder.iterdir():
            # language.toml describes a language, not a rule; *.examples.toml belong to heuristics
            if file.name.endswith(".toml") and file.name != "language.toml" and not file.name.endswith(".examples.toml"):
                found.append((f"{folder.name}/{file.name[:-5]}", file.read_text(encoding="utf-8")))
    return sorted(found)


def source_rules(pack: str | None = None) -> list[Rule]:
    """All rules as their authors wrote them, examples included, in the order of their files."""
    return [r for prefix, text in source_files(pack) for r in rules_in_toml(text, f"rules/{prefix}.toml", prefix)]


@functools.lru_cache(maxsize=1)
def pack_names() -> tuple[str, ...]:
    """The packs that ship: ``any``, ``sites`` and one a language."""
    data = ("scoring.json", "scoring_html.json", "languages.json")
    return tuple(sorted(f.name[:-5] for f in RULES.iterdir() if f.name.endswith(".json") and f.name not in data))


def folded_phrases(rule: Rule) -> tuple[str, ...]:
    """A rule's phrases as the matcher wants them; those of markup rules are names in a page's source and stay as they are."""
    if rule.scope == "markup":
        return rule.phrases
    return tuple(fold_phrase(p).strip(DECORATION) for p in rule.phrases)


def prepared(rule: Rule) -> Rule:
    """A rule as its author wrote it, made what the matcher wants: phrases and keywords folded, its pattern looked into."""
    return foreseen(replace(rule, phrases=folded_phrases(rule), keywords=tuple(map(fold_phrase, rule.keywords))))


#: Keywords and phrases of up to so many ASCII letters and digits turn up inside other words all the time ("afp", "tt").
SHORT_LITERAL = 4


def is_short(literal: str) -> bool:
    """Whether a literal is so short that only its place tells whether it means anything."""
    return len(literal) <= SHORT_LITERAL and literal.isalnum() and literal.isascii()


def packed(rules: Sequence[Rule], sources: str = "") -> str:
    """The JSON pack of one folder's rules: without examples, the same bytes for the same rules.

    Each part stands on a line of its own, and each rule too, so that a cleaner reads the literals and then only the rules
    that a page's text asks for (see :class:`Pack`).

    Args:
        rules: the folder's rules.
        sources: :func:`sources_digest` of the folder, by which a stale pack is told without compiling it again.
    """
    ready = [prepared(r) for r in rules]
    literals, short, labels = _indexed(ready)
    rows = [
        [r.id, r.category, r.scope, r.strength, r.phrases if r.scope == "markup" else (), r.pattern, r.unless, r.aliases,
         r.from_start, r.from_end, r.heads, r.tails, r.needs]
        for r in ready
    ]  # fmt: skip
    parts = {
        "hosts": sorted({r.host for r in rules if r.host is not None}),
        "literals": list(literals),
        "targets": [codes if len(codes) > 1 else codes[0] for codes in literals.values()],
        "short": short,
        "labels": labels,
    }
    body = "".join(f"{_json(name)}:{_json(value)},\n" for name, value in parts.items())
    body += '"rules":[\n' + ",\n".join(map(_json, rows)) + "\n]}\n"
    return f'{{"version":{PACK_VERSION},"hash":"{_digest(body)}","sources":"{sources}",\n{body}'


def sources_digest(pack: str) -> str:
    """A hash of all that a pack is made of: its TOML files, and the code that looks ahead into patterns."""
    code = (RULES.parent / "patterns.py").read_text(encoding="utf-8")
    return _digest(repr((PACK_VERSION, code, source_files(pack))))


def is_fresh(pack: str) -> bool:
    """Whether a pack's JSON is what :func:`packed` would make of its TOML files today."""
    file = RULES / f"{pack}.json"
    if not file.is_file():
        return False
    head, body = file.read_text(encoding="utf-8").split("\n", 1)
    return head == f'{{"version":{PACK_VERSION},"hash":"{_digest(body)}","sources":"{sources_digest(pack)}",'


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:16]


def packs_digest() -> str:
    """A hash of all packs that ship."""
    return _digest("".join(pack_hash(name) for name in pack_names()))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _indexed(rules: Sequence[Rule]) -> tuple[dict[str, list[int]], dict[str, list[int]], dict[str, list[int]]]:
    """``(literals, short keywords, short phrases)``: to each the rules that it nominates, as twice the rule's number, and one more
    where it is a phrase of the rule."""
    literals: dict[str, list[int]] = {}
    short: dict[str, list[int]] = {}
    labels: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        if rule.scope == "markup":
            continue
        for phrase in rule.phrases:
            (labels if is_short(phrase) else literals).setdefault(phrase, []).append(2 * number + 1)
        for keyword in rule.keywords:
            (short if is_short(keyword) else literals).setdefault(keyword, []).append(2 * number)
    return literals, short, labels


class Pack:
    """Rules with an index of their literals. Rules of a shipped pack are read off the file one by one, when first asked for.

    ``targets[i]`` says which rules ``literals[i]`` nominates; ``short`` and ``labels`` say it for short keywords and short
    phrases. Each is twice the rule's number, and one more for a phrase.
    """

    __slots__ = ("_rows", "_rules", "hash", "hosts", "labels", "literals", "short", "targets")

    def __init__(self, text: str) -> None:
        head, hosts, literals, targets, short, labels, _, *rows = text.split("\n")
        self.hash: str = _hash_in(head)
        self.hosts: list[str] = _part(hosts)
        self.literals: list[str] = _part(literals)
        self.targets: list[int | list[int]] = _part(targets)
        self.short: dict[str, list[int]] = _part(short)
        self.labels: dict[str, list[int]] = _part(labels)
        self._rows: list[str] = rows[:-2]
        self._rules: list[Rule | None] = [None] * len(self._rows)

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> Pack:
        """A pack of rules that are at hand, phrases and keywords already folded."""
        pack = cls.__new__(cls)
        literals, pack.short, pack.labels = _indexed(rules)
        pack.hash = ""
        pack.hosts = sorted({r.host for r in rules if r.host is not None})
        pack.literals = list(literals)
        pack.targets = list(literals.values())
        pack._rows = []
        pack._rules = list(rules)
        return pack

    def __len__(self) -> int:
        return len(self._rules)

    def rule(self, number: int) -> Rule:
        """The rule of that number; one of a shipped pack comes without its phrases and keywords, which the index holds."""
        rule = self._rules[number]
        if rule is None:
            row = json.loads(self._rows[number].rstrip(","))
            rule = self._rules[number] = Rule(
                row[0],
                row[1],
                row[2],
                row[3],
                tuple(row[4]),
                (),
                row[5],
                row[6],
                aliases=tuple(row[7]),
                from_start=row[8],
                from_end=row[9],
                heads=row[10] and Edge(*row[10]),
                tails=row[11] and Edge(*row[11]),
                needs=row[12],
                shipped=True,
            )
        return rule


def codes_of(target: int | list[int]) -> list[int]:
    """What a literal nominates, as a list: a pack writes a lone code without one."""
    return [target] if isinstance(target, int) else target


def _part(line: str) -> Any:
    return json.loads(line[line.index(":") + 1 : -1])


@functools.cache
def shipped_pack(name: str) -> Pack:
    """One of the packs that ship, read once a process."""
    return Pack((RULES / f"{name}.json").read_text(encoding="utf-8"))


@functools.cache
def pack_hash(name: str) -> str:
    """The hash of one of the packs that ship; it stands on the pack's first line, so that the rest need not be read for it."""
    with (RULES / f"{name}.json").open(encoding="utf-8") as file:
        return _hash_in(file.readline())


def _hash_in(head: str) -> str:
    return str(json.loads(head.rstrip("\n")[:-1] + "}")["hash"])


@functools.cache
def pack_rules(pack: str) -> tuple[list[Rule], str]:
    """The rules of one shipped pack, complete, and the pack's hash."""
    shelf = shipped_pack(pack)
    phrases: dict[int, list[str]] = {}
    keywords: dict[int, list[str]] = {}
    spelled: list[tuple[str, int | list[int]]] = [
        *zip(shelf.literals, shelf.targets, strict=True),
        *shelf.short.items(),
        *shelf.labels.items(),
    ]
    for literal, codes in spelled:
        for code in codes_of(codes):
            (phrases if code & 1 else keywords).setdefault(code >> 1, []).append(literal)
    rules = []
    for number in range(len(shelf)):
        rule = shelf.rule(number)
        rules.append(replace(rule, phrases=rule.phrases or tuple(phrases.get(number, ())), keywords=tuple(keywords.get(number, ()))))
    return rules, shelf.hash


def shipped_rules() -> list[Rule]:
    """All rules that ship, complete, pack by pack."""
    return [rule for pack in pack_names() for rule in pack_rules(pack)[0]]


def rules_from_file(path: str | Path) -> list[Rule]:
    """The rules of a caller's own TOML file.

    Raises:
        RuleError: when the file can't be read or a rule in it is wrong.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(str(path), None, None, f"can't be read: {error}") from None
    return [prepared(r) for r in rules_in_toml(text, str(path))]


def phrase_rule(phrases: Iterable[str]) -> Rule:
    """A rule made of a caller's own fixed phrases.

    Raises:
        RuleError: when a phrase has no letter or digit to look for.
    """
    folded = tuple(fold_phrase(p).strip(DECORATION) for p in phrases)
    if not all(folded):
        raise RuleError("phrases", None, None, "each phrase needs a letter or digit")
    return Rule("own/phrases", "navigation", "segment", "decisive", folded)
