"""What a generated question and answer must not be: rules over the texts alone, no model asked."""

import re
from collections.abc import Iterable, Iterator

from dramaturg.cast import find_callee
from dramaturg.character import Character
from dramaturg.text import Language, words

__all__ = ["Rules", "is_in_language"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_LEAST_OF_LANGUAGE: dict[Language, float] = {"zh": 0.5, "en": 0.9}

_SELF_DISCLOSURE = re.compile(
    r"(作为|身为|我(只?是|不过是|其实是|就是)|扮演)[^，。！？]{0,12}"
    r"(人工智能|语言模型|大模型|AI|聊天机器人|智能助手|虚拟助手|程序)"
    r"|通义千问|文心一言|ChatGPT|OpenAI|阿里云|训练数据|我没有(真正的|个人的?)?(情感|感情|喜好|偏好)|我的(回答|回复)是?基于"
    r"|\b(?:as|i am|i'm|being)\b[^.!?]{0,20}\ban? (?:ai|artificial intelligence|(?:large )?language model|chatbot"
    r"|virtual assistant|computer program)\b"
    r"|\bi (?:do not|don't) have (?:personal )?(?:preferences|emotions|feelings)\b|\bmy responses are\b"
    r"|\bnot capable of (?:experiencing )?(?:emotions|feelings)\b"
    r"|\b(?:language model|my training data|trained by (?:openai|alibaba|google|anthropic|meta))\b",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"^[^。！？]{0,8}(抱歉|对不起|很遗憾)[^。！？]{0,30}(无法|不能|没办法)[^。！？]{0,12}"
    r"(回答|提供|协助|帮助|生成|完成|满足|讨论|扮演)"
    r"|^(我|作为)[^。！？]{0,6}(无法|不能)(回答|提供|协助|生成|满足|扮演)[^。！？]{0,12}(问题|信息|内容|请求|帮助|角色)"
    r"|^\W*(?:i'?m |i am )?(?:sorry|apologi[sz]e|i apologi[sz]e)\b[^.!?]{0,40}\b(?:can ?not|can'?t|unable|won'?t)\b"
    r"[^.!?]{0,30}\b(?:answer|assist|help|provide|comply|generate|fulfil|continue|discuss)"
    r"|^\W*i (?:can ?not|can'?t|am unable to|won'?t) "
    r"(?:answer|assist|help with|provide|comply|generate|fulfil|discuss)\b",
    re.IGNORECASE,
)
_SELF: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(r"[我俺咱吾余予朕孤]|本[官王座人]|老[夫朽身娘子]|在下|小[人的弟女]|贫[僧道]|奴[家才婢]|臣妾?|某"),
    "en": re.compile(r"\b(?:i|me|my|mine|myself|we|us|our)\b", re.IGNORECASE),
}
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|<\|[a-z_]+\|>|^(?:…|\.\.\.|无|none|n/a)$|\[(?:name|insert[^\]]*)\]", re.IGNORECASE
)
_ECHO_WORDS: dict[Language, int] = {"zh": 10, "en": 8}


class Rules:
    """The rules for one character. `shown` are the texts of the prompts' examples, which an answer must not repeat."""

    def __init__(self, character: Character, shown: Iterable[str] = ()) -> None:
        self._language = character.language
        names = {name for member in character.full_cast for name in member.names} | {
            character.user_name or "用户", "用户", "User", "问题", "Question"
        }  # fmt: skip
        if character.language == "en":
            self._own_name = re.compile(rf"\b(?:{'|'.join(map(re.escape, character.names))})(?:['’]s)?\s+[a-z]")
        else:  # where one may call oneself by one's short name
            self._own_name = re.compile(rf"{re.escape(character.name)}(?=\w)")
        self._callee = find_callee(character.full_cast)
        self._name = character.name
        self._label = re.compile(rf"^\W*(?:{'|'.join(map(re.escape, sorted(names)))})\s*[:：]", re.MULTILINE)
        self._echoes: dict[int, set[tuple[str, ...]]] = {}
        for text in shown:
            shown_words = words(text)
            for run in _runs(shown_words, min(len(shown_words), _ECHO_WORDS[character.language])):
                self._echoes.setdefault(len(run), set()).add(run)

    def fault(self, question: str, answer: str) -> str | None:
        """The first rule that the pair breaks; None where it breaks none.

        `empty`, `placeholder`, `wrong_language`, `prompt_echo`, `ai_disclosure`, `refusal`, `answer_is_question`,
        `speaks_for_others` (a line of it is marked as somebody's), `asks_another` (the question opens by calling
        another of the cast), `third_person` (the answer tells of the role by name, and never says I).
        """
        language = self._language
        asked, said = words(question), words(answer)
        if not asked or not said:
            return "empty"
        if _PLACEHOLDER.search(question) or _PLACEHOLDER.search(answer):
            return "placeholder"
        if not (is_in_language(question, language) and is_in_language(answer, language)):
            return "wrong_language"
        if self._is_echo(asked) or self._is_echo(said):
            return "prompt_echo"
        if _SELF_DISCLOSURE.search(answer):
            return "ai_disclosure"
        if _REFUSAL.search(answer):
            return "refusal"
        if asked == said:
            return "answer_is_question"
        if self._label.search(question) or self._label.search(answer):
            return "speaks_for_others"
        if self._callee(question) not in (None, self._name):
            return "asks_another"
        if self._own_name.search(answer) and not _SELF[language].search(answer):
            return "third_person"
        return None

    def _is_echo(self, own: list[str]) -> bool:
        """Whether eight words (ten Chinese characters) in a row are an example's, or all of a short one."""
        return any(run in known for length, known in self._echoes.items() for run in _runs(own, length))


def _runs(own: list[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(own[at : at + length]) for at in range(len(own) - length + 1))


def is_in_language(text: str, language: Language) -> bool:
    """Whether enough letters are the language's: half in Chinese, where names may be foreign; 9 of 10 in English."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    own = han if language == "zh" else latin
    return own > 0 and own >= _LEAST_OF_LANGUAGE[language] * (han + latin)
