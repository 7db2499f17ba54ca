"""Moments as people read them."""

from datetime import UTC, datetime, tzinfo

from gateway.clock import CHINA


def hour_and_minute(moment: int, zone: tzinfo) -> str:
    """Return ``HH:MM`` of Unix seconds, rounded up: what ends then has ended."""
    return datetime.fromtimestamp(whole_minute(moment), UTC).astimezone(zone).strftime("%H:%M")


def whole_minute(moment: int) -> int:
    """Return the first whole minute that is not before: what ends then has ended."""
    return -(-moment // 60) * 60


def day_and_minute(moment: int) -> str:
    """Return ``YYYY-MM-DD HH:MM`` of Unix seconds, in China: when something began."""
    return day_and_second(moment)[: -len(":SS")]


def day_and_second(moment: int) -> str:
    """Return ``YYYY-MM-DD HH:MM:SS`` of Unix seconds, in China."""
    return datetime.fromtimestamp(moment, UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
