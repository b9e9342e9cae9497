"""What is said in a passage: by Whisper in this process, or by an endpoint of OpenAI's audio.transcriptions.

What they hear of nothing is left out, each for a reason that is told with the number:

no_speech   Whisper takes it for silence: no speech more likely than 0.6, and a mean log probability below -1 (its own
            two thresholds); or nothing but marks
repeated    the same few words over and over: a compression ratio above 2.4 (its own threshold), or a third time and
            more what was heard twice right before
"""

import io
import re
import wave
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pickle import UnpicklingError
from typing import Any, Protocol

import numpy as np
import orjson

from dramaturg.errors import EndpointError, SourceError
from dramaturg.text import Language
from extractors.audio.media import RATE, Sound

__all__ = ["Endpoint", "Heard", "Recogniser", "Whisper", "Word", "cut", "options_of", "sift"]

Span = tuple[int, int]

_LEAST_SPEECH = 0.6
_LEAST_LIKELY = -1.0
_MOST_COMPRESSED = 2.4
_REPEATS = 2
_SENTENCE_ENDS = ".!?…。！？"
_CLOSING = " \"'”’」』)）"
_SHORT_FORM = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St)\.$")
_SHOWN = 160
_SECONDS = 600.0
_ATTEMPTS_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Word:
    """As it stands in the text, with the space and the marks around it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What is said from `start` to `end`, in milliseconds of a passage: text, and its words with their times where the
    recogniser tells them; the mean log probability of its tokens, the probability that nobody speaks, and how well the
    text compresses, likewise."""

    start: int
    end: int
    text: str
    words: tuple[Word, ...] = ()
    likelihood: float | None = None
    silence: float | None = None
    compression: float | None = None


class Recogniser(Protocol):
    """`label` names it in a manifest; with the rest it is all that decides what is heard."""

    label: str
    language: Language
    prompt: str
    words: bool

    def hear(self, sound: Sound, voice: Sequence[Span]) -> list[Heard]:
        """What is said in at most 30 seconds of sound, in order; `voice` is where in it somebody speaks."""
        ...


@dataclass(slots=True)
class Whisper:
    """openai-whisper in this process. `model` is a checkpoint's file, or a name of its own, which it fetches; `prompt`
    tells it how names are spelled; with `words` each gets its time, which costs half as much again."""

    label: str
    model: str
    language: Language
    prompt: str = ""
    words: bool = True
    _loaded: Any = None

    def hear(self, sound: Sound, voice: Sequence[Span]) -> list[Heard]:  # noqa: ARG002 - it finds its own way
        import torch
        import whisper

        model = self._loaded = self._loaded or _load(self.model)
        torch.manual_seed(0)  # a higher temperature draws: the same sound is heard the same
        told = whisper.transcribe(
            model,
            sound,
            language=self.language,
            initial_prompt=self.prompt or None,
            condition_on_previous_text=False,
            fp16=model.device.type == "cuda",
        )
        if self.words:
            _time_words(model, sound, told["segments"], self.language)
        return [_heard(segment, len(sound) * 1000 // RATE) for segment in told["segments"]]


@dataclass(slots=True)
class Endpoint:
    """An OpenAI-compatible endpoint; `label` is its address without credentials, and the model."""

    label: str
    address: str
    key: str
    model: str
    language: Language
    prompt: str = ""
    words: bool = False
    _is_plain: bool = False

    def hear(self, sound: Sound, voice: Sequence[Span]) -> list[Heard]:
        """Raises EndpointError where it does not answer, or refuses."""
        from openai import APIConnectionError, APIStatusError, OpenAI, OpenAIError

        with OpenAI(api_key=self.key, base_url=self.address, max_retries=_ATTEMPTS_AGAIN, timeout=_SECONDS) as client:
            try:
                told = None if self._is_plain else self._timed(client, sound)
                if told is None:
                    return [self._untimed(client, sound, span) for span in voice]
            except APIConnectionError:
                raise EndpointError(f"{self.label} does not answer") from None
            except APIStatusError as error:
                raise EndpointError(f"{self.label}: {error.status_code}: {self._scrubbed(error.message)}") from None
            except OpenAIError as error:
                raise EndpointError(f"{self.label}: {self._scrubbed(str(error))}") from None
        segments = [dict(each) for each in told.get("segments") or ()]
        for segment in segments if self.words else ():
            segment["words"] = [
                {**word, "word": f" {word['word'].strip()}" if self.language == "en" else word["word"]}
                for word in told.get("words") or ()
                if segment["start"] <= word["start"] < segment["end"]
            ]
        return [_heard(segment, len(sound) * 1000 // RATE) for segment in segments]

    def _timed(self, client: Any, sound: Sound) -> dict[str, Any] | None:
        """What is said with times; None where the model tells none, as newer ones do."""
        from openai import BadRequestError

        wanted = ["segment", "word"] if self.words else ["segment"]
        try:
            told = self._asked(client, sound, response_format="verbose_json", timestamp_granularities=wanted)
        except BadRequestError as error:
            if "response_format" not in error.message and "timestamp" not in error.message:
                raise
            told = {}
        self._is_plain = "segments" not in told
        return None if self._is_plain else told

    def _untimed(self, client: Any, sound: Sound, span: Span) -> Heard:
        start, end = span
        part = sound[start * RATE // 1000 : end * RATE // 1000]
        return Heard(start, end, str(self._asked(client, part, response_format="json").get("text", "")).strip())

    def _asked(self, client: Any, sound: Sound, **form: Any) -> dict[str, Any]:
        asks = client.audio.transcriptions.with_raw_response.create
        prompt = {"prompt": self.prompt} if self.prompt else {}
        raw = asks(file=_file(sound), model=self.model, language=self.language, temperature=0, **prompt, **form)
        return _read(raw.text, self.label)

    def _scrubbed(self, text: str) -> str:
        text = " ".join(text.split())
        return (text.replace(self.key, "***") if len(self.key) > 3 else text)[:_SHOWN]


def options_of(recogniser: Recogniser) -> dict[str, Any]:
    """All that decides what a recogniser hears, as what it heard is kept under."""
    return {
        "model": recogniser.label,
        "language": recogniser.language,
        "prompt": recogniser.prompt,
        "words": recogniser.words,
    }


def sift(heard: Iterable[Heard]) -> tuple[list[Heard], list[tuple[Heard, str]]]:
    """What was said, and what was heard of nothing, each with its reason."""
    kept: list[Heard] = []
    left_out: list[tuple[Heard, str]] = []
    run: list[str] = []  # what was heard last, over and over
    for each in heard:
        plain = "".join(filter(str.isalnum, each.text.casefold()))
        run = [*run, plain] if run and run[-1] == plain else [plain]
        reason = _reason(each, plain, len(run))
        if reason is None:
            kept.append(each)
        else:
            left_out.append((each, reason))
    return kept, left_out


def _reason(each: Heard, plain: str, times: int) -> str | None:
    is_silence = (each.silence or 0) > _LEAST_SPEECH and (each.likelihood or 0) < _LEAST_LIKELY
    if not plain or is_silence:
        return "no_speech"
    return "repeated" if times > _REPEATS or (each.compression or 0) > _MOST_COMPRESSED else None


def cut(heard: Iterable[Heard], pauses: Sequence[Span]) -> Iterator[Heard]:
    """What was heard in pieces, so that one person speaks in each: cut after the end of a sentence, and where a pause
    lies between two words, but not where Whisper cuts, which is anywhere. What has no times of words stays a piece."""
    middles = [(start + end) / 2 for start, end in pauses]
    pieces: list[list[Word]] = []
    for each in heard:
        if not each.words:
            yield from map(_joined, pieces)
            pieces.clear()
            yield each
        for word in each.words:
            last = pieces[-1][-1] if pieces else None
            if last is None or _ends_sentence(last.text) or _lies_between(middles, last, word):
                pieces.append([])
            pieces[-1].append(word)
    yield from map(_joined, pieces)


def _joined(words: Sequence[Word]) -> Heard:
    text = "".join(word.text for word in words).strip()
    return Heard(words[0].start, words[-1].end, text, tuple(words))


def _ends_sentence(word: str) -> bool:
    return word.rstrip(_CLOSING)[-1:] in _SENTENCE_ENDS and not _SHORT_FORM.search(word)


def _lies_between(middles: Sequence[float], one: Word, other: Word) -> bool:
    left, right = (one.start + one.end) / 2, (other.start + other.end) / 2
    return any(left < middle < right for middle in middles)


def _load(model: str) -> Any:
    import whisper

    try:
        return whisper.load_model(model)
    except (OSError, RuntimeError, KeyError, EOFError, ValueError, UnpicklingError) as error:
        told = (str(error).splitlines() or [""])[0][:_SHOWN]
        raise SourceError(f"ASR_MODEL={model}: not a checkpoint of openai-whisper ({told})") from None


def _time_words(model: Any, sound: Sound, segments: list[dict[str, Any]], language: Language) -> None:
    """Gives every segment its `words`, by the attention that the text pays to the sound. `transcribe` can do so while
    it hears, but then it listens once more to each pause behind the last word, and hears words in it."""
    from whisper.audio import N_FRAMES, N_SAMPLES, log_mel_spectrogram, pad_or_trim
    from whisper.timing import add_word_timestamps
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(model.is_multilingual, num_languages=model.num_languages, language=language)
    mel = log_mel_spectrogram(sound, model.dims.n_mels, padding=N_SAMPLES)
    content = mel.shape[-1] - N_FRAMES
    for seek, group in groupby(segments, key=lambda segment: segment["seek"]):
        frames = min(N_FRAMES, content - seek)
        add_word_timestamps(
            segments=list(group),
            model=model,
            tokenizer=tokenizer,
            mel=pad_or_trim(mel[:, seek : seek + frames], N_FRAMES).to(model.device),
            num_frames=frames,
            prepend_punctuations="\"'“¿([{-",
            append_punctuations="\"'.。,，!！?？:：”)]}、",
            last_speech_timestamp=0,
        )


def _heard(segment: dict[str, Any], longest: int) -> Heard:
    """A segment of Whisper's, its times within the `longest` milliseconds."""

    def ms(seconds: float) -> int:
        return min(max(0, round(seconds * 1000)), longest)

    words = tuple(Word(ms(each["start"]), ms(each["end"]), each["word"]) for each in segment.get("words") or ())
    told = map(segment.get, ("avg_logprob", "no_speech_prob", "compression_ratio"))
    rest = (None if each is None else round(each, 3) for each in told)  # beyond, it is chance how threads add up
    return Heard(ms(segment["start"]), ms(segment["end"]), segment["text"].strip(), words, *rest)


def _read(text: str, label: str) -> dict[str, Any]:
    try:
        told = orjson.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise EndpointError(f"{label}: what it says is no JSON object: {text[:_SHOWN]}")
    return told


def _file(sound: Sound) -> tuple[str, bytes, str]:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())
    return "passage.wav", written.getvalue(), "audio/wav"
