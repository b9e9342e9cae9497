"""Models tuned for real: a tiny one of random weights for what is true of any, SmolLM2-135M for what is learned."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dramaturg import ROOT
from dramaturg.errors import InputError
from dramaturg.models import cache_folder, fetch
from dramaturg.publish.talks import Talk, system_prompt
from dramaturg.tune.answer import answers
from dramaturg.tune.base import NAMED, find_base, load_base
from dramaturg.tune.encode import Encoder, Sample
from dramaturg.tune.loss import answer_loss, packs_stay_apart
from dramaturg.tune.recipe import RECIPES, next_lines
from dramaturg.tune.train import Hyperparameters, train
from dramaturg.tune.tuned import read_tuning
from dramaturg.workspace import sha256_file
from flows.built import built_profile
from flows.stage import Build, open_build
from flows.tune import Asked, render_tuned, tune

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]  # torch's, transformers', PEFT's

CHARACTER = "alice"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
HOW = Hyperparameters(epochs=1.0, rank=4, lr=1e-2, max_steps=10)
ASK = [{"role": "system", "content": "You are Alice."}, {"role": "user", "content": "Guard:「Who goes there?」"}]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model's folder: byte-level tokens, two small layers of random weights."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|im_start|>", "<|im_end|>"],
        initial_alphabet=sorted(alphabet),
        show_progress=False,
    )
    made.train_from_iterator([(ROOT / "README.md").read_text(encoding="utf-8")], trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|im_end|>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        vocab_size=300,
        initializer_range=0.5,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its weights, fetched once, in a cache of the tests' own."""
    cache = tmp_path_factory.mktemp("cache")
    folder = cache / "dramaturg" / "models"
    folder.mkdir(parents=True)
    fetch(NAMED["smollm2"], folder)
    return cache


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that wait for each other on a busy machine take many times as long."""
    import torch

    torch.set_num_threads(1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def build(built: Path) -> Build:
    return open_build(built, CHARACTER)


def silent(_: str) -> None:
    pass


def tuned(build: Build, base: Path, output: Path, **how: Any) -> Path:
    return tune(build, Asked(str(base), "a", replace(HOW, **how), output), silent)


def made(folder: Path) -> dict[str, str]:
    """The hash of all that is no description of where and how it was made."""
    told = ("tuning.json", "README.md")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in told)
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}


def samples_of(build: Build, encoder: Encoder, read: Callable[[Path, str, str], Any], split: str) -> list[Sample]:
    system = system_prompt(build.character, built_profile(build))
    talks: list[Talk] = list(read(build.workspace.dataset, split, system))
    return [sample for talk in talks for sample in encoder.encode(talk)]


# --- the folder ---------------------------------------------------------------------------------------------


def test_the_folder_has_an_adapter_a_curve_and_what_made_it(build: Build, tiny: Path, tmp_path: Path) -> None:
    folder = tuned(build, tiny, tmp_path / "out")
    told = read_tuning(folder)
    assert told is not None
    assert set(told["files"]) == {
        *("README.md", "adapter/adapter_config.json", "adapter/adapter_model.safetensors", "curve.csv", "curve.svg"),
    }
    assert not (folder / ".work").exists()
    steps = (folder / "curve.csv").read_text().splitlines()
    assert steps[0] == "step,epoch,loss,learning_rate"
    assert len(steps) == told["train"]["steps"] + 1
    assert told["base"]["sha256"] == find_base(str(tiny)).sha256
    assert f"tune {CHARACTER} --base {tiny} --recipe a --epochs 1 --rank 4 --lr 0.01 --seed 0" in told["command"]
    assert re.search(r"next lines of the work +\d+ +\d+ +\d+\.\d{3} +\d+\.\d{3}", render_tuned(folder))


def test_what_is_tuned_already_is_not_tuned_again(build: Build, tiny: Path, tmp_path: Path) -> None:
    folder = tuned(build, tiny, tmp_path / "out")
    before = (folder / "tuning.json").stat().st_mtime_ns
    lines: list[str] = []
    tune(build, Asked(str(tiny), "a", HOW, folder), lines.append)
    assert lines == ["Nothing has changed since it was tuned; --fresh tunes it again."]
    assert (folder / "tuning.json").stat().st_mtime_ns == before
    tuned(build, tiny, folder, seed=1)
    assert (folder / "tuning.json").stat().st_mtime_ns != before


def test_another_seed_makes_another_adapter(build: Build, tiny: Path, tmp_path: Path) -> None:
    first, second = (made(tuned(build, tiny, tmp_path / str(seed), seed=seed)) for seed in (0, 1))
    assert first["adapter/adapter_model.safetensors"] != second["adapter/adapter_model.safetensors"]


# --- what is trained ----------------------------------------------------------------------------------------


def test_the_first_loss_is_that_of_the_answers_alone_each_talk_by_itself(
    build: Build, tiny: Path, tmp_path: Path
) -> None:
    """Packed or not, the trainer's number is the one that is reckoned without a trainer."""
    model, tokenizer = load_base(find_base(str(tiny)))
    samples = samples_of(build, Encoder(tokenizer, "chat", "en"), RECIPES["a"].read, "train")
    few = [Sample(each.talk, each.tokens[-400:], each.learned[-400:]) for each in samples[:2]]
    expected = answer_loss(model, few).mean
    trained = train(model, tokenizer, few, replace(HOW, max_steps=1), tmp_path, silent)
    assert trained.is_packed
    assert trained.packs == 1
    assert trained.steps[0]["loss"] == pytest.approx(expected, rel=1e-4)


def test_a_model_that_sees_one_talk_in_another_is_found_out(build: Build, tiny: Path) -> None:
    model, tokenizer = load_base(find_base(str(tiny)))
    samples = samples_of(build, Encoder(tokenizer, "chat", "en"), RECIPES["a"].read, "train")
    assert packs_stay_apart(model, samples)

    class Leaking:
        device = model.device

        def __call__(self, input_ids: Any, **given: Any) -> Any:
            return model(input_ids=input_ids, attention_mask=input_ids.new_ones(input_ids.shape), **given)

    assert not packs_stay_apart(Leaking(), samples)


@pytest.mark.parametrize(
    ("character", "recipe"), [("alice", "rocit"), ("alice", "b"), ("alice", "c"), ("weixiaobao", "rocit")]
)
def test_every_recipe_tunes_on_a_dataset_that_a_model_was_asked_for(
    generated: Path, tiny: Path, tmp_path: Path, character: str, recipe: str
) -> None:
    folder = tune(
        open_build(generated, character), Asked(str(tiny), recipe, replace(HOW, max_steps=2), tmp_path / "out"), silent
    )
    told = read_tuning(folder)
    assert told is not None
    assert told["markup"] == ("rocit" if recipe == "rocit" else "chat")
    assert told["train"]["talks"] > 0
    assert told["train"]["too_long"] == 0
    assert told["test"]["next_line"]["samples"] > 0
    assert len(list(answers(folder, [ASK], 4))) == 1


# --- stopped ------------------------------------------------------------------------------------------------


def start(build: Build, base: Path, output: Path) -> subprocess.Popen[bytes]:
    words = f"tune {CHARACTER} --base {base} --recipe a --epochs 1 --rank 4 --lr 0.01 --max-steps 10"
    given = ["--output", str(output), "--data", str(build.workspace.data)]
    command = [sys.executable, "-c", "from flows.cli import main; main()", *words.split(), *given]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_a_run_that_was_killed_goes_on_and_ends_on_the_same_bytes(build: Build, tiny: Path, tmp_path: Path) -> None:
    expected = made(tuned(build, tiny, tmp_path / "whole"))
    output = tmp_path / "killed"
    process = start(build, tiny, output)
    until = time.monotonic() + 120
    while not list(output.glob(".work/checkpoint-*/whole")):
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (output / "tuning.json").exists()
    (output / ".work" / "checkpoint-999").mkdir()  # of which the kill left half
    lines: list[str] = []
    tune(build, Asked(str(tiny), "a", HOW, output), lines.append)
    assert any(re.fullmatch(r"goes on from checkpoint-\d+", line) for line in lines)
    assert made(output) == expected


# --- asked --------------------------------------------------------------------------------------------------


def test_a_tuned_model_and_its_base_answer_in_order_and_the_same_on_every_run(
    build: Build, tiny: Path, tmp_path: Path
) -> None:
    folder = tuned(build, tiny, tmp_path / "out")
    talks = [ASK, [*ASK[:1], {"role": "user", "content": "Cat:「Well?」"}]]
    own = list(answers(folder, talks, 8))
    assert own == list(answers(folder, talks, 8))
    assert own[::-1] == list(answers(folder, talks[::-1], 8))
    assert own != list(answers(tiny, talks, 8))


def test_a_base_that_has_changed_since_is_refused(build: Build, tiny: Path, tmp_path: Path) -> None:
    base = shutil.copytree(tiny, tmp_path / "base")
    folder = tuned(build, base, tmp_path / "out", max_steps=1)
    (base / "added.json").write_text("{}")
    with pytest.raises(InputError, match="no longer the model that was tuned"):
        answers(folder, [ASK], 8)


def test_an_adapter_that_is_broken_is_one_line(build: Build, tiny: Path, tmp_path: Path) -> None:
    folder = tuned(build, tiny, tmp_path / "out", max_steps=1)
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"^[^\n]*its adapter cannot be loaded[^\n]*$"):
        answers(folder, [ASK], 8)


def test_weights_that_are_broken_are_one_line(tiny: Path, tmp_path: Path) -> None:
    base = shutil.copytree(tiny, tmp_path / "base")
    (base / "model.safetensors").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"^[^\n]*transformers cannot load it[^\n]*$"):
        answers(base, [ASK], 8)
    (tmp_path / "half.gguf").write_bytes(b"GGUF\x03")
    with pytest.raises(InputError, match=r"^[^\n]*transformers cannot load it[^\n]*$"):
        answers(tmp_path / "half.gguf", [ASK], 8)


# --- SmolLM2 ------------------------------------------------------------------------------------------------


def test_smollm2_learns_what_it_is_shown_and_foretells_held_out_lines_better(
    built: Path, smollm2: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(smollm2))
    holmes = open_build(built, "holmes")
    base = find_base("smollm2")
    assert base.path.parent == cache_folder()
    model, tokenizer = load_base(base)
    encoder = Encoder(tokenizer, "chat", "en")
    few = samples_of(holmes, encoder, RECIPES["a"].read, "train")[:2]
    held_out = samples_of(holmes, encoder, next_lines, "test")[:6]
    before = answer_loss(model, held_out)
    trained = train(model, tokenizer, few, Hyperparameters(max_steps=4, lr=5e-4), tmp_path, silent)
    assert trained.packs == 1
    assert trained.steps[-1]["loss"] < trained.steps[0]["loss"]
    assert answer_loss(trained.model, held_out).mean < before.mean
