"""Whether a text is in the language it should be in."""

import re

from dramaturg.curate.rules.pair import Pair
from dramaturg.text import Language

__all__ = ["is_in_language", "wrong_language"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_FOREIGN = re.compile(r"[\u0400-\u052f\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff\u3041-\u3096\u30a1-\u30fa\uac00-\ud7a3]")
"""Cyrillic, Hebrew, Arabic, India's, Thai, kana, hangul."""
_LEAST_OF_LANGUAGE: dict[Language, float] = {"zh": 0.5, "en": 0.9}

_LATIN_RUN = re.compile(r"[A-Za-z][A-Za-z'’-]*(?:[ ,]{1,3}[A-Za-z][A-Za-z'’-]*)*")
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_QUOTING = re.compile(r"《[^《》]*》|“[^“”]*”|「[^「」]*」|『[^『』]*』|‘[^‘’]*’|\"[^\"]*\"|[（(][^（）()]*[）)]")
_NAME = re.compile(r"\b[A-Z][\w.'’-]*", re.ASCII)
_STRAY = frozenset(
    """
    he she it they we you him her them us me my your his its our their himself herself themselves myself
    yourself the an this that these those who whom whose which what when where why how and or but because
    although though if then than while until since unless however therefore so thus of to in on at from with
    without by for about into onto over under after before between through during against is are was were be
    been being am do does did has have had will would can could should must might may shall not never always
    often usually sometimes already still just only even also too very quite really actually maybe perhaps
    probably certainly suddenly immediately finally again once each every some any many much more most such i'm
    i'll i've don't doesn't didn't can't won't isn't it's that's there's you're he's she's said says think
    thinks know knows want wants need needs guess guesses hope mean believe understand remember feel feels make
    makes take takes come goes going become important different difficult people something anything nothing
    everything someone anyone everyone
    """.split()
)
"""English words that no Chinese speaker puts into a Chinese sentence: pronouns, function words, plain verbs."""
_MIXED_IN = frozenset(
    """
    email wifi vlog blog diss cool cosplay hold call show party bye-bye hello sorry baby love hiphop jazz rock
    blues taxi pizza fans fashion disco bazinga word excel high down line shopping http https html okay yeah
    haha hehe bingo boss club copy demo emoji flag homo idol iphone ipad kiss lady logo model mini office
    partner plus point polo poker price sexy show solo star style super team tips tony used user view walkman
    whisky vodka bingo bravo ciao merci oppa python java linux code bugs buff boss gank carry solo
    """.split()
)
"""What Chinese speakers do mix in."""
_ENGLISH = frozenset(
    """
    the and of to in is it that you was for on are with as his they be at this have from or had by but not what
    all were we when your there which their if will do how then them would so these her him has could my than
    been who its now did i he she me don't i'm no yes an
    """.split()
)
_ROMANCE_AND_GERMAN = frozenset(
    """
    le les je ne pas est et un une des du mais pour dans vous nous avec mon ce que qui sur el fui nada casa
    entonces dije está estoy tengo quiero porque cuando también não uma você sono sì perché molto el los las por
    con una del como pero muy para yo mi su y es lo il che di non per sono questo della der das und ist nicht
    ich ein eine zu mit auf den dem sie wir aber sich dich mich mein
    """.split()
)
_FEWEST_WORDS = 4


def is_in_language(text: str, language: Language) -> bool:
    """Whether enough letters are the language's: half in Chinese, where names may be foreign; 9 of 10 in English."""
    if text.isascii():  # which needs no counting
        return language == "en" and _LATIN.search(text) is not None
    han, latin, foreign = len(_HAN.findall(text)), len(_LATIN.findall(text)), len(_FOREIGN.findall(text))
    own = han if language == "zh" else latin
    return own > 0 and own >= _LEAST_OF_LANGUAGE[language] * (han + latin + foreign)


def wrong_language(pair: Pair) -> bool:
    """The question or the answer is not in the work's language, or the answer slips out of it for a word.

    A model that answers in Chinese drops into English for a pronoun or a function word, in English into Chinese for a
    word ("language confusion" of whole answers, lines and words: arXiv 2406.20052). What is quoted, stands in brackets
    or in the question, names, titles and abbreviations are no slip.
    """
    language, answer = pair.language, pair.answer
    if not all(is_in_language(text, language) or _is_but_for_names(text, language) for text in (pair.question, answer)):
        return True
    if language == "en" and answer.isascii():
        return _is_of_another_latin(pair)
    foreign = _FOREIGN.search(answer)
    if foreign and foreign[0] not in pair.question:
        return True
    if language == "zh":
        return _LATIN.search(answer) is not None and _slips_into_english(pair)
    if _HAN.search(answer):
        return any(each not in pair.question for each in _HAN.findall(_QUOTING.sub("", answer)))
    return _is_of_another_latin(pair)


def _is_of_another_latin(pair: Pair) -> bool:
    """Whether it has more function words of French, Spanish, Italian or German than of English."""
    if len(pair.said) < _FEWEST_WORDS or len(pair.vocabulary & _ROMANCE_AND_GERMAN) < 2:
        return False
    others = sum(word in _ROMANCE_AND_GERMAN for word in pair.said)
    return others > sum(word in _ENGLISH for word in pair.said)


def _is_but_for_names(text: str, language: Language) -> bool:
    return language == "zh" and is_in_language(_NAME.sub("", _QUOTING.sub("", text)), language)


def _slips_into_english(pair: Pair) -> bool:
    return any(
        _is_slip(run, pair.asked_plain)
        for run in _LATIN_RUN.findall(_QUOTING.sub("，", pair.answer))
        if not run.isupper()
    )


def _is_slip(run: str, asked: str) -> bool:
    own = _LATIN_WORD.findall(run)
    longer = [word for word in own if len(word) > 3]
    if len(own) > 1 and longer and all(word[0].isupper() for word in longer):  # a title, several names
        return False
    if len(own) > 1 and "I" in own and "i" not in asked.split():
        return True
    if any(len(word) > 3 and word.islower() and word not in _MIXED_IN and word not in asked for word in own):
        return True
    stray = (word.lower().replace("’", "'") for word in own if not (word.isupper() and len(word) > 1))
    return any(word in _STRAY and word not in asked for word in stray)
