"""RoleBench's Table 1 (arXiv 2310.00746) of datasets, as lines for a card or a screen."""

from collections.abc import Iterator

from dramaturg.publish import chatharuhi, rolebench
from dramaturg.publish.statistics import Count, Figures, Lengths, Statistics
from dramaturg.text import Language

__all__ = ["LENGTHS", "mean_words", "table_1"]

LENGTHS = (
    "A length is in words, which are words in English and characters in Chinese, without punctuation; of an "
    "instruction it counts once, of a response each time."
)

_LANGUAGES: dict[Language, str] = {"en": "English", "zh": "Chinese"}
_UNITS: dict[Language, str] = {"en": "English words", "zh": "Chinese characters"}
_KINDS = {
    rolebench.GENERAL: "general-purpose",
    rolebench.CONFIG: "role-specific",
    rolebench.BOUNDARY: "role-specific, not true to the work",
    chatharuhi.CONFIG: "dialogue",
}
_GROUPS = {
    "open": "open questions",
    "commonsense": "commonsense questions",
    "knowledge": "knowledge-intensive questions",
    "script_agnostic": "script-agnostic questions",
    "script_based": "script-based questions",
    "story": "the script's own",
    "synthesized": "a model's",
}
_ORDER = {group: number for number, group in enumerate(_GROUPS)}


def table_1(found: Statistics) -> Iterator[tuple[int, str, str]]:
    """Lines of a depth, a metric and its value, in RoleBench's order."""
    yield 0, "role categories", f"{len(found.categories):,}"
    yield 0, "script categories", f"{len(found.script_categories):,}"
    yield 0, "scripts", f"{found.scripts:,}"
    yield 0, "roles", f"{sum(found.roles.values()):,}"
    for language, number in found.roles.items():
        yield 1, f"in {_LANGUAGES[language]}", f"{number:,}"
    yield 0, "dialogue rounds (spoken lines)", f"{found.rounds:,}"
    every = found.all
    yield 0, "samples / instructions", _both(every.count)
    for kind, by_language in found.samples.items():
        figures = found.of(kind)
        yield 1, _KINDS.get(kind, kind), _both(figures.count)
        for language, own in by_language.items():
            yield 2, f"in {_LANGUAGES[language]}", _both(own.count)
        for group in sorted(figures.groups, key=lambda group: (_ORDER.get(group, len(_ORDER)), group)):
            yield 2, _GROUPS.get(group, group), _both(figures.groups[group])
    yield from _lengths("instruction", every.instruction_words, found)
    yield from _lengths("response", every.response_words, found)


def mean_words(lengths: Lengths) -> str:
    return "" if lengths.mean is None else f"{lengths.mean:,.2f}"


def _lengths(what: str, all_lengths: Lengths, found: Statistics) -> Iterator[tuple[int, str, str]]:
    languages = [language for language in _LANGUAGES if found.in_language(language).count.samples]
    if len(languages) == 1:
        yield 0, f"average {what} length ({_UNITS[languages[0]]})", mean_words(all_lengths)
        return
    yield 0, f"average {what} length (words)", mean_words(all_lengths)
    for language in languages:
        yield 1, _UNITS[language], mean_words(_of(found.in_language(language), what))


def _of(figures: Figures, what: str) -> Lengths:
    return figures.instruction_words if what == "instruction" else figures.response_words


def _both(count: Count) -> str:
    return f"{count.samples:,} / {count.instructions:,}"
