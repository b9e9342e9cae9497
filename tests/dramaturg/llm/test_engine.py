"""What is asked, how often, and what becomes of it, against a real server."""

import json
from pathlib import Path

import pytest

from dramaturg.llm import Answer, Batch, Failure, Request, Store, open_engine
from dramaturg.settings import Settings
from tests.endpoint import FakeEndpoint, completion, serving


def request(text: str, **fields: object) -> Request:
    messages = ({"role": "system", "content": "Play a ferryman."}, {"role": "user", "content": text})
    return Request("synthesis@1", messages, 50, **fields)  # type: ignore[arg-type]


REQUESTS = [request(f"question {number}") for number in range(30)]


def settings(endpoint: FakeEndpoint, **fields: object) -> Settings:
    return Settings(llm="auto", openai_base_url=endpoint.url, model=endpoint.model, **fields)  # type: ignore[arg-type]


def ask(endpoint: FakeEndpoint, store: Path, requests: list[Request], **fields: object) -> Batch:
    with open_engine(settings(endpoint, **fields), store) as engine:
        return engine.ask(requests, "test")


def test_answers_come_in_the_order_of_the_requests_and_are_asked_for_once(tmp_path: Path) -> None:
    with serving(FakeEndpoint(delay=0.01)) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS)
        said = {item["question"]: item["answer"] for item in endpoint.given["synthesis"]}
        assert [answer.text for answer in batch.answers] == [said[f"question {number}"] for number in range(30)]
        assert (batch.unfinished, batch.stopped) == (None, None)
        assert batch.answers[0].tokens_in == 100
        assert ask(endpoint, tmp_path / "store", REQUESTS[::-1]).outcomes == batch.outcomes[::-1]
        assert len(endpoint.bodies) == 30


def test_equal_questions_in_a_batch_are_asked_once_and_samples_each(tmp_path: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        batch = ask(endpoint, tmp_path / "store", [request("a"), request("a"), request("a", sample=1)])
        assert len(batch.answers) == 3
        assert batch.outcomes[0] == batch.outcomes[1]
        assert len(endpoint.bodies) == 2


@pytest.mark.parametrize(
    "other", [request("b"), request("a", temperature=0.5), request("a", sample=1), request("a", schema={"name": "x"})]
)
def test_whatever_decides_an_answer_is_in_its_key(other: Request) -> None:
    one = request("a")
    assert one.key("e", "m") == request("a").key("e", "m")
    assert len({one.key("e", "m"), other.key("e", "m"), one.key("f", "m"), one.key("e", "n")}) == 4


def test_no_more_are_under_way_than_the_settings_say(tmp_path: Path) -> None:
    import threading

    lock = threading.Lock()
    under_way, most = 0, 0

    class Counting(FakeEndpoint):
        def reply(self, path: str, headers: dict[str, str], body: dict[str, object]) -> tuple[int, str]:
            nonlocal under_way, most
            with lock:
                under_way += 1
                most = max(most, under_way)
            try:
                return super().reply(path, headers, body)
            finally:
                with lock:
                    under_way -= 1

    with serving(Counting(delay=0.02)) as endpoint:
        ask(endpoint, tmp_path / "store", REQUESTS, concurrency=3)
    assert most == 3


def test_a_moment_of_trouble_is_asked_again_and_not_noticed(tmp_path: Path) -> None:
    def stumble(said: str, number: int) -> str | tuple[int, str]:
        return (429, "{}") if number == 2 else said

    with serving(FakeEndpoint(spoil=stumble)) as endpoint:
        assert len(ask(endpoint, tmp_path / "store", REQUESTS[:4]).answers) == 4
        assert len(endpoint.bodies) == 5


def test_a_page_for_an_answer_is_none_and_is_not_stored(tmp_path: Path) -> None:
    with serving(FakeEndpoint(spoil=lambda _said, _number: (200, "<html>"))) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS[:2])
        assert [type(each) for each in batch.outcomes] == [Failure, Failure]
        assert batch.unfinished is not None
        endpoint.spoil = None
        assert len(ask(endpoint, tmp_path / "store", REQUESTS[:2]).answers) == 2


def test_a_refused_request_is_kept_as_such(tmp_path: Path) -> None:
    told = json.dumps({"error": {"message": "the prompt is too long"}})
    with serving(FakeEndpoint(spoil=lambda _said, _number: (400, told))) as endpoint:
        for _ in range(2):
            batch = ask(endpoint, tmp_path / "store", REQUESTS[:1])
            assert [failure.is_final for failure in batch.failures] == [True]
            assert "too long" in batch.failures[0].reason
            assert batch.unfinished is None
        assert len(endpoint.bodies) == 1


@pytest.mark.parametrize("takes", [True, False])
def test_whether_a_schema_is_taken_is_asked_once(tmp_path: Path, takes: bool) -> None:
    with serving(FakeEndpoint(takes_schema=takes)) as endpoint:
        for _ in range(2):
            with open_engine(settings(endpoint), tmp_path / "store") as engine:
                assert engine.takes_schema() == takes
                assert engine.takes_schema() == takes
        assert len(endpoint.bodies) == 1


def test_an_endpoint_that_ignores_a_schema_does_not_take_it(tmp_path: Path) -> None:
    with (
        serving(FakeEndpoint(spoil=lambda _said, _number: "Yes, water is wet.")) as endpoint,
        open_engine(settings(endpoint), tmp_path / "store") as engine,
    ):
        assert not engine.takes_schema()


def test_an_endpoint_found_dead_is_not_asked_again(tmp_path: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        pass
    with open_engine(settings(endpoint), tmp_path / "store") as engine:
        batch = engine.ask(REQUESTS, "test")
        assert "does not answer" in (batch.stopped or "")
        assert len(batch.failures) == 30
        assert engine.ask(REQUESTS[:3], "test").stopped == batch.stopped


def test_with_a_reason_to_stop_only_the_store_answers(tmp_path: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        ask(endpoint, tmp_path / "store", REQUESTS[:3])
        with open_engine(settings(endpoint), tmp_path / "store", stopped="no key") as engine:
            batch = engine.ask(REQUESTS[:5], "test")
        assert [isinstance(each, Answer) for each in batch.outcomes] == [True] * 3 + [False] * 2
        assert (batch.stopped, batch.unfinished) == ("no key", "2 of 5 requests: no key")
        with open_engine(settings(endpoint), tmp_path / "store", stopped="no key") as engine:
            assert engine.ask(REQUESTS[:3], "test").stopped is None
        assert len(endpoint.bodies) == 3


def test_newer_models_that_want_other_parameters_get_them(tmp_path: Path) -> None:
    class Newer(FakeEndpoint):
        def reply(self, path: str, headers: dict[str, str], body: dict[str, object]) -> tuple[int, str]:
            for name in ("max_tokens", "temperature"):
                if name in body:
                    message = f"Unsupported parameter: '{name}' is not supported with this model."
                    return 400, json.dumps({"error": {"message": message, "param": name}})
            return super().reply(path, headers, body)

    with serving(Newer()) as endpoint:
        assert len(ask(endpoint, tmp_path / "store", REQUESTS[:3]).answers) == 3
        assert all(body["max_completion_tokens"] == 50 for body in endpoint.bodies)


def test_a_model_that_thinks_until_its_tokens_are_spent_gets_more(tmp_path: Path) -> None:
    class Thinking(FakeEndpoint):
        def reply(self, path: str, headers: dict[str, str], body: dict[str, object]) -> tuple[int, str]:
            status, said = super().reply(path, headers, body)
            if int(str(body.get("max_tokens", 10_000))) < 1_000:
                return 200, completion("<think>hm", self.model, finish_reason="length")
            return status, said

    with serving(Thinking()) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS[:5], concurrency=1)
        assert not any("<think>" in answer.text for answer in batch.answers)
        assert len(endpoint.bodies) == 6  # the first one twice


def test_the_store_is_one_file_that_many_may_write(tmp_path: Path) -> None:
    with Store(tmp_path / "a" / "store") as one, Store(tmp_path / "a" / "store") as other:
        one.put("k", "e", "m", REQUESTS[0], 200, "raw")
        other.put("l", "e", "m", REQUESTS[1], 200, "raw too")
        assert one.get("l") == (200, "raw too")
        assert other.get("k") == (200, "raw")
        assert one.get("n") is None


def test_a_store_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("not a database, but long enough to look at" * 10)
    with pytest.raises(OSError, match="not a database") as caught:
        Store(tmp_path / "store")
    assert caught.value.filename == str(tmp_path / "store")
