"""A script cut into scenes that fit a token budget, each with the narration that leads into it.

An act ends a scene, and so does a row of stars. What is still too long is cut before its longest stretch of
narration: there people leave, and time passes. The budget is ChatHaruhi's limit of a story, 500 cl100k tokens.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from dramaturg.errors import SettingsError
from dramaturg.rejected import Rejected
from dramaturg.script import HEADING, Script, Span, Utterance, narrator_name, told_line
from dramaturg.text import Language, count_tokens, unwrap

__all__ = ["STAGE", "Scene", "find_scenes", "half_with", "scenes_up_to", "scenes_with", "story_line"]

STAGE = "scenes"

_BREAK = re.compile(r"[\r\n][^\S\r\n]*[^\w\s“”‘’「」『』\"'…][^\w\r\n]*[\r\n]")
_LINE_BREAK = re.compile(r"[\r\n]")
_LINE_END = re.compile(r"[^\S\r\n]*(?:[\r\n]|$)")
_LEAST_FILLED = 0.5


@dataclass(frozen=True, slots=True)
class Scene:
    """Utterances that belong together. `scene_id` counts within the source; `tokens` are those of the story.

    `continues` where the budget alone parts it from the scene before.
    """

    scene_id: int
    act_id: int
    source: str
    tokens: int
    continues: bool
    utterances: tuple[Utterance, ...]

    @property
    def span(self) -> Span:
        """From its first utterance to its last."""
        return Span(self.source, self.utterances[0].start, self.utterances[-1].end)


def scenes_with(scenes: Iterable[Scene], role: str) -> list[Scene]:
    """The scenes in which the role speaks."""
    return [scene for scene in scenes if any(line.is_said_by(role) for line in scene.utterances)]


def half_with(scene: Scene, role: str) -> Scene | None:
    """The first half of the scene, or the second where the role speaks only there; None of a single line."""
    middle = len(scene.utterances) // 2
    halves = (replace(scene, utterances=lines) for lines in (scene.utterances[:middle], scene.utterances[middle:]))
    return next(iter(scenes_with(halves, role)), None) if middle else None


def scenes_up_to(scenes: Iterable[Scene], last: str | None) -> list[Scene]:
    """The scenes up to an act, such as `12`, or, where there are several sources, `novel.txt:12`: all of the sources
    before that one, none of those after it. All scenes where it is None.

    Raises SettingsError where it does not say which source is meant, or there is none of that name.
    """
    found = list(scenes)
    if last is None or not found:
        return found
    sources = list(dict.fromkeys(scene.source for scene in found))
    source, _, act = last.rpartition(":")
    if not source and len(sources) > 1:
        raise SettingsError(f"UP_TO_ACT={last}: of which source? Say it, as in UP_TO_ACT={sources[0]}:{act}")
    if source and source not in sources:
        raise SettingsError(f"UP_TO_ACT={last}: there is no scene of {source}; there are some of {', '.join(sources)}")
    place = sources.index(source or sources[0])
    return [
        scene
        for scene in found
        if (number := sources.index(scene.source)) < place or (number == place and scene.act_id <= int(act))
    ]


def story_line(utterance: Utterance, language: Language) -> str:
    """An utterance as a line of ChatHaruhi's story text; a thought stands in brackets, narration bare."""
    role = utterance.role if utterance.kind in ("speech", "thought") else narrator_name(language)
    return told_line(role, unwrap(utterance.content, language), utterance.kind)


def find_scenes(script: Script, budget: int) -> tuple[list[Scene], list[Rejected]]:
    """Scenes of at most `budget` tokens, and what is in none of them.

    Reasons: `over_budget`, an utterance too long for any scene; `no_speech`, narration that leads to no
    spoken line. Headings are neither in a scene nor rejected: they are the acts' names.
    """
    scenes: list[Scene] = []
    rejected: list[Rejected] = []
    for stretch in _stretches(script):
        sized = [(line, count_tokens(story_line(line, script.language) + "\n")) for line in stretch]
        rejected += [Rejected(STAGE, "over_budget", line) for line, tokens in sized if tokens > budget]
        follows = -1  # the number of the line that would continue the scene before
        for part in _parts(sized, script.text, budget):
            lines = tuple(line for line, _ in part)
            if any(line.is_speech for line in lines):
                tokens = sum(tokens for _, tokens in part)
                continues = lines[0].diag_id == follows
                scenes.append(Scene(len(scenes), lines[0].act_id, script.source, tokens, continues, lines))
                follows = lines[-1].diag_id + 1
            else:
                rejected += [Rejected(STAGE, "no_speech", line) for line in lines]
    return scenes, rejected


def _stretches(script: Script) -> Iterator[list[Utterance]]:
    """Runs of utterances within one act, without a row of stars between them."""
    stretch: list[Utterance] = []
    for line in script.utterances:
        if stretch and (line.act_id != stretch[-1].act_id or _BREAK.search(script.text, stretch[-1].end, line.start)):
            yield stretch
            stretch = []
        if line.method != HEADING:
            stretch.append(line)
    if stretch:
        yield stretch


_Sized = tuple[Utterance, int]


def _parts(sized: Iterable[_Sized], text: str, budget: int) -> Iterator[list[_Sized]]:
    part: list[_Sized] = []
    filled = 0
    for line, tokens in sized:
        if tokens > budget:  # what stands on either side of a line left out is no longer consecutive
            if part:
                yield part
            part, filled = [], 0
            continue
        while filled + tokens > budget:
            cut = _best_cut([*part, (line, tokens)], text, budget)
            yield part[:cut]
            part = part[cut:]
            filled = sum(size for _, size in part)
        part.append((line, tokens))
        filled += tokens
    if part:
        yield part


def _best_cut(part: Sequence[_Sized], text: str, budget: int) -> int:
    """Where to cut: before the most paragraphs of mere narration, the scene at least half full; else at its end."""
    lines = [line for line, _ in part]
    opens = [True, *(_LINE_BREAK.search(text, one.end, other.start) is not None for one, other in pairwise(lines))]
    is_told = [
        line.kind == "narration" and begins and _LINE_END.match(text, line.end) is not None
        for line, begins in zip(lines, opens, strict=True)
    ]
    best, most = len(part) - 1, 0
    filled = 0
    for number in range(1, len(part)):
        filled += part[number - 1][1]
        if filled < _LEAST_FILLED * budget or not opens[number] or is_told[number - 1]:
            continue
        told = sum(part[each][1] for each in takewhile(lambda each: is_told[each], range(number, len(part))))
        if told >= most:
            best, most = number, told
    return best
