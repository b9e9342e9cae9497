"""Who speaks, where a cue writes it before the words; and what in brackets is no name but a sound.

A head is what may be a label: a few words before a colon (`NAME:`, `Name：`), or in brackets (`(NAME)`, `[NAME]`,
`（名）`), in the form of a name: all in capitals, each word with one, or a few Chinese characters. `Remember:` has it
too, so a head is a label only where the file uses heads of its form as labels: where such as come back, each at least
twice, open two rows and one in a hundred; or where two or more of them open half of all. In such a file a head that
comes once is a label too if it stands before a colon in capitals, or if such heads open three rows in ten; and so is
a name in brackets that stands before a colon elsewhere. Words that often stand before a colon, and in brackets words
for sounds, are labels nowhere.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from extractors.names import name_key

__all__ = ["Head", "find_head", "is_deed", "is_sound", "label_test"]

_COLON = re.compile(
    r"([^:：\[\]()（）【】]{1,40}?)\s*([\[(（【][^\[\]()（）【】:：]{1,30}[\])）】])?\s*(?::(?!//|\d)|：)\s*"
)
_BRACKET = re.compile(r"[\[(（【]\s*([^\[\]()（）【】:：]{1,30}?)\s*[\])）】]\s*[:：]?\s*")
_NAME_WORD = re.compile(r"[^\W_][\w.'’&#/-]*|[#&]\d*")
_HAN_NAME = re.compile(r"(?=.*[\u3400-\u9fff])[\u3400-\u9fff·•・A-Za-z0-9]{1,8}")
_LOWER_IN_NAMES = frozenset("of the and de la le du da di van von der den bin ibn al y".split())
_MOST_WORDS = 5
_OFF_SCREEN = re.compile(
    r"(?i)[\[(（【]\s*(?:v\.?\s?o\.?|o\.?\s?s\.?|o\.?\s?c\.?|cont(?:['’]?d)?\.?|off(?:[ -]?(?:screen|camera))?|"
    r"voice[ -]?over|画外音|畫外音)\s*[\])）】]"
)

_BEFORE_COLONS = frozenset(
    """note remember listen look question answer questions answers warning attention rule step yes no well ok okay
    example fact problem solution result ps p.s. idea first second third finally last next then now so and but or
    because meaning conclusion point time date place subject re title chapter part episode today tomorrow
    注意 记住 記住 问题 問題 例如 比如 听着 聽著 你看 他说 她说 我说 他說 她說 我說 意思是 结论 結論 答案
    第一 第二 第三 首先 其次 最后 最後 就是 也就是说 但是 所以 因为 因為 于是 於是
    时间 時間 地点 地點 来源 標題 标题""".split()
)
_DEED = re.compile(
    r"\b(?:laugh|chuckl|giggl|snicker|scoff|sigh|gasp|cough|sob|cr(?:y|ies)|weep|whimper|groan|moan|grunt|scream|shriek"
    r"|shout|yell|whisper|mumbl|mutter|stammer|whistl|hum(?:s|ming)\b|sing(?:s|ing)\b|sniff|snor|pant(?:s|ing)\b|breath"
    r"|exhal|inhal|clear(?:s|ing)? (?:his |her |their )?throat|snort|gulp|swallow|yawn|sneez|kiss|spit|retch|vomit|wail"
    r"|growl|clap(?:s|ping)?\b|speak|talk|pray|translat|imitat)\w*"
    r"|笑|哭|叹|嘆|咳|尖叫|喊|呻吟|喘|抽泣|啜泣|哽咽|低语|低語|耳语|耳語|打呼|鼾|哈欠|喷嚏|噴嚏|鼓掌|唱歌|哼|吹口哨",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"\b(?:applau|cheer|music|song|theme|play(?:s|ing)\b|door|phone|telephone|cell|bells?\b|ring(?:s|ing)\b|knock|bang"
    r"|slam|thud|crash|click|beep|buzz|bark|meow|roar|engine|siren|alarm|gun|shot|explo|footstep|thunder|wind\b|rain"
    r"|crowd|silence|silent|indistinct|inaudible|chatter|clamor|rustl|creak|squeak|rattl|tick(?:s|ing)\b|clatter|horn"
    r"|honk|helicopter|radio|static|echo|glass|shatter|water|wave|splash|birds?\b|chirp|dog\b|cat\b|horse|neigh|tires"
    r"|screech|whoosh|rumbl|hiss|continu|stops?\b|pause|both\b|overlapping|distan|on tv|over)\w*"
    r"|声|聲|音乐|音樂|音效|掌声|敲门|敲門|铃|鈴|枪响|槍響|爆炸|雷|沉默|静默|靜默|同时|同時",
    re.IGNORECASE,
)

_RECURS = 2
_SHARE = 0.01
_SHARE_OF_EACH_ONCE = 0.5
_SHARE_FOR_ONE = 0.3


@dataclass(frozen=True, slots=True)
class Head:
    """What may be a label: the name in it, its form (`colon` or `bracket`, and `capitals`, `words` or `han`), and what
    is left: a remark in brackets after the name (`JOHN (laughing):`), if any, then the words."""

    name: str
    form: tuple[str, str]
    rest: str


def find_head(text: str) -> Head | None:
    """What at the beginning of a row may be a label."""
    found = _COLON.match(text)
    if found is not None:
        return _head(found[1], "colon", f"{found[2]} " if found[2] else "", text[found.end() :])
    found = _BRACKET.match(text)
    if found is not None:
        return _head(found[1], "bracket", "", text[found.end() :])
    return None


def _head(name: str, place: str, remark: str, rest: str) -> Head | None:
    shape = _shape(name)
    if shape is None or name.lower() in _BEFORE_COLONS or (place == "bracket" and is_sound(name)):
        return None
    return Head(name.strip(), (place, shape), _OFF_SCREEN.sub("", remark).lstrip() + rest)


def _shape(name: str) -> str | None:
    if _HAN_NAME.fullmatch(name):
        return "han"
    words = name.split()
    if len(words) > _MOST_WORDS or not all(map(_NAME_WORD.fullmatch, words)) or not any(map(str.isalpha, name)):
        return None
    if name == name.upper() and name != name.lower() and name[0].isalpha():
        return "capitals"
    if words[0][0].isupper() and all(
        each[0].isupper() or not each[0].isalpha() or each in _LOWER_IN_NAMES for each in words
    ):
        return "words"
    return None


def is_deed(remark: str) -> bool:
    """Whether a remark in brackets is what somebody does: laughs, sighs, whispers."""
    return _DEED.search(remark) is not None


def is_sound(remark: str) -> bool:
    """Whether it is heard, of whomever or whatever."""
    return is_deed(remark) or _NOISE.search(remark) is not None


def label_test(heads: Iterable[Head | None]) -> Callable[[Head], bool]:
    """Of the heads of all of a file's rows, None for a row without, a function of a head: whether it is a label."""
    rows = list(heads)
    counts = Counter((head.form, name_key(head.name)) for head in rows if head is not None)
    of_form: Counter[tuple[str, str]] = Counter()
    recurring: Counter[tuple[str, str]] = Counter()
    for (form, _), count in counts.items():
        of_form[form] += count
        recurring[form] += count if count >= _RECURS else 0
    used = {
        form
        for form, count in of_form.items()
        if recurring[form] >= max(_RECURS, _SHARE * len(rows)) or count >= max(_RECURS, _SHARE_OF_EACH_ONCE * len(rows))
    }
    open_to_one = {
        form for form in used if form == ("colon", "capitals") or of_form[form] >= _SHARE_FOR_ONE * len(rows)
    }

    before_colons = {name for form, name in counts if form[0] == "colon" and form in used}

    def is_label(head: Head) -> bool:
        if head.form[0] == "bracket" and head.rest and name_key(head.name) in before_colons:
            return True
        if head.form not in used:
            return False
        return head.form in open_to_one or counts[head.form, name_key(head.name)] >= _RECURS

    return is_label
