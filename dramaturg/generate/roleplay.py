"""The role-play prompt (ChatHaruhi, arXiv 2308.09597): who the role is, scenes that touch what is said, the talk.

A scene is shown as a talk: what is said before each of the role's turns is a user's message, the turn an assistant's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from dramaturg.character import Character
from dramaturg.generate.profile import Profile
from dramaturg.generate.retrieval import Embed, SceneIndex
from dramaturg.llm.request import Request
from dramaturg.scenes import Scene, scenes_with, story_line
from dramaturg.script import Span, Utterance, told_line
from dramaturg.text import count_tokens, join_pieces
from prompts import Message, as_turns, load_prompt

__all__ = ["MEMORY_TOKENS", "NOBODY", "RolePlay", "Said", "as_scene", "remembered"]

MEMORY_TOKENS = 1200  # of the talk so far
NOBODY = "…"
"""What comes before the line that opens a scene."""

_MOST_TOKENS = 300
_INQUIT_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said to the role, and its answer."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class RolePlay:
    """The role, to be talked to. Scenes go into a prompt up to `story_tokens`, the talk so far up to `MEMORY_TOKENS`
    (cl100k)."""

    character: Character
    profile: Profile
    scenes: Sequence[Scene]
    story_tokens: int
    embed: Embed | None = None
    """What makes vectors of texts, where scenes are found by these."""
    _index: SceneIndex = field(init=False)

    def __post_init__(self) -> None:
        own = scenes_with(self.scenes, self.character.name)
        object.__setattr__(self, "_index", SceneIndex(own, self.character.language, self.embed))

    def requests(self, asked: Sequence[tuple[str, str, Sequence[Said]]]) -> list[Request]:
        """`request` of each asker, question and talk."""
        self._index.prepare([question for _, question, _ in asked])
        return [self.request(*each) for each in asked]

    def request(self, asker: str, question: str, talk: Sequence[Said] = ()) -> Request:
        """Asks the role, at temperature 0; where that is too long for a model, with half of the scenes."""
        return self._request(asker, question, talk, self.story_tokens)

    def _request(self, asker: str, question: str, talk: Sequence[Said], budget: int) -> Request:
        character = self.character
        prompt = load_prompt(character.language, "synthesis")
        shown: list[Message] = []
        context: list[Span] = []
        for scene in self._index.best(question, budget):
            turns, span = as_scene(scene, character, budget - _tokens(shown))
            if span is not None:
                shown += turns
                context.append(span)
        messages = prompt.render(
            turns=[*shown, *as_turns((told_line(asker, each.question), each.answer) for each in remembered(talk))],
            role=character.name,
            work=character.work,
            profile=self.profile.text(character.language),
            note=character.personality_note or "",
            asker=asker,
            question=question,
        )
        return Request(
            prompt.name,
            messages,
            _MOST_TOKENS,
            context=tuple(context),
            shorter=(lambda: self._request(asker, question, talk, budget // 2)) if context else None,
        )


def as_scene(scene: Scene, character: Character, budget: int) -> tuple[list[Message], Span | None]:
    """A scene up to the role's last turn that fits, in messages of at most `budget` tokens together, and where they
    stand in the source; None where not even the first turn fits. What only tells that the role speaks is left out."""
    messages: list[Message] = []
    before: list[str] = []
    end = None
    for is_own, group in groupby(_without_inquits(scene, character.name), lambda line: line.is_said_by(character.name)):
        lines = list(group)
        if not is_own:
            before += [story_line(line, character.language) for line in lines]
            continue
        turn = join_pieces((line.content for line in lines), character.language)
        more = as_turns([("\n".join(before) or NOBODY, turn)])
        if _tokens(messages) + _tokens(more) > budget:
            break
        messages, before, end = [*messages, *more], [], lines[-1].end
    return messages, None if end is None else Span(scene.source, scene.utterances[0].start, end)


def _without_inquits(scene: Scene, name: str) -> Iterator[Utterance]:
    """The scene's lines but for a few words told behind one of the role's: said Holmes."""
    is_behind = False
    for line in scene.utterances:
        if is_behind and line.kind == "narration" and count_tokens(line.content) <= _INQUIT_TOKENS:
            continue
        is_behind = line.is_said_by(name)
        yield line


def remembered(talk: Sequence[Said]) -> list[Said]:
    """The newest of what was said, in order, of at most `MEMORY_TOKENS` together."""
    kept: list[Said] = []
    filled = 0
    for each in reversed(talk):
        filled += count_tokens(each.question) + count_tokens(each.answer)
        if filled > MEMORY_TOKENS:
            break
        kept.insert(0, each)
    return kept


def _tokens(messages: Iterable[Message]) -> int:
    return sum(count_tokens(message["content"]) for message in messages)
