"""The one batch function beneath all engines: lists of texts in, lists of texts out.

Each engine's module only turns its own columns into lists and back, so the text that comes out does not depend on
the engine.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from cleanpress.errors import CleanpressError, InputError, MissingExtraError

if TYPE_CHECKING:
    from cleanpress.pipeline import Cleaner
    from cleanpress.types import Removed


class Cut(TypedDict):
    """A stretch that was cut out, as a row of a table: offsets in code points of the input text."""

    start: int
    end: int
    category: str


@dataclass(slots=True)
class Batch:
    """What became of a list of texts.

    Args:
        texts: the cleaned texts, in the order of the input; a null stays a null.
        removed: what was cut out of each; empty lists unless asked for.
        stats: counts, by name: ``documents``, ``changed``, ``empty``, ``failed``, ``characters_in``, ``characters_out``,
            and, where ``removed`` was asked for, ``removed/<category>`` in code points.
    """

    texts: list[str | None] = field(default_factory=list)
    removed: list[list[Cut]] = field(default_factory=list)
    stats: dict[str, int] = field(default_factory=dict)


def clean_batch(
    cleaner: Cleaner,
    texts: Sequence[str | None],
    urls: Sequence[str | None] | None = None,
    langs: Sequence[str | None] | None = None,
    *,
    removed: bool = False,
) -> Batch:
    """Cleans a list of texts.

    A text on which the cleaner itself fails (a bug) passes through unchanged and is told as a :class:`RuntimeWarning`: one
    document must not end a run over a million.

    Args:
        cleaner: does the work.
        texts: the texts; None is a document of which no text is known.
        urls: the address of each, if known.
        langs: the language tag of each, if known.
        removed: whether to record what was cut; costs some time.

    Raises:
        InputError: for something that is neither a string nor None, naming its place; for lists of different lengths.

    >>> from cleanpress.pipeline import Cleaner
    >>> batch = clean_batch(Cleaner(), ["Rain fell on Lowmoor all night.\\n\\nAdvertisement", None], removed=True)
    >>> batch.texts, batch.removed[0][0]["category"], batch.stats["changed"]
    (['Rain fell on Lowmoor all night.', None], 'advert', 1)
    """
    for name, given in (("urls", urls), ("langs", langs)):
        if given is not None and len(given) != len(texts):
            raise InputError(f"{len(texts)} texts, but {len(given)} {name}")
    batch = Batch(stats=dict.fromkeys(("documents", "changed", "empty", "failed", "characters_in", "characters_out"), 0))
    stats = batch.stats
    for place, text in enumerate(texts):
        url, lang = _known(urls, place), _known(langs, place)
        cuts: list[Cut] = []
        cleaned = text
        if text is None:
            stats["empty"] += 1
        elif not isinstance(text, str):
            raise InputError(f"text {place} of the batch is {type(text).__name__}, not a string")
        else:
            try:
                if removed:
                    result = cleaner.explain(text, url=url, lang=lang)
                    cleaned, cuts = result.text, [_cut(piece) for piece in result.removed]
                else:
                    cleaned = cleaner.clean(text, url=url, lang=lang)
            except Exception as error:
                stats["failed"] += 1
                problem = f"text {place} of the batch passed through: the cleaner failed ({type(error).__name__}: {str(error)[:200]})"
                warnings.warn(problem, RuntimeWarning, stacklevel=2)
                cleaned = text
            stats["documents"] += 1
            stats["changed"] += cleaned != text
            stats["characters_in"] += len(text)
            stats["characters_out"] += len(cleaned)
            for cut in cuts:
                name = f"removed/{cut['category']}"
                stats[name] = stats.get(name, 0) + cut["end"] - cut["start"]
        batch.texts.append(cleaned)
        batch.removed.append(cuts)
    return batch


def _known(values: Sequence[str | None] | None, place: int) -> str | None:
    # pandas shows a missing string as a float
    value = None if values is None else values[place]
    return value or None if isinstance(value, str) else None


def _cut(piece: Removed) -> Cut:
    return {"start": piece.start, "end": piece.end, "category": piece.category}


class BatchCleaner:
    """Settings for an engine: which columns to read, how to clean. A function of a mapping of columns.

    Small and picklable: the rules stay at home and are loaded once in each process. Its pickle, and so its fingerprint in
    Hugging Face ``datasets``, depends on the settings, the version and the hash of the rules, and on nothing else. A worker
    with other rules than the process that built it refuses to work.

    Args:
        text: column with the text.
        url: column with the address, used where there is one.
        lang: column with the language tag, used where there is one.
        removed: name of a column to add, with the stretches that were cut: lists of ``{start, end, category}``.
        settings: arguments of :class:`~cleanpress.pipeline.Cleaner`; names and paths, so that they mean the same in all processes.

    >>> BatchCleaner()({"text": ["Rain fell on Lowmoor all night.\\n\\nAdvertisement"]})
    {'text': ['Rain fell on Lowmoor all night.']}
    """

    def __init__(self, *, text: str = "text", url: str = "url", lang: str = "lang", removed: str | None = None, **settings: Any) -> None:
        from cleanpress import __version__

        self.text, self.url, self.lang, self.removed = text, url, lang, removed
        self.settings = tuple(sorted((name, _plain(value)) for name, value in settings.items()))
        self.version = __version__
        self._cleaner: Cleaner | None = self._build()
        self.rules_hash = self._cleaner.rules_hash

    def _build(self) -> Cleaner:
        from cleanpress.pipeline import Cleaner

        return Cleaner(**dict(self.settings))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cleaner": None}

    @property
    def cleaner(self) -> Cleaner:
        """The cleaner of this process.

        Raises:
            CleanpressError: when this process has other rules than the one where the settings were made.
        """
        if self._cleaner is None:
            from cleanpress import __version__

            cleaner = self._build()
            if (cleaner.rules_hash, __version__) != (self.rules_hash, self.version):
                here, there = f"{__version__} ({cleaner.rules_hash})", f"{self.version} ({self.rules_hash})"
                raise CleanpressError(f"this worker has cleanpress {here}, the program that sent it work {there}: install the same on both")
            self._cleaner = cleaner
        return self._cleaner

    def lists(
        self, texts: Sequence[str | None], urls: Sequence[str | None] | None = None, langs: Sequence[str | None] | None = None
    ) -> Batch:
        """Cleans lists of values, see :func:`clean_batch`."""
        return clean_batch(self.cleaner, texts, urls, langs, removed=self.removed is not None)

    def __call__(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """The columns that change, as lists.

        Raises:
            InputError: when there is no column of the text's name.
        """
        require_column(self.text, list(columns))
        batch = self.lists(columns[self.text], columns.get(self.url), columns.get(self.lang))
        changed: dict[str, list[Any]] = {self.text: batch.texts}
        if self.removed is not None:
            changed[self.removed] = batch.removed
        return changed


def require_column(name: str, columns: Sequence[str]) -> None:
    """Raises an :class:`~cleanpress.errors.InputError` that names the columns there are when ``name`` is none of them."""
    if name not in columns:
        raise InputError(f"no column {name!r} (there are: {', '.join(map(str, columns)) or 'none'}); name the right one with text=")


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return tuple(sorted(value))
    return tuple(_plain(v) for v in value) if isinstance(value, list | tuple) else value


def engine(module: str, what: str, extra: str) -> Any:
    """The engine's module.

    Raises:
        MissingExtraError: when it is not installed, naming the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise MissingExtraError(what, extra) from None
