"""Talk about the role as a role, and about its work as a work."""

import re

from dramaturg.curate.rules.pair import Pair, any_of
from dramaturg.text import Language

__all__ = ["meta_talk"]

_WORK_EN = (
    r"(?:novel|story|book|series|script|screenplay|film|movie|tv show|sitcom|manga|anime|fiction|source material|"
    r"canon|comics?|original|text|plot|storyline|narrative|franchise)"
)
# what nobody says who lives in a story
_META_EN = any_of(
    r"\b(?:characteri[sz]ation|as written|as scripted)\b",
    r"\bi (?:was|am|have been) (?:written|portrayed|depicted|conceived|scripted|characterized|characterised) (?:as|"
    r"to be|by|in|with)\b",
    r"\bas an? (?:\w+ )?(?:fictional|literary|made-up|invented|imaginary) (?:character|person|figure|being)\b|"
    r"\b(?:i am|i'm|being|just|only|merely)(?: \w+)? (?:an? )?(?:\w+ )?(?:fictional|made-up) (?:character|person|"
    r"figure|being)\b",
    r"\bas (?:a|this|the|that|my|your) character\b(?! (?:of|who|witness|reference|study|actor|in (?:his|her|their|"
    r"town|life))\b)|"
    r"\bmy character (?:would|might|feels|thinks|believes|wants|says|does not|is (?:a|an|the|not|known|based|"
    r"described|portrayed)|has (?:been|always)|arc|development)\b|\bcharacter (?:arc|development|sheet|profile|"
    r"traits?|card|description)\b",
    r"\b(?:break(?:ing)?|broke|stay(?:ing|s)?|remain(?:ing)?|keep(?:ing)?|answer(?:ing)?|respond(?:ing)?|"
    r"reply(?:ing)?|speak(?:ing)?|"
    r"act(?:ing)?|drop(?:ping)?) (?:\w+ )?(?:in |out of |my |from )?character\b(?! of)|[(\[*](?:\w+ ){0,2}(?:in|"
    r"out of|breaking) character\b",
    r"(?:^|[\s(\[*/])ooc\b|\bout-of-character\b|\bin-universe\b|\bin-character\b|\bheadcanon\b|\bcanon(?:ically|"
    r"ical)?\b(?=[^.!?]{0,20}\b(?:i|my|event|material|version|story))|\bspoilers?(?: alert|:)",
    r"\brole-?play(?:ed|ing|s|er)?\b|\bplaying the (?:role|part|character) of\b|\b(?:this|the|your|a) (?:prompt|"
    r"role-?play|persona)\b(?= (?:asks|says|is|was|requires|given|you|that|of|i))",
    r"\b(?:according to|based on|as (?:per|stated in|described in|mentioned in|shown in|depicted in)|from|"
    r"given) (?:the|this|that) (?:\w+ )?"
    r"(?:script|screenplay|passage|excerpt|dialogue|scenario|given text|text|context|snippet|transcript|"
    r"source material|storyline|plot|novel|information|character description|profile|provided)\b"
    r"(?! (?:in my hand|that lies))",
    r"\bthe (?:provided|given|above) (?:\w+ )?(?:text|context|passage|script|dialogue|information|excerpt|scene|"
    r"conversation|description)\b|"
    r"\bthe (?:passage|excerpt|text|script|screenplay|transcript|dialogue|context|scene|plot|story|novel|narrative) "
    r"(?:does not|do not|never|only|provided|above|itself|clearly|explicitly)? ?(?:mentions?|states?|says?|"
    r"specif(?:y|ies)|indicates?|suggests?|reveals?|describes?|shows?|implies|provides?|does not|portrays?|"
    r"depicts?) ?"
    r"(?!.{0,30}\b(?:i (?:read|wrote)|he read|she read))(?:that|me|my|this|the|how|what|why|who|whether|any|i\b|\w+)",
    rf"\b(?:mentioned|stated|described|depicted|portrayed|revealed|specified|shown|seen) (?:explicitly |"
    rf"clearly )?(?:in|by|throughout) (?:the|this|my) (?:\w+ )?(?:{_WORK_EN}|scene|passage|excerpt|dialogue|context|"
    rf"author)\b",
    rf"\b(?:in|of|throughout|from|within|across|during) (?:the|this|my|"
    rf"our) (?:\w+ )?{_WORK_EN}(?:'s)?(?: \"[^\"]*\")?,? (?:i|my|we|our)\b(?! (?:read|have read|was reading|"
    rf"am reading|wrote|was writing|am writing|bought|borrowed|found|"
    r"told|heard|love|like|like|saw|learned|gave|lent|father|mother|grandmother|nurse|aunt|uncle))",
    r"\b(?:i|me|my \w+|myself)\b[^.!?]{0,40}\b(?:in|throughout|of|within|across) (?:the|this) (?:novel|"
    r"book series|series|screenplay|script|film|movie|tv show|sitcom|manga|anime|source material|canon|franchise|"
    r"fictional (?:world|universe|setting))\b"
    r"(?! (?:you|i|he|she|they|my|that|on|was|had|has|which))",
    r"\b(?:my|our) (?:creator|maker)s?,? (?:(?:the|an?) )?(?:author|writer|novelist|playwright|screenwriter|wrote)\b|"
    r"\b(?:my|our) (?:author|writer)s?,? (?:(?:the|an?) )?(?:author|writer|novelist|playwright|"
    r"screenwriter|wrote|decided|intended|gave|made|created|had me|chose|imagined|meant|never|did not)\b|"
    r"\b(?:the|my) (?:author|writer|screenwriter|scriptwriter|novelist|playwright)s?(?:'s)? (?:intended|intends|"
    r"wrote|writes|created|gave|gives|made|makes|decided|decides|portray\w*|depict\w*|describe\w*|chose|intention|"
    r"had|has|wanted|wants|meant|means|never|did not|imagined|imagin\w+|put) "
    r"(?:me|my|to make me|for me|that i|this character)\b|\b(?:the author|the novelist) of (?:the|my|this|"
    r"our) (?:story|novel|book|series|script)\b|\bmy creator the author\b",
    r"\bfictional (?:world|universe|setting|work|story|narrative|series)\b|\bthe (?:protagonist|antagonist|"
    r"main character|title character|narrator|villain) (?:of|in) (?:the|this|my) (?:\w+ )?(?:story|novel|book|"
    r"series|script|film|movie|show|play)\b",
    r"\b(?:sure|certainly|of course|absolutely|okay|alright)[!,.:] here (?:is|are) (?:how|what|my|the|"
    r"an?)\b[^.!?\n]{0,60}(?::|\b(?:respon\w+|repl\w+|answers?|would|might|could|version)\b)|"
    r"\bhow \w+(?: \w+)? (?:might|would|could) (?:respond|reply|answer|say)\b|"
    r"\b(?:narrative|storytelling|literary|character) (?:standpoint|perspective|point of view|device|purpose|"
    r"function)\b|\bdrives? the (?:story|plot|narrative)\b|"
    r"\b(?:true|faithful) to (?:my|the|his|her) character\b|\bliterary (?:character|figure|creation)\b|\b(?:not|"
    r"never) (?:covered|mentioned|stated|explained|addressed|specified) in the\b|"
    r"\bthe plot (?:required|requires|needed|needs|demands|demanded)\b",
    r"\b(?:here is|here are|here's|below is|sure,? here|certainly[,!] here)(?: \w+){0,4} (?:response|reply|answer|"
    r"version|rewrite|dialogue|example|take|interpretation)\b(?=[^.!?\n]{0,60}(?::|\bas\b|\bin the (?:style|voice)|"
    r"$))",
    r"\b(?:in|using|with|mimicking|imitating) the (?:style|voice|tone|manner|persona|"
    r"speech) of [^.!?]{2,40}[:.]?(?:\n|$)|\bresponse in the (?:style|voice|tone)\b",
    r"(?:^|\n|[(\[])\W{0,3}(?:note|disclaimer|author's note|a/n|n\.b|explanation|reasoning|translation|context|"
    r"answer key)s?\W{0,2}:",
    r"\b(?:season|episode) (?:\d+|one|two|three|four|five|six)\b|\b(?:in|from) (?:chapter|act|volume|scene) (?:\d+|"
    r"[ivxl]+|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\b|"
    r"\bchapter (?:\d+|[ivxl]{2,}|one|two|three|four|five|six|seven|eight|nine|ten|twelve),? (?:when|where|i|of the)\b",
    r"\b(?:the|our|my|dear) readers? (?:learns?|sees?|finds?|discovers?|(?:is|are) (?:told|shown|left)|knows?|may|"
    r"might|will|can|would)\b|"
    r"\b(?:the (?:audience|viewers?)) (?:learns?|sees?|discovers?|is shown|finds? out)\b|(?:^|"
    r"[.!?] )readers (?:will|may|might|can|know)\b",
    r"\bthe (?:question|user|prompt|instruction) (?:asks|asked|is asking|wants|seems|refers|requires|provided)\b|"
    r"\bas requested\b|\bi (?:hope|trust) this (?:response|answer|reply) (?:helps|captures|meets|fits|reflects)\b",
    r"\bmy character (?:is|was) (?:written|meant|designed|supposed|shown|depicted)\b|\b(?:creates?|adds?|builds?|"
    r"brings?) (?:\w+ )?(?:tension|depth|conflict|drama) (?:in|to|for|into) the (?:story|plot|narrative)\b|"
    r"\b(?:left|leaves? it|up) (?:\w+ )?(?:for|to) (?:the )?readers?\b|\bthe author (?:never|does not|did not|leaves|"
    r"left) (?:\w+ )?(?:tells?|says?|reveals?|explains?|it|us|open)\b",
    r"\bi am (?:just |only |merely )?(?:a |the |an? \w+ )?character (?:in|from|of|created|invented|"
    r"written)\b(?! (?:mind|sorts|this town))",
)
# what an actor says too, or one who tells stories
_OF_PLAYS_EN = any_of(
    r"\bthe (?:character|part|role) (?:that )?i (?:play|am playing|portray)\b|"
    r"\b(?:in|of|throughout|from|according to) (?:the|this) (?:play|script|screenplay|scene|drama|"
    r"show)(?:'s)?,? (?:i|my|we)\b(?! (?:was|were|played|had|wore|sang|spoke|acted|took|got))|"
    r"\b(?:i|my)\b[^.!?]{0,40}\b(?:in|throughout) (?:the|this) (?:play|drama|show|scene)\b(?! (?:you|i|he|she|they|"
    r"that|was|had|which|of|house|time))|"
    r"\bmy (?:role|part|lines?|arc|backstory|storyline) in (?:the|this)\b|\bthe playwright\b|\bmy (?:backstory|"
    r"storyline|arc)\b"
)
# what one who reads or tells says too
_OF_BOOKS_EN = any_of(
    r"(?<!rule )(?<!trick )\bin the (?:\w+ )?(?:book|novel|story|text|series|film|movie|script|tale|"
    r"fiction)\b(?! (?:of|that|which|i|you|he|she|we|they|my|on|by|about|from|with)\b)|"
    r"\bas far as the (?:script|story|plot|book)\b|\bin the show\b(?! (?:of|that|which|i|you|he|she|we|they)\b)|"
    r"\b(?:throughout|in) the original\b|\bthroughout the (?:book|novel|story|series|film|movie|script)\b|"
    r"\bas (?:the|a) (?:protagonist|antagonist|main character|title character)\b|"
    r"\bthe original (?:story|novel|book|series|work|text|script)\b|"
    r"\bthe (?:author|screenwriter|scriptwriter|novelist)s?\b|\b(?:the|this) (?:storyline|plotline)\b"
)
_READS_EN = re.compile(
    r"\b(?:read\w*|wr[io]t\w*|writing|library|shel(?:f|ves)|pages?|t[eo]ll?\w*|heard?|listen\w*|borrow\w*|lent|bible|"
    r"tales?|letters?|notes?|document|ink|"
    r"hand(?:writing)?|papers?|poems?|volumes?|bookseller|publish\w*|printed|press|scholar|teacher|school|books|"
    r"novels|stories)\b"
)
_OF_BOOKS_ZH = any_of(
    r"(?:我|俺|咱)[^，。！？]{0,4}在(?:这|那|该|本)?[部本个篇出]?(?:小说|书|故事|剧|电影|剧本|电视剧|"
    r"动画)[里中](?:是|的|，|扮|演|只|就)|在[这该本][部本](?:剧|小说|书|电影|戏|电视剧|动画|漫画)[里中]，|全书的?|"
    r"这[段个]情节|情节(?:的|"
    r"发展|需要|安排)|(?:编剧|作者)(?!的书)|"
    r"[按照依随跟]着?剧情|(?:的|我)设定(?:是|里|中|为|就)|(?:这一幕|这场戏|这段戏|这一集|"
    r"这一章)[^。！？]{0,12}(?:电视剧|小说|书|剧|电影|最|我)|[（(【]出戏|"
    r"角色的(?:角度|视角|立场|身份|性格|心理)"
)
_READS_ZH = re.compile(
    r"读|看(?:过|的|了|书|完|小说)|写(?:过|的|了|书|小说)|听|讲|说书|翻|借|背|文章|诗|笔|信|先生|书铺|书店|骗人|出版|"
    r"编的|抄|看得|爱看"
)
_STAGE_EN = re.compile(
    r"\b(?:actors?|actress|players?|rehears\w+|theat(?:re|er)s?|stages?|troupe|company|audience|curtain|prompter|"
    r"manager|boards|matinee|"
    r"last night|opening night|tonight|ticket\w*|saw|watch\w*|seats?|director|costumes?|wings|perform\w*|puppet\w*)\b"
)

_WORK_ZH = (
    r"(?:剧本|小说|原著|原作|书|剧|故事|电视剧|电影|影片|动画|动漫|漫画|游戏|作品|影视剧|连续剧|情景剧|文本|剧情|"
    r"情节|设定|文中)"
)
_META_ZH = any_of(
    r"作为[^，。！？]{0,10}(?:小说|故事|书|剧|电影|作品)[里中]的?(?:角色|人物)",
    rf"作为(?:(?:一[个名位])?(?:虚构|虚拟|{_WORK_ZH}[里中]?|文学|影视|历史|主要|经典)(?:的|人物|出来的)*(?:角色|人物|"
    rf"形象|主角|主人公)|(?:这个|该|此|这样的|一个|一名|"
    rf"你的?|我的?)?角色)",
    rf"(?:我|俺|咱)(?:只|不过|就|其实|仅仅?|本来)*(?:是|作为)(?:一个|一名|个)?[^，。！？不]{{0,10}}(?:虚构|"
    rf"(?:{_WORK_ZH})[里中]的?)[^，。！？]{{0,4}}(?:角色|人物|形象|主角|主人公)",
    r"虚构(?:的|出来的)?(?:角色|人物|世界|故事|作品|形象)|角色扮演|人设|跳出角色|脱离角色|进入角色|保持角色|出戏地?说",
    r"原著|原作[中里者]|人物塑造|作为(?:男|女)?(?:主角|主人公|配角|反派)[，我]|剧情(?:需要|设定|安排|里|中，我|没|"
    r"要求|上)|"
    r"(?:小说|书|故事|对话|资料)[里中](?:并?没有|并?未|没)(?:明确|具体|详细|直接)?(?:提到|提及|说明|描述|描写|交代|"
    r"给出)|(?:根据|按照|依照|基于|参照|参考|结合|从|"
    r"依据)(?:这[个段]|该|所?提供的?|给[定出]的?|上述|以上|上面的?|题目|您提供的|你提供的|已有的?|现有的?|背景|角色|"
    r"人物|原)*"
    r"(?:剧本|原文|片段|对话内容|对话|台词|文本|材料|资料|设定|故事情节|故事背景|故事内容|故事|小说|信息|情节|上下文|"
    r"描述|人设|内容)(?:来看|来说|可知|可以|的(?:描述|内容|设定|信息|情节)|"
    r"中|里|，|,|内容|我|，我)",
    r"(?:^|[，。！？])(?:剧本|小说|原著|电视剧|电影|动画|动漫|漫画|游戏)[里中]，?(?:我|俺|咱)(?!们?(?:看|读|听|"
    r"也看))|(?:在|于)(?:这[个部段本篇]|那部|该|本|原|"
    r"整[个部])?(?:剧本|小说|原著|原作|剧集|电视剧|电影|影片|动画|动漫|漫画|作品|情景剧|连续剧|文本|设定|"
    r"片段)(?:的?(?:世界观?|设定|情节|描述|背景|世界|剧情|开头|结尾|"
    r"后期))?[里中内]?(?:[，,]?(?:我|俺|咱|作者|主角|并?(?:没|未)有?(?:提|说|写)|有(?:提到|描述|描写))|[，,])",
    r"在?(?:这个|本|该|此)(?:故事|小说|剧本|剧|片段|场景|情节)(?:的?(?:设定|世界|背景|情节|剧情|"
    r"框架))?[里中]?(?:的设定|，我(?!讲|说|听|要讲|给)|里我(?!讲|说|听)|"
    r"中我(?!讲|说|听)|当中)|故事的?设定|的设定[里中，]|世界观设定|背景设定|角色设定|人物设定|剧本[里中]?(?:没有|"
    r"并没有|并未|未曾?|只|也没)(?:提|说|写|给|交代)",
    r"(?:剧本|原文|片段|文本|文中|小说中|对话中|材料|上文|剧中|题目|上下文)[里中]?(?:并?没有|并?未|中?没|"
    r"也没)?(?:明确|具体|详细|直接)?(?:地)?(?:提到|提及|说明|描述|描写|指出|"
    r"显示|表明|交代|给出|提供)",
    r"(?:作者|编剧|小说家)(?:[^，。！？]{0,6})?(?:笔下|设定|塑造|给我|让我|把我|赋予|安排我|创造了?我|写我|"
    r"写的我|写出了?我|为我|对我的|没有?(?:给我|写|让我|交代|告诉))|"
    r"(?:我|俺)(?:是|就是)[^，。！？]{0,10}笔下的?|我的(?:创造者|作者|创作者|编剧)",
    r"读者(?:朋友)?们?(?:可能|会|都|也|能|可以|看到|知道|觉得|一定|应该)(?=[^。！？]{0,16}(?:我|角色|故事|书|小说|"
    r"剧|章))",
    r"第[一二三四五六七八九十百零〇两\d]+(?:章|集|幕|季)(?!台)|(?:男|女)?(?:主角|配角|主人公)(?:之一)?(?:的设定|"
    r"光环|的身份)|我(?:是|"
    r"作为)[^，。！？不]{0,8}(?:主角|配角|主人公|反派角色)",
    r"(?:以(?!我|本|自己|咱|俺|他的|她的|你)|用(?!这|那|你|他|她|什么)|模仿|按照?|仿照)[^，。！？\n]{1,12}(?:的|"
    r"之)?(?:口吻|身份|视角|语气|风格|"
    r"角度)(?:来)?(?:回答|回复|说|回应|讲|写|作答|，|：|:|如下|进行|来|[）)】])",
    r"(?:以下|下面)(?:是|为)[^。！？\n]{0,24}(?:回答|回复|回应|答案|对话|台词|版本|示例|改写|内容)|(?:^|"
    r"\n)\W{0,2}(?:注|备注|注意|说明|解析|提示|解释|译文|分析|"
    r"旁注|免责声明)\W{0,2}[：:]|[（(【\[](?:注|备注|注意|说明|提示|解析|解释)[：:，]",
    r"(?:题主|用户|提问者?|题目)(?:问|想问|所问|要求|的问题|提出|希望|想知道)|希望(?:这个|以上|我的|这段)(?:回答|"
    r"回复|对话)|(?<![a-z])ooc(?![a-z])|(?:符合|贴合|"
    r"体现)(?:了)?[^，。！？]{0,10}(?:人物|角色)(?:性格|设定|形象|特点|身份)|(?:这个|该|此)(?:角色|人物)(?:的|是|会|"
    r"在|，)",
)
_OF_PLAYS_ZH = any_of(
    r"(?:在|按|照|依|根据|按照)(?:这[部本])?(?:剧|戏|剧本|台词|书|故事)[里中上]?[，,]?(?:我|俺|咱)(?!们?(?:看|读|听|"
    r"唱|演|讲|说过|学|背|记|爱看|瞧|念))|"
    r"剧中[，,]?我|(?:书|故事|小说|剧|戏)[里中]的(?:我|俺)(?![爹娘们])|我(?:的|这个)(?:角色|戏份|台词)|"
    r"(?:剧本|作者|编剧|小说|书|故事)(?:上|里)?(?:就)?(?:是|给)?(?:这么|这样|那么|那样)(?:写|安排|设定|编)|"
    r"[把将](?:我|俺)(?:给)?(?:写|塑造|描写|刻画|设定|描绘|演绎)[成得为]|"
    r"(?:扮演|饰演|代入|演绎)(?:的是|的|了)?(?:这个|该|此|这一|一个|好)?(?:角色|人物)"
)
_STAGE_ZH = re.compile(
    r"戏班|排练|登台|台上|台下|舞台|演员|导演|剧团|剧院|话剧|唱戏|听戏|看戏|演戏|说书|相声|评书|票|戏园|班主|师父|"
    r"彩排|演出|上演|观众|曲艺|杂技"
)


def meta_talk(pair: Pair) -> bool:
    """The answer speaks of the role as a character, of its work as a book or a script, of its author, or of the reply
    that it is; or the question asks after "the script".

    RoleLLM's rules for making questions from a script (arXiv 2310.00746) want each to be understood without it. One
    who acts, reads or tells stories may speak of plays and books.
    """
    plain, language = pair.plain, pair.language
    if _NAMES_SOURCE[language].search(pair.asked_plain):
        return True
    if language == "en":
        is_meta, of_plays, stage = _META_EN, _OF_PLAYS_EN, _STAGE_EN
        if not (pair.vocabulary & _CUES_EN or "note" in plain[:60] or _CUE_EN.search(plain)):
            return _as_itself(pair)
    else:
        is_meta, of_plays, stage = _META_ZH, _OF_PLAYS_ZH, _STAGE_ZH
        if not _CUE_ZH.search(plain):
            return _as_itself(pair)
    found = is_meta.search(plain)
    readers = None if found is None else _READERS.search(found[0])
    if (found and not (readers and readers[0] in pair.asked_plain)) or _as_itself(pair):
        return True
    if of_plays.search(plain) and not stage.search(plain) and not stage.search(pair.asked_plain):
        return True
    of_books, reads = (_OF_BOOKS_EN, _READS_EN) if language == "en" else (_OF_BOOKS_ZH, _READS_ZH)
    return of_books.search(plain) is not None and not (
        _ASKS_OF_BOOKS[language].search(pair.asked_plain)
        or any(cue.search(text) for cue in (reads, stage) for text in (plain, pair.asked_plain))
    )


_READERS = re.compile(r"reader|audience|viewer|读者|观众")
"""Of whom the answer may speak where the question does."""
_NAMES_SOURCE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:according to|based on|as (?:stated|described|mentioned|shown) in) (?:the|this) (?:\w+ )?(?:script|"
        r"passage|excerpt|"
        r"text|screenplay|snippet|provided \w+|given \w+)\b|"
        r"\bin (?:the|this) (?:\w+ )?(?:script|excerpt|text|screenplay|snippet),"
    ),
    "zh": re.compile(
        r"(?:根据|按照|依据|从)(?:这[段个]|该|以上|上述|所?提供的?|给[定出]的?|原)*(?:剧本|片段|原文|文本|材料|原著)|"
        r"在?(?:剧本|片段|原文|文本|原著)(?:中|里)"
    ),
}
_ASKS_OF_BOOKS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:books?|novels?|stor(?:y|ies)|authors?|writers?|films?|movies?|tales?|plot)\b"),
    "zh": re.compile(r"书|小说|故事|作者|编剧|电影|剧|戏"),
}
_CUES_EN = frozenset(
    """
    character characters fictional novel story book series script screenplay film movie manga anime fiction
    material canon comic comics text plot storyline narrative franchise play plays show scene author author's
    authors writer writers novelist playwright screenwriter creator creators ooc universe roleplay roleplaying
    role prompt persona passage excerpt dialogue context transcript snippet scenario information profile
    provided protagonist antagonist narrator response reply answer version style voice tone note disclaimer
    chapter season episode reader readers audience viewers question user instruction requested spoiler spoilers
    backstory arc respond literary narrative covered explained movie text written portrayed depicted conceived
    scripted characterized characterization characterisation
    """.split()
)
_CUE_EN = re.compile(r"\bin-|\bhere (?:is|are)\b|headcanon|role-play|\bn\.b|a/n|\bact [ivx\d]")
_CUE_ZH = re.compile(
    r"角色|人物|虚构|剧|小说|原|故事|书|作者|编剧|导演|设定|情节|片段|文本|文中|材料|资料|上文|台词|电影|影|漫|游戏|"
    r"作品|读者|观众|第|主角|主人公|配角|"
    r"口吻|语气|身份|视角|风格|角度|以下|下面|注|说明|解析|提示|用户|题|回答|全书|这一|写成|写得|刻画|描写|塑造|描绘|"
    r"ooc|人设|戏|笔下|创造者|创作者|"
    r"对话|信息|背景|上下文|描述|文章|内容|出戏|提问|分析|译文|解释|免责|章|对我"
)


def _as_itself(pair: Pair) -> bool:
    """`As Ned Tull, I …`: no one says that who is he."""
    for found in pair.role.named.finditer(pair.answer[:2000]):
        before, after = (
            pair.answer[max(0, found.start() - 24) : found.start()].lower(),
            pair.answer[found.end() :][:16].lower(),
        )
        if pair.language == "en":
            if (_AS_EN.search(before) and _I_EN.match(after)) or _ROLES_EN.match(after):
                return True
        elif _AS_ZH.search(before) and _I_ZH.match(after):
            return True
    return False


_ROLES_EN = re.compile(r"['’]s (?:character|role|motivation|arc|backstory|personality)\\b")
_AS_EN = re.compile(
    r"(?:^|[^\w] ?)(?:speaking |here |answering |responding )?(?:as|if i were|were i|playing|"
    r"(?:the )?character(?: of| named)?|portraying) (?:the character (?:of )?)?$"
)
_I_EN = re.compile(r"[”\"']?,? (?:i|my|would|here)\b|[”\"']?[,:\])]")
_AS_ZH = re.compile(r"(?:作为(?:角色)?|身为|如果我是|假如我是|扮演(?:的)?|饰演(?:的)?|若我是|角色)[“「《]?$")
_I_ZH = re.compile(r"[”」》]?(?:本人)?(?:[，,\]】]|的?(?:角色|扮演者)|我|，)")
