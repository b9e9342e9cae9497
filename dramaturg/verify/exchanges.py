"""Original exchanges held against the script and the sources' texts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from dramaturg.verify.truth import NOBODY, Passage, Row, Truth, span_of, squeezed

__all__ = ["exchange_faults"]


def exchange_faults(row: Row, truth: Truth, lines: Mapping[Passage, Row], used: set[Passage]) -> Iterator[str]:
    spans: list[Passage] = [span_of(span) for span in row["spans"]]
    turns: list[list[Passage]] = [[] for _ in range(2 + len(row["more_dialogues"]))]
    for span, part in zip(spans, row["spans"], strict=True):
        if not 0 <= part["turn"] < len(turns):
            yield f"there is no turn {part['turn']}"
            return
        turns[part["turn"]].append(span)
        if part["at"] != truth.place(span):
            yield f"{span[0]}:{span[1]} is not at {part['at']}"
    if [span for turn in turns for span in turn] != sorted(spans) or not all(turns):
        yield "its passages are not in the source's order, or a turn has none"
        return
    source = spans[0][0]
    if any(span[0] != source for span in spans):
        yield "its passages lie in different sources"
    roles = []
    for turn in turns:
        spoken_by = {lines[span]["role"] for span in turn if span in lines and lines[span]["kind"] == "speech"}
        if len(spoken_by) != 1 or any(span not in lines for span in turn):
            yield f"{turn[0][1]}:{turn[-1][2]} is not one speaker's speech in the script"
            return
        roles.append(str(spoken_by.pop()))
    yield from _shown_faults(row, truth, turns, roles)
    yield from _field_faults(row, truth, roles)
    if row["id"] != truth.row_id("chatharuhi", source, spans):
        yield "its id is not that of its passages"
    if row["licence"] != truth.licence(source):
        yield f"its licence is not that of {source}"
    if used & set(spans) or len(set(spans)) < len(spans):
        yield "a line of it stands in another row too, or twice in this one"
    used |= set(spans)


def _shown_faults(row: Row, truth: Truth, turns: Sequence[Sequence[Passage]], roles: Sequence[str]) -> Iterator[str]:
    """Where the texts are not the sources' own, white space apart."""
    shown = [row["user_question"], row["agent_response"], *row["more_dialogues"]]
    for number, (text, turn, role) in enumerate(zip(shown, turns, roles, strict=True)):
        said = "".join(truth.at(span) or "" for span in turn)
        expected = f"「{said}」" if number < 2 else f"{role}:「{said}」"
        if squeezed(text) != squeezed(expected):
            yield f"{turn[0][0]} does not say {text!r} at {turn[0][1]}:{turn[-1][2]}"


def _field_faults(row: Row, truth: Truth, roles: Sequence[str]) -> Iterator[str]:
    expected: Row = {
        "user_role": roles[0],
        "agent_role": roles[1],
        "question_source": "story",
        "agent_role_name_en": truth.workspace.character_id,
        "response_source": "original",
        "model": None,
        "context": [],
        "prompt": None,
        "request": None,
        "question_request": None,
        "more_requests": [],
        "quality": None,
        "edited": [],
    }
    for name, value in expected.items():
        if row[name] != value:
            yield f"{name} is {row[name]!r}, not {value!r}"
    if row["agent_role"] != truth.character.name:
        yield f"{row['agent_role']!r} is not the dataset's role"
    if set(roles) & NOBODY:
        yield "the narrator, or nobody, speaks in it"
    if any(one == other for one, other in pairwise(roles)):
        yield "one speaker has two turns in a row"
