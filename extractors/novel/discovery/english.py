"""English names: which capitalised words are people, and who speaks again and again without a name."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from dramaturg.cast import CastMember
from extractors.novel.cues import EN_DESCRIPTION, EN_SAID
from extractors.novel.discovery.english_names import TITLES, Form, group_forms
from extractors.novel.quotes import Piece

__all__ = ["find_people"]

_FONDLY = frozenset({"Old", "Young", "Little", "Poor", "Dear", "Good", "Black", "Big"})
_NO_NAMES = frozenset(
    """I I'm I'll I'd I've I’m I’ll I’d I’ve God Heaven Heavens Christ Jesus Providence Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday January February March July September October November
    December Christmas Easter English French German Italian American Russian Spanish Greek Latin Indian Scotch Irish
    Chapter Book Part Volume Yes No Oh Ah Well O Ma'am Ma’am Misses Captains Messrs Messieurs Ladies
    Gentlemen""".split()
)
_PARTICLES = frozenset({"de", "von", "van", "der", "den", "du", "le", "la", "des", "del", "di", "da"})
_TITLE = "|".join(sorted(TITLES, key=len, reverse=True))
_WORD = r"(?:[DdO]['’])?[A-Z][a-zA-Zà-öø-ÿÀ-ÖØ-ß]*(?:[-’'][A-Za-zà-öø-ÿ]{2,})*"
_OF = rf"(?:(?:{'|'.join(sorted(_PARTICLES))}|De|Du|Le|La|Des|Van|Von)\s+)"
_NAME = re.compile(
    rf"(?<![\w’'-])(?:(?P<the>[Tt]he)\s+)?(?P<name>(?:(?:{_TITLE})\b\.?\s+)*{_OF}*{_WORD}"
    rf"(?:(?:(?<=\b[A-Z])\.)?\s+(?!(?:{_TITLE})\b){_OF}*{_WORD})*)"
    r"|\b(?P<pronoun>[Hh]e|[Ss]he|[Hh]is|[Hh]er|[Hh]im|[Hh]imself|[Hh]erself)\b"
)
_STARTS = re.compile(r"(?:^|[.!?…:;—–“”‘\"(*_\[])['’‘“\"]*\s*$")
_SAID_BEFORE = re.compile(rf"\b{EN_SAID}\s+$")
_SAID_AFTER = re.compile(rf"\s+(?:\w+ly\s+)?(?:had\s+)?{EN_SAID}\b")
_ACTS = re.compile(
    r"\s+(?:\w+ly\s+)?(?:had|was|would|could|did|looked|turned|took|went|came|sat|stood|felt|knew|thought|\w+ed)\b"
)
_PLACED = re.compile(r"\b(?:in|at|from|near|into|through|across|towards?|reach(?:ed)?|left|via)\s+$")
_CONTRACTED = re.compile(r"['’](?:s|ll|d|ve|re)$", re.IGNORECASE)
_SAYS = re.compile(
    rf"\b{EN_SAID}\s+(?P<who>{EN_DESCRIPTION})|\b(?P<who_first>{EN_DESCRIPTION})\s+(?:had\s+)?{EN_SAID}\b"
)
_COMMON_WORD = re.compile(r"(?<![\w’'-])[a-z]+\b")
_GENERIC = frozenset(
    "man woman lady girl boy gentleman fellow creature person child youth stranger other others".split()
)
_BEFORE = 24  # characters looked at before a name
_PRONOUN_REACH = 80  # characters within which a pronoun most likely stands for the name before it
_COMMON_TIMES = 8  # a word that small letters write so many times as often is no name inside a sentence
_TEXT_PER_TAG = 20_000  # characters in which one who is described has to speak once to be the same person each time
_GENERIC_TIMES = 3  # how much more often, where the description fits many: the man


def find_people(text: str, pieces: Sequence[Piece]) -> list[CastMember]:
    """Everyone whom the text names, with all names of each, the most frequent first; then those only described."""
    people = [person for person in group_forms(_forms(text, pieces)) if person.is_person]
    people.sort(key=lambda person: -person.count)
    return [person.as_member() for person in people] + list(_described(text, pieces))


def _forms(text: str, pieces: Sequence[Piece]) -> list[Form]:
    """The names of the text without what is no name, those that are alike added up."""
    found = [each for piece in pieces for each in _found(text, piece)]
    inside = Counter(word for form, starts in found if not starts for word in form.words)
    common = Counter(_COMMON_WORD.findall(text))
    forms: dict[tuple[str, ...], Form] = {}
    for form, starts in found:
        form.words = _name_alone(form.words, inside, common, starts=starts)
        if form.words in forms:
            forms[form.words].add(form)
        elif form.words:
            forms[form.words] = form
    return list(forms.values())


def _found(text: str, piece: Piece) -> Iterator[tuple[Form, bool]]:
    """Every run of capitalised words, and whether it opens a sentence."""
    named: Form | None = None
    named_end = 0
    for match in _NAME.finditer(text, piece.start, piece.end):
        if match["pronoun"]:
            if named is not None and match.start() - named_end < _PRONOUN_REACH:
                named.pronouns["F" if match["pronoun"].lower() in ("she", "her", "herself") else "M"] += 1
            named = None
            continue
        name, end = match["name"], match.end()
        if name.isupper() and len(name) > 2:
            continue
        if contracted := _CONTRACTED.search(name):
            name = name[: contracted.start()]
        words = [word.rstrip(".") for word in _joined(name)]
        if not words:  # a particle alone
            continue
        before = text[max(piece.start, match.start() - _BEFORE) : match.start()]
        starts = match.start() == piece.start
        form = Form(("the", *words) if match["the"] else tuple(words), placed=bool(_PLACED.search(before)))
        if piece.is_quote:
            after = text[end] if end < piece.end else "."
            form.calls = after in ",.!?;—" and (starts or before.rstrip()[-1:] in ",;—!?.“‘")
        else:
            form.tags = bool(_SAID_BEFORE.search(before) or _SAID_AFTER.match(text, end, piece.end))
            form.acts = bool(_ACTS.match(text, end, piece.end))
            named, named_end = form, end
        yield form, starts or bool(_STARTS.search(before))


def _joined(name: str) -> Iterator[str]:
    """The words of a name, `de Bourgh` and `van der Luyden` being one word each."""
    particles: list[str] = []
    for word in name.split():
        if word.lower() in _PARTICLES:
            particles.append(word.lower())
        else:
            yield " ".join((*particles, word))
            particles = []


def _name_alone(words: tuple[str, ...], inside: Counter[str], common: Counter[str], *, starts: bool) -> tuple[str, ...]:
    """A run of capitalised words without what is no name: a sentence's first word, an adjective, a month."""
    has_article = words[0] == "the"
    kept: list[str] = []
    for number, word in enumerate(words[has_article:]):
        times = 1 if starts and number == 0 else _COMMON_TIMES
        is_common = word not in TITLES and common[word.lower()] >= times * max(1, inside[word])
        if word in _NO_NAMES or is_common:
            if not TITLES.issuperset(kept):
                break
            kept = []
            has_article = False
        elif word in _FONDLY and not kept:
            has_article = False
        else:
            kept.append(word)
    if not kept or (kept[-1] in TITLES and not has_article):
        return ()
    return ("the", *kept) if has_article else tuple(kept)


def _described(text: str, pieces: Sequence[Piece]) -> Iterator[CastMember]:
    """Those without a name who speak so often that each is one person: the nurse, her father."""
    says: Counter[str] = Counter()
    for piece in pieces:
        if not piece.is_quote:
            for match in _SAYS.finditer(text, piece.start, piece.end):
                who = " ".join((match["who"] or match["who_first"]).split())
                if not any(map(str.isupper, who[1:])):
                    says[who[0].lower() + who[1:]] += 1
    for who, count in sorted(says.items()):
        fewest = len(text) / _TEXT_PER_TAG * (_GENERIC_TIMES if who.split()[-1] in _GENERIC else 1)
        if count >= max(1, int(fewest)) and len(re.findall(rf"\b{who}\b", text, re.IGNORECASE)) > 1:
            yield CastMember(name=who)
