"""Alembic's environment; run by ``gateway.storage.upgrade`` only, on a given connection."""
