"""What a model says of the rows, and a person of lines and rows, as sections of the card."""

from collections.abc import Collection, Iterator, Mapping

from dramaturg.curate.quality import Kind
from dramaturg.curate.review import Review, Tally
from dramaturg.publish import chatharuhi, rolebench
from dramaturg.publish.markdown import code, table
from dramaturg.review.accuracy import Accuracy
from dramaturg.review.desk import Checked

__all__ = ["render_checked", "render_review"]

_KINDS: Mapping[Kind, str] = {
    "dialogue": chatharuhi.CONFIG,
    "triplet": rolebench.CONFIG,
    "boundary": rolebench.BOUNDARY,
    "general": rolebench.GENERAL,
}


def render_review(review: Review, writers: Collection[str]) -> Iterator[str]:
    """RoleLLM's review of quality (arXiv 2310.00746), by a model in place of people, and whether to believe it.
    `writers` are the models that wrote rows."""
    names = " and ".join(code(name) for name in review.models)
    yield "## Quality\n"
    yield (
        f"{names} judged some rows of each kind, drawn by hash: does the answer meet what was said, is its style the "
        "role's, does what it says agree with the lines it rests on (of those rows of which that could be told), and "
        "how good is its style, from 1 to 5. The shares are those of yes. No row was dropped for it."
    )
    if set(writers) & set(review.models):
        yield "It wrote rows of this dataset itself, and a model is known to like its own."
    yield ""
    tallies = [(f"`{_KINDS[kind]}`", tally) for kind, tally in review.by_kind.items()]
    yield table(
        ("config", "judged", "answers", "style", "correct", "could be told", "mean score of style"),
        [_tallied(name, tally) for name, tally in [*tallies, ("all judged", review.all)]],
    )
    yield "How far it can be believed; it was asked again at a temperature of 0.7:\n"
    yield table(("what", "how often", "of"), list(_trusted(review)))


def render_checked(checked: Checked) -> Iterator[str]:
    """What a person has looked at, and what that tells of the rest."""
    yield "## Checked by a person\n"
    if checked.lines:
        looked_at = f"{checked.lines:,} of {checked.spoken:,} spoken lines, {checked.drawn:,} of them drawn by chance"
        yield f"{looked_at}: {_right(checked.accuracy)}.\n"
    if checked.rows:
        told = {"found good": checked.accepted, "written anew": checked.edited, "rejected": checked.rejected}
        yield f"Of the rows {', '.join(f'{count:,} {what}' for what, count in told.items() if count)}.\n"


def _right(found: Accuracy | None) -> str:
    if found is None:
        return "too few to tell how many of all had the right speaker"
    between = f"95% interval {found.low:.1%} to {found.high:.1%}"
    return f"of all {found.estimate:.1%} had the right speaker ({between}), and {found.after:.1%} have it as corrected"


def _tallied(name: str, tally: Tally) -> tuple[object, ...]:
    shares = (_share(each) for each in (tally.answers, tally.style, tally.correct))
    return name, tally.rows, *shares, tally.decided, f"{tally.score:.2f}"


def _trusted(review: Review) -> Iterator[tuple[object, ...]]:
    trust = review.trust
    for name, told in (("answers", "`answers`"), ("style", "`style`"), ("correct", "`correct`"), ("score", "`score`")):
        if name in trust.agreement:
            yield f"says the same when asked again: {told}", _share(trust.agreement[name]), trust.again
    if trust.within_1 is not None:
        yield "says the same when asked again: `score`, or one beside it", _share(trust.within_1), trust.again
    if trust.off_topic:
        told = "sees that an answer, put in for a test, is to no such question"
        yield told, _share(trust.seen_through / trust.off_topic), trust.off_topic
    if trust.pairs:
        told = "prefers the same of two answers in whichever order they are shown"
        yield told, _share(trust.same_in_both_orders / trust.pairs), trust.pairs
    if trust.preferred:
        told = "prefers the one that it is shown first (50% where that makes no difference)"
        yield told, _share(trust.first_preferred / trust.preferred), trust.preferred


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
