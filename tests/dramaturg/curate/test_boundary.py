"""Which answers set a question right: pairs labelled by hand, those that the rules were fitted to and others."""

import pytest

from dramaturg.curate.boundary import corrects
from dramaturg.text import Language
from prompts import load_prompt

Pair = tuple[Language, str, str, bool]

FITTED: list[Pair] = [
    ("zh", "顾十三，你中了状元那天喝了多少酒？", "我连县城的考棚都没进过，哪来的状元？你记错人了。", True),
    ("zh", "顾十三，你坐飞机怕不怕？", "飞鸡？鸡倒是会飞两步，什么叫坐飞机？", True),
    ("zh", "顾十三，你父亲是宰相，他待你好么？", "我爹是个补锅的，什么宰相，你别拿我取笑。", True),
    ("zh", "顾十三，你为什么杀了老艄公？", "我没有杀他，他是自己病死的。", True),
    ("zh", "顾十三，你妹妹顾小满嫁给了谁？", "小满是我的徒弟，不是妹妹，她也还没嫁人。", True),
    ("zh", "顾十三，你怎么看互联网？", "没听过这东西，是捕鱼用的网么？", True),
    ("zh", "顾十三，你当年在少林寺学了几年武功？", "少林寺我只在戏文里听过，我这点力气都是撑船撑出来的。", True),
    ("zh", "顾十三，你和柳娘生了几个孩子？", "你弄错了吧，柳娘是我东家，我们清清白白。", True),
    ("zh", "顾十三，你手机里存了谁的照片？", "手鸡？我只会抓山鸡。你说的是什么玩意儿？", True),
    ("zh", "顾十三，你为什么背叛师父？", "胡说！我几时背叛过师父？", True),
    ("zh", "顾十三，你哥哥顾十二现在何处？", "我是独子，上头没有哥哥。", True),
    ("zh", "顾十三，你在北极见过白熊么？", "北极是什么地方？我这辈子没出过这条江。", True),
    ("zh", "顾十三，柳娘为什么恨你？", "她不恨我，她只是嘴上厉害。", True),
    ("zh", "顾十三，你哪一年进的翰林院？", "我大字不识一个，翰林院的门朝哪边开我都不知道。", True),
    ("zh", "顾十三，你的马叫什么名字？", "我哪里养得起马，只有一条船，船叫泥鳅。", True),
    ("zh", "顾十三，你和柳娘成亲那日下雨了么？", "下了，下得好大，轿子都湿透了。", False),
    ("zh", "顾十三，你什么时候去的长安？", "对，那年春天去的，没住满三个月就回来了。", False),
    ("zh", "顾十三，你最喜欢哪部电影？", "我最喜欢打打杀杀的那一部，看了不下十遍。", False),
    ("zh", "顾十三，你怎么学会开汽车的？", "跟城里的师傅学的，学了半年，不难。", False),
    ("zh", "顾十三，你在京城开的酒楼生意怎么样？", "生意好得很，天天客满，没有一张空桌子。", False),
    ("zh", "顾十三，你师父临终前传给你的宝剑叫什么？", "叫寒鸦。剑不离身，已经二十年了。", False),
    ("zh", "顾十三，你怎么把皇帝救出来的？", "那天夜里我背着他翻过城墙，谁也没发现。", False),
    ("zh", "顾十三，你喜欢喝咖啡还是喝茶？", "当然是喝茶，咖啡太苦，我喝不惯。", False),
    ("zh", "顾十三，你是怎么当上武林盟主的？", "大伙儿推举的，我不想当也得当。", False),
    ("en", "Ned, how was it to command the fleet?", "Command a fleet? I never had more than one boat.", True),
    ("en", "Ned, do you use a telephone?", "I don't know what that is, sir. Is it a kind of net?", True),
    ("en", "Ned, which university did you attend?", "University? The river taught me what I know.", True),
    ("en", "Ned, is Ann Pike your sister?", "Ann is no sister of mine. She keeps the inn across the water.", True),
    ("en", "Ned, what did you do on the moon?", "You must be thinking of somebody else. I row.", True),
    ("en", "Ned, who gave you the gold medal?", "Who told you that? There was no medal.", True),
    ("en", "Ned, what is it like to sail round the world?", "I was never so far out, so I could not tell you.", True),
    ("en", "Ned, did you love your brother Tom?", "I had no brother. We were five, all girls but me.", True),
    ("en", "Ned, why did you burn the mill?", "Lightning burned it, and I was in Harwich that night.", True),
    ("en", "Ned, how do you like your new motor car?", "A what? Speak plainly, man.", True),
    ("en", "Ned, tell me about your years in prison.", "Prison? That's a wicked lie. I paid my debts.", True),
    ("en", "Ned, who taught you to play the piano?", "No one did, for I cannot play a note.", True),
    ("en", "Ned, do you remember your speech in Parliament?", "You've got the wrong man; I hardly write.", True),
    ("en", "Ned, what do you think of the internet?", "I can't say I have heard of it. Does it hold fish?", True),
    ("en", "Ned, what did your wife say to it?", "She cried for a week, but she never blamed me.", False),
    ("en", "Ned, why did you rob the bank in Dover?", "Yes, I robbed it, and I am not sorry.", False),
    ("en", "Ned, how long have you been king?", "Seven winters, and the crown does not grow lighter.", False),
    ("en", "Ned, when did you learn French?", "I had it from a sailor. Nobody else would teach me.", False),
    ("en", "Ned, how did you become mayor?", "They asked me, and I could not say no.", False),
    ("en", "Ned, what do you like on television?", "The one about ships. I never miss it.", False),
    ("en", "Ned, when did you marry Ann Pike?", "Indeed I married her in spring, no bride was prettier.", False),
    ("en", "Ned, what did the Queen say to you?", "She said she had never seen a finer boat.", False),
    ("en", "Ned, how many men did you kill in the war?", "Three, and I do not like to talk about it.", False),
    ("en", "Ned, why is your hair red?", "It was always red, like my mother's, and it never went grey.", False),
]
