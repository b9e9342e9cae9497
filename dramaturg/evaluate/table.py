"""The tables of an evaluation, as Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from dramaturg.evaluate.evaluation import Evaluation
from dramaturg.evaluate.scores import Cell, Score

__all__ = ["render_tables"]

_TITLES = {
    "instruction": "Unseen questions",
    "role": "Unseen roles",
}
_ROUGE = {"CUS": "CUS", "RAW": "RAW", "SPE": "SPE", "average": "avg."}
_BEST = {"CUS": "CUS, first", "CUS_best": "CUS, best", "SPE": "SPE, first", "SPE_best": "SPE, best"}
_OTHERS = {
    "win_rate": "win rate",
    "similarity": "similarity",
    "chance": "by chance",
    "refusal": "refusals",
    "ai_disclosure": "says it is a model",
    "meta_talk": "talks of the work",
}
_JUDGED = {"win_rate": "win rate", "rank": "average rank", "first": "ranked first"}
_BY = {"reference": "ROUGE-L", "reference_best": "ROUGE-L, best", **_OTHERS}
_PERCENT = frozenset({"win_rate", "first", "refusal", "ai_disclosure", "meta_talk"})
_LEGEND = """
ROUGE-L is F1 of the longest common subsequence, over words, in Chinese over characters, 0 to 1, against the first
reference: CUS the general answers in the role's voice, RAW those without it, SPE the answers to the role's own
questions; avg. is their mean. The win rate is the share of the other models' answers that the judge puts a model's own
before, a tie being half of one. Similarity is the cosine with the role's own next line; by chance, with another of its
lines. In brackets stand 95 % intervals (bootstrap by question; of refusals and the like Wilson's), behind them how
many questions were measured.
""".strip()


def render_tables(found: Evaluation) -> str:
    """All of it: each model over all questions, by role, by kind, the judge, and what is to be known beside that."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Evaluation) -> Iterator[str]:
    names = ", ".join(f"{role.name} ({name})" for name, role in found.roles.items())
    yield f"# Evaluation: {names}"
    yield ""
    by = f" Vectors by {_plain(found.encoder)}." if found.encoder else ""
    models = f"{len(found.sheets):,} model{'' if len(found.sheets) == 1 else 's'}"
    yield f"{len(found.questions):,} questions, {models}.{by}"
    groups = found.groups()
    for of, questions in groups["generalization"].items():
        scores = found.scores(questions)
        yield from ("", f"## {_TITLES[of]}", "")
        yield from _table(scores, _ROUGE)
        yield ""
        yield from _table(scores, _OTHERS)
        if found.several_references:
            yield from ("", "Against the first of several references, and the best of them:", "")
            yield from _table(scores, _BEST)
        yield from ("", _LEGEND)
    for name in ("role", "kind"):
        if name == "role" and len(groups[name]) < 2:
            continue
        yield from ("", f"## By {'kind of question' if name == 'kind' else name}", "")
        yield from _by(name, {group: found.scores(own) for group, own in groups[name].items()}, found)
    yield from _judge(found)
    if notes := list(found.notes()):
        yield from ("", "## To be known", "")
        yield from (f"- {_plain(note)}" for note in notes)


def _table(scores: Mapping[str, Score], columns: Mapping[str, str]) -> Iterator[str]:
    yield from _head(["model", "answered", *columns.values()])
    for model, each in scores.items():
        cells = [_cell(name, each.cells[name]) for name in columns]
        yield _row([_plain(model), f"{each.answered:,} of {each.questions:,}", *cells])


def _by(name: str, groups: Mapping[str, Mapping[str, Score]], found: Evaluation) -> Iterator[str]:
    """A line for each group and model, without the columns that say nothing in any of them."""
    told = [each for scores in groups.values() for each in scores.values()]
    columns = {key: title for key, title in _BY.items() if any(not isinstance(each.cells[key], str) for each in told)}
    if not found.several_references:
        columns.pop("reference_best", None)
    yield from _head([name, "model", "answered", *columns.values()])
    for group, scores in groups.items():
        for model, each in scores.items():
            cells = [_cell(key, each.cells[key]) for key in columns]
            answered = f"{each.answered:,} of {each.questions:,}" if each.questions else "no test rows"
            yield _row([group, _plain(model), answered, *cells])


def _judge(found: Evaluation) -> Iterator[str]:
    judged, agreement = found.judged, found.agreement
    if judged.model is None or not judged.rankings:
        return
    yield from ("", "## The judge", "")
    yield f"{_plain(judged.model)}, {judged.orders:,} orders of the answers to a question at most:"
    yield ""
    yield from _table(found.scores(found.questions), _JUDGED)
    yield ""
    share = "unknown" if agreement.share is None else _cell("first", agreement.share)
    yield f"- It agrees with itself, where two models change places: {share}."
    yield f"- It does not tell two apart: {agreement.ties:.1%}."
    yield f"- The best stood first, second, …: {', '.join(f'{each:.1%}' for each in agreement.firsts)}."
    answered = judged.asked - judged.failed
    yield (
        f"- {judged.asked:,} requests = {answered:,} answered + {judged.failed:,} failed; answered = "
        f"{len(judged.rankings):,} rankings + {judged.malformed:,} that cannot be read."
    )


def _cell(name: str, cell: Cell) -> str:
    if isinstance(cell, str):
        return _plain(cell)
    form = ".1%" if name in _PERCENT else ".2f" if name == "rank" else ".4f"
    between = "" if cell.low is None else f" [{cell.low:{form}}, {cell.high:{form}}]"
    return f"{cell.value:{form}}{between} {cell.n:,}"


def _head(columns: Sequence[str]) -> Iterator[str]:
    yield _row(columns)
    yield _row(["---"] * len(columns))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """A text that neither ends a cell nor begins a line."""
    return " ".join(text.split()).replace("|", "\\|")
