"""Transcripts: a name a speech, in the shapes that people post them in.

    Name: line          before a colon, wide or narrow; in bold, in a list, beside a time, the speech in quotation marks
    NAME. line          before a full stop, as plays are printed
    NAME                on a line of its own, the speech below it: screenplays
    Name 21:03          beside a time, in either order, the message below it: the logs of chats
    <Name> line         in angle brackets, before a tab (Name<TAB>line) or before a dash (Name - line), which tables and
                        lists have too: only where the lines are sentences of several people

What stands behind a label is one utterance, as it is written: directions in it, 甲：（笑）来。, stay where they are, so
that a turn reads as its author set it and is not cut in pieces. A direction beside the name, 甲（笑）：, is an action.

A speech goes on in lines without a label where they are indented, or wrapped as a document's are; below a name; in a
log with dates, until the next; and where the line begins with a small letter and the speech has not ended.

How a voice is heard may be said beside a name, in brackets or, as in 玛拉VO and MARA V.O., without:

    inner   内心独白, 心声, thoughts, and OS in Chinese scripts, where it stands for what somebody thinks: a thought
    over    V.O., 旁白: a thought where its speaker also speaks without it in the same act, and so is there but is not
            heard; else speech, as of whoever is at the other end of a telephone
    off     O.S., O.C., 画外音: heard from where nobody is seen, speech

Left out are the labels (names, the words for voices, (CONT'D) and the like, the numbers of accounts, their colons,
bullets and stars), times in a document that has them, the entries of a role table (甲：张三), and the marks of the
form: brackets around a direction that stands apart, quote marks around a speech in a document that has them around
most, rows of stars, △ before what is shown. All other words are in an utterance.
"""

from collections.abc import Collection, Iterable

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
    passages: Iterable[Passage] = find_passages(text, lines, labels, shape, rows)
    present: Collection[tuple[int, str]] = ()
    if any(label is not None and label.voice == "over" for label in labels):
        passages = list(passages)
        present = _present(passages)
    for passage in passages:
        role = NARRATOR if passage.label is None else roles[name_key(passage.label.name)]
        method = HEADING if passage.kind == "heading" else "narration" if passage.label is None else _LABEL
        kind = _kind_of(passage, present)
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


def _present(passages: Iterable[Passage]) -> set[tuple[int, str]]:
    """Who is in which act: speaks there as people do who are seen, or could be."""
    return {
        (passage.act_id, name_key(passage.label.name))
        for passage in passages
        if passage.kind == "speech" and passage.label is not None and passage.label.voice in ("", "off")
    }


def _kind_of(passage: Passage, present: Collection[tuple[int, str]]) -> Kind:
    label = passage.label
    if label is None or name_key(label.name) in TELLERS:
        return "narration"
    if passage.kind == "aside":
        return "action"
    is_over = label.voice == "over" and (passage.act_id, name_key(label.name)) in present
    return "thought" if is_over or label.voice == "inner" else "speech"
