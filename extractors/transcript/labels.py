"""What may be a speaker's label: at the head of a line before a colon or a full stop, or alone above a speech."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from extractors.names import name_key
from extractors.transcript.brackets import trim
from extractors.transcript.times import BARE_TIME, MARGIN, MOMENT, TIME

__all__ = [
    "EVERYBODY",
    "NOT_PEOPLE",
    "PLACEHOLDERS",
    "TELLERS",
    "Label",
    "Likeness",
    "Style",
    "Voice",
    "find_label",
    "is_transition",
    "likeness",
    "names_of_several",
]

Style = Literal["colon", "header", "stop", "above", "tab", "angle", "dash"]
Likeness = Literal["none", "weak", "name"]
Voice = Literal["", "over", "off", "inner"]
"""How a voice is heard: as usual; over the picture (V.O.); from where nobody is seen (O.S.); by the thinker alone."""

_Span = tuple[int, int]

TELLERS = frozenset({"narrator", "narration", "旁白"})
"""Labels of the narrator, as `name_key` writes them."""

EVERYBODY = frozenset(
    "all both everyone everybody chorus crowd 众 众人 大家 齐 合 全体 所有人 众人齐 二人 两人 甲乙 齐声".split()
)
"""Labels of several speakers at once, as `name_key` writes them."""

PLACEHOLDERS = frozenset([*"甲乙丙丁戊己庚辛", *"abcdef", *"逗捧", "逗哏", "捧哏"])
"""Labels of nobody by name, as `name_key` writes them: a script's first, second, third speaker."""

NOT_PEOPLE = frozenset(
    """note notes nb ps warning caution tip hint scene title time date day location place setting set cast characters
    author authors writer writers source sources url http https ftp mailto chapter act part summary synopsis copyright
    transcript transcriber transcribed credits example eg ie translation subtitle subtitles music sound episode
    season series language release produced producer edited editor story teleplay curtain enter exit exeunt pause
    silence beat
    注 注意 备注 注释 说明 提示 按 编者按 时间 地点 人物 人物表 角色 场景 布景 道具 背景 作者 编剧 导演 演员 演员表 主演
    表演 表演者 演出 剧本 剧名 标题 题目 片名 主题 字幕 音乐 音效 灯光 镜头 画面 来源 出处 链接 网址 例如 比如 即 例 附
    """.split()
)
"""Words that stand before colons and name nobody, as `name_key` writes them."""
_NOT_CUES = re.compile(
    r"(?:(?:smash|hard|match|quick)\s)?(?:cut|fade|dissolve|wipe|iris|jump)\s?(?:cut)?\s(?:to|in|out|back)\b"
    r"|the end\b|end\b|fin\b|continued\b|\(?more\b|blackout\b|title\b|credits\b|montage\b|intercut\b|later\b|super\b",
    re.IGNORECASE,
)
_PRONOUNS = frozenset("i he she they it we you this that there here and but so then if when what".split())
_SPEAKS = frozenset(
    """said says say asked asks ask replied replies cried cries shouted shouts whispered whispers answered answers
    thought thinks wrote writes added adds continued continues follows following read reads ran is was are were
    """.split()
)
_SPEAKS_IN_CHINESE = tuple("说道问喊叫嚷答曰骂想")
_SMALL = frozenset(
    "and of the de da di du del van von der den la le el bin al to with in on at from for by vs a an no y & +".split()
)
_MOST_WORDS = 7
_LONGEST_IN_CHINESE = 12
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_SPACE = re.compile(r"\s+")
_GAP_IN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_SEVERAL = re.compile(r"\s*(?:[,，、&＆/+]|\s(?:and|y)(?=\s)|[和与及])\s*", re.IGNORECASE)
_STOP_INSIDE = re.compile(r"(\w+)\.(?=[^\W\d_]|\s|$)")

_NO_NAME = r"\r\n\t:：。！？；!?;“”\"「」『』《》<>…\[\](){}（）【】［］〔〕*|=→\\"
_ASIDE = (
    "(?:"
    + "|".join(
        rf"[{opening}][^{opening}{closing}\r\n]{{0,120}}[{closing}]"
        for opening, closing in ((r"(（", r")）"), (r"\[［", r"\]］"), ("【", "】"), ("〔", "〕"))
    )
    + ")"
)
_BULLET = rf"(?P<bullet>(?:[-•‣+–—*]|>){MARGIN}+)?"
_HEAD = rf"{_BULLET}(?P<time>{TIME}{MARGIN}*(?:[-–—]{MARGIN}+)?)?(?P<mark>\*{{1,3}}|_{{1,2}})?"
_ASIDES = rf"{MARGIN}*+(?P<asides>(?:{_ASIDE}{MARGIN}*+){{0,3}})"
_COLON = re.compile(
    rf"{_HEAD}(?P<name>[^\W_][^{_NO_NAME}]{{0,39}}+)(?P<close>\*{{1,3}})?{_ASIDES}(?P<late>\*{{1,3}})?[:：](?!//){MARGIN}*+"
)
_TITLE = r"(?:Mr|Mrs|Ms|Dr|St|Prof|Rev|Capt|Col|Gen|Lt|Sgt|MR|MRS|MS|DR|ST|PROF|REV|CAPT|COL|GEN|LT|SGT|[^\W\d_])\.[ ]?"
_WORD = r"[^\W\d_][\w'’\-]{0,24}"
_STOP = re.compile(
    rf"{_HEAD}(?P<name>(?:{_TITLE}|{_WORD}(?:,[ ]|[ ](?:&[ ])?)){{0,4}}{_WORD}){_ASIDES}"
    rf"(?P<late>\*{{1,3}}|_{{1,2}})?\.(?P<close>\*{{1,3}}|_{{1,2}})?(?:[—–-]{{1,2}}{MARGIN}*|{MARGIN}+|$)"
)
_ABOVE = re.compile(
    rf"(?P<bullet>)(?P<time>{TIME}{MARGIN}*)?(?P<mark>\*{{1,3}}|_{{1,2}})?@?(?P<name>[^\W_][^{_NO_NAME}]{{0,39}}+)"
    rf"(?P<close>\*{{1,3}})?{_ASIDES}(?P<late>\*{{1,3}})?\^?$"
)
_TAB = re.compile(
    rf"(?P<bullet>)(?P<time>{TIME}{MARGIN}*)?(?P<mark>)(?P<name>[^\W_][^{_NO_NAME}]{{0,39}}+)(?P<close>)"
    rf"(?P<asides>(?:[ ]?{_ASIDE})?)(?P<late>)[ ]?\t{MARGIN}*+(?=\S)"
)
_ANGLE = re.compile(
    rf"(?P<bullet>)(?P<time>{TIME}{MARGIN}*)?(?P<mark>)<[@+%&~! ]?(?P<name>[^\W_][^<>\r\n]{{0,39}})>"
    rf"(?P<close>)(?P<asides>)(?P<late>){MARGIN}++(?=\S)"
)
_DASH = re.compile(
    rf"(?P<bullet>)(?P<time>{TIME}{MARGIN}*)?(?P<mark>)(?P<name>[^\W_](?>(?:[^{_NO_NAME}–—-]|(?<=\w)-(?=\w)){{0,39}}))"
    rf"(?P<close>)(?P<asides>(?:{_ASIDE}{MARGIN}++)?)(?P<late>)(?<={MARGIN})[–—-]{MARGIN}++(?=\S)"
)
_FORMS = {
    "colon": _COLON,
    "stop": _STOP,
    "above": _ABOVE,
    "tab": _TAB,
    "angle": _ANGLE,
    "dash": _DASH,
}
_ASIDE_AGAIN = re.compile(_ASIDE)
_DROPPED = re.compile(
    r"\s*(?:cont(?:['’]?d)?\.?|continued|continuing|o\.?\s?c\.?|off(?:[ -]?screen)?|续|画外音?|more|pre-?lap"
    rf"|\d{{5,12}}|{MOMENT})\s*$",
    re.IGNORECASE,
)
_VOICES: dict[Voice, re.Pattern[str]] = {
    "over": re.compile(r"v\.?\s?o\.?|voice[ -]?over|旁白", re.IGNORECASE),
    "off": re.compile(r"o\.?\s?s\.?", re.IGNORECASE),
    "inner": re.compile(
        r"内心(?:独白|声音|活动|戏|\s?o\.?s\.?)?|独白|心声|心想|心里想|心理活动"
        r"|thoughts?|inner (?:voice|monologue|thoughts?)|internal(?: monologue| thoughts?)?",
        re.IGNORECASE,
    ),
}
_BETWEEN = re.compile(r"[,，、;；/]")
_GLUED = re.compile(
    r"(?:(?<=[\u3400-\u9fff])|(?<=\w)\s)(?P<voice>V\.?\s?O\.?|O\.?\s?S\.?|O\.?\s?C\.?)$"
    r"|(?<=[\u3400-\u9fff])(?P<spelled>内心独白|内心\s?OS|画外音|独白)$"
)


class Label(NamedTuple):
    """What stands before a speech. `name` is as written, white space folded; `asides` are the directions beside it,
    without their brackets; the speech begins at `body`, or on the next line where `body` is the line's end."""

    name: str
    start: int
    body: int
    asides: tuple[_Span, ...]
    is_bold: bool
    is_bulleted: bool
    is_timed: bool
    voice: Voice = ""


def find_label(text: str, start: int, end: int, style: Style) -> Label | None:
    """The label that the line from `start` to `end` may open with, in this style."""
    found = _FORMS[style].match(text, start, end)
    if found is None:
        return None
    body = found.end()
    written = found["name"]
    if style == "colon" and written[-1].isdigit() and body < end and text[body].isdigit() and text[body - 1] in ":：":
        return None  # a clock's time, or a score
    mark = found["mark"]
    is_closed = found["close"] or found["late"]
    if mark and not is_closed:
        if "_" in mark and written.endswith(mark):
            written = written[: -len(mark)]
        elif text.startswith(mark, body, end):
            body, _ = trim(text, body + len(mark), end)
        else:
            return None
    name, voice = _folded(written)
    if likeness(name) == "none":
        return None
    asides: tuple[_Span, ...] = ()
    is_timed = bool(found["time"])
    if found["asides"]:
        said = list(_ASIDE_AGAIN.finditer(text, found.start("asides"), found.end("asides")))
        is_timed = is_timed or any(BARE_TIME.match(each[0]) for each in said)
        asides = tuple(_kept(text, said))
        told = (part for each in said for part in _BETWEEN.split(each[0][1:-1]))
        voice = next(filter(None, (_voice_of(part, name) for part in told)), voice)
    return Label(name, start, body, asides, bool(mark), bool(found["bullet"]), is_timed, voice)


def is_transition(text: str, start: int, end: int) -> bool:
    """Whether a line tells how a screenplay goes from shot to shot: CUT TO:, FADE OUT."""
    return end - start < 40 and text[start:end].isupper() and _NOT_CUES.match(text, start, end) is not None


def _kept(text: str, said: list[re.Match[str]]) -> Iterator[_Span]:
    for each in said:
        inside = trim(text, each.start() + 1, each.end() - 1)
        if inside[0] < inside[1] and not (_DROPPED.match(text, *inside) or _voice_of(text[slice(*inside)], "")):
            yield inside


def _voice_of(aside: str, name: str) -> Voice:
    """How the voice of one named so is heard, by what stands in brackets beside the name. What is off screen in English
    is in Chinese scripts what somebody thinks."""
    voice: Voice = next((voice for voice, form in _VOICES.items() if form.fullmatch(aside.strip())), "")
    return "inner" if voice == "off" and _CHINESE.search(name) else voice


@lru_cache(maxsize=65536)
def _folded(written: str) -> tuple[str, Voice]:
    """A name, white space folded, without the V.O. that may be glued to it, and what that tells of the voice."""
    name = _GAP_IN_CHINESE.sub("", _SPACE.sub(" ", written.strip(" \t\u3000\xa0_-–—,，")))
    glued = _GLUED.search(name)
    if glued is None:
        return name, ""
    name = name[: glued.start()].rstrip()
    return name, _voice_of(glued["voice"] or glued["spelled"], name)


@lru_cache(maxsize=65536)
def likeness(name: str) -> Likeness:
    """Whether a label reads as a person's: `weak` where it may be a sentence's beginning."""
    if not any(map(str.isalpha, name)) or _NOT_CUES.match(name):
        return "none"
    key = name_key(name)
    words = key.replace(",", " ").split()
    if not words or key in NOT_PEOPLE or words[0] in NOT_PEOPLE or len(words) > _MOST_WORDS:
        return "none"
    if _CHINESE.search(name):
        return _likeness_in_chinese(name)
    if any(len(stopped[1]) > 4 for stopped in _STOP_INSIDE.finditer(name)):
        return "none"
    if "," in name and any(not part[:1].isupper() for part in names_of_several(name)):
        return "none"
    spelled = re.findall(r"[^\W_][^\s,]*", name)
    tail = spelled[1:]
    if _SPEAKS & set(tail if not name.isupper() else map(str.lower, tail)):
        return "none"
    if tail and spelled[0][0].islower() and not (spelled[0] in _SMALL and any(word[0].isupper() for word in tail)):
        return "none"
    small = [word for word in spelled if word[0].islower() and word not in _SMALL]
    if words[0] in _PRONOUNS and any(word[0].islower() for word in tail):
        return "none"
    return "weak" if len(spelled) > 1 and small else "name"


def _likeness_in_chinese(name: str) -> Likeness:
    several = names_of_several(name)
    if any(len(part) > _LONGEST_IN_CHINESE for part in several) or "，" in name:
        return "none"
    if name[0] in "我你他她它咱" and len(name) > 1:
        return "none"
    return "weak" if len(name) > 1 and name.endswith(_SPEAKS_IN_CHINESE) else "name"


def names_of_several(name: str) -> list[str]:
    """The names that a label of several speakers is made of; of one name itself."""
    parts = [part for part in _SEVERAL.split(name) if part]
    return parts if len(parts) > 1 else [name]
