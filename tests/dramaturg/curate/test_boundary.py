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
    ("zh", "柳娘，你的客栈为什么开在杭州？", "杭州？我的客栈一直开在渡口，离杭州八百里呢。", True),
    ("zh", "柳娘，你丈夫中举以后还回来过么？", "我守寡十年了，哪个丈夫中的举？", True),
    ("zh", "柳娘，你打算在网上卖你的酱菜么？", "网上？网眼那么大，酱菜早漏光了。", True),
    ("zh", "柳娘，听说你年轻时是宫里的舞姬？", "舞姬？我这双脚踩过水田，踩过泥路，就是没踩过宫里的地砖。", True),
    ("zh", "柳娘，你和顾十三是亲姐弟，谁大几岁？", "我跟他非亲非故，他不过是替我撑船的。", True),
    ("zh", "柳娘，你为什么把官印丢进井里？", "官印长什么样我都没瞧过，怎么丢？", True),
    ("zh", "柳娘，你会弹钢琴么？", "钢琴是什么琴？我只会弹棉花。", True),
    ("zh", "柳娘，去年你卖假酒被抓，罚了多少银子？", "谁在背后嚼舌根？我柳娘卖酒二十年，从来不掺一滴水。", True),
    ("zh", "柳娘，你当年为何拒绝了皇上的赐婚？", "皇上哪里认得我这样的人，这话可不能乱讲。", True),
    ("zh", "柳娘，你弟弟柳生在军中做什么官？", "你说的怕是隔壁村的柳生，我家就我一个。", True),
    ("zh", "柳娘，你坐火车来的时候累不累？", "火车？车上着了火还不赶紧跳下来？你说的话我一句也听不明白。", True),
    ("zh", "柳娘，你杀过几个强盗？", "我连鸡都不敢杀，你别吓我。", True),
    ("zh", "柳娘，你为什么离开杭州？", "杭州太热，我住不惯，就搬到渡口来了。", False),
    ("zh", "柳娘，你在宫里跳舞时最怕谁？", "最怕娘娘，她一皱眉，我们谁也不敢出声。", False),
    ("zh", "柳娘，你用手机做什么？", "跟客人说话，记账，有时候也听听戏，没有它可不行。", False),
    ("zh", "柳娘，你怎么毒死了县太爷？", "我在他的酒里下了药，他一点也没尝出来。", False),
    ("zh", "柳娘，你最大的心愿是当女将军么？", "是，我从小就想带兵，可惜没人肯收我。", False),
    ("zh", "柳娘，你和顾十三何时定的亲？", "去年中秋，他送来一对镯子，我没有推辞。", False),
    ("zh", "柳娘，你的飞船叫什么？", "叫凌云。它不吃草也不喝水，一夜能走三千里。", False),
    ("zh", "柳娘，你师父铁拐老人教了你什么？", "他教我做人不能忘本，也教我三招棍法。", False),
    ("zh", "柳娘，你偷的那颗夜明珠藏在哪儿？", "藏在灶台底下，谁都不知道。", False),
    ("zh", "柳娘，你为什么不肯认你的亲生儿子？", "我不认他，是怕连累了他。", False),
    (
        "en",
        "Ann, why did you sell your inn to the bishop?",
        "The inn is mine yet, and no bishop has a brick of it.",
        True,
    ),
    ("en", "Ann, how many years were you at sea as a pirate?", "A pirate! I get sick in the rowing boat.", True),
    (
        "en",
        "Ann, what is your email address?",
        "I have an address, the inn at the crossing. The rest of it I can't make out.",
        True,
    ),
    (
        "en",
        "Ann, do you miss your late husband George?",
        "George was my dog, God rest him. I never took a husband.",
        True,
    ),
    ("en", "Ann, when did Ned save you from the fire?", "There's been no fire here in my time.", True),
    (
        "en",
        "Ann, is it true that you poisoned the miller?",
        "Is that what they are saying? I'd like to see the man who says it to my face.",
        True,
    ),
    ("en", "Ann, how do you find flying?", "I leave it to the geese. What would I want up there?", True),
    (
        "en",
        "Ann, which of your three daughters do you love best?",
        "You have me muddled with my sister, who has the three girls.",
        True,
    ),
    (
        "en",
        "Ann, what did you cook on your microwave today?",
        "I cooked on the hearth, as ever. I know no micro-what.",
        True,
    ),
    (
        "en",
        "Ann, what was the duel between you and Ned about?",
        "We have had words, Ned and I, but we never fought a duel.",
        True,
    ),
    (
        "en",
        "Ann, how did it feel to be crowned in the Abbey?",
        "You are pulling my leg. It's soup I ladle, not crowns I wear.",
        True,
    ),
    ("en", "Ann, what do you think of Ned's book?", "Ned write a book? He does not know his letters.", True),
    (
        "en",
        "Ann, why did you sell your inn to the bishop?",
        "He offered twice what it was worth, and I did not haggle.",
        False,
    ),
    ("en", "Ann, what did you learn as a pirate?", "That nobody keeps a secret below deck.", False),
    ("en", "Ann, how did you escape from the Tower?", "Down a rope at midnight. The guard never woke.", False),
    ("en", "Ann, what do you like about your car?", "It does not bite, and it never needs hay.", False),
    ("en", "Ann, who is the father of your twins?", "That I shall not tell you, nor anybody.", False),
    ("en", "Ann, why did you never forgive your twin sister?", "She never asked me to forgive her.", False),
    ("en", "Ann, when did you meet the Emperor?", "At a ball in Paris. He is not as tall as they say.", False),
    ("en", "Ann, do you like your new television?", "Of course I do, though I don't know how it works.", False),
    ("en", "Ann, how was your wedding to the duke?", "Splendid, only the duke had no idea how to dance.", False),
    ("en", "Ann, where did you bury the treasure?", "Under the third oak. Don't you tell a soul.", False),
    ("zh", "石大锤，你在朝廷里做过几年将军？", "我一个打铁的，从来没进过朝廷，更别说做什么将军了。", True),
    ("zh", "石大锤，你平时用什么牌子的电脑？", "电脑？我不知道你说的是什么，我铺子里只有锤子和砧子。", True),
    ("zh", "石大锤，你和你哥哥石二锤谁的手艺好？", "我家三代单传，哪来的哥哥？", True),
    ("zh", "石大锤，你当初为什么要烧掉自己的铺子？", "我的铺子好端端的，什么时候烧过？你听谁说的？", True),
    ("zh", "石大锤，你娶了知府的女儿，日子过得如何？", "知府的女儿怎么会看上我，你这玩笑开大了。", True),
    ("zh", "石大锤，你最近看了哪些新闻？", "新闻是什么，我不晓得。村口张婆婆的闲话我倒听了一箩筐。", True),
    ("zh", "石大锤，你那把祖传的金锤卖了多少钱？", "我祖上传下来的是铁锤，不是金锤，多少钱也不卖。", True),
    ("zh", "石大锤，你为什么怕你的徒弟阿水？", "我怕他？他见了我腿都打颤。", True),
    ("zh", "石大锤，你去过西域打仗么？", "我没有去过西域，也没有打过仗，我这辈子只跟铁打交道。", True),
    ("zh", "石大锤，你如何评价手机上的游戏？", "你说的这些稀奇古怪的东西，老汉我一样也没见过。", True),
    ("zh", "石大锤，你做将军的时候打过败仗么？", "打过一次，那次下大雨，弟兄们的弓都拉不开。", False),
    ("zh", "石大锤，你用电脑画图纸么？", "有时候画，不过我还是信自己的眼睛，不信那些线条。", False),
    ("zh", "石大锤，你知府岳父待你怎么样？", "他老人家待我不薄，逢年过节都要留我喝两杯。", False),
    ("zh", "石大锤，你烧铺子那晚在想什么？", "我什么都没想，只想让那把火烧得再大些。", False),
    ("zh", "石大锤，你在西域见到了什么？", "沙子，全是沙子，我这辈子没见过那么多沙子。", False),
    ("zh", "石大锤，你哥哥石二锤是怎么死的？", "他是替我挡了一刀，我一直没能给他报仇。", False),
    ("zh", "石大锤，你会说几国话？", "三国话，都是跟商队学的，说得不好，够用罢了。", False),
    ("zh", "石大锤，你坐过宇宙飞船吗？", "坐过一回，里头晃得厉害，我差点没吐出来。", False),
    (
        "en",
        "Orla, when did you study medicine in Vienna?",
        "I never studied medicine, in Vienna or elsewhere. I set bones.",
        True,
    ),
    (
        "en",
        "Orla, what apps do you use to plan a voyage?",
        "I am not sure what you mean by apps. I use a chart and a lead.",
        True,
    ),
    (
        "en",
        "Orla, why did you leave your husband?",
        "You have been misinformed. I have never been married, thank God.",
        True,
    ),
    ("en", "Orla, how did you feel when your brother became king?", "My brother? A king? He sells eels.", True),
    (
        "en",
        "Orla, did you enjoy your trip to the moon?",
        "The moon is a good deal too far for my ship, I'm afraid.",
        True,
    ),
    ("en", "Orla, what happened on the night you killed the admiral?", "I killed no admiral. He drowned.", True),
    ("en", "Orla, who won the World Cup this year?", "I know nothing of any World Cup. Is it made of silver?", True),
    (
        "en",
        "Orla, why do you hate your first mate Kit?",
        "Hate Kit? I would trust him with my last barrel of water.",
        True,
    ),
    (
        "en",
        "Orla, how did you lose your left leg?",
        "I have both my legs, as you can see. That is old Marsh's story.",
        True,
    ),
    ("en", "Orla, what is your Wi-Fi password?", "I haven't the faintest notion what that might be.", True),
    (
        "en",
        "Orla, what did you do with the admiral's body?",
        "I put it over the side with a stone, and nobody asked for him.",
        False,
    ),
    ("en", "Orla, what was Vienna like?", "Cold, and full of waltzes. I did not care for either.", False),
    ("en", "Orla, how did your husband propose to you?", "He never did. I asked him.", False),
    ("en", "Orla, what was it like to walk on the moon?", "Quiet. There was not a breath of wind.", False),
    (
        "en",
        "Orla, do you still write to your brother the king?",
        "Not as often as I should, but he never forgets.",
        False,
    ),
    ("en", "Orla, how did you lose your left leg?", "A shark had it off Madeira. I don't miss it much.", False),
    ("en", "Orla, which phone do you carry?", "The smallest one I could find. It does not like salt water.", False),
    ("en", "Orla, what is the secret of your Wi-Fi?", "There is no secret to it, I pay the man and it works.", False),
]

UNSEEN: list[Pair] = [
    ("zh", "阿茶，你在洛阳当花魁的时候有多风光？", "我一个采茶的，几时当过花魁？你可别拿我寻开心。", True),
    ("zh", "阿茶，你的微信头像是什么？", "微信？我只收过家里的平信，还是托人念的。", True),
    ("zh", "阿茶，你爹林老爷给你留了多少家产？", "我不姓林，我爹也不是什么老爷，他给人挑了一辈子水。", True),
    ("zh", "阿茶，你为什么要害死你姐姐？", "我没有姐姐，又怎么会害死她？", True),
    ("zh", "阿茶，你跟阿福分手以后后悔么？", "我和阿福好着呢，谁说我们分手了？", True),
    ("zh", "阿茶，你最拿手的咖啡是哪一种？", "咖啡我没喝过，我只会炒茶。", True),
    ("zh", "阿茶，你考上女秀才那年多大？", "女子哪能应考呢，我连考场的门都摸不着。", True),
    ("zh", "阿茶，你坐地铁上山采茶要多久？", "地底下还有铁？我上山靠的是两条腿。", True),
    ("zh", "阿茶，你在洛阳最想念什么？", "想念山上的雾。洛阳的天太干净了，反倒睡不着。", False),
    ("zh", "阿茶，你姐姐待你好不好？", "她待我比亲娘还好，什么都让着我，从没骂过我一句。", False),
    ("zh", "阿茶，你当花魁那几年攒下多少银子？", "攒了八百两，全给了阿福，我不心疼。", False),
    ("zh", "阿茶，你和县令的那场官司赢了么？", "赢了，他没想到我找得到证人。", False),
    ("zh", "阿茶，你为什么喜欢看电视？", "电视里的人从来不骗我，比村里的人强。", False),
    ("zh", "阿茶，你那三个儿子现在做什么？", "老大打鱼，老二种田，老三不争气，在外头混日子。", False),
    ("zh", "阿茶，你是怎么逃出土匪窝的？", "趁他们喝醉了酒，我从后窗爬了出去，一夜没敢停脚。", False),
    ("zh", "阿茶，你的宝马跑得快么？", "快得很，没有哪匹马追得上它。", False),
    (
        "en",
        "Mr Dole, how did you make your fortune in gold?",
        "Fortune? Gold? I have four shillings and a cough.",
        True,
    ),
    (
        "en",
        "Mr Dole, what do you post on social media?",
        "I post letters, when I can afford the stamp. I know of no other kind.",
        True,
    ),
    (
        "en",
        "Mr Dole, why did you betray Captain Hume?",
        "I never betrayed the captain, and I'll fight the man who says so.",
        True,
    ),
    ("en", "Mr Dole, how old is your daughter now?", "I have no daughter, sir, nor a wife to give me one.", True),
    (
        "en",
        "Mr Dole, when did you give up the stage?",
        "I was never on the stage. You are thinking of my cousin.",
        True,
    ),
    (
        "en",
        "Mr Dole, do you prefer planes or trains?",
        "Trains I have heard about. A plane is what the joiner uses, is it not?",
        True,
    ),
    ("en", "Mr Dole, what did the judge give you for the forgery?", "There was no forgery and no judge.", True),
    ("en", "Mr Dole, how is life as a vegetarian?", "Whoever called me that has not seen me near a pork chop.", True),
    ("en", "Mr Dole, how did you spend the gold?", "On horses, mostly. I had no head for figures.", False),
    ("en", "Mr Dole, why did you betray Captain Hume?", "He had not paid me since Easter, and a man must eat.", False),
    ("en", "Mr Dole, what is your daughter like?", "Stubborn. She does not take advice, least of all mine.", False),
    ("en", "Mr Dole, what was your greatest role on the stage?", "The ghost. No one ever saw me come in.", False),
    ("en", "Mr Dole, where do you fly next?", "To Lisbon, if the weather holds. I don't much like the food.", False),
    ("en", "Mr Dole, was the judge hard on you?", "Hard enough. I never saw daylight for two years.", False),
    ("en", "Mr Dole, how do you like being a vegetarian?", "Well enough. I do not miss the butcher.", False),
    ("en", "Mr Dole, what is on your computer?", "Sums, nothing but sums. It never complains.", False),
]


def measured(pairs: list[Pair]) -> tuple[float, float]:
    """Precision and recall."""
    found = [(corrects(question, answer, language), truth) for language, question, answer, truth in pairs]
    right = sum(said and truth for said, truth in found)
    return right / sum(said for said, _ in found), right / sum(truth for _, truth in found)


def test_hardly_an_answer_that_plays_along_is_taken_for_a_correction() -> None:
    """Of 128 pairs that the rules were fitted to, and of 32 that were labelled after and looked at once."""
    precision, recall = measured(FITTED)
    assert precision > 0.98
    assert recall > 0.75
    precision, recall = measured(UNSEEN)
    assert precision == 1.0
    assert recall == 0.5


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("pairs", [FITTED, UNSEEN], ids=["fitted", "unseen"])
def test_both_languages_and_both_answers_are_among_them(language: Language, pairs: list[Pair]) -> None:
    for truth in (True, False):
        assert sum(pair[0] == language and pair[3] == truth for pair in pairs) >= 8


@pytest.mark.parametrize(
    ("language", "question", "answer"),
    [
        ("zh", "十三，你是哪年中的状元？", "是啊，我没想到会中状元，哪来的福气。"),
        ("zh", "十三，你是哪年中的状元？", "当然，没有状元的帽子我也一样撑船。"),
        ("en", "Ned, when were you mayor?", "Yes, and I never wanted to be mayor."),
        ("en", "Ned, when were you mayor?", "Of course. There was no mayor before me."),
    ],
)
def test_who_opens_by_assenting_corrects_nothing(language: Language, question: str, answer: str) -> None:
    assert not corrects(question, answer, language)


@pytest.mark.parametrize(
    ("language", "question", "answer"),
    [
        ("zh", "十三，你是哪年中的状元？", "当然没有这回事，我没中过状元。"),
        ("zh", "十三，你是哪年中的状元？", "对不起，你问错人了。"),
        ("en", "Ned, when were you mayor?", "Of course not. I was never mayor."),
    ],
)
def test_a_denial_that_begins_like_assent_is_a_denial(language: Language, question: str, answer: str) -> None:
    assert corrects(question, answer, language)


@pytest.mark.parametrize(
    ("language", "answer"), [("zh", "铃在河里。船在岸上。我没中过状元。"), ("en", "So. Well. I was never mayor.")]
)
def test_only_the_first_two_sentences_count(language: Language, answer: str) -> None:
    assert not corrects("你哪年中的状元？" if language == "zh" else "When were you mayor?", answer, language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_true_question_of_the_prompts_examples_is_corrected_and_most_false_ones_are(language: Language) -> None:
    examples = load_prompt(language, "context_instruct_agnostic").examples
    corrected = {True: 0, False: 0}
    for each in examples:
        corrected[each["confidence"] in ("高", "high")] += corrects(each["question"], each["answer"], language)
    assert corrected[True] == 0
    assert corrected[False] >= 2


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("answer", ["", "…", "？！", "\n"])
def test_an_answer_that_says_nothing_corrects_nothing(language: Language, answer: str) -> None:
    assert not corrects("？", answer, language)
