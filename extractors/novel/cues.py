"""The words that say who speaks: verbs of speech and thought, pronouns, prepositions before an addressee."""

import re
from dataclasses import dataclass

from dramaturg.text import Language

__all__ = ["ADDRESSED_WITHIN", "CUES", "EN_DESCRIPTION", "EN_SAID", "ZH_FAMILY", "ZH_KIN", "Cues"]

ADDRESSED_WITHIN = 12  # characters before a name in which the words stand that make it an `addressee`


@dataclass(frozen=True, slots=True)
class Cues:
    """One language's patterns, to be used as each comment says."""

    thought: re.Pattern[str]  # search in the words around a quote: it was thought, not said
    written: re.Pattern[str]  # search before a quote: what follows is a sign, a title, a name
    unsaid: re.Pattern[str]  # search before a quote: nobody says it, it might only have been said
    lead_in: re.Pattern[str]  # search before a quote in mid-sentence: it is speech
    tag_after: re.Pattern[str]  # match after a quote: `subject` said it
    tag_before: re.Pattern[str]  # search in the clause before a quote: `subject` says it
    takes_over: re.Pattern[str]  # match what is told before a quote in a paragraph of several: `subject` says it
    described: re.Pattern[str]  # fullmatch a subject: `who` is a person without a name
    addressee: re.Pattern[str]  # search right before a name: the one spoken to or looked at
    apposed: re.Pattern[str]  # search before a name set off by commas: it is explained, not called
    pronouns: dict[str, str]  # pronoun → M, F or I
    sentence_end: re.Pattern[str]
    clause_end: re.Pattern[str]
    speech: re.Pattern[str]  # search in the sentence before a quote: it tells of speaking
    clause_start: re.Pattern[str]  # fullmatch what stands before a name in its clause: it is the subject
    said_last: re.Pattern[str] | None  # search in the sentence behind a quote: it ends with a verb of speech


_ZH_SAID = (
    r"(?<![没不未])(?:[说问答喊叫骂喝嚷笑叹哭怒应劝嘀咕吩咐回接插嚷低高冷大厉正轻沉朗]{0,3}(?:道|声道)"
    r"|说(?!不|着|话)|问(?!题)|答|喊|嚷|骂|喝|叫|应|叹|嘀咕|嘟囔|吩咐|央求|催|劝|插嘴|接口|开口)"
)
ZH_FAMILY = r"(?:[父母]亲|[儿孙]子|女儿|妻子|老婆|媳妇|丈夫|老伴|爱人)"
ZH_KIN = (
    rf"(?:{ZH_FAMILY}|爸爸?|妈妈?|爹|娘|[爷奶姐妹哥弟]{{1,2}}|大?[伯叔婶姨舅姑]{{1,2}}|[姐妹]夫|弟媳|嫂[子嫂]?|"
    r"[岳祖]?父|[岳祖]?母|师[父傅]|徒弟)"
)
_ZH_SUBJECT = r"(?P<subject>[\u4e00-\u9fff]{1,6}?)"
_ZH_MANNER = (
    r"(?:[\u4e00-\u9fff]{0,8}?[地着了]|忙|便|就|又|也|才|却|却是|还|再|已|一齐|连忙|赶紧|急忙|忽然|突然|立刻|当即|低声|高声|"
    r"大声|轻声|小声|厉声|正色|冷冷|淡淡|微微|哈哈|嘿嘿|呵呵|嘻嘻|格格|咯咯|一笑|苦笑|冷笑|[一-龥]{0,3}口)?"
)
EN_SAID = (
    r"(?:said|says|asked|answered|replied|cried|exclaimed|whispered|murmured|muttered|shouted|called|"
    r"returned|remarked|observed|continued|added|began|went on|snapped|growled|laughed|sighed|gasped|"
    r"demanded|inquired|enquired|repeated|agreed|admitted|declared|announced|protested|suggested|insisted|"
    r"explained|interrupted|interposed|ventured|urged|warned|begged|pleaded|retorted|rejoined|responded|"
    r"sobbed|stammered|bellowed|roared|screamed|hissed|grunted|confessed|conceded|offered|put in|told|"
    r"faltered|persisted|concluded|commented|chuckled|barked|croaked|groaned|wailed|breathed|drawled)"
)
_EN_SPOKEN = r"(?:said|cried|exclaimed|asked|replied|answered|added|quoted|retorted|thought|(?:put|expressed)\sit)"
_EN_SAY = r"(?:say|cry|exclaim|ask|reply|answer|add|shout|retort|remark|scream|call)"
_EN_SAYING = r"(?:say|cry|exclaim|ask|reply|answer|add|shout|retort|remark|scream|call)ing"
_EN_WORD = r"(?!(?:and|as|at|but|by|for|from|in|into|of|on|or|over|that|then|to|when|while|who|with)\b|\w+ly\b)[\w’'-]+"
EN_DESCRIPTION = (
    r"(?:the|an?|my|his|her|our|their|one of the|(?-i:[A-Z])[\w-]+['’]s)"
    rf"(?!(?:\s[\w’'-]+){{0,2}}\s(?:voice|others?)\b)(?:\s{_EN_WORD}){{1,3}}"
)
_EN_NAME = (
    r"(?:(?:Mr|Mrs|Ms|Dr|Sir|Lady|Miss|Lord|Inspector|Captain|Colonel|Professor)\.?\s)?"
    r"[A-Z][\w’'-]+(?:\s(?:(?:de|von|van|of)\s)?[A-Z][\w’'-]+){0,2}"
)
_EN_SUBJECT = rf"(?P<subject>{EN_DESCRIPTION}|(?:he|she|I|they|we|it)\b|{_EN_NAME})"

CUES: dict[Language, Cues] = {
    "zh": Cues(
        thought=re.compile(
            r"[心暗](?:中|里|下|头)?(?:又|便|一|暗|不禁|只|却)?(?:想|道|忖|默?念|骂|叹|喜|说|叫苦|嘀咕)|寻思|思忖|自忖|盘算|心念|转念|心说|暗自"
        ),
        written=re.compile(
            r"(?:写着|小字|刻着|题着|上书|写的是|印着|绣着|号称|绰号|人称|外号|名叫|名为|唤作|叫做|叫作|所谓|这个|那个|[一两几]个)[^。！？说道问答喊叫]{0,4}[:：，,]?$"
        ),
        unsaid=re.compile(r"(?!)"),
        lead_in=re.compile(rf"{_ZH_SAID}(?:了?一?声|了一?句)?[：:，,]?$"),
        tag_after=re.compile(rf"{_ZH_SUBJECT}{_ZH_MANNER}{_ZH_SAID}(?=[，。：:；！？,]|$)"),
        tag_before=re.compile(
            rf"^(?:只听|只见|忽听|忽听得|听得|却听|但听|那边|这时|此时|于是|只听得)?{_ZH_SUBJECT}{_ZH_MANNER}{_ZH_SAID}"
        ),
        takes_over=re.compile(
            rf"(?:.*[。！？；，,…]\s*)?{_ZH_SUBJECT}{_ZH_MANNER}{_ZH_SAID}(?:了?一?[声句])?[：:]$", re.DOTALL
        ),
        described=re.compile(
            r"(?:[那这](?:个|位|名)?|一(?:个|位|名))?(?![对向朝跟冲同问])(?P<who>[\u4e00-\u9fff]{0,4}?"
            r"(?:老者|老头儿?|老汉|汉子|大汉|公子|老人|妇人|女人|男人|商人|客人|工人|军官|老太婆|婆婆|女子|男子|少女|少年|女郎|大爷|"
            r"[差军]官|官兵|[士兵]兵|[和老小]僧|和尚|尼姑|道士|丫头|丫鬟|伙计|掌柜|[小店]二|店家|书生|[顾茶刀酒]客|[船车渔樵农更]夫|"
            r"[大老]?娘|妈妈|婶子|[大老]叔|[老师]伯|[大师]哥|[大师]姐|师父|师弟|师妹|[班队镇县局处船营]长|公公|元帅|将军|[力卫]士|"
            r"[老大小二三四五]?" + ZH_KIN + r"|[木铁石]匠|小贩|毛贼|"
            r"捕快|差役|仆人|小童|孩子|姑娘|大嫂|司机|书记|护卫|家丁|管家|艄公|老板娘?))"
        ),
        addressee=re.compile(
            r"(?:[没不未]等|对着?|向着?|朝着?|跟|冲着?|同|给|问|看着|看了看|望着|望了望|瞪着|瞪了|指着|拉着|拉住|扯着|把|将|被|让|叫|和|与|扶着|拍着|拍拍|盯着|瞧着|凑到|替)$"
        ),
        apposed=re.compile(r"(?!)"),
        pronouns={"他": "M", "她": "F", "我": "I"},
        sentence_end=re.compile(r"[。！？；…”]"),
        clause_end=re.compile(r"[，,、]"),
        clause_start=re.compile(r"[^是见想像]{0,4}|.{0,12}的"),
        speech=re.compile(rf"{_ZH_SAID}|话|声|嘴"),
        said_last=re.compile(rf"{_ZH_SAID}(?:了?一?[声句])?[他她]?[：:，,]?$"),
    ),
    "en": Cues(
        thought=re.compile(r"\b(?:thought|thinks|wondered|reflected|mused)\b|\bto (?:him|her|my)self\b"),
        written=re.compile(
            r"\bwords?$|\b(?:named?|(?:en)?titled?|called the|signed|marked|inscribed|sign|read|labelled|lettered|"
            r"ticket|label|notice|inscription|motto|bore|ran)[,:]?$|\bin (?:an?|his|her|the|its|their)?\b[^.,;]{0,30}"
            r"\b(?:handwriting|hand|letters|capitals|ink|type|print|pencil|paint)[,:.]$"
        ),
        unsaid=re.compile(
            rf"(?:\b(?:would|might|could|should|must)\s(?:\w+\s){{0,2}}?have\s{_EN_SPOKEN}"
            rf"|\bas\s(?:if|though)\s(?:\w+\s){{1,4}}?(?:to\s)?(?:{_EN_SAY}|had\s{_EN_SPOKEN})|\bas\smuch\sas\sto\s{_EN_SAY}"
            rf"|\bas\swho\sshould\s{_EN_SAY}|\b(?:nearly|almost|never)\s{_EN_SPOKEN}"
            r"|\b(?:want(?:ed)?|wish(?:ed)?|long(?:ed)?|meant|(?:was|were|am|is)(?:\snot)?\s(?:about|going|beginning)|ready|lips|tongue"
            rf"|temptation|easy|impossible|inclined|tempted|seem(?:s|ed)?)\sto\s{_EN_SAY}"
            rf"|\b(?:felt|feel)\slike\s{_EN_SAYING}|\b(?:without|instead\sof)\s{_EN_SAYING}"
            r"|\b(?:look|glance|eyes|smile|silence|attitude|manner)\s(?:had\s)?(?:said|says|asked|answered|replied)"
            r"|\b(?:which|look(?:ed)?|that|it|smile|glance)\s(?:meant|implied|expressed|signified)|\battitude\swas)"
            r"(?:\s(?:out|aloud|back|outright|in\sreply|to\s(?:\w+\s)?\w+))?[,:]*$"
        ),
        lead_in=re.compile(rf"\b{EN_SAID}[,:]?$|[,:—–]$"),
        tag_after=re.compile(
            rf"[,—–-]?\s*(?:(?:{EN_SAID}|thought)\s+{_EN_SUBJECT}"
            rf"|{_EN_SUBJECT.replace('subject', 'subject_first')}\s+(?:\w+ly\s+)?(?:had\s+)?(?:{EN_SAID}|thought)\b)"
        ),
        tag_before=re.compile(rf"{_EN_SUBJECT}\b[^.!?;]{{0,60}}?\b{EN_SAID}\b"),
        takes_over=re.compile(
            r"(?:[^()]*(?:[.;,!?—]\W*+(?:(?:and|but|while|whereupon)\s\W*+)?|\b(?:and|but|while|whereupon)\s\W*+)|\W*+)"
            rf"{_EN_SUBJECT}(?!['’\w]|\s(?:and|of)\b)[^.!?]*\b{EN_SAID}\b[^.!?;]{{0,60}}$"
        ),
        described=re.compile(rf"(?P<who>{EN_DESCRIPTION})", re.IGNORECASE),
        addressee=re.compile(
            r"\b(?:to|at|of|with|for|by|from|on|upon|towards?|beside|behind|past|and|told|asked|saw|near|against|into|over|the|’s)\s$"
        ),
        apposed=re.compile(r"\b(?:my|his|her|our|their|the|an?)\s(?:[\w’-]+\s)?[\w’-]+,$", re.IGNORECASE),
        pronouns={"he": "M", "she": "F", "him": "M", "her": "F", "his": "M", "i": "I"},
        sentence_end=re.compile(r"[.!?]\s"),
        clause_end=re.compile(r"[,;]\s|\s(?:and|but|when|as|while)\s"),
        clause_start=re.compile(
            r"[\s“”]*(?:(?:and|but|then|so|or|for|yet|now|here|once|again|at|last|first|this|that|when|as|while|old|poor|the|"
            r"young|little|good|dear|\w+ly|\w+ing)[,\s]+)*",
            re.IGNORECASE,
        ),
        speech=re.compile(
            rf"\b(?:{EN_SAID}|sp[eo]aks?|spoken?|speaking|(?:say|ask|reply|answer|cry|call|whisper|murmur)(?:ing)?|voices?|tones?|"
            r"words?|silence|questions?|address(?:ed|ing)|turn(?:ed|ing) (?:up)?on|turn(?:ed|ing) to)\b"
        ),
        said_last=None,
    ),
}
