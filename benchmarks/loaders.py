"""What `dramaturg formats` writes, opened by those it is written for, each in an environment of its own.

    .venv/bin/python benchmarks/loaders.py data/processed/weixiaobao/formats

Environments are made once in ~/.cache/dramaturg-benchmarks/loaders (14 GB, most of it torch). No model is fetched and
no GPU needed: the tokenizer is made of the files themselves, and TRL's model is one of random weights that never runs.
Beside the folder that is given, one is opened whose texts are hostile. Each loader's rows are held against the file:
the texts that it says are learned are the role's answers, and all of them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CACHE = Path.home() / ".cache" / "dramaturg-benchmarks" / "loaders"
TORCH = "torch==2.13.0"
ENVIRONMENTS = {
    "datasets": ("trl", f"trl==1.16.0 datasets==5.2.0 transformers==5.24.0 {TORCH}"),
    "trl": ("trl", f"trl==1.16.0 datasets==5.2.0 transformers==5.24.0 {TORCH}"),
    "llamafactory": ("llamafactory", "llamafactory==0.9.5"),
    "axolotl": ("axolotl", "axolotl==0.19.0"),
    "chatharuhi": (  # it asks for none of what it imports
        "chatharuhi",
        f"chatharuhi==1.0.9 {TORCH} transformers==5.24.0 tiktoken requests tqdm numpy pillow",
    ),
}
CARD_READERS = ("character-card-utils@2.0.3", "@lenml/char-card-reader@1.1.1")
END = "<|im_end|>"
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] }}<|im_end|>{% endgeneration %}"
    "{% else %}{{ message['content'] }}<|im_end|>{% endif %}\n{% endfor %}"
)
SMALLEST = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}

Row = dict[str, Any]


# --- in the environments ------------------------------------------------------------------------------------


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answers(path: Path) -> list[list[str]]:
    """The role's answers in each row of `messages`."""
    return [[said["content"] for said in row["messages"] if said["role"] == "assistant"] for row in rows(path)]


def make_tokenizer(folder: Path, kept: Path) -> Any:
    """A byte-level tokenizer, which writes any text back as it was, made of the folder's texts."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=["<|endoftext|>", "<|im_start|>", END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator((text for own in answers(folder / "messages/train.jsonl") for text in own), trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=END, pad_token="<|endoftext|>")
    tokenizer.chat_template = TEMPLATE
    tokenizer.model_max_length = 10**6
    tokenizer.save_pretrained(kept)
    return tokenizer


def learned(row: Row, tokenizer: Any) -> list[str]:
    """The texts of the stretches of tokens that have a label, without the end of the turn behind them."""
    found: list[list[int]] = [[]]
    for token, label in zip(row["input_ids"], row["labels"], strict=True):
        if label != -100:
            found[-1].append(token)
        elif found[-1]:
            found.append([])
    texts = (tokenizer.decode(own, clean_up_tokenization_spaces=False) for own in found if own)
    return [text.removesuffix("\n").removesuffix(END) for text in texts]


def check_datasets(folder: Path, work: Path) -> Iterator[str]:
    from datasets import __version__, load_dataset

    count = 0
    for path in sorted(folder.rglob("*.jsonl")):
        expected = rows(path)
        whole = load_dataset("json", data_files=str(path), split="train", cache_dir=str(work / "cache"))
        streamed = load_dataset("json", data_files=str(path), split="train", streaming=True)
        assert whole.to_list() == expected, path
        assert list(streamed) == expected, path
        count += 1
    yield f"datasets {__version__}: load_dataset of {count} files, whole and streamed, every row as it is in the file"


def check_trl(folder: Path, work: Path) -> Iterator[str]:
    from datasets import load_dataset
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl import SFTConfig, SFTTrainer, __version__

    tokenizer = make_tokenizer(folder, work / "tokenizer")
    config = LlamaConfig(**SMALLEST, vocab_size=len(tokenizer))

    def prepared(name: str, **options: Any) -> Any:
        data = load_dataset("json", data_files=str(folder / name / "train.jsonl"), split="train")
        given = SFTConfig(str(work / "out"), use_cpu=True, bf16=False, report_to="none", max_length=None, **options)
        return SFTTrainer(LlamaForCausalLM(config), given, train_dataset=data, processing_class=tokenizer).train_dataset

    found = prepared("messages", assistant_only_loss=True)
    expected = answers(folder / "messages/train.jsonl")
    assert len(found) == len(expected)
    for row, own in zip(found, expected, strict=True):
        assert learned(row, tokenizer) == own
    yield f"TRL {__version__}: SFTTrainer prepares messages, {len(found)} talks; its labels are the answers"
    texts = [row["text"] for row in rows(folder / "rocit/train.jsonl")]
    for row, text in zip(prepared("rocit"), texts, strict=True):
        assert tokenizer.decode(row["input_ids"]).removesuffix(END) == text
    yield f"TRL {__version__}: SFTTrainer prepares rocit, {len(texts)} texts"


def check_llamafactory(folder: Path, work: Path) -> Iterator[str]:
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.extras.env import VERSION
    from llamafactory.hparams import get_train_args

    tokenizer = make_tokenizer(folder, work / "tokenizer")
    listed = json.loads((folder / "llamafactory/dataset_info.json").read_text(encoding="utf-8"))
    for name, described in listed.items():
        given = {
            "stage": "sft", "do_train": True, "finetuning_type": "full", "model_name_or_path": str(work / "tokenizer"),
            "dataset": name, "dataset_dir": str(folder / "llamafactory"), "template": "chatml", "cutoff_len": 10**6,
            "output_dir": str(work / "out"), "overwrite_cache": True, "report_to": "none", "use_cpu": True,
        }  # fmt: skip
        model, data, training, _, _ = get_train_args(given)
        template = get_template_and_fix_tokenizer(tokenizer, data)
        found = get_dataset(template, model, data, training, stage="sft", tokenizer=tokenizer)["train_dataset"]
        expected = answers(folder / "messages" / described["file_name"].split("_")[1])
        assert len(found) == len(expected), name
        for row, own in zip(found, expected, strict=True):
            assert learned(row, tokenizer) == own, name
        yield f"LLaMA-Factory {VERSION}: get_dataset of {name}, {len(found)} talks; its labels are the answers"


def check_axolotl(folder: Path, work: Path) -> Iterator[str]:
    import yaml
    from axolotl import __version__
    from axolotl.cli.config import load_cfg
    from axolotl.utils.data import prepare_datasets
    from axolotl.utils.dict import DictDefault
    from transformers import LlamaConfig

    tokenizer = make_tokenizer(folder, work / "tokenizer")
    LlamaConfig(**SMALLEST, vocab_size=len(tokenizer)).save_pretrained(work / "tokenizer")
    written = yaml.safe_load((folder / "axolotl/datasets.yaml").read_text(encoding="utf-8"))
    os.chdir(folder / "axolotl")
    given = {
        **written, "base_model": str(work / "tokenizer"), "chat_template": "tokenizer_default",
        "sequence_len": 10**6, "micro_batch_size": 1, "gradient_accumulation_steps": 1, "num_epochs": 1,
        "learning_rate": 1e-4, "optimizer": "adamw_torch", "output_dir": str(work / "out"), "bf16": False,
        "dataset_prepared_path": str(work / "prepared"), "special_tokens": {"eos_token": END},
        "excess_length_strategy": "raise",
    }  # fmt: skip
    train, test, *_ = prepare_datasets(load_cfg(DictDefault(given)), tokenizer)
    for split, found in (("train", train), ("test", test)):
        if found is None:
            continue
        messages = rows(folder / f"axolotl/{split}.jsonl")
        expected = sorted([said["content"] for said in row["messages"] if said["training"]] for row in messages)
        assert sorted(learned(row, tokenizer) for row in found) == expected, split  # it shuffles them
        yield f"Axolotl {__version__}: prepare_datasets of {split}, {len(found)} talks; its labels are the answers"


def check_chatharuhi(folder: Path, work: Path) -> Iterator[str]:  # noqa: ARG001
    """Its embedding, which it would fetch from a hub or ask OpenAI for, is replaced by counts of characters."""
    from importlib import import_module
    from importlib.metadata import version

    from PIL import Image

    def embed(text: str) -> list[float]:
        return [1.0, *(float(text.count(letter)) for letter in "的了不是你etaoin")]

    module: Any = import_module("chatharuhi.ChatHaruhi")  # where a class of that name hides the module
    module.luotuo_openai_embedding = embed
    role = module.ChatHaruhi(
        system_prompt=str(folder / "chatharuhi/system_prompt.txt"),
        story_text_folder=str(folder / "chatharuhi/texts"),
        llm="debug",
    )
    stories = sorted(path.read_text(encoding="utf-8") for path in (folder / "chatharuhi/texts").glob("*.txt"))
    assert sorted(role.db.documents) == stories
    role.tokenizer = len  # its own is fetched
    role.llm.initialize_message()
    role.llm.system_message(role.system_prompt)
    role.add_story(role.get_query_string("你是谁？", "老者"))
    assert any(story in message for story in stories for message in role.llm.messages)
    yield (
        f"chatharuhi {version('chatharuhi')}: opens the role folder, {len(stories)} stories, and retrieves from them "
        "(its embedding and its tokenizer, which it fetches, replaced)"
    )
    with Image.open(folder / "card/card.png") as picture:
        picture.load()
        assert {"chara", "ccv3"} <= picture.text.keys()
        yield f"Pillow: opens card.png, {picture.size}, with {sorted(picture.text)}"


CHECKS = {
    "datasets": check_datasets,
    "trl": check_trl,
    "llamafactory": check_llamafactory,
    "axolotl": check_axolotl,
    "chatharuhi": check_chatharuhi,
}

_READ_CARDS = """
const fs = require('fs'), folder = process.argv[2], assert = require('assert');
const told = name => JSON.parse(fs.readFileSync(`${folder}/${name}.json`, 'utf8'));
const { parseToV2, safeParseToV2 } = require('character-card-utils');
const parsed = (safeParseToV2 || (card => ({ success: !!parseToV2(card) })))(told('card_v2'));
assert(parsed.success, JSON.stringify(parsed.error));
console.log('character-card-utils: card_v2.json is of its schema');
import('@lenml/char-card-reader').then(async ({ CharacterCard }) => {
  const bytes = fs.readFileSync(`${folder}/card.png`);
  const card = await CharacterCard.from_file(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const own = told('card_v3').data;
  assert.strictEqual(card.spec, 'chara_card_v3');
  for (const [name, found] of [['name', card.name], ['first_mes', card.first_message],
                               ['mes_example', card.message_example], ['description', card.description]])
    assert.strictEqual(found, own[name], name);
  console.log('@lenml/char-card-reader: card.png is a V3 card with the name, greeting, description and examples');
});
"""


# --- outside of them ----------------------------------------------------------------------------------------


def environment(name: str, packages: str) -> Path:
    """Its python, made where there is none. Raises OSError with pip's last words where it cannot be installed."""
    made = CACHE / name
    python, mark = made / "bin" / "python", made / "installed"
    if not mark.exists() or mark.read_text() != packages:
        print(f"  {packages} is installed into {made}, once …", file=sys.stderr)
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(made)],
            [str(python), "-m", "pip", "install", "--quiet", *packages.split()],
        ):
            _run(command)
        mark.write_text(packages)
    return python


def read_cards(folder: Path) -> str:
    """What npm's readers of Character Cards say."""
    made = CACHE / "node"
    if not (made / "node_modules").exists():
        made.mkdir(parents=True, exist_ok=True)
        _run(["npm", "install", "--silent", "--no-fund", "--no-audit", *CARD_READERS], made)
    (made / "read.cjs").write_text(_READ_CARDS)
    return _run(["node", "read.cjs", str(folder / "card")], made)


def _run(command: list[str], folder: Path | None = None, **variables: str) -> str:
    """What a command says. Raises OSError with its last words."""
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**os.environ, **variables})
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"status {done.returncode}"]
        raise OSError("\n    ".join(said[-6:]))
    return done.stdout


def make_hostile(folder: Path) -> Path:
    """A folder of all formats whose texts are such as break files."""
    from dramaturg.generate.profile import Profile
    from dramaturg.publish.character_card import write_cards
    from dramaturg.publish.dataset import SPLITS
    from dramaturg.publish.formats import FORMATS, Told, write_formats
    from dramaturg.publish.role_folder import write_role_folder
    from dramaturg.publish.talks import read_originals, read_talks, system_prompt
    from tests.characters import character, scene
    from tests.talks import HOSTILE, dataset_of

    role = character("en", greeting="{{user}} <START>", personality_note=" ".join(HOSTILE[:7]))
    profile = Profile("### Response: </s> {{char}}")
    told = {
        split: [scene(n, ("Ann Pike", f"a {text}"), ("Ned Tull", f"b {text} c")) for n, text in enumerate(HOSTILE)]
        for split in SPLITS
    }
    dataset = dataset_of(folder / "dataset", role, told)
    system = system_prompt(role, profile)

    def talks(split: str) -> Any:
        return read_talks(dataset, split, system, demonstrations=0)

    formats = folder / "formats"
    write_formats(formats, talks, SPLITS, FORMATS, Told("hostile", "en", True))
    write_role_folder(formats / "chatharuhi", dataset, system)
    write_cards(formats / "card", role, profile, read_originals(dataset, 200))
    return formats


def within(name: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        for line in CHECKS[name](folder, Path(work)):
            print("RESULT", line, flush=True)


def main(given: Path) -> None:
    quiet = {
        "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "AXOLOTL_DO_NOT_TRACK": "1", "DO_NOT_TRACK": "1",
        "WANDB_DISABLED": "true", "TOKENIZERS_PARALLELISM": "false",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as made:
        for what, folder in ((str(given), given), ("hostile texts", make_hostile(Path(made)))):
            print(what)
            for name, (place, packages) in ENVIRONMENTS.items():
                try:
                    python = environment(place, packages)
                    home = Path(made) / "home" / name
                    home.mkdir(parents=True, exist_ok=True)
                    command = [str(python), __file__, "--within", name, str(folder.resolve())]
                    said = _run(command, Path(made), HOME=str(home), **quiet)
                    for line in said.splitlines():
                        if line.startswith("RESULT "):
                            print(f"  {line.removeprefix('RESULT ')}")
                except OSError as error:
                    print(f"  {name}: {error}")
            try:
                print("".join(f"  {line}\n" for line in read_cards(folder.resolve()).splitlines()), end="")
            except OSError as error:
                print(f"  cards: {error}")


if __name__ == "__main__":
    if sys.argv[1] == "--within":
        within(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.path.insert(0, str(Path(__file__).parent.parent))
        main(Path(sys.argv[1]))
