"""Ray Data: a callable class for ``map_batches``; takes pandas, pyarrow and numpy batches."""

from __future__ import annotations

from typing import Any

from cleanpress.integrations.batch import BatchCleaner, engine
from cleanpress.integrations.tables import arrow_cleaned, pandas_cleaned


class RayCleaner:
    """Cleans the batches of an actor; each actor loads the rules once.

    ``ds.map_batches(RayCleaner, fn_constructor_kwargs={"profile": "careful"}, batch_format="pyarrow", concurrency=2)``

    Args:
        options: see :class:`~cleanpress.integrations.batch.BatchCleaner`.

    Raises:
        MissingExtraError: when Ray is not installed.
    """

    def __init__(self, **options: Any) -> None:
        engine("ray", "Ray Data", "ray")
        self._batch = BatchCleaner(**options)

    def __call__(self, batch: Any) -> Any:
        """The batch, in the format that it came in."""
        if isinstance(batch, dict):
            import numpy as np

            changed = self._batch({name: values.tolist() for name, values in batch.items()})
            return {**batch, **{name: np.array([*values, None], dtype=object)[:-1] for name, values in changed.items()}}
        if hasattr(batch, "schema"):
            return arrow_cleaned(self._batch, batch)
        return pandas_cleaned(self._batch, batch)
