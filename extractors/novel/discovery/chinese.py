"""Chinese names: which strings of two to four characters are people, and which of them belong to one.

No word list tells a name. What tells it is what stands around it: clauses open with it, verbs of speech and motion
follow it, prepositions such as 对 and 把 stand before it, speeches call it, and no character is bound to follow.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from dramaturg.cast import CastMember
from extractors.novel.quotes import Piece

__all__ = ["Sighting", "features_of", "find_people", "sightings"]

_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐"
    "费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁"
    "杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程"
    "嵇邢裴陆荣翁荀羊惠甄曲家封芮储靳汲糜松井段富巫乌焦巴弓牧谷车侯宓蓬全郗班仰仇栾甘厉戎祖武符刘景詹束龙叶幸司韶黎薄印宿白怀蒲邰鄂"
    "索咸籍赖卓屠蒙池乔阴胥能苍闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍桑桂濮牛寿通边扈燕冀尚农温别庄晏柴瞿阎充慕连茹习艾鱼容向古易慎戈廖庾终"
    "居衡步都耿满弘匡国文寇广禄东欧利师巩聂关荆肖"
)
_SURNAMES_OF_TWO = frozenset(
    "欧阳 司马 上官 诸葛 东方 慕容 令狐 司徒 皇甫 尉迟 公孙 独孤 南宫 夏侯 端木 轩辕 宇文 长孙 西门 完颜 耶律".split()
)
_RANKS = sorted(
    """
    先生 小姐 太太 夫人 老师 主任 书记 支书 大夫 医生 掌柜 老板 师傅 师父 将军 大人 公子 姑娘 大哥 大爷
    大叔 大娘 大婶 老爷 少爷 公公 香主 帮主 舵主 堂主 教主 大侠 局长 县长 队长 校长 经理 厂长 处长 科长
    班长 排长 连长 营长 团长 师长 军长 司令 区长 部长 总管 护卫 捕头 秀才 老汉 老头 叔叔 婶子 阿姨 奶奶
    爷爷 师兄 师姐 师弟 师妹 道长 真人 大师 庄主 侍卫
    """.split(),
    key=len,
    reverse=True,
)
_KIN = frozenset("叔哥姐嫂爷婶妈姨伯")
_FAMILIAR = frozenset("老小阿大")
_SAID = r"(?:说|道|问|喊|叫|骂|答|嚷|喝|笑道|叹道)"
_FOLLOWS = frozenset(
    "说道问答笑想听看走站坐点摇叹哭骂喊叫嚷把对向跟和同与也又就便却都已正在从被给让的是有没不还再才只忙连急一很更会能要用拿拉抱伸转回赶来去到上下"
    "进出起吃喝抬低睁望瞧瞅瞪怔愣呆惊吓怒气红脸心手眼这那他她则终突忽猛立马当早先后最似好像真实本自开打接着了，。！？：；、,.!?:;”」』"
)
_NEVER_LAST = frozenset(
    "说道问答的了着是在不也就便都又很还没把被对向和与给让过地得想看听这那个他她我你们么什为而且因所以但去来上下里中时候到之其些样呢吧吗啊呀，。起走有从"
)
_NEVER_FIRST = frozenset(
    "的了着是在不也就便都又很还没把被对和与给让过地得想看听这那个他她我你们么什为而且因所以但去来上下里之其些样呢吧吗啊呀再才只会能要可却如果虽然已曾"
)
_BEFORE_OBJECT = frozenset("对把给跟被朝让叫替")
_CLAUSE = re.compile(r"[\u4e00-\u9fff]+")
_SAYS = re.compile(rf"[\u4e00-\u9fff]{{0,6}}?{_SAID}(?:了?一?[声句])?(?:$|[：:，,。])")
_NOT_NAMES = re.compile(
    r"[我你他她它们]|自己|众人|大家|[几两二三四五六七八九十旁有那这此某别]人|一[个边面时声下句阵次定样般会]|对方|"
    r"[心口嘴手眼脸][中里上头]|[这那此当同平][时边里天夜晚下]|什么|怎么|如何|突然|忽然|不由|不禁|接着|然后|随即|于是|连忙|赶紧|急忙|似乎|"
    r"终于|几乎|大声|小声|低声|高声|轻声|齐声|悄声|连声|一起|一齐|第[一二三]|[今明昨后前]天|[早晚]上|晚饭|时间|时候|地方|事情|"
    r"先生们|其实|其中|尽管|只好|只见|只听|马上|立刻|并且|而且|反正|干脆|终究|究竟|毕竟|好像|仿佛|大概|可能|也许|原来|后来|已经|"
    r"[东西南北]边|家里|村里|外面|里面|门口|全家|全村|老[天百]|小[说时心声]|大[概约都声伙]|阿弥|公社|国家|应该|许多|人家|孩子|[^大老]家$|[^阿]明年|常常"
)
_FEWEST = 2
_SHORT_TEXT = 5_000
_SIZES = (2, 3, 4)
_FULL = 3  # characters of most full names
_SAYS_WITHIN = 12
_OFTEN = 10
_MOST_OF = 0.6
_LIKELY = 0.4
_POSSIBLE = 0.2


@dataclass(slots=True)
class Sighting:
    """A string that clauses open with: how often they do, how often it is the subject of a verb of speech, a whole
    clause of a speech, or behind a preposition; which characters follow it."""

    word: str
    count: int = 0
    says: int = 0
    called: int = 0
    object: int = 0
    followers: Counter[str] = field(default_factory=Counter)
    is_given: bool = False  # there with a surname before it too


def find_people(text: str, pieces: Sequence[Piece]) -> list[CastMember]:
    """Everyone whom the text names at least twice, with all names of each, the most frequent first."""
    seen = sightings(text, pieces)
    weights = _weights()
    likely = {word: _likelihood(features_of(each, seen), weights) for word, each in seen.items()}
    names = {word for word, chance in likely.items() if chance >= _LIKELY or _surely_says(seen[word])}
    names -= {word for word in names if any(word + char in names for char in seen[word].followers)}
    given = {name[1:] for name in names if len(name) == _FULL and name[0] in _SURNAMES}
    names |= {
        word
        for word in seen
        if (word in given or _varies(word, names)) and (likely[word] >= _POSSIBLE or seen[word].says)
    }
    return [
        CastMember(name=group[0], aliases=tuple(group[1:]))
        for group in _group({word: text.count(word) for word in sorted(names)})
    ]


def _surely_says(sighting: Sighting) -> bool:
    """Whether it has a surname and little else to do than to speak: what a short text gives."""
    return _has_surname(sighting.word) and sighting.says > 1 and 2 * sighting.says >= sighting.count


def sightings(text: str, pieces: Sequence[Piece]) -> dict[str, Sighting]:
    """What may be a name by its first and last characters and was seen at least twice, with where it was seen."""
    clauses = [run[0] for piece in pieces for run in _CLAUSE.finditer(text, piece.start, piece.end)]
    fewest = _FEWEST if len(text) > _SHORT_TEXT else 1
    openings = Counter(clause[:size] for clause in clauses for size in _SIZES[: len(clause) - 1])
    seen = {word: Sighting(word, count) for word, count in openings.items() if count >= fewest and _may_be_name(word)}
    for piece in pieces:
        for run in _CLAUSE.finditer(text, piece.start, piece.end):
            clause = run[0]
            for size in _SIZES[: len(clause) - 1]:
                word = clause[:size]
                if (each := seen.get(word)) is None:
                    continue
                end = run.start() + size
                each.followers[text[end : end + 1]] += 1
                if piece.is_quote:
                    each.called += len(clause) == size
                elif _SAYS.match(text, end, min(piece.end, end + _SAYS_WITHIN)):
                    each.says += 1
    for clause in clauses:
        for at, char in enumerate(clause[:-2], 1):
            if char in _BEFORE_OBJECT:
                for size in _SIZES:
                    if (found := seen.get(clause[at : at + size])) is not None and len(clause) >= at + size:
                        found.object += 1
    for word in seen:
        if len(word) == _FULL and word[0] in _SURNAMES and word[1:] in seen:
            seen[word[1:]].is_given = True
    return seen


def features_of(sighting: Sighting, seen: Mapping[str, Sighting]) -> dict[str, float]:
    """What speaks for and against a string's being a name."""
    word, count = sighting.word, sighting.count
    follows = sum(number for char, number in sighting.followers.items() if char in _FOLLOWS) / count
    found = {
        "surname": _has_surname(word),
        "surname_and_known_name": len(word) == _FULL and word[0] in _SURNAMES and word[1:] in seen,
        "known_with_surname": sighting.is_given,
        "ranked": _is_ranked(word),
        "familiar": word[0] in _FAMILIAR,
        "says": math.log1p(sighting.says),
        "says_share": sighting.says / count,
        "called": math.log1p(sighting.called),
        "called_share": sighting.called / count,
        "object": math.log1p(sighting.object),
        "object_share": sighting.object / count,
        "follows": follows,
        "follows_often": follows * (count > _OFTEN),
        "one_follower": max(sighting.followers.values()) / count,
        "followers": len(sighting.followers) / count,
        f"length_{len(word)}": 1.0,
        "count": math.log(count),
        "goes_on": any(
            other.count > _MOST_OF * count
            for char in sighting.followers
            if (other := seen.get(word + char)) is not None
        ),
        "always": 1.0,
    }
    return {name: float(value) for name, value in found.items() if value}


def _likelihood(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return 1 / (1 + math.exp(-sum(weights.get(name, 0.0) * value for name, value in features.items())))


@lru_cache
def _weights() -> dict[str, float]:
    """The weights of a logistic regression, as `fit_names.py` writes them."""
    path = Path(__file__).parent.parent / "weights" / "zh_names.json"
    weights: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["weights"]
    return weights


def _may_be_name(word: str) -> bool:
    return (
        word not in _RANKS
        and word[0] not in _NEVER_FIRST
        and word[-1] not in _NEVER_LAST
        and not _NOT_NAMES.search(word)
    )


def _has_surname(word: str) -> bool:
    return (word[0] in _SURNAMES and len(word) <= _FULL) or (word[:2] in _SURNAMES_OF_TWO and len(word) >= _FULL)


def _rank_of(word: str) -> str:
    """The rank or the word of kinship that a name ends with."""
    rank = next((rank for rank in _RANKS if word.endswith(rank) and len(word) > len(rank)), "")
    return rank or (word[-1] if word[-1] in _KIN else "")


def _is_ranked(word: str) -> bool:
    return bool(_rank_of(word))


def _varies(word: str, names: set[str]) -> bool:
    """Whether a string is a known name with a rank: 润叶姐 for 润叶, 乔书记 for 乔伯年."""
    stem = word.removesuffix(_rank_of(word))
    if stem == word:
        return False
    return stem in names or ((stem in _SURNAMES or stem in _SURNAMES_OF_TWO) and any(map(_surnamed(stem), names)))


def _surnamed(surname: str) -> Callable[[str], bool]:
    return lambda name: name.startswith(surname) and _has_surname(name) and not _is_ranked(name)


def _group(counts: Mapping[str, int]) -> list[list[str]]:
    """The names of one person together, the fullest first; the most frequent person first.

    A name goes to the only one whom it may mean; where several bear it, it stands for itself.
    """
    whose: dict[str, str] = {}
    for word in counts:
        owners = [other for other in counts if other != word and _is_short_for(word, other)]
        owners = [owner for owner in owners if not any(_is_short_for(owner, other) for other in owners)]
        if len(owners) == 1:
            whose[word] = owners[0]
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(counts, key=lambda word: (-counts[word], word)):
        head = word
        while head in whose:
            head = whose[head]
        groups[head].append(word)
    grouped = [[head, *(word for word in words if word != head)] for head, words in groups.items()]
    return sorted(grouped, key=lambda words: (-sum(counts[word] for word in words), words))


def _is_short_for(word: str, full: str) -> bool:
    if _is_ranked(full):
        return False
    if rank := _rank_of(word):
        stem = word.removesuffix(rank)
        return full == stem or (
            full.startswith(stem) if stem in _SURNAMES or stem in _SURNAMES_OF_TWO else full.endswith(stem)
        )
    if not _has_surname(full):
        return False
    if len(full) > len(word) and full.endswith(word):
        return True
    return word[0] in _FAMILIAR and len(word) == _FULL - 1 and word[1] in _SURNAMES and full.startswith(word[1])
