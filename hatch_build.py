"""What a build asks first: a package whose pages are missing must not leave the house."""

from pathlib import Path

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MANIFEST = "gateway/web/static/manifest.json"


class PagesFirst(BuildHookInterface[BuilderConfig]):
    """Refuses wheel and source archive without the built page code; an editable install may wait.

    An archive of the sources holds the pages as well, so that it is built without Node.
    """

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """End the build, with what to do, if the pages are not built."""
        del build_data
        if version != "editable" and not (Path(self.root) / MANIFEST).is_file():
            self.app.abort(f"{MANIFEST} is missing: run `make assets` first")
