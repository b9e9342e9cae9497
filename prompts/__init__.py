"""How a language model is asked: `<language>/<name>.md`, one file a prompt, and how it is filled in.

A prompt's front matter says its id, version, slots, the fields of an answer, and the examples it shows; below it
stand the messages, each under a heading that is its role. `{{ form }}` and `{{ examples }}` come out as JSON or as
the labelled blocks of the papers (问题1 / 真实性 / 回复), as the endpoint needs it, `{{ cited }}` as numbered lines.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

__all__ = ["Field", "Message", "Prompt", "as_turns", "load_prompt"]

Message = dict[str, str]
"""A chat message: `role` and `content`."""

_FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_JINJA = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
    keep_trailing_newline=False,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an answer. In a labelled block it is `label：…`, in JSON it is called `name`.

    With `choices` (what we call it → what the model calls it) it is one of them, and `note` is the field that a
    labelled block puts in brackets behind the choice. With `is_list` it is several texts, at most `most`; `optional`
    where an answer that lacks it is read as one with none. `also` are other labels that models are known to write in
    its place.
    """

    name: str
    label: str
    choices: Mapping[str, str] | None = None
    note: str | None = None
    is_list: bool = False
    most: int = 5
    optional: bool = False
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The fields of a JSON answer that it stands for."""
        return (self.name,) if self.note is None else (self.name, self.note)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt in one language. `fields` is empty where the answer is plain text, or of a form that the messages
    say; `many` is set where it holds items.

    `invented` are the names in its examples, which belong to no work: an answer that has one was copied. `cited` are
    the lines of a script, invented too, that the examples cite by number, from 1.
    """

    id: str
    version: int
    language: str
    slots: frozenset[str]
    fields: tuple[Field, ...]
    many: bool
    examples: tuple[Mapping[str, Any], ...]
    invented: tuple[str, ...]
    cited: tuple[str, ...]
    _messages: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """What a row calls it: id and version."""
        return f"{self.id}@{self.version}"

    @property
    def wording(self) -> tuple[str, ...]:
        """What its messages say themselves, before, between and behind the slots."""
        return tuple(filter(str.strip, (piece for _, text in self._messages for piece in _SLOT.split(text))))

    def render(self, as_json: bool = False, turns: Sequence[Message] = (), **slots: Any) -> tuple[Message, ...]:
        """The messages with the slots filled in, and before the last of them the `turns` of a chat, as they are. Raises
        ValueError where other slots are given than it has."""
        if slots.keys() != self.slots:
            raise ValueError(f"{self.language}/{self.id} has the slots {sorted(self.slots)}, given {sorted(slots)}")
        known = {**slots, "as_json": as_json}
        if self.fields:
            known["form"] = _fill(_form_text(self.language), as_json=as_json, shape=self._shape(as_json))
            known["examples"] = self._write(self.examples, as_json)
            known["cited"] = "\n".join(f"[{number}] {line}" for number, line in enumerate(self.cited, 1))
        messages = [{"role": role, "content": _fill(text, **known)} for role, text in self._messages]
        return (*messages[:-1], *turns, messages[-1])

    def schema(self, most: int = 1, **choices: Sequence[str]) -> dict[str, Any] | None:
        """The JSON schema of an answer with at most `most` items; None where it has no fields. `choices` are what a
        field may be in this request alone.

        Every field is required and no other allowed, as OpenAI's strict mode wants it.
        """
        if not self.fields:
            return None
        kinds = {name: kind for field in self.fields for name, kind in _schema_of(field).items()}
        one = _object({**kinds, **{name: {**kinds[name], "enum": list(some)} for name, some in choices.items()}})
        items = _object({"items": {"type": "array", "items": one, "maxItems": most}})
        return {"name": self.id, "strict": True, "schema": items if self.many else one}

    def _shape(self, as_json: bool) -> str:
        return self._write(
            [
                {
                    name: ["…"]
                    if field.is_list
                    else "/".join((field.choices or {"": "…"}).values())
                    if name == field.name
                    else "…"
                    for field in self.fields
                    for name in field.names
                }
            ],
            as_json,
        )

    def _write(self, items: Sequence[Mapping[str, Any]], as_json: bool) -> str:
        if as_json:
            value: Any = {"items": list(items)} if self.many else items[0] if items else {}
            return json.dumps(value, ensure_ascii=False)
        return "\n\n".join(self._block(item, str(number) if self.many else "") for number, item in enumerate(items, 1))

    def _block(self, item: Mapping[str, Any], number: str) -> str:
        colon, opens, closes, between = ("：", "（", "）", "；") if self.language == "zh" else (": ", " (", ")", "; ")
        lines = []
        for place, field in enumerate(self.fields):
            value = between.join(item[field.name]) if field.is_list else str(item[field.name])
            note = f"{opens}{item[field.note]}{closes}" if field.note else ""
            numbered = f" {number}" if number and self.language == "en" else number
            lines.append(f"{field.label}{'' if place else numbered}{colon}{value}{note}")
        return "\n".join(lines)


def as_turns(pairs: Iterable[tuple[str, str]]) -> tuple[Message, ...]:
    """What is said and what is answered to it, as turns of a chat's user and its assistant."""
    return tuple(
        {"role": role, "content": said}
        for pair in pairs
        for role, said in zip(("user", "assistant"), pair, strict=True)
    )


@cache
def load_prompt(language: str, name: str) -> Prompt:
    """The prompt of `prompts/<language>/<name>.md`. Raises FileNotFoundError where there is none."""
    _, head, body = (_FOLDER / language / f"{name}.md").read_text(encoding="utf-8").split("---\n", 2)
    front = yaml.safe_load(head)
    messages = []
    for part in ("\n" + body).split("\n# ")[1:]:
        role, _, text = part.partition("\n")
        messages.append((role.strip(), text.strip()))
    return Prompt(
        id=front["id"],
        version=front["version"],
        language=language,
        slots=frozenset(front["slots"]),
        fields=tuple(Field(**{**field, "also": tuple(field.get("also", ()))}) for field in front.get("fields", ())),
        many=front.get("many", False),
        examples=tuple(front.get("examples", ())),
        invented=tuple(front.get("invented", ())),
        cited=tuple(front.get("cited", ())),
        _messages=tuple(messages),
    )


@cache
def _form_text(language: str) -> str:
    return (_FOLDER / language / "_form.md").read_text(encoding="utf-8").strip()


def _fill(text: str, **slots: Any) -> str:
    return _template(text).render(slots).strip()


@cache
def _template(text: str) -> jinja2.Template:
    """Compiling one takes as long as some hundred renderings."""
    return _JINJA.from_string(text)


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _schema_of(field: Field) -> dict[str, Any]:
    text = {"type": "string"}
    if field.is_list:
        return {field.name: {"type": "array", "items": text, "maxItems": field.most}}
    if field.choices:
        return {field.name: {**text, "enum": list(field.choices.values())}} | ({field.note: text} if field.note else {})
    return {field.name: text}
