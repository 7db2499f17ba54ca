"""Cells of the tables that people open with a spreadsheet."""

from typing import Final

_STEERING: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection)."""


def plain_cell(text: str) -> str:
    """Return a cell that every spreadsheet takes for the text that it is."""
    return f"'{text}" if text.startswith(_STEERING) else text
