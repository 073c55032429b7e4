"""Spark: clean a column of a data frame."""

from pyspark.sql import SparkSession

from cleanpress.integrations.spark import cleaned

if __name__ == "__main__":
    spark = SparkSession.builder.master("local[2]").appName("cleanpress").config("spark.ui.enabled", "false").getOrCreate()
    pages = spark.createDataFrame(
        [("Rain fell on Lowmoor all night.\n\nAdvertisement", "https://example.org/rain")], "text string, url string"
    )
    cleaned(pages).show(truncate=False)
    spark.stop()
