"""The trust rules: whose keys count, since when, and until when.

Pure: nothing here fetches, stores or reads a clock. Start in ``statements`` for what cities
publish, in ``trusted_city`` and ``cycle`` for what is believed of it and how that changes,
in ``record`` and ``rows`` for what officers agreed and how it is kept, in ``keyring`` for
what verifying uses. docs/federation.md is the same for people who write another gateway.
"""
