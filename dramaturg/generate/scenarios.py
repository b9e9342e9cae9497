"""Scenarios: when and where a scene is played, what led to it, what each who speaks in it wants.

CoSER's idea (arXiv 2502.09082): a model writes them beside the lines of the scene, which stay as they are.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dramaturg.character import Character
from dramaturg.curate.rules import is_in_language
from dramaturg.generate.effort import spread
from dramaturg.generate.retrieval import story
from dramaturg.llm.parse import read_items
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene, half_with, scenes_with, story_line
from dramaturg.script import Span, Utterance
from dramaturg.text import Language, count_tokens, unwrap, words
from prompts import load_prompt

__all__ = ["STAGE", "Motive", "Planned", "Scenario", "conversations", "plan_scenarios", "read_scenarios", "speakers"]

STAGE = "scenarios"

_MOST_TOKENS = 700
_BUDGET = 1500  # cl100k tokens of scenes in a prompt
_BEFORE = 300  # of these, for the end of the scene before
_SAME_WORDS: dict[Language, int] = {"zh": 12, "en": 8}  # in a row: the text was copied
_BETWEEN: dict[Language, str] = {"zh": "、", "en": ", "}
_MOTIVE = re.compile(r"(?P<name>[^:：\n]{1,60}?)[\s*_\"“”「」]*[:：][\s*_]*(?P<wants>.+)", re.DOTALL)
_UNKNOWN = re.compile(r"(?:不详|未知|不明|unknown)(?:\s*[(（].*[)）])?[.。]?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Motive:
    """What somebody who speaks in a scene wants in it."""

    name: str
    wants: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a model says of a scene; `time` and `place` are None where it cannot tell.

    `context` are the passages that it was shown: the end of the scene before, where there is one, and the scene.
    """

    source: str
    act_id: int
    scene_id: int
    time: str | None
    place: str | None
    situation: str
    motives: tuple[Motive, ...]
    model: str
    prompt: str
    request: str
    context: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """A scene with the request that asks for its scenario."""

    request: Request
    scene: Scene


def speakers(scene: Scene) -> list[str]:
    """Who is known to speak in a scene, in the order in which they first do."""
    return list(dict.fromkeys(line.role for line in scene.utterances if line.is_speech and line.role is not None))


def conversations(scenes: Iterable[Scene], role: str) -> list[Scene]:
    """The scenes in which the role speaks, and somebody else who is known."""
    return [scene for scene in scenes_with(scenes, role) if len(speakers(scene)) > 1]


def plan_scenarios(character: Character, scenes: Sequence[Scene], most: int | None, as_json: bool) -> list[Planned]:
    """A request for each conversation, or `most` of them, in an order of which every beginning is spread over the work.

    It shows at most 1500 cl100k tokens: the scene, and where there is room the last lines of the one before. Of a
    scene that is longer, or too long for a model, it shows the half in which the role first speaks; one of which not
    a single line of the role fits is not asked about.
    """
    language = character.language
    prompt = load_prompt(language, "scenarios")
    followed = {(scene.source, scene.scene_id + 1): scene for scene in scenes}

    def request(scene: Scene, before: Scene | None) -> Request:
        messages = prompt.render(
            as_json,
            role=character.name,
            work=character.work,
            speakers=_BETWEEN[language].join(speakers(scene)),
            before=story(before, language) if before else "",
            scene=story(scene, language),
        )
        rest = scene if before else half_with(scene, character.name)
        return Request(
            prompt.name,
            messages,
            _MOST_TOKENS,
            schema=prompt.schema() if as_json else None,
            context=tuple(part.span for part in (before, scene) if part),
            shorter=(lambda: request(rest, None)) if rest else None,
        )

    planned = []
    found = conversations(scenes, character.name)
    for scene in (found[number] for number in spread(len(found))[:most]):
        shown = _within(scene, character.name, language)
        if shown is not None:
            room = min(_BEFORE, _BUDGET - _size(shown.utterances, language))
            before = _end(followed.get((scene.source, scene.scene_id)), room, language)
            planned.append(Planned(request(shown, before), scene))
    return planned


def read_scenarios(
    character: Character, planned: Iterable[Planned], outcomes: Iterable[Answer | Failure]
) -> tuple[list[Scenario], list[Rejected], list[Malformed]]:
    """The scenarios of the answers, at most one each.

    Reasons for one to go: `over_count`, not the answer's first; `wrong_language`; `prompt_echo`, it repeats the
    prompt's example; `gives_away`, its situation has 12 Chinese characters or 8 words in a row of a line that is
    spoken in the scene; `no_motive`, none is the role's. Reasons for a motive of one that is kept, of which the
    record has no other: `not_in_scene`, whose it is does not speak there; `named_twice`.
    """
    fields = load_prompt(character.language, "scenarios").fields
    echoes = _Echoes(character.language)
    names = {name.lower(): member.name for member in character.full_cast for name in member.names}
    kept: list[Scenario] = []
    rejected: list[Rejected] = []
    malformed: list[Malformed] = []
    for plan, answer in zip(planned, outcomes, strict=True):
        if not isinstance(answer, Answer):
            continue
        parsed = read_items(answer.text, fields, answer.is_cut)
        malformed += [Malformed(answer.key, answer.prompt, piece) for piece in parsed.broken]
        there = {name.lower(): name for name in speakers(plan.scene)}
        for number, item in enumerate(parsed.items):
            scenario = _scenario(item, plan.scene, answer, character.language, names | there)
            own, others = _sorted_out(scenario.motives, set(there.values()))
            if number:
                reason: str | None = "over_count"
            else:
                reason = echoes.fault(scenario, plan.scene)
                if reason is None and all(motive.name != character.name for motive in own):
                    reason = "no_motive"
            if reason:
                rejected.append(Rejected(STAGE, reason, scenario))
            else:
                kept.append(replace(scenario, motives=tuple(own)))
                rejected += (Rejected(STAGE, why, replace(scenario, motives=(motive,))) for why, motive in others)
    return kept, rejected, malformed


# --- what is shown --------------------------------------------------------------------------------------------


def _size(lines: Iterable[Utterance], language: Language) -> int:
    return sum(count_tokens(story_line(line, language) + "\n") for line in lines)


def _within(scene: Scene, role: str, language: Language) -> Scene | None:
    """As much of the scene as may be shown; None where that is nothing."""
    shown: Scene | None = scene
    while shown is not None and _size(shown.utterances, language) > _BUDGET:
        shown = half_with(shown, role)
    return shown


def _end(scene: Scene | None, room: int, language: Language) -> Scene | None:
    """As many of the scene's last lines as fit; None where nobody speaks in them."""
    taken: list[Utterance] = []
    for line in reversed(scene.utterances if scene else ()):
        room -= _size([line], language)
        if room < 0:
            break
        taken.insert(0, line)
    spoken = any(line.is_speech for line in taken)
    return replace(scene, utterances=tuple(taken)) if scene and spoken else None


# --- what is read ---------------------------------------------------------------------------------------------


def _scenario(
    item: dict[str, Any], scene: Scene, answer: Answer, language: Language, names: dict[str, str]
) -> Scenario:
    time, place, situation = (unwrap(item[name], language) for name in ("time", "place", "situation"))
    motives = (_motive(unwrap(text, language), names) for text in _whole(item["motives"], answer.text))
    return Scenario(
        scene.source,
        scene.act_id,
        scene.scene_id,
        None if _UNKNOWN.fullmatch(time) else time,
        None if _UNKNOWN.fullmatch(place) else place,
        situation,
        tuple(motives),
        answer.model,
        answer.prompt,
        answer.key,
        answer.context,
    )


def _whole(texts: Iterable[str], said: str) -> Iterator[str]:
    """The motives as they stand in an answer, of which a labelled block was parted at commas too: what does not begin
    with a name, and stands right behind another, belongs to it."""
    whole = ""
    for text in texts:
        between = None
        if whole and not _MOTIVE.match(text):
            between = re.search(rf"{re.escape(whole)}(\s*[,，、;；]\s*){re.escape(text)}", said)
        if between:
            whole += between[1] + text
        else:
            if whole:
                yield whole
            whole = text
    if whole:
        yield whole


def _motive(text: str, names: dict[str, str]) -> Motive:
    """Who wants what; nobody, "", where the text does not say who."""
    found = _MOTIVE.fullmatch(text)
    if found is None:
        return Motive("", text)
    name = found["name"].strip(' *_"“”「」')
    return Motive(names.get(name.lower(), name), found["wants"].strip())


def _sorted_out(motives: Iterable[Motive], there: set[str]) -> tuple[list[Motive], list[tuple[str, Motive]]]:
    """The motives of those who are there, one each, and the others, each with the reason."""
    own: dict[str, Motive] = {}
    others: list[tuple[str, Motive]] = []
    for motive in motives:
        if motive.name not in there:
            others.append(("not_in_scene", motive))
        elif motive.name in own:
            others.append(("named_twice", motive))
        else:
            own[motive.name] = motive
    return list(own.values()), others


class _Echoes:
    """What a scenario must not repeat: the prompt's example, and what is said in the scene."""

    def __init__(self, language: Language) -> None:
        prompt = load_prompt(language, "scenarios")
        self._language = language
        self._invented = prompt.invented
        self._shown = {
            run
            for example in prompt.examples
            for text in (*(example[name] for name in ("time", "place", "situation")), *example["motives"])
            for run in self._runs(text)
        }

    def fault(self, scenario: Scenario, scene: Scene) -> str | None:
        """`wrong_language`, `prompt_echo` or `gives_away`; None where it is none of these."""
        wants = [motive.wants for motive in scenario.motives]
        told = [text for text in (scenario.time, scenario.place) if text and any(map(str.isalpha, text))]
        texts = [*told, scenario.situation, *wants]
        if not all(is_in_language(text, self._language) for text in texts):
            return "wrong_language"
        texts += [motive.name for motive in scenario.motives]
        if any(name in text for name in self._invented for text in texts) or any(
            self._shown & self._runs(text) for text in texts
        ):
            return "prompt_echo"
        situation = self._runs(scenario.situation)
        if any(situation & self._runs(line.content) for line in scene.utterances if line.is_speech):
            return "gives_away"
        return None

    def _runs(self, text: str) -> set[tuple[str, ...]]:
        own, length = words(text), _SAME_WORDS[self._language]
        return {tuple(own[at : at + length]) for at in range(len(own) - length + 1)}
