"""A cue as turns: what one speaker says in it, what is sung, and what is heard.

A turn begins with the cue, at a dash (`- Hi.`), at `>>`, at a label, at another voice than the row's above, and at a
row of music. A dash within a row begins one where the row itself begins with one, after the end of a sentence, before a
capital (`-Yes -No`) or, in Chinese, after a space. No dash of a turn are `--`, a long dash before a small letter and
`-5`. Where several dashes share one actor's field, it names none of them, unless it names as many.

Music: what has a note (♪) at its beginning or end, or # at both, is narration without them: it is heard, but who sings
is not told, and a song is no part of a role's talk. A remark in brackets at the beginning or end of a turn is a turn of
its own, without its brackets: an action where somebody does it, `(laughs)`, or where it follows a label; else
narration, `[door slams]`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from dramaturg.script import NARRATORS, Kind
from extractors.subtitles.labels import Head, find_head, is_deed, is_sound, label_test
from extractors.subtitles.markup import Cue

__all__ = ["Turn", "find_turns"]

_HYPHENS = r"\-‐‑–—－"
_DASH = re.compile(rf"([{_HYPHENS}])\s?(?=[^\s{_HYPHENS}>])")
_LONG_DASHES = "–—"
_INNER_DASH = re.compile(
    rf"(?<=[.!?…。！？♪\"”’）)\]])\s*[{_HYPHENS}]\s?(?=[^\s\d{_HYPHENS}])"
    r"|\s[-–](?=[A-Z\u00c0-\u00de\u3400-\u9fff])"
    r"|(?<=[\u3400-\u9fff]) [-–－] ?(?=[\u3400-\u9fff])"
    r"|(?<=[\u3400-\u9fff])[-－](?=[\u3400-\u9fff])"
)
_CHANGE = re.compile(r"(?:^|(?<=\s))>{2,3}\s*")
_SEVERAL = re.compile(r"\s*[/／;；&,，、+]\s*")
_NOTES = "♪♫♬♩"
_NOTE = re.compile(rf"\s*[{_NOTES}#]+\s*")
_OPENING = "[(（【"
_CLOSING = "])）】"
_LEADING = re.compile(r"([\[(（【])([^\[\]()（）【】]{1,200})[\])）】]\s*")
_LONGEST_REMARK = 202  # characters, brackets with it
_WORD = re.compile(r"\w")


@dataclass(slots=True)
class Turn:
    """What is said, sung or heard in a cue of number `cue`; `opens` where another speaker than before is known to
    begin. `label` is the speaker's, or the doer's; None where none is named."""

    cue: int
    text: str
    label: str | None
    kind: Kind
    opens: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A row, or a part of one, without the dash that it began with."""

    text: str
    speaker: str | None
    opens: bool
    head: Head | None


@dataclass(slots=True)
class _Draft:
    label: str | None
    speaker: str | None
    opens: bool
    is_song: bool
    rows: list[str] = field(default_factory=list)


def find_turns(cues: Sequence[Cue]) -> Iterator[Turn]:
    """The turns of all cues, in order; `cue` counts in `cues`."""
    pieces = [_pieces(cue) for cue in cues]
    is_label = label_test(piece.head for each in pieces for piece in each)
    # A label without words in its cue: of the words that follow, or said itself where they have a label.
    alone: Turn | None = None
    for number, each in enumerate(pieces):
        for draft in _drafts(each, is_label):
            if alone is not None:
                if draft.label is None:
                    draft.label = alone.text
                else:
                    yield alone
                draft.opens = True
            alone = None if draft.rows else Turn(number, draft.label or "", None, "speech", True)
            yield from _told(number, draft)
    if alone is not None:
        yield alone


def _pieces(cue: Cue) -> list[_Piece]:
    rows = [row.text for row in cue.rows]
    dashes = [_DASH.match(row) for row in rows]
    are_several = sum(dash is not None for dash in dashes) > 1
    pieces = []
    for row, dash in zip(cue.rows, dashes, strict=True):
        is_dashed = dash is not None and (are_several or _opens(dash, row.text))
        parts = _INNER_DASH.split(row.text[dash.end() :]) if dash is not None and is_dashed else [row.text]
        for part in parts:
            for at, plain in enumerate(_CHANGE.split(part)):
                if plain.strip():
                    text = plain.strip()
                    pieces.append(_Piece(text, row.speaker, is_dashed or at > 0, find_head(text)))
    return _named_apart([_without_bare_bracket(*each) for each in zip(pieces, [*pieces, None][1:], strict=True)])


def _without_bare_bracket(piece: _Piece, following: _Piece | None) -> _Piece:
    """The piece, its head none where it is all of it, in brackets, and nothing below goes on: then it is a remark."""
    if piece.head is None or piece.head.rest or piece.head.form[0] != "bracket":
        return piece
    if following is not None and not following.opens and following.head is None:
        return piece
    return replace(piece, head=None)


def _opens(dash: re.Match[str], row: str) -> bool:
    """Whether a cue's only dash at the beginning of a row is one of a turn."""
    following = row[dash.end()]
    return not (following.isdigit() or (dash[1] in _LONG_DASHES and following.islower()))


def _named_apart(pieces: list[_Piece]) -> list[_Piece]:
    """One actor's field over several dashes: its names one each, or nobody's."""
    opening = [piece for piece in pieces if piece.opens]
    field_of_all = {piece.speaker for piece in pieces}
    if len(opening) < 2 or len(field_of_all) > 1 or None in field_of_all:
        return pieces
    names = _SEVERAL.split(pieces[0].speaker or "")
    turns = len(opening) + (not pieces[0].opens)
    at = -1
    named = []
    for number, piece in enumerate(pieces):
        at += piece.opens or number == 0
        speaker = names[at] if len(names) == turns else None
        named.append(replace(piece, speaker=speaker))
    return named


def _drafts(pieces: Iterable[_Piece], is_label: Callable[[Head], bool]) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for piece in pieces:
        head = piece.head if piece.head is not None and is_label(piece.head) else None
        text = piece.text if head is None else head.rest
        is_song = _is_song(text)
        begins = (
            draft is None
            or piece.opens
            or head is not None
            or piece.speaker != draft.speaker
            or (is_song and not draft.is_song)
            or (draft.is_song and not is_song and draft.rows[-1][-1:] in _NOTES + "#")
        )
        if begins:
            if draft is not None:
                yield draft
            is_second = draft is not None  # a second turn in a cue is another's, or a song's
            draft = _Draft(head.name if head else piece.speaker, piece.speaker, piece.opens or is_second, is_song)
        if text and draft is not None:
            draft.rows.append(text)
    if draft is not None:
        yield draft


def _is_song(text: str) -> bool:
    if not text or text[0] in _NOTES or text[-1] in _NOTES:
        return bool(text)
    return text[0] == text[-1] == "#" and "#" not in text[1:-1] and any(map(str.isalpha, text))


def _told(cue: int, draft: _Draft) -> Iterator[Turn]:
    text = " ".join(draft.rows)
    if draft.is_song or _is_song(text):
        text = _NOTE.sub(" ", text).strip()
        if _WORD.search(text):
            yield Turn(cue, text, draft.label, "narration", draft.opens)
        return
    before, said, after = _without_remarks(text, draft.label is not None)
    is_narrator = draft.label is not None and draft.label.casefold() in NARRATORS
    for remark in before:
        yield Turn(cue, remark, draft.label, _kind_of(remark, draft.label), draft.opens)
    if said:
        yield Turn(cue, said, draft.label, "narration" if is_narrator else "speech", draft.opens)
    for remark in after:
        yield Turn(cue, remark, draft.label, _kind_of(remark, draft.label), draft.opens)


def _kind_of(remark: str, label: str | None) -> Kind:
    return "action" if label is not None or is_deed(remark) else "narration"


def _without_remarks(text: str, is_labelled: bool) -> tuple[list[str], str, list[str]]:
    """The remarks at a turn's beginning, its words, the remarks at its end. Round brackets before words are of the
    words, unless they tell of a sound or follow a label."""
    before: list[str] = []
    at = 0
    while (found := _LEADING.match(text, at)) is not None:
        is_all = found.end() == len(text)
        if not (is_all or is_labelled or found[1] in "[【" or is_sound(found[2])) or not _WORD.search(found[2]):
            break
        before.append(found[2].strip())
        at = found.end()
    end = len(text)
    after: list[str] = []
    while end > at and text[end - 1] in _CLOSING:
        begin = max(text.rfind(each, max(at, end - _LONGEST_REMARK), end) for each in _OPENING)
        remark = text[begin + 1 : end - 1].strip() if begin >= 0 else ""
        if not _WORD.search(remark) or not (text[begin] in "[【" or is_sound(remark)):
            break
        after.insert(0, remark)
        end = begin
        while end > at and text[end - 1] == " ":
            end -= 1
    return before, text[at:end].strip(), after
