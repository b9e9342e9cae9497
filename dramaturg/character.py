"""character.yaml: the role to build, and the sources it is built from."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dramaturg.cast import CastMember, Name, SpeakerName, merge_cast
from dramaturg.errors import CharacterError
from dramaturg.text import Language
from dramaturg.workspace import Workspace

__all__ = ["Character", "Source", "SourceKind", "load_character", "place_of"]

SourceKind = Literal["novel", "transcript", "subtitles", "web", "audio"]


class Source(BaseModel):
    """A file in the character's folder, or, of kind web, an address. `licence` is the source's own, where it is not the
    character's.

    Of a page, `selector` is what is read of it; `next` is the link to the page after it, `pages` the links of a list of
    chapters. All three are CSS selectors.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Name | None = None
    url: Name | None = None
    kind: SourceKind
    licence: Name | None = None
    selector: Name | None = None
    next: Name | None = None
    pages: Name | None = None

    @field_validator("path")
    @classmethod
    def _lies_below(cls, path: str | None) -> str | None:
        plain = PurePosixPath(path or "")
        if path is not None and (plain.is_absolute() or ".." in plain.parts or str(plain) != path):
            raise ValueError("give the file's path from the character's folder on, such as novel.txt")
        return path

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("give an address that begins with http:// or https://")
        return url

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.path is None) == (self.url is None):
            raise ValueError("give either path, a file in the character's folder, or url, an address")
        if self.kind != "web" and (self.url or self.selector or self.next or self.pages):
            raise ValueError("url, selector, next and pages are for kind: web")
        if (self.next or self.pages) and self.url is None:
            raise ValueError("next and pages follow links from a url: give one")
        if self.next and self.pages:
            raise ValueError("give either next, the link to the next page, or pages, the links of a list of chapters")
        return self

    @property
    def name(self) -> str:
        """What rows call the source: its path, or its address."""
        return self.path or self.url or ""


class Character(BaseModel):
    """What character.yaml says. `settings` may hold any setting of `dramaturg.settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = Field(alias="schema")
    name: SpeakerName
    name_en: Name
    aliases: tuple[Name, ...] = ()
    work: Name
    language: Language
    categories: tuple[Name, ...] = ()
    script_category: Name
    licence: Name
    cast: tuple[CastMember, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
    greeting: str | None = None
    short_description: str | None = None
    personality_note: str | None = None
    user_name: Name | None = None
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("sources")
    @classmethod
    def _each_once(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        if len({source.name for source in sources}) < len(sources):
            raise ValueError("a source is listed twice")
        return sources

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    @property
    def full_cast(self) -> tuple[CastMember, ...]:
        """The cast with the role itself in it, first. Empty where the user named no cast at all."""
        role = CastMember(name=self.name, aliases=self.aliases)
        return merge_cast((role, *self.cast))

    def licence_of(self, source: Source) -> str:
        return source.licence or self.licence


def load_character(workspace: Workspace) -> Character:
    """The character of a workspace. Raises CharacterError, with file and line, for whatever is wrong in it."""
    path = workspace.raw / "character.yaml"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        known = sorted(found.parent.name for found in workspace.raw.parent.glob("*/character.yaml"))
        raise CharacterError(
            f"there is no {path}; make it (README.md says how)"
            + (f" or take one of: {' '.join(known)}" if known else "")
        ) from None
    except UnicodeDecodeError:
        raise CharacterError(f"{path}: not in UTF-8: save it so") from None
    except OSError as error:
        raise CharacterError(f"{path}: {error.strerror}") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines = _lines(root)
        fields = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CharacterError(f"{path}:{line}: not YAML: {error.problem}{_advice(text, line, error.problem)}") from None
    except yaml.YAMLError as error:
        raise CharacterError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(fields, dict):
        raise CharacterError(f"{path}:1: expected fields such as `name: …`")
    try:
        character = Character.model_validate(fields)
    except ValidationError as error:
        raise CharacterError("; ".join(_complaints(path, lines, error))) from None
    wrong = [
        f"{path}:{lines[('sources', number, 'path')]}: {complaint}"
        for number, source in enumerate(character.sources)
        if source.path is not None and (complaint := _misplaced(workspace.raw, source.path))
    ]
    if wrong:
        raise CharacterError("; ".join(wrong))
    return character


def place_of(workspace: Workspace, *where: str | int) -> str:
    """File and line of a field of character.yaml, which was loaded: `data/raw/holmes/character.yaml:12`."""
    path = workspace.raw / "character.yaml"
    lines = _lines(yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader))
    return f"{path}:{lines[_nearest(lines, where)]}"


def _misplaced(folder: Path, file: str) -> str | None:
    """What is wrong with where a source lies."""
    target = (folder / file).resolve()
    if not target.is_relative_to(folder.resolve()):
        return f"{file} lies outside the character's folder; put it in {folder}"
    return None if target.is_file() else f"there is no file {folder / file}"


_VALUE = re.compile(r"(?P<field>\s*(?:- +)?[\w-]+: +)(?P<value>[^\s\"'\[{|>#][^\n]*?)\s*")


def _advice(text: str, line: int, problem: str | None) -> str:
    """What to do about a line that YAML reads otherwise than a person."""
    lines = text.splitlines()
    written = _VALUE.fullmatch(lines[line - 1]) if 0 < line <= len(lines) else None
    is_alone = written is None or (": " not in written["value"] and written["value"][0] not in "@`%*&!")
    if "'\\t'" in (problem or ""):
        return ": put spaces in place of the tab"
    if problem == "mapping values are not allowed here" and is_alone:
        return ": begin the line below the fields above it, at the same column"
    if written is None or is_alone:
        return ""
    value = written["value"].replace("\\", "\\\\").replace('"', '\\"')
    return f': put the value in quotes: {written["field"].strip()} "{value}"'


_SHAPES = {
    "tuple_type": "expected a list such as [one, two]",
    "model_type": "expected fields such as { path: …, kind: … }",
    "dict_type": "expected fields such as { scene_tokens: 500 }",
    "string_too_short": "is empty",
    "too_short": "is an empty list",
}
_EXAMPLES = {
    "schema": "schema: 1",
    "name": "name: Sherlock Holmes",
    "name_en": "name_en: Sherlock Holmes",
    "work": "work: The title of the novel",
    "language": "language: en",
    "script_category": "script_category: novel",
    "licence": "licence: all rights reserved",
    "sources": "sources: [{ path: novel.txt, kind: novel }]",
    "kind": "kind: novel",
}
_ITEMS: dict[str | int, type[BaseModel]] = {"sources": Source, "cast": CastMember}


def _complaints(path: Path, lines: dict[tuple[str | int, ...], int], error: ValidationError) -> Iterator[str]:
    """Each of pydantic's errors in a line, at the nearest line of the file that stands for it."""
    errors = error.errors()
    missing = {each["loc"] for each in errors if each["type"] == "missing"}
    meant = {each["loc"]: _meant(each["loc"]) for each in errors if each["type"] == "extra_forbidden"}
    said_already = {(*where[:-1], name) for where, name in meant.items()} & missing
    # a list is too short where its only item was wrong
    within = {each["loc"][:depth] for each in errors for depth in range(len(each["loc"]))}
    said_already |= {each["loc"] for each in errors if each["type"] == "too_short"} & within
    for each in errors:
        where = each["loc"]
        if where in said_already:
            continue
        line = lines[_nearest(lines, where)]
        if where in meant:
            fields = f"do you mean {meant[where]}?" if meant[where] else f"there are {', '.join(_fields(where[:-1]))}"
            yield f"{path}:{line}: {_named(where[:-1])}there is no field {where[-1]}; {fields}"
        else:
            yield f"{path}:{line}: {_named(where)}{_what_is_wrong(dict(each))}"


def _what_is_wrong(error: dict[str, Any]) -> str:
    kind, given = error["type"], error["input"]
    example = _EXAMPLES.get(str(error["loc"][-1]) if error["loc"] else "")
    if kind == "missing" or (given is None and example):
        return "is missing" + (f": give it, as in {example}" if example else "")
    if given is None:
        return "is empty: give a value, or leave the field out"
    if kind == "string_type" and not isinstance(given, dict | list):
        return f'YAML does not read {given} as a text: put it in quotes, "…"'
    if kind == "literal_error":
        return f"is {given!r}: give {error['ctx']['expected']}"
    return _SHAPES.get(kind, str(error["msg"]).removeprefix("Value error, "))


def _nearest(lines: Mapping[tuple[str | int, ...], int], where: tuple[str | int, ...]) -> tuple[str | int, ...]:
    while where not in lines:
        where = where[:-1]
    return where


def _fields(where: tuple[str | int, ...]) -> list[str]:
    """The fields that there are at a place."""
    model = _ITEMS.get(where[0], Character) if where else Character
    return [field.alias or name for name, field in model.model_fields.items()]


def _meant(where: tuple[str | int, ...]) -> str | None:
    """The field that one there is none of was meant to be."""
    return next(iter(get_close_matches(str(where[-1]), _fields(where[:-1]), n=1)), None)


def _named(where: tuple[str | int, ...]) -> str:
    """A place in the words of a person, with its colon: `sources, the 1st: kind: `."""
    return "".join(
        f", the {_ordinal(part + 1)}" if isinstance(part, int) else f": {part}" for part in where
    ).removeprefix(": ") + (": " if where else "")


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _lines(node: yaml.Node | None, where: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], int]:
    """The line, from 1, of every field of a YAML document, by its path; () is the document's own.

    Raises yaml.MarkedYAMLError where a mapping names a field twice, of which YAML would keep the last.
    """
    lines = {where: node.start_mark.line + 1 if node else 1}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if (*where, key.value) in lines:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            lines |= _lines(value, (*where, key.value)) | {(*where, key.value): key.start_mark.line + 1}
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines |= _lines(value, (*where, number))
    return lines
