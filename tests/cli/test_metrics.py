"""Figures at the console."""

from tests.cli.places import Place, object_of


def test_figures_are_printed_for_a_collector_of_files(city: Place) -> None:
    shown = city.run("metrics", "--once").stdout
    text = city.ask("metrics", "--once")["text"]

    assert shown.startswith("# HELP credit_gateway_build_info")
    assert "\ncredit_gateway_server_ready 0\n" in shown
    assert isinstance(text, str)
    assert text.count("# TYPE") == shown.count("# TYPE")


def test_figures_are_given_to_this_machine_only(city: Place) -> None:
    result = city.run("metrics", "--host", "192.0.2.1", "--json")

    assert result.exit_code == 1
    error = object_of(result.stdout)["error"]
    assert isinstance(error, dict)
    assert error["code"] == "metrics_not_loopback"
