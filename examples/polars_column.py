"""Polars: clean a column, in a lazy frame."""

import polars as pl

from cleanpress.integrations.polars import cleaned

if __name__ == "__main__":
    pages = pl.LazyFrame({"text": ["Rain fell on Lowmoor all night.\n\nAdvertisement"], "url": ["https://example.org/rain"]})
    print(pages.with_columns(cleaned("text", url="url")).collect())
