"""Random scripts, rendered in every shape, are read back as they were."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.reading import SourceText
from extractors.transcript import read_transcript, recognise
from tests.extractors.transcript.rendering import HEADERS, LAYOUTS, SHAPES, laid_out, logged, rendered, wrapped


def read(text: str) -> list[tuple[int, str, str | None, str]]:
    script = read_transcript("script.txt", SourceText(text, "utf-8"), "en")
    return [(line.act_id, line.kind, line.role, line.content) for line in script.utterances]


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_script_in_a_shape_is_read_as_it_was_written(shape: str, data: st.DataObject) -> None:
    text, expected = data.draw(rendered(SHAPES[shape]))
    assert recognise(text) is not None
    assert read(text) == expected


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_names_above_their_speeches_are_read_as_they_were_written(layout: str, data: st.DataObject) -> None:
    text, expected = data.draw(laid_out(LAYOUTS[layout]))
    assert recognise(text) is not None
    assert read(text) == expected


@pytest.mark.parametrize(("indent", "between"), [("    ", "\n"), ("\t", "\n\n"), ("  ", "\n\n"), ("", "\n\n")])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_wrapped_speeches_are_read_as_they_were_written(indent: str, between: str, data: st.DataObject) -> None:
    text, expected = data.draw(wrapped(indent, between))
    assert read(text) == expected


@pytest.mark.parametrize("header", HEADERS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_chats_log_is_read_as_it_was_written(header: str, data: st.DataObject) -> None:
    text, expected = data.draw(logged(header))
    assert recognise(text) is not None
    assert read(text) == expected
