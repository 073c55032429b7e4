"""Ray Data: two actors that clean batches; each loads the rules once."""

import ray

from cleanpress.integrations.ray import RayCleaner

if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False)
    pages = ray.data.from_items([{"text": "Rain fell on Lowmoor all night.\n\nAdvertisement", "url": "https://example.org/rain"}])
    print(pages.map_batches(RayCleaner, batch_format="pyarrow", concurrency=1).take_all())
    ray.shutdown()
