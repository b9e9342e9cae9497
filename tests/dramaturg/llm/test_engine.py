"""What is asked, how often, and what becomes of it, against a real server."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dramaturg.errors import EndpointError
from dramaturg.llm import Answer, Batch, Failure, Request, Store, dispatch, open_engine, pace
from dramaturg.llm.endpoint import Endpoint, LimitedError
from dramaturg.llm.store import Response
from dramaturg.script import Span
from dramaturg.settings import Settings
from tests.endpoint import FakeEndpoint, Reply, completion, serving


def request(text: str, **fields: object) -> Request:
    messages = ({"role": "system", "content": "Play a ferryman."}, {"role": "user", "content": text})
    return Request("synthesis@1", messages, 50, **fields)  # type: ignore[arg-type]


REQUESTS = [request(f"question {number}") for number in range(30)]


def settings(endpoint: FakeEndpoint, **fields: object) -> Settings:
    return Settings(llm="auto", openai_base_url=endpoint.url, model=endpoint.model, **fields)  # type: ignore[arg-type]


def ask(
    endpoint: FakeEndpoint,
    store: Path,
    requests: list[Request],
    is_whole: Callable[[Answer], bool] = lambda _: True,
    **fields: object,
) -> Batch:
    with open_engine(settings(endpoint, **fields), store) as engine:
        return engine.ask(requests, "test", is_whole)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting as in earnest, a hundredth as long."""
    monkeypatch.setattr(dispatch, "_FIRST_DELAY", 0.005)
    monkeypatch.setattr(pace, "_FIRST_PAUSE", 0.01)


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
        def reply(self, path: str, headers: dict[str, str], body: dict[str, object]) -> Reply:
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


@pytest.mark.parametrize(
    "trouble",
    [
        (429, "{}"),
        (429, "{}", {"Retry-After": "0.02"}),
        (429, "{}", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
        (429, "{}", {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms"}),
        (500, "{}"),
        (502, "<html>Bad gateway</html>"),
        (503, "overloaded"),
        (529, "{}"),
        (408, "{}"),
        (0, ""),
        (200, completion("half", "m")[:60]),
        (200, "<html>a proxy's page</html>"),
        (200, '{"error": {"message": "upstream failed"}}'),
    ],
)
def test_a_moment_of_trouble_is_asked_again_and_not_noticed(tmp_path: Path, trouble: Reply) -> None:
    with serving(FakeEndpoint(spoil=lambda said, number: trouble if number == 2 else said)) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS[:4])
        assert len(batch.answers) == len(batch.looked_at) == 4
        assert len(endpoint.bodies) == 5


def test_a_page_for_an_answer_is_none_and_is_not_stored(tmp_path: Path) -> None:
    with serving(FakeEndpoint(spoil=lambda _said, _number: (200, "<html>"))) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS[:2])
        assert [type(each) for each in batch.outcomes] == [Failure, Failure]
        assert batch.unfinished is not None
        endpoint.spoil = None
        assert len(ask(endpoint, tmp_path / "store", REQUESTS[:2]).answers) == 2


def test_a_refused_request_is_kept_as_such(tmp_path: Path) -> None:
    told = json.dumps({"error": {"message": "an image is no text"}})
    with serving(FakeEndpoint(spoil=lambda _said, _number: (400, told))) as endpoint:
        for _ in range(2):
            batch = ask(endpoint, tmp_path / "store", REQUESTS[:1])
            assert [failure.is_final for failure in batch.failures] == [True]
            assert "an image is no text" in batch.failures[0].reason
            assert batch.unfinished is None
        assert len(endpoint.bodies) == 1


@pytest.mark.parametrize("takes", [True, False])
def test_whether_a_schema_is_taken_is_asked_once(tmp_path: Path, takes: bool) -> None:
    with serving(FakeEndpoint(takes_schema=takes)) as endpoint:
        for _ in range(2):
            with open_engine(settings(endpoint), tmp_path / "store") as engine:
                assert engine.takes_json() == takes
                assert engine.takes_json() == takes
        assert len(endpoint.bodies) == (1 if takes else 2)


def test_an_endpoint_that_takes_no_schema_may_answer_in_json(tmp_path: Path) -> None:
    def answer(said: str, _number: int) -> str | Reply:
        form = endpoint.bodies[-1]["response_format"]
        if form != {"type": "json_object"}:
            return 400, '{"error": {"message": "This response_format type is unavailable now"}}'
        return said

    with (
        serving(FakeEndpoint(spoil=answer)) as endpoint,
        open_engine(settings(endpoint), tmp_path / "store") as engine,
    ):
        assert engine.takes_json()
        assert len(engine.ask([request("a", schema={"name": "x"})], "test").answers) == 1


def test_an_endpoint_that_ignores_a_schema_does_not_take_it(tmp_path: Path) -> None:
    with (
        serving(FakeEndpoint(spoil=lambda _said, _number: "Yes, water is wet.")) as endpoint,
        open_engine(settings(endpoint), tmp_path / "store") as engine,
    ):
        assert not engine.takes_json()


def test_an_endpoint_found_dead_is_not_asked_again(tmp_path: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        pass
    with open_engine(settings(endpoint), tmp_path / "store") as engine:
        batch = engine.ask(REQUESTS, "test")
        assert "does not answer" in (batch.stopped or "")
        assert len(batch.failures) == 30
        assert engine.ask(REQUESTS[:3], "test").stopped == batch.stopped


def test_what_has_not_begun_when_the_endpoint_refuses_all_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace.Pace, "_wait", lambda *_: 0.0)  # all are let in before the first begins
    asked: list[Request] = []

    async def refuse(_self: Endpoint, _client: object, of: Request) -> None:
        asked.append(of)
        raise EndpointError("there is no such model")

    monkeypatch.setattr(Endpoint, "complete", refuse)
    with serving(FakeEndpoint()) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS)
    assert {failure.reason for failure in batch.failures} == {batch.stopped} == {"there is no such model"}
    assert (len(batch.failures), asked) == (30, REQUESTS[:1])


def test_no_pause_is_waited_for_when_nothing_is_asked_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []

    async def pause_then_refuse(_self: Endpoint, _client: object, of: Request) -> None:
        asked.append(of)
        if len(asked) <= 6:
            await asyncio.sleep(0.1)
            raise LimitedError(429, "too fast", 100.0)
        await asyncio.sleep(0.3)
        raise EndpointError("there is no such model")

    monkeypatch.setattr(Endpoint, "complete", pause_then_refuse)
    began = time.monotonic()
    with serving(FakeEndpoint()) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS, concurrency=7)
    assert (batch.stopped, len(batch.failures)) == ("there is no such model", 30)
    assert time.monotonic() - began < 60


def test_an_answer_that_cannot_be_kept_ends_the_run_whatever_is_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(_self: Store, _responses: object) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr(Store, "put", defective)
    with serving(FakeEndpoint()) as endpoint, pytest.raises(ValueError, match="a defect"):
        ask(endpoint, tmp_path / "store", REQUESTS)


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
        def reply(self, path: str, headers: dict[str, str], body: dict[str, object]) -> Reply:
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
        def reply(self, path: str, headers: dict[str, str], body: dict[str, object]) -> Reply:
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
        one.put([Response("k", "e", "m", REQUESTS[0], 200, "raw")])
        other.put([Response("l", "e", "m", REQUESTS[1], 200, "raw too")])
        assert one.get("l") == (200, "raw too")
        assert other.get("k") == (200, "raw")
        assert one.get("n") is None


def test_a_store_on_a_network_is_kept_as_several_machines_can_share_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path / "store") as before:
        before.put([Response("k", "e", "m", REQUESTS[0], 200, "raw")])
    monkeypatch.setattr("dramaturg.llm.store.is_on_network", lambda folder: folder == tmp_path)
    with Store(tmp_path / "store") as one, Store(tmp_path / "store") as other:
        one.put([Response("l", "e", "m", REQUESTS[1], 200, "raw too")])
        assert (other.get("k"), other.get("l")) == ((200, "raw"), (200, "raw too"))
        other.put([Response("n", "e", "m", REQUESTS[2], 200, "raw as well")])
        assert one.get("n") == (200, "raw as well")
        assert not (tmp_path / "store-shm").exists()  # the memory that processes of one machine share


def test_a_store_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("not a database, but long enough to look at" * 10)
    with pytest.raises(OSError, match="not a database") as caught:
        Store(tmp_path / "store")
    assert caught.value.filename == str(tmp_path / "store")


# --- answers that are not what was asked for --------------------------------------------------------------


def says_fine(answer: Answer) -> bool:
    return answer.text == "fine"


def test_what_is_not_of_the_form_asked_for_is_asked_again_as_another_sample(tmp_path: Path) -> None:
    with serving(FakeEndpoint(spoil=lambda _, number: "fine" if number > 2 else f"nonsense {number}")) as endpoint:
        for _ in range(2):
            batch = ask(endpoint, tmp_path / "store", [request("a")], says_fine)
            assert [answer.text for answer in batch.answers] == ["fine"]
            assert [each.tokens_in for each in batch.looked_at] == [100] * 3
            assert batch.unfinished is None
        assert len(endpoint.bodies) == 3
        assert len({each.key for each in batch.looked_at}) == 3


def test_a_parser_that_reads_more_asks_nothing_and_takes_the_first_answer(tmp_path: Path) -> None:
    with serving(FakeEndpoint(spoil=lambda _, number: f"answer {number}")) as endpoint:
        ask(endpoint, tmp_path / "store", REQUESTS[:5], lambda answer: answer.text.endswith("8"))
        asked = len(endpoint.bodies)
        batch = ask(endpoint, tmp_path / "store", REQUESTS[:5])
        assert len(endpoint.bodies) == asked > 5
        assert [answer.key for answer in batch.answers] == [
            each.key(endpoint.url, endpoint.model) for each in REQUESTS[:5]
        ]


def test_what_stays_malformed_is_recorded_after_so_many_times(tmp_path: Path) -> None:
    with serving(FakeEndpoint(spoil=lambda *_: "nonsense")) as endpoint:
        for _ in range(2):
            batch = ask(endpoint, tmp_path / "store", [request("a")], says_fine)
            assert [answer.text for answer in batch.answers] == ["nonsense"]
            assert batch.unfinished is None
        assert len(endpoint.bodies) == 3


def test_an_answer_without_choices_is_asked_for_again_and_then_recorded(tmp_path: Path) -> None:
    nothing = json.dumps({"choices": [], "usage": {"prompt_tokens": 7}})
    with serving(FakeEndpoint(spoil=lambda *_: (200, nothing))) as endpoint:
        for _ in range(2):
            batch = ask(endpoint, tmp_path / "store", [request("a")])
            assert [(each.fate, each.tokens_in) for each in batch.failures] == [("empty", 7)]
            assert batch.unfinished is None
        assert len(endpoint.bodies) == 3


def test_what_is_cut_off_is_asked_once_more_with_more_room(tmp_path: Path) -> None:
    class Wordy(FakeEndpoint):
        def reply(self, path: str, headers: dict[str, str], body: dict[str, object]) -> Reply:
            super().reply(path, headers, body)
            has_room = int(str(body.get("max_tokens", 0))) > 50
            return 200, completion("all of it" if has_room else "some of", self.model, "stop" if has_room else "length")

    with serving(Wordy()) as endpoint:
        for _ in range(2):
            (answer,) = ask(endpoint, tmp_path / "store", [request("a")]).answers
            assert (answer.text, answer.is_cut) == ("all of it", False)
        assert [body["max_tokens"] for body in endpoint.bodies] == [50, 100]


def test_what_is_cut_off_again_is_kept_as_it_is(tmp_path: Path) -> None:
    cut = (200, completion("some of", "m", "length"))
    with serving(FakeEndpoint(spoil=lambda *_: cut)) as endpoint:
        (answer,) = ask(endpoint, tmp_path / "store", [request("a")]).answers
        assert answer.is_cut
        assert len(endpoint.bodies) == 2


@pytest.mark.parametrize(
    "told",
    [
        (400, "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens."),
        (400, "the request exceeds the available context size"),
        (400, "Range of input length should be [1, 30720]"),
        (413, "Request Entity Too Large"),
    ],
)
def test_a_prompt_that_is_too_long_is_cut_by_its_own_rule(tmp_path: Path, told: tuple[int, str]) -> None:
    def of_length(length: int) -> Request:
        spans = (Span("novel.txt", 0, length),)
        return request("x" * length, context=spans, shorter=lambda: of_length(length // 2) if length > 1 else None)

    class Short(FakeEndpoint):
        def reply(self, path: str, headers: dict[str, str], body: dict[str, object]) -> Reply:
            status, said, *_ = super().reply(path, headers, body)
            too_long = "messages" in body and len(body["messages"][-1]["content"]) > 300  # type: ignore[index]
            return (told[0], json.dumps({"error": {"message": told[1]}})) if too_long else (status, said)

    with serving(Short()) as endpoint:
        for _ in range(2):
            (answer,) = ask(endpoint, tmp_path / "store", [of_length(1000)]).answers
            assert answer.context == (Span("novel.txt", 0, 250),)
        assert len(endpoint.bodies) == 3


def test_a_prompt_that_was_cut_is_asked_in_the_form_that_the_endpoint_takes(tmp_path: Path) -> None:
    def answer(said: str, _number: int) -> str | Reply:
        body = endpoint.bodies[-1]
        if body["response_format"] != {"type": "json_object"}:
            return 400, '{"error": {"message": "This response_format type is unavailable now"}}'
        too_long = '{"error": {"message": "maximum context length exceeded"}}'
        return (400, too_long) if body["messages"][-1]["content"] == "long" else said

    short = request("short", schema={"name": "x"})
    with serving(FakeEndpoint(spoil=answer)) as endpoint:
        batch = ask(endpoint, tmp_path / "store", [request("long", schema={"name": "x"}, shorter=lambda: short)])
    assert len(batch.answers) == 1


@pytest.mark.parametrize(
    ("said", "fate"),
    [
        ((400, '{"error": {"code": "content_filter", "message": "The response was filtered"}}'), "filtered"),
        ((400, '{"error": {"code": "data_inspection_failed", "message": "Input data may be…"}}'), "filtered"),
        ((403, '{"error": {"message": "Your input was flagged by moderation"}}'), "filtered"),
        ((200, completion("", "m", "content_filter")), "filtered"),
        ((200, completion("", "m").replace('"content": ""', '"content": null, "refusal": "I can\'t."')), "declined"),
    ],
)
def test_what_an_endpoint_filters_or_a_model_declines_is_recorded_and_not_asked_again(
    tmp_path: Path, said: Reply, fate: str
) -> None:
    with serving(FakeEndpoint(spoil=lambda *_: said)) as endpoint:
        for _ in range(2):
            batch = ask(endpoint, tmp_path / "store", [request("a")])
            assert [each.fate for each in batch.failures] == [fate]
            assert batch.unfinished is None
        assert len(endpoint.bodies) == 1


# --- endpoints that fail ----------------------------------------------------------------------------------


def test_what_has_no_answer_in_the_end_is_asked_again_by_the_next_run(tmp_path: Path) -> None:
    with serving(FakeEndpoint(spoil=lambda *_: (500, '{"error": {"message": "out of memory"}}'))) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS[:1])
        assert "out of memory" in (batch.unfinished or "")
        assert [each.fate for each in batch.failures] == ["unanswered"]
        endpoint.spoil = None
        assert len(ask(endpoint, tmp_path / "store", REQUESTS[:1]).answers) == 1


def test_an_endpoint_that_dies_on_the_way_ends_the_run_with_what_it_says(tmp_path: Path) -> None:
    def die(said: str, number: int) -> str | Reply:
        return said if number <= 5 else (500, '{"error": {"message": "no space left"}}')

    with serving(FakeEndpoint(spoil=die)) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS, concurrency=4)
        assert len(batch.answers) == 5
        assert "no space left" in (batch.stopped or "")
        assert "25 of 30" in (batch.unfinished or "")
        assert len(endpoint.bodies) < 60


def test_an_endpoint_that_asks_to_be_left_alone_for_long_is(tmp_path: Path) -> None:
    later = (429, '{"error": {"message": "daily limit"}}', {"Retry-After": "3600"})
    with serving(FakeEndpoint(spoil=lambda *_: later)) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS, concurrency=2)
        assert "3,600 seconds" in (batch.stopped or "")
        assert len(endpoint.bodies) <= 2


def test_a_key_that_is_refused_on_the_way_ends_the_run(tmp_path: Path) -> None:
    with serving(FakeEndpoint(spoil=lambda said, number: said if number < 4 else (401, "{}"))) as endpoint:
        batch = ask(endpoint, tmp_path / "store", REQUESTS, concurrency=1)
        assert "refuses the key" in (batch.stopped or "")
        assert len(batch.answers) == 3
        assert len(endpoint.bodies) == 4


def test_a_request_that_hangs_is_made_again_when_others_are_long_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dramaturg.llm.dispatch._LEAST_TIMEOUT", 2.0)  # as it is but for the tests

    def hang(said: str, number: int) -> str:
        if number == 28:
            time.sleep(20)
        return said

    began = time.monotonic()
    with serving(FakeEndpoint(spoil=hang)) as endpoint:
        assert len(ask(endpoint, tmp_path / "store", REQUESTS, concurrency=4).answers) == 30
        assert len(endpoint.bodies) == 31
    assert time.monotonic() - began < 15


def test_several_runs_on_one_store_ask_a_shared_request_once(tmp_path: Path) -> None:
    with serving(FakeEndpoint(delay=0.05)) as endpoint, ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(ask, endpoint, tmp_path / "store", REQUESTS, concurrency=7) for _ in range(3)]
        answers = {tuple(each.text for each in run.result().answers) for run in runs}
        assert len(endpoint.bodies) == 30
        assert len(answers) == 1


def test_a_run_that_is_killed_holds_no_other_up(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from dramaturg.llm import Store\n"
        "store = Store(Path(sys.argv[1])); print(store.claim(sys.argv[2]), flush=True); time.sleep(60)"
    )
    key = "f" * 32
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "store", key], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        with Store(tmp_path / "store") as store:
            assert not store.claim(key)
            process.kill()
            process.wait()
            assert store.claim(key)
            store.release(key)
