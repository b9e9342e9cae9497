"""Random scripts and the shapes that people post them in, to be read back."""

import math
import re
import textwrap
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

from dramaturg.script import NARRATOR

__all__ = ["HEADERS", "LAYOUTS", "SHAPES", "Item", "Rendered", "laid_out", "logged", "rendered", "wrapped"]

Row = tuple[int, str, str, str]
"""An utterance's act_id, kind, role and content."""


class Item(NamedTuple):
    """A speech, directions in it between braces; a direction; a scene's heading; or a row of stars."""

    kind: str
    role: str = ""
    aside: str = ""
    content: str = ""


class Rendered(NamedTuple):
    text: str
    expected: list[Row]


ENGLISH = ("Ann", "Mr. Bell", "Dr Vane", "Carlo Rossi", "Speaker 1", "Jean-Luc", "O'Neil")
CHINESE = ("甲", "小红", "王道", "欧阳明", "玛丽·安", "店小二")

_STARTS = ["I know", "12:30 it was", "No", "Well… now", "See http://a.org/b", "3 apples", "他来了", "好"]
_MIDDLES = [
    *[""] * 10,
    *(" he said: come", ", no? Yes!", " at 7:15", "：对", " — so", " “hm,” she said", " note: this", " 2:1", "，走吧"),
    " a) b",
]
_ENDS = ["", ".", "!", "?", "…", "。", " now."]


def one_of_each(*choices: Sequence[Any]) -> st.SearchStrategy[list[Any]]:
    """One of each of the choices, drawn at once: to draw each by itself takes longer than all that is tested."""

    def chosen(number: int) -> list[Any]:
        found = []
        for each in choices:
            number, place = divmod(number, len(each))
            found.append(each[place])
        return found

    return st.integers(0, math.prod(map(len, choices)) - 1).map(chosen)


SPOKEN = one_of_each(_STARTS, *[_MIDDLES] * 4, _ENDS).map("".join)
DONE = st.sampled_from(["laughing", "points at it", "to Ann: softly", "笑", "看着他，不说话", "12 times"])
PLACES = st.sampled_from(["A kitchen", "The road: night", "花园", "Room 12"])

# of an item: what comes before it, how often something is done in it, which of its pieces it is then, what is aside
_BEFORE = ["", "", "", "", "direction", "scene", "row"]
_MORE = [0, 0, 0, 1, 2]
_PIECES = [(0, 9), (0, 9), (0, 9), (1, 9), (1, 2)]
_ASIDE = ["", "", "", "laughing", "低声"]
_FORM = one_of_each(_BEFORE, _MORE, _PIECES, _ASIDE)
_TURNS = st.lists(st.integers(0, 2), max_size=9)
_LINE_ENDS = st.sampled_from(["\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\n \t\n"])
_LAST = st.sampled_from(["", "\n"])


@cache
def casts(names: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=2, max_size=3, unique=True)


@st.composite
def items(draw: st.DrawFn, names: Sequence[str]) -> list[Item]:
    """Up to fifteen speeches with directions and scenes between; every speaker speaks twice at least."""
    cast = draw(casts(names))
    roles = draw(st.permutations([*cast, *cast, *(cast[turn % len(cast)] for turn in draw(_TURNS))]))
    made = []
    for role in roles:
        between, more, (first, last), aside = draw(_FORM)
        if between == "direction":
            made.append(Item("direction", content=draw(DONE)))
        elif between:
            made.append(Item(between, content=draw(PLACES)))
        pieces = [draw(SPOKEN)]
        for _ in range(more):
            pieces += ["{" + draw(DONE) + "}", draw(SPOKEN)]
        made.append(Item("speech", role, aside, " ".join(pieces[first:last] if more else pieces)))
    return made


def rows(script: Sequence[Item], heading: Callable[[str], str], brackets: str) -> list[Row]:
    """What a script should be read as; `heading` makes of a place what stands in the heading, `brackets` hold
    a speech's directions."""
    expected: list[Row] = []
    act, has_told = 0, False
    for item in script:
        if item.kind in ("scene", "row"):
            act, has_told = act + has_told, False
            if item.kind == "scene":
                expected.append((act, "narration", NARRATOR, heading(item.content)))
            continue
        has_told = True
        if item.kind == "direction":
            expected.append((act, "narration", NARRATOR, item.content))
            continue
        if item.aside:
            expected.append((act, "action", item.role, item.aside))
        expected.append((act, "speech", item.role, _body(item, brackets)))
    return expected


def _body(item: Item, brackets: str) -> str:
    return re.sub(r"\{(.*?)\}", lambda found: brackets.format(found[1]), item.content)


class Form(NamedTuple):
    """How a shape writes: a `label` with slots name and aside, an `aside`, which may be none, the `speech` and what all
    end in, directions, headings, rows."""

    names: Sequence[str]
    label: str
    aside: str = " ({})"
    speech: str = "{}"
    end: str = ""
    direction: str = "({})"
    heading: str = "[Scene: {}]"
    told: str = "Scene: {}"
    row: str = "***"
    written: Callable[[str], str] = str


_ZH = {"aside": "（{}）", "direction": "（{}）", "heading": "第二场 {}", "told": "第二场 {}"}
_SHARP = {"heading": "## {}", "told": "{}", "row": "---"}
SHAPES = {
    "colon": Form(ENGLISH, "{name}{aside}: "),
    "wide colon": Form(CHINESE, "{name}{aside}：", **_ZH),
    "narrow colon in Chinese": Form(CHINESE, "{name}{aside}:", **_ZH),
    "corner quotes": Form(CHINESE, "{name}{aside}：", speech="「{}」", **_ZH),
    "ChatHaruhi": Form(CHINESE, "{name}{aside}:", speech="「{}」", **_ZH),
    "straight quotes": Form(ENGLISH, "{name}{aside}: ", speech='"{}"'),
    "bold, colon inside": Form(ENGLISH, "**{name}{aside}:** ", direction="*{}*", **_SHARP),
    "bold": Form(ENGLISH, "**{name}**{aside}: ", **_SHARP),
    "list": Form(ENGLISH, "- {name}{aside}: ", heading="SCENE 2", told="SCENE 2", row="======"),
    "time before": Form(ENGLISH, "[00:12:03] {name}{aside}: "),
    "bare time before": Form(ENGLISH, "00:12 {name}{aside}: "),
    "time after": Form(ENGLISH, "{name} [00:12]{aside}: "),
    "tabs": Form(ENGLISH, "\t{name}{aside} :\t", direction="\t[{}]"),
    "full-width spaces": Form(CHINESE, "　　{name}　{aside}：　", **(_ZH | {"row": "　　＊＊＊"})),
    "angle brackets": Form(ENGLISH, "[21:03] <{name}> ", aside=""),
    "before a tab": Form(ENGLISH, "{name}\t", aside="", end="!"),
    "time and name before tabs": Form(CHINESE, "21:03\t{name}\t", end="。", **(_ZH | {"aside": ""})),
    "before a dash": Form(ENGLISH, "{name} - ", aside="", end="."),
    "play": Form((*ENGLISH[:2], "Mrs. Linde", "Nora"), "{name}{aside}. ", written=str.upper, row="* * *"),
}


@st.composite
def rendered(draw: st.DrawFn, form: Form) -> Rendered:
    """A random script as text in a shape, its lines ended in any of the ways, and what should be read."""
    script = draw(items(form.names))
    if form.end:  # what is no table: who spoke first speaks again
        script += [item for item in script if item.kind == "speech"][:1]
    between = draw(_LINE_ENDS)
    brackets = form.aside.strip() or "({})"
    script = [
        item._replace(content=item.content + form.end, aside=item.aside if form.aside else "")
        if item.kind == "speech"
        else item
        for item in script
    ]
    lines = []
    for item in script:
        if item.kind == "scene":
            lines.append(form.heading.format(item.content))
        elif item.kind == "row":
            lines.append(form.row)
        elif item.kind == "direction":
            lines.append(form.direction.format(item.content))
        else:
            aside = form.aside.format(item.aside) if item.aside else ""
            label = form.label.format(name=form.written(item.role), aside=aside)
            lines.append(label + form.speech.format(_body(item, brackets)))
    script = [item._replace(role=form.written(item.role)) for item in script]
    expected = rows(script, form.told.format, brackets)
    return Rendered(between.join(lines) + draw(_LAST), expected)


class Layout(NamedTuple):
    """How names above their speeches are set: the columns of each, and the lines between blocks and inside them."""

    names: Sequence[str]
    cue: str = ""
    aside: str = ""
    speech: str = ""
    written: Callable[[str], str] = str.upper
    heading: str = "INT. {} - DAY"
    suffixes: Sequence[str] = ("", "", " (CONT'D)", " (V.O.)", " (O.S.)")
    inside: str = "\n"
    most_lines: int = 3


LAYOUTS = {
    "screenplay, indented": Layout(ENGLISH, " " * 20, " " * 15, " " * 10),
    "screenplay in tabs": Layout(ENGLISH, "\t\t\t", "\t\t", "\t"),
    "screenplay, flat": Layout(ENGLISH),
    "names in bold": Layout(ENGLISH, written="**{}**".format, heading="# {}", suffixes=("",)),
    "small letters": Layout(ENGLISH, written=str, heading="## {}", suffixes=("",)),
    "Chinese": Layout(CHINESE, written=str, heading="第三场 {}", suffixes=("",)),
    "every line between blank ones": Layout(ENGLISH, inside="\n\n", most_lines=1),
}


_ENDS_OF_LINES = st.sampled_from(["\n", "\r\n", "\r"])
_SPEECHES = {most: st.lists(SPOKEN, min_size=1, max_size=most) for most in (1, 3)}


@st.composite
def laid_out(draw: st.DrawFn, layout: Layout) -> Rendered:
    """A random script with its names above the speeches; where blocks are apart, lines between are told."""
    script = draw(items(layout.names))
    suffixes = st.sampled_from(layout.suffixes)
    end = draw(_ENDS_OF_LINES)
    blocks = []
    expected: list[Row] = []
    act, has_told = 0, False
    for item in script:
        if item.kind in ("scene", "row"):
            act, has_told = act + has_told, False
            blocks.append(layout.heading.format(item.content) if item.kind == "scene" else "***")
            if item.kind == "scene":
                expected.append((act, "narration", NARRATOR, blocks[-1].lstrip("# ")))
            continue
        has_told = True
        if item.kind == "direction":
            blocks.append(f"({item.content})" if layout.most_lines == 1 else f"They do so: {item.content}.")
            expected.append((act, "narration", NARRATOR, blocks[-1].strip("()")))
            continue
        role = layout.written(item.role).strip("*")
        suffix = draw(suffixes)
        lines = [layout.cue + layout.written(item.role) + suffix]
        if item.aside:
            lines.append(f"{layout.aside}({item.aside})")
            expected.append((act, "action", role, item.aside))
        spoken = draw(_SPEECHES[layout.most_lines])
        lines += [layout.speech + line for line in spoken]
        kind = "over" if suffix == " (V.O.)" else "speech"
        expected.append((act, kind, role, f"{end}{layout.speech}".join(spoken)))
        blocks.append(layout.inside.join(lines))
    present = {(act, role) for act, kind, role, _ in expected if kind == "speech"}
    over = {True: "thought", False: "speech"}  # a voice over the picture, by whether its speaker is there too
    expected = [
        (act, over[(act, role) in present] if kind == "over" else kind, role, content)
        for act, kind, role, content in expected
    ]
    return Rendered("\n\n".join(blocks).replace("\n", end), expected)


HEADERS = (
    "{name} 2021-11-06 21:03",
    "{name} 2021/11/6 21:03",
    "{name} — Today at 9:03 PM",
    "{name} — 11/06/2021 9:03 PM",
    "{name} 21:03",
    "{name}, [06.11.2021 21:03]",
    "{name} Nov 6, 2021 at 9:03 PM",
    "{name} 昨天 下午 9:03",
    "2021-11-06 21:03:11 {name}",
    "2021-11-06 21:03:11 {name}(12345678)",
    "2021-11-06 21:03:11 {name}<a.b@example.org>",
    "[21:03] {name}",
)


_PEOPLE = st.sampled_from([("Mara", "old pole", "小托"), ("mara92", "Tobias Reed", "O'Neil"), ("玛拉", "老陈")])
_BLANKS = st.sampled_from(["\n", "\n\n"])
_MESSAGE = st.lists(SPOKEN | st.just("21:30?"), min_size=1, max_size=3)
_IS_PICTURE = st.sampled_from([False, False, False, True])


@st.composite
def logged(draw: st.DrawFn, header: str) -> Rendered:
    """A random log of a chat: messages of some lines, or of what the application says instead, in brackets."""
    people = draw(_PEOPLE)
    names = draw(st.permutations([*people, *people, *(people[turn % len(people)] for turn in draw(_TURNS))]))
    between = draw(_BLANKS)
    blocks, expected = [], []
    for name in names:
        lines = draw(_MESSAGE)
        is_action = draw(_IS_PICTURE)
        blocks.append("\n".join([header.format(name=name), *(["[图片]"] if is_action else lines)]))
        expected.append((0, "action", name, "图片") if is_action else (0, "speech", name, "\n".join(lines)))
    return Rendered(between.join(blocks) + "\n", expected)


_FILL = "it rained and then we Bob ran. the road, far at 12:30 came; why? hill to “go” I".split()
_VERY_LONG = one_of_each(range(40, 81), *[_FILL] * 80).map(lambda drawn: " ".join(drawn[1 : drawn[0] + 1]))


_SPEAKERS = st.lists(st.sampled_from(["Ann", "Bell", ""]), max_size=5)
_WIDTH = st.integers(50, 90)


@st.composite
def wrapped(draw: st.DrawFn, indent: str, between: str) -> Rendered:
    """Speeches and what is told, wrapped at a width: a speech's later lines behind `indent`."""
    width = draw(_WIDTH)
    names = ["Ann", "Bell", "Ann", "Bell", *draw(_SPEAKERS)]
    blocks, expected = [], []
    for name in names:
        content = draw(_VERY_LONG if name or not indent else DONE)
        content = content if name else f"They go {content}".replace(":", "").replace("：", "")
        label = f"{name}: " if name else ""
        lines = textwrap.wrap(label + content, width, subsequent_indent=indent if name else "", break_on_hyphens=False)
        blocks.append("\n".join(lines))
        spoken = ("speech", name) if name else ("narration", NARRATOR)
        expected.append((0, *spoken, blocks[-1].removeprefix(label)))
    return Rendered(between.join(blocks) + "\n", expected)
