"""Rows without the words of sources that may not be passed on, and the same rows with them again.

What a row shows of such a source is null. In a column `withheld` each of these texts stands as pieces, one after the
other: a text of its own, such as a quote mark, or a passage of a source with the SHA-256 of its words. Whoever has the
source puts the words back. A model's text that has 13 words (in Chinese, characters) in a row in common with such a
source is withheld too: 13 is the n-gram by which GPT-3 was held against its tests (arXiv 2005.14165, appendix C).
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from typing import Any

import pyarrow as pa
from rapidfuzz.distance import Indel

from dramaturg.errors import DramaturgError
from dramaturg.publish import chatharuhi, rolebench, scenes, scripts
from dramaturg.text import Language, join_pieces, located_words, unwrap, words

__all__ = ["COLUMN", "KNOWN", "RUN", "Withholding", "restored_row", "shown_of", "spans_of", "withheld_schema"]

COLUMN = "withheld"
RUN = 13
"""So many words in a row are a quotation."""
KNOWN = frozenset(
    {
        *(chatharuhi.CONFIG, rolebench.CONFIG, rolebench.BOUNDARY, rolebench.GENERAL, scenes.CONFIG),
        *(scripts.PROFILES, scripts.SCRIPT),
    }
)
"""The configs of which it is known where they show a source's words."""

_PIECE = pa.struct(
    [("text", pa.string()), ("source", pa.string()), ("start", pa.int64()), ("end", pa.int64()),
     ("sha256", pa.string())]
)  # fmt: skip
_ENTRY = pa.struct([("place", pa.string()), ("unwrapped", pa.bool_()), ("pieces", pa.list_(_PIECE))])

_Row = dict[str, Any]
_Span = tuple[str, int, int]
_Place = tuple[str | int, ...]


def withheld_schema(schema: pa.Schema) -> pa.Schema:
    """A config's schema with the column `withheld` after its own."""
    return schema.append(pa.field(COLUMN, pa.list_(_ENTRY)))


class Withholding:
    """Takes the words of `texts`, canonical texts by source, out of rows."""

    def __init__(self, texts: Mapping[str, str], language: Language) -> None:
        self._texts, self._language = texts, language
        self._words = {name: words(text) for name, text in texts.items()}
        self._places = {name: array("q", _places(text)) for name, text in texts.items()}
        self._runs: dict[int, tuple[str, int]] = {}
        for name, own in self._words.items():
            for number in range(len(own) - RUN + 1):
                self._runs.setdefault(hash(tuple(own[number : number + RUN])), (name, number))

    def rows(self, config: str, rows: Iterable[_Row], lines: Iterable[_Row] = ()) -> Iterator[_Row]:
        """The rows of a config with their last column. `lines` are the rows of the script beside those of `profiles`,
        which do not name their passages. Raises DramaturgError where a row does not show what its passages say."""
        beside = iter(lines)
        for row in rows:
            passage = next(beside) if config == scripts.PROFILES else row
            yield self._row(row, self._shown(config, row, passage), is_exact=config == scripts.SCRIPT)

    def sheet(self, sheet: _Row) -> _Row:
        """The character sheet, with `withheld` last in it."""
        shown: list[tuple[_Place, list[_Span]]] = []
        for number, phrase in enumerate(sheet["catchphrases"]):
            places = [_span(place) for place in phrase["places"] if place["source"] in self._texts]
            found = [span for span in places if unwrap(self._at(span), self._language) == phrase["text"]]
            shown += [(("catchphrases", number, "text"), found[:1])] if found else []
        return self._row(sheet, shown, is_exact=False)

    def _row(self, row: _Row, shown: Iterable[tuple[_Place, list[_Span]]], *, is_exact: bool) -> _Row:
        entries = []
        for place, spans in shown:
            pieces = self._template(str(_get(row, place)), spans, is_exact)
            entries.append(_entry(place, pieces, unwrapped=not is_exact))
            _put(row, place, None)
        for place, text in list(_texts_in(row)):
            if pieces := self._quoting(text):
                entries.append(_entry(place, pieces, unwrapped=False))
                _put(row, place, None)
        return {**row, COLUMN: entries}

    def _shown(self, config: str, row: _Row, passage: _Row) -> Iterator[tuple[_Place, list[_Span]]]:
        """Where a row shows passages of a source that is withheld, and which."""
        if config in (scripts.SCRIPT, scripts.PROFILES):
            spans: Iterable[tuple[_Place, _Span]] = [(("content",), _span(passage))]
        elif config == scenes.CONFIG:
            spans = [(("turns", number, "content"), _span(turn)) for number, turn in enumerate(row["turns"])]
        elif config == chatharuhi.CONFIG:
            spans = [(_turn_place(span["turn"]), _span(span)) for span in row["spans"]]
        else:
            spans = ()
        found: dict[_Place, list[_Span]] = {}
        for place, span in spans:
            if span[0] in self._texts:
                found.setdefault(place, []).append(span)
        yield from found.items()

    def _template(self, text: str, spans: Sequence[_Span], is_exact: bool) -> list[_Row]:
        """A text as its passages, and what stands around and between them."""
        if is_exact:
            said, between = "".join(map(self._at, spans)), ""
        else:
            said, between = join_pieces(map(self._at, spans), self._language), "" if self._language == "zh" else " "
        start = text.find(said)
        if start < 0 or not said:
            raise DramaturgError(
                f"{spans[0][0]} {spans[0][1]}:{spans[-1][2]}: a row shows other words than its passages, and what it "
                "shows cannot be withheld: build again"
            )
        pieces = [_own(text[:start])]
        for number, span in enumerate(spans):
            pieces += [_own(between if number else ""), self._piece(span, unwrapped=not is_exact)]
        return _joined([*pieces, _own(text[start + len(said) :])])

    def _quoting(self, text: str) -> list[_Row]:
        """A text as pieces where it quotes a source at length; else none."""
        if len(text) < RUN:
            return []
        own, places, pieces = words(text), None, list[_Row]()
        done = number = 0
        while number <= len(own) - RUN:
            found = self._runs.get(hash(tuple(own[number : number + RUN])))
            length = self._common(own, number, *found) if found else 0
            if found is None or length < RUN:
                number += 1
                continue
            places = places or list(_places(text))
            (source, first), of_source = found, self._places[found[0]]
            start, end = places[2 * number], places[2 * (number + length) - 1]
            pieces.append(_own(text[done:start]))
            span = (source, of_source[2 * first], of_source[2 * (first + length) - 1])
            pieces += self._aligned(text[start:end], span)
            done, number = end, number + length
        return _joined([*pieces, _own(text[done:])]) if pieces else []

    def _common(self, own: Sequence[str], number: int, source: str, first: int) -> int:
        """How many words from `number` on are those of the source from `first` on."""
        of_source = self._words[source]
        most = min(len(own) - number, len(of_source) - first)
        return next((k for k in range(most) if own[number + k] != of_source[first + k]), most)

    def _aligned(self, text: str, span: _Span) -> Iterator[_Row]:
        """A quotation: what is the source's to the letter as passages, the rest as it stands."""
        source, start, _ = span
        for each in Indel.opcodes(self._at(span), text):
            if each.tag == "equal":
                yield self._piece((source, start + each.src_start, start + each.src_end), unwrapped=False)
            elif each.dest_start < each.dest_end:
                yield _own(text[each.dest_start : each.dest_end])

    def _piece(self, span: _Span, *, unwrapped: bool) -> _Row:
        source, start, end = span
        said = shown_of(self._texts, span, self._language if unwrapped else None)
        return {"text": None, "source": source, "start": start, "end": end, "sha256": _sha256(said)}

    def _at(self, span: _Span) -> str:
        source, start, end = span
        return self._texts[source][start:end]


def restored_row(row: _Row, texts: Mapping[str, str], language: Language) -> _Row:
    """A row, or a character sheet, with the words of `texts` in it again, and without `withheld`."""
    entries = row.pop(COLUMN)
    for entry in entries:
        how = language if entry["unwrapped"] else None
        said = (shown_of(texts, _span(each), how) if each["text"] is None else each["text"] for each in entry["pieces"])
        _put(row, tuple(int(part) if part.isdigit() else part for part in entry["place"].split("/")), "".join(said))
    return row


def spans_of(row: _Row) -> Iterator[tuple[_Span, bool, str]]:
    """The passages that a row withholds, whether their line breaks are taken out, and the SHA-256 of their words."""
    for entry in row[COLUMN]:
        for piece in entry["pieces"]:
            if piece["text"] is None:
                yield _span(piece), entry["unwrapped"], piece["sha256"]


def shown_of(texts: Mapping[str, str], span: _Span, unwrapped_as: Language | None) -> str:
    """What a passage says; without its line breaks, where it says as which language's."""
    source, start, end = span
    said = texts.get(source, "")[start:end]
    return said if unwrapped_as is None else unwrap(said, unwrapped_as)


def _places(text: str) -> Iterator[int]:
    """Start and end of each word, one after the other."""
    return (place for _, start, end in located_words(text) for place in (start, end))


def _texts_in(value: Any, place: _Place = ()) -> Iterator[tuple[_Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts_in(each, (*place, key))


def _turn_place(turn: int) -> _Place:
    return ({0: "user_question", 1: "agent_response"}[turn],) if turn < 2 else ("more_dialogues", turn - 2)


def _get(value: Any, place: _Place) -> Any:
    for part in place:
        value = value[part]
    return value


def _put(row: _Row, place: _Place, text: str | None) -> None:
    _get(row, place[:-1])[place[-1]] = text


def _entry(place: _Place, pieces: list[_Row], *, unwrapped: bool) -> _Row:
    return {"place": "/".join(map(str, place)), "unwrapped": unwrapped, "pieces": pieces}


def _own(text: str) -> _Row:
    return {"text": text, "source": None, "start": None, "end": None, "sha256": None}


def _joined(pieces: Iterable[_Row]) -> list[_Row]:
    """The pieces, texts beside each other as one."""
    found: list[_Row] = []
    for is_passage, group in groupby(pieces, key=lambda piece: piece["text"] is None):
        texts = list(group)
        found += texts if is_passage else [_own("".join(piece["text"] for piece in texts))]
    return [piece for piece in found if piece["text"] != ""]


def _span(passage: Mapping[str, Any]) -> _Span:
    return passage["source"], passage["start"], passage["end"]


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
