"""trafilatura: extract and clean in one call."""

from cleanpress.integrations.trafilatura import extract

PAGE = """<html><body><article><h1>Rain</h1>
<p>Rain fell on Lowmoor all night, and by the morning the mill bridge was shut to everything heavier than a bicycle.</p>
<p>The council said that it would look at the piers once the river was down, which may take until the end of the week.</p>
<p>Sign up to our newsletter to get the best stories in your inbox every morning.</p></article></body></html>"""

if __name__ == "__main__":
    print(extract(PAGE, url="https://example.org/rain"))
