"""Hugging Face datasets: clean a column; a second run with the same settings reads the cache."""

from datasets import Dataset

from cleanpress.integrations.datasets import cleaner_batch

if __name__ == "__main__":
    pages = Dataset.from_dict({"text": ["Rain fell on Lowmoor all night.\n\nAdvertisement"], "url": ["https://example.org/rain"]})
    print(pages.map(cleaner_batch(), batched=True)[0])
