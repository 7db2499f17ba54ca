"""What a phone is given to keep: nothing about a person, and another version when it changes."""

import re
from pathlib import Path

import pytest

from gateway.web.pages import assets
from tests.web.kept_pages import pretend_built, shell_of
from tests.web.people_site import PeopleSite
from tests.web.site import LEAF

SHELLS = ("/offline/zh/standard", "/offline/zh/elder", "/offline/en/standard", "/offline/en/elder")
BUILT = {
    name: name.replace(".", "-1.")
    for name in (
        *("offline.js", "service_worker.js", "style.css", "forget.js"),
        *("icon-180.png", "icon-192.png", "icon-512.png", "icon-maskable.png"),
    )
}


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Some built files, whatever was built here."""
    (tmp_path / "service_worker-1.js").write_text("work();", "utf-8")
    pretend_built(monkeypatch, BUILT, tmp_path)
    return tmp_path


def shell(people: PeopleSite) -> dict[str, object]:
    return shell_of(people, "/service-worker.js")


@pytest.mark.parametrize("path", SHELLS)
def test_the_page_that_is_kept_is_the_same_for_everybody_and_makes_no_cookie(
    people: PeopleSite, path: str
) -> None:
    before = people.browser().get(path, base_url=LEAF)
    people.sign_in()
    people.get("/?lang=en&elder=1")

    after = people.get(path)

    assert after.get_data() == before.get_data()
    assert after.headers.getlist("Set-Cookie") == []
    shown = after.get_data(as_text=True)
    assert ('<html lang="zh-CN"' in shown) is ("zh" in path)
    assert ('class="elder"' in shown) is ("elder" in path)
    assert 'href="/code?lang=' in shown


def test_a_nonce_is_never_kept_and_one_file_alone_may_run(people: PeopleSite) -> None:
    answer = people.get(SHELLS[0])

    policy = answer.headers["Content-Security-Policy"]
    assert f"script-src {LEAF}/static/offline-1.js;" in policy
    assert "nonce" not in policy + answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/offline/fr/standard", "/offline/zh/other"])
def test_there_is_no_other_page_to_keep(people: PeopleSite, path: str) -> None:
    assert people.get(path).status_code == 404


def test_the_worker_keeps_the_pages_and_what_they_are_drawn_with_and_no_page_of_a_person(
    people: PeopleSite,
) -> None:
    answer = people.get("/service-worker.js")

    assert shell(people)["files"] == [
        *SHELLS,
        "/static/offline-1.js",
        "/static/style-1.css",
        "/static/icon-192-1.png",
    ]
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_version_of_the_worker_changes_with_what_it_keeps(
    people: PeopleSite, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shell(people)["version"]
    again = shell(people)["version"]
    pretend_built(monkeypatch, BUILT | {"style.css": "style-2.css"})
    styled = shell(people)["version"]
    (built / "service_worker-1.js").write_text("work();\n", "utf-8")
    coded = people.get("/service-worker.js").get_data(as_text=True)

    assert first == again
    assert styled != first
    assert str(styled) not in coded


def test_without_built_code_there_is_no_worker_and_no_page_to_keep(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_built(monkeypatch, {})

    assert people.get("/service-worker.js").status_code == 404
    assert people.get(SHELLS[0]).status_code == 404
    assert people.get("/manifest.webmanifest").get_json()["icons"] == []


@pytest.mark.parametrize(
    ("lang", "name", "short"),
    [("zh", "温州信用码", "信用码"), ("en", "Wenzhou Credit code", "Credit code")],
)
def test_the_page_can_be_installed_under_the_city_s_name(
    people: PeopleSite, lang: str, name: str, short: str
) -> None:
    answer = people.get(f"/manifest.webmanifest?lang={lang}")

    said = answer.get_json()
    assert answer.mimetype == "application/manifest+json"
    assert (said["name"], said["short_name"], said["start_url"]) == (name, short, "/code")
    assert [(each["sizes"], each["purpose"]) for each in said["icons"]] == [
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    ]


def test_who_signs_out_or_stops_leaves_nothing_on_the_phone(people: PeopleSite) -> None:
    for path in ("/consent/stop", "/sign-out", "/sessions/end"):
        people.sign_in()
        people.agree()

        answer = people.post(path)

        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"', path
        assert f'src="{assets.asset("forget.js")}"' in answer.get_data(as_text=True), path


def test_a_pack_is_kept_for_one_session_under_a_word_that_does_not_tell_which(
    people: PeopleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.web.pages.assets.manifest", lambda: BUILT | {"citizen.js": "c.js"})
    owners = list[str]()
    for _ in range(2):
        people.sign_in()
        people.agree()
        for _ in range(2):
            shown = people.get("/code").get_data(as_text=True)
            owners.extend(re.findall(r'data-owner="([0-9a-f]{16})"', shown))

    assert len(owners) == 4
    assert owners[0] == owners[1] != owners[2] == owners[3]
    token = people.client.get_cookie("__Host-citizen", domain=LEAF.removeprefix("https://"))
    assert token is not None
    assert owners[3] not in token.value
