"""Which failures are tried again: those that pass by themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dramaturg.errors import (
    DownloadError,
    EmptyBuildError,
    EndpointError,
    HubError,
    InputError,
    UnfinishedError,
    YieldError,
)
from dramaturg.llm import open_engine
from dramaturg.llm.dispatch import spent_up
from dramaturg.llm.engine import _REPLAY
from dramaturg.llm.request import Request
from dramaturg.publish.hub import Hub
from dramaturg.settings import load_settings
from flows.passing import is_passing, why_again
from tests.endpoint import FakeEndpoint, Reply, serving
from tests.hub import TOKEN, FakeHub

REQUEST = Request("questions@1", ({"role": "user", "content": "Who is there?"},), max_tokens=10)


def told(tmp_path: Path, endpoint: FakeEndpoint, url: str | None = None) -> str:
    """Why a real endpoint gives no answer, as a stage's entry says it."""
    settings = load_settings({}, llm="auto", openai_base_url=url or endpoint.url, model="m", openai_api_key="sk-wrong")
    with open_engine(settings, tmp_path / "store.sqlite") as engine:
        batch = engine.ask([REQUEST], "a question")
    assert batch.unfinished is not None
    return batch.stopped or batch.unfinished


@pytest.fixture
def asked() -> Iterator[FakeEndpoint]:
    with serving(FakeEndpoint(model="m", key="sk-wrong")) as endpoint:
        yield endpoint


def test_an_endpoint_where_nobody_is_may_be_there_later(tmp_path: Path, asked: FakeEndpoint) -> None:
    entry = {"stopped": told(tmp_path, asked, "http://127.0.0.1:9/v1")}
    assert why_again("profile", entry) is not None


@pytest.mark.parametrize(
    "reply",
    [
        (401, '{"error": {"message": "no such key"}}'),
        (402, '{"error": {"message": "Insufficient Balance"}}'),
        (404, '{"error": {"message": "The model m does not exist"}}'),
    ],
    ids=["key", "credit", "model"],
)
def test_what_a_person_has_to_set_right_is_not_tried_again(tmp_path: Path, asked: FakeEndpoint, reply: Reply) -> None:
    asked.reply = lambda *_: reply  # type: ignore[method-assign]
    assert why_again("profile", {"stopped": told(tmp_path, asked), "unfinished": "1 of 1"}) is None


@pytest.mark.parametrize("why", [spent_up(5.0), _REPLAY, "no weights for the embedded model: none; name an endpoint"])
def test_what_was_not_to_be_asked_is_not_tried_again(why: str) -> None:
    assert why_again("synthesis", {"stopped": why, "unfinished": f"3 of 4 requests: {why}"}) is None


def test_a_few_requests_without_an_answer_are_asked_again_and_say_of_what() -> None:
    again = why_again("synthesis", {"unfinished": "3 of 4 requests: http://there: 503: overloaded"})
    assert str(again) == "synthesis: no answer to 3 of 4 requests: http://there: 503: overloaded"
    assert is_passing(again)


def test_a_stage_that_has_all_its_answers_is_done() -> None:
    assert why_again("synthesis", {"counts": {}}) is None


@pytest.mark.parametrize(("status", "passes"), [(401, False), (403, False), (500, True), (503, True), (400, False)])
def test_the_hub_is_asked_again_where_it_will_be_there(
    hub: FakeHub, status: int, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    hub.spoil = lambda _method, _path: status
    from pydantic import SecretStr

    with pytest.raises(HubError) as raised:
        Hub("me/it", SecretStr(TOKEN)).head()
    assert is_passing(raised.value) is passes


@pytest.mark.parametrize(
    "error",
    [
        *(
            InputError("wrong"),
            EmptyBuildError("no row"),
            YieldError("too little"),
            OSError("full"),
            ValueError("ours"),
        ),
        EndpointError("WEIGHTS=x: not a GGUF file"),
        DownloadError("x: 0.1 GB free, y needs 2.0"),
        HubError("HF_HUB_OFFLINE is set: unset it to publish"),
        HubError(
            "this Hub has no Xet storage (404): set HF_HUB_DISABLE_XET=1, and the same command goes on from there"
        ),
        UnfinishedError("profile: https://x refuses the key (401): set K to one that it takes"),
    ],
    ids=repr,
)
def test_no_other_failure_is_tried_again(error: Exception) -> None:
    assert not is_passing(error)


def test_a_registry_that_did_not_answer_is_asked_again() -> None:
    assert is_passing(DownloadError("the package registry did not give x (ERROR: timed out)"))
