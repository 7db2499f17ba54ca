"""Revoking, put together for one city."""

from gateway.app.composition import OpenCity
from gateway.services.revoke import RevokeCodes


def revoking(city: OpenCity) -> RevokeCodes:
    """Return what revokes codes of this city and signs its lists at once."""

    def publish() -> None:
        city.status_lists.publish.due(city.clock.now())

    return RevokeCodes(rows=city.store.status_lists, tags=city.tags, publish=publish)
