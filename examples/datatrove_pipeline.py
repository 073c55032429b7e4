"""datatrove: a pipeline with a cleaning step; its counts are in the statistics."""

import tempfile

from datatrove.data import Document
from datatrove.executor.local import LocalPipelineExecutor

from cleanpress.integrations.datatrove import CleanpressFormatter


def show(documents, rank: int = 0, world_size: int = 1):  # type: ignore[no-untyped-def]
    """Prints what comes by."""
    for document in documents:
        print(document.text)
        yield document


if __name__ == "__main__":
    pages = [Document("Rain fell on Lowmoor all night.\n\nAdvertisement", "1", metadata={"url": "https://example.org/rain"})]
    with tempfile.TemporaryDirectory() as logs:
        stats = LocalPipelineExecutor([pages, CleanpressFormatter(), show], logging_dir=logs).run()
        print(stats.get_repr())
