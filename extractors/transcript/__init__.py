"""Transcripts: a name a speech, in the shapes that people post them in.

    Name: line          before a colon, wide or narrow; in bold, in a list, beside a time, the speech in quotation marks
    NAME. line          before a full stop, as plays are printed
    NAME                on a line of its own, the speech below it: screenplays

What stands behind a label is one utterance, as it is written: directions in it, 甲：（笑）来。, stay where they are, so
that a turn reads as its author set it and is not cut in pieces. A direction beside the name, 甲（笑）：, is an action.

Left out are the labels (names, the directions dropped from them such as (CONT'D), (V.O.) and (O.S.), their colons,
bullets and stars), times in a document that has them, the entries of a role table (甲：张三), and the marks of the
form: brackets around a direction that stands apart, quote marks around a speech in a document that has them around
most, rows of stars. All other words are in an utterance.
"""

from collections.abc import Iterable

from dramaturg.cast import CastMember, merge_cast
from dramaturg.errors import SourceError
from dramaturg.script import HEADING, NARRATOR, Kind, Script, Utterance
from dramaturg.text import Language
from extractors.names import cast_names, name_key
from extractors.reading import SourceText
from extractors.transcript.brackets import is_enclosed, trim
from extractors.transcript.labels import TELLERS
from extractors.transcript.lines import find_lines
from extractors.transcript.passages import Passage, find_passages
from extractors.transcript.roles import find_cast_list, find_role_table, spell_roles
from extractors.transcript.shape import Shape, infer_shape

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
        kind = _kind_of(passage)
        start, end = passage.start, passage.end
        if passage.kind == "speech" and shape.is_quoted and is_enclosed(text, start, end):
            start, end = trim(text, start + 1, end - 1)
        if start < end:
            who = NARRATOR if kind == "narration" else role
            number = len(utterances)
            utterances.append(
                Utterance(passage.act_id, number, who, text[start:end], kind, source, start, end, 1.0, method)
            )
    return Script(source, language, text, tuple(utterances))


def _kind_of(passage: Passage) -> Kind:
    if passage.label is None or name_key(passage.label.name) in TELLERS:
        return "narration"
    return "action" if passage.kind == "aside" else "speech"
