"""DuckDB: SQL functions that clean a column."""

from __future__ import annotations

from typing import Any

from cleanpress.integrations.batch import BatchCleaner, engine


def register(connection: Any, name: str = "cleanpress", **settings: Any) -> None:
    """Adds the functions ``cleanpress(text)`` and ``cleanpress_page(text, url, lang)`` to a connection.

    The second takes a null for what is not known. DuckDB calls Python on one thread at a time, so this uses one core;
    for more, split the input over processes.

    Args:
        connection: an open DuckDB connection.
        name: of the first function; the second has ``_page`` behind it.
        settings: arguments of :class:`~cleanpress.pipeline.Cleaner`.

    Raises:
        MissingExtraError: when duckdb is not installed.
    """
    engine("duckdb", "DuckDB", "duckdb")
    pa = engine("pyarrow", "DuckDB functions", "duckdb")
    cleaner = BatchCleaner(**settings)

    def text_only(texts: Any) -> Any:
        return pa.array(cleaner.lists(texts.to_pylist()).texts, type=pa.string())

    def page(texts: Any, urls: Any, langs: Any) -> Any:
        return pa.array(cleaner.lists(texts.to_pylist(), urls.to_pylist(), langs.to_pylist()).texts, type=pa.string())

    for suffix, function, count in (("", text_only, 1), ("_page", page, 3)):
        connection.create_function(name + suffix, function, ["VARCHAR"] * count, "VARCHAR", type="arrow", null_handling="special")
