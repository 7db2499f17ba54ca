"""Durable storage: the ports of ``gateway.services.ports`` on SQLite and on PostgreSQL.

Start in ``store`` (everything opened together), then ``writer`` (how many requests share one
fsync) and ``verifications`` (how a code is burned exactly once). ``tables`` says what is kept,
``pruning`` for how long, and docs/storage.md tells both to people.
"""
