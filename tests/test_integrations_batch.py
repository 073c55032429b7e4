"""The shared batch function, and the promise that every engine gives the same text."""

from __future__ import annotations

import importlib.util
import pickle
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cleanpress import Cleaner
from cleanpress.errors import CleanpressError, InputError, MissingExtraError
from cleanpress.integrations.batch import BatchCleaner, clean_batch

ROOT = Path(__file__).parent.parent
AD = "Rain fell on Lowmoor all night.\n\nAdvertisement"
CLEAN = "Rain fell on Lowmoor all night."


def corpus() -> dict[str, list[str | None]]:
    """The corpora, as columns; with a null and an empty text."""
    columns: dict[str, list[str | None]] = {
        "text": [AD, None, ""],
        "url": ["https://example.org/rain", None, None],
        "lang": [None, "en", ""],
    }
    for path in sorted((ROOT / "corpora").glob("articles/*/input.txt")):
        case = tomllib.loads((path.parent / "case.toml").read_text(encoding="utf-8"))
        columns["text"].append(path.read_bytes().decode())
        columns["url"].append(case.get("url"))
        columns["lang"].append(case.get("lang"))
    return columns


def expected() -> list[str | None]:
    cleaner = Cleaner()
    columns = corpus()
    rows = zip(columns["text"], columns["url"], columns["lang"], strict=True)
    return [None if t is None else cleaner.clean(t, url=u, lang=la or None) for t, u, la in rows]


def needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")


def run_example(name: str, timeout: int = 180) -> str:
    done = subprocess.run([sys.executable, str(ROOT / "examples" / name)], capture_output=True, text=True, timeout=timeout, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def test_offsets_are_those_of_the_input() -> None:
    text = "Regen 🌧 fiel.\n\nAdvertisement"
    batch = clean_batch(Cleaner(), [text], removed=True)
    left = text
    for cut in reversed(batch.removed[0]):
        left = left[: cut["start"]] + left[cut["end"] :]
    assert [left] == batch.texts and batch.removed[0]
    assert batch.stats["characters_in"] - batch.stats["characters_out"] == batch.stats["removed/advert"]


def test_a_cleaner_that_fails_loses_nothing() -> None:
    class Broken(Cleaner):
        def clean(self, text: str, *, url: str | None = None, lang: str | None = None) -> str:
            if "boom" in text:
                raise ZeroDivisionError("a bug")
            return super().clean(text, url=url, lang=lang)

    with pytest.warns(RuntimeWarning, match="text 1 of the batch passed through"):
        batch = clean_batch(Broken(), [AD, "boom", AD])
    assert batch.texts == [CLEAN, "boom", CLEAN] and batch.stats["failed"] == 1


def test_wrong_columns_are_named() -> None:
    with pytest.raises(InputError, match=r"no column 'text' \(there are: body, url\)"):
        BatchCleaner()({"body": [AD], "url": [None]})
    with pytest.raises(InputError, match="text 1 of the batch is int"):
        BatchCleaner()({"text": [AD, 3]})
    with pytest.raises(InputError, match="2 texts, but 1 urls"):
        clean_batch(Cleaner(), [AD, AD], ["https://example.org"])


def test_pickle_is_small_and_depends_on_the_settings_alone() -> None:
    one, two = BatchCleaner(keep={"app", "legal"}), BatchCleaner(keep=["app", "legal"])
    one({"text": [AD]})
    assert pickle.dumps(one) == pickle.dumps(BatchCleaner(keep={"legal", "app"}))
    assert pickle.dumps(one) == pickle.dumps(two) != pickle.dumps(BatchCleaner())
    assert len(pickle.dumps(one)) < 1000
    assert pickle.loads(pickle.dumps(one))({"text": [AD]}) == {"text": [CLEAN]}


def test_a_worker_with_other_rules_refuses() -> None:
    far = BatchCleaner()
    far.rules_hash = "0" * 16
    far = pickle.loads(pickle.dumps(far))
    with pytest.raises(CleanpressError, match="install the same on both"):
        far({"text": [AD]})


def test_a_missing_engine_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("cleanpress.integrations.batch.importlib.import_module", missing)
    from cleanpress.integrations import datasets, duckdb, polars, ray, scrapy, spark

    calls: dict[str, Callable[[], Any]] = {
        "datasets": datasets.cleaner_batch, "ray": ray.RayCleaner, "spark": spark.in_arrow, "polars": polars.cleaned,
        "duckdb": lambda: duckdb.register(None), "scrapy": scrapy.CleanpressPipeline,
    }  # fmt: skip
    for extra, call in calls.items():
        with pytest.raises(MissingExtraError, match=rf"pip install cleanpress\[{extra}\]"):
            call()


def test_a_missing_datatrove_names_the_command() -> None:
    code = "import sys; sys.modules['datatrove'] = None; import cleanpress.integrations.datatrove"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install cleanpress[datatrove]" in done.stderr


def test_importing_the_package_imports_no_engine() -> None:
    names = "polars duckdb pyarrow ray pyspark datasets scrapy trafilatura pandas".split()
    code = f"""
import sys
from cleanpress.integrations import batch, datasets, duckdb, polars, ray, scrapy, spark, trafilatura
print([n for n in {names} if n in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


# --- the same text from every engine; Ray and Spark stand in their own files, since they start servers ---------------


def from_batch(columns: dict[str, list[str | None]]) -> list[str | None]:
    return BatchCleaner()(columns)["text"]


def from_datasets(columns: dict[str, list[str | None]]) -> list[str | None]:
    needs("datasets")
    from datasets import Dataset

    from cleanpress.integrations.datasets import cleaner_batch

    return list(Dataset.from_dict(columns).map(cleaner_batch(), batched=True, batch_size=7)["text"])


def from_datatrove(columns: dict[str, list[str | None]]) -> list[str | None]:
    needs("datatrove")
    from datatrove.data import Document

    from cleanpress.integrations.datatrove import CleanpressFormatter

    rows = zip(columns["text"], columns["url"], columns["lang"], strict=True)
    pages = [Document(t, str(n), metadata={"url": u, "language": la}) for n, (t, u, la) in enumerate(rows)]
    return [page.text for page in CleanpressFormatter().run(pages)]


def from_polars(columns: dict[str, list[str | None]]) -> list[str | None]:
    needs("polars")
    import polars as pl

    from cleanpress.integrations.polars import cleaned

    frame = pl.LazyFrame(columns).with_columns(cleaned("text", url="url", lang="lang"))
    return list(frame.collect()["text"])


def from_duckdb(columns: dict[str, list[str | None]]) -> list[str | None]:
    needs("duckdb")
    needs("pyarrow")
    import duckdb
    import pyarrow as pa

    from cleanpress.integrations.duckdb import register

    connection = duckdb.connect()
    register(connection)
    connection.register("pages", pa.table({**columns, "n": list(range(len(columns["text"])))}))
    return [row[0] for row in connection.sql("SELECT cleanpress_page(text, url, lang) FROM pages ORDER BY n").fetchall()]


def from_scrapy(columns: dict[str, list[str | None]]) -> list[str | None]:
    needs("scrapy")
    from cleanpress.integrations.scrapy import CleanpressPipeline

    pipeline = CleanpressPipeline()
    rows = zip(columns["text"], columns["url"], columns["lang"], strict=True)
    return [pipeline.process_item({"text": t, "url": u, "lang": la})["text"] for t, u, la in rows]


def from_trafilatura(columns: dict[str, list[str | None]]) -> list[str | None]:
    from cleanpress.integrations.trafilatura import cleaned

    cleaner = Cleaner()
    rows = zip(columns["text"], columns["url"], columns["lang"], strict=True)
    return [None if t is None else cleaned(t, url=u, lang=la, cleaner=cleaner) for t, u, la in rows]


def from_ray_pandas(columns: dict[str, list[str | None]]) -> list[str | None]:
    needs("pandas")
    import pandas

    from cleanpress.integrations.tables import pandas_cleaned

    return [t if isinstance(t, str) else None for t in pandas_cleaned(BatchCleaner(), pandas.DataFrame(columns))["text"]]


def from_arrow(columns: dict[str, list[str | None]]) -> list[str | None]:
    needs("pyarrow")
    import pyarrow as pa

    from cleanpress.integrations.tables import arrow_cleaned

    return list(arrow_cleaned(BatchCleaner(), pa.table(columns))["text"].to_pylist())


ENGINES = [from_batch, from_datasets, from_datatrove, from_polars, from_duckdb, from_scrapy, from_trafilatura, from_ray_pandas, from_arrow]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda f: f.__name__)
def test_every_engine_gives_the_same_text(engine: Callable[[dict[str, list[str | None]]], list[str | None]]) -> None:
    assert engine(corpus()) == expected()


@pytest.mark.parametrize(
    ("module", "name"),
    [("datasets", "datasets_map"), ("datatrove", "datatrove_pipeline"), ("polars", "polars_column"), ("duckdb", "duckdb_function"),
     ("scrapy", "scrapy_spider"), ("trafilatura", "trafilatura_extract")],
)  # fmt: skip
def test_the_example_runs(module: str, name: str) -> None:
    needs(module)
    shown = run_example(name + ".py")
    assert "Lowmoor all night" in shown
    if name not in ("trafilatura_extract", "scrapy_spider"):  # a page's address holds the word
        assert "Advertisement" not in shown
