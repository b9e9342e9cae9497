"""The card: what the Hub reads of it, and that nothing that stands in a novel breaks it."""

from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from huggingface_hub import DatasetCard, DatasetCardData
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dramaturg.character import Character
from dramaturg.publish import metadata as metadata_module
from dramaturg.publish.card import Part, Spent, Writer, render_card
from dramaturg.publish.markdown import code, fenced, front_matter, in_a_line, plain, table
from dramaturg.publish.pictures import Picture
from dramaturg.publish.statistics import Statistics
from dramaturg.publish.voices import Speaker, Voices
from dramaturg.text import Language
from tests.characters import character
from tests.hub import hub_licences

NASTY = [
    "<script>alert(1)</script>",
    "---\nlicense: mit\n---",
    "a | b || c",
    "`a` ``b`` \\`c",
    "\\",
    "\u202egnihtyna\u202c",
    "# One\n## Plots\n\n## From source to rows\n",
    "![x](https://example.org/x.png) [y](javascript:z)",
    "```\nend\n```",
    "*a* _b_ ~c~ $d$ &lt; <!-- e",
    "1. one",
    "- one",
    "=cmd()",
    "{role} {narrator} {0}",
    "null",
    "\x00\x1b[31m",
    "\u2028x\x85y",
]
TEXT = st.sampled_from(NASTY) | st.text(max_size=30) | st.text("<>|`\\*_[]()!#-=~$&:\n\u202e \u200fa1.", max_size=30)
NAME = TEXT.map(lambda text: text.replace("\n", " ").replace("\r", " ").strip()).filter(in_a_line)
PICTURES = [Picture("plots/lengths.png", "Lengths"), Picture("plots/talks.png", "Talks")]


def people(name: str | None) -> Statistics:
    voices = Voices("Ned", 3, (Speaker(name, 2, 0.5), Speaker(None, 1, 0.0)))
    return Statistics({"en": 1}, {}, {}, 1, 3, {}, {"ned": voices})


def card(role: Character, text: str = "x", pictures: Sequence[Picture] = (), **there: Any) -> str:
    """A card with all that there can be in it, `text` wherever somebody else's words stand."""
    parts = {config: {"train": Part(2, "0" * 64), "test": Part(1, "1" * 64)} for config in ("chatharuhi", "scenes")}
    source = {"name": text, "kind": "novel", "characters": 9, "licence": text, "text_sha256": "2" * 64}
    return render_card(
        role,
        parts,
        [(text, 1)],
        [source],
        [Writer(text, text, 1, True)],
        None,
        people(text),
        [Spent("talks", text, 1, 2, 3)],
        text,
        pictures,
        **there,
    )


def shape(markdown: str) -> list[str]:
    """What a reader's program makes of it, the words left out: each block, and how many pieces of code and links."""
    body = markdown.split("\n---\n", 1)[1]
    found = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(body):
        marks = [each for each in token.children or () if each.type not in ("text", "code_inline", "html_inline")]
        tags = {each.content for each in token.children or () if each.type == "html_inline"}
        assert tags <= {"<code>", "</code>"}
        found.append(f"{token.type} {token.tag} {[each.type for each in marks if 'softbreak' not in each.type]}")
    return found


def metadata(markdown: str) -> dict[str, Any]:
    told: dict[str, Any] = DatasetCard(markdown).data.to_dict()
    return told


@settings(max_examples=60)
@given(NAME, NAME, st.lists(NAME, max_size=3), TEXT)
def test_nothing_that_anybody_wrote_is_markup(name: str, other: str, tags: list[str], text: str) -> None:
    told = character("en", name=name, name_en=other, work=other, licence=other, categories=tags)
    whole = card(told, text, PICTURES, withheld=[f"{text}.txt"])
    read, plainly = metadata(whole), card(character("en", name_en="Edward"), "x", PICTURES, withheld=["x.txt"])
    assert shape(whole) == shape(plainly)
    assert read["configs"] == metadata(plainly)["configs"]
    assert set(read["tags"]) >= {"role-playing", "dialogue", "dramaturg", "synthetic"}
    assert not {"\u202e", "\u200f", "\x00", "\x1b", "\u2028"} & set(whole)


@given(TEXT)
def test_a_text_is_read_as_it_was_but_for_what_cannot_be_seen(text: str) -> None:
    html = MarkdownIt("commonmark").enable("table")
    (paragraph,) = [each for each in html.parse(f"x{plain(text)}") if each.type == "inline"]
    assert "".join(each.content for each in paragraph.children or ()) == f"x{in_a_line(text)}".rstrip()
    cells = [
        "".join(part.content for part in each.children or () if part.type != "html_inline")
        for each in html.parse(table(("a", "b"), [(code(text), "x" + plain(text))]))
        if each.type == "inline"
    ]
    assert cells == ["a", "b", in_a_line(text), f"x{in_a_line(text)}"]


@given(st.dictionaries(st.sampled_from("abc"), TEXT | st.lists(TEXT, max_size=3), min_size=1))
def test_front_matter_has_one_end_and_says_what_it_was_given(told: dict[str, Any]) -> None:
    read = DatasetCard(front_matter(told) + "\n# x\n").data.to_dict()
    for key, value in told.items():
        expected = [in_a_line(each) for each in value] if isinstance(value, list) else in_a_line(value)
        assert read.get(key, expected) == expected


def test_a_block_of_code_ends_where_it_is_meant_to() -> None:
    assert fenced("a\n````\nb\n", "text") == "`````text\na\n````\nb\n`````\n"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_hubs_own_classes_read_the_metadata(language: Language) -> None:
    told = card(character(language, categories=["brave", "null", "brave"]))
    data = DatasetCard(told).data
    assert isinstance(data, DatasetCardData)
    assert (data.language, data.license, data.size_categories) == ([language], "cc0-1.0", ["n<1K"])
    assert data.tags == ["role-playing", "dialogue", "dramaturg", "synthetic", "brave", "null"]
    assert [config["config_name"] for config in data.configs] == ["chatharuhi", "scenes"]
    assert yaml.safe_load(data.to_yaml()) == data.to_dict()


@pytest.mark.parametrize(
    ("licence", "fields"),
    [
        ("CC-BY-4.0", ("cc-by-4.0", None)),
        ("all rights reserved", ("other", "all-rights-reserved")),
        ("proprietary", ("other", "proprietary")),
        ("0BSD", ("other", "0bsd")),
        ("Apache 2.0", ("apache-2.0", None)),
        ("CC BY-SA 4.0", ("cc-by-sa-4.0", None)),
        ("公有领域", ("other", "public-domain")),
        ("版权所有", ("other", "other")),
        ("<b>", ("other", "b")),
    ],
)
def test_a_licence_that_the_hub_does_not_know_is_another_with_an_id(
    licence: str, fields: tuple[str, str | None]
) -> None:
    told = metadata(card(character("en", licence=licence)))
    assert (told["license"], told.get("license_name")) == fields


def test_the_licences_are_the_hubs_own() -> None:
    """As its client has them: npm pack @huggingface/hub@2.17.5, src/types/public.ts."""
    models = ("rail", "llama", "apple", "gemma", "deepfloyd")
    of_models = {each for each in hub_licences() if any(name in each for name in models)}
    assert hub_licences() - of_models - {"unknown", "other"} == metadata_module._LICENCES


def test_plots_are_shown_where_there_are_any() -> None:
    assert "## Plots" not in card(character("en"))
    shown = card(character("en"), "x", PICTURES)
    assert "\n## Plots\n\n![Lengths](plots/lengths.png)\n\n![Talks](plots/talks.png)\n\n## From source" in shown


def test_it_says_how_to_load_it_from_where_it_is() -> None:
    assert 'load_dataset("path/to/this/folder", "chatharuhi", split="train")' in card(character("en"))
    assert 'load_dataset("org/name", "chatharuhi", split="train")' in card(character("en"), place="org/name")


def test_it_says_which_sources_words_are_not_in_it_and_how_to_have_them() -> None:
    assert "## Withheld" not in card(character("en"))
    told = card(character("en"), withheld=["novel.txt", "notes/a.txt"])
    assert "\n## Withheld\n\nThe words of `novel.txt` and `notes/a.txt` are not in here" in told
    assert "dramaturg reattach path/to/this/folder --source novel.txt --source a.txt\n```\n\n## Sources\n" in told


def test_it_says_what_it_is_for_what_it_cost_and_how_to_cite_it() -> None:
    told = card(character("en", work="The {Bell}"), "x")
    for line in (
        "| talks | `x` | 1 | 2 | 3 |",
        "| x | 2 | 66.7% | 0.50 |",
        "| *unknown* | 1 | 33.3% | 0.00 |",
        "## Intended use and limits",
        "  title = {Ned Tull, a role-playing dataset from The Bell},",
        "arXiv:2308.09597",
        "arXiv:2310.00746",
    ):
        assert line in told
    assert "## Cost" not in render_card(character("en"), {"scenes": {"train": Part(1, "0")}}, [], [])
