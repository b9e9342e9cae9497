"""Who speaks in a script, how sure that is, where in the story, and to whom."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

__all__ = ["Act", "Speaker", "Talk", "Voices", "count_voices"]

_SPEECH = "speech"
_STEPS = 10


@dataclass(frozen=True, slots=True)
class Speaker:
    """How many lines somebody says (None: nobody knows who), and how sure on average it is that they do."""

    name: str | None
    lines: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Act:
    """How many lines are said in an act of a source, and how many of them by the role."""

    source: str
    act_id: int
    lines: int
    own: int


@dataclass(frozen=True, slots=True)
class Talk:
    """How often `to` is the next to speak after `speaker` in a scene: whom one talks to is taken to be who answers."""

    speaker: str
    to: str
    times: int


@dataclass(frozen=True, slots=True)
class Voices:
    """Of a script: its spoken `lines`, its speakers, the most talkative first, how many lines have a confidence in each
    tenth from 0 to 1, and were given their speaker by which rule, its acts in order, and who talks to whom, most first.
    The last is of the scenes with the role."""

    role: str
    lines: int = 0
    speakers: tuple[Speaker, ...] = ()
    confidence: tuple[int, ...] = (0,) * _STEPS
    methods: Mapping[str, int] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    talks: tuple[Talk, ...] = ()


def count_voices(
    role: str, lines: Iterable[Mapping[str, Any]], scenes: Iterable[Iterable[Mapping[str, Any]]]
) -> Voices:
    """`lines` are rows of the config `script`, `scenes` the `turns` of rows of the config `scenes`. Sources stand
    in the order of their names."""
    said: Counter[str | None] = Counter()
    sure: defaultdict[str | None, float] = defaultdict(float)
    tenths: Counter[int] = Counter()
    methods: Counter[str] = Counter()
    acts: Counter[tuple[str, int]] = Counter()
    own: Counter[tuple[str, int]] = Counter()
    for line in lines:
        act = line["source"], line["act_id"]
        if line["kind"] != _SPEECH:
            continue
        speaker, confidence = line["role"], line["speaker_confidence"]
        said[speaker] += 1
        sure[speaker] += confidence
        tenths[min(int(confidence * _STEPS), _STEPS - 1)] += 1
        methods[line["method"]] += 1
        acts[act] += 1
        own[act] += speaker == role
    talks: Counter[tuple[str, str]] = Counter()
    for turns in scenes:
        speakers = [turn["role"] for turn in turns if turn["kind"] == _SPEECH]
        talks.update((one, other) for one, other in pairwise(speakers) if one and other and one != other)
    return Voices(
        role,
        said.total(),
        tuple(
            Speaker(name, number, sure[name] / number)
            for name, number in sorted(said.items(), key=lambda pair: (-pair[1], pair[0] or ""))
        ),
        tuple(tenths[step] for step in range(_STEPS)),
        dict(sorted(methods.items(), key=lambda pair: (-pair[1], pair[0]))),
        tuple(Act(*act, number, own[act]) for act, number in sorted(acts.items())),
        tuple(Talk(*pair, times) for pair, times in sorted(talks.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
