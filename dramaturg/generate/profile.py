"""The profile: a description that a model writes, and catchphrases that the script bears out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dramaturg.character import Character
from dramaturg.generate.retrieval import story
from dramaturg.llm.parse import read_items
from dramaturg.llm.request import Answer, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene
from dramaturg.text import Language, unwrap, words
from prompts import load_prompt

__all__ = ["STAGE", "Catchphrase", "Profile", "profile_request", "read_profile", "repeated_phrases", "scenes_with"]

STAGE = "profile"

_MOST_TOKENS = 700
_LENGTHS = {"zh": range(3, 13), "en": range(3, 9)}
_LONGEST = {"zh": 16, "en": 10}
_SHOWN = 10
_MARKS = " \t\r\n,.;:!?，。；：！？…—-\"'“”‘’「」『』"


@dataclass(frozen=True, slots=True)
class Catchphrase:
    """Something the role says; `lines` is in how many of its lines."""

    text: str
    lines: int


@dataclass(frozen=True, slots=True)
class Profile:
    """Who the role is. Where no model wrote it (`model` is None) it is what character.yaml says."""

    description: str
    catchphrases: tuple[Catchphrase, ...] = ()
    model: str | None = None
    prompt: str | None = None
    request: str | None = None

    def text(self, language: Language) -> str:
        """The profile as a prompt shows it."""
        if not self.catchphrases:
            return self.description
        said = [phrase.text for phrase in self.catchphrases]
        told = f"口头禅：{'；'.join(said)}" if language == "zh" else f"Catchphrases: {'; '.join(said)}"
        return f"{self.description}\n{told}".strip()


def scenes_with(scenes: Iterable[Scene], role: str) -> list[Scene]:
    """The scenes in which the role speaks."""
    return [scene for scene in scenes if any(line.is_speech and line.role == role for line in scene.utterances)]


def profile_request(character: Character, scenes: Sequence[Scene], budget: int, as_json: bool) -> Request:
    """Asks for the profile, over scenes of the role from all of the work, `budget` tokens of them; half as many where
    that is too long for a model."""
    language = character.language
    prompt = load_prompt(language, "profile")
    own = scenes_with(scenes, character.name)
    between = "、" if language == "zh" else "; "
    shown = _spread(own, budget)
    notes = [note for note in (character.short_description, character.personality_note) if note]
    messages = prompt.render(
        as_json,
        role=character.name,
        aliases=between.join(character.aliases),
        work=character.work,
        notes=" ".join(notes),
        phrases=between.join(phrase.text for phrase in _own_phrases(character, own)[:_SHOWN]),
        script="\n\n".join(story(scene, language) for scene in shown),
    )
    shorter = (lambda: profile_request(character, scenes, budget // 2, as_json)) if shown else None
    return Request(prompt.name, messages, _MOST_TOKENS, schema=prompt.schema() if as_json else None, shorter=shorter)


def read_profile(
    character: Character, scenes: Sequence[Scene], answer: Answer | None
) -> tuple[Profile, list[Rejected], list[Malformed]]:
    """The profile that an answer holds; without one, what character.yaml says.

    Reasons for a catchphrase to go: `not_in_script`, the role never says it; `too_long`, a speech and no phrase.
    """
    fallback = Profile(character.short_description or character.personality_note or "")
    if answer is None:
        return fallback, [], []
    parsed = read_items(answer.text, load_prompt(character.language, "profile").fields, answer.is_cut)
    malformed = [Malformed(answer.key, answer.prompt, piece) for piece in parsed.broken]
    if not parsed.items:
        return fallback, [], malformed
    item = parsed.items[0]
    lines = [line.lower() for line in _lines(scenes, character.name, character.language)]
    kept: list[Catchphrase] = []
    rejected: list[Rejected] = []
    for phrase in item["catchphrases"]:
        plain = " ".join(phrase.split()).strip(_MARKS)
        times = sum(plain.lower() in line for line in lines) if plain else 0
        if len(words(plain)) > _LONGEST[character.language]:
            rejected.append(Rejected(STAGE, "too_long", phrase))
        elif not times:
            rejected.append(Rejected(STAGE, "not_in_script", phrase))
        else:
            kept.append(Catchphrase(plain, times))
    return Profile(item["description"], tuple(kept), answer.model, answer.prompt, answer.key), rejected, malformed


def repeated_phrases(lines: Sequence[str], language: Language) -> list[Catchphrase]:
    """Runs of 3 to 12 characters (English: 3 to 8 words) that stand in more than one line, the most telling first.

    A run that only ever stands within a longer one gives way to it.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        seen = {
            tuple(part[at : at + n])
            for part in _clauses(line)
            for n in _LENGTHS[language]
            for at in range(len(part) - n + 1)
        }
        counts.update(seen)
    found = {run: count for run, count in counts.items() if count > 1}
    inner = {part for run, count in found.items() for part in (run[1:], run[:-1]) if found.get(part) == count}
    ranked = sorted(set(found) - inner, key=lambda run: (-found[run] * len(run), run))
    return [Catchphrase(("" if language == "zh" else " ").join(run), found[run]) for run in ranked]


def _own_phrases(character: Character, scenes: Sequence[Scene]) -> list[Catchphrase]:
    """What the role repeats, but for the names it calls others by."""
    names = {name.lower() for member in character.full_cast for name in member.names}
    phrases = repeated_phrases(_lines(scenes, character.name, character.language), character.language)
    return [phrase for phrase in phrases if phrase.text not in names]


def _clauses(line: str) -> Iterator[list[str]]:
    for mark in _MARKS.strip(" '’-\t\r\n"):
        line = line.replace(mark, "\n")
    yield from (words(part) for part in line.split("\n"))


def _lines(scenes: Iterable[Scene], role: str, language: Language) -> list[str]:
    return [
        unwrap(line.content, language)
        for scene in scenes
        for line in scene.utterances
        if line.is_speech and line.role == role
    ]


def _spread(scenes: Sequence[Scene], budget: int) -> list[Scene]:
    """As many scenes as fit, taken evenly from beginning to end, in order."""
    whole = sum(scene.tokens for scene in scenes)
    step = max(1.0, whole / budget)
    taken: list[Scene] = []
    filled = 0
    place = 0.0
    while round(place) < len(scenes):
        scene = scenes[round(place)]
        if filled + scene.tokens <= budget:
            taken.append(scene)
            filled += scene.tokens
        place += step
    return taken
