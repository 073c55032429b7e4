"""Reading and writing for the command: streams, records, reports. Library callers never need this package.

``streams`` opens and decodes, ``records`` cuts input into records, ``job`` turns a record into what is written for it,
``workers`` runs the job on several processes, ``reports`` talks to people on standard error.
"""
