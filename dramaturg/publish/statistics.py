"""RoleBench's figures (arXiv 2310.00746, Table 1) of built datasets, of one role or many, and of rows in its shape.

A *sample* is a row: a question to a role with its responses. An *instruction* is a question, counted once: a general
one in each language, any other for each role. A length is in words, which are words in English and characters in
Chinese, without punctuation.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dramaturg.publish import chatharuhi, rolebench, scenes, scripts
from dramaturg.publish.dataset import SPLITS, read_rows
from dramaturg.publish.voices import Voices, count_voices
from dramaturg.text import Language, count_words

__all__ = [
    "KINDS",
    "Count",
    "Figures",
    "Lengths",
    "RoleDataset",
    "Sample",
    "Statistics",
    "count_samples",
    "questions",
    "rolebench_samples",
    "statistics",
]

KINDS = (rolebench.GENERAL, rolebench.CONFIG, rolebench.BOUNDARY, chatharuhi.CONFIG)
"""The configs whose rows are samples."""

_GROUPS = {
    rolebench.GENERAL: "category",
    rolebench.CONFIG: "type",
    rolebench.BOUNDARY: "type",
    chatharuhi.CONFIG: "question_source",
}
_SCENES_BATCH = 200


@dataclass(frozen=True, slots=True)
class RoleDataset:
    """A role, and the folder of its dataset."""

    folder: Path
    character_id: str
    name: str
    language: Language
    work: str
    script_category: str
    categories: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A question to a role and the responses to it. `kind` is the config of its row, `group` what the row says it is
    one of: a general instruction's category, another question's type."""

    role: str
    language: Language
    kind: str
    group: str | None
    question: str
    responses: Sequence[str]
    split: str = "train"


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long texts are, in words: how many (`texts`) are of each length, in rising order."""

    by_length: tuple[tuple[int, int], ...] = ()

    @property
    def texts(self) -> int:
        return sum(texts for _, texts in self.by_length)

    @property
    def words(self) -> int:
        return sum(length * texts for length, texts in self.by_length)

    @property
    def mean(self) -> float | None:
        return self.words / self.texts if self.texts else None

    def quantile(self, share: float) -> int | None:
        """The least length that at least this share of the texts do not exceed."""
        reached = 0
        for length, texts in self.by_length:
            reached += texts
            if reached >= share * self.texts:
                return length
        return None

    def __add__(self, other: "Lengths") -> "Lengths":
        return _lengths(Counter(dict(self.by_length)) + Counter(dict(other.by_length)))

    def to_json(self) -> dict[str, Any]:
        return {
            "texts": self.texts,
            "words": self.words,
            "mean": self.mean,
            "median": self.quantile(0.5),
            "p95": self.quantile(0.95),
            "longest": self.by_length[-1][0] if self.by_length else None,
            "by_length": [list(pair) for pair in self.by_length],
        }


@dataclass(frozen=True, slots=True)
class Count:
    samples: int = 0
    instructions: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.samples + other.samples, self.instructions + other.instructions)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of samples of one kind and language: how many, of each group and split, and how long they are. An instruction's
    length counts once, a response's each time."""

    count: Count = Count()
    groups: Mapping[str, Count] = field(default_factory=dict)
    splits: Mapping[str, int] = field(default_factory=dict)
    instruction_words: Lengths = Lengths()
    response_words: Lengths = Lengths()

    def __add__(self, other: "Figures") -> "Figures":
        groups = dict.fromkeys((*self.groups, *other.groups))
        splits = dict.fromkeys((*self.splits, *other.splits))
        return Figures(
            self.count + other.count,
            {group: self.groups.get(group, Count()) + other.groups.get(group, Count()) for group in groups},
            {split: self.splits.get(split, 0) + other.splits.get(split, 0) for split in splits},
            self.instruction_words + other.instruction_words,
            self.response_words + other.response_words,
        )


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of datasets: how many `roles` there are in each language, how many of each category and script category, how many
    works (`scripts`), spoken lines (`rounds`, RoleBench's dialogue rounds), `samples` by kind and language, who speaks,
    by the role's id, and what became of the sources, of one role alone."""

    roles: Mapping[Language, int]
    categories: Mapping[str, int]
    script_categories: Mapping[str, int]
    scripts: int
    rounds: int
    samples: Mapping[str, Mapping[Language, Figures]]
    voices: Mapping[str, Voices] = field(default_factory=dict)
    funnel: tuple[tuple[str, int], ...] = ()

    @property
    def all(self) -> Figures:
        return sum((self.of(kind) for kind in self.samples), Figures())

    def of(self, kind: str) -> Figures:
        """The figures of a kind in all languages."""
        return sum(self.samples.get(kind, {}).values(), Figures())

    def in_language(self, language: Language) -> Figures:
        """The figures of a language, of all kinds."""
        found = (by_language[language] for by_language in self.samples.values() if language in by_language)
        return sum(found, Figures())

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = _plain({each.name: getattr(self, each.name) for each in fields(self)})
        return {**told, "all": _plain(self.all)}


def statistics(roles: Sequence[RoleDataset], funnel: Iterable[tuple[str, int]] = ()) -> Statistics:
    """What there is in the roles' datasets, read a batch of rows at a time. A config that is not there has no rows."""
    voices = {role.character_id: _voices(role) for role in roles}
    languages: tuple[Language, ...] = ("en", "zh")
    found = {each: sum(role.language == each for role in roles) for each in languages}
    return Statistics(
        roles={language: number for language, number in found.items() if number},
        categories=_most_common(name for role in roles for name in dict.fromkeys(role.categories)),
        script_categories=_most_common(role.script_category for role in roles),
        scripts=len({role.work for role in roles}),
        rounds=sum(each.lines for each in voices.values()),
        samples=count_samples(sample for role in roles for sample in _samples(role)),
        voices=voices,
        funnel=tuple(funnel),
    )


def count_samples(samples: Iterable[Sample]) -> dict[str, dict[Language, Figures]]:
    """The samples' figures by kind and language. Of the questions only hashes are kept."""
    counted: dict[str, dict[Language, _Counted]] = {}
    for sample in samples:
        counted.setdefault(sample.kind, {}).setdefault(sample.language, _Counted()).add(sample)
    order = {kind: number for number, kind in enumerate(KINDS)}
    return {
        kind: {language: counted[kind][language].figures() for language in sorted(counted[kind])}
        for kind in sorted(counted, key=lambda kind: (order.get(kind, len(order)), kind))
    }


def rolebench_samples(rows: Iterable[Mapping[str, Any]], language: Language, split: str = "train") -> Iterator[Sample]:
    """The samples of RoleBench's rows: a general one has no `type`, which is a string, or a list of one. `generated`
    may be a string too."""
    for row in rows:
        told = row.get("type")
        group = told if told is None or isinstance(told, str) else next(iter(told), None)
        generated = row["generated"]
        responses = (generated,) if isinstance(generated, str) else generated
        if "type" in row:
            yield Sample(row["role"], language, rolebench.CONFIG, group, row["question"], responses, split)
        else:
            category = row.get("category")
            yield Sample(row["role"], language, rolebench.GENERAL, category, row["question"], responses, split)


def questions(role: RoleDataset) -> Iterator[str]:
    """A role's instructions, each once; where there are none, what is said to it."""
    seen: set[bytes] = set()
    for sample in _samples(role):
        if seen and sample.kind == chatharuhi.CONFIG:
            return
        key = _key(sample.question)
        if key not in seen:
            seen.add(key)
            yield sample.question


class _Counted:
    """What has been counted so far of samples of one kind and language."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[str | None, ...]] = {}  # in which groups a question stands
        self._alone: dict[str | None, tuple[str | None]] = {}
        self._samples = 0
        self._groups: Counter[str | None] = Counter()
        self._splits: Counter[str] = Counter()
        self._asked: Counter[int] = Counter()
        self._answered: Counter[int] = Counter()

    def add(self, sample: Sample) -> None:
        self._samples += 1
        self._groups[sample.group] += 1
        self._splits[sample.split] += 1
        key = _key(sample.question) if sample.kind == rolebench.GENERAL else _key(sample.role, sample.question)
        groups = self._known.get(key)
        if groups is None:
            self._known[key] = self._alone.setdefault(sample.group, (sample.group,))
            self._asked[count_words(sample.question)] += 1
        elif sample.group not in groups:
            self._known[key] = (*groups, sample.group)
        for response in sample.responses:
            self._answered[count_words(response)] += 1

    def figures(self) -> Figures:
        asked = Counter(group for groups in self._known.values() for group in groups)
        groups = {
            group: Count(self._groups[group], asked[group])
            for group in sorted(filter(None, self._groups), key=lambda group: (-self._groups[group], group))
        }
        return Figures(
            Count(self._samples, len(self._known)),
            groups,
            {split: self._splits[split] for split in (*SPLITS, *self._splits) if split in self._splits},
            _lengths(self._asked),
            _lengths(self._answered),
        )


def _samples(role: RoleDataset) -> Iterator[Sample]:
    for kind in KINDS:
        asked, answered = (
            ("user_question", "agent_response") if kind == chatharuhi.CONFIG else ("question", "generated")
        )
        for split in SPLITS:
            for row in read_rows(role.folder, kind, split, (asked, answered, _GROUPS[kind])):
                told = row[answered]
                responses = (told,) if isinstance(told, str) else told
                yield Sample(role.name, role.language, kind, row[_GROUPS[kind]], row[asked], responses, split)


def _voices(role: RoleDataset) -> Voices:
    lines = (row for split in SPLITS for row in read_rows(role.folder, scripts.SCRIPT, split, _LINE))
    turns = (
        row["turns"]
        for split in SPLITS
        for row in read_rows(role.folder, scenes.CONFIG, split, ("turns",), _SCENES_BATCH)
    )
    return count_voices(role.name, lines, turns)


_LINE = ("source", "act_id", "role", "kind", "speaker_confidence", "method")


def _key(*texts: str) -> bytes:
    return blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _lengths(counted: Mapping[int, int]) -> Lengths:
    return Lengths(tuple(sorted(counted.items())))


def _most_common(names: Iterable[str]) -> dict[str, int]:
    """Most first, those as many by name."""
    return dict(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def _plain(value: Any) -> Any:
    if isinstance(value, Lengths):
        return value.to_json()
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value
