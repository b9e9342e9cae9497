"""The main block of a page, and what in it is no text of it: ways to other pages, comments, banners.

Found without a list of sites. From the page's body down, as long as one element holds most of the text that is no
link, that one is taken, unless those beside it look the same: they are its like, as scenes are or posts.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lxml import etree, html

from extractors.web.lines import UNREAD

__all__ = ["Block", "find_block"]

_MOST_OF_IT = 0.6  # of an element's text that is no link, which one within it must hold to be taken for all of it
_FEWEST_LINES = 3  # of which a main block is made
_CONTAINERS = frozenset("body main article section div center form td table tbody tr span font".split())
_ASIDE = frozenset({"nav", "aside", "footer", "dialog", "menu"})
_TEXT_OF_ITS_OWN = frozenset({"html", "body", "main", "article", "h1", "h2", "h3", "p", "td", "th", "tr", "dt", "dd"})
_BARS = frozenset("div p ul ol section center table font span form".split())
_LONGEST_WAY = 80  # characters of a bar of links, beside them
_RIGHTS = re.compile(r"(?:copyright\s*)?(?:©|\([cC]\)\s*\d{4})|copyright\s+\d{4}", re.IGNORECASE)
_ROLES = frozenset("navigation banner contentinfo complementary search dialog alertdialog menu menubar toolbar".split())
_SAYS_ASIDE = re.compile(
    r"(?:^|[-_])(?:nav\w*|menus?|(?:side|tool|top|bottom)[-_]?bar|rail|bread[-_]?crumbs?|foot|footer|masthead|"
    r"comments?|comment[-_]?list|commentlist|disqus\w*|respond|replies|cookies?|consent|gdpr|banners?|share|sharing|"
    r"sharedaddy|social|related|recommend\w*|toc|catlinks|categories|editsection|navbox|printfooter|noprint|pagination|"
    r"pager|adverts?|advertisement|ads?|sponsor\w*|promo\w*|newsletter|subscribe|popup|modal|overlay|infobox|hatnote|"
    r"skip[-_]?links?|jump[-_]?(?:to[-_]?nav|links?)|tags|signature|rating|copyright|bottem\d*|hot|ranking)(?:[-_]|$)"
)
# said of a whole page or post: what it has beside it, or what it is about
_SAYS_WHOLE = re.compile(
    r"^(?:has|with|no|without|is|page|layout|skin|theme|site|js|col|row|category|tag|term|status|format|type|author)[-_]"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_COMMENTS = re.compile(
    r"\W*(?:\d[\d,]*\s+(?:comments?|repl(?:y|ies)|responses?)|\d+\s+thoughts?\s+on\b.{0,200}"
    r"|(?:comments?(?:\s+section)?|(?:leave|post|add|write)\s+a\s+(?:comment|reply))(?:\W*\d[\d,]*)?"
    r"|(?:共?\s*\d+\s*条)?\s*(?:网友|读者|用户|最新|热门|精彩|全部)?(?:评论|留言|跟帖)(?:区|列表)?(?:\W*\d+\s*条?)?"
    r"|发表(?:评论|留言))\W*",
    re.IGNORECASE,
)
_LINES = frozenset({"h1", "h2", "p", "br", "li", "tr", "dd", "pre"})
_LONGEST_HEADING = 250  # characters
_EDIT = re.compile(r"edit(?: source)?|编辑(?:源代码|本段)?|編輯", re.IGNORECASE)
_WAYS = re.compile(
    r"上一?[章页篇回节]|下一?[章页篇回节]|目录|返回|书页|首页|没有了|加入书[签架]|章节|"
    r"\b(?:prev|previous|next|back|forward|home|top|index|contents?|chapters?|page|first|last|up)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """An element, the headings that stand before it and belong to it, and what is left out of both."""

    element: html.HtmlElement
    titles: tuple[html.HtmlElement, ...]
    is_left_out: Callable[[html.HtmlElement], bool]


def find_block(root: html.HtmlElement, selected: html.HtmlElement | None = None) -> Block:
    """The main block of a page, or the one that was `selected`, without what is no text of it."""
    body = root.find("body") if root.tag == "html" else root
    start = selected if selected is not None else body if body is not None else root
    for goes_by_names in (True, False):  # a page may call its text what others call their margin
        survey = _Survey(start, goes_by_names)
        if survey.weight(start) or not goes_by_names:
            break
    if selected is not None:
        return Block(selected, (), survey.is_left_out)
    element = survey.heaviest(start)
    return Block(element, tuple(_titles(start, element, survey)), survey.is_left_out)


class _Survey:
    """Of each container that is not mostly links, how many characters it holds beside them; and which elements are left
    out."""

    def __init__(self, start: html.HtmlElement, goes_by_names: bool) -> None:
        self._goes_by_names = goes_by_names
        self._weights: dict[html.HtmlElement, int] = {}
        self._left_out: set[html.HtmlElement] = set()
        self._comments: set[html.HtmlElement] = set()
        self._lines = 0  # that have begun, so that what is under a heading of comments is not all of the page
        self._weigh(start)

    def is_left_out(self, element: html.HtmlElement) -> bool:
        return element in self._left_out

    def weight(self, element: html.HtmlElement) -> int:
        return self._weights.get(element, 0)

    def heaviest(self, element: html.HtmlElement) -> html.HtmlElement:
        """The main block in an element."""
        while True:
            children = [child for child in element if self.weight(child)]
            if not children:
                return element
            child = max(children, key=self.weight)
            if self.weight(child) < _MOST_OF_IT * self.weight(element) or not _holds_lines(child):
                return element
            if any(other is not child and _looks(other) == _looks(child) for other in children):
                return element
            element = child

    def _weigh(self, start: html.HtmlElement) -> None:
        counts = [_Count()]
        depth = 0  # of links
        walk = etree.iterwalk(start, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                self._lines += tag in _LINES
                if self._lines > _FEWEST_LINES and self._opens_comments(element):
                    self._comments.update(_comments_below(element, start))
                counts.append(_Count())
                if tag in UNREAD or (element is not start and self._is_aside(element)):
                    self._left_out.add(element)
                    walk.skip_subtree()
                    continue
                depth += _is_link(element)
                counts[-1].add(element.text, depth)
                continue
            count = counts.pop()
            if element not in self._left_out:
                if _is_link(element):
                    depth -= 1
                    count.links += 1
                if tag in _BARS and (count.is_way() or _RIGHTS.match(count.said)):
                    self._left_out.add(element)
                else:
                    if tag in _CONTAINERS and 2 * count.beside > count.linked:
                        self._weights[element] = count.beside
                    counts[-1].include(count)
            counts[-1].add(element.tail, depth)

    def _opens_comments(self, element: html.HtmlElement) -> bool:
        """Whether an element is a heading such as "3 Comments", in no other's reach."""
        if not self._goes_by_names or element.tag not in _HEADINGS or element in self._comments:
            return False
        return _is_of_comments(element)

    def _is_aside(self, element: html.HtmlElement) -> bool:
        tag = element.tag
        if tag in _ASIDE or element.get("hidden") is not None or element.get("role") in _ROLES:
            return True
        if tag == "header" and not any(above.tag in ("article", "main") for above in element.iterancestors()):
            return True
        if element in self._comments or _is_to_edit(element):
            return True
        if _is_link(element) and _is_lone_way(element):
            element.tail = None  # the bar between it and the next
            return True
        style = element.get("style")
        if style and _HIDDEN.search(style):
            return True
        if not self._goes_by_names or tag in _TEXT_OF_ITS_OWN:
            return False
        names = f"{element.get('class', '')} {element.get('id', '')}".split()
        return any(map(_is_margin, names)) and element.find(".//main") is None


class _Count:
    """What an element holds: the characters beside its links and in them, the number of links, and how its text and
    that beside its links begin."""

    __slots__ = ("beside", "linked", "links", "said", "said_beside")

    def __init__(self) -> None:
        self.beside = self.linked = self.links = 0
        self.said = self.said_beside = ""

    def add(self, text: str | None, depth: int) -> None:
        if not text or not (text := text.strip()):
            return
        if len(self.said) < _LONGEST_WAY:
            self.said += text[:_LONGEST_WAY]
        if depth:
            self.linked += len(text)
        else:
            self.beside += len(text)
            if len(self.said_beside) < _LONGEST_WAY:
                self.said_beside += text[:_LONGEST_WAY]

    def include(self, other: "_Count") -> None:
        self.beside += other.beside
        self.linked += other.linked
        self.links += other.links
        if len(self.said) < _LONGEST_WAY:
            self.said += " " + other.said
        if len(self.said_beside) < _LONGEST_WAY:
            self.said_beside += " " + other.said_beside

    def is_way(self) -> bool:
        """Whether it only leads elsewhere. A lone link may be a name, a line or a title."""
        return self.links > 0 and _is_no_text(self.said_beside) and (self.links > 1 or _is_no_text(self.said))


def _is_no_text(said: str) -> bool:
    return len(said) < _LONGEST_WAY and not re.search(r"\w", _WAYS.sub("", said))


def _is_link(element: html.HtmlElement) -> bool:
    return element.tag == "a" and element.get("href") is not None  # without, it is a place that links lead to


def _is_lone_way(link: html.HtmlElement) -> bool:
    """Whether a link says where it leads, as Next does, and stands in no sentence."""
    before = link.getprevious()
    said = link.getparent().text if before is None else before.tail
    if re.search(r"\w", f"{said or ''}{link.tail or ''}") or (
        before is not None and before.tag not in ("a", "br", "hr", "p", "div")
    ):
        return False
    return _is_no_text("".join(link.itertext()))


def _is_to_edit(link: html.HtmlElement) -> bool:
    """Whether a link is one that wikis have for writers, `[edit]`; brackets around it are taken from the page."""
    if not _is_link(link):
        return False
    said = "".join(link.itertext()).strip()
    if not _EDIT.fullmatch(said.strip("[] ")):
        return False
    above, before = link.getparent(), link.getprevious()
    text = (above.text if before is None else before.tail) or ""
    tail = link.tail or ""
    if text.rstrip().endswith("[") and tail.lstrip().startswith("]"):
        link.tail = tail.lstrip()[1:]
        if before is None:
            above.text = text.rstrip()[:-1]
        else:
            before.tail = text.rstrip()[:-1]
        return True
    return said.startswith("[") or above.tag in _HEADINGS


def _is_of_comments(heading: html.HtmlElement) -> bool:
    said = "".join(heading.itertext()).strip()
    return len(said) <= _LONGEST_HEADING and _COMMENTS.fullmatch(said) is not None


def _comments_below(heading: html.HtmlElement, start: html.HtmlElement) -> Iterable[html.HtmlElement]:
    """A heading of comments and the elements below it, or below wrappers that hold nothing else, up to a heading
    of its size or greater that is none."""
    outermost = heading
    while (above := outermost.getparent()) is not None and above is not start and len(above) == 1:
        if f"{above.text or ''}{outermost.tail or ''}".strip():
            break
        outermost = above
    yield heading
    for below in outermost.itersiblings():
        if below.tag in _HEADINGS and below.tag <= heading.tag and not _is_of_comments(below):
            return
        yield below


def _is_margin(name: str) -> bool:
    name = _CAMEL.sub("-", name).lower()
    return bool(_SAYS_ASIDE.search(name)) and not _SAYS_WHOLE.match(name)


def _holds_lines(element: html.HtmlElement) -> bool:
    """Whether an element is made of lines, as a main block is, and is not a part of one or a long speech."""
    made_of = element.iter("br", "dd", "div", "h1", "h2", "h3", "li", "p", "pre", "tr")
    found = [each.tag for each, _ in zip(made_of, range(_FEWEST_LINES + 1), strict=False) if each is not element]
    return "pre" in found or len(found) >= _FEWEST_LINES


def _looks(element: html.HtmlElement) -> tuple[str, str]:
    return element.tag, element.get("class", "")


def _titles(start: html.HtmlElement, block: html.HtmlElement, survey: _Survey) -> Iterable[html.HtmlElement]:
    """The last of the greatest headings before a block that has none of that size."""
    for size in ("h1", "h2"):
        if block.find(f".//{size}") is not None:
            return
        before: html.HtmlElement | None = None
        walk = etree.iterwalk(start, events=("start",))
        for _, element in walk:
            if element is block:
                break
            if survey.is_left_out(element):
                walk.skip_subtree()
            elif element.tag == size:
                before = element
        if before is not None:
            yield before
            return
