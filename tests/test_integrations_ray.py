"""Ray Data, for real: two actors, pandas, Arrow and numpy batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from test_integrations_batch import corpus, expected, run_example

ray = pytest.importorskip("ray")
pytest.importorskip("ray.data")

from cleanpress.integrations.ray import RayCleaner  # noqa: E402


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=100_000_000)
    yield ray
    ray.shutdown()


@pytest.mark.parametrize("batch_format", ["pyarrow", "pandas", "numpy"])
def test_the_same_text(cluster: Any, batch_format: str) -> None:
    import pyarrow as pa

    columns: dict[str, list[Any]] = {**corpus(), "n": list(range(len(corpus()["text"])))}
    table = pa.table(columns)
    # several blocks without a repartition: its tasks would wait for processors that the two actors hold
    pages = cluster.data.from_arrow([table.slice(0, 30), table.slice(30)])
    done = pages.map_batches(RayCleaner, batch_format=batch_format, batch_size=9, concurrency=2).take_all()
    got = {row["n"]: row["text"] if isinstance(row["text"], str) else None for row in done}
    assert [got[n] for n in columns["n"]] == expected()


def test_the_example_runs() -> None:
    assert "Lowmoor all night.'" in run_example("ray_data.py")
