"""Alembic's environment; run by ``gateway.storage.schema`` only, on a given connection."""
