"""How the REST API speaks: what its addresses share, whichever app they belong to.

Reading goes through plain functions that make dictionaries; beside each stands a serializer class that never runs: it
is what the OpenAPI description is made of, and a test holds the answers against it.
"""
