"""``credit-gateway merchants uscc``, ``commitment`` and ``import``."""

from tests.cli.places import Place, objects_of

FITS, OFF = "91350100M000100Y43", "91350100M000100Y44"
ADD = ("merchants", "add", "river", "--name", "江滨酒店", "--scenarios", "open")


def listed(city: Place) -> dict[str, object]:
    (one,) = objects_of(city.ask("merchants", "list")["merchants"])
    return one


def test_a_merchant_is_added_with_its_code_and_a_day_for_its_commitment(city: Place) -> None:
    city.ask(*ADD, "--uscc", FITS.lower(), "--due", "2026-12-31")

    assert listed(city)["uscc"] == FITS
    assert listed(city)["commitment_due"] == "2026-12-31"


def test_a_code_that_does_not_fit_needs_a_reason(city: Place) -> None:
    refused = city.run(*ADD, "--uscc", OFF)
    city.ask(*ADD, "--uscc", OFF, "--uscc-reason", "as on the licence")

    assert refused.stderr.startswith("error[uscc_reason]: ")
    assert OFF not in refused.stderr
    assert listed(city)["uscc_reason"] == "as on the licence"
    assert "it fits" in city.run("merchants", "uscc", "river", FITS).stdout
    assert city.run("merchants", "uscc", "river", "9135").stderr.startswith("error[uscc_malformed]")


def test_a_commitment_becomes_overdue_and_comes_back(city: Place) -> None:
    city.ask(*ADD, "--due", "2026-01-02")

    assert listed(city)["commitment"] == "overdue"
    assert "OVERDUE since 2026-01-02" in city.run("merchants", "list").stdout
    done = city.ask("merchants", "commitment", "river", "--returned", "2026-01-05")
    assert done["file"] == {
        "uscc": None,
        "uscc_reason": None,
        "commitment": "returned",
        "commitment_due": "2026-01-02",
        "commitment_returned": "2026-01-05",
    }
    later = city.ask("merchants", "commitment", "river", "--due", "2026-01-09")
    assert listed(city)["commitment"] == "returned"
    assert later != done


def test_a_commitment_without_a_day_is_a_usage_error(city: Place) -> None:
    city.ask(*ADD)

    assert city.run("merchants", "commitment", "river").exit_code == 2


TABLE = "编号,名称,场景\nriver,江滨酒店,酒店住宿\n"


def test_a_table_is_looked_at_and_then_imported_and_again_changes_nothing(city: Place) -> None:
    file = city.home / "merchants.csv"
    file.write_text(TABLE, "utf-8")

    dry = city.ask("merchants", "import", str(file), "--dry-run")
    done = city.ask("merchants", "import", str(file))
    again = city.run("merchants", "import", str(file))

    assert (dry["stored"], dry["new"]) == (False, 1)
    assert (done["stored"], done["new"]) == (True, 1)
    assert "on file already  1" in again.stdout
    assert listed(city)["name"] == "江滨酒店"


def test_a_table_in_gbk_needs_somebody_who_looked(city: Place) -> None:
    file = city.home / "merchants.csv"
    file.write_bytes(TABLE.encode("gbk"))

    guessed = city.run("merchants", "import", str(file))
    named = city.ask("merchants", "import", str(file), "--encoding", "gb18030")

    assert guessed.exit_code == 1
    assert "江滨酒店" in guessed.stdout
    assert "--encoding gb18030" in guessed.stdout
    assert named["stored"]


def test_wrong_rows_keep_a_table_out_unless_they_may_be_left_out(city: Place) -> None:
    file = city.home / "merchants.csv"
    file.write_text(TABLE + "Bad,N,全部\n", "utf-8")

    refused = city.run("merchants", "import", str(file))
    skipped = city.ask("merchants", "import", str(file), "--skip-bad")

    assert refused.exit_code == 1
    assert "empty, or not of its form" in refused.stdout
    assert skipped["findings"] == [{"row": 3, "column": "id", "fault": "form"}]
    assert listed(city)["id"] == "river"


def test_a_file_that_is_no_table_is_refused(city: Place) -> None:
    assert city.run("merchants", "import", "gone.csv").stderr.startswith("error[input_file]")
    file = city.home / "merchants.csv"
    file.write_bytes(b"PK\x03\x04\x00")
    assert city.run("merchants", "import", str(file)).stderr.startswith("error[merchant_sheet]")


def test_venues_and_scenarios_are_added_and_ended(city: Place) -> None:
    city.ask("merchants", "add", "inn", "--name", "江滨", "--scenarios", "lodging.hotel")

    city.ask("merchants", "add-scenario", "inn", "fitness.gym")
    city.ask("merchants", "add-venue", "inn", "west:西楼")
    added = city.ask("merchants", "add-venue", "inn", "gym:健身房:fitness.gym")
    closed = city.ask("merchants", "close-venue", "inn", "gym")
    ended = city.ask("merchants", "end-scenario", "inn", "fitness.gym")

    west = {"id": "west", "name": "西楼", "scenarios": None, "closed": False}
    gym = {"id": "gym", "name": "健身房", "scenarios": ["fitness.gym"], "closed": False}
    assert venues_of(added) == [west, gym]
    assert venues_of(closed) == [west, gym | {"scenarios": [], "closed": True}]
    assert object_of_merchant(ended)["scenarios"] == ["lodging.hotel"]
    assert "gym 健身房 (closed)" in city.run("merchants", "list").stdout
    assert "within 5 seconds" in city.run("merchants", "add-venue", "inn", "gym:健身房").stdout


def test_changes_that_cannot_be_are_refused_by_name(city: Place) -> None:
    city.ask("merchants", "add", "inn", "--name", "江滨", "--scenarios", "lodging.hotel")
    city.ask("merchants", "add-venue", "inn", "west:西楼")

    for words, code in (
        (("add-venue", "inn", "west:西楼"), "merchant_venue_taken"),
        (("close-venue", "inn", "west"), "merchant_last_one"),
        (("close-venue", "inn", "east"), "merchant_venue_unknown"),
        (("add-scenario", "inn", "gov.tax"), "merchant_refused"),
        (("end-scenario", "inn", "fitness.gym"), "merchant_scenario_unknown"),
        (("end-scenario", "nobody", "fitness.gym"), "merchant_unknown"),
    ):
        assert city.run("merchants", *words).stderr.startswith(f"error[{code}]")
    assert city.run("merchants", "add-venue", "inn", "south").exit_code == 2


def test_a_list_of_scenarios_that_was_left_empty_does_not_open_a_venue_for_all(city: Place) -> None:
    city.ask("merchants", "add", "inn", "--name", "江滨", "--scenarios", "open")

    for typed in ("gym:健身房:", "gym:健身房:,", "gym:健身房: "):
        assert city.run("merchants", "add-venue", "inn", typed).exit_code == 2

    assert listed(city)["venues"] == []


def object_of_merchant(answer: dict[str, object]) -> dict[str, object]:
    (found,) = objects_of([answer["merchant"]])
    return found


def venues_of(answer: dict[str, object]) -> list[dict[str, object]]:
    return objects_of(object_of_merchant(answer)["venues"])
