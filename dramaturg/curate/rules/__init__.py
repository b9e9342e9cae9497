"""What a question and its answer must not be: rules over the texts alone, no model asked.

Each is a function of a `Pair` that says whether the pair breaks it; `RULES` has them by name, in the order in which a
pair is told its first fault. Stray white space is no fault: `tidied` takes it out.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Self

from dramaturg.cast import find_callee
from dramaturg.character import Character
from dramaturg.curate.rules.form import incomplete, repetition, too_long, too_short
from dramaturg.curate.rules.language import is_in_language, wrong_language
from dramaturg.curate.rules.leaks import answer_is_question, empty, placeholder, prompt_echo, runs_of
from dramaturg.curate.rules.meta import meta_talk
from dramaturg.curate.rules.model import ai_disclosure, refusal
from dramaturg.curate.rules.pair import Pair, read_pair
from dramaturg.curate.rules.voice import asks_another, role_of, speaks_for_others, third_person
from dramaturg.curate.rules.white_space import tidied
from dramaturg.text import Language

__all__ = ["RULES", "Pair", "Rules", "is_in_language", "tidied"]

RULES: Mapping[str, Callable[[Pair], bool]] = MappingProxyType(
    {
        "empty": empty,
        "placeholder": placeholder,
        "wrong_language": wrong_language,
        "prompt_echo": prompt_echo,
        "ai_disclosure": ai_disclosure,
        "refusal": refusal,
        "meta_talk": meta_talk,
        "answer_is_question": answer_is_question,
        "speaks_for_others": speaks_for_others,
        "asks_another": asks_another,
        "third_person": third_person,
        "repetition": repetition,
        "incomplete": incomplete,
        "too_long": too_long,
        "too_short": too_short,
    }
)


class Rules:
    """The rules for one role.

    `names` are its own, its first one first; `others` those of the other people of the work, `user_name` whom it talks
    to; `shown` are the texts of the prompts' examples, which neither question nor answer may repeat. `callee` says whom
    a line opens by calling (`cast.find_callee`), by default of these names.
    """

    def __init__(
        self,
        language: Language,
        names: Iterable[str],
        *,
        others: Iterable[str] = (),
        user_name: str | None = None,
        shown: Iterable[str] = (),
        callee: Callable[[str], str | None] | None = None,
    ) -> None:
        self._role = role_of(language, names, others, user_name, callee, runs_of(shown, language))

    @classmethod
    def of(cls, character: Character, shown: Iterable[str] = ()) -> Self:
        """The rules for a character of our own, whose cast is known."""
        return cls(
            character.language,
            character.names,
            others=[name for member in character.full_cast for name in member.names],
            user_name=character.user_name,
            shown=shown,
            callee=find_callee(character.full_cast),
        )

    def fault(self, question: str, answer: str) -> str | None:
        """The first of `RULES` that the pair breaks; None where it breaks none."""
        pair = read_pair(question, answer, self._role)
        return next((name for name, is_broken in RULES.items() if is_broken(pair)), None)

    def faults(self, question: str, answer: str) -> list[str]:
        """All of `RULES` that the pair breaks, in order; where a text is empty, only that."""
        pair = read_pair(question, answer, self._role)
        if empty(pair):
            return ["empty"]
        return [name for name, is_broken in RULES.items() if is_broken(pair)]
