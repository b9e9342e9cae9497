"""What the whole text tells of its people: who is a man or a woman, and which of them says I."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from dramaturg.cast import CastMember, Gender
from extractors.novel.discovery.given_names import GENDER_OF
from extractors.novel.mentions import Mention
from extractors.novel.turns import Turn

__all__ = ["find_narrator", "find_referents", "forms_of", "gender_told", "infer_genders"]

_SAYS_WHO: dict[Gender, re.Pattern[str]] = {
    "M": re.compile(
        r"(?:Mr|Sir|Lord|Monsieur)\b\.?\s|.*\b(?:man|boy|gentleman|father|uncle|brother|husband|son|king|duke|count|"
        r"prince|grandfather|fellow|captain|colonel|general|butler|footman)\b|.*(?:先生|老爷|公公|老汉|爷爷|父亲|叔|伯|爸|哥|弟)$",
        re.IGNORECASE,
    ),
    "F": re.compile(
        r"(?:Mrs|Miss|Ms|Lady|Madame|Mademoiselle|Mlle|Mme)\b\.?\s|.*\b(?:woman|girl|lady|mother|aunt|sister|wife|"
        r"daughter|queen|duchess|countess|princess|grandmother|nurse|maid|widow|governess)\b"
        r"|.*(?:夫人|小姐|姑娘|太太|奶奶|母亲|婶|妈|姐|妹|嫂|姨)$",
        re.IGNORECASE,
    ),
}
_ARTICLES = {
    "the": "the", "that": "the", "this": "the", "a": "a", "an": "a", "one": "a", "some": "a", "another": "a",
    "my": "own", "his": "own", "her": "own", "our": "own", "your": "own", "their": "own",
}  # fmt: skip
_MANY = re.compile(r"\b(?:people|men|women|children|they|we|them|us|others)$|[^\W_]们$", re.IGNORECASE)
_PLURAL = re.compile(r"[^\Wsiu'’_]s$")
_IN_HER_NAME = frozenset("花芳兰香红秀莲梅凤霞娟丽娘玲琴娥芬珍艳燕翠婷娜莉莎芝菊桃婵绡芸萍慧淑")
_USUAL = 4  # votes
_REFERENT_REACH = 500  # characters
_PRONOUN_AFTER_NAME = 80  # characters within which a pronoun most likely stands for the name before it
_NARRATORS = frozenset({"I", "我", "narrator"})
_FEWEST_I = 8
_I_PER_CHARACTER = 0.0025
_NAMED = 0.3  # what a name counts for that is told, not called
_ANSWERS = 3.0  # what a call beside a line that I say counts for, against any other


def infer_genders(mentions: Sequence[Mention], cast: Sequence[CastMember]) -> dict[str, Gender]:
    """M, F or U for each member: as given, else as the names say, else by the pronouns that follow them."""
    votes: dict[str, Counter[str]] = {}
    named: Mention | None = None
    for mention in mentions:
        if mention.member is not None:
            named = mention
        elif named is not None and named.member is not None and mention.start - named.end < _PRONOUN_AFTER_NAME:
            votes.setdefault(named.member.name, Counter())[mention.gender] += 1
            named = None
    found: dict[str, Gender] = {}
    for member in cast:
        gender = member.gender
        if gender == "U":
            said = [each for each, says in _SAYS_WHO.items() for name in member.names if says.match(name)]
            usual = _usual(member)
            count = votes.get(member.name, Counter()) + usual
            if said:
                gender = max(said, key=said.count)
            elif count["M"] > 2 * count["F"]:
                gender = "M"
            elif count["F"] > 2 * count["M"]:
                gender = "F"
            else:
                gender = next((each for each in _SAYS_WHO if usual[each]), "U")
        found[member.name] = gender
    return found


def gender_told(description: str) -> Gender:
    """Whether a description (the old man, 那老者) is a man's or a woman's, by its words; U where they do not tell."""
    return next((gender for gender, says in _SAYS_WHO.items() if says.match(description)), "U")


def forms_of(cast: Sequence[CastMember]) -> dict[str, str]:
    """What kind of name each member has: a proper one, or one that begins with `the`, `a` or `own` (his, my); and
    `+` where all of them are of many people."""
    found = {}
    for member in cast:
        # one with `_` in it is a program's mark for the person, and no name in a text
        names = [name for name in member.names if "_" not in name] or [member.name]
        first = [word for name in names for word in name.split()[:1]]  # none in a control character
        kinds = {_ARTICLES.get(word.lower(), "bare" if word[0].islower() else "proper") for word in first}
        form = next((each for each in ("proper", "the", "own", "a", "bare") if each in kinds), "proper")
        is_many = all(_MANY.search(name) or (form != "proper" and _PLURAL.search(name)) for name in names)
        found[member.name] = form + "+" * is_many
    return found


def find_referents(mentions: Sequence[Mention], genders: Mapping[str, Gender], narrator: str | None) -> dict[int, str]:
    """Whom each mention stands for, by where it begins: a name for its bearer, I for the narrator, a he or she for the
    last subject of that gender near by, or else the last one named.
    """
    referents: dict[int, str] = {}
    subjects: dict[str, tuple[int, str]] = {}
    others: dict[str, tuple[int, str]] = {}
    for mention in mentions:
        if mention.member is not None:
            name: str | None = mention.member.name
        elif mention.gender == "I":
            name = narrator
        else:
            near = [
                found[mention.gender]
                for found in (subjects, others)
                if mention.gender in found and mention.start - found[mention.gender][0] < _REFERENT_REACH
            ]
            name = near[0][1] if near else None
        if name is None:
            continue
        referents[mention.start] = name
        known = genders.get(name, "U")
        for gender in ("M", "F") if known == "U" else (known,):
            (subjects if mention.is_subject else others)[gender] = (mention.end, name)
    return referents


def _usual(member: CastMember) -> Counter[str]:
    """Votes for whom the given name, or a Chinese name's last character, is usual."""
    genders = [GENDER_OF[word] for name in member.names for word in name.split() if word in GENDER_OF][:1]
    genders += ["F" for name in member.names[:1] if name[-1] in _IN_HER_NAME]
    return Counter(dict.fromkeys(genders, _USUAL))


def find_narrator(
    mentions: Sequence[Mention], turns: Sequence[Turn], cast: Sequence[CastMember], told: int
) -> str | None:
    """The member who tells a story in the first person, of whose narration `told` is the length in characters.

    It is the one whose alias says so (I, 我, narrator); else the one whom others call by name, most of all beside a
    line that I say, and whom the narration hardly names. None where no I tells the story, or nobody fits.
    """
    for member in cast:
        if not _NARRATORS.isdisjoint(member.names):
            return member.name
    first_person = sum(mention.gender == "I" for mention in mentions)
    if first_person < max(_FEWEST_I, _I_PER_CHARACTER * told):
        return None
    named = Counter(mention.member.name for mention in mentions if mention.member is not None)
    called: defaultdict[str, float] = defaultdict(float)
    for number, turn in enumerate(turns):
        beside = (*turns[max(0, number - 1) : number], *turns[number + 1 : number + 2])
        weight = _ANSWERS if any(each.says_i for each in beside) else 1.0
        for name in turn.called:
            called[name] += -weight if turn.says_i else weight
        for name in turn.named - turn.called:
            called[name] += _NAMED
    fitting = {name: count for name, count in called.items() if count >= 1 and count > 2 * named[name]}
    return max(fitting, key=lambda name: (fitting[name] ** 2 / (named[name] + 1), name), default=None)
