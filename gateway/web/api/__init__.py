"""The API for tills and pages, ``/api/v1`` (docs/protocol/api.md)."""
