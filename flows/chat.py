"""A talk with the role, by the prompt and the scenes that the dataset's dialogues are made with."""

from collections.abc import Callable, Iterable

from dramaturg.errors import EndpointError, InputError
from dramaturg.generate.questions import user_name
from dramaturg.generate.roleplay import RolePlay, Said
from dramaturg.generate.spoken import spoken
from dramaturg.llm import Answer, open_engine
from dramaturg.scenes import Scene, scenes_up_to
from flows.asking import effort_of
from flows.built import built_profile
from flows.stage import SCENES_FILE, Build, records

__all__ = ["chat"]

_STAGE = "synthesis"


def chat(build: Build, asker: str | None, lines: Iterable[str], tell: Callable[[str], None]) -> None:
    """Answer line after line, each with the talk so far in mind, until there are no more.

    Raises InputError where the character is not built, EndpointError where the model cannot be asked.
    """
    character, settings = build.character, build.settings.for_stage(_STAGE)
    if settings.llm == "off":
        raise InputError("LLM=off: nobody would answer")
    if not (build.workspace.processed / SCENES_FILE).is_file():
        name = build.workspace.character_id
        raise InputError(f"{name} is not built yet: make build-dataset CHAR={name}")
    scenes = scenes_up_to(records(build, SCENES_FILE, Scene), settings.up_to_act)
    role = RolePlay(character, built_profile(build), scenes, effort_of(build, _STAGE).story_tokens)
    who = asker or user_name(character)
    talk: list[Said] = []
    if character.greeting:
        tell(character.greeting)
    with open_engine(settings, build.workspace.store) as engine:
        for line in filter(None, map(str.strip, lines)):
            batch = engine.ask([role.request(who, line, talk)], character.name)
            (outcome,) = batch.outcomes
            if isinstance(outcome, Answer):
                talk.append(Said(line, spoken(outcome.text, character.names)))
                tell(talk[-1].answer)
            elif batch.stopped is not None:
                raise EndpointError(batch.stopped)
            else:
                tell(f"({outcome.reason})")
