"""Rows for benchmarks/near_duplicates.py, the same on every machine.

`planted` draws words as often as a language's are (Zipf's law), with a hundred names in four of ten rows, and changes
some rows a little. `talk` puts questions and answers together as role-play data has them, of some forty patterns, and
adds the sentences of the project's own samples, all with changes of their own: it holds pairs of every likeness.
"""

import json
import random
import re
from collections.abc import Iterator
from itertools import accumulate, product
from pathlib import Path

__all__ = ["long", "planted", "talk"]

_ROOT = Path(__file__).parent.parent
_SAMPLES = {
    "zh": ("data/raw/weixiaobao/novel.txt", "data/raw/sunwukong/crosstalk.txt"),
    "en": ("data/raw/alice/episode.vtt", "data/raw/alice/page.html"),
}
_SYLLABLES = ["".join(each) for each in product("bdfklmnprst", "aeiou", "bdgklmnprst", ["", "a", "en", "y"])]
_HANZI = [chr(0x4E00 + number) for number in range(3500)]

# --- rows of drawn words, some of them planted ---------------------------------------------------------------


def planted(count: int, near: int, seed: int = 0) -> tuple[list[str], list[int]]:
    """`count` rows, Chinese and English by turns, the last `near` of them made of rows before, and for each the number
    of the row that it is made of, -1 for none.

    Of a row's words one in eight is changed for another, left out, or has another put before it, of a word; so that
    ROUGE-L stays at 0.75 and more.
    """
    draw = random.Random(seed)
    words = {
        "zh": _HANZI[:1500] + ["".join(draw.choices(_HANZI, k=2)) for _ in range(20_000)],
        "en": _SYLLABLES + ["".join(draw.choices(_SYLLABLES, k=2)) for _ in range(20_000)],
    }
    weights = {language: list(accumulate(1 / (rank + 1) for rank in range(len(words[language])))) for language in words}
    names = {
        "zh": ["".join(draw.choices(_HANZI, k=draw.choice((2, 3, 3, 4)))) for _ in range(100)],
        "en": [" ".join(draw.choices(words["en"][1000:], k=draw.choice((1, 2)))) for _ in range(100)],
    }
    shortest, longest = {"zh": 5, "en": 7}, {"zh": 20, "en": 28}
    rows: list[str] = []
    for number in range(count - near):
        language = "en" if number % 2 else "zh"
        drawn = draw.choices(
            words[language], cum_weights=weights[language], k=draw.randint(shortest[language], longest[language])
        )
        if draw.random() < 0.4:
            drawn.insert(draw.randrange(len(drawn)), draw.choice(names[language]))
        rows.append(" ".join(drawn).capitalize() + "." if language == "en" else "".join(drawn) + "。")
    origins = [-1] * len(rows)
    for _ in range(near):
        origin = draw.randrange(count - near)
        origins.append(origin)
        rows.append(_changed(rows[origin], "en" if origin % 2 else "zh", 1 / 8, draw))
    return rows, origins


def long(count: int, near: int, seed: int = 0) -> tuple[list[str], list[int]]:
    """As `planted`, of rows of 4 to 20 such sentences, of which one word in four is changed in those made of others."""
    draw = random.Random(seed)
    sentences, _ = planted(8 * (count - near), 0, seed)
    rows = []
    for number in range(count - near):
        language = number % 2
        said = [sentences[2 * draw.randrange(len(sentences) // 2) + language] for _ in range(draw.randint(4, 20))]
        rows.append(" ".join(said) if language else "".join(said))
    origins = [-1] * len(rows)
    for _ in range(near):
        origin = draw.randrange(count - near)
        origins.append(origin)
        rows.append(_changed(rows[origin], "en" if origin % 2 else "zh", 1 / 4, draw))
    return rows, origins


def _changed(row: str, language: str, share: float, draw: random.Random) -> str:
    """The row with so many of its words changed, one at the least; the mark at its end is a word's, and stays."""
    words = row.split() if language == "en" else list(row)
    end = words.pop() if language == "zh" and words[-1:] and not words[-1].isalnum() else ""
    for _ in range(max(1, int(len(words) * share))):
        at = draw.randrange(len(words))
        other = draw.choice(_SYLLABLES if language == "en" else _HANZI)
        kind = draw.choice(("changed", "left out", "put in"))
        if kind == "changed":
            words[at] = other
        elif kind == "left out" and len(words) > 1:
            del words[at]
        else:
            words.insert(at, other)
    return (" " if language == "en" else "").join(words) + end


# --- rows as in role-play data -------------------------------------------------------------------------------

_PATTERNS = {
    "zh": """{who}，你{when}为什么要{do}？|{who}，{when}你当真{do}了？|听说{who}{when}{do}，这是怎么回事？
你{when}{do}的时候，心里在想什么？|要是{other}也想{do}，你拦不拦？|{other}说你{when}{do}，可有此事？
你可还记得{when}在{where}遇见的{other}？|{who}，{where}那一晚究竟出了什么事？
你怕不怕{other}到{where}来找你？|你把{thing}藏到{where}去了？
{thing}是{other}给你的，还是你自己在{where}捡的？|谁教你{do}的？|若能重来一回，你还会{do}吗？
{who}，你觉得{other}是个什么样的人？|你和{other}是在{where}认识的吗？
我{when}去了{where}，只为了{do}，别的一概不知。|{thing}？我从来没见过，你去问{other}。
{do}有什么难的，{other}教过我。|别提{where}了，{when}我差点把命丢在那儿。
{other}待我不薄，我怎么会{do}？|我答应过{other}，{when}绝不{do}。
好汉不吃眼前亏，{when}我就从{where}溜了。|你要{thing}，先拿银子来，{other}也是这个价。
这话你得去{where}问{other}。""",
    "en": """{who}, why did you {do} {when}?|Is it true that you wanted to {do} {when}?
What were you thinking of when you had to {do} {when}?
If {other} wished to {do} as well, would you stand in the way?
{other} says that you tried to {do} {when}; is there any truth in it?
Do you remember {other}, whom you met {where} {when}?|What really happened {where} that night, {who}?
Are you afraid that {other} will come looking for you {where}?|Did you hide {thing} {where}?
Who taught you to {do}?|Was {thing} a present from {other}, or did you find it {where}?
If you had the chance again, would you {do}?|What kind of person is {other}, in your opinion?
Did you and {other} first meet {where}?|How did it feel to {do} {when}?
I went {where} {when} only to {do}, and I know nothing else.
I have never seen {thing}; you had better ask {other}.
There is nothing hard about it: {other} taught me to {do}.
I nearly lost my life {where} {when}, so let us not speak of it.
{other} was always kind to me, so why would I {do}?|I promised {other} that I would never {do}.
You must go {where} and ask {other} about {thing}.
A wise man knows when to leave, so {when} I slipped away from the crowd {where}.
If you want {thing}, you must pay for it, as {other} did.""",
}
_SLOTS = {
    "zh": {
        "who": "老沈 阿芦 陆三娘 何掌柜 顾秀才 小石头 柳师姐 钱账房 周大哥 莫道长 韩捕头 白老爷",
        "other": "沈船主 芦花 陆家三嫂 何老板 顾先生 石家兄弟 柳青 钱先生 周铁匠 莫真人 韩大人 白家少爷 卖炭的老翁"
        " 巡夜的更夫",
        "when": "昨天夜里 前天一早 上个月 去年冬天 发大水那年 庙会那天 天快亮的时候 刚才 小时候 下雨那晚 中秋前后"
        " 三年前",
        "do": "去码头 去渡口 烧掉账本 撕了那封信 跟官差动手 替人顶罪 偷吃供果 半夜敲钟 卖掉祖宅 放走犯人 装病不起"
        " 学吹笛子 跳进河里救人 假扮道士 跟踪那个商人 把铜铃埋在树下 改掉自己的姓 一个人守夜"
        " 收留来历不明的孩子 在渡船上唱戏",
        "where": "渡口 老槐树下 听雨楼 后山的破庙 县衙门口 米铺的地窖 河边的柳林 南门外的茶棚 戏台后面 钟楼顶上",
        "thing": "那枚铜铃 半张地图 一封没有署名的信 银簪子 旧账本 断了弦的琴 那盏灯笼 缺口的茶壶 绣着鹤的荷包"
        " 一把生锈的钥匙",
    },
    "en": {
        "who": "Captain|Mrs Alder|Tobias|old friend|Inspector|Miss Quill|Doctor Fenn|my boy|Nell|Sergeant",
        "other": "Captain Rowe|Mrs Alder|Tobias|the ferryman|Inspector Dray|Miss Quill|Doctor Fenn|the baker's son"
        "|Nell Harker|the night watchman|the lamplighter|your cousin",
        "when": "last night|the other morning|a month ago|last winter|in the year of the flood|on market day"
        "|just before dawn|a moment ago|as a child|on that rainy evening|three years ago|before the trial",
        "do": "go down to the harbour|burn the ledger|tear up that letter|fight the constable"
        "|take the blame for another|steal the silver spoon|ring the bell at midnight|sell the family house"
        "|let the prisoner go|pretend to be ill|learn the fiddle|jump into the river|dress up as a priest"
        "|follow the merchant|bury the lantern under the oak|change your name|keep watch alone"
        "|take in a stray child|sing on the ferry|cheat at cards",
        "where": "at the harbour|under the old oak|at the Grey Heron inn|in the ruined chapel"
        "|outside the court house|in the cellar of the mill|by the river|at the south gate|behind the stage"
        "|at the top of the clock tower",
        "thing": "the brass bell|half of a map|an unsigned letter|the silver hairpin|the old ledger"
        "|a fiddle without strings|that lantern|the chipped teapot|an embroidered purse|a rusty key",
    },
}
_ALIKE = {
    "zh": "为什么 为何|当真 真的|究竟 到底|心里 心中|听说 据说|可还记得 还记得|怎么 如何|什么样的 怎样的"
    "|觉得 以为|绝不 决不|一概 全都|若能 要是能|这是 这到底是|你 您|我 咱|了 啦|吗 么",
    "en": "really truly|afraid scared|remember recall|taught showed|chance opportunity|only just|never not"
    "|kind sort|wished wanted|nothing little|hide conceal|present gift|nearly almost|always ever"
    "|wise clever|hard difficult|person man",
}


def talk(count: int, seed: int = 0) -> list[str]:
    """`count` rows, Chinese and English by turns; every sixth is a sentence of the samples, every third has changes."""
    draw = random.Random(seed)
    sentences = {language: list(_sentences(language)) for language in _SAMPLES}
    rows = []
    for number in range(count):
        language = "en" if number % 2 else "zh"
        row = draw.choice(sentences[language]) if number % 12 < 2 else _put_together(language, draw)
        if draw.random() < 0.3:
            row = _said_otherwise(row, language, draw)
        if draw.random() < 0.1:
            row = _changed(row, language, draw.choice((0.1, 0.2, 0.3)), draw)
        rows.append(row)
    return rows


def _put_together(language: str, draw: random.Random) -> str:
    """A pattern filled in; now and then two, as an answer has two sentences."""
    patterns = [each for line in _PATTERNS[language].splitlines() for each in line.split("|")]
    row = []
    for _ in range(draw.choice((1, 1, 1, 2))):
        slots = {
            name: draw.choice(each.split("|" if language == "en" else None)) for name, each in _SLOTS[language].items()
        }
        filled = draw.choice(patterns).format(**slots)
        row.append(filled[0].upper() + filled[1:])
    return (" " if language == "en" else "").join(row)


def _said_otherwise(row: str, language: str, draw: random.Random) -> str:
    """With another word that means the same, where there is one."""
    pairs = [pair.split() for pair in _ALIKE[language].split("|")]
    for one, other in draw.sample(pairs, len(pairs)):
        pattern = rf"\b{one}\b" if language == "en" else one
        if re.search(pattern, row):
            return re.sub(pattern, other, row, count=1)
    return row


def _sentences(language: str) -> Iterator[str]:
    """Those of the samples and of the instructions, each of two words and more."""
    for line in (_ROOT / "prompts" / "instructions" / f"{language}.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield from (text for text in (row["text"], row["raw"]) if text)
    for name in _SAMPLES[language]:
        text = re.sub(r"<[^>]*>|\d\d:[\d:.]+.*", "", (_ROOT / name).read_text("utf-8"))
        for sentence in re.split(r"(?<=[。！？!?])[”」]?|(?<=[.])\s|\n", text):
            if len(re.findall(r"[\u4e00-\u9fff]|[a-zA-Z]+", sentence)) > 1:
                yield sentence.strip()
