"""Pages for people: citizen, merchant, staff (docs/pages.md)."""
