import json
import logging
from collections.abc import Iterator

import pytest

from dramaturg.logs import Form, configure, log

SECRET = "sk-0123456789abcdefghijklmn"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    logger = logging.getLogger("dramaturg")
    before = logger.handlers, logger.propagate
    yield
    logger.handlers, logger.propagate = before


def lines(form: Form, capsys: pytest.CaptureFixture[str]) -> list[str]:
    configure(form)
    log("weixiaobao  extract      0.1 s", stage="extract", seconds=0.1)
    log(f"no licence for {SECRET}", "warning", key=SECRET, within=[{"key": SECRET}])
    log("“没了。”", "error")
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()


def test_a_line_of_text_is_what_was_told_and_how_bad_that_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines("text", capsys) == [
        "weixiaobao  extract      0.1 s",
        "warning: no licence for ***",
        "error: “没了。”",
    ]


def test_a_line_of_json_has_its_time_and_what_it_is_of(capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = (json.loads(line) for line in lines("json", capsys))
    assert first.pop("time").endswith("+00:00")
    assert first == {"level": "info", "message": "weixiaobao extract 0.1 s", "stage": "extract", "seconds": 0.1}
    assert (second["key"], second["within"]) == ("***", [{"key": "***"}])
    assert (third["level"], third["message"]) == ("error", "“没了。”")


def test_whoever_else_listens_hears_it_where_nobody_said_how_it_is_written(caplog: pytest.LogCaptureFixture) -> None:
    log(f"told with {SECRET}")
    assert caplog.messages == ["told with ***"]
