"""What a generated question and answer must not be: rules over the texts alone, no model asked."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from dramaturg.character import Character
from dramaturg.text import Language, words

__all__ = ["Rules", "is_in_language"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_LEAST_OF_LANGUAGE: dict[Language, float] = {"zh": 0.5, "en": 0.9}

_SELF_DISCLOSURE = re.compile(
    r"(作为|身为|我(只?是|不过是|其实是|就是)|扮演)[^，。！？]{0,12}"
    r"(人工智能|语言模型|大模型|AI|聊天机器人|智能助手|虚拟助手|程序)"
    r"|通义千问|文心一言|ChatGPT|OpenAI|阿里云|训练数据"
    r"|\b(?:as|i am|i'm|being)\b[^.!?]{0,20}\ban? (?:ai|artificial intelligence|(?:large )?language model|chatbot"
    r"|virtual assistant|computer program)\b"
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
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|<\|[a-z_]+\|>|^(?:…|\.\.\.|无|none|n/a)$|\[(?:name|insert[^\]]*)\]", re.IGNORECASE
)
_ECHO_WORDS = 8


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for one character. `shown` are the texts of the prompts' examples, which an answer must not repeat."""

    character: Character
    shown: Collection[str] = ()

    def fault(self, question: str, answer: str) -> str | None:
        """The first rule that the pair breaks; None where it breaks none.

        `empty`, `placeholder`, `wrong_language`, `prompt_echo`, `ai_disclosure`, `refusal`, `answer_is_question`,
        `speaks_for_others` (a line of it is marked as somebody's).
        """
        language = self.character.language
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
        if self._is_labelled(question) or self._is_labelled(answer):
            return "speaks_for_others"
        return None

    def _is_echo(self, own: list[str]) -> bool:
        """Whether a run of words (Chinese characters) is one of the examples', or all of it is."""
        run = " ".join(own)
        for text in self.shown:
            example = words(text)
            parts = [example] if len(example) <= _ECHO_WORDS else [
                example[at : at + _ECHO_WORDS] for at in range(len(example) - _ECHO_WORDS + 1)
            ]  # fmt: skip
            if any(f" {' '.join(part)} " in f" {run} " for part in parts):
                return True
        return False

    def _is_labelled(self, text: str) -> bool:
        others = {name for member in self.character.cast for name in (member.name, *member.aliases)} | {
            self.character.name, *self.character.aliases, self.character.user_name or "用户",
            "User", "Question", "问题",
        }  # fmt: skip
        return any(re.match(rf"\W*(?:{'|'.join(map(re.escape, others))})\s*[:：]", line) for line in text.splitlines())


def is_in_language(text: str, language: Language) -> bool:
    """Whether enough letters are the language's: half in Chinese, where names may be foreign; 9 of 10 in English."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    own = han if language == "zh" else latin
    return own > 0 and own >= _LEAST_OF_LANGUAGE[language] * (han + latin)
