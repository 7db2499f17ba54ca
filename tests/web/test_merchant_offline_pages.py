"""What a merchant's device is given: facts of its own, and a page that is the same for all."""

import re
from pathlib import Path

import pytest

from gateway.services.own_statements import Published
from gateway.trust.trusted_city import Role
from tests.trust.cities import wenzhou
from tests.web.kept_pages import pretend_built, shell_of
from tests.web.people_site import PeopleSite
from tests.web.site import LEAF
from tests.world import HUZHOU, JINHUA, NOON

SHELLS = [
    f"/merchant/offline/{lang}/{look}" for lang in ("zh", "en") for look in ("standard", "elder")
]
BUILT = {
    name: name.replace(".", "-1.")
    for name in (
        *("merchant.js", "merchant_worker.js", "reader.js", "style.css", "zxing_reader.wasm"),
        *("icon-192.png", "icon-512.png", "icon-maskable.png", "forget.js"),
    )
}


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Some built files, whatever was built here."""
    (tmp_path / "merchant_worker-1.js").write_text("work();", "utf-8")
    pretend_built(monkeypatch, BUILT, tmp_path)
    return tmp_path


def shell(people: PeopleSite) -> dict[str, object]:
    return shell_of(people, "/merchant/service-worker.js")


def test_a_device_is_told_what_it_judges_by_and_nothing_about_a_person(people: PeopleSite) -> None:
    people.enrol()

    answer = people.get("/merchant/facts")

    said = answer.get_json()
    assert set(said) == {"now", "owner", "token", "keys", "page", "facts"}
    assert said["now"] == NOON
    assert set(said["facts"]) == {
        *("division", "leaf", "scenarios", "venues", "agreed"),
        *("lifetime_max_s", "stopped_offers"),
    }
    assert said["facts"]["leaf"] == LEAF
    # Every member is named, also one that is not known yet: its codes are undetermined.
    assert {JINHUA.code, HUZHOU.code} < set(said["facts"]["agreed"])
    assert set(said["page"]["choices"]) == {"zh", "en"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_device_gets_the_federation_keys_of_the_statement_that_is_served(
    people: PeopleSite,
) -> None:
    people.enrol()
    assert people.get("/merchant/facts").get_json()["keys"] == []
    people.site.statements[Role.LEAF] = Published.of(wenzhou().leaf_token())

    keys = people.get("/merchant/facts").get_json()["keys"]

    assert [set(key) for key in keys] == [{"kty", "crv", "x", "y", "kid"}] * 2


def test_another_enrolment_is_another_owner_and_the_word_does_not_tell_the_secret(
    people: PeopleSite,
) -> None:
    owners = list[str]()
    for _ in range(2):
        people.enrol()
        owners.extend(people.get("/merchant/facts").get_json()["owner"] for _ in range(2))

    first, again, second, _ = owners
    assert first == again != second
    cookie = people.client.get_cookie("__Host-device", domain=LEAF.removeprefix("https://"))
    assert cookie is not None
    assert second not in cookie.value


def test_without_an_enrolment_a_program_is_told_so(people: PeopleSite) -> None:
    answer = people.get("/merchant/facts")

    assert answer.status_code == 401
    assert answer.get_json()["code"] == "unauthorized"


@pytest.mark.parametrize("path", SHELLS)
def test_the_page_that_is_kept_is_the_same_for_every_merchant(
    people: PeopleSite, path: str
) -> None:
    before = people.browser().get(path, base_url=LEAF)
    people.enrol()

    after = people.get(path)

    assert after.get_data() == before.get_data()
    assert after.headers.getlist("Set-Cookie") == []
    policy = after.headers["Content-Security-Policy"]
    assert f"script-src {LEAF}/static/merchant-1.js 'wasm-unsafe-eval';" in policy
    assert "nonce" not in policy + after.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/merchant/offline/fr/standard", "/merchant/offline/zh/other"])
def test_there_is_no_other_page_to_keep(people: PeopleSite, path: str) -> None:
    assert people.get(path).status_code == 404


def test_the_worker_keeps_every_file_that_its_page_names(people: PeopleSite) -> None:
    answer = people.get("/merchant/service-worker.js")

    files = shell(people)["files"]
    assert isinstance(files, list)
    assert files[: len(SHELLS)] == SHELLS
    for path in SHELLS:
        named = re.findall(
            r'"((?:/merchant)?/static/[^"]+)"', people.get(path).get_data(as_text=True)
        )
        assert set(named) <= set(files)
    # The page is one letter shorter than the folder that a worker may look after by itself.
    assert answer.headers["Service-Worker-Allowed"] == "/merchant"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_version_of_the_worker_changes_with_what_it_keeps(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, again = (shell(people)["version"] for _ in range(2))
    pretend_built(monkeypatch, BUILT | {"style.css": "style-2.css"})
    styled = shell(people)["version"]
    monkeypatch.setattr(
        "gateway.web.pages.merchant.offline.partner_origins", lambda: ("https://one.example",)
    )
    joined = shell(people)["version"]

    assert first == again
    assert len({first, styled, joined}) == 3


def test_a_merchant_s_page_asks_its_city_and_the_partners_that_verify_and_nobody_else(
    people: PeopleSite,
) -> None:
    people.enrol()

    policy = people.get("/merchant").headers["Content-Security-Policy"]

    (asks,) = re.findall(r"connect-src ([^;]*);", policy)
    assert asks == "'self'"


def test_without_built_code_there_is_no_worker_and_no_page_to_keep(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_built(monkeypatch, {})

    assert people.get("/merchant/service-worker.js").status_code == 404
    assert people.get(SHELLS[0]).status_code == 404


@pytest.mark.parametrize(
    ("lang", "name"), [("zh", "温州·核验信用码"), ("en", "Wenzhou: Verify a credit code")]
)
def test_the_page_can_be_installed_beside_the_citizen_s(
    people: PeopleSite, lang: str, name: str
) -> None:
    said = people.get(f"/merchant/manifest.webmanifest?lang={lang}").get_json()

    assert said["name"] == name
    assert said["id"] == said["start_url"] == said["scope"] == "/merchant"


def test_a_sign_out_leaves_a_merchant_s_device_what_it_has_not_sent(people: PeopleSite) -> None:
    people.enrol()
    people.sign_in()

    assert "Clear-Site-Data" not in people.post("/sign-out").headers
