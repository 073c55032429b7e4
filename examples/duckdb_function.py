"""DuckDB: an SQL function that cleans text."""

import duckdb

from cleanpress.integrations.duckdb import register

if __name__ == "__main__":
    connection = duckdb.connect()
    register(connection)
    connection.execute("CREATE TABLE pages (text VARCHAR, url VARCHAR)")
    connection.execute("INSERT INTO pages VALUES (?, ?)", ["Rain fell on Lowmoor all night.\n\nAdvertisement", "https://example.org/rain"])
    print(connection.sql("SELECT cleanpress(text), cleanpress_page(text, url, NULL) FROM pages").fetchall())
