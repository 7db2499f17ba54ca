"""The English of our pages' words; the Chinese is in the templates and is the key.

``translations/en.po`` is read with Babel as it stands, so that nothing needs compiling
(docs/adr/0071). A test holds both to each other.
"""

import functools
from collections.abc import Mapping
from importlib import resources

from babel.messages.pofile import read_po

from gateway.web.words import Language


def translate(text: str, lang: Language, /, **values: object) -> str:
    """Return our own ``text`` in a language, with ``{names}`` filled in.

    Raises:
        KeyError: there is no English for it.
    """
    said = text if lang == "zh" else english()[text]
    return said.format(**values) if values else said


@functools.cache
def english() -> Mapping[str, str]:
    """Return every text with its English."""
    with resources.files("gateway.web").joinpath("translations/en.po").open("rb") as file:
        catalog = read_po(file, locale="en")
    return {str(each.id): str(each.string) for each in catalog if each.id}
