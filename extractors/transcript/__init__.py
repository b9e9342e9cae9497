"""Transcripts: a name a speech, in the shapes that people post them in.

    Name: line          before a colon, wide or narrow; in bold, in a list, beside a time, the speech in quotation marks
    NAME. line          before a full stop, as plays are printed
    NAME                on a line of its own, the speech below it: screenplays

Left out are the labels (names, the directions dropped from them such as (CONT'D), (V.O.) and (O.S.), their colons,
bullets and stars), times in a document that has them, the entries of a role table (甲：张三), and the marks of the
form: brackets around a direction, quote marks around a speech in a document that has them around most, rows of stars,
and the comma or full stop that stands alone after a direction. All other words are in an utterance.
"""

from collections.abc import Iterable, Iterator

from dramaturg.cast import CastMember, merge_cast
from dramaturg.errors import SourceError
from dramaturg.script import HEADING, NARRATOR, Kind, Script, Utterance
from dramaturg.text import Language
from extractors.reading import SourceText
from extractors.transcript.labels import TELLERS, name_key
from extractors.transcript.lines import find_lines
from extractors.transcript.passages import Passage, find_passages
from extractors.transcript.roles import cast_names, find_cast_list, find_role_table, spell_roles
from extractors.transcript.shape import Shape, infer_shape
from extractors.transcript.speeches import find_pieces

__all__ = ["Shape", "read_transcript", "recognise"]

_LABEL = "label"


def recognise(text: str) -> Shape | None:
    """The shape the whole document is in, or None where it is prose."""
    inferred = infer_shape(text, find_lines(text), lambda _: False)
    return None if inferred is None else inferred[0]


def read_transcript(source: str, read: SourceText, language: Language, cast: Iterable[CastMember] = ()) -> Script:
    """A transcript as a script, called `source` in every utterance.

    A label that is a name or an alias of one of the `cast`, capitals and full stops aside, becomes the member's name; a
    label of several speakers stays as it is written. Raises SourceError where the text is in no shape that is known.
    """
    text = read.text
    members = merge_cast(cast)
    named = cast_names(members)
    lines = find_lines(text, read.headings or ())
    inferred = infer_shape(text, lines, lambda name: name_key(name) in named)
    if inferred is None:
        raise SourceError(
            f"{source}: not a transcript: no names that recur before a colon, before a full stop or above the speeches"
        )
    shape, labels = inferred
    table, rows = find_role_table(text, lines, labels, {name for each in members for name in each.names})
    listed = find_cast_list(text, lines, labels) - rows
    labels = [None if number in listed else label for number, label in enumerate(labels)]
    roles = spell_roles(labels, named, table)
    utterances: list[Utterance] = []
    for passage in find_passages(text, lines, labels, shape, rows):
        role = NARRATOR if passage.label is None else roles[name_key(passage.label.name)]
        method = HEADING if passage.kind == "heading" else "narration" if passage.label is None else _LABEL
        for kind, start, end in _pieces(text, passage, shape.is_quoted):
            who = NARRATOR if kind == "narration" else role
            number = len(utterances)
            utterances.append(
                Utterance(passage.act_id, number, who, text[start:end], kind, source, start, end, 1.0, method)
            )
    return Script(source, language, text, tuple(utterances))


def _pieces(text: str, passage: Passage, is_quoted: bool) -> Iterator[tuple[Kind, int, int]]:
    """The utterances of a passage: its kind, start and end."""
    is_teller = passage.label is not None and name_key(passage.label.name) in TELLERS
    if passage.kind in ("told", "heading"):
        yield "narration", passage.start, passage.end
    elif passage.kind == "aside":
        yield "narration" if is_teller else "action", passage.start, passage.end
    else:
        yield from find_pieces(text, passage.start, passage.end, is_quoted=is_quoted, is_told=is_teller)
