"""English names and whose they are: Mr. Darcy is Darcy and not Miss Darcy; Lizzy is Elizabeth."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from dramaturg.cast import CastMember, Gender
from extractors.novel.discovery.given_names import FORMAL, GENDER_OF

__all__ = ["TITLES", "Form", "Person", "group_forms"]


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_HIS = _words(
    """Mr Mister Master Sir Lord Monsieur M Father Brother Uncle Captain Colonel Major General Lieutenant Sergeant
    Inspector Squire Count Duke Prince King Baron Marquis Signor Don Herr Reverend Rev Parson Bishop"""
)
_HERS = _words(
    """Mrs Miss Ms Lady Madame Madam Mademoiselle Mlle Mme Aunt Sister Mother Countess Duchess Princess Queen Baroness
    Marchioness Signora Signorina Dame Nurse Fraulein Fräulein Frau Granny"""
)
TITLES = _HIS | _HERS | _words("Dr Doctor Professor Judge Cousin Comrade")
"""What may stand before a name, without its full stop."""

_DOTTED = _words("Mr Mrs Ms Dr Mlle Mme Rev M")
_UNMARRIED = _words("Miss Mademoiselle Mlle")
_MARRIED = _words("Mrs Madame Mme")
_KNIGHTED = _words("Sir Lady Lord Dame")
_TELL_APART = _words("Mr Mrs")  # brothers and wives of one name: Mr. John Knightley is not Mr. Knightley
_LEFT_OUT = _words("Mr Miss Master Mister Ms")  # of the name by which a person goes, where there is a fuller one
_KIN = _words("Mamma Mama Papa Mother Father Grandmamma Grandmother Grandpapa Grandfather Granny Mummy Daddy")

_GIVEN_NAME_VOTES = 4  # what a given name counts for, against pronouns behind a name
_RARE = 3
_SYSTEMATIC = 5  # uses of a title with the full name from which the title with the last name is another's
_LARGE = 5  # times as frequent: too often for the rare full name to be the same person's
_PLACED_SHARE = 0.2
_MEANT = 3  # times as frequent as any other of the name: the one who is meant
_MEANT_BY_GIVEN, _MEANT_BY_TITLE, _MEANT_BY_SHORT = 2, 8, 5
_FULL_NAME_SHARE = 0.1


@dataclass(slots=True)
class Form:
    """A name as it stands in the text, titles without full stops, and how often it is there: in all, as the subject
    of a verb of speech, called in speech, as the subject of another verb, behind a preposition of place; and which
    pronouns come after it."""

    words: tuple[str, ...]
    count: int = 1
    tags: int = 0
    calls: int = 0
    acts: int = 0
    placed: int = 0
    pronouns: Counter[str] = field(default_factory=Counter)

    @property
    def has_article(self) -> bool:
        return self.words[0] == "the"

    @property
    def titles(self) -> frozenset[str]:
        return TITLES.intersection(self.words)

    @property
    def plain(self) -> tuple[str, ...]:
        """The name without titles and article."""
        return tuple(word for word in self.words if word not in TITLES and word != "the")

    def add(self, other: "Form") -> None:
        self.count += other.count
        self.tags += other.tags
        self.calls += other.calls
        self.acts += other.acts
        self.placed += other.placed
        self.pronouns += other.pronouns

    def __str__(self) -> str:
        return " ".join(f"{word}." if word in _DOTTED else word for word in self.words)


@dataclass(slots=True)
class Person:
    """The names that are taken to be one person's."""

    forms: list[Form]

    @property
    def count(self) -> int:
        return sum(form.count for form in self.forms)

    @property
    def titles(self) -> frozenset[str]:
        return frozenset[str]().union(*(form.titles for form in self.forms))

    @property
    def gender(self) -> Gender:
        """As the most frequent title says, else the given name and the pronouns."""
        for form in sorted(self.forms, key=lambda form: -form.count):
            if form.titles & _HIS:
                return "M"
            if form.titles & _HERS:
                return "F"
        votes = sum((form.pronouns for form in self.forms), Counter[str]())
        given = next(
            (GENDER_OF[form.plain[0]] for form in self.forms if form.plain and form.plain[0] in GENDER_OF), None
        )
        if given:
            votes[given] += _GIVEN_NAME_VOTES
        if votes["M"] > 2 * votes["F"]:
            return "M"
        return "F" if votes["F"] > 2 * votes["M"] else "U"

    @property
    def given(self) -> set[str]:
        return {form.plain[0] for form in self.forms if len(form.plain) > 1}

    @property
    def last(self) -> set[str]:
        return {form.plain[-1] for form in self.forms if len(form.plain) > 1}

    @property
    def single(self) -> set[str]:
        return {form.plain[0] for form in self.forms if len(form.plain) == 1}

    @property
    def is_person(self) -> bool:
        """Whether its names behave as a person's, and not as a place's or a thing's."""
        tags = sum(form.tags for form in self.forms)
        if any(form.has_article for form in self.forms) or all(_KIN.issuperset(form.plain) for form in self.forms):
            return tags > 1
        if sum(form.placed for form in self.forms) > _PLACED_SHARE * self.count:
            return False
        acts = sum(form.acts for form in self.forms)
        is_called = sum(form.calls for form in self.forms) > 1
        return bool(self.titles or tags or is_called or (acts > 1 and self.forms[0].pronouns))

    def as_member(self) -> CastMember:
        """Called by the full name, unless that is rare."""
        most = max(form.count for form in self.forms)
        ranked = sorted(
            self.forms,
            key=lambda form: (
                len(form.plain) < 2 or form.count < max(2, _FULL_NAME_SHARE * most),
                -form.count,
                form.words,
            ),
        )
        names = list(dict.fromkeys(map(str, ranked)))
        if len(ranked[0].plain) > 1 and ranked[0].titles <= _LEFT_OUT:
            names = list(dict.fromkeys((" ".join(ranked[0].plain), *names)))
        return CastMember(name=names[0], aliases=tuple(names[1:]), gender=self.gender)


def group_forms(forms: Sequence[Form]) -> list[Person]:
    """Every form with the person whom it names. Where several may be meant, it is the one named most, or none."""
    ordered = sorted(forms, key=lambda form: (-form.count, form.words))
    with_article = [form for form in ordered if form.has_article]
    named = [form for form in ordered if not form.has_article]
    alone = {form.plain[0]: form.count for form in reversed(named) if len(form.plain) == 1}
    people = _by_full_name([form for form in named if len(form.plain) > 1 and not _are_two(form, alone)])
    titled = [form for form in named if len(form.plain) == 1 and form.titles]
    people += _by_title(titled, people)
    bare = [form for form in named if len(form.plain) == 1 and not form.titles]
    offices = {form.plain for form in with_article if form.tags}  # the President, called President
    people += _by_word([form for form in bare if form.plain not in offices], people)
    people += [
        Person([form, *(other for other in bare if other.plain == form.plain and form.tags)]) for form in with_article
    ]
    return _with_short_names(people)


def _are_two(form: Form, alone: dict[str, int]) -> bool:
    """Whether two people's given names stand side by side by chance."""
    first, last = form.plain[0], form.plain[-1]
    return form.count < _RARE and first in GENDER_OF and last in GENDER_OF and alone.get(last, 0) > form.count


def _by_full_name(forms: Sequence[Form]) -> list[Person]:
    people: dict[tuple[str, ...], list[Person]] = {}
    for form in forms:
        same = people.setdefault(form.plain, [])
        fitting = next((person for person in same if _agree(person, form)), None)
        if fitting is None:
            same.append(Person([form]))
        else:
            fitting.forms.append(form)
    return [person for same in people.values() for person in same]


def _by_title(forms: Sequence[Form], people: Sequence[Person]) -> list[Person]:
    """The titled names to those of `people` whose they are; the people of the others."""
    others = []
    # a daughter takes her Miss before her mother's Mrs. looks for one to belong to
    for form in sorted(forms, key=lambda form: not form.titles & _UNMARRIED):
        (word,) = form.plain
        agreeing = [person for person in people if _agree(person, form)]
        by_given = [person for person in agreeing if word in person.given]
        by_last = [person for person in agreeing if word in person.last and not _is_told_apart(person, form)]
        if form.titles & (_MARRIED | _KNIGHTED):
            by_last = [person for person in by_last if form.titles & person.titles]
        if form.titles & _KNIGHTED:
            by_given = [person for person in by_given if form.titles & person.titles]
        chosen = _meant(by_last or by_given, _MEANT_BY_TITLE)
        if chosen is None:
            others.append(Person([form]))
        else:
            chosen.forms.append(form)
    return others


def _is_told_apart(person: Person, form: Form) -> bool:
    """Whether the text gives a person's title with the full name, so that it alone is another's."""
    return form.count >= _LARGE * person.count and any(
        form.titles & _TELL_APART & each.titles and each.count >= _SYSTEMATIC for each in person.forms
    )


def _by_word(forms: Sequence[Form], people: Sequence[Person]) -> list[Person]:
    """The names of one word to those of `people` whose they are; the people of the others."""
    others = []
    for form in forms:
        (word,) = form.plain
        is_husbands = GENDER_OF.get(word) == "M"  # Mrs. Charles Wilcox is not Charles
        by_given = [
            person for person in people if word in person.given and not (is_husbands and person.titles & _MARRIED)
        ]
        by_title = [person for person in people if word in person.single]
        chosen = (
            _meant(by_given, _MEANT_BY_GIVEN)
            or _meant([person for person in by_title if person.gender == "M"], _MEANT)
            or _meant([person for person in people if word in person.last], _MEANT)
            or _meant(by_title, _MEANT)
        )
        if chosen is None or not _agree(chosen, form):
            others.append(Person([form]))
        else:
            chosen.forms.append(form)
    return others


def _with_short_names(people: Sequence[Person]) -> list[Person]:
    """Lizzy's names with Elizabeth's, where only one Elizabeth may be meant."""
    bearers_of: defaultdict[str, list[Person]] = defaultdict(list)
    for person in people:
        for name in person.given | person.single:
            bearers_of[name].append(person)
    kept = []
    for person in people:
        formal = None if person.given else FORMAL.get(next(iter(sorted(person.single)), ""))
        bearers = [
            other
            for other in bearers_of.get(formal or "", ())
            if not other.titles & _KNIGHTED and all(_agree(other, form) for form in person.forms)
        ]
        chosen = _meant(bearers, _MEANT_BY_SHORT)
        if chosen is None:
            kept.append(person)
        else:
            chosen.forms += person.forms
    return kept


def _agree(person: Person, form: Form) -> bool:
    """Whether gender and marriage let a name be a person's."""
    own = Person([form])
    return {person.gender, own.gender} != {"M", "F"} and not (own.titles & _MARRIED and person.titles & _UNMARRIED)


def _meant(people: Sequence[Person], times: int) -> Person | None:
    """The only one, or the one named so many `times` as often as the next."""
    ranked = sorted(people, key=lambda person: -person.count)
    if len(ranked) > 1 and ranked[0].count < times * ranked[1].count:
        return None
    return ranked[0] if ranked else None
