"""Novels: every paragraph as narration, thought and speech, with the speaker of each quote."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dramaturg.cast import CastMember, FoundMember, merge_cast
from dramaturg.script import HEADING, NARRATOR, Place, Script, Utterance, with_places
from dramaturg.text import Language
from extractors.novel.acts import Paragraph, find_paragraphs
from extractors.novel.discovery import discover_cast
from extractors.novel.mentions import Mentions
from extractors.novel.people import infer_genders
from extractors.novel.quotes import Piece, find_pieces
from extractors.novel.speakers import Attribution, attribute
from extractors.reading import SourceText

__all__ = ["Novel", "extract_novel", "find_cast", "read_novel"]


@dataclass(frozen=True, slots=True)
class Novel:
    """A novel as the rules read it: its text cut into pieces, the cast, and one attribution a piece, None for the
    narration's."""

    source: str
    text: str
    language: Language
    paragraphs: Sequence[Paragraph]
    pieces: Sequence[Piece]
    cast: Sequence[CastMember]
    speakers: Sequence[Attribution | None]
    places: Sequence[Place] = ()

    @property
    def script(self) -> Script:
        """All of the text, quote marks and rows of stars left out."""
        utterances = (
            _utterance(self.source, self.text, number, piece, self.paragraphs[piece.paragraph], speaker)
            for number, (piece, speaker) in enumerate(zip(self.pieces, self.speakers, strict=True))
        )
        return Script(self.source, self.language, self.text, tuple(with_places(utterances, self.places)))


def extract_novel(
    source: str,
    read: SourceText,
    language: Language,
    cast: Iterable[CastMember] = (),
    *,
    discover: bool = True,
) -> Script:
    """A novel as a script. `cast` and `discover` are those of `read_novel`."""
    return read_novel(source, read, language, cast, discover=discover).script


def read_novel(
    source: str,
    read: SourceText,
    language: Language,
    cast: Iterable[CastMember] = (),
    *,
    discover: bool = True,
) -> Novel:
    """A novel with its speakers, called `source` in every utterance.

    `cast` are the people known to speak; with `discover` others whom the narration has speak join them.
    """
    paragraphs = find_paragraphs(read)
    pieces = find_pieces(read.text, paragraphs, language)
    members = discover_cast(read.text, pieces, cast, language) if discover else merge_cast(cast)
    speakers = attribute(read.text, pieces, members, language)
    return Novel(source, read.text, language, paragraphs, pieces, members, speakers, read.places)


def find_cast(read: SourceText, language: Language, cast: Iterable[CastMember] = ()) -> list[FoundMember]:
    """The people of a novel with the genders that the text tells, the most mentioned first."""
    paragraphs = find_paragraphs(read)
    pieces = find_pieces(read.text, paragraphs, language)
    members = discover_cast(read.text, pieces, cast, language)
    mentions = Mentions(read.text, pieces, members, language)
    genders = infer_genders(mentions.all, members)
    counts = Counter(
        mention.member.name for mention in mentions.named_in(read.text, 0, len(read.text)) if mention.member is not None
    )
    found = [
        FoundMember(name=each.name, aliases=each.aliases, gender=genders[each.name], mentions=counts[each.name])
        for each in members
    ]
    return sorted(found, key=lambda each: -each.mentions)


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
