"""A generated row against the answer it was taken from and the script: what is wrong with it, in words."""

from typing import Any

import pytest

from dramaturg.generate.context_instruct import Triplet, TripletType
from dramaturg.publish import rolebench
from dramaturg.script import Span
from dramaturg.verify.generated import SpokenLines, Stored, quality_faults, triplet_faults
from tests.characters import character

SCRIPT = {
    ("novel.txt", 0, 9): {"kind": "speech", "content": "Who rang?"},
    ("novel.txt", 12, 20): {"kind": "narration", "content": "He went."},
    ("novel.txt", 30, 36): {"kind": "speech", "content": "I did."},
}
SPOKEN = SpokenLines((*span, line["content"]) for span, line in SCRIPT.items() if line["kind"] == "speech")
SHOWN, LINES = (Span("novel.txt", 0, 36),), (Span("novel.txt", 0, 9), Span("novel.txt", 12, 20))
STORED = {"k": Stored("1Whorang2Hewent3Idid", "qaNo", "p", "m")}


def faults(
    kind: TripletType, context: tuple[Span, ...], lines: tuple[Span, ...], config: str, **changed: Any
) -> list[str]:
    confidence = "low" if config == rolebench.BOUNDARY else "high"
    triplet = Triplet("q?", confidence, "r", "a.", kind, "m", "p@1", "k", 0, context, lines)
    (row,) = rolebench.rows([triplet], character("en"), {"novel.txt": "MIT"}, config)
    return list(triplet_faults({**row, **changed}, STORED, SPOKEN, SCRIPT, config))


def test_a_sound_row_of_each_kind_has_none() -> None:
    assert faults("script_based", SHOWN, LINES, rolebench.CONFIG) == []
    assert faults("script_agnostic", (), (), rolebench.CONFIG) == []
    assert faults("script_agnostic", (), (), rolebench.BOUNDARY) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "cites 0 lines"),
        (LINES * 5, "cites 10 lines"),
        ((LINES[0], LINES[0]), "one is cited twice"),
        ((LINES[1], LINES[0]), "not in the source's order"),
        ((Span("novel.txt", 0, 8),), "is no line of the script"),
        ((Span("other.txt", 0, 9),), "is not within its context"),
    ],
)
def test_a_citation_is_of_lines_of_the_script_within_what_was_shown(lines: tuple[Span, ...], told: str) -> None:
    assert any(told in fault for fault in faults("script_based", SHOWN, lines, rolebench.CONFIG))


def test_a_line_of_the_script_that_was_not_shown_may_not_be_cited() -> None:
    assert faults("script_based", (Span("novel.txt", 0, 20),), LINES, rolebench.CONFIG) == []
    (fault,) = faults("script_based", (Span("novel.txt", 0, 9),), LINES, rolebench.CONFIG)
    assert fault == "novel.txt 12:20, which it cites, is not within its context"


def test_what_comes_from_knowledge_cites_nothing() -> None:
    assert faults("script_agnostic", (), LINES, rolebench.CONFIG) != []


def test_a_row_of_the_boundary_is_of_low_confidence_and_from_knowledge() -> None:
    assert faults("script_agnostic", (), (), rolebench.BOUNDARY, confidence="high") == ["its confidence is 'high'"]
    assert faults("script_based", SHOWN, LINES, rolebench.BOUNDARY) == [
        "it is 'script_based', which sets no question right"
    ]
    (fault,) = faults("script_agnostic", (), (), rolebench.CONFIG, confidence="low")
    assert fault == "its confidence is 'low'"


def test_a_row_of_one_config_is_none_of_the_other() -> None:
    (row,) = rolebench.rows(
        [Triplet("q?", "low", "r", "a.", "script_agnostic", "m", "p@1", "k", 0, ())], character("en"), {}
    )
    assert list(triplet_faults(row, STORED, SPOKEN, SCRIPT, rolebench.BOUNDARY)) == ["its id is not one of its request"]


QUALITY = {"answers": "yes", "style": "no", "correct": "unknown", "score": 4, "reason": "Wet.", "model": "j",
           "request": "v"}  # fmt: skip
JUDGED = {"v": Stored("q a", "reasonWetanswersyesstylenocorrectunknownscore4", "judge", "j")}


def quality(**changed: Any) -> list[str]:
    return list(quality_faults({"quality": {**QUALITY, **changed}}, "q?", "a.", JUDGED))


def test_a_verdict_that_the_judge_gave_of_the_row_holds_and_so_does_none() -> None:
    assert quality() == []
    assert list(quality_faults({"quality": None}, "q?", "a.", {})) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"reason": "Dry."}, "did not say this reason"),
        ({"score": 5}, "did not say this reason or score"),
        ({"score": 6}, "its quality is none"),
        ({"style": "unknown"}, "its quality is none"),
        ({"model": "k"}, "the model or prompt of its quality"),
        ({"request": "w"}, "is not in the store"),
    ],
)
def test_a_verdict_that_no_judge_gave_does_not(changed: dict[str, Any], told: str) -> None:
    assert any(told in fault for fault in quality(**changed))


def test_a_verdict_on_another_row_does_not_hold() -> None:
    (fault,) = quality_faults({"quality": QUALITY}, "another?", "a.", JUDGED)
    assert fault == "the judge was not shown this question and answer"
