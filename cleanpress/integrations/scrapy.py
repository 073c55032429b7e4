"""Scrapy: an item pipeline that cleans a field of each item.

``ITEM_PIPELINES = {"cleanpress.integrations.scrapy.CleanpressPipeline": 500}``
"""

from __future__ import annotations

from typing import Any, Self

from cleanpress.integrations.batch import BatchCleaner, engine


class CleanpressPipeline:
    """Cleans ``item["text"]``, with the item's ``url`` and ``lang`` where it has them.

    Settings: ``CLEANPRESS_FIELD`` (default ``"text"``), ``CLEANPRESS_URL_FIELD``, ``CLEANPRESS_LANG_FIELD``,
    ``CLEANPRESS_REMOVED_FIELD`` (store what was cut there; the item must have such a field) and ``CLEANPRESS_SETTINGS``, a
    dictionary of arguments of :class:`~cleanpress.pipeline.Cleaner`. Counts stand in the crawl's statistics as
    ``cleanpress/documents``, ``cleanpress/changed`` and so on.

    Args:
        stats: the crawler's collector of statistics, or None.
        options: see :class:`~cleanpress.integrations.batch.BatchCleaner`.

    Raises:
        MissingExtraError: when Scrapy is not installed.
    """

    def __init__(self, stats: Any = None, **options: Any) -> None:
        self._adapter = engine("itemadapter", "Scrapy", "scrapy").ItemAdapter
        self._stats = stats
        self._batch = BatchCleaner(**options)

    @classmethod
    def from_crawler(cls, crawler: Any) -> Self:
        """Built by Scrapy."""
        get = crawler.settings.get
        return cls(
            crawler.stats,
            text=get("CLEANPRESS_FIELD") or "text",
            url=get("CLEANPRESS_URL_FIELD") or "url",
            lang=get("CLEANPRESS_LANG_FIELD") or "lang",
            removed=get("CLEANPRESS_REMOVED_FIELD"),
            **crawler.settings.getdict("CLEANPRESS_SETTINGS"),
        )

    def process_item(self, item: Any, spider: Any = None) -> Any:
        """Cleans one item; items without the field pass."""
        fields = self._adapter(item)
        text = fields.get(self._batch.text)
        if not isinstance(text, str):
            return item
        done = self._batch.lists([text], [fields.get(self._batch.url)], [fields.get(self._batch.lang)])
        fields[self._batch.text] = done.texts[0]
        if self._batch.removed is not None:
            fields[self._batch.removed] = done.removed[0]
        if self._stats is not None:
            for name, count in done.stats.items():
                if count:
                    self._stats.inc_value(f"cleanpress/{name}", count)
        return item
