"""The provider's Batch API: half the price, nothing paid for twice, gone on with after any kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dramaturg.llm import Answer, Batch, Failure, Request, Store, batch, batch_api, open_engine
from dramaturg.llm.ledger import Ledger
from dramaturg.settings import Settings, plain_address
from tests.batches import BatchEndpoint
from tests.endpoint import MODEL, FakeEndpoint, completion, serving


def request(text: str, **fields: object) -> Request:
    messages = ({"role": "system", "content": "Play a ferryman."}, {"role": "user", "content": text})
    return Request("synthesis@1", messages, 50, **fields)  # type: ignore[arg-type]


REQUESTS = [request(f"question {number}") for number in range(12)]
PRICES = {"price_in": 1.0, "price_out": 10.0}
REFUSED = (400, {"error": {"message": "an image is no text"}})
OVERLOADED = (503, {"error": {"message": "overloaded"}})


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(batch, "_LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(batch_api, "_FIRST_DELAY", 0.01)


def ask(
    endpoint: FakeEndpoint, store: Path, requests: list[Request] = REQUESTS, batch: bool = True, **fields: Any
) -> Batch:
    is_whole = fields.pop("is_whole", lambda _: True)
    settings = Settings(llm="auto", openai_base_url=endpoint.url, model=endpoint.model, batch=batch, **fields)
    with open_engine(settings, store) as engine:
        return engine.ask(requests, "test", is_whole)


def sent(endpoint: BatchEndpoint) -> list[list[str]]:
    return [[line["body"]["messages"][-1]["content"] for line in lines] for lines in endpoint.lines]


class Killed(BaseException):
    pass


def kill(*_: object, **__: object) -> None:
    raise Killed


def killed_while_waiting(endpoint: BatchEndpoint, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that makes its batch and is gone before there are results."""
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "close", kill)
        with pytest.raises(Killed):
            ask(endpoint, store)


def held(endpoint: BatchEndpoint, store: Path) -> set[str]:
    with Store(store) as opened:
        return set(Ledger(opened, plain_address(endpoint.url), MODEL).open_keys())


def test_a_batch_answers_everything_in_one_file_for_half_the_price(tmp_path: Path) -> None:
    with serving(BatchEndpoint(looks=3)) as endpoint:
        settings = Settings(llm="auto", openai_base_url=endpoint.url, model=MODEL, batch=True, **PRICES)  # type: ignore[arg-type]
        with open_engine(settings, tmp_path / "store") as engine:
            answered = engine.ask(REQUESTS, "test")
            assert engine.progress.spent.requests == 12
            assert engine.progress.spent.cost == pytest.approx(12 * (100 * 1 + 10 * 10) / 1e6 / 2)
        assert (answered.unfinished, answered.stopped, len(answered.answers)) == (None, None, 12)
        assert sent(endpoint) == [[f"question {number}" for number in range(12)]]
        assert endpoint.bodies == []
        (made,) = endpoint.batches.values()
        assert (made["endpoint"], made["completion_window"]) == ("/v1/chat/completions", "24h")
        said = {item["question"]: item["answer"] for item in endpoint.given["synthesis"]}
        assert [answer.text for answer in answered.answers] == [said[f"question {number}"] for number in range(12)]
        assert ask(endpoint, tmp_path / "store").outcomes == answered.outcomes
        assert len(endpoint.batches) == 1


def test_what_the_store_knows_is_in_no_batch(tmp_path: Path) -> None:
    with serving(BatchEndpoint()) as endpoint:
        ask(endpoint, tmp_path / "store", REQUESTS[:5], batch=False)
        assert len(ask(endpoint, tmp_path / "store").answers) == 12
        assert sent(endpoint) == [[f"question {number}" for number in range(5, 12)]]
        assert len(endpoint.bodies) == 5


def test_a_file_has_as_many_requests_and_bytes_as_a_provider_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(BatchEndpoint()) as endpoint:
        monkeypatch.setattr(batch, "_BYTES", 1000)
        assert len(ask(endpoint, tmp_path / "store").answers) == 12
        assert len(endpoint.batches) > 1
        assert all(len(endpoint.files[made["input_file_id"]]) <= 1000 for made in endpoint.batches.values())
        assert [each for questions in sent(endpoint) for each in questions] == [
            f"question {number}" for number in range(12)
        ]


def test_a_run_that_is_killed_while_it_waits_is_gone_on_with(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.dramaturg.llm.test_batch import ask, REQUESTS\n"
        "from tests.endpoint import FakeEndpoint\n"
        "ask(FakeEndpoint(url=sys.argv[1]), Path(sys.argv[2]))"
    )
    with serving(BatchEndpoint(looks=1_000_000)) as endpoint:
        run = subprocess.Popen([sys.executable, "-c", program, endpoint.url, str(tmp_path / "store")])
        try:
            until = time.monotonic() + 30
            while not any(call.startswith("GET /batches/") for call in endpoint.calls) and time.monotonic() < until:
                time.sleep(0.02)
        finally:
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
        assert len(held(endpoint, tmp_path / "store")) == 12
        endpoint.looks = 0
        answered = ask(endpoint, tmp_path / "store")
        assert (len(answered.answers), len(endpoint.batches), endpoint.items) == (12, 1, 12)
        assert held(endpoint, tmp_path / "store") == set()


def test_results_that_were_half_stored_are_stored_whole_and_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_api, "_RESULTS", 5)
    put, groups = Store.put, []

    def killed_at_the_second(self: Store, responses: list[Any]) -> None:
        groups.append(len(responses))
        if len(groups) == 2:
            raise Killed
        put(self, responses)

    with serving(BatchEndpoint()) as endpoint:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "put", killed_at_the_second)
            with pytest.raises(Killed):
                ask(endpoint, tmp_path / "store")
        settings = Settings(llm="auto", openai_base_url=endpoint.url, model=MODEL, batch=True)
        with open_engine(settings, tmp_path / "store") as engine:
            assert len(engine.ask(REQUESTS, "test").answers) == 12
            assert engine.progress.spent.requests == 7
        assert (groups, len(endpoint.batches), endpoint.items) == ([5, 5], 1, 12)
        assert held(endpoint, tmp_path / "store") == set()


def test_answers_to_what_is_asked_no_more_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(BatchEndpoint()) as endpoint:
        with monkeypatch.context() as patch:
            patch.setattr(batch_api.BatchApi, "retrieve", kill)
            with pytest.raises(Killed):
                ask(endpoint, tmp_path / "store")
        assert len(ask(endpoint, tmp_path / "store", REQUESTS[:2]).answers) == 2
        endpoint.batches.clear()
        assert len(ask(endpoint, tmp_path / "store", batch=False).answers) == 12
        assert (endpoint.items, endpoint.bodies) == (12, [])


@pytest.mark.parametrize("asked", [REQUESTS, REQUESTS[3:]], ids=["the same", "fewer"])
def test_a_batch_that_was_made_and_not_written_down_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[Request]
) -> None:
    with serving(BatchEndpoint()) as endpoint:
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "made", kill)
            with pytest.raises(Killed):
                ask(endpoint, tmp_path / "store")
        assert len(ask(endpoint, tmp_path / "store", asked).answers) == len(asked)
        assert (len(endpoint.batches), endpoint.items) == (1, 12)
        assert len(ask(endpoint, tmp_path / "store").answers) == 12
        assert len(endpoint.batches) == 1


def test_a_batch_whose_store_was_lost_is_adopted(tmp_path: Path) -> None:
    with serving(BatchEndpoint()) as endpoint:
        ask(endpoint, tmp_path / "store")
        assert len(ask(endpoint, tmp_path / "another").answers) == 12
        assert len(endpoint.batches) == 1


def test_a_batch_that_was_never_made_is_made_by_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(BatchEndpoint()) as endpoint:
        with monkeypatch.context() as patch:
            patch.setattr("openai.resources.batches.AsyncBatches.create", kill)
            with pytest.raises(Killed):
                ask(endpoint, tmp_path / "store")
        assert len(held(endpoint, tmp_path / "store")) == 12
        assert len(ask(endpoint, tmp_path / "store").answers) == 12
        assert len(endpoint.batches) == 1


@pytest.mark.parametrize("call", ["POST /files", "POST /batches", "GET /batches", "GET /batches/batch_0"])
def test_a_reply_that_is_lost_costs_nothing(tmp_path: Path, call: str) -> None:
    with serving(BatchEndpoint(drop=[call])) as endpoint:
        assert len(ask(endpoint, tmp_path / "store").answers) == 12
        assert (len(endpoint.batches), endpoint.items, endpoint.drop) == (1, 12, [])


@pytest.mark.parametrize(
    "trouble",
    [OVERLOADED, (429, {"error": {"message": "slow down"}}), (200, {"error": "upstream"}), "batch_expired"],
    ids=["503", "429", "no completion", "expired"],
)
def test_what_fails_within_a_batch_is_in_the_next_one(tmp_path: Path, trouble: Any) -> None:
    with serving(BatchEndpoint(item=lambda _body, number: trouble if number == 4 else None)) as endpoint:
        answered = ask(endpoint, tmp_path / "store")
        assert (len(answered.answers), answered.unfinished) == (12, None)
        assert [len(questions) for questions in sent(endpoint)] == [12, 1]


def test_what_an_expired_batch_has_nothing_on_is_in_the_next_one(tmp_path: Path) -> None:
    class Expiring(BatchEndpoint):
        def _work(self, batch: dict[str, Any]) -> None:
            self.ends_as = "expired" if batch["id"] == "batch_0" else "completed"
            super()._work(batch)
            if batch["id"] == "batch_0" and "output_file_id" in batch:
                name = batch["output_file_id"]
                self.files[name] = b"\n".join(self.files[name].splitlines()[:7])

    with serving(Expiring()) as endpoint:
        assert len(ask(endpoint, tmp_path / "store").answers) == 12
        assert [len(questions) for questions in sent(endpoint)] == [12, 5]


def test_what_fails_in_three_batches_is_left_for_the_next_run(tmp_path: Path) -> None:
    def item(body: dict[str, Any], _number: int) -> tuple[int, Any] | None:
        return OVERLOADED if body["messages"][-1]["content"] == "question 3" else None

    with serving(BatchEndpoint(item=item)) as endpoint:
        answered = ask(endpoint, tmp_path / "store")
        assert [len(questions) for questions in sent(endpoint)] == [12, 1, 1]
        (failure,) = answered.failures
        assert "overloaded" in failure.reason
        assert "3 batches" in failure.reason
        assert (failure.is_final, answered.stopped) == (False, None)
        endpoint.item = None
        assert len(ask(endpoint, tmp_path / "store").answers) == 12


def test_what_is_refused_within_a_batch_is_kept_as_such(tmp_path: Path) -> None:
    with serving(BatchEndpoint(item=lambda _body, number: REFUSED if number == 4 else None)) as endpoint:
        for _ in range(2):
            (failure,) = ask(endpoint, tmp_path / "store").failures
            assert failure.is_final
            assert "an image is no text" in failure.reason
        assert len(endpoint.batches) == 1


def test_newer_models_get_other_parameters_in_the_next_batch(tmp_path: Path) -> None:
    def item(body: dict[str, Any], _number: int) -> tuple[int, Any] | None:
        for name in ("max_tokens", "temperature"):
            if name in body:
                return 400, {"error": {"message": f"Unsupported parameter: '{name}'", "param": name}}
        return None

    with serving(BatchEndpoint(item=item)) as endpoint:
        assert len(ask(endpoint, tmp_path / "store").answers) == 12
        assert endpoint.lines[-1][0]["body"]["max_completion_tokens"] == 50


def test_a_model_that_thinks_until_its_tokens_are_spent_gets_more(tmp_path: Path) -> None:
    def item(body: dict[str, Any], _number: int) -> tuple[int, Any] | None:
        return None if body["max_tokens"] > 50 else (200, json.loads(completion("<think>hm", MODEL, "length")))

    with serving(BatchEndpoint(item=item)) as endpoint:
        answered = ask(endpoint, tmp_path / "store")
        assert not any(answer.is_cut for answer in answered.answers)
        assert [len(questions) for questions in sent(endpoint)] == [12, 12]


def test_what_is_not_of_the_form_asked_for_is_asked_again_in_the_next_batch(tmp_path: Path) -> None:
    def is_whole(answer: Answer) -> bool:
        return answer.text != "malformed"

    with serving(BatchEndpoint(spoil=lambda said, number: "malformed" if number in (2, 5) else said)) as endpoint:
        answered = ask(endpoint, tmp_path / "store", is_whole=is_whole)
        assert len(answered.answers) == 12
        assert all(map(is_whole, answered.answers))
        assert len(answered.looked_at) == 14
        assert [len(questions) for questions in sent(endpoint)] == [12, 2]


def test_an_answer_may_hold_any_character(tmp_path: Path) -> None:
    said = "一\u2028二\x85三\n四 <eof> \U0001f600"
    with serving(BatchEndpoint(spoil=lambda _said, _number: said)) as endpoint:
        assert {answer.text for answer in ask(endpoint, tmp_path / "store").answers} == {said}


def test_a_batch_that_is_not_taken_ends_the_run_with_what_it_says(tmp_path: Path) -> None:
    errors = [{"code": "invalid_json", "line": 3, "message": "This line is\nno JSON", "param": None}]
    with serving(BatchEndpoint(verdict=lambda _lines: errors)) as endpoint:
        answered = ask(endpoint, tmp_path / "store")
        assert answered.stopped is not None
        assert answered.stopped.endswith("does not take the batch batch_0: This line is no JSON (line 3)")
        assert len(endpoint.batches) == 1
        endpoint.verdict = None
        assert len(ask(endpoint, tmp_path / "store").answers) == 12


def test_a_queue_that_is_too_short_gets_smaller_batches(tmp_path: Path) -> None:
    def verdict(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}] if len(lines) > 4 else []

    with serving(BatchEndpoint(verdict=verdict)) as endpoint:
        answered = ask(endpoint, tmp_path / "store")
        assert (len(answered.answers), answered.stopped) == (12, None)
        assert endpoint.items == 12


def test_an_endpoint_without_batches_is_told_to_be_asked_otherwise(tmp_path: Path) -> None:
    with serving(FakeEndpoint()) as endpoint:
        answered = ask(endpoint, tmp_path / "store")
        address = plain_address(endpoint.url)
        assert answered.stopped == f"{address} has no Batch API (404): leave out BATCH"
        assert len(ask(endpoint, tmp_path / "store", batch=False).answers) == 12


def test_a_key_that_is_refused_ends_the_run(tmp_path: Path) -> None:
    with serving(BatchEndpoint(item=lambda _body, _number: (401, {"error": {"message": "no"}}))) as endpoint:
        answered = ask(endpoint, tmp_path / "store")
        assert answered.stopped is not None
        assert "refuses the key (401)" in answered.stopped
        assert len(endpoint.batches) == 1


def test_no_more_is_sent_than_may_be_spent(tmp_path: Path) -> None:
    text = "".join(message["content"] for message in REQUESTS[0].messages)
    bound = (len(text) * 1.0 + 50 * 10.0) / 1e6 / 2
    with serving(BatchEndpoint()) as endpoint:
        answered = ask(endpoint, tmp_path / "store", max_cost=5.2 * bound, **PRICES)
        assert len(answered.answers) == 5
        assert answered.stopped is not None
        assert answered.stopped.startswith("MAX_COST=")
        assert [len(questions) for questions in sent(endpoint)] == [5]


def test_without_batch_what_is_under_way_in_one_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(BatchEndpoint(looks=0)) as endpoint:
        with monkeypatch.context() as patch:
            patch.setattr(batch_api.BatchApi, "retrieve", kill)
            with pytest.raises(Killed):
                ask(endpoint, tmp_path / "store", REQUESTS[:8])
        endpoint.looks = 1
        answered = ask(endpoint, tmp_path / "store", batch=False)
        assert [type(outcome) for outcome in answered.outcomes] == [Failure] * 8 + [Answer] * 4
        assert answered.failures[0].reason == "in batch batch_0, which is under way: BATCH=true waits for it"
        assert answered.stopped is None
        assert len(endpoint.bodies) == 4
        assert len(ask(endpoint, tmp_path / "store", batch=False).answers) == 12
        assert (len(endpoint.bodies), len(endpoint.batches)) == (4, 1)


def test_whether_a_schema_is_taken_is_not_waited_for(tmp_path: Path) -> None:
    with serving(BatchEndpoint()) as endpoint:
        settings = Settings(llm="auto", openai_base_url=endpoint.url, model=MODEL, batch=True)
        with open_engine(settings, tmp_path / "store") as engine:
            assert engine.takes_json()
        assert (len(endpoint.bodies), len(endpoint.batches)) == (1, 0)


def test_two_runs_at_once_make_one_batch(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with serving(BatchEndpoint(looks=5)) as endpoint, ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(ask, endpoint, tmp_path / "store") for _ in range(2)]
        assert [len(run.result(timeout=60).answers) for run in runs] == [12, 12]
        assert endpoint.items == 12


def test_a_batch_that_nobody_knows_is_waited_for_until_it_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(BatchEndpoint()) as endpoint:
        killed_while_waiting(endpoint, tmp_path / "store", monkeypatch)
        asked = [request("another"), *REQUESTS]
        endpoint.batches.clear()
        stopped = ask(endpoint, tmp_path / "store", asked).stopped
        assert stopped is not None
        assert "does not know batch batch_0" in stopped
        monkeypatch.setattr(batch, "_UNKNOWN_FOR", batch.timedelta(0))
        assert len(ask(endpoint, tmp_path / "store", asked).answers) == 13


def test_how_far_a_batch_is_can_be_read_while_it_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_TOLD_EVERY", 0.01)
    told: list[str] = []
    with serving(BatchEndpoint(looks=4)) as endpoint:
        settings = Settings(llm="auto", openai_base_url=endpoint.url, model=MODEL, batch=True)
        with open_engine(settings, tmp_path / "store") as engine:
            tell = type(engine.progress).tell
            monkeypatch.setattr(type(engine.progress), "tell", lambda self: (told.append(self.note), tell(self))[1])
            engine.ask(REQUESTS, "test")
            assert engine.progress.note == ""
    assert "batch: 0 of 12 requests done" in told
