"""The speakers that a model settles: nothing is lost between the question and the script."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from dramaturg import ROOT
from dramaturg.cast import CastMember
from dramaturg.character import load_character
from dramaturg.llm import Answer, Batch, Engine, open_engine
from dramaturg.settings import load_settings
from dramaturg.workspace import Workspace
from extractors import Shelf, read_source
from extractors.novel import Novel, read_novel
from extractors.novel.settle import METHOD, UNSURE, Planned, Settled, plan_questions, settle
from extractors.reading import SourceText
from tests.endpoint import FakeEndpoint, serving

GOLD = Path(__file__).parent / "gold"
SAMPLES = ("weixiaobao", "holmes")
_MARK = re.compile(r"\[\[(?P<asked>\d+)\]\] ?|\[\d+(?: [^\]]*)?\] ?")


@cache
def sample(character_id: str) -> Novel:
    """A sample novel as the rules read it."""
    workspace = Workspace(ROOT / "data", character_id)
    character = load_character(workspace)
    source = character.sources[0]
    read = read_source(source, Shelf(workspace.raw, workspace.raw), character.language)
    return read_novel(source.name, read, character.language, character.full_cast, discover=False)


@cache
def gold(character_id: str) -> dict[int, str]:
    """Who speaks, by where a quote begins."""
    labels = map(json.loads, (GOLD / f"{character_id}.jsonl").read_text(encoding="utf-8").splitlines())
    return {each["start"]: each["role"] for each in labels if each["kind"] != "quotation"}


class Oracle:
    """Answers from the gold labels. It knows the novel and the labels, and of a question no more than its text: it
    looks the passage up in the novel, so that a number at the wrong place is a wrong answer."""

    def __init__(self, character_id: str) -> None:
        text = sample(character_id).text
        self._places = [place for place, letter in enumerate(text) if not letter.isspace()]
        self._novel = "".join(text.split())
        self._gold = gold(character_id)
        self.asked: list[int] = []

    def __call__(self, question: str) -> str:
        parts = re.split(r"\n(?:Passage:|小说：)\n", question)
        passage, _, numbers = parts[1].rpartition("\n")
        found = dict(self._where(passage))
        assert list(map(str, found)) == re.findall(r"\d+", numbers)
        self.asked += found.values()
        return json.dumps({str(number): self._gold.get(place, "unknown") for number, place in found.items()})

    def _where(self, passage: str) -> Iterator[tuple[int, int]]:
        """The number of each question and where the quote begins in the novel."""
        shown = ""
        marked: list[tuple[int, int]] = []
        told_to = 0
        for mark in _MARK.finditer(passage):
            shown += "".join(passage[told_to : mark.start()].split())
            told_to = mark.end()
            if mark["asked"]:
                marked.append((int(mark["asked"]), len(shown)))
        shown += "".join(passage[told_to:].split())
        assert self._novel.count(shown) == 1
        begins = self._novel.index(shown)
        for number, place in marked:
            yield number, self._places[begins + place]


@contextmanager
def engine_at(endpoint: FakeEndpoint, store: Path) -> Iterator[Engine]:
    settings = load_settings({}, llm="auto", openai_base_url=endpoint.url, model=endpoint.model)
    with open_engine(settings, store) as engine:
        yield engine


def ask(endpoint: FakeEndpoint, store: Path, planned: Sequence[Planned]) -> Batch:
    with engine_at(endpoint, store) as engine:
        return engine.ask([plan.request for plan in planned], "speakers")


def accuracy(novel: Novel, labels: dict[int, str], numbers: Sequence[int]) -> float:
    """The share of these quotes, as far as they are labelled, whose speaker is right."""
    right = [
        speaker.role == labels[novel.pieces[number].start]
        for number in numbers
        if (speaker := novel.speakers[number]) is not None and novel.pieces[number].start in labels
    ]
    return sum(right) / len(right)


def unsure(novel: Novel, below: float = UNSURE) -> list[int]:
    return [number for number, each in enumerate(novel.speakers) if each is not None and each.confidence < below]


@pytest.mark.parametrize("below", [0.5, UNSURE, 1.01])
@pytest.mark.parametrize("character_id", SAMPLES)
def test_a_model_that_knows_all_lifts_what_it_is_asked_to_nearly_all_right(
    tmp_path: Path, character_id: str, below: float
) -> None:
    novel, labels, oracle = sample(character_id), gold(character_id), Oracle(character_id)
    planned = plan_questions(novel, below)
    with serving(FakeEndpoint(speakers=oracle)) as endpoint:
        batch = ask(endpoint, tmp_path / "store", planned)
    settled = settle(novel, planned, batch.outcomes)
    asked = unsure(novel, below)
    assert sorted(oracle.asked) == [novel.pieces[number].start for number in asked]  # each in one window
    assert accuracy(settled.novel, labels, asked) >= 0.98
    assert accuracy(novel, labels, asked) < 0.9
    assert settled.counts["quotes"] == len(asked)
    assert settled.counts["unread"] == settled.counts["unanswered"] == len(settled.malformed) == 0
    others = set(range(len(novel.pieces))) - set(asked)
    assert all(settled.novel.speakers[number] == novel.speakers[number] for number in others)


# --- what an answer may be ----------------------------------------------------------------------------------

TALK = """Holmes and Mrs Vane sat by the fire, and Watson stood.

“Who was it?”

“A stranger.”

“I saw him,” said the old porter.

“So did I,” said Holmes.

“And you?”
"""
CAST = (
    CastMember(name="Sherlock Holmes", aliases=("Holmes", "the guest"), gender="M"),
    CastMember(name="Mary Vane", aliases=("Mrs Vane", "the guest"), gender="F"),
    CastMember(name="John Watson", aliases=("Watson",), gender="M"),
    CastMember(name="Ann Pike"),
)


def talk() -> tuple[Novel, Planned]:
    """A novel that is one window of five questions."""
    novel = read_novel("novel.txt", SourceText(TALK, "utf-8"), "en", CAST, discover=False)
    (planned,) = plan_questions(novel, 1.01)
    return novel, planned


def answered(text: str, is_cut: bool = False) -> Settled:
    novel, planned = talk()
    return settle(novel, [planned], [Answer("key", "model", "speakers@1", text, is_cut, 0, 0)])


def roles(novel: Novel) -> list[str | None]:
    return [each.role for each in novel.speakers if each is not None]


def test_a_question_shows_every_quote_numbered_what_is_known_and_the_candidates() -> None:
    text = TALK.replace("did I", "did [1] I")
    novel = read_novel("novel.txt", SourceText(text, "utf-8"), "en", CAST, discover=False)
    sure = max(each.confidence for each in novel.speakers if each is not None)
    (planned,) = plan_questions(novel, sure)
    asked = planned.request.messages[-1]["content"]
    assert "“[[2]] A stranger.”\n“[[3]] I saw him,” said the old porter.\n" in asked
    assert "“[4 Sherlock Holmes] So did (1) I,” said Holmes.\n“[[5]] And you?”" in asked
    assert asked.endswith("Answer these numbers: 1, 2, 3, 5")
    assert "- Sherlock Holmes (also called Holmes, the guest)\n" in asked
    assert planned.candidates == ("Sherlock Holmes", "Mary Vane", "John Watson", "the old porter")
    assert "Ann Pike" not in asked


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("Mary Vane", "Mary Vane"),
        ("mary vane.", "Mary Vane"),
        ("MRS. VANE", "Mary Vane"),
        ("Mary  Vane (Mrs Vane)", "Mary Vane"),
        ("Mary", "Mary Vane"),
        ("the Old Porter", "the old porter"),
    ],
)
def test_a_candidate_is_known_by_any_of_its_names(said: str, role: str) -> None:
    settled = answered(json.dumps({"1": said}))
    assert roles(settled.novel)[0] == role
    assert settled.rejected == []


@pytest.mark.parametrize("said", ["Ann Pike", "the guest", "Professor Moriarty", "Holmes or Watson", "narrator"])
def test_who_is_no_candidate_or_more_than_one_is_ignored_and_counted(said: str) -> None:
    settled = answered(json.dumps({"1": said}))
    assert settled.novel == talk()[0]
    assert [(each.reason, each.record["answer"], each.record["content"]) for each in settled.rejected] == [
        ("no_candidate", said, "Who was it?")
    ]


@pytest.mark.parametrize("said", ["unknown", "Unknown.", "N/A", "不知道", None, ""])
def test_a_model_may_say_that_it_cannot_tell(said: str | None) -> None:
    settled = answered(json.dumps({"1": said}))
    assert settled.novel == talk()[0]
    assert [each.reason for each in settled.rejected] == ["not_told"]


def test_what_cannot_be_read_leaves_the_rules_answers_and_is_kept_to_look_at() -> None:
    settled = answered("I would rather not.")
    assert settled.novel == talk()[0]
    assert settled.counts == {"quotes": 5, "agreed": 0, "changed": 0, "unread": 5, "unanswered": 0}
    assert [each.text for each in settled.malformed] == ["I would rather not."]


def test_an_answer_that_was_cut_off_counts_as_far_as_it_goes() -> None:
    settled = answered('{"1": "John Watson", "2": "Mary', is_cut=True)
    assert roles(settled.novel)[0] == "John Watson"
    assert (settled.counts["unread"], len(settled.malformed)) == (4, 1)


def test_numbers_that_were_not_asked_say_nothing() -> None:
    settled = answered('{"1": "John Watson", "17": "Mary Vane", "0": "Mary Vane"}')
    assert settled.counts["agreed"] + settled.counts["changed"] == 1


def test_a_settled_line_says_so_and_how_sure_it_is() -> None:
    novel, _ = talk()
    before = [each for each in novel.speakers if each is not None]
    other = next(name for name in ("Mary Vane", "John Watson") if name != before[0].role)
    settled = answered(json.dumps({"1": other, "2": before[1].role, "3": before[2].role}))
    after = [each for each in settled.novel.speakers if each is not None]
    assert [each.method for each in after[:3]] == [METHOD] * 3
    assert (after[0].role, after[0].confidence) == (other, 0.8)
    assert after[1].confidence == max(0.8, before[1].confidence)
    assert after[2].confidence == max(0.8, before[2].confidence)
    assert after[3] == before[3]
    assert (settled.counts["agreed"], settled.counts["changed"]) == (2, 1)


def test_the_lines_and_their_order_are_the_same_whatever_is_answered() -> None:
    novel, _ = talk()
    settled = answered('{"1": "Mary Vane", "4": "Mary Vane"}')
    spans = [(line.start, line.end, line.kind) for line in novel.script.utterances]
    assert [(line.start, line.end, line.kind) for line in settled.novel.script.utterances] == spans


def test_a_novel_whose_speakers_are_sure_asks_nothing() -> None:
    novel, _ = talk()
    assert plan_questions(novel, 0.0) == []
    assert settle(novel, [], []).novel == novel


# --- an endpoint that fails ---------------------------------------------------------------------------------


def test_without_an_answer_the_rules_stand_and_with_one_nothing_is_asked_again(tmp_path: Path) -> None:
    novel, store = sample("holmes"), tmp_path / "store"
    planned = plan_questions(novel)
    with serving(FakeEndpoint(speakers=Oracle("holmes"))) as endpoint:
        endpoint.spoil = lambda *_: (401, "{}")
        dead = ask(endpoint, store, planned)
    assert dead.unfinished is not None
    assert settle(novel, planned, dead.outcomes).novel == novel
    assert settle(novel, planned, dead.outcomes).counts["unanswered"] == len(unsure(novel))
    with serving(
        FakeEndpoint(speakers=Oracle("holmes"))
    ) as endpoint:  # another: it may still be told what was given up
        once = ask(endpoint, store, planned)
        assert len(endpoint.bodies) == len(planned)
    again = ask(endpoint, store, planned)  # nobody listens any more
    assert settle(novel, planned, again.outcomes).novel == settle(novel, planned, once.outcomes).novel
