"""Hugging Face ``datasets``: a function for ``Dataset.map`` with a stable fingerprint, so that caching works."""

from __future__ import annotations

from typing import Any

from cleanpress.integrations.batch import BatchCleaner, engine


def cleaner_batch(**options: Any) -> BatchCleaner:
    """A function for ``ds.map(..., batched=True)``; works with ``num_proc`` and with streaming datasets.

    The same settings, version and rules give the same fingerprint in every process, so a second run reads the cache; a
    new rule pack gives another, so it does not.

    Args:
        options: see :class:`~cleanpress.integrations.batch.BatchCleaner`.

    Raises:
        MissingExtraError: when ``datasets`` is not installed.
    """
    engine("datasets", "Hugging Face datasets", "datasets")
    return BatchCleaner(**options)
