"""The profile: who the role is, written from what the whole script shows of it, every sentence with its scenes.

First each run of the role's scenes is asked about; then, where a prompt has no room for all that came of it, this is
merged group by group; at last the description is written from the statements that are left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dramaturg.character import Character
from dramaturg.generate.catchphrases import Catchphrase, PhraseBook
from dramaturg.generate.condense import has_room, numbered, plan_groups, read_groups, rest_on, spans_of
from dramaturg.generate.effort import evenly
from dramaturg.generate.evidence import STAGE, is_cited, plan_runs, read_runs
from dramaturg.generate.relations import People, Relation, merge_relations, relations_line
from dramaturg.generate.rounds import Outcomes, Round, Rounds, are_settled
from dramaturg.generate.statements import SceneRef, Statement, cited_sentences
from dramaturg.llm.parse import has_items, read_items
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene, scenes_with
from dramaturg.script import Span
from dramaturg.text import Language
from prompts import load_prompt

__all__ = [
    "STAGE",
    "Profile",
    "Written",
    "given_profile",
    "profile_rounds",
    "read_profile",
]

_MOST_TOKENS = 900
_PROPOSED_SHOWN, _PHRASES_SHOWN, _PHRASES_KEPT = 6, 10, 5
_STATEMENTS_JOINED = 8

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Profile:
    """Who the role is. Where no model wrote it (`model` is None) it is what character.yaml says.

    `statements` are the description's sentences with the scenes that each rests on; where the model said of none, what
    it wrote them from. `edited` names what a person wrote in its stead.
    """

    description: str
    catchphrases: tuple[Catchphrase, ...] = ()
    model: str | None = None
    prompt: str | None = None
    request: str | None = None
    statements: tuple[Statement, ...] = ()
    relations: tuple[Relation, ...] = ()
    edited: tuple[str, ...] = ()

    def text(self, language: Language) -> str:
        """The profile as a prompt shows it."""
        said = ("；" if language == "zh" else "; ").join(phrase.text for phrase in self.catchphrases)
        told = f"口头禅：{said}" if language == "zh" else f"Catchphrases: {said}"
        lines = (self.description, told if said else "", relations_line(self.relations, language))
        return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class Written:
    """What came of all rounds, and what was dropped on the way. `counts` has the runs of scenes, the statements and
    relations that they gave, the catchphrases, and 1 for `uncited`, where the description cites nothing or no
    statement did, or for `joined`, where nobody wrote one and some of the statements stand for it."""

    profile: Profile
    rejected: list[Rejected]
    malformed: list[Malformed]
    counts: dict[str, int]

    def take(self, read: tuple[_Read, list[Rejected], list[Malformed]]) -> _Read:
        """What was read of answers, the rest put to what was dropped."""
        self.rejected.extend(read[1])
        self.malformed.extend(read[2])
        return read[0]


def given_profile(character: Character) -> Profile:
    """What character.yaml says of the role."""
    return Profile(character.short_description or character.personality_note or "")


def profile_rounds(
    character: Character, scenes: Sequence[Scene], budget: int, most: int | None, as_json: bool
) -> Rounds[Written]:
    """The profile over `most` runs of the role's scenes at most, `budget` cl100k tokens of script or of statements in a
    prompt.

    Where not all of a round is answered, or the last answer cannot be read, it is what character.yaml says. Reasons for
    what is dropped: those of `read_runs`, `read_groups`, `read_profile`, and `PhraseBook.look_up`.
    """
    own = scenes_with(scenes, character.name)
    runs = plan_runs(character, own, budget, most, as_json)
    made = Written(given_profile(character), [], [], {})
    if not runs:
        return made
    asked = [run.request for run in runs]
    outcomes = yield Round("scenes of the role", asked, lambda answer: is_cited(answer, character.language))
    if not are_settled(outcomes):
        return made
    evidence = made.take(read_runs(character, People(character, scenes), runs, outcomes, budget))
    relations = merge_relations(evidence.relations)
    made.counts.update(runs=len(runs), statements=len(evidence.statements), relations=len(relations))
    statements: Sequence[Statement] = evidence.statements
    spans = {SceneRef(scene.source, scene.scene_id): scene.span for scene in own}
    while not has_room(statements, budget):
        groups = plan_groups(character, statements, spans, budget, as_json)
        asked = [group.request for group in groups if group.request is not None]
        outcomes = yield Round("statements", asked, has_items(load_prompt(character.language, "profile_merge").fields))
        if not are_settled(outcomes):
            return made
        statements = made.take(read_groups(character, groups, outcomes, budget))
    if not statements:
        return made
    book = PhraseBook(character, own)
    proposed, dropped = book.look_up(evidence.phrases, STAGE)
    proposed.sort(key=lambda phrase: -phrase.lines)
    made.rejected.extend(dropped)
    shown = dict(enumerate(statements, 1))
    request = _request(character, shown, _to_choose_from(proposed, book), spans, as_json)
    last = yield Round("profile", [request], has_items(load_prompt(character.language, "profile").fields))
    if not are_settled(last):
        return made
    profile = made.take(read_profile(character, last[0], shown, proposed, book))
    if profile is None:
        profile = _joined(character, statements, proposed, outcomes)
    is_whole = profile.request is not None
    made.counts.update(
        catchphrases=len(profile.catchphrases),
        uncited=int(not evidence.is_cited or _in_a_row(profile.statements, character) != profile.description),
        joined=int(not is_whole),
    )
    return replace(made, profile=replace(profile, relations=tuple(relations)))


def read_profile(
    character: Character,
    answer: Answer | Failure,
    shown: Mapping[int, Statement],
    proposed: Sequence[Catchphrase],
    book: PhraseBook,
) -> tuple[Profile | None, list[Rejected], list[Malformed]]:
    """The profile that the last answer holds, None where it cannot be read. `shown` are the statements by number,
    `proposed` the phrases that were found before.

    Reasons: `ungrounded`, a sentence that cites no statement, where others do; `over_count`, a sixth catchphrase;
    `within_another`, one that is a part of another; `not_chosen`, a proposed one that the answer has not, and those of
    `PhraseBook.look_up`. Where it has none, those are kept that were proposed and said more than once.
    """
    if not isinstance(answer, Answer):
        return None, [], []
    parsed = read_items(answer.text, load_prompt(character.language, "profile").fields, answer.is_cut)
    malformed = [Malformed(answer.key, answer.prompt, piece) for piece in parsed.broken]
    sentences = cited_sentences(parsed.items[0]["description"]) if parsed.items else []
    if not sentences:
        return None, [], malformed
    written = [
        Statement(text, rest_on(shown[number] for number in numbers if number in shown))
        for text, numbers in sentences
        if any(number in shown for number in numbers)
    ]
    rejected = [
        Rejected(STAGE, "ungrounded", text)
        for text, numbers in sentences
        if written and not any(number in shown for number in numbers)
    ]
    description = _in_a_row(written or [Statement(text, ()) for text, _ in sentences], character)
    found, dropped = book.look_up(parsed.items[0]["catchphrases"], STAGE)
    chosen = [each for each in found if not any(each.text in other.text for other in found if other is not each)]
    dropped += [Rejected(STAGE, "within_another", each.text) for each in found if each not in chosen]
    kept = (chosen or [phrase for phrase in proposed if phrase.lines > 1])[:_PHRASES_KEPT]
    rejected += [*dropped, *(Rejected(STAGE, "over_count", phrase.text) for phrase in chosen[_PHRASES_KEPT:])]
    known = {phrase.text.lower() for phrase in (*kept, *found)}
    rejected += [Rejected(STAGE, "not_chosen", each.text) for each in proposed if each.text.lower() not in known]
    statements = tuple(written or shown.values())
    made = Profile(description, tuple(kept), answer.model, answer.prompt, answer.key, statements)
    return made, rejected, malformed


def _request(
    character: Character,
    shown: Mapping[int, Statement],
    phrases: Sequence[str],
    spans: Mapping[SceneRef, Span],
    as_json: bool,
) -> Request:
    """Asks for the profile; of every other statement where all are too many for a model."""
    language = character.language
    prompt = load_prompt(language, "profile")
    between = "、" if language == "zh" else "; "
    notes = [note for note in (character.short_description, character.personality_note) if note]
    messages = prompt.render(
        as_json,
        role=character.name,
        aliases=between.join(character.aliases),
        work=character.work,
        notes=" ".join(notes),
        phrases=between.join(phrases),
        statements=numbered(shown),
    )
    half = dict(list(shown.items())[::2])
    return Request(
        prompt.name,
        messages,
        _MOST_TOKENS,
        schema=prompt.schema() if as_json else None,
        context=spans_of(shown.values(), spans),
        shorter=(lambda: _request(character, half, phrases, spans, as_json)) if len(shown) > 1 else None,
    )


def _to_choose_from(proposed: Sequence[Catchphrase], book: PhraseBook) -> list[str]:
    """Phrases for the last answer to choose from: those taken for catchphrases before, and what the role repeats."""
    texts = [phrase.text for phrase in proposed[:_PROPOSED_SHOWN]]
    known = {text.lower() for text in texts}
    return (texts + [text for text in book.repeated() if text.lower() not in known])[:_PHRASES_SHOWN]


def _joined(
    character: Character, statements: Sequence[Statement], proposed: Sequence[Catchphrase], outcomes: Outcomes
) -> Profile:
    """Some of the statements, where nobody made a description of them."""
    some = tuple(evenly(statements, _STATEMENTS_JOINED))
    said = tuple(phrase for phrase in proposed if phrase.lines > 1)[:_PHRASES_KEPT]
    answer = next((each for each in outcomes if isinstance(each, Answer)), None)
    model, prompt = (None, None) if answer is None else (answer.model, answer.prompt)
    return Profile(_in_a_row(some, character), said, model, prompt, None, some)


def _in_a_row(statements: Iterable[Statement], character: Character) -> str:
    return ("" if character.language == "zh" else " ").join(statement.text for statement in statements)
