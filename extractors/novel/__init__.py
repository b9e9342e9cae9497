"""Novels: every paragraph as narration, thought and speech, with the speaker of each quote."""

from collections.abc import Iterable

from dramaturg.cast import CastMember, merge_cast
from dramaturg.script import HEADING, NARRATOR, Script, Utterance
from dramaturg.text import Language
from extractors.novel.acts import Paragraph, find_paragraphs
from extractors.novel.mentions import discover_cast
from extractors.novel.quotes import Piece, find_pieces
from extractors.novel.speakers import Attribution, attribute
from extractors.reading import SourceText

__all__ = ["extract_novel"]


def extract_novel(
    source: str,
    read: SourceText,
    language: Language,
    cast: Iterable[CastMember] = (),
    *,
    discover: bool = True,
) -> Script:
    """A novel as a script: all of its text, quote marks and rows of stars left out.

    `cast` are the people known to speak; with `discover` others whom the narration has speak join them.
    """
    paragraphs = find_paragraphs(read)
    pieces = find_pieces(read.text, paragraphs, language)
    members = discover_cast(read.text, pieces, cast, language) if discover else merge_cast(cast)
    speakers = attribute(read.text, pieces, members, language)
    utterances = tuple(
        _utterance(source, read.text, number, piece, paragraphs[piece.paragraph], speaker)
        for number, (piece, speaker) in enumerate(zip(pieces, speakers, strict=True))
    )
    return Script(source, language, read.text, utterances)


def _utterance(
    source: str, text: str, number: int, piece: Piece, paragraph: Paragraph, speaker: Attribution | None
) -> Utterance:
    return Utterance(
        act_id=paragraph.act_id,
        diag_id=number,
        role=NARRATOR if speaker is None else speaker.role,
        content=text[piece.start : piece.end],
        kind="narration" if speaker is None else "thought" if speaker.is_thought else "speech",
        source=source,
        start=piece.start,
        end=piece.end,
        speaker_confidence=1.0 if speaker is None else speaker.confidence,
        method=(HEADING if paragraph.is_heading else "narration") if speaker is None else speaker.method,
    )
