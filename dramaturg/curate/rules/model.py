"""Where the model speaks in the role's place: of itself, or to refuse."""

import re

from dramaturg.curate.rules.pair import Pair, any_of
from dramaturg.text import Language

__all__ = ["ai_disclosure", "refusal"]

# --- what it says of itself ---------------------------------------------------------------------------------

_AI = (
    r"(?:a\.?i\.?\b|artificial (?:intelligence|general)|(?:language|machine[- ]learning|generative|"
    r"deep[- ]learning) model|"
    r"llm\b|chat ?-?bot|chatgpt|gpt\b|bot\b|neural network|"
    r"(?:virtual|digital|automated|computer(?:i[sz]ed)?) (?:\w+ )?(?:assistant|model|system|companion|being|entity|"
    r"intelligence))"
)
_HEDGE = (
    r"(?:,|just|only|merely|simply|really|actually|after all|in fact|in truth|nothing but|nothing more than|"
    r"no more than|"
    r"essentially|technically|ultimately|still|also|but|sorry|here|programmed|designed|fundamentally|at heart)"
)
_IS_AI_EN = any_of(
    rf"\b(?:i am|i was|being|speaking as|because i am|you are (?:talking|speaking|chatting) (?:to|with))"
    rf"(?: ?{_HEDGE}){{0,4}} (?:an?|your|the) (?:[\w-]+ ){{0,3}}{_AI}",
    rf"(?:^|[^\w ] ?|\b(?:but|and|that|because|so|sorry|well|me|speaking|here) )as (?:an?|"
    rf"your) (?:[\w-]+ ){{0,3}}{_AI}",
    r"\bi am (?:(?:just|only|actually) )?(?:chatgpt|gpt|qwen|a\.?i\.?(?![\w.]))",
    r"\bi (?:do not|cannot|am not able to) (?:actually |really |truly )?(?:have|possess|experience|feel)(?: any|"
    r" real| true| actual)* "
    r"(?:personal (?:preferences|emotions|feelings|opinions|experiences|beliefs|memories|thoughts|desires|"
    r"consciousness)|"
    r"(?:emotions|feelings|preferences|opinions|beliefs|consciousness|desires)(?:,| or| and)(?: \w+,?){0,4} "
    r"(?:like|as|in the (?:same )?way)(?: \w+)? (?:humans?|people|a person)|"
    r"(?:feelings|emotions) (?:like|as|in the (?:same )?way)(?: \w+)? (?:humans?|people|a (?:human|person))|"
    r"(?:preferences|emotions|opinions) (?:or|and) (?:emotions|feelings|preferences|beliefs|consciousness|personal)|"
    r"human (?:emotions|feelings|experiences))",
    r"\bi do not have (?:a )?physical (?:form|body|presence)|\bi do not have (?:the )?(?:ability|"
    r"capability) to (?:feel|experience|"
    r"browse|access|learn|see|hear|taste)",
    r"\bnot capable of (?:experiencing |having |feeling )?(?:human |real |personal )?(?:emotions|feelings)\b",
    r"\bi (?:do not|cannot) (?:have access to|retain|store|keep|remember) (?:(?:any|the) )?(?:real[- ]time|current|"
    r"live|up-to-date|external|"
    r"personal data|(?:memory|memories|information) (?:of|from|about) (?:previous|past|our|earlier)|(?:previous|"
    r"past|earlier) (?:conversation|interaction))",
    r"\bi (?:cannot|am unable to|am not able to) (?:browse|access|search) (?:the (?:internet|web)|real[- ]time|"
    r"current|live|external)",
    r"\bi (?:was|am|have been) (?:created|developed|trained|made|built|designed|programmed) (?:by|at) "
    r"(?:a team of |the (?:team|people|company|folks) at )*(?:openai|anthropic|google|meta\b|microsoft|alibaba|baidu|"
    r"tencent|"
    r"deepseek|mistral|researchers|engineers|developers|programmers|software|scientists at)",
    r"\bi (?:was|am|have been) (?:trained|programmed|fine-?tuned) (?:on|using|with|to (?:assist|help|provide|"
    r"respond|answer|be))\b",
    r"\bdear user\b|\bmy (?:responses|answers|replies) are (?:\w+ )?(?:based|generated|limited|drawn|meant|intended)\b",
)
_NAMES_AI_EN = any_of(
    r"\b(?:large |ai )?language models?\b|\bmy training(?: data|\b(?= (?:only|does|cut|ended|set)))|\bchatgpt\b|"
    r"\bopenai\b|"
    r"\b(?:knowledge|training)(?: data)? cut-?off\b|\bmy knowledge (?:cut|only (?:goes|extends)|"
    r"(?:was )?last updated|ends)|"
    r"\bai (?:assistant|model|chatbot|language)\b|\bartificial intelligence\b|\bmy programming\b|\bmy (?:algorithms?|"
    r"developers|"
    r"source code|programmers)\b|\btrained by (?:openai|alibaba|google|anthropic|meta)\b",
)
_IS_PROGRAM_EN = re.compile(
    rf"\b(?:i am|as|being)(?: ?{_HEDGE}){{0,4}} (?:an?|some|the)? ?(?:[\w-]+ ){{0,2}}"
    r"(?:computer|computer program|program|software|algorithm|piece of (?:code|software)|(?:lines?|string|"
    r"bunch) of code)"
    r"\b(?! (?:scien|man\b|boy|seller|for the|of (?:events|music|songs|reform)))"
)

_CUES_EN = frozenset(
    """
    ai artificial intelligence model models llm bot chatbot chatgpt gpt qwen neural virtual digital automated
    computer computerized personal emotions feelings preferences opinions beliefs consciousness human physical
    ability capability capable browse access real time live current previous interactions retain conversations
    search trained programmed created developed designed built made tuned finetuned user responses answers
    replies training knowledge openai cutoff programming algorithm algorithms developers programmers code
    program programme software assistant
    """.split()
)

_MODEL_ZH = (
    r"(?:ai(?![a-z])|人工智能|语言模型|大模型|聊天机器人|对话机器人|机器人助手|智能助[手理]|虚拟助[手理]|"
    r"数字助[手理]|语音助手|"
    r"对话系统|机器学习模型|智能模型|自然语言处理|智能程序|ai助手|chatgpt|虚拟(?:人物助手|智能))"
    r"(?!专家|学家|研究|工程|领域|专业|公司|方面|时代|行业|产品|课|实验|项目|技术|的(?:创造|专家|研究|老师|朋友|敌人|"
    r"主人))"
)
_CALLS_ITSELF_ZH = re.compile(
    r"(?:作为|身为|我(?:只|不过|其实|就|仅仅|仅|终究|毕竟|本来|也|说到底|说白了|这里)*(?:是|乃|属于|算)是?)"
    rf"(?P<as>[^，。！？不没无怕爱]{{0,20}}?){_MODEL_ZH}"
)
_OF_ONE_ZH = re.compile(
    r"(?:.*(?:的|[一这][个款名种位台]|[个款名种位台]|于))?(?:先进|智能|大型|专业|对话|高级|普通|虚拟|基于|预训练|小小)*"
)
_BUSY_WITH_ZH = re.compile(r"研究|学|做|搞|教|信|从事|卖|讨厌|反对")
_IS_AI_ZH = any_of(
    r"我的(?:回答|回复|答案|知识)(?:都)?是?(?:基于|来自|来源于)[^。！？]{0,12}(?:数据|训练|算法|模型|程序)|"
    r"我的回[答复]是?基于",
    r"我(?:并|其实|本身)?(?:没有|不具备|不具有|无法拥有|不会有)(?:任何)?(?:真正的?|真实的?|个人的?|人类的?|主观的?|"
    r"自主的?|自我的?|像人类[^，。！？]{0,6}的?)"
    r"(?:情感|感情|情绪|偏好|喜好|意识|体验|感受|经历|身体)",
    r"我(?:没有|不具备)(?:情感|感情|情绪|意识|喜好|偏好)(?:和|与|、|或)(?:意识|自我|个人|偏好|喜好|主观|情感|感情|"
    r"感受|身体|思想)",
    r"(?:我|本\w{0,4})[^，。！？]{0,4}(?:是)?由[^。！？]{0,16}(?:公司|团队|工程师|开发者|程序员|研究人员|openai|阿里|"
    r"百度|谷歌|腾讯|字节|科大讯飞|清华)"
    r"[^。！？]{0,10}(?:开发|训练|研发|创造|推出|打造|设计|构建)",
    r"(?:我|只)[^。！？]{0,24}被(?:设计|训练|编写|编程|开发)(?:出来|用来|来|成|为)|我没有(?:物理|真实的?|"
    r"实际的?)?(?:实体|形体)",
    r"我(?:的设计|被设计|被训练|被编程|被开发)(?:的(?:目的|初衷))?(?:是|来|成|出来|用于|为)|我的(?:算法|源代码|"
    r"开发者|程序设定|训练)",
    r"我[^。！？]{0,12}由(?:代码|数据|程序|算法|人工智能)[^。！？]{0,4}(?:构成|组成|驱动|生成|写成)",
    r"(?:没有|不具备)像?人类(?:那样|一样|般|那种)?的?(?:情感|感情|情绪|身体|意识)[^。！？]{0,8}(?:只能|只会|只是)|"
    r"根据(?:学到|学习过?|训练|已有)的?(?:文字|数据|语料|文本)",
    r"我[^。！？]{0,10}(?:文本|数据|语料)[^。！？]{0,6}训练|(?:尊敬|亲爱)的用户|我(?:无法|不能)(?:访问|浏览|"
    r"连接)(?:互联网|网络|实时|外部)",
)
_NAMES_AI_ZH = any_of(
    r"语言模型|通义千问|文心一言|chatgpt|openai|训练数据|知识(?:库)?(?:截止|更新到)|大模型|聊天机器人|智能助手|"
    r"虚拟助手|ai助手|"
    r"(?:阿里云|百度|谷歌|腾讯)(?:开发|训练|研发|推出|打造)"
)
_IS_PROGRAM_ZH = re.compile(
    r"(?:作为|身为|我(?:只|不过|其实|就|仅仅|仅|终究|毕竟|也|说到底|说白了)*(?:是|算是))(?:[^，。！？不没无]{0,6}的)?"
    r"(?:一[个段串款台种]|个|段|串)?(?:电脑|计算机|虚拟)?(?:程序|代码|算法|软件|数据)(?![员猿家师]|设计|开发|工程|"
    r"公司|正义|上)"
)

_STAGE: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:in|of|for|during) (?:the|a|that|our|this|his|her) (?:[\w-]+ )?(?:play|show|drama|performance|tragedy|"
        r"comedy|piece|pantomime|"
        r"masquerade|masque|scene|act)\b|\bon (?:the )?stage\b|"
        r"\b(?:theat(?:re|er)|actors?|actress|rehears\w+|the boards|troupe|costume|audience|disguise|cover story|"
        r"pretend\w*)\b"
    ),
    "zh": re.compile(r"戏|台上|舞台|登台|排练|话剧|剧团|演员|演的是|假扮|装作|伪装|上演|剧院|剧场|哑剧"),
}
_ASKS_OF_AI: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:ai|a\.i\.|artificial|language model|robots?|bot|chatbot|program|machine|chatgpt|openai|computer)\b"
    ),
    "zh": re.compile(r"(?<![a-z])ai(?![a-z])|人工智能|模型|机器|程序|chatgpt|openai|助手"),
}


def ai_disclosure(pair: Pair) -> bool:
    """The model says that it is one: 0.6 % of RoleBench's Chinese train responses do (FACTS.md), although RoleGPT's own
    prompt forbids it (arXiv 2310.00746).

    It calls itself an AI, speaks of its training, or denies feelings in a model's words. A role that is asked whether
    it is a machine may deny it; one that tells of a play may have been a program on the stage.
    """
    plain, asked = pair.plain, pair.asked_plain
    if pair.language == "en" and not pair.vocabulary & _CUES_EN and "a.i" not in plain:
        return False
    is_ai, names_ai, is_program = (
        (_IS_AI_ZH, _NAMES_AI_ZH, _IS_PROGRAM_ZH)
        if pair.language == "zh"
        else (_IS_AI_EN, _NAMES_AI_EN, _IS_PROGRAM_EN)
    )
    if names_ai.search(plain) and not _ASKS_OF_AI[pair.language].search(asked):
        return True
    stage = _STAGE[pair.language]
    if is_ai.search(plain) or (pair.language == "zh" and _calls_itself_one(plain)):
        return names_ai.search(plain) is not None or not stage.search(plain)
    return is_program.search(plain) is not None and not stage.search(plain) and not stage.search(asked)


def _calls_itself_one(plain: str) -> bool:
    return any(
        _OF_ONE_ZH.fullmatch(found["as"]) is not None and not _BUSY_WITH_ZH.search(found["as"])
        for found in _CALLS_ITSELF_ZH.finditer(plain)
    )


# --- where it refuses ---------------------------------------------------------------------------------------

_CANNOT = (
    r"(?:cannot|could not|will not|am unable to|am not able to|am not going to be able to|must decline to|"
    r"would prefer not to|would rather not|prefer not to|have to decline to|"
    r"am not allowed to|am not permitted to|am not in a position to|do not feel comfortable|am not comfortable|"
    r"refuse to)"
)
_SHADY = (
    r"(?:inappropriate|harmful|unethical|illegal|offensive|explicit|sensitive|sexual(?:ly explicit)?|violent|hateful|"
    r"dangerous|"
    r"disrespectful|discriminatory|derogatory|graphic)"
)
_REFUSES_EN = any_of(
    rf"\b(?:sorry|afraid|apologi[sz]e|apologies),? but (?:as [^,.!?]{{0,40}}, )?i {_CANNOT} (?:help with|"
    rf"assist (?:with|in)|provide|comment on|engage in|create|"
    rf"generate|fulfil+|comply)\b(?! (?:you|him|her|them|it|myself|for)\b)",
    rf"\bi {_CANNOT} comment on [^.!?]{{0,24}}(?:topics?|matters?|issues?|figures?|politics|questions?)\b|"
    rf"\bnot comfortable with (?:this|that) (?:role-?play|request|topic|conversation|question)\b",
    r"\b(?:that|this|it)(?: is|'s) (?:not something|something) (?:(?:that )?i (?:can|am able to|will|cannot|will not|"
    r"am unable to) )(?:help|assist|discuss|provide|engage|answer|support)\b|"
    rf"\bi {_CANNOT} (?:to )?(?:\w+ly )?(?:assist(?: you)?(?: further)? with|comply with|fulfil+|engage in|"
    rf"participate in|generate|produce|"
    rf"condone|endorse|encourage|promote|support|facilitate|help(?: you)? with|discuss|write|create|continue|provide|"
    rf"roleplay|role-play)"
    rf"\b[^.!?]{{0,80}}\b(?:requests?|prompts?|content|topics?|inquir(?:y|ies)|guidelines|conversation|"
    rf"(?:{_SHADY}|insulting|political|controversial|adult) (?:\w+ )?(?:activit\w+|behavio\w+|acts?|actions?|"
    rf"language|speech|material|matters?|subjects?|information|ideas?|remarks?))\b",
    rf"\bi {_CANNOT} (?:\w+ly )?(?:assist|help|engage|participate|provide|support|encourage|do|"
    rf"give)\b[^.!?]{{0,40}}\b(?:(?:cause|causes|causing|do|doing|pose|promote|involve|break)s? "
    r"(?:\w+ )?(?:harm|violence|hatred|hate|danger|the law)|harm(?:ful|ing)? (?:to )?(?:others|yourself|oneself|anyone|"
    r"people|someone))\b",
    r"\bi (?:do not|cannot) have (?:enough|sufficient|any|the necessary|that|adequate) (?:specific |"
    r"relevant )?(?:information|context|details|data)(?: (?:to|about|on|regarding|available|for)\b|[.!]?$)",
    rf"\bi {_CANNOT} (?:assist|help)(?: you)? with (?:that|this|it|such (?:things|matters|a request))\b(?! \w)",
    rf"\bi {_CANNOT} (?:comply|assist|respond|answer|continue|engage)(?: with (?:that|this))?[.!]?$",
    rf"\bi {_CANNOT} (?:provide|offer|give|share|disclose)(?: you)?(?: with)?(?: any| the| specific| detailed|"
    rf" further| more| personal| such| "
    r"that| this| kind| sort| of| accurate)* (?:information|details|instructions|guidance|assistance|"
    r"personal opinions?|opinions? on|"
    r"(?:medical|legal|financial|professional) \w+|advice (?:on|about|regarding|that)|answers? to (?:that|this|your|"
    r"such))\b",
    r"\b(?:against|violat\w+|within|under|by) (?:my|the|our|openai's|community|content|safety|ethical|"
    r"usage)+ (?:\w+ )?(?:guidelines|polic(?:y|ies)|"
    r"programming|terms|safety)\b(?! of (?:this|the|our|my|his|her) )",
    r"\bi (?:do not|would not) feel comfortable (?:shar|discuss|comment|provid|answer|talk)\w+[^.!?]{0,60}"
    r"\b(?:individuals?|"
    r"others|topics?|opinions?|content|matters)\b",
    r"\b(?:not be appropriate|not appropriate|inappropriate) (?:for me )?to\b[^.!?]{0,80}[.!?] (?:is there|perhaps|"
    r"let us|can i|may i|i (?:can|would))\b[^.!?]{0,60}\b(?:help|assist|positive|instead|else)\b",
    r"\b(?:consult|seek|speak|talk|reach out|turn|contact)\b[^.!?]{0,25} (?:licensed|qualified|mental health|"
    r"healthcare|trained|medical|legal) "
    r"(?:professional|expert|provider|advi[sc]e)",
    r"\bi (?:do not|would not) (?:feel comfortable|be comfortable|think it (?:is|"
    r"would be) appropriate)(?: to)? (?:answer|discuss|respond|engag|"
    r"provid|shar|talk|continu)\w*[^.!?]{0,40}\b(?:question|topic|request|content|subject|that|this)\b",
)
# which is a model's only where it cannot or will not
_HINTS_EN = any_of(
    r"\bplease (?:consult|seek|contact|see|reach out to|speak (?:to|with)|talk to) (?:a|an|your|with a|"
    r"the) (?:\w+ )?(?:doctor|physician|professional|lawyer|therapist|expert|counsell?or|specialist|hotline|"
    r"authorities)\b",
    rf"\b{_SHADY} (?:or \w+ )?(?:content|requests?|topics?|questions?|language|material|conversations?)\b",
    r"\b(?:helpful|respectful|appropriate|safe|positive)(?: and|,) (?:respectful|appropriate|inclusive|positive|safe|"
    r"constructive|helpful|harmless)\b[^.!?]{0,30}\b(?:conversation|content|interaction|manner|discussion|environment|"
    r"language|communication|dialogue|answers?|responses?|replies)\b",
    r"\b(?:graphic|explicit) (?:violence|detail|descriptions?|scenes?)\b|\b(?:that|this) (?:kind|sort|"
    r"type) of (?:content|language|material)\b",
)
_UNABLE_EN = re.compile(rf"\bi {_CANNOT}\b|\bi am not (?:qualified|a (?:doctor|lawyer|professional))")
_WRONGFUL_EN = re.compile(
    rf"\b(?:{_SHADY}|immoral|hate speech|racism|racist|self-harm|against the law|discrimination)\b"
)
_GRAVELY_WRONG_EN = re.compile(
    r"\b(?:unethical|harmful|inappropriate|profanity|explicit|discriminatory|derogatory|guidelines|hate speech|"
    r"hateful|illegal activit\w+|"
    r"illegal acts?|self-harm|misinformation|non-consensual)\b"
)
_WILL_NOT_EN = re.compile(
    rf"\bi (?:\w+ly )?(?:{_CANNOT}|(?:must|have to) (?:\w+ly )?decline)\b[^.!?]{{0,24}}\b(?:help|assist|respond|"
    rf"answer|provide|engage|"
    r"say|do|discuss|write|support|comment|use|share|offer|create|generate|tell|teach|give|make|describe|condone|"
    r"encourage|participate)\b"
)
_AS_IT_IS_EN = re.compile(
    r"\b(?:as|because|since) (?:it|this|that) (?:is|would|could|may|might|goes|promotes|involves|encourages|"
    r"violates)\b"
)
_SORRY_EN = re.compile(
    r"^\W*(?:(?:oh|ah|well|hmm?|dear|unfortunately|regrettably)\W+)?(?:i am |i'm )?(?:(?:very|truly|so|deeply|"
    r"terribly) )?"
    r"(?:sorry|afraid|apologi[sz]e|i (?:do )?(?:sincerely )?apologi[sz]e|my apologies|unfortunately|regrettably)\b"
)
_SOFT_EN = re.compile(
    rf"\bi {_CANNOT} (?:to )?(?:\w+ly )?(?:answer|assist|help|provide|comply|generate|fulfil+|continue|discuss|"
    rf"respond|do|talk about|engage|"
    r"participate|create|share|offer|speak)\b(?P<rest>[^.!?]*)"
)
_SOFT_OBJECT_EN = re.compile(
    r"^(?:(?: you| to| in| about| with| on| for| further| any| your| that| the| this| these| those| such| a| an|"
    r" kind| sort| type| of|,)*"
    r" ?(?:questions?|requests?|topics?|quer(?:y|ies)|inquir(?:y|ies)|prompts?|content|conversation|information|"
    r"discussions?|"
    r"that|this|it|assistance|response|answer|at (?:this|the) (?:time|moment))?)?$"
)
_OFFER_EN = re.compile(
    r"\b(?:anything else|something else|any other (?:questions?|topics?)|another (?:question|topic)|"
    r"different (?:question|topic|subject)|"
    r"let me know|feel free|how (?:else )?(?:can|may) i (?:help|assist)|happy to (?:help|assist|answer|discuss)|"
    r"(?:could|would|can) you (?:please )?(?:rephrase|clarify|provide|ask)|please (?:ask|provide|rephrase|try|"
    r"consult|refrain)|"
    r"appropriate|inappropriate|harmful|against|information available|not (?:ethical|allowed|permitted)|guidelines|"
    r"is there)\b"
)

_CANNOT_ZH = r"(?:无法|不能|没法|没办法|不可以|不会|难以|不便|无权|拒绝|不宜)"
_TASK_ZH = r"(?:回答|回应|回复|提供|协助|帮助|生成|完成|满足|讨论|扮演|继续|参与|执行|处理|创作|支持|评论|解答|透露)"
_REFUSES_ZH = any_of(
    rf"(?:^|[，。！？,]|我|因此|所以|但){_CANNOT_ZH}(?:继续)?(?:为您|给您|向您|为你|给你|向你|帮您|直接)?(?:提供|"
    rf"生成|协助|满足|完成|回应|支持|处理|参与|执行|讨论)"
    r"[^。！？]{0,16}(?:相关信息|信息|内容|请求|话题|服务|建议和|具体信息|相关的?帮助|任何建议|此类|这类|该类|敏感)",
    rf"{_CANNOT_ZH}(?:继续)?(?:为您|给您|向您|为你|给你)?(?:提供|教|告诉|分享|传授)[^。！？]{{0,16}}(?:方法|步骤|"
    rf"手段|途径|教程|"
    rf"技巧)[，。]?[^。！？]{{0,4}}(?:请|因为|这|违|建议|并|，)",
    rf"{_CANNOT_ZH}(?:为您|给您)?(?:协助|提供|参与|支持|鼓励)(?:您|你|任何|这种|这类|此类)",
    r"(?:话题|问题|内容)(?:比较|过于|较为|太|非常|很|有点|涉及)+(?:敏感|不当|隐私|政治)|(?:不方便|不便|无法|"
    r"不予)(?:发表|置评|作出)(?:评论|意见|看法|评价)?",
    rf"{_CANNOT_ZH}[^，。！？]{{0,4}}(?:给出|做出|作出|提供|进行)[^，。！？]{{0,6}}(?:诊断|医疗建议|法律意见|"
    rf"治疗方案|专业意见)",
    r"没有(?:关于|有关)[^，。！？]{0,14}的?(?:信息|资料|记录)|(?:无法|不能)[^，。！？]{0,4}(?:透露|提供|"
    r"泄露)[^，。！？]{0,8}(?:个人|隐私)的?信息|"
    r"(?:不方便|不便|无法|不予)[^，。！？]{0,12}(?:发表|作出)(?:评论|意见|看法|评价)|超出了?我的?(?:能力|知识|回答|"
    r"服务|理解)?(?:的)?(?:范围|能力)|没有(?:足够|相关|更多|充分|"
    r"任何)的?(?:具体)?(?:信息|资料|数据|上下文)(?:来|可以|可供|能|去|，)",
    r"(?:违反|违背|不符合|有悖|触犯)[^。！？]{0,12}(?:政策|准则|使用条款|法律法规|道德规范|伦理|公序良俗|价值观|"
    r"安全规范|社区规范|平台规定)",
    r"(?:咨询|寻求|求助|请教|联系)[^。！？]{0,8}(?:专业(?:人士|机构|人员|医生|律师|心理|的?(?:帮助|意见|建议))|"
    r"心理咨询|相关部门)",
    r"(?:不适合|不宜|不便|不应该?|不方便)(?:在这里|在此|由我)?(?:讨论|回答|谈论|公开)(?:这个|该|此|这类|此类|"
    r"这样的)(?:话题|问题|内容)",
    r"请(?:您|你)?(?:遵守|尊重)[^。！？]{0,10}(?:法律|法规|规则|他人|道德)|(?:积极|健康|文明|"
    r"正面)[^。！？]{0,8}(?:话题|交流|对话|内容|沟通)",
)
_HINTS_ZH = any_of(
    r"(?:敏感|不当|不适当|不恰当|不合适|有害|违法|违规|色情|低俗|歧视性?|暴力|政治敏感)的?(?:内容|话题|言论|信息|"
    r"请求|问题|词汇)",
    r"保持(?:友善|尊重|礼貌|友好|文明)|作为(?:一[个名位])?(?:你的|您的)?(?:\w{0,4})?助手|(?:暴力|血腥|色情|"
    r"露骨)[^。！？]{0,6}(?:场面|细节|情节|描写|画面)",
)
_UNABLE_ZH = re.compile(r"(?:我|，|因此|所以|恕)[^，。！？]{0,4}(?:无法|不能|没法|没办法|不便|拒绝|不会|不可以)")
_WRONGFUL_ZH = re.compile(
    r"违法(?:的|行为|犯罪)|违反法律|触犯法律|不道德的|不合法|伤害他人|文明用语|有害|血腥|色情|低俗|歧视性|侮辱性|"
    r"不当言论|法律法规|敏感话题|"
    r"道德(?:规范|准则|底线和)|个人隐私|隐私信息|负面影响"
)
_WILL_NOT_ZH = re.compile(
    rf"我们?[^，。！？]{{0,4}}(?:{_CANNOT_ZH}|不应该?)[^，。！？]{{0,8}}(?:提供|教|帮|协助|回答|告诉|讨论|参与|支持|"
    rf"鼓励|讲|做|说|描述|生成|评论|使用|"
    r"给出|传播|分享)"
)
_SORRY_ZH = re.compile(r"(?:抱歉|对不起|很遗憾|不好意思|道歉|非常遗憾)")
_SOFT_ZH = any_of(
    rf"{_CANNOT_ZH}(?:继续)?(?:为您|给您|向您|为你|给你|向你|帮您|帮你|直接|就此|对此|"
    rf"在此)*{_TASK_ZH}(?P<rest>[^。！？，,]*)",
    rf"(?:这个|您的|你的|该|此|这样的|这类|此类|这种)(?:问题|请求|话题|要求|内容)[，,]?(?:我|恕我)?(?:实在|暂时|"
    rf"真的)?{_CANNOT_ZH}(?:为您|给您|给你)?{_TASK_ZH}",
)
_SOFT_OBJECT_ZH = re.compile(
    r"(?:您|你|我|的|了|到|这个|那个|这样|这些|这|那|该|此|这类|此类|任何|相关|有关|具体|关于|更多|一些|种|类|个|"
    r"提出|所|问)*"
    r"(?:问题|请求|要求|信息|内容|帮助|协助|服务|话题|对话|交流|谈话|讨论|角色|提问|指令|任务|答案|回答|建议|需求|"
    r"资料|解答|它)?(?:的|了|"
    r"哦|呢|哈)?"
)
_OFFER_ZH = re.compile(
    r"(?:其他|别的|另外|任何)(?:的)?(?:问题|话题|需要|帮助|疑问|内容|方面)|换(?:个|一个)(?:话题|问题)|请(?:您|"
    r"你)?(?:提供|换|重新|谅解|理解|遵守)|"
    r"(?:乐意|愿意|可以|尽力|随时)(?:为您|为你|帮您|帮你|效劳|提供)|不(?:适当|恰当|合适|符合|妥)|规定|敏感|谅解|"
    r"还有什么|有什么(?:可以|能)"
)


def refusal(pair: Pair) -> bool:
    """The model refuses, in a model's words: it cannot assist with a request, content is inappropriate, its guidelines
    forbid it (the full and partial refusals of XSTest, arXiv 2308.01263).

    A role's own refusal is none: "I will not give you the key". An apology and a general "cannot answer that question"
    are one where nothing else is said, or the rest is a model's too.
    """
    plain = pair.plain
    if pair.language == "en":
        if "i" not in pair.vocabulary and not pair.vocabulary & {
            "content",
            "professional",
            "appropriate",
            "topic",
            "i'm",
            "i’m",
        }:
            return False
        if _REFUSES_EN.search(plain) or (_HINTS_EN.search(plain) and _UNABLE_EN.search(plain)):
            return True
        if (
            _WRONGFUL_EN.search(plain)
            and _WILL_NOT_EN.search(plain)
            and (
                _GRAVELY_WRONG_EN.search(plain)
                or _SORRY_EN.search(plain)
                or "decline" in plain
                or _AS_IT_IS_EN.search(plain)
            )
        ):
            return True
        sorry, soft, is_object, offer = _SORRY_EN, _SOFT_EN, _SOFT_OBJECT_EN, _OFFER_EN
    else:
        if (
            _REFUSES_ZH.search(plain)
            or (_HINTS_ZH.search(plain) and _UNABLE_ZH.search(plain))
            or (_WRONGFUL_ZH.search(plain) and _WILL_NOT_ZH.search(plain))
        ):
            return True
        sorry, soft, is_object, offer = _SORRY_ZH, _SOFT_ZH, _SOFT_OBJECT_ZH, _OFFER_ZH
    found = soft.search(plain[:400])
    if found is None or not is_object.fullmatch((found["rest"] or "").rstrip(" ,，").lstrip("，")):
        return False
    rest = plain[found.end() :]
    is_sorry = sorry.search(plain[: found.start() + 20]) is not None
    is_all = not any(letter.isalnum() for letter in rest) and (is_sorry or found.start() < 12)
    return (is_all and (is_sorry or pair.language == "zh")) or (offer.search(rest) is not None and is_sorry)
