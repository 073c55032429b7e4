"""Spark: functions for ``DataFrame.mapInArrow`` and ``DataFrame.mapInPandas``, and one that does it all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cleanpress.integrations.batch import BatchCleaner, engine, require_column
from cleanpress.integrations.tables import arrow_cleaned, pandas_cleaned


def in_arrow(**options: Any) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """A function for ``df.mapInArrow(function, schema)``; the quicker of the two.

    Args:
        options: see :class:`~cleanpress.integrations.batch.BatchCleaner`.

    Raises:
        MissingExtraError: when pyspark is not installed.
    """
    engine("pyspark", "Spark", "spark")
    cleaner = BatchCleaner(**options)

    def cleaned(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            yield arrow_cleaned(cleaner, batch)

    return cleaned


def in_pandas(**options: Any) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """A function for ``df.mapInPandas(function, schema)``.

    Spark hands pandas a null in a column of integers as a float; where the other columns matter, take :func:`in_arrow`.
    """
    engine("pyspark", "Spark", "spark")
    cleaner = BatchCleaner(**options)

    def cleaned(frames: Iterator[Any]) -> Iterator[Any]:
        for frame in frames:
            yield pandas_cleaned(cleaner, frame)

    return cleaned


def cleaned(df: Any, **options: Any) -> Any:
    """A Spark data frame with its text column cleaned, all others as they were.

    Args:
        df: the data frame.
        options: see :class:`~cleanpress.integrations.batch.BatchCleaner`.
    """
    engine("pyspark", "Spark", "spark")
    require_column(options.get("text", "text"), df.columns)
    schema = df.schema
    removed = options.get("removed")
    if removed is not None:
        # a schema's add() changes the schema itself
        t = engine("pyspark.sql.types", "Spark", "spark")
        cut = t.StructType().add("start", t.LongType()).add("end", t.LongType()).add("category", t.StringType())
        schema = t.StructType([f for f in schema.fields if f.name != removed]).add(removed, t.ArrayType(cut))
        df = df.drop(removed)
    return df.mapInArrow(in_arrow(**options), schema)
