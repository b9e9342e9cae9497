"""The speakers that a model settles: nothing is lost between the question and the script."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from dramaturg import ROOT
from dramaturg.character import load_character
from dramaturg.llm import Batch, Engine, open_engine
from dramaturg.settings import load_settings
from dramaturg.workspace import Workspace
from extractors import draft, read_source
from extractors.novel import Novel
from extractors.novel.settle import UNSURE, Planned, plan_questions, settle
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
    read = read_source(workspace.raw / source.path, source.kind)
    return draft(source.path, read, source.kind, character.language, character.full_cast, discover=False)


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
