"""A fast guess at a text's language, from function words and script; made to be unsure rather than wrong.

The guess only narrows down whose rules may speak. When the evidence is thin or mixed there is no guess, and all do.
"""

from __future__ import annotations

import functools
import json
import re
from itertools import repeat
from typing import Any

from cleanpress.shipped import RULES
from cleanpress.text import BEYOND_LATIN

#: Words looked at from the text's head and from its middle; the middle seldom holds foreign chrome.
SAMPLE = 60
#: Fewer words than this are too few to guess from.
FEWEST = 25
#: Share of sampled words that must be function words of the guessed language. News prose has 35 to 50%, but lists of forty to
#: sixty words hold only about half of those.
SHARE = 0.12
#: Languages with at least this share of the best one's count stay in play: Danish and Norwegian share most function words.
NEAR = 0.55
#: Fewer function words than this find too few of a text's words for a guess.
FEWEST_FUNCTION_WORDS = 40
_KEYS = (
    "name",
    "function_words",
    "reporting_verbs",
    "months",
    "caption_labels",
    "byline_labels",
    "reader_words",
    "newsroom_words",
    "quote_marks",
)
_SCRIPTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("[\u3040-\u30ff]", ("ja",)),
    ("[\uac00-\ud7af]", ("ko",)),
    ("[\u3400-\u9fff]", ("zh-Hans", "zh-Hant")),
    ("[\u0600-\u06ff]", ("ar",)),
    ("[\u05d0-\u05ea]", ("he",)),
    ("[\u0900-\u097f]", ("hi",)),
    ("[\u0370-\u03ff]", ("el",)),
)


def _source_files() -> list[tuple[str, dict[str, Any]]]:
    """The name and the ``language.toml`` of each language, sorted by name."""
    import tomllib

    files = sorted(RULES.glob("*/language.toml"), key=lambda f: f.parent.name)
    return [(file.parent.name, tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]


def source_problems(name: str) -> list[str]:
    """What is wrong with ``rules/<name>/language.toml``, for those who write one; nothing for packs of no language (``any``, ``sites``).

    >>> source_problems("pl"), source_problems("any")
    ([], [])
    """
    import tomllib

    file = RULES / name / "language.toml"
    if not file.is_file():
        return [] if name in ("any", "sites") else [f"rules/{name}/language.toml is missing: a name, function words, verbs of saying"]
    try:
        about = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        return [f"language.toml is not valid TOML: {error}"]
    lists = {key: value if isinstance(value, list) else [] for key, value in about.items()}
    found = [f"language.toml: unknown key {key!r} (there are: {', '.join(_KEYS)})" for key in about if key not in _KEYS]
    found += [f"language.toml: {key} should be a list of strings" for key in about if key != "name" and not lists[key]]
    if not about.get("name"):
        found.append("language.toml: no name, which the coverage table shows")
    for key, least in (("function_words", FEWEST_FUNCTION_WORDS), ("reporting_verbs", 1)):
        if len(set(lists.get(key, []))) < least:
            found.append(f"language.toml: {key} has fewer than {least} entries")
    return found


def source_languages() -> dict[str, list[str]]:
    """The function words of each language, as ``rules/<language>/language.toml`` lists them."""
    return {name: sorted(set(about.get("function_words", []))) for name, about in _source_files()}


def source_reporting_verbs() -> list[str]:
    """The verbs of saying of all languages, as their ``language.toml`` files list them, folded."""
    from cleanpress.text import fold_phrase

    return sorted({fold_phrase(verb) for _, about in _source_files() for verb in about.get("reporting_verbs", [])})


def source_address_words(key: str) -> dict[str, list[str]]:
    """For each language the single words of ``key`` (``"reader_words"`` or ``"newsroom_words"``) in its ``language.toml``, folded."""
    from cleanpress.text import fold_phrase

    return {name: sorted({w for w in map(fold_phrase, about.get(key, [])) if " " not in w}) for name, about in _source_files()}


@functools.lru_cache(maxsize=64)
def address_words(names: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The words by which the press of these languages speaks to its readers, and of itself: "you, your" and "we, our".

    >>> readers, newsroom = address_words(frozenset({"en"}))
    >>> "your" in readers, "our" in newsroom
    (True, True)
    """
    data = _data()
    return (
        frozenset(w for name in names for w in data["reader_words"].get(name, ())),
        frozenset(w for name in names for w in data["newsroom_words"].get(name, ())),
    )


@functools.lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((RULES / "languages.json").read_text(encoding="utf-8"))
    return data


@functools.lru_cache(maxsize=1)
def reporting_verbs() -> frozenset[str]:
    """Verbs of saying in all languages: a sentence with one of them reports what somebody said. See :func:`reporting_phrases`."""
    return frozenset(_data()["reporting_verbs"])


@functools.lru_cache(maxsize=1)
def reporting_phrases() -> re.Pattern[str]:
    """Finds the verbs of saying that no search for single words would: of several words, of Hindi, whose vowel signs are no letters to
    ``re``, and of Japanese, which puts them at the end of a sentence and no space before.

    >>> bool(reporting_phrases().search("市長は会見で述べた。")), bool(reporting_phrases().search("続きを読む"))
    (True, False)
    """
    spaced, unspaced = [], []
    for verb in reporting_verbs():
        if any("\u3040" <= letter <= "\u30ff" for letter in verb):
            unspaced.append(verb)
        elif not verb.isalpha():
            spaced.append(verb)

    def any_of(verbs: list[str]) -> str:
        return "|".join(map(re.escape, sorted(verbs, key=lambda verb: (-len(verb), verb)))) or "(?!)"

    return re.compile(f"(?:^|[^\\w'-])(?:{any_of(spaced)})(?=$|[\\s,.:;!?\"'।])|(?:{any_of(unspaced)})(?=$|[。、」\"])")


def packed_languages() -> str:
    """The JSON that this module loads, made from the ``language.toml`` files: one language a line."""

    def lines(words: dict[str, list[str]]) -> str:
        return "{\n" + ",\n".join(f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=False)}" for k, v in sorted(words.items())) + "}"

    return (
        f'{{"function_words":{lines(source_languages())},\n"reader_words":{lines(source_address_words("reader_words"))},\n'
        f'"newsroom_words":{lines(source_address_words("newsroom_words"))},\n'
        f'"reporting_verbs":{json.dumps(source_reporting_verbs(), ensure_ascii=False)}}}\n'
    )


@functools.lru_cache(maxsize=1)
def _word_index() -> tuple[dict[str, int], list[str]]:
    """For each function word, a number with a one in the byte of each of its languages, so that sums of them count; and the languages."""
    data = _data()["function_words"]
    index: dict[str, int] = {}
    for place, words in enumerate(data.values()):
        one = 1 << 8 * place
        for word in words:
            index[word] = index.get(word, 0) + one
    return index, list(data)


def silent_packs(folded: str) -> frozenset[str]:
    """The languages that a text can't be written in: those of scripts it has no letter of.

    >>> "ja" in silent_packs("plain latin letters"), "de" in silent_packs("plain latin letters")
    (True, False)
    """
    if not folded.isascii() and BEYOND_LATIN.search(folded):
        return frozenset()
    return frozenset(name for _, names in _SCRIPTS for name in names) | {"ru", "uk"}


@functools.lru_cache(maxsize=2)
def likely_packs(folded: str) -> frozenset[str] | None:
    """The languages that a text is likely written in; None when unsure.

    Args:
        folded: text folded by :func:`cleanpress.text.fold`.

    >>> sorted(likely_packs("the mayor said that it was not the first time " * 5))
    ['en']
    >>> likely_packs("Lorem ipsum dolor") is None
    True
    """
    middle = len(folded) // 2
    if not folded.isascii():
        sample = folded[:400] + folded[middle : middle + 600]
        letters = sum(map(str.isalpha, sample)) if BEYOND_LATIN.search(sample) else 0
        for letter, names in _SCRIPTS if letters else ():
            share = len(re.findall(letter, sample)) / letters
            # Japanese shows by its kana long before they are the majority.
            if share > (0.15 if names == ("ja",) else 0.5):
                return frozenset(names) if letters > 60 else None
    words = folded[: SAMPLE * 8].split()[:SAMPLE] + folded[middle : middle + SAMPLE * 8].split()[:SAMPLE]
    if len(words) < FEWEST:
        return None
    index, languages = _word_index()
    # up to 120 words: no byte can run over
    counts = sum(map(index.get, words, repeat(0))).to_bytes(len(languages), "little")
    best = max(counts)
    if not best or best < SHARE * len(words):
        return None
    return frozenset(name for name, n in zip(languages, counts, strict=True) if n >= NEAR * best)
