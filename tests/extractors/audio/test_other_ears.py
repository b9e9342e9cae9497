"""Recognisers but for the sample's: an endpoint, and a checkpoint of another language."""

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from dramaturg.errors import EndpointError, SourceError
from dramaturg.text import Language
from extractors.audio import Hearing, read_recording, recognise_speech
from tests.extractors.audio.sounds import PLAY, convert
from tests.extractors.audio.test_hearing import _cache, weights
from tests.extractors.audio.transcriber import Transcriber, serving

__all__ = ["_cache", "weights"]  # fixtures

pytestmark = [
    pytest.mark.audio,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # torch's, numba's
    pytest.mark.filterwarnings("ignore:Exception ignored in.*tiktoken"),  # Whisper leaves its vocabulary open
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Five turns of the play, in one passage of voice: two people in turn, from 1.0 to 20.0 seconds."""
    return convert(PLAY, tmp_path / "play.wav", "-t", "20.2")


def hear(recording: Path, ears: Transcriber, language: Language = "en", **how: Any) -> list[str]:
    hearing = Hearing("whisper-1", ears.url, SecretStr("sk-hearing"), **how)
    kept = recording.parent / "kept"
    recognise_speech(recording, kept, language, ("Alice", "Guard"), hearing, print)
    read = read_recording(recording, kept, language)
    return [read.text[line.start : line.end] for line in read.lines]


def verbose(*words: tuple[float, float, str]) -> tuple[int, str]:
    """One segment of words, as OpenAI tells them: without spaces and marks."""
    segment = {
        "start": words[0][0],
        "end": words[-1][1],
        "text": " ".join(word for *_, word in words),
        "avg_logprob": -0.2,
        "no_speech_prob": 0.01,
        "compression_ratio": 1.1,
    }
    told = [{"start": start, "end": end, "word": word} for start, end, word in words]
    return 200, json.dumps({"text": segment["text"], "segments": [segment], "words": told})


def test_an_endpoint_hears_each_passage_once_and_is_told_how_names_are_spelled(recording: Path) -> None:
    with serving(
        Transcriber(lambda _: verbose((0.1, 1.0, "Good"), (1.0, 2.2, "evening"), (3.2, 7.0, "Hello")))
    ) as ears:
        assert hear(recording, ears) == ["Good evening", "Hello"]
        (form,) = ears.forms
        assert form["prompt"] == "A conversation of Alice, Guard."
        assert (form["model"], form["language"], form["response_format"]) == ("whisper-1", "en", "verbose_json")
        assert form["timestamp_granularities[]"] == ["segment", "word"]
        assert 500_000 < form["file"] < 640_000  # nineteen seconds
        (recording.parent / "kept" / "play.wav.ass").unlink()
        assert hear(recording, ears) == ["Good evening", "Hello"]
        assert len(ears.forms) == 1


def test_a_model_that_tells_no_times_hears_each_stretch_of_voice_by_itself(recording: Path) -> None:
    turns = ["Good evening.", "I am.", "Only one?", "The others.", "You look unhappy."]
    with serving(Transcriber(lambda number: (200, json.dumps({"text": turns[number - 1]})), tells_times=False)) as ears:
        assert hear(recording, ears) == turns
        assert {form["response_format"] for form in ears.forms} == {"json"}


def test_without_times_of_words_a_segment_is_a_line(recording: Path) -> None:
    with serving(Transcriber(lambda _: verbose((0.1, 1.0, "Good"), (3.2, 7.0, "Hello")))) as ears:
        assert hear(recording, ears, words=False) == ["Good Hello"]
        assert ears.forms[0]["timestamp_granularities[]"] == ["segment"]


@pytest.mark.parametrize(
    ("say", "complaint"),
    [
        (lambda _: (200, '{"text": "Good'), "no JSON object"),
        (lambda _: (404, '{"error": {"message": "no such model"}}'), "404: .*no such model"),
        (lambda _: (413, "too large"), "413"),
    ],
)
def test_what_an_endpoint_cannot_do_is_one_line(recording: Path, say: Any, complaint: str) -> None:
    with serving(Transcriber(say)) as ears, pytest.raises(EndpointError, match=complaint) as caught:
        hear(recording, ears)
    assert "\n" not in str(caught.value)


def test_a_key_is_never_told(recording: Path, tmp_path: Path) -> None:
    with serving(Transcriber(lambda _: (200, "{}"), key="sk-other")) as ears, pytest.raises(EndpointError) as caught:
        hear(recording, ears)
    assert "401" in str(caught.value)
    assert "sk-hearing" not in str(caught.value)
    with serving(Transcriber(lambda _: verbose((0.1, 1.0, "Good")))) as ears:
        hear(recording, ears)
    assert all(b"sk-hearing" not in path.read_bytes() for path in (tmp_path / "kept").iterdir())


@pytest.mark.parametrize(
    ("hanzi", "expected"), [("simplified", "这个问题"), ("traditional", "這個問題"), ("as_heard", "這个問题")]
)
def test_heard_chinese_is_written_in_one_kind_of_characters(recording: Path, hanzi: Any, expected: str) -> None:
    with serving(Transcriber(lambda _: verbose((0.1, 2.0, "這个問题")))) as ears:
        assert hear(recording, ears, "zh", hanzi=hanzi) == [expected]
        assert ears.forms[0]["prompt"] == "以下是Alice、Guard的对话。"


def test_a_multilingual_checkpoint_of_the_users_is_loaded(recording: Path, tmp_path: Path) -> None:
    """One of random weights: it hears nonsense, or nothing, but every step of Chinese is walked."""
    import torch
    import whisper

    torch.manual_seed(1)
    dims = whisper.model.ModelDimensions(80, 1500, 16, 2, 1, 51_865, 448, 16, 2, 1)
    model = whisper.model.Whisper(dims)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.1)
    path = tmp_path / "random.pt"
    torch.save({"dims": asdict(dims), "model_state_dict": model.state_dict()}, path)
    short = convert(recording, tmp_path / "short.wav", "-t", "4")
    with suppress(SourceError):  # nobody is heard to speak
        recognise_speech(short, tmp_path / "kept", "zh", ("韦小宝",), Hearing(str(path)), print)
    assert (tmp_path / "kept" / "short.wav.asr.jsonl").read_bytes().count(b"\n") >= 1
