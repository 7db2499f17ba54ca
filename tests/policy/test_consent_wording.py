"""What was agreed to is never edited afterwards."""

import hashlib

from gateway.policy.consent_wording import IN_FORCE, WORDINGS, Wording

PUBLISHED = {"2026-11": "cacc99636bee47ebc08144ef71d5634b55efc6e8a09c4ecb641515af967264e8"}
"""SHA-256 of every version; another text is another version, and a row more."""


def digest(wording: Wording) -> str:
    texts = (wording.zh, wording.en)
    spelled = "\n".join(line for each in texts for line in (each.read, each.shown, each.free))
    return hashlib.sha256(spelled.encode("utf-8")).hexdigest()


def test_no_published_wording_was_edited() -> None:
    assert {version: digest(each) for version, each in WORDINGS.items()} == PUBLISHED


def test_the_newest_wording_is_in_force() -> None:
    assert max(WORDINGS) == IN_FORCE.version


def test_a_wording_names_the_office_that_reads_and_the_cities_that_verify() -> None:
    for text in (IN_FORCE.zh, IN_FORCE.en):
        filled = text.filled(processor="OFFICE", recipients="CITIES")

        assert "OFFICE" in filled.read
        assert "CITIES" in filled.shown
        assert "{" not in filled.read + filled.shown + filled.free
