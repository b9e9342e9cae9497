"""What each label is called as a role: the cast's spelling, a role table's person, or one spelling of several."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from extractors.names import name_key
from extractors.transcript.labels import Label
from extractors.transcript.lines import Line

__all__ = ["find_cast_list", "find_role_table", "spell_roles"]

_MOST_LINES = 15  # above the first speech, in which a table may stand
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
    "汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常岳阎倪柳"
)
_PERSON = r"(?:[\u3400-\u9fff·]{2,6}?|[A-Z][\w.'’-]{0,20}(?: [A-Z][\w.'’-]{0,20}){0,3})"
_PLAYED = r"(?P<played>\s?(?:饰演?|扮演?|演)|\s?[（(](?:饰演?|扮演?)[）)])?"
_KEY = r"[甲乙丙丁戊己庚辛]|[A-Fa-f](?![^\W_])|逗哏|捧哏|[逗捧]"
_ENTRY = re.compile(
    rf"\s*(?P<key>{_KEY})\s*(?P<between>[:：]|=|[—–―]{{1,3}}|-{{1,2}}|(?<=\S)[ \t\u3000]|[（(])\s*(?P<person>{_PERSON})"
    rf"{_PLAYED}\s*[）)]?\s*(?:[，,、;；。.]|(?=\s(?:{_KEY}))|$)"
)
_TABLE_HEAD = re.compile(
    r"[\[【（(]?(?:表演者?|演员表?|演出者?|人物表?|角色表?|登场人物|主演|cast|characters|roles|dramatis personae|"
    r"persons of the play)[\]】）)]?\s*[:：]?$",
    re.IGNORECASE,
)
_LAST_CAST_LIST = 40  # the line
_OUTSIDE = "()（）[]【】 \t　"
_SENTENCE_ENDS = "。！？!?….~，,"
_PUNCTUATED_SHARE = 0.7
_SAMPLED = 60


def find_role_table(
    text: str, lines: Sequence[Line], labels: Sequence[Label | None], known: Collection[str]
) -> tuple[dict[str, str], frozenset[int]]:
    """The persons of 甲, 乙 and their like where a table at the top names them, by `name_key`; the table's lines.

    `甲：张三` reads as a speech too. It is an entry where it says 饰, stands under a heading such as 表演者, or where
    several such lines together, in a script whose speeches end in punctuation, hold different names of people.
    """
    used = Counter(name_key(label.name) for label in labels if label is not None)
    table: dict[str, str] = {}
    rows: set[int] = set()
    pending: dict[str, str] = {}  # entries that read as speeches too
    pending_rows: list[int] = []
    is_headed = False
    for number, line in enumerate(lines[:_MOST_LINES]):
        entries = _entries(text, line, used)
        if not entries or entries.keys() & (table.keys() | pending.keys()):
            if labels[number] is not None:
                break
            is_headed = bool(_TABLE_HEAD.match(text, line.start, line.end))
            continue
        is_speech = labels[number] is not None and len(entries) == 1
        if is_speech and not is_headed and not any(played for _, played in entries.values()):
            pending |= {key: person for key, (person, _) in entries.items()}
            pending_rows.append(number)
            continue
        table |= {key: person for key, (person, _) in entries.items()}
        rows.add(number)
    if _are_people(pending.values(), known) and (
        _is_apart(lines, labels, pending_rows) or _ends_in_punctuation(text, lines, labels, pending_rows)
    ):
        table |= pending
        rows.update(pending_rows)
    return table, frozenset(rows)


def find_cast_list(text: str, lines: Sequence[Line], labels: Sequence[Label | None]) -> frozenset[int]:
    """The lines below a heading such as 人物 or Characters that tell who the people are, and are no speeches."""
    found: set[int] = set()
    for head, line in enumerate(lines[:_LAST_CAST_LIST]):
        if labels[head] is None and _TABLE_HEAD.match(text, line.start, line.end):
            seen: set[str] = set()
            for number in range(head + 1, len(lines)):
                label = labels[number]
                key = name_key(label.name) if label is not None else ""
                is_over = bool(seen) and not lines[number].follows
                if is_over or key in seen or lines[number].kind in ("heading", "row"):
                    break
                seen.add(key or str(number))
                found.add(number)
    return frozenset(found)


def _entries(text: str, line: Line, used: Mapping[str, int]) -> dict[str, tuple[str, bool]]:
    """The entries of a line that holds nothing else: for each label its person, and whether it says 饰."""
    if line.end - line.start > 200 or line.kind not in ("text", "direction"):
        return {}
    written = text[line.start : line.end].strip(_OUTSIDE) if line.kind == "direction" else text[line.start : line.end]
    entries: dict[str, tuple[str, bool]] = {}
    reached = 0
    while reached < len(written):
        found = _ENTRY.match(written, reached)
        key = name_key(found["key"]) if found else ""
        if found is None or key in entries or not used.get(key):
            return {}
        entries[key] = (found["person"], bool(found["played"]))
        reached = found.end()
    return entries


def _are_people(names: Collection[str], known: Collection[str]) -> bool:
    if len(names) < 2 or len(set(names)) < len(names):
        return False
    return all(name in known or name[0] in _SURNAMES or (name.isascii() and " " in name) for name in names)


def _is_apart(lines: Sequence[Line], labels: Sequence[Label | None], rows: Sequence[int]) -> bool:
    """Whether a blank line ends the table, and none stands between most speeches."""
    after = rows[-1] + 1
    if after >= len(lines) or lines[after].follows:
        return False
    rest = [line.follows for line, label in zip(lines[after + 1 :], labels[after + 1 :], strict=True) if label]
    return 2 * sum(rest) > len(rest)


def _ends_in_punctuation(text: str, lines: Sequence[Line], labels: Sequence[Label | None], rows: Sequence[int]) -> bool:
    spoken = [line for line, label in zip(lines, labels, strict=True) if label is not None][len(rows) :][:_SAMPLED]
    ended = sum(text[line.end - 1] in _SENTENCE_ENDS for line in spoken)
    return bool(spoken) and ended >= _PUNCTUATED_SHARE * len(spoken)


def spell_roles(labels: Iterable[Label | None], named: Mapping[str, str], table: Mapping[str, str]) -> dict[str, str]:
    """The role of each label, by `name_key`: its person in the table, in the cast's spelling where `named` knows it,
    else its own most frequent spelling, one in capitals only where there is no other."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for label in labels:
        if label is not None:
            spellings[name_key(label.name)][label.name] += 1
    roles = {}
    for key, written in spellings.items():
        mixed = {name: count for name, count in written.items() if not name.isupper() and not name.islower()}
        name = max(mixed or written, key=written.__getitem__)
        if key in table:
            name = table[key]
        roles[key] = named.get(name_key(name), name)
    return roles
