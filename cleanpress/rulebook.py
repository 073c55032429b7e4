"""Reads, checks and ships rules: TOML files that people write, JSON packs that load in milliseconds.

A rule file lives at ``rules/<language>/<category>.toml``, ``rules/any/<category>.toml`` or ``rules/sites/<host>.toml``.
``python -m cleanpress.devtools compile-rules`` turns them into one pack a language (``rules/<language>.json``), without
the examples; that is what a cleaner loads.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast

import regex

from cleanpress.errors import RuleError
from cleanpress.text import fold_pattern, fold_phrase
from cleanpress.types import CATEGORIES, SCOPES, STRENGTHS, Category, Scope, Strength

PACK_VERSION = 1
_KEYS = {
    "id", "category", "scope", "strength", "phrases", "keywords", "pattern", "unless", "note", "remove", "keep", "aliases", "valid_until",
}  # fmt: skip
#: A run of blanks and punctuation is taken to be no longer than this when a pattern leaves its length open.
_DECORATED = 40
#: What may stand around a phrase that fills its whole segment: bullets, arrows, brackets, end marks, spaces; no letters or digits.
DECORATION = "\u00a1\u00bf \t\n\r\v\f.,:;!?\u2026|/\\-_*+=~<>()[]{}'\"#\u00b7\u2022\u25cf\u25aa\u25b6\u25ba\u25b8\u25b7\u203a\u00bb\u2192\u2191\u2193\u21d2\u27a4\u2794\u279c\u2713\u00d7\u00a6\u00b0\u25a0\u25a1\u25c6\u25c7\u3001\u3002\u3010\u3011\u300a\u300b\u3008\u3009\u30fb\uff5c\u060c\u061b\u061f\u06d4\u0964"
_MARKED = regex.compile("\u27e6(.*?)\u27e7", regex.DOTALL)


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
    #: How far from the unit's start (or end) a match can reach, when the pattern is anchored there and bounded; see :func:`reaches`.
    from_start: int | None = None
    from_end: int | None = None
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
    """The pattern of a rule, compiled when it is first needed and only once."""
    return regex.compile(fold_pattern(pattern), regex.VERSION0)


def reaches(pattern: str) -> tuple[int | None, int | None]:
    """How far from the start and from the end of a unit a pattern's match can reach; None where it is not bounded.

    A pattern that begins with ``^`` and can match at most forty characters can't match where its keyword stands in the
    middle of a long paragraph. Knowing that saves nine of ten searches.

    >>> reaches("^read more:? [a-z]{1,20}"), reaches("foto: .{1,30}$"), reaches("newsletter")
    ((31, None), (None, 36), (None, None))
    """
    import re._constants as codes  # type: ignore[import-not-found]
    import re._parser as parser  # type: ignore[import-not-found]
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = parser.parse(regex.sub(r"\\[pP]\{[^}]*\}", ".", fold_pattern(pattern)))
    except Exception:
        # what only `regex` understands is simply not bounded
        return None, None

    def width(items: Any) -> float:
        """The longest match of a parsed pattern; infinite when unbounded or when a look-ahead reaches on."""
        total = 0.0
        for operator, argument in items:
            if operator in (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY, codes.CATEGORY, codes.RANGE):
                total += 1
            elif operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
                most = argument[1]
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
            wanted = (codes.AT_END, codes.AT_END_STRING) if last else (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING)
            return argument in wanted
        if operator is codes.SUBPATTERN:
            return anchored(argument[-1], last)
        if operator is codes.BRANCH:
            return all(anchored(branch, last) for branch in argument[1])
        return False

    return (widest if anchored(tree, False) else None), (widest if anchored(tree, True) else None)


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
    for key in ("pattern", "unless"):
        source = getattr(rule, key)
        if source is None:
            continue
        capital = regex.search(
            r"(?<!\\)(?<!\\[pP]\{)[A-Z](?![\w-]*\})", regex.sub(r"\\[A-Za-z]|\\[pP]\{[^}]*\}|\(\?P<\w+>|\(\?P=\w+\)", "", source)
        )
        if capital:
            raise fail(key, f"{capital.group()!r} is a capital; patterns run on lower-case text")
        try:
            compiled(source)
        except regex.error as error:
            raise fail(key, f"not a valid pattern: {error}") from None
    return rule


def _rules_root() -> Traversable:
    return resources.files("cleanpress") / "rules"


def source_files(pack: str | None = None) -> list[tuple[str, str]]:
    """``(prefix, TOML text)`` of every rule file that ships with the library, sorted; ``pack`` picks one folder."""
    found: list[tuple[str, str]] = []
    for folder in _rules_root().iterdir():
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
    return tuple(sorted(f.name[:-5] for f in _rules_root().iterdir() if f.name.endswith(".json") and f.name not in data))


def folded_phrases(rule: Rule) -> tuple[str, ...]:
    """A rule's phrases as the matcher wants them; those of markup rules are names in a page's source and stay as they are."""
    if rule.scope == "markup":
        return rule.phrases
    return tuple(fold_phrase(p).strip(DECORATION) for p in rule.phrases)


def packed(rules: Sequence[Rule]) -> str:
    """The JSON pack of one folder's rules: one rule a line, without examples, the same bytes for the same rules."""
    lines = [
        json.dumps(
            [r.id, r.category, r.scope, r.strength, list(folded_phrases(r)),
             [fold_phrase(k) for k in r.keywords], r.pattern, r.unless, list(r.aliases), *(reaches(r.pattern) if r.pattern else (None, None))],
            ensure_ascii=False, separators=(",", ":"),
        )
        for r in rules
    ]  # fmt: skip
    body = ",\n".join(lines)
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    return f'{{"version":{PACK_VERSION},"hash":"{digest}","rules":[\n{body}\n]}}\n'


@functools.cache
def pack_rules(pack: str) -> tuple[list[Rule], str]:
    """The rules of one shipped pack and the pack's hash."""
    data = json.loads((_rules_root() / f"{pack}.json").read_text(encoding="utf-8"))
    rules = [
        Rule(
            row[0],
            row[1],
            row[2],
            row[3],
            tuple(row[4]),
            tuple(row[5]),
            row[6],
            row[7],
            aliases=tuple(row[8]),
            from_start=row[9],
            from_end=row[10],
            shipped=True,
        )
        for row in data["rules"]
    ]
    return rules, data["hash"]


def rules_from_file(path: str | Path) -> list[Rule]:
    """The rules of a caller's own TOML file.

    Raises:
        RuleError: when the file can't be read or a rule in it is wrong.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(str(path), None, None, f"can't be read: {error}") from None
    return [
        Rule(r.id, r.category, r.scope, r.strength, folded_phrases(r),
             tuple(fold_phrase(k) for k in r.keywords), r.pattern, r.unless, r.note, r.remove, r.keep, r.aliases, r.valid_until, *(reaches(r.pattern) if r.pattern else (None, None)))
        for r in rules_in_toml(text, str(path))
    ]  # fmt: skip


def phrase_rule(phrases: Iterable[str]) -> Rule:
    """A rule made of a caller's own fixed phrases.

    Raises:
        RuleError: when a phrase has no letter or digit to look for.
    """
    folded = tuple(fold_phrase(p).strip(DECORATION) for p in phrases)
    if not all(folded):
        raise RuleError("phrases", None, None, "each phrase needs a letter or digit")
    return Rule("own/phrases", "navigation", "segment", "decisive", folded)


def literals(rules: Iterable[Rule]) -> Iterator[tuple[str, Rule, bool]]:
    """``(literal, rule, whether it is a phrase)`` for everything that the scan must look for; markup rules are not about text."""
    for rule in rules:
        if rule.scope == "markup":
            continue
        for phrase in rule.phrases:
            yield phrase, rule, True
        for keyword in rule.keywords:
            yield keyword, rule, False
