"""Every prompt is whole in both languages, says in its form what the parser reads, and is ours."""

import json
from pathlib import Path

import pytest

from dramaturg import ROOT
from dramaturg.curate.grounding import shares_content
from dramaturg.llm.parse import read_items
from dramaturg.text import Language
from prompts import as_turns, load_prompt

PROMPTS = [(path.parent.name, path.stem) for path in sorted((ROOT / "prompts").glob("*/*.md")) if path.stem[0] != "_"]
SLOTS = {
    "count": 3,
    "shots": [{"question": "q?", "answer": "a."}],
    "asked": ["q?"],
    "askers": ["A", "C"],
    "talk": ["A:「x」", "B:「y」"],
    "candidates": [{"name": "A", "aliases": ["B"]}, {"name": "C", "aliases": []}],
    "numbers": [4, 7],
}


def rendered(language: str, name: str, as_json: bool) -> str:
    prompt = load_prompt(language, name)
    slots = {slot: SLOTS.get(slot, f"<{slot}>") for slot in prompt.slots}
    messages = prompt.render(as_json, **slots)
    assert [message["role"] for message in messages] == ["system", "user"]
    return "\n".join(message["content"] for message in messages)


def test_both_languages_have_the_same_prompts() -> None:
    names = {language: {name for other, name in PROMPTS if other == language} for language in ("en", "zh")}
    assert names["en"] == names["zh"]
    for name in names["en"]:
        en, zh = load_prompt("en", name), load_prompt("zh", name)
        assert (en.id, en.version, en.slots, en.many) == (zh.id, zh.version, zh.slots, zh.many)
        assert [field.name for field in en.fields] == [field.name for field in zh.fields]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(("language", "name"), PROMPTS)
def test_every_slot_is_filled_in_and_none_is_left(language: str, name: str, as_json: bool) -> None:
    text = rendered(language, name, as_json)
    prompt = load_prompt(language, name)
    for slot in prompt.slots - set(SLOTS):
        assert f"<{slot}>" in text
    assert "{{" not in text
    assert "{%" not in text


@pytest.mark.parametrize(("language", "name"), PROMPTS)
def test_a_slot_too_few_or_too_many_is_an_error(language: str, name: str) -> None:
    with pytest.raises(ValueError, match="has the slots"):
        load_prompt(language, name).render(role="x")


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("name", ["context_instruct_script", "context_instruct_agnostic"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_examples_are_in_the_form_that_the_parser_reads(language: str, name: str, as_json: bool) -> None:
    prompt = load_prompt(language, name)
    written = rendered(language, name, as_json).split("样例：\n" if language == "zh" else "Examples:\n")[1]
    parsed = read_items(written.split("\n<profile>")[0], prompt.fields)
    choices = {theirs: ours for field in prompt.fields for ours, theirs in (field.choices or {}).items()}
    expected = [{**example, "confidence": choices[example["confidence"]]} for example in prompt.examples]
    assert list(parsed.items) == expected
    assert {item["confidence"] for item in expected} == {"high", "low"}


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_example_of_a_scenario_is_in_the_form_that_the_parser_reads(language: str, as_json: bool) -> None:
    prompt = load_prompt(language, "scenarios")
    written = rendered(language, "scenarios", as_json).split("样例：\n" if language == "zh" else "Example:\n")[1]
    end = "\n前一场" if language == "zh" else "\nThe end of the scene before"
    assert list(read_items(written.split(end)[0], prompt.fields).items) == list(prompt.examples)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_examples_answers_rest_on_the_lines_that_they_cite(language: Language) -> None:
    prompt = load_prompt(language, "context_instruct_script")
    text = rendered(language, "context_instruct_script", as_json=False)
    for number, line in enumerate(prompt.cited, 1):
        assert f"[{number}] {line}" in text
    names = [name for name in prompt.invented if prompt.examples[0]["question"].startswith(name)]
    for example in prompt.examples:
        cited = [prompt.cited[int(number) - 1] for number in example["lines"]]
        assert shares_content(example["answer"], cited, language, without=names)


def test_example_names_are_no_ones(built: Path) -> None:
    """Not the samples', nor of a work that somebody may build from: each is in no other file of the project."""
    for language in ("zh", "en"):
        for name in ("context_instruct_script", "context_instruct_agnostic", "scenarios"):
            invented = load_prompt(language, name).invented
            assert len(invented) >= 2
            for script in built.glob("processed/*/02_script.jsonl"):
                text = script.read_text(encoding="utf-8")
                assert not any(each in text for each in invented)


@pytest.mark.parametrize(("language", "name"), PROMPTS)
def test_a_schema_is_one_that_strict_mode_takes(language: str, name: str) -> None:
    schema = load_prompt(language, name).schema(4)
    if schema is None:
        assert name in ("followup", "persona", "rolegpt", "speakers", "synthesis")
        return
    objects = [json.loads(json.dumps(schema["schema"]))]
    while objects:
        each = objects.pop()
        if each.get("type") == "object":
            assert each["additionalProperties"] is False
            assert each["required"] == list(each["properties"])
            objects += each["properties"].values()
        elif each.get("type") == "array":
            objects.append(each["items"])


def test_turns_of_a_chat_stand_before_the_last_message_as_they_are() -> None:
    prompt = load_prompt("en", "rolegpt")
    slots = {slot: f"<{slot}>" for slot in prompt.slots}
    turns = as_turns([("Who is {{ role }}?", "I am."), ("Where?", "Here.")])
    assert [each["role"] for each in turns] == ["user", "assistant"] * 2
    system, *between, last = prompt.render(turns=turns, **slots)
    assert tuple(between) == turns
    assert (system, last) == prompt.render(**slots)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_its_wording_is_what_stands_between_the_slots(language: str) -> None:
    prompt = load_prompt(language, "synthesis")
    assert not any(mark in piece for piece in prompt.wording for mark in ("{{", "{%", "}}", "%}"))
    slots = dict.fromkeys(prompt.slots, "")
    said = "".join(message["content"] for message in prompt.render(**slots))
    assert "".join(said.split()) in "".join("".join(prompt.wording).split())


def test_its_name_is_id_and_version() -> None:
    assert load_prompt("zh", "profile").name == "profile@2"
