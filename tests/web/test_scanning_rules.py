"""What the verify page makes of pictures, typed text, browsers and apps, by its own rules."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.node_reader import NodeReader

CODE, OTHER, URL = "CC1:ABC D", "CC1:XYZ", "https://pay.example/1"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"
WECHAT, ALIPAY = f"{ANDROID} MicroMessenger/8.0.50", f"{ANDROID} AlipayClient/10.6"


def says(directory: Path, *questions: list[Any]) -> list[Any]:
    file = directory / "questions.json"
    file.write_text(json.dumps(questions), "utf-8")
    status, report = NodeReader.find().run("scanning.mjs", file)
    assert status == 0
    said: list[Any] = report["said"]
    return said


def test_of_two_credit_codes_in_one_picture_none_is_taken(tmp_path: Path) -> None:
    pictures = list[list[str]]()
    pictures += [[], [CODE], [CODE, CODE], [CODE, OTHER], [URL], [URL, "HC1:X"], [URL, CODE]]
    pictures += [["CC2:X"]]

    said = says(tmp_path, *(["meant", each] for each in pictures))

    assert [each["text"] for each in said] == ["", CODE, CODE, "", URL, "", CODE, "CC2:X"]
    assert [each["several"] for each in said] == [False] * 3 + [True, False, True, False, False]


TYPED = {
    CODE: [CODE],
    f"  {CODE}\r\n": [CODE],
    f"{CODE}\t": [CODE],
    f"{CODE}\n{CODE}\n": [CODE],
    f"{CODE}\n{OTHER}": [CODE, OTHER],
    " \n\t": [],
    # An input method in full width, or with Chinese marks for the keys of Base45.
    "ＣＣ１：ＡＢＣ　Ｄ": [CODE],  # noqa: RUF001  (as an input method types)
    "CC1：ABC D": [CODE],
    "CC1:A。B、C￥D％": ["CC1:A.B/C$D%"],  # noqa: RUF001  (as an input method types)
    # Small letters are no code, and what is no code stays as it is.
    "cc1：abc": ["cc1：abc"],
    "你好、世界。": ["你好、世界。"],
}


def test_what_input_methods_make_of_a_code_is_undone_and_nothing_else(tmp_path: Path) -> None:
    assert says(tmp_path, *(["textsOf", each] for each in TYPED)) == list(TYPED.values())


REASONS = {
    "NotAllowedError": "denied",
    "SecurityError": "denied",
    "NotFoundError": "missing",
    "OverconstrainedError": "missing",
    "NotReadableError": "busy",
    "AbortError": "busy",
    "TypeError": "unable",
}


def test_each_trouble_with_a_camera_has_its_own_reason(tmp_path: Path) -> None:
    assert says(tmp_path, *(["reasonOf", each] for each in REASONS)) == list(REASONS.values())
    before = says(tmp_path, *(["hindrance", *each] for each in ((False, True), (True, False))))
    assert before == ["insecure", "unable"]
    assert says(tmp_path, ["hindrance", True, True]) == [""]


def test_help_is_for_the_kind_of_browser(tmp_path: Path) -> None:
    agents = {WECHAT: "wechat", ALIPAY: "alipay", IPHONE: "ios", ANDROID: "android", "X11": "other"}

    assert says(tmp_path, *(["browserKind", each] for each in agents)) == list(agents.values())


CONTAINERS: list[tuple[dict[str, Any], str | None]] = [
    ({"kind": "zheliban", "says": {"text": CODE}}, CODE),
    ({"kind": "zheliban", "says": {"errorMessage": "用户取消"}}, ""),
    ({"kind": "zheliban", "says": {"errorMessage": "no camera"}}, "failed"),
    ({"kind": "wx", "says": {"resultStr": CODE}, "agent": WECHAT}, CODE),
    ({"kind": "wx", "says": {"cancel": True}, "agent": WECHAT}, ""),
    ({"kind": "wx", "says": {"errMsg": "permission denied"}, "agent": WECHAT}, "failed"),
    ({"kind": "wx", "says": {"resultStr": CODE}, "agent": ANDROID}, None),
    ({"kind": "ap", "says": {"code": CODE}, "agent": ALIPAY}, CODE),
    ({"kind": "ap", "says": {"error": 10}, "agent": ALIPAY}, ""),
    ({"kind": "alipay", "says": {"qrCode": CODE}, "agent": ALIPAY}, CODE),
    ({"kind": "alipay", "says": {"codeContent": CODE}, "agent": ALIPAY}, CODE),
    ({"kind": "alipay", "says": {"error": "11"}, "agent": ALIPAY}, "failed"),
    ({"kind": "alipay", "says": {"qrCode": CODE}, "agent": ANDROID}, None),
    ({"kind": "none", "says": {}, "agent": ALIPAY}, None),
]


def test_a_frame_is_looked_at_with_960_pixels_at_most_and_in_its_own_shape(tmp_path: Path) -> None:
    frames = [[1920, 1080], [1080, 1920], [960, 540], [961, 961], [640, 480]]

    said = says(tmp_path, *(["frameSize", *each] for each in frames))

    assert said == [[960, 540], [540, 960], [960, 540], [960, 960], [640, 480]]


def test_an_app_that_scans_is_asked_as_it_documents(tmp_path: Path) -> None:
    asked = (["scanned", container] for container, _ in CONTAINERS)

    assert says(tmp_path, *asked) == [expected for _, expected in CONTAINERS]


@pytest.mark.parametrize(
    ("steps", "begun"),
    [
        # A code that the camera goes on seeing is shown once, however long it stays.
        (
            [["a", 1, 0], ["a", 1, 100], [1, 300], ["a", 1, 8000], ["a", 1, 15_999]],
            [1, 0, -1, 0, 0],
        ),
        # Away for 8 seconds, it is shown again; a millisecond less, it is the same.
        ([["a", 1, 0], [1, 0], ["a", 1, 8000]], [1, -1, 1]),
        ([["a", 1, 0], [1, 0], ["a", 1, 7999]], [1, -1, 0]),
        # Typed again after no answer it is asked for at once; the camera waits.
        ([["a", 0, 0], [0, 5000], ["a", 0, 5000]], [1, -1, 1]),
        ([["a", 1, 0], [0, 5000], ["a", 1, 5100], ["a", 1, 30_000]], [1, -1, 0, 1]),
        # Another code, or another scenario, is another showing.
        ([["a", 1, 0], [1, 0], ["b", 1, 100]], [1, -1, 1]),
        # Nobody looked while a grant was shown; the code that is still there is not another.
        (
            [["a", 1, 0], [1, 300], [9000], ["a", 1, 9100], ["a", 1, 17_100]],
            [1, -1, -1, 0, 1],
        ),
        # While nobody has answered, it is the same for ever.
        ([["a", 1, 0], ["a", 0, 60_000]], [1, 0]),
    ],
)
def test_one_showing_of_a_code_is_judged_once(
    tmp_path: Path, steps: list[Any], begun: list[int]
) -> None:
    (said,) = says(tmp_path, ["sightings", steps])

    shown = [now for now, expected in zip(said, begun, strict=True) if expected >= 0]
    assert shown == [bool(expected) for expected in begun if expected >= 0]
