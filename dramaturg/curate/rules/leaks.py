"""What of the making of an answer is left in it: blanks, markup, the prompt, the question."""

import re
from collections.abc import Iterable, Iterator, Sequence

from dramaturg.curate.rules.pair import Pair, any_of
from dramaturg.text import Language, words

__all__ = ["answer_is_question", "empty", "placeholder", "prompt_echo", "runs_of"]

_ECHO_WORDS: dict[Language, int] = {"zh": 10, "en": 8}

_BLANK = (
    r"name|names|user(?:name)?|char(?:acter)?(?: name)?|role(?: name)?|person|speaker|answer|response|reply|question|"
    r"text|"
    r"place|location|city|date|time|year|title|topic|object|item|company|blank|redacted|placeholder|link|url|image|"
    r"noun|verb"
)
_PLACEHOLDER = any_of(
    r"[{}]",
    r"<\|[^|<>\n]{0,40}\|>",
    r"</?[a-z][a-z0-9_-]{0,20}(?: [^<>\n]{0,40})?/?>",
    r"</?(?:[\u3400-\u9fff]{1,8})>",
    r"\[/?(?:inst|sys|mask|unk|pad|sep|cls|eos|bos)\]|<<sys>>",
    rf"[\[<](?:(?:your|the|my|his|her|their|user's|character's|some|a|an|other|full|first|"
    rf"last) )?(?:{_BLANK})(?: here)?[\]>]",
    r"[\[<](?:insert|add|enter|fill in|write|type|put|choose|select|specify)\b[^\[\]<>\n]{0,60}[\]>]",
    r"[\[<]your [^\[\]<>\n]{1,40}[\]>]|\[[^\[\]\n]{1,40} (?:goes )?here\]",
    r"\((?:insert [^()\n]{1,60}|fill in[^()\n]{0,40}|your (?:name|answer|response|reply)(?: here)?)\)",
    r"[\[【<（(〔](?:此处|这里|在此|请在?|插入|填[写入]|输入|待[填补定])[^\[\]【】<>（）()\n]{0,30}[\]】>）)〕]",
    r"[\[【<〔](?:[^\[\]【】<>\n]{0,8})(?:姓名|名字|名称|人名|地名|角色名?(?!扮|设)|用户名?|昵称|称呼|时间|日期|地点|"
    r"回答|答案|"
    r"内容)(?:[^\[\]【】<>\n]{0,4})[\]】>〕]",
    r"[（(](?:姓名|名字|名称|人名|地名|角色名|用户名|你的名字|日期|某人|某地)[）)]",
    r"[（(\[【][ 　_＿]+[）)\]】]|\[\]|【】",
    r"\[(?:数字|数目|数量|年份|年龄|金额|某\w{1,3})\]|\[(?!(?:pause|beat|silence|laughter|sigh|music|applause|sic)\])[a-z]{2,14}(?<!s)(?<!ing)\]",
    r"\blorem\b|\bipsum\b|\bfoobar\b|\btodo:|\btbd\b|\$name\b|%s\b|&nbsp;|&amp;|&lt;|&gt;|\ufffd",
    r"(?<![a-z0-9])x{3,}(?![a-z0-9])|待补充|待填写",
)
_BLANKS = any_of(r"_{3,}|＿{2,}|(?:_ ){2,}_|(?<![a-z0-9_])__(?![a-z0-9_])|[×✕○□■]{2,}")
_PLACEHOLDER_ZH = re.compile(r"某某(?!人)|(?<![a-z])x{2}(?![a-z])|(?<![a-z])[xyz](?=先生|小姐|女士|公司|大人|县|省|市)")
_BRACKETED_CAPITALS = re.compile(
    r"[\[<](?!(?:LAUGH|SIGH|PAUSE|SMILE|CRY|COUGH|WHISPER|SILENCE|BEAT)[A-Z]*\])[A-Z][A-Z_ ]{1,30}[\]>]"
)
_MARK = re.compile(r"[\[\]{}<>_＿（(【〔×✕○□■$%&\ufffd]")
_TELLTALE = ("xx", "某某", "lorem", "ipsum", "foobar", "todo", "tbd", "待补", "待填")
_ANONYMOUS = re.compile(r"[xyz](?=[^a-z\s\W])")
_NOTHING = frozenset({"none", "null", "nan", "n/a", "undefined", "无", "略", "<noinput>", "no input"})

_SCAFFOLD = any_of(
    r"(?:^|\n)\s{0,4}#{2,6} ?(?:instruction|input|response|question|answer|task|output|指令|输入|输出|回答|问题|系统)",
    r"(?:^|\n)(?:confidence|completeness|factualness|置信度|完整性|真实性)[：:] ?(?:high|low|高|低)",
    r"(?:^|\n)(?:###|```)(?:\s|$)",
    r"^(?:as per|following) (?:your|the) instructions?\b",
)


def empty(pair: Pair) -> bool:
    """The question or the answer has no word in it: 1,219 of ChatHaruhi-54K's rows lack even the one who asks."""
    return not pair.asked or not pair.said


def placeholder(pair: Pair) -> bool:
    """A blank left to fill in, a template's slot, a model's control token, markup, or a null written out.

    Seen in data made with Alpaca's method, which ChatHaruhi's question generation is too (arXiv 2308.09597); the
    AlpacaDataCleaned project lists `N/A`, no-input marks and unfilled slots among what it takes out.
    """
    for text, plain in ((pair.question, pair.asked_plain), (pair.answer, pair.plain)):
        if plain in _NOTHING:
            return True
        if not (
            _MARK.search(plain)
            or any(mark in plain for mark in _TELLTALE)
            or (pair.language == "zh" and _ANONYMOUS.search(plain))
        ):
            continue
        if _PLACEHOLDER.search(plain):
            return True
        if _BLANKS.search(pair.told if text is pair.answer else text):  # within quotes they are what somebody wrote
            return True
        if pair.language == "zh" and _PLACEHOLDER_ZH.search(plain):
            return True
        if ("[" in text or "<" in text) and _BRACKETED_CAPITALS.search(text):
            return True
    return False


def prompt_echo(pair: Pair) -> bool:
    """Eight words (ten Chinese characters) in a row are a prompt example's, or all of a short one; or the answer has
    the prompt's headings in it, or tells the role who it is.

    Users of Augmentoolkit's RPToolkit report it: text of the prompt's examples leaks into the results (FACTS.md).
    """
    if _is_echo(pair.asked, pair) or _is_echo(pair.said, pair):
        return True
    if (
        "#" in pair.plain or "`" in pair.plain or ":" in pair.plain or "：" in pair.plain or "instruction" in pair.plain
    ) and (_SCAFFOLD.search(pair.plain)):
        return True
    opening = pair.answer[:80]
    named = pair.role.named.search(opening)
    return (
        named is not None
        and not opening.startswith(("'s", "’s"), named.end())
        and _TOLD_WHO.fullmatch(opening[: named.start()].lower()) is not None
    )


_TOLD_WHO = re.compile(
    r"(?:from now on,? )?(?:you are|you're|you will play|you will be|your role is|act as|pretend to be|"
    r"play the role of|"
    r"imagine you are|respond as|answer as)(?: now)?(?: playing)?(?: the character(?: of)?)? |"
    r"(?:现在|从现在起|请)?[，,]?(?:你(?:现在)?(?:将|要|需要)?(?:扮演|饰演)(?:的是)?|请?(?:扮演|饰演)|"
    r"你就?是《[^《》]{1,20}》[里中]?的)[“「]?"
)


def answer_is_question(pair: Pair) -> bool:
    """The answer is the question again, word for word: a way of having nothing to say that Alpaca's filter of copied
    inputs knows (Self-Instruct, arXiv 2212.10560)."""
    return pair.asked == pair.said


def runs_of(shown: Iterable[str], language: Language) -> dict[int, frozenset[tuple[str, ...]]]:
    """The runs of words of the texts that an answer must not repeat, by their length."""
    found: dict[int, set[tuple[str, ...]]] = {}
    for text in shown:
        own = words(text)
        for run in _runs(own, min(len(own), _ECHO_WORDS[language])):
            found.setdefault(len(run), set()).add(run)
    return {length: frozenset(runs) for length, runs in found.items() if length}


def _is_echo(own: Sequence[str], pair: Pair) -> bool:
    return any(run in known for length, known in pair.role.echoes.items() for run in _runs(own, length))


def _runs(own: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(own[at : at + length]) for at in range(len(own) - length + 1))
