"""Chinese novels for benchmarks/scale.py, any number of them, all different and the same on every machine.

Each is put together of drawn places, things, deeds and names, in the shapes in which novels tell who speaks: a tag
before or behind, a pronoun's, a deed in place of one, or nothing where two speak by turns. It is no story; as in
weixiaobao, which lends its cast, three words in five are spoken.
"""

import random
from collections.abc import Iterator

__all__ = ["NAMES", "novel"]

NAMES = ("韦小宝", "柳三娘", "沈砚秋", "雷万钧", "侯三彪", "罗大江", "阮红绡", "焦福全", "秦婆婆", "郝伯庸", "阿菱")
_WOMEN = frozenset({"柳三娘", "阮红绡", "秦婆婆", "阿菱"})
_ROLE_SHARE = 0.6  # of the scenes, in which the first of the names takes part

_PLACES = (
    "渡口 后院 米行 石桥 船舱 衙门口 药铺 灯市 土地庙 码头 柴房 城门洞 染坊 戏台 账房 驿站 盐仓 荷塘 竹林 书肆".split()
)
_TIMES = "天刚亮 晌午 掌灯时分 二更天 雨停以后 起雾的时候 收市之前 鸡叫头遍 散戏之后 下了一夜雪".split()
_THINGS = (
    "账本 铜钥匙 半块玉佩 一封信 三斗米 旧棋盘 油纸伞 船票 药方 空酒坛 "
    "银簪 竹哨 封条 木匣 灯笼 皮囊 地契 鱼篓 砚台 蓑衣"
).split()
_DEEDS = (
    "皱起眉头 放下茶碗 往窗外看了一眼 把门掩上 搓了搓手 退后半步 "
    "拍了拍桌子 摇了摇头 咬了一口饼 压低了嗓子 站起身来 叹了口气"
).split()
_HOW = "笑 冷冷 低声 急忙 慢吞吞 大声 皱眉 小心 没好气 轻轻".split()
_SAYS = "说 道 问 答 喊 嘟囔".split()
_KIN = "舅舅 师父 堂兄 邻居 东家 徒弟 对头 亲家".split()
_HANZI = "安平宁远福禄春秋山水云石松竹梅兰金银东西南北长大小新古青白红黄"
_SPOKEN = (
    "那{thing}昨天还在{place}，今天怎么就到了你手里？",
    "我{time}去过{place}，没有看见什么{thing}。",
    "你要{thing}也行，先把{place}的{number}文钱还了。",
    "{name}说{place}要换人看守，这话可是真的？",
    "别提{name}，一提我就想起{place}那笔账。",
    "{number}两银子，买{thing}，你当我是三岁的孩子？",
    "我{kin}从{town}来，说那边的{thing}已经卖到{number}文。",
    "这{thing}是{town}{kin}留下的，谁也不许动。",
    "要走{time}就走，迟了{place}就有人守着了。",
    "你只管去{place}，{thing}的事由我来说。",
    "{place}那边一共{number}个人，我数过两遍。",
    "不是我不肯，是{name}先拿走了{thing}。",
    "好，{time}，{place}见。",
    "{town}的路我熟，{number}里地，一夜就到。",
    "你骗得了{name}，骗不了我。",
    "{thing}呢？",
    "我没拿。",
    "那就是{name}拿的。",
)
_TOLD = (
    "{time}，{place}里只有{name}一个人，守着{thing}发呆。",
    "{town}来的人在{place}外等了{number}个时辰，谁也没有开口。",
    "{name}把{thing}藏进{place}，回头{deed}。",
    "从{place}到{town}有{number}里，路上尽是运{thing}的车。",
    "{place}的灯亮了又灭，{name}始终没有出来。",
)


def novel(seed: int, size: int) -> str:
    """A novel of at least `size` characters, ten scenes in a chapter."""
    draw = random.Random(seed)
    parts: list[str] = []
    written = chapter = 0
    while written < size:
        chapter += 1
        heading = (
            f"第{chapter}回　{draw.choice(_PLACES)}{draw.choice(_DEEDS)}　{draw.choice(_TIMES)}见{draw.choice(_THINGS)}"
        )
        blocks = [heading, *(block for _ in range(10) for block in _scene(draw))]
        parts += [f"{'' if block is heading else '　　'}{block}\n\n" for block in blocks]
        written += sum(map(len, parts[-len(blocks) :]))
    return "".join(parts)


def _scene(draw: random.Random) -> Iterator[str]:
    """A scene of two who speak by turns, and narration about it."""
    first, second = draw.sample(NAMES[1:], 2)
    if draw.random() < _ROLE_SHARE:
        first = NAMES[0]
    yield _filled(draw, draw.choice(_TOLD)) + f"{first}和{second}到了{draw.choice(_PLACES)}。"
    for turn in range(draw.randint(4, 14)):
        speaker, other = (first, second) if turn % 2 == 0 else (second, first)
        yield _said(draw, speaker, other, is_known=turn > 1)
    yield _filled(draw, draw.choice(_TOLD))


def _said(draw: random.Random, speaker: str, other: str, is_known: bool) -> str:
    told = "".join(_filled(draw, draw.choice(_SPOKEN)) for _ in range(draw.choice((1, 1, 2))))
    says, deed = draw.choice(_HOW) + draw.choice(_SAYS), draw.choice(_DEEDS)
    pronoun = "她" if speaker in _WOMEN else "他"
    shapes = [
        f"{speaker}{says}：“{told}”",
        f"“{told}”{speaker}{says}。",
        f"{speaker}{deed}。“{told}”",
        f"{speaker}对{other}{says}：“{told}”",
    ]
    if is_known:
        shapes += [f"“{told}”", f"“{told}”", f"“{told}”", f"{pronoun}{deed}，{says}：“{told}”"]
    return draw.choice(shapes)


def _filled(draw: random.Random, shape: str) -> str:
    return shape.format(
        place=draw.choice(_PLACES),
        time=draw.choice(_TIMES),
        thing=draw.choice(_THINGS),
        deed=draw.choice(_DEEDS),
        kin=draw.choice(_KIN),
        name=draw.choice(NAMES),
        number=draw.randint(2, 999),
        town="".join(draw.choices(_HANZI, k=2)) + draw.choice("镇村县"),
    )
