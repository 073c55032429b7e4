"""Scrapy, for real: a crawl of a data: address through the item pipeline."""

from __future__ import annotations

import pytest
from test_integrations_batch import run_example

pytest.importorskip("scrapy")


def test_a_crawl_counts_in_its_statistics() -> None:
    shown = run_example("scrapy_spider.py")
    assert "'cleanpress/changed': 1" in shown and "ScrapyDeprecationWarning" not in shown


def test_items_of_a_class() -> None:
    import scrapy

    from cleanpress.integrations.scrapy import CleanpressPipeline

    class Page(scrapy.Item):  # type: ignore[misc]
        text = scrapy.Field()

    item = CleanpressPipeline().process_item(Page(text="Rain fell on Lowmoor all night.\n\nAdvertisement"))
    assert isinstance(item, Page) and item["text"] == "Rain fell on Lowmoor all night."
    assert CleanpressPipeline().process_item({"title": "no text"}) == {"title": "no text"}
