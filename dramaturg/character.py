"""character.yaml: the role to build, and the sources it is built from."""

from pathlib import Path, PurePosixPath
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dramaturg.cast import CastMember, Name, SpeakerName, merge_cast
from dramaturg.errors import CharacterError
from dramaturg.text import Language
from dramaturg.workspace import Workspace

__all__ = ["Character", "Source", "SourceKind", "load_character"]

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
        raise CharacterError(f"{path}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise CharacterError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(fields, dict):
        raise CharacterError(f"{path}:1: expected fields such as `name: …`")
    try:
        character = Character.model_validate(fields)
    except ValidationError as error:
        # a list is too short where its only item was wrong: that is said already
        told = [each for each in error.errors() if each["type"] != "too_short"] or error.errors()
        raise CharacterError("; ".join(_complaint(path, lines, dict(each)) for each in told)) from None
    for number, source in enumerate(character.sources):
        if source.path is not None:
            _check_file(path, lines[("sources", number, "path")], workspace.raw, source.path)
    return character


def _check_file(path: Path, line: int, folder: Path, file: str) -> None:
    target = (folder / file).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise CharacterError(f"{path}:{line}: {file} lies outside the character's folder; put it in {folder}")
    if not target.is_file():
        raise CharacterError(f"{path}:{line}: there is no file {folder / file}")


_SHAPES = {"tuple_type": "a list such as [one, two]", "model_type": "fields such as { path: …, kind: … }"}


def _complaint(path: Path, lines: dict[tuple[str | int, ...], int], error: dict[str, Any]) -> str:
    """One line for one of pydantic's errors, at the nearest line of the file that stands for it."""
    where = tuple(error["loc"])
    near = where
    while near not in lines:
        near = near[:-1]
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "there is no such field"
    elif error["type"] in _SHAPES:
        message = f"expected {_SHAPES[error['type']]}"
    return f"{path}:{lines[near]}: {'.'.join(map(str, where))}: {message}"


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
