"""Polars: an expression that cleans a column."""

from __future__ import annotations

from typing import Any

from cleanpress.integrations.batch import BatchCleaner, engine


def cleaned(text: str = "text", *, url: str | None = None, lang: str | None = None, **settings: Any) -> Any:
    """An expression that is the column ``text``, cleaned; for ``df.with_columns`` and lazy frames.

    Args:
        text: column with the text; the expression has its name.
        url: column with the address, if there is one.
        lang: column with the language tag, if there is one.
        settings: arguments of :class:`~cleanpress.pipeline.Cleaner`.

    Raises:
        MissingExtraError: when polars is not installed.
    """
    pl = engine("polars", "Polars", "polars")
    cleaner = BatchCleaner(**settings)
    names = [text, *(name for name in (url, lang) if name is not None)]

    def batch(columns: Any) -> Any:
        def values(name: str | None) -> list[str | None] | None:
            return None if name is None else columns.struct.field(name).to_list()

        return pl.Series(text, cleaner.lists(values(text) or [], values(url), values(lang)).texts, dtype=pl.String)

    return pl.struct(names).map_batches(batch, return_dtype=pl.String, is_elementwise=True).alias(text)
