"""The same documents through every engine that is installed: equal text, equal counts, and how many a second.

Usage: python benchmarks/engines.py [--documents 10000] [--only NAME ...]

Texts are compared byte for byte with those of ``Cleaner.clean`` in this process; the exit code is 1 when any differs. Times include what
the engine needs to start. Documents per processor second don't depend on what else the machine does; Ray and Spark have processes of
which this one can't tell.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from documents import Page, generated

from cleanpress.pipeline import Cleaner

Made = tuple[list[str], dict[str, int] | None]
COLUMNS = ("id", "text", "url", "lang")


def columns(pages: Sequence[Page]) -> dict[str, list[str]]:
    return {name: [str(page[name]) for page in pages] for name in COLUMNS}  # type: ignore[literal-required]


def in_memory(pages: Sequence[Page]) -> Made:
    cleaner = Cleaner()
    return [cleaner.clean(p["text"], url=p["url"], lang=p["lang"]) for p in pages], None


def command(jobs: str) -> Callable[[Sequence[Page]], Made]:
    def made(pages: Sequence[Page]) -> Made:
        with tempfile.TemporaryDirectory() as folder:
            source, output = Path(folder, "in.jsonl"), Path(folder, "out.jsonl")
            source.write_text("".join(json.dumps(p, ensure_ascii=False) + "\n" for p in pages), encoding="utf-8")
            argv = [sys.executable, "-m", "cleanpress", str(source), "-o", str(output), "-j", jobs, "--stats", "json"]
            done = subprocess.run(argv, check=True, stderr=subprocess.PIPE)
            stats = json.loads(done.stderr.splitlines()[-1])
            texts = [json.loads(line)["text"] for line in output.read_text(encoding="utf-8").splitlines()]
            return texts, {"documents": stats["documents"], "changed": stats["changed"]}

    return made


def parquet(pages: Sequence[Page]) -> Made:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "in.parquet"), Path(folder, "out.parquet")
        pq.write_table(pa.table(columns(pages)), source, row_group_size=1000)
        subprocess.run([sys.executable, "-m", "cleanpress", str(source), "-o", str(output), "-j", "2"], check=True)
        return pq.read_table(output).column("text").to_pylist(), None


def hugging_face(processes: int) -> Callable[[Sequence[Page]], Made]:
    def made(pages: Sequence[Page]) -> Made:
        from datasets import Dataset

        from cleanpress.integrations.datasets import cleaner_batch

        done = Dataset.from_dict(columns(pages)).map(cleaner_batch(), batched=True, num_proc=processes if processes > 1 else None)
        return list(done["text"]), None

    return made


def datatrove(pages: Sequence[Page]) -> Made:
    from datatrove.data import Document

    from cleanpress.integrations.datatrove import CleanpressFormatter

    step = CleanpressFormatter()
    documents = [Document(p["text"], p["id"], metadata={"url": p["url"], "language": p["lang"]}) for p in pages]
    texts = [document.text for document in step.run(documents)]
    return texts, {"documents": int(step.stats.stats["total"].total), "changed": int(step.stats.stats["changed"].total)}


def polars(pages: Sequence[Page]) -> Made:
    import polars as pl

    from cleanpress.integrations.polars import cleaned

    return list(pl.DataFrame(columns(pages)).with_columns(cleaned("text", url="url", lang="lang"))["text"]), None


def duckdb(pages: Sequence[Page]) -> Made:
    import duckdb as engine
    import pyarrow as pa

    from cleanpress.integrations.duckdb import register

    connection = engine.connect()
    register(connection)
    connection.register("pages", pa.table({**columns(pages), "n": list(range(len(pages)))}))
    return [row[0] for row in connection.sql("SELECT cleanpress_page(text, url, lang) FROM pages ORDER BY n").fetchall()], None


def scrapy(pages: Sequence[Page]) -> Made:
    from scrapy.statscollectors import MemoryStatsCollector
    from scrapy.utils.test import get_crawler

    from cleanpress.integrations.scrapy import CleanpressPipeline

    stats = MemoryStatsCollector(get_crawler())
    pipeline = CleanpressPipeline(stats)
    texts = [pipeline.process_item(dict(page))["text"] for page in pages]
    return texts, {name: stats.get_value(f"cleanpress/{name}") for name in ("documents", "changed")}


def trafilatura(pages: Sequence[Page]) -> Made:
    from cleanpress.integrations.trafilatura import cleaned

    cleaner = Cleaner()
    return [cleaned(p["text"], url=p["url"], lang=p["lang"], cleaner=cleaner) for p in pages], None


def ray(batch_format: str) -> Callable[[Sequence[Page]], Made]:
    def made(pages: Sequence[Page]) -> Made:
        import pyarrow as pa
        import ray as engine

        from cleanpress.integrations.ray import RayCleaner

        engine.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=300_000_000)
        try:
            table = pa.table({**columns(pages), "n": list(range(len(pages)))})
            half = len(pages) // 2
            data = engine.data.from_arrow([table.slice(0, half), table.slice(half)])
            rows = data.map_batches(RayCleaner, batch_format=batch_format, batch_size=500, concurrency=2).take_all()
        finally:
            engine.shutdown()
        return [row["text"] for row in sorted(rows, key=lambda row: row["n"])], None

    return made


def spark(how: str) -> Callable[[Sequence[Page]], Made]:
    def made(pages: Sequence[Page]) -> Made:
        from pyspark.sql import SparkSession

        from cleanpress.integrations import spark as integration

        os.environ["PYSPARK_PYTHON"] = sys.executable
        builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("cleanpress").config("spark.ui.enabled", "false")
        session = builder.config("spark.executor.memory", "1g").getOrCreate()
        try:
            rows = [(p["text"], p["url"], p["lang"], n) for n, p in enumerate(pages)]
            frame = session.createDataFrame(rows, "text string, url string, lang string, n long").repartition(8)
            if how == "arrow":
                done = frame.mapInArrow(integration.in_arrow(), frame.schema)
            else:
                done = frame.mapInPandas(integration.in_pandas(), frame.schema)
            return [row.text for row in sorted(done.collect(), key=lambda row: row.n)], None
        finally:
            session.stop()

    return made


#: name: (the package it needs, processes that clean, how)
ENGINES: dict[str, tuple[str, int, Callable[[Sequence[Page]], Made]]] = {
    "in memory": ("cleanpress", 1, in_memory),
    "command": ("cleanpress", 1, command("1")),
    "command -j 2": ("cleanpress", 2, command("2")),
    "command, Parquet -j 2": ("pyarrow", 2, parquet),
    "datasets": ("datasets", 1, hugging_face(1)),
    "datasets num_proc=2": ("datasets", 2, hugging_face(2)),
    "datatrove": ("datatrove", 1, datatrove),
    "Polars": ("polars", 1, polars),
    "DuckDB": ("duckdb", 1, duckdb),
    "Scrapy": ("scrapy", 1, scrapy),
    "trafilatura": ("trafilatura", 1, trafilatura),
    "Ray, Arrow": ("ray", 2, ray("pyarrow")),
    "Ray, pandas": ("ray", 2, ray("pandas")),
    "Spark mapInArrow": ("pyspark", 2, spark("arrow")),
    "Spark mapInPandas": ("pyspark", 2, spark("pandas")),
}


def processor_seconds() -> float:
    """Processor time of this process and of those that it waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measured(pages: Sequence[Page], only: Sequence[str]) -> Iterator[tuple[str, int, float, float, Made]]:
    """For each engine: its name and processes, seconds by the clock and of the processor, what it made."""
    for name, (package, processes, work) in ENGINES.items():
        if only and name not in only and name != "in memory":
            continue
        if importlib.util.find_spec(package) is None:
            print(f"{name}: {package} is not installed", flush=True)
            continue
        begun, spent = time.monotonic(), processor_seconds()
        try:
            made = work(pages)
        except Exception as error:  # one engine that does not start must not hide the others
            print(f"{name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
            continue
        yield name, processes, time.monotonic() - begun, processor_seconds() - spent, made


def main() -> None:
    """Compares and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    pages = list(generated(args.documents))
    size = sum(len(p["text"].encode()) for p in pages) / 1e6
    print(f"{len(pages):,} documents, {size:.1f} MB of text", flush=True)
    print("| engine | processes | documents per processor second | documents/s by the clock | equal |\n|---|--:|--:|--:|---|", flush=True)
    expected: list[str] = []
    counts: dict[str, int] = {}
    differing = []
    for name, processes, seconds, spent, (texts, counted) in measured(pages, args.only):
        if not expected:
            expected = texts
            counts = {"documents": len(pages), "changed": sum(p["text"] != t for p, t in zip(pages, texts, strict=True))}
        equal = texts == expected and counted in (None, counts)
        if not equal:
            differing.append(name)
        rate = "" if name.startswith(("Ray", "Spark")) else f"{len(pages) / spent:,.0f}"
        print(f"| {name} | {processes} | {rate} | {len(pages) / seconds:,.0f} | {'yes' if equal else 'NO'} |", flush=True)
    print(f"{counts.get('changed', 0):,} documents changed")
    if differing:
        sys.exit(f"not equal: {', '.join(differing)}")


if __name__ == "__main__":
    main()
