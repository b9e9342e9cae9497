"""Relations: who is what to the role, from which scene on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dramaturg.character import Character
from dramaturg.generate.statements import SceneRef
from dramaturg.scenes import Scene
from dramaturg.text import Language, count_tokens, words

__all__ = ["People", "Relation", "merge_relations", "read_relation", "relations_line"]

_FIRST_PERSON = frozenset({"i", "我"})
_TOLD = re.compile(
    r"^\W*(?P<name>[^:：=—–（(\n]{1,60}?)\s*(?:[:：=]|[—–]+|\s-\s|(?P<opens>[（(]))\s*(?P<is>.*?)(?(opens)[)）]?)[\s。.;；]*$"
)
_YOUR = re.compile(r"^(?:是|为)?你的|^(?:is |was )?(?:also )?your\s+(?=\S)", re.IGNORECASE)
_AROUND = " \t\"'“”‘’「」『』*_"
_MOST_TOKENS = 80


@dataclass(frozen=True, slots=True)
class Relation:
    """What somebody is to the role, from scene `since` on, None where nobody says. `runs` is in how many runs of
    scenes a model said so."""

    name: str
    to_role: str
    since: SceneRef | None = None
    runs: int = 0


class People:
    """Whom the role may stand in a relation to: the cast, and who speaks in the script."""

    def __init__(self, character: Character, scenes: Iterable[Scene]) -> None:
        self._role = character.name
        self._names: dict[str, str] = {}
        self._of: dict[str, tuple[str, ...]] = {}
        for member in character.full_cast:
            self._of[member.name] = member.names
        for name in (line.role for scene in scenes for line in scene.utterances if line.is_speech and line.role):
            self._of.setdefault(name, (name,))
        for canonical in self._of:  # a name of one's own goes before another's alias
            self._names[canonical.lower()] = canonical
        for canonical, names in self._of.items():
            for name in names:
                self._names.setdefault(name.lower(), canonical)

    def find(self, name: str) -> str | None:
        """The name that the script has for somebody called `name`; None where it is nobody, or the role."""
        found = None if name.lower() in _FIRST_PERSON else self._names.get(name.lower())
        return None if found == self._role else found

    def is_in(self, name: str, passages: Iterable[str]) -> bool:
        """Whether somebody speaks in the passages, or is named there."""
        return any(
            each in passage for passage in passages for each in self._of[name] if each.lower() not in _FIRST_PERSON
        )


def read_relation(text: str) -> tuple[str, str] | None:
    """A name, and what its bearer is to the role: `name: friend` or `name (friend)`; None where it is neither."""
    told = _TOLD.match(text.strip())
    if told is None:
        return None
    name, to_role = told["name"].strip(_AROUND), _YOUR.sub("", told["is"].strip(_AROUND)).strip(_AROUND)
    return (name, to_role) if name and words(to_role) else None


def merge_relations(found: Iterable[Relation]) -> list[Relation]:
    """The relations, which are in the story's order, each from where it was told first. Told again is what a person was
    said to be before, or what has no word that is not in the last that was said."""
    of_person: dict[str, dict[tuple[str, ...], Relation]] = {}
    for relation in found:
        known = of_person.setdefault(relation.name, {})
        own = tuple(words(relation.to_role))
        last = next(reversed(known), ())
        same = own if own in known else last if set(own) <= set(last) else None
        if same is None:
            known[own] = relation
        else:
            known[same] = replace(known[same], runs=known[same].runs + relation.runs)
    return [relation for known in of_person.values() for relation in known.values()]


def relations_line(relations: Sequence[Relation], language: Language) -> str:
    """The people whom most is told of, each with what they are to the role at first and at last, in a line of at most
    80 tokens; empty where nothing is told."""
    of_person: dict[str, list[Relation]] = {}
    for relation in relations:
        of_person.setdefault(relation.name, []).append(relation)
    ranked = sorted(of_person.items(), key=lambda each: -sum(relation.runs for relation in each[1]))
    told: list[str] = []
    for name, theirs in ranked:
        longer = _line([*told, _told(name, theirs, language)], language)
        if count_tokens(longer) <= _MOST_TOKENS:
            told.append(_told(name, theirs, language))
    return _line(told, language) if told else ""


def _line(told: Sequence[str], language: Language) -> str:
    return f"与他人：{'；'.join(told)}" if language == "zh" else f"Relations: {'; '.join(told)}"


def _told(name: str, relations: Sequence[Relation], language: Language) -> str:
    first, last = relations[0].to_role, relations[-1].to_role
    if language == "zh":
        return f"{name}（{first}）" if first == last else f"{name}（先是{first}，后来是{last}）"
    return f"{name} ({first})" if first == last else f"{name} ({first}, later {last})"
