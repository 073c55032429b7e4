"""Spark, for real: a local cluster of two executors."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from test_integrations_batch import corpus, expected, run_example

pytest.importorskip("pyspark")

from cleanpress.integrations import spark as integration


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("cleanpress")
    builder = builder.config("spark.ui.enabled", "false").config("spark.executor.memory", "512m")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "9")
    try:
        found = builder.getOrCreate()
    except Exception as error:
        pytest.skip(f"Spark does not start (is Java there?): {str(error)[:200]}")
    yield found
    found.stop()


def frame(session: Any) -> Any:
    columns = corpus()
    rows = list(zip(columns["text"], columns["url"], columns["lang"], range(len(columns["text"])), strict=True))
    return session.createDataFrame(rows, "text string, url string, lang string, n long").repartition(4)


def texts(df: Any) -> list[str | None]:
    return [row.text for row in sorted(df.collect(), key=lambda row: row.n)]


def test_the_same_text(session: Any) -> None:
    pages = frame(session)
    assert texts(pages.mapInArrow(integration.in_arrow(), pages.schema)) == expected()
    assert texts(pages.mapInPandas(integration.in_pandas(), pages.schema)) == expected()


def test_what_was_cut(session: Any) -> None:
    pages = frame(session)
    done = integration.cleaned(pages, removed="cuts")
    assert texts(done) == expected()
    assert pages.columns == ["text", "url", "lang", "n"]
    [first] = done.where("n = 0").collect()
    assert first.cuts[0].category == "advert"


def test_the_example_runs() -> None:
    shown = run_example("spark_job.py")
    assert "Lowmoor all night" in shown and "Advertisement" not in shown
