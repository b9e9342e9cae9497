"""Plots of a dataset's figures, PNG and SVG, the same bytes on every run.

Drawing needs the extra `plots`: matplotlib, and a font with Chinese in it, so that a machine without one draws it too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from math import ceil, cos, radians, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import category

from dramaturg.publish.pictures import PLOTS, TITLES
from dramaturg.publish.statistics import KINDS, Figures, Lengths, Statistics
from dramaturg.publish.verbs import FEWEST_VERBS, common_verbs
from dramaturg.publish.voices import Act, Voices
from dramaturg.text import Language
from dramaturg.workspace import write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_plots", "drawing", "short_name"]

_OTHERS = "DejaVu Sans"  # matplotlib's own
_NO_GLYPH = "〓"  # what a printer sets for a type that is not there
_BLUE, _GREY, _RED = "#2a6f97", "#a9b4bd", "#c8553d"
_COLOURS = ("#2a6f97", "#c8553d", "#e9a23b", "#6a994e")
_WIDTH = 9.0  # inches, as all sizes here
_SMALL, _PLAIN, _LARGE = 11, 12, 15  # points; 8 are 10 pixels where a card shows 9 inches in 800
_LONGEST_NAME = 16
_SPEAKERS, _TALKERS, _VERBS, _NOUNS, _BARS, _BINS = 15, 10, 16, 4, 60, 40
_UNITS: Mapping[Language, str] = {"en": "words", "zh": "characters"}


def draw_plots(
    folder: Path, figures: Statistics, asked: Mapping[tuple[str, str], int], language: Language
) -> list[str]:
    """Draw what there is to be drawn of one role's dataset into its `folder`; returns the plots' names.

    `asked` are the questions' verbs with their objects, `language` what the lengths are counted in.
    """
    from matplotlib import rc_context

    voices = next(iter(figures.voices.values()), Voices(""))
    plots: Mapping[str, Callable[[], Figure | None]] = {
        "lengths": lambda: _lengths(figures.samples, _UNITS[language]),
        "categories": lambda: _categories(figures.categories),
        "questions": lambda: _questions(asked),
        "funnel": lambda: _funnel(figures.funnel),
        "speakers": lambda: _speakers(voices),
        "story": lambda: _story(voices),
        "talks": lambda: _talks(voices),
    }
    drawn: list[str] = []
    with rc_context(rc=_style()):
        for name, draw in plots.items():
            plot = draw()
            if plot is not None:
                plot.suptitle(TITLES[name], fontsize=_LARGE)
                _write(folder / PLOTS / name, plot)
                drawn.append(name)
    return drawn


@contextmanager
def drawing(path: Path) -> "Iterator[Callable[[Figure], None]]":
    """Draws in the plots' style; what it gives writes a figure to `path`.png and .svg."""
    from matplotlib import rc_context

    with rc_context(rc=_style()):
        yield lambda figure: _write(path, figure)


def short_name(text: str, most: int = _LONGEST_NAME) -> str:
    """A name as it can be drawn."""
    return _shown(text, most)


def _style() -> Any:
    return {
        "font.family": [_family(), _OTHERS],
        "font.size": _PLAIN,
        "text.parse_math": False,
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.hashsalt": "dramaturg",
        "svg.fonttype": "path",
        "figure.dpi": 110,
        "savefig.dpi": 110,
    }


@cache
def _family() -> str:
    """The Chinese font's name, by which matplotlib knows it from now on."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    font_manager.fontManager.addfont(_chinese())
    return str(FT2Font(_chinese()).family_name)


def _chinese() -> Path:
    import pylopdf_fonts_zh_cn

    return Path(pylopdf_fonts_zh_cn.sans_path())


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    fonts = (_chinese(), font_manager.findfont(_OTHERS))
    return frozenset(sign for font in fonts for sign in FT2Font(font).get_charmap())


def _write(path: Path, plot: "Figure") -> None:
    """Both files, with nothing in them of when or by what they were drawn."""
    for kind, metadata in (("png", {"Software": None}), ("svg", {"Date": None, "Creator": None})):
        image = BytesIO()
        plot.savefig(image, format=kind, metadata=metadata)
        with write_atomic(path.with_suffix(f".{kind}")) as file:
            file.write(image.getvalue())


def _shown(text: str | None, most: int = _LONGEST_NAME) -> str:
    """A name as it can be drawn: on one line, short, without what no font here has or what turns its direction."""
    if text is None:
        return "(unknown)"
    line = " ".join("".join(" " if each.isspace() else each for each in text).split())
    kept = [each for each in line if category(each) not in ("Cc", "Cf", "Cs", "Mn", "Me")]
    short = kept if len(kept) <= most else [*kept[: most - 1], "…"]
    return "".join(each if ord(each) in _glyphs() else _NO_GLYPH for each in short)


def _figure(height: float, columns: int = 1, **options: Any) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    return figure, list(figure.subplots(1, columns, squeeze=False, **options)[0])


def _lengths(samples: Mapping[str, Mapping[Language, Figures]], unit: str) -> "Figure | None":
    kinds = {kind: sum(own.values(), Figures()) for kind, own in samples.items()}
    if not kinds:
        return None
    figure, axes = _figure(4.4, 2)
    sides: tuple[tuple[str, Callable[[Figures], Lengths]], ...] = (
        ("instructions", lambda own: own.instruction_words),
        ("responses", lambda own: own.response_words),
    )
    for axis, (what, of) in zip(axes, sides, strict=True):
        every = sum((of(own) for own in kinds.values()), Lengths())
        most = every.quantile(0.99) or 1
        step = max(1, ceil((most + 1) / _BINS))
        edges = list(range(0, most + step + 1, step))
        axis.hist(
            [[length for length, _ in of(own).by_length if length <= most] for own in kinds.values()],
            bins=edges,
            weights=[[texts for length, texts in of(own).by_length if length <= most] for own in kinds.values()],
            stacked=True,
            color=[_colour(kind) for kind in kinds],
            label=list(kinds),
        )
        axis.set_title(f"{every.texts:,} {what}, {every.mean or 0:.2f} {unit} on average", fontsize=_SMALL)
        axis.set_xlabel(f"{unit}, the longest hundredth left out")
        axis.set_ylabel(what)
    handles, labels = axes[-1].get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=_SMALL, frameon=False, loc="outside lower center", ncols=len(labels))
    return figure


def _colour(kind: str) -> str:
    return _COLOURS[KINDS.index(kind) % len(_COLOURS)] if kind in KINDS else _GREY


def _categories(categories: Mapping[str, int]) -> "Figure | None":
    """A cloud: words in lines, the commonest largest and in the middle."""
    if not categories:
        return None
    most = max(categories.values())
    words = list(categories.items())[:_BARS]
    largest = 34 / sqrt(max(1.0, len(words) / 8))
    sized = [(_shown(word), largest * (0.4 + 0.6 * sqrt(number / most))) for word, number in words]
    lines = _packed(sized)
    heights = [max(size for _, size, _ in line) / 72 * 1.5 for line in lines]
    top = sum(heights)
    figure, (axis,) = _figure(top + 1.0)
    axis.set_axis_off()
    axis.set(xlim=(0, _WIDTH), ylim=(-0.2, top + 0.2))
    for number, (line, height) in enumerate(zip(lines, heights, strict=True)):
        left = (_WIDTH - sum(width for _, _, width in line)) / 2
        for place, (word, size, width) in enumerate(line):
            colour = _COLOURS[(number + place) % len(_COLOURS)]
            axis.text(left + width / 2, top - height / 2, word, fontsize=size, color=colour, ha="center", va="center")
            left += width
        top -= height
    return figure


def _packed(sized: Sequence[tuple[str, float]]) -> list[list[tuple[str, float, float]]]:
    """Words with their sizes (points) and widths (inches), in lines, of which the first is in the middle."""
    lines: list[list[tuple[str, float, float]]] = []
    room = 0.0
    for word, size in sized:
        width = sum(1.0 if ord(each) > 0x2E80 else 0.6 for each in word) * size / 72 + 0.3
        if width > room:
            lines.append([])
            room = _WIDTH - 0.8
        lines[-1].append((word, size, width))
        room -= width
    return [*lines[1::2][::-1], *lines[::2]]


def _questions(asked: Mapping[tuple[str, str], int]) -> "Figure | None":
    """Two rings: the commonest verbs, and around each its commonest objects; none where few verbs are common."""
    verbs = common_verbs(asked)
    shown = list(verbs)[:_VERBS]
    if len(shown) < FEWEST_VERBS:
        return None
    from matplotlib import colormaps

    figure, (axis,) = _figure(8.6)
    axis.set(xlim=(-1.35, 1.35), ylim=(-1.35, 1.35), aspect="equal")
    axis.set_axis_off()
    whole = sum(verbs[verb] for verb in shown)
    angle = 90.0
    for place, verb in enumerate(shown):
        colour = colormaps["tab20"](place % 20)
        _wedge(axis, angle, 360 * verbs[verb] / whole, (0.35, 0.7), colour, f"{_shown(verb)} {verbs[verb]:,}")
        own = sorted((-number, noun) for (other, noun), number in asked.items() if other == verb)[:_NOUNS]
        turned = angle
        for number, noun in own:
            _wedge(axis, turned, 360 * -number / whole, (0.7, 0.95), (*colour[:3], 0.5), _shown(noun, 10))
            turned -= 360 * -number / whole
        angle -= 360 * verbs[verb] / whole
    return figure


def _wedge(
    axis: "Axes", angle: float, width: float, ring: tuple[float, float], colour: tuple[float, ...], text: str
) -> None:
    from matplotlib.patches import Wedge

    inner, outer = ring
    axis.add_patch(Wedge((0, 0), outer, angle - width, angle, width=outer - inner, facecolor=colour, edgecolor="white"))
    if width < 2.2:
        return
    middle = radians(angle - width / 2)
    is_left = cos(middle) < 0
    is_outer = outer > 0.9
    radius = outer + 0.02 if is_outer else (inner + outer) / 2
    axis.text(
        radius * cos(middle),
        radius * sin(middle),
        text,
        rotation=(angle - width / 2) - (180 if is_left else 0),
        rotation_mode="anchor",
        ha=("right" if is_left else "left") if is_outer else "center",
        va="center",
        fontsize=_SMALL,
        color="black" if is_outer or sum(colour[:3]) > 1.3 else "white",  # of 3, which is white
    )


def _funnel(funnel: Sequence[tuple[str, int]]) -> "Figure | None":
    """A bar a step, and above it what it counts, which beside it would leave no room; without steps of nothing."""
    steps = [(what, number) for what, number in funnel if number][:_BARS]
    if not steps:
        return None
    figure, (axis,) = _figure(1.2 + 0.36 * len(steps))
    colours = [_RED if " dropped: " in what else _BLUE for what, _ in steps]
    axis.barh([place + 0.28 for place in range(len(steps))], [number for _, number in steps], 0.3, color=colours)
    for place, (what, number) in enumerate(steps):
        axis.text(0, place - 0.12, f" {number:,}  {_shown(what, 90)}", fontsize=_SMALL, va="center")
    axis.set_yticks([])
    axis.set_ylim(len(steps) - 0.4, -0.5)
    axis.set_xlabel("how many; red: dropped")
    return figure


def _speakers(voices: Voices) -> "Figure | None":
    if not voices.lines:
        return None
    from matplotlib import colormaps

    shown = voices.speakers[:_SPEAKERS]
    figure, (axis, sure) = _figure(1.6 + 0.3 * len(shown), 2, width_ratios=(3, 2))
    shades = colormaps["viridis"]
    bars = axis.barh(
        range(len(shown)),
        [each.lines / voices.lines for each in shown],
        color=[shades(each.confidence) for each in shown],
    )
    told = [f"{each.lines / voices.lines:.1%}, {each.confidence:.2f}" for each in shown]
    axis.bar_label(bars, told, padding=3, fontsize=_SMALL)
    axis.set_yticks(range(len(shown)), [_shown(each.name) for each in shown])
    axis.invert_yaxis()
    axis.margins(x=0.4)
    axis.set_xlabel(f"share of {voices.lines:,} spoken lines, and mean confidence")
    tenths = len(voices.confidence)
    sure.bar([step / tenths for step in range(tenths)], voices.confidence, 1 / tenths, align="edge", color=_BLUE)
    sure.set_xlabel("confidence")
    sure.set_ylabel("spoken lines")
    return figure


def _story(voices: Voices) -> "Figure | None":
    """Bars of acts in order, the role's lines below the others'."""
    acts = voices.acts
    if not acts:
        return None
    figure, (axis,) = _figure(4)
    places = range(len(acts))
    axis.bar(places, [act.own for act in acts], 0.9, color=_RED, label=_shown(voices.role))
    others = [act.lines - act.own for act in acts]
    axis.bar(places, others, 0.9, bottom=[act.own for act in acts], color=_GREY, label="others")
    axis.margins(y=0.25)
    for first, source in _sources(acts):
        axis.axvline(first - 0.5, color="black", linewidth=0.6)
        axis.annotate(
            _shown(source, 30), (first - 0.4, 0.98), xycoords=("data", "axes fraction"), fontsize=_SMALL, va="top"
        )
    step = max(1, ceil(len(acts) / 25))
    axis.set_xticks(places[::step], [str(act.act_id) for act in acts[::step]])
    axis.set_xlabel("act")
    axis.set_ylabel("spoken lines")
    axis.legend(fontsize=_SMALL, frameon=False, loc="upper right")
    return figure


def _sources(acts: Sequence[Act]) -> Iterator[tuple[int, str]]:
    """Where each source's acts begin."""
    before = None
    for place, act in enumerate(acts):
        if act.source != before:
            before = act.source
            yield place, act.source


def _talks(voices: Voices) -> "Figure | None":
    if not voices.talks:
        return None
    often: dict[str, int] = {}
    for talk in voices.talks:
        for name in (talk.speaker, talk.to):
            often[name] = often.get(name, 0) + talk.times
    shown = sorted(often, key=lambda name: (-often[name], name))[:_TALKERS]
    times = {(talk.speaker, talk.to): talk.times for talk in voices.talks}
    grid = [[times.get((speaker, to), 0) for to in shown] for speaker in shown]
    figure, (axis,) = _figure(2.2 + 0.5 * len(shown))
    axis.imshow(grid, cmap="Blues")
    most = max(map(max, grid))
    for row, counts in enumerate(grid):
        for column, number in enumerate(counts):
            if number:
                colour = "white" if number > 0.6 * most else "black"
                axis.text(column, row, str(number), ha="center", va="center", fontsize=_SMALL, color=colour)
    names = [_shown(name) for name in shown]
    axis.set_xticks(range(len(shown)), names, rotation=40, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(len(shown)), names)
    axis.set_xlabel("who speaks next in the scene")
    axis.set_ylabel("who speaks")
    return figure
