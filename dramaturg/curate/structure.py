"""What a dialogue must not be: rules over who says its turns, not over what is said."""

import re
from collections.abc import Sequence
from itertools import pairwise

from dramaturg.script import NARRATORS
from dramaturg.text import Language, words

__all__ = ["talk_faults"]

_NOBODY_EN = frozenset(
    "narration scene setting voiceover caption system background context environment chapter title".split()
) | {*NARRATORS, "voice over", "stage direction", "stage directions"}
_NOBODY_ZH = frozenset("叙述者 叙述 叙事者 叙事 画外音 解说 解说员 场景 场记 舞台提示 系统 字幕 背景 环境 动作".split())
_NOBODY: dict[Language, frozenset[str]] = {
    "en": frozenset(" ".join(words(name)) for name in _NOBODY_EN),
    "zh": frozenset(" ".join(words(name)) for name in _NOBODY_EN | _NOBODY_ZH),  # which may name them in English
}
"""What they are called who say nothing that can be answered."""
_NUMBERED = re.compile(r" ?\d+$")


def talk_faults(
    turns: Sequence[tuple[str, str]], agent: str | None, target: str | None, language: Language
) -> list[str]:
    """The rules that a dialogue breaks, in order; its turns are (who says it, what).

    `agent` is the one who answers in it, `target` the one whom the dataset is of; None where it is not told.

    - `agent_not_target`: they are not the same, as in 1,133 rows of ChatHaruhi-54K
    - `empty_role`: a turn is nobody's, as in 1,219
    - `empty_turn`: a turn has no word in it
    - `narrator_as_user`: a turn that is not the agent's is the narrator's, a scene's, the system's, as in 4,119
    - `same_speaker_twice`: two turns on end are of one speaker, as in 433

    All measured in FACTS.md; ChatHaruhi is arXiv 2308.09597.
    """
    speakers = [_called(speaker) for speaker, _ in turns]
    own = _called(agent or "")
    found = {
        "agent_not_target": agent is not None and target is not None and own != _called(target),
        "empty_role": "" in speakers,
        "empty_turn": not turns or any(not words(text) for _, text in turns),
        "narrator_as_user": any(_is_nobody(speaker, language) for speaker in speakers if speaker != own),
        "same_speaker_twice": any(one and one == other for one, other in pairwise(speakers)),
    }
    return [name for name, is_broken in found.items() if is_broken]


def _called(name: str) -> str:
    """A name without the quotes, blanks and capitals that one dataset writes and another does not."""
    return " ".join(words(name))


def _is_nobody(speaker: str, language: Language) -> bool:
    return _NUMBERED.sub("", speaker) in _NOBODY[language]
