"""datatrove: a formatter block that sees the document's url and language.

Needs the engine already when it is imported, since its class is one of the engine's.
"""

from __future__ import annotations

from typing import Any

from cleanpress.errors import MissingExtraError
from cleanpress.integrations.batch import BatchCleaner

try:
    from datatrove.pipeline.formatters.base import BaseFormatter
except ImportError:
    raise MissingExtraError("datatrove", "datatrove") from None


class CleanpressFormatter(BaseFormatter):  # type: ignore[misc]  # untyped where installed, unknown where not
    """Deletes publisher boilerplate from each document's text.

    Its counts, under ``name`` in the run's statistics: ``total``, ``changed``, ``failed``, ``characters_in``,
    ``characters_out``, and with ``removed`` ``removed/<category>`` in code points.

    Args:
        url: key of the address in the document's metadata.
        lang: key of the language tag; the labels of datatrove's language filter (``"eng_Latn"``) count as unknown.
        removed: key under which to store what was cut, as lists of ``{start, end, category}``.
        settings: arguments of :class:`~cleanpress.pipeline.Cleaner`.
    """

    name = "📰 cleanpress"
    _requires_dependencies = ("cleanpress",)

    def __init__(self, *, url: str = "url", lang: str = "language", removed: str | None = None, **settings: Any) -> None:
        super().__init__()
        self.batch = BatchCleaner(url=url, lang=lang, removed=removed, **settings)

    def format(self, text: str) -> str:
        """A text without its boilerplate, for callers that know nothing else of it."""
        return self.batch.lists([text]).texts[0] or ""

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Any:
        """Cleans the documents one by one, in order."""
        for doc in data:
            self.stat_update("total")
            with self.track_time():
                known = doc.metadata
                done = self.batch.lists([doc.text], [known.get(self.batch.url)], [known.get(self.batch.lang)])
                doc.text = done.texts[0]
                if self.batch.removed is not None:
                    known[self.batch.removed] = done.removed[0]
            for name, count in done.stats.items():
                if count and name not in ("documents", "empty"):
                    self.stat_update(name, value=count)
            yield doc
