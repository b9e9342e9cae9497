"""What the script shows of the role, one run of scenes after the other: statements, relations and phrases, each held
against the scenes that it is said to rest on."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from dramaturg.character import Character
from dramaturg.curate.grounding import shares_content
from dramaturg.curate.rules import is_in_language
from dramaturg.generate.effort import spread
from dramaturg.generate.relations import People, Relation, read_relation
from dramaturg.generate.statements import SceneRef, Statement, cited_sentences, take_citations
from dramaturg.llm.parse import Item, read_items
from dramaturg.llm.request import Answer, Failure, Request
from dramaturg.rejected import Malformed, Rejected
from dramaturg.scenes import Scene, story_line
from dramaturg.script import Span, Utterance
from dramaturg.text import Language, count_tokens, words
from prompts import Field, load_prompt

__all__ = ["STAGE", "Evidence", "Passage", "Run", "is_cited", "plan_runs", "read_runs", "statement_fault"]

STAGE = "profile"

_PROMPT = "profile_scenes"
_MOST_TOKENS = 900
_MOST_OF_A_STATEMENT = 120
_MOST_OF_A_RELATION: dict[Language, int] = {"zh": 20, "en": 14}
_YOU = {"zh": re.compile("[你您]"), "en": re.compile(r"\byou(?:r|rs|rself)?\b", re.IGNORECASE)}
_QUOTED = re.compile('“[^”]*|「[^」]*|『[^』]*|(?<!\\w)‘[^’]*|"[^"]*"?')
"""What is said in a text, to its end where nothing closes it."""
_BETWEEN = re.compile(r"[;；\n]")
_NONE = frozenset({"", "无", "没有", "none", "n/a", "…"})


@dataclass(frozen=True, slots=True)
class Passage:
    """A scene as a prompt shows it, or a part of one that is too long for it."""

    scene: SceneRef
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Run:
    """A request over passages, which it shows numbered from 1 on."""

    request: Request
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the runs gave, in the story's order; `phrases` as the model wrote them.

    `is_cited` is False where no statement of any run told its scene: then they stand without.
    """

    statements: tuple[Statement, ...]
    relations: tuple[Relation, ...]
    phrases: tuple[str, ...]
    is_cited: bool = True


def plan_runs(character: Character, scenes: Iterable[Scene], budget: int, most: int | None, as_json: bool) -> list[Run]:
    """A request over each run of the scenes, which are the role's, of at most `budget` cl100k tokens and of one source;
    or over `most` runs, evenly taken from each source, so that more are the same ones and others. Where one is too long
    for a model it is asked over the first half."""
    language = character.language
    prompt = load_prompt(language, _PROMPT)

    def request(shown: Sequence[tuple[int, Passage]]) -> Request:
        messages = prompt.render(
            as_json,
            role=character.name,
            aliases=("、" if language == "zh" else "; ").join(character.aliases),
            work=character.work,
            script="\n\n".join(_numbered(number, passage.text) for number, passage in shown),
        )
        return Request(
            prompt.name,
            messages,
            _MOST_TOKENS,
            schema=prompt.schema() if as_json else None,
            context=tuple(passage.span for _, passage in shown),
            shorter=(lambda: request(shown[: len(shown) // 2])) if len(shown) > 1 else None,
        )

    of_source = [list(_runs(own, language, budget)) for _, own in groupby(scenes, key=lambda scene: scene.source)]
    return [Run(request(list(enumerate(run, 1))), run) for run in _chosen(of_source, most)]


def _numbered(number: int, text: str) -> str:
    return f"[{number}]\n{text}"


def _size(text: str) -> int:
    return count_tokens(_numbered(1000, text) + "\n\n")


def _runs(scenes: Iterable[Scene], language: Language, budget: int) -> Iterator[tuple[Passage, ...]]:
    run: list[Passage] = []
    filled = 0
    for passage in (passage for scene in scenes for passage in _passages(scene, language, budget)):
        size = _size(passage.text)
        if run and filled + size > budget:
            yield tuple(run)
            run, filled = [], 0
        run.append(passage)
        filled += size
    if run:
        yield tuple(run)


def _passages(scene: Scene, language: Language, budget: int) -> Iterator[Passage]:
    """The scene, in parts where it alone is over the budget; a line that is, is cut."""
    room = budget - _size("")
    part: list[tuple[Utterance, str]] = []
    filled = 0
    for line in scene.utterances:
        text = _cut(story_line(line, language), room)
        size = count_tokens(text + "\n")
        if part and filled + size > room:
            yield _passage(scene, part)
            part, filled = [], 0
        part.append((line, text))
        filled += size
    yield _passage(scene, part)


def _passage(scene: Scene, part: Sequence[tuple[Utterance, str]]) -> Passage:
    span = Span(scene.source, part[0][0].start, part[-1][0].end)
    return Passage(SceneRef(scene.source, scene.scene_id), span, "\n".join(text for _, text in part))


def _cut(text: str, room: int) -> str:
    """The beginning of a line that has room in so many tokens, with its line break."""
    if count_tokens(text + "\n") <= room:
        return text
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        if count_tokens(text[:middle] + "…\n") <= room:
            least = middle
        else:
            most = middle - 1
    return text[:least] + "…"


def _chosen(of_source: Sequence[Sequence[tuple[Passage, ...]]], most: int | None) -> list[tuple[Passage, ...]]:
    """`most` of the sources' runs, in order: of each source first one, then of the longer ones more. Those of a source
    keep their turn among each other whichever other sources there are."""
    turns = {place: turn for turn, place in enumerate(spread(len(of_source)))}
    ranked = sorted(
        (turn / len(runs), turns[place], place, number)
        for place, runs in enumerate(of_source)
        for turn, number in enumerate(spread(len(runs)))
    )
    return [of_source[place][number] for place, number in sorted(each[2:] for each in ranked[:most])]


# --- answers ------------------------------------------------------------------------------------------------


def read_runs(
    character: Character, people: People, runs: Iterable[Run], outcomes: Iterable[Answer | Failure], budget: int
) -> tuple[Evidence, list[Rejected], list[Malformed]]:
    """What the answers say of the role. A statement said twice is one, resting on the scenes of both.

    Reasons for a statement to go are those of `statement_fault`, and `ungrounded`, it cites no scene that the run
    shows, or shares no content word with those it cites; for a relation `ungrounded`, no scene that it cites has the
    person in it; `unknown_person`, neither of the cast nor a speaker, or the role itself; `too_long`.
    """
    fields = load_prompt(character.language, _PROMPT).fields
    statements: dict[tuple[str, ...], Statement] = {}
    uncited: dict[tuple[str, ...], Statement] = {}
    relations: list[Relation] = []
    phrases: list[str] = []
    rejected: list[Rejected] = []
    malformed: list[Malformed] = []
    for run, answer in zip(runs, outcomes, strict=True):
        if not isinstance(answer, Answer):
            continue
        items, broken = _read(answer, fields)
        malformed += [Malformed(answer.key, answer.prompt, piece) for piece in broken]
        shown = {number: each for number, each in enumerate(run.passages, 1) if each.span in answer.context}
        for item in items:
            for text, numbers in _cited(item["statements"]):
                cited = [shown[number] for number in sorted(numbers) if number in shown]
                reason = statement_fault(text, character.language, budget) or _unborne(character, text, cited)
                if reason is None:
                    _add(statements, text, cited)
                elif not numbers and reason == "ungrounded" and not _unborne(character, text, [*shown.values()]):
                    _add(uncited, text, [])
                else:
                    rejected.append(Rejected(STAGE, reason, text))
            told: list[tuple[int, Relation]] = []
            for text, numbers in _told(item["relations"]):
                relation = _relation(character, people, text, {each: shown[each] for each in numbers if each in shown})
                if isinstance(relation, str):
                    rejected.append(Rejected(STAGE, relation, text))
                else:
                    told.append(relation)
            relations += [relation for _, relation in sorted(told, key=lambda each: each[0])]
            phrases += item["catchphrases"]
    if statements:
        rejected += [Rejected(STAGE, "ungrounded", statement.text) for statement in uncited.values()]
    found = statements or uncited
    is_cited = bool(statements) or not uncited
    return Evidence(tuple(found.values()), tuple(relations), tuple(phrases), is_cited), rejected, malformed


def statement_fault(text: str, language: Language, budget: int) -> str | None:
    """What is wrong with a statement whatever it rests on: `too_long`, over 120 tokens, or a quarter of a small budget;
    `wrong_language`; `not_of_role`, it never says you outside of quotes, as a line copied from the script does not."""
    if count_tokens(text) > min(_MOST_OF_A_STATEMENT, budget // 4):
        return "too_long"
    if not is_in_language(text, language):
        return "wrong_language"
    return None if _YOU[language].search(_QUOTED.sub("", text)) else "not_of_role"


def is_cited(answer: Answer, language: Language) -> bool:
    """Whether an answer is of the form asked for, and cites a scene if it says anything."""
    items, _ = _read(answer, load_prompt(language, _PROMPT).fields)
    cited = [numbers for item in items for _, numbers in _cited(item["statements"])]
    return bool(items) and (not cited or any(cited))


def _unborne(character: Character, text: str, cited: Sequence[Passage]) -> str | None:
    """`ungrounded` where the passages say nothing of what the statement does; the role's own name is in all of them."""
    texts = (passage.text for passage in cited)
    is_borne = shares_content(text, texts, character.language, without=character.names)
    return None if is_borne else "ungrounded"


def _add(statements: dict[tuple[str, ...], Statement], text: str, cited: Iterable[Passage]) -> None:
    key = tuple(words(text))
    known = statements.get(key, Statement(text, ()))
    scenes = dict.fromkeys((*known.scenes, *(passage.scene for passage in cited)))
    statements[key] = replace(known, scenes=tuple(scenes))


def _relation(
    character: Character, people: People, text: str, cited: Mapping[int, Passage]
) -> tuple[int, Relation] | str:
    """The relation that a text tells, with the number of the passage where it begins; or the reason why it goes."""
    told = read_relation(text)
    name = None if told is None else people.find(told[0])
    if told is None or name is None:
        return "unknown_person"
    if len(words(told[1])) > _MOST_OF_A_RELATION[character.language]:
        return "too_long"
    with_person = (number for number in sorted(cited) if people.is_in(name, [cited[number].text]))
    first = next(with_person, None)
    return "ungrounded" if first is None else (first, Relation(name, told[1], cited[first].scene, runs=1))


def _read(answer: Answer, fields: Sequence[Field]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """The items of an answer. In JSON statements and relations are lists; in a labelled block each is read as one text:
    they have the commas in them that part a list there."""
    for names in ({"statements", "relations"}, {"statements"}):
        as_text = [replace(field, is_list=False) if field.name in names else field for field in fields]
        parsed = read_items(answer.text, as_text, answer.is_cut)
        if parsed.items:
            return parsed.items, parsed.broken
    parsed = read_items(answer.text, fields, answer.is_cut)
    return parsed.items, parsed.broken


def _cited(value: list[str] | str) -> list[tuple[str, tuple[int, ...]]]:
    if isinstance(value, str):
        return cited_sentences(value)
    return [cited for cited in map(take_citations, value) if words(cited[0])]


def _told(value: list[str] | str) -> list[tuple[str, tuple[int, ...]]]:
    texts = _BETWEEN.split(value) if isinstance(value, str) else value
    return [take_citations(text) for text in texts if text.strip(" \t。.*-•").lower() not in _NONE]
