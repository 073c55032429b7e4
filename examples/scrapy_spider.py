"""Scrapy: an item pipeline that cleans the items' text. The spider reads a page from a data: address, so no network."""

import scrapy
from scrapy.crawler import CrawlerProcess


class Spider(scrapy.Spider):
    """Yields one item."""

    name = "example"
    start_urls = ["data:text/plain,Rain%20fell%20on%20Lowmoor%20all%20night.%0A%0AAdvertisement"]  # noqa: RUF012

    def parse(self, response):  # type: ignore[no-untyped-def]
        """One page, one item."""
        yield {"text": response.text, "url": response.url}


if __name__ == "__main__":
    process = CrawlerProcess({"ITEM_PIPELINES": {"cleanpress.integrations.scrapy.CleanpressPipeline": 500}, "TELNETCONSOLE_ENABLED": False})
    process.crawl(Spider)
    process.start()
