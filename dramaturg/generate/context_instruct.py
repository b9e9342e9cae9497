"""Context-Instruct (RoleLLM, arXiv 2310.00746): question, confidence and answer, from the script or from knowledge.

Script-based questions come from segments of the script, their confidence is completeness; script-agnostic ones from
the profile and what the model knows, their confidence is factualness. Where the paper wants a script-based answer to
rely more on common knowledge, here it cites the lines that it rests on, and has to share a content word with them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dramaturg.character import Character
from dramaturg.curate.grounding import shares_content
from dramaturg.generate.citations import cited_lines, numbered_story
from dramaturg.generate.effort import spread
from dramaturg.generate.profile import Profile
from dramaturg.generate.rounds import asked_before
from dramaturg.llm.parse import read_items
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene, half_with, scenes_with, story_line
from dramaturg.script import Span, Utterance
from prompts import Message, Prompt, load_prompt

__all__ = [
    "STAGE",
    "Planned",
    "Triplet",
    "TripletType",
    "plan_agnostic",
    "plan_script_based",
    "questions_by_rank",
    "read_triplets",
    "segments",
]

STAGE = "context_instruct"

TripletType = Literal["script_based", "script_agnostic"]

_CUT_AT_ACT = 300
_CUT_ALWAYS = 700
_TOKENS_AN_ITEM = 220
_MOST_CITED = 8
_TEMPERATURES: Mapping[TripletType, float] = {"script_based": 0.0, "script_agnostic": 0.7}
_PROMPTS: Mapping[TripletType, str] = {
    "script_based": "context_instruct_script",
    "script_agnostic": "context_instruct_agnostic",
}


@dataclass(frozen=True, slots=True)
class Triplet:
    """A question to the role, how sure it is, and the answer; `item` numbers it within the answer to `request`.

    `context` are the passages that the model was shown, `lines` the utterances of them that it says the answer rests
    on, at most 8, in the source's order; none of either where it asked from its own knowledge. `edited` are
    those of the question (0) and the answer (1) that a person has written anew.
    """

    question: str
    confidence: Literal["high", "low"]
    reason: str
    answer: str
    type: TripletType
    model: str
    prompt: str
    request: str
    item: int
    context: tuple[Span, ...]
    lines: tuple[Span, ...] = ()
    edited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A request for triplets. `rank` is its place in an order of which every beginning is spread over the script;
    `lines` are all utterances of its segment, of which a shorter request shows some."""

    request: Request
    type: TripletType
    count: int
    rank: int
    lines: tuple[Utterance, ...] = ()


def segments(scenes: Iterable[Scene]) -> Iterator[list[Scene]]:
    """Runs of scenes: cut where an act ends once over 300 cl100k tokens, always before 700, and between sources."""
    segment: list[Scene] = []
    filled = 0
    for scene in scenes:
        if segment:
            is_other_act = (scene.source, scene.act_id) != (segment[-1].source, segment[-1].act_id)
            is_full = filled + scene.tokens > _CUT_ALWAYS or (is_other_act and filled > _CUT_AT_ACT)
            if is_full or scene.source != segment[-1].source:
                yield segment
                segment, filled = [], 0
        segment.append(scene)
        filled += scene.tokens
    if segment:
        yield segment


def plan_script_based(
    character: Character,
    profile: Profile,
    scenes: Sequence[Scene],
    most: int | None,
    count: int,
    as_json: bool,
    temperature: float | None = None,
) -> list[Planned]:
    """A request for `count` triplets over each segment in which the role speaks, or `most` of them, evenly taken.

    The lines of a segment are numbered from 1 in its own prompt, so that no other segment and no other source changes
    it. What it shows of the script is at most 700 cl100k tokens, or a scene that alone is longer, the numbers in front
    of the lines not counted. Where that is too long for a model it is asked over the first half of the segment's
    scenes, or of the lone scene's lines, in which the role speaks, down to a single line.
    """
    prompt = _prompt(character, "script_based")
    found = [segment for segment in segments(scenes) if scenes_with(segment, character.name)]

    def request(segment: Sequence[Scene]) -> Request:
        messages = prompt.render(
            as_json,
            role=character.name,
            work=character.work,
            profile=profile.text(character.language),
            script=numbered_story(segment, character.language),
            count=count,
        )
        made = _request("script_based", prompt, messages, count, as_json, temperature)
        half = _half(segment, character.name)
        shorter = (lambda: request(half)) if half else None
        return replace(made, context=tuple(scene.span for scene in segment), shorter=shorter)

    ranks = {number: rank for rank, number in enumerate(spread(len(found))[:most])}
    return [
        Planned(request(segment), "script_based", count, ranks[number], _lines(segment))
        for number, segment in enumerate(found)
        if number in ranks
    ]


def plan_agnostic(
    character: Character,
    profile: Profile,
    asked: Sequence[Sequence[str]],
    calls: int,
    count: int,
    as_json: bool,
    temperature: float | None = None,
) -> list[Planned]:
    """`calls` requests for `count` triplets each from the model's knowledge. Each shows the questions of two other
    answers of `asked`, as far as there are, so that it does not change where more is asked than before, or another
    answer is read otherwise."""
    prompt = _prompt(character, "script_agnostic")
    planned = []
    for sample in range(calls):
        shown = asked_before(asked, sample)
        messages = prompt.render(
            as_json,
            role=character.name,
            work=character.work,
            profile=profile.text(character.language),
            asked=shown,
            count=count,
        )
        request = _request("script_agnostic", prompt, messages, count, as_json, temperature, sample)
        planned.append(Planned(request, "script_agnostic", count, sample))
    return planned


def _request(
    kind: TripletType,
    prompt: Prompt,
    messages: tuple[Message, ...],
    count: int,
    as_json: bool,
    temperature: float | None,
    sample: int = 0,
) -> Request:
    heat = _TEMPERATURES[kind] if temperature is None else temperature
    schema = prompt.schema(count) if as_json else None
    return Request(prompt.name, messages, count * _TOKENS_AN_ITEM, heat, schema, sample)


def read_triplets(
    character: Character, planned: Iterable[Planned], outcomes: Iterable[Answer | Failure]
) -> tuple[list[Triplet], list[Rejected], list[Malformed]]:
    """The triplets of the answers.

    Reasons: `over_count`, more than its request asked for; `ungrounded`, script-based but citing no line, or one that
    it was not shown, or sharing no content word with those it cites, the role's own names left out.
    """
    triplets: list[Triplet] = []
    rejected: list[Rejected] = []
    malformed: list[Malformed] = []
    for plan, answer in zip(planned, outcomes, strict=True):
        if not isinstance(answer, Answer):
            continue
        parsed = read_items(answer.text, _prompt(character, plan.type).fields, answer.is_cut)
        malformed += [Malformed(answer.key, answer.prompt, piece) for piece in parsed.broken]
        shown = _shown_lines(plan.lines, answer.context)
        for number, item in enumerate(parsed.items):
            cited = cited_lines(item.pop("lines", ()), shown) or []
            cited = sorted(cited[:_MOST_CITED], key=lambda line: line.start)
            triplet = Triplet(
                **item,
                type=plan.type,
                model=answer.model,
                prompt=answer.prompt,
                request=answer.key,
                item=number,
                context=answer.context,
                lines=tuple(line.span for line in cited),
            )
            if number >= plan.count:
                rejected.append(Rejected(STAGE, "over_count", triplet))
            elif plan.type == "script_based" and not _rests_on(cited, triplet.answer, character):
                rejected.append(Rejected(STAGE, "ungrounded", triplet))
            else:
                triplets.append(triplet)
    return triplets, rejected, malformed


def questions_by_rank(
    planned: Sequence[Planned],
    outcomes: Sequence[Answer | Failure],
    triplets: Iterable[Triplet],
    rejected: Iterable[Rejected] = (),
) -> list[list[str]]:
    """What the triplets of each request ask, by the requests' rank, and what those `rejected` as ungrounded do: they
    were asked too, and what is asked next does not hang on what counts as grounded."""
    ungrounded = [each.record for each in rejected if each.reason == "ungrounded"]
    of_request: defaultdict[str, list[str]] = defaultdict(list)
    for triplet in sorted([*triplets, *ungrounded], key=lambda each: each.item):
        of_request[triplet.request].append(triplet.question)
    ranked = sorted(zip(planned, outcomes, strict=True), key=lambda each: each[0].rank)
    return [of_request[outcome.key] for _, outcome in ranked]


def _half(segment: Sequence[Scene], role: str) -> Sequence[Scene]:
    """The first half of a segment's scenes, or of the lines of its only one, in which the role speaks; nothing where
    it is a single line."""
    if len(segment) == 1:
        half = half_with(segment[0], role)
        return [half] if half else []
    middle = len(segment) // 2
    return next((half for half in (segment[:middle], segment[middle:]) if scenes_with(half, role)), [])


def _lines(segment: Iterable[Scene]) -> tuple[Utterance, ...]:
    return tuple(line for scene in segment for line in scene.utterances)


def _shown_lines(lines: Iterable[Utterance], context: Sequence[Span]) -> list[Utterance]:
    """The lines within the passages that a prompt showed, as it numbers them."""
    return [
        line
        for line in lines
        if any(line.source == span.source and span.start <= line.start and line.end <= span.end for span in context)
    ]


def _rests_on(cited: Sequence[Utterance], answer: str, character: Character) -> bool:
    said = [story_line(line, character.language) for line in cited]
    return shares_content(answer, said, character.language, without=character.names)


def _prompt(character: Character, kind: TripletType) -> Prompt:
    return load_prompt(character.language, _PROMPTS[kind])
