"""Recordings: what ffmpeg reads, heard by a recogniser, the speakers told by their voices, as subtitles.

A recording goes from sound (`media`) to passages with voice in them (`activity`), to what is said in them
(`recognition`), and who says it (`labels`, `voices`, `speakers`); what comes of it is kept (`kept`) and read as any
subtitles are. Subtitles that a person lays beside the recording take recognition's place; those of their names that are
no guess of this program are labels.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import SecretStr
from pysubs2 import SSAEvent
from tqdm import tqdm

from dramaturg.errors import SourceError
from dramaturg.settings import Settings, plain_address
from dramaturg.text import Language
from dramaturg.workspace import sha256_file
from extractors.audio.activity import Passage, find_passages, has_voice
from extractors.audio.kept import Hearings, Made, guess, is_guess, left_out, made_of, write_subtitles
from extractors.audio.labels import Label, label_files, read_labels
from extractors.audio.media import Sound, clips, length_of, read_blocks
from extractors.audio.recognition import Endpoint, Heard, Recogniser, Whisper, cut, options_of, sift
from extractors.audio.speakers import Gallery, calibrate, tell_apart
from extractors.audio.voices import embed
from extractors.audio.weights import find_voice_weights, find_whisper
from extractors.reading import read_text
from extractors.subtitles import SubtitleText, read_subtitles
from extractors.subtitles.events import find_events
from extractors.subtitles.markup import read_cue
from extractors.subtitles.set_aside import set_aside
from extractors.subtitles.turns import find_turns

__all__ = ["NEEDED", "SUFFIXES", "Hearing", "RecordingText", "read_recording", "recognise_speech", "recording_files"]

SUFFIXES = frozenset(
    ".aac .avi .flac .m4a .m4v .mka .mkv .mov .mp3 .mp4 .mpg .ogg .opus .ts .wav .webm .wma .wmv".split()
)
"""How the names of recordings end."""

Hanzi = Literal["simplified", "traditional", "as_heard"]

NEEDED = ("torch", "whisper", "silero_vad", "scipy", "imageio_ffmpeg", "opencc")
"""The modules by which recordings are heard, which the extra `audio` installs."""

_SUBTITLES = (".ass", ".ssa", ".srt", ".vtt")
_OPENCC = {"simplified": "t2s", "traditional": "s2t"}
_MOST_IN_PROMPT = 40  # names

_Tell = Callable[[str], None]
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hearing:
    """How recordings are heard: by `model` of Whisper's in this process, or of the endpoint at `base_url`."""

    model: str | None = None
    base_url: str | None = None
    key: SecretStr | None = None
    words: bool = True
    hanzi: Hanzi = "simplified"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings say."""
        return cls(settings.asr_model, settings.asr_base_url, settings.asr_api_key, settings.asr_words, settings.hanzi)


@dataclass(frozen=True, slots=True)
class RecordingText(SubtitleText):
    """Subtitles made of a recording; `heard_by` is the recogniser, None where a person wrote them, `voices` what the
    labels of its voices told, None where there are none."""

    heard_by: str | None = None
    voices: str | None = None


def recording_files(recording: Path, kept: Path) -> list[Path]:
    """All files that a recording's subtitles are made of, there or not, and those subtitles, in the folder `kept`."""
    return [recording, *_beside(recording), *label_files(recording), _kept_subtitles(recording, kept)]


def read_recording(recording: Path, kept: Path, language: Language) -> RecordingText:
    """The canonical text of a recording that was recognised. Raises SourceError where it was not."""
    path = _kept_subtitles(recording, kept)
    made = made_of(path)
    if made is None:
        raise SourceError(f"{recording}: not recognised yet: there is no {path}")
    read = read_subtitles(path, language)
    return RecordingText(
        **{name: getattr(read, name) for name in SubtitleText.__dataclass_fields__},
        heard_by=made.heard_by,
        voices=made.voices,
    )


def recognise_speech(
    recording: Path,
    kept: Path,
    language: Language,
    names: Iterable[str],
    hearing: Hearing,
    tell: _Tell,
) -> None:
    """Make a recording's subtitles in the folder `kept`, unless what is there was made of the same.

    `names` are the people's, which the recogniser is told, so that it spells them so. A run that was stopped goes on
    where it was. Raises SourceError where the recording cannot be read, nobody speaks in it, or what reading sound
    needs is not installed; EndpointError or DownloadError where the recogniser cannot be had.
    """
    written = next((path for path in _beside(recording) if path.is_file()), None)
    labels = read_labels(recording)
    wanted = Made(
        recording=sha256_file(recording),
        subtitles=None if written is None else sha256_file(written),
        labels=_hash_of(labels),
        language=language,
        hanzi=hearing.hanzi if language == "zh" else "as_heard",
    )
    path = _kept_subtitles(recording, kept)
    before = made_of(path)
    is_asked_for = hearing.model is None or (before is not None and str(before.heard_by).endswith(f" {hearing.model}"))
    is_of_these = before is not None and replace(before, heard_by=None, voices=None) == wanted
    if is_of_these and (is_asked_for or written is not None):
        return
    if written is not None:
        events = _written(written)
        heard_by = None
    else:
        _check_installed(recording)
        ears = _recogniser(hearing, language, names)
        log = Hearings(kept / f"{recording.name}.asr.jsonl", wanted.recording, options_of(ears))
        events = list(_heard(recording, ears, log, _speller(wanted.hanzi), tell))
        heard_by = ears.label
        if all(event.is_comment for event in events):
            raise SourceError(f"{recording}: nobody is heard to speak in it")
    voices = _name_speakers(recording, events, labels, tell)
    write_subtitles(path, events, replace(wanted, heard_by=heard_by, voices=voices))


# --- what is said ------------------------------------------------------------------------------------------------


def _heard(
    recording: Path, recogniser: Recogniser, log: Hearings, spell: Callable[[str], str], tell: _Tell
) -> Iterator[SSAEvent]:
    """What is said in a recording, as events without speakers; what was heard of nothing, as comments."""
    damage: list[str] = []
    length = length_of(recording)
    with tqdm(
        total=None if length is None else round(length), desc=f"  {recording.name}", unit="s", disable=None
    ) as bar:
        for passage in find_passages(read_blocks(recording, damage)):
            found = log.of(passage.start, passage.end)
            if found is None:
                found = recogniser.hear(passage.sound, _of_passage(passage, passage.voice))
                log.keep(passage.start, passage.end, found)
            yield from _events(passage, found, spell)
            bar.update(max(0, passage.end // 1000 - bar.n))
    for line in damage:
        tell(line)


def _events(passage: Passage, found: Sequence[Heard], spell: Callable[[str], str]) -> Iterator[SSAEvent]:
    kept, lost = sift(found)
    voice = _of_passage(passage, passage.voice)
    pauses = [(one[1], other[0]) for one, other in pairwise(voice)]
    told = [(piece, "") for piece in cut(kept, pauses)]
    told += [(each, left_out(reason)) for each, reason in lost if each.text]
    for each, effect in sorted(told, key=lambda pair: (pair[0].start, pair[0].end)):
        text = spell(each.text).replace("{", "(").replace("}", ")").replace("\n", " ")
        event = SSAEvent(passage.start + each.start, passage.start + each.end, text, effect=effect)
        event.is_comment = bool(effect)
        yield event


def _of_passage(passage: Passage, spans: Sequence[_Span]) -> list[_Span]:
    return [(start - passage.start, end - passage.start) for start, end in spans]


def _recogniser(hearing: Hearing, language: Language, names: Iterable[str]) -> Recogniser:
    prompt = _prompt(language, list(names)[:_MOST_IN_PROMPT])
    if hearing.base_url is not None:
        model = hearing.model or "whisper-1"
        key = hearing.key.get_secret_value() if hearing.key else "none"
        label = f"{plain_address(hearing.base_url)} {model}"
        return Endpoint(label, hearing.base_url, key, model, language, prompt, hearing.words)
    label, model = find_whisper(hearing.model, language)
    return Whisper(label, model, language, prompt, hearing.words)


def _prompt(language: Language, names: Sequence[str]) -> str:
    """How names are spelled. As a sentence: after a bare list Whisper writes no punctuation."""
    if not names:
        return ""
    return f"以下是{'、'.join(names)}的对话。" if language == "zh" else f"A conversation of {', '.join(names)}."


def _speller(hanzi: str) -> Callable[[str], str]:
    if hanzi not in _OPENCC:
        return str
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC(_OPENCC[hanzi]).convert
    return convert


# --- who says it -------------------------------------------------------------------------------------------------


def _name_speakers(recording: Path, events: Sequence[SSAEvent], labels: Sequence[Label], tell: _Tell) -> str | None:
    """Give every event an actor, by its label or its voice; returns what the labels told of the voices."""
    for event in events:
        _label(event, recording, labels)
    named = _named(events)
    unnamed = sorted((event for event, name in named if name is None), key=lambda event: (event.start, event.end))
    if not unnamed:
        return None
    _check_installed(recording)
    weights = find_voice_weights()
    by_hand = [Label(recording, event.start, event.end, name) for event, name in named if name]
    gallery = _gallery([*labels, *(each for each in by_hand if not _is_among(each, labels))], weights, tell)
    voices = embed(clips(recording, [(event.start, event.end) for event in unnamed]), weights)
    verdicts = gallery.attribute(voices) if gallery else []
    for event, verdict in zip(unnamed, verdicts, strict=False):
        if verdict.name is not None:
            guess(event, "voice", verdict.confidence, verdict.name)
    unknown = [number for number, event in enumerate(unnamed) if not event.name]
    for number, voice in zip(unknown, tell_apart(voices[unknown]), strict=True):
        if voice is not None:
            guess(unnamed[number], "cluster", 0, f"SPEAKER_{voice}")
    return gallery.description if gallery else None


def _named(events: Sequence[SSAEvent]) -> list[tuple[SSAEvent, str | None]]:
    """The events in which something is said, with whom they name: their actor, or a label in their text."""
    cues = [read_cue(event, is_substation=True) for event in events]
    event_of = {id(cue): event for cue, event in zip(cues, events, strict=True)}
    said, _ = set_aside(cues)
    labels: dict[int, str | None] = {}
    for turn in find_turns(said):
        if turn.kind == "speech":
            labels[turn.cue] = labels.get(turn.cue) or turn.label
    return [(event_of[id(said[number])], label) for number, label in labels.items()]


def _label(event: SSAEvent, recording: Path, labels: Sequence[Label]) -> None:
    """A label that covers half of an event names it; an actor that a program guessed is no name."""
    if is_guess(event):
        event.name = ""
    if not event.is_comment:
        event.effect = ""
    for label in labels:
        shared = min(label.end, event.end) - max(label.start, event.start)
        if label.path == recording and shared > 0 and 2 * shared >= event.end - event.start:
            event.name = label.name
            return


def _is_among(label: Label, labels: Sequence[Label]) -> bool:
    return any(each.path == label.path and each.start < label.end and label.start < each.end for each in labels)


def _gallery(labels: Sequence[Label], weights: Path, tell: _Tell) -> Gallery | None:
    voiced: list[Sound] = []
    names: list[str] = []
    for path in dict.fromkeys(label.path for label in labels):
        own = sorted((label for label in labels if label.path == path), key=lambda label: (label.start, label.end))
        sounds = list(clips(path, [(label.start, label.end) for label in own]))
        for label, sound in zip(own, sounds, strict=True):
            if has_voice(sound):
                voiced.append(sound)
                names.append(label.name)
            else:
                begins = f"{label.start / 1000:.1f}"
                tell(f"{path.name}: nobody speaks at {begins} s, where a label says {label.name}: it is not used")
    return calibrate(embed(voiced, weights), names) if voiced else None


# --- files -------------------------------------------------------------------------------------------------------


def _beside(recording: Path) -> list[Path]:
    """Where a person's subtitles of a recording may lie, the first that is there counting."""
    return [recording.with_suffix(suffix) for suffix in _SUBTITLES]


def _kept_subtitles(recording: Path, kept: Path) -> Path:
    return kept / f"{recording.name}.ass"


def _written(path: Path) -> list[SSAEvent]:
    events = list(find_events(read_text(path).text).events)
    if not events:
        raise SourceError(f"{path}: not subtitles: it holds no cue of SubRip, WebVTT or SubStation Alpha")
    for event in events:
        event.text = event.text.replace("\n", r"\N")
    return events


def _hash_of(labels: Sequence[Label]) -> str | None:
    if not labels:
        return None
    files = {str(label.path.name): sha256_file(label.path) for label in labels}
    told = [files, [(label.path.name, label.start, label.end, label.name) for label in labels]]
    return sha256(repr(told).encode()).hexdigest()


def _check_installed(recording: Path) -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SourceError(
            f"{recording}: to read sound, more is needed than is installed ({missing[0]}): run make audio"
        )
