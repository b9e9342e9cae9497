"""Cues that are nothing anybody says: what is set aside, each for a reason that is told with the number.

comment      SubStation Alpha's `Comment:` events; or why a recogniser left out what it heard (`left out: repeated`)
empty        nothing in it but marks of music and dashes
drawing      shapes (`\\p1`), no words beside them
karaoke      syllables timed to a song (`\\k`)
sign         writing on the screen: a style named as such, or its actor; or a place of its own (`\\pos`, `\\move`),
             unless half of the file's cues have one, as captions do that stand below who speaks
credit       who made the subtitles, an advertisement, an address alone
duplicate    the same words from and to the same milliseconds again, as the layers of a glow or a shadow
"""

import re
from collections import Counter
from collections.abc import Iterable

from extractors.subtitles.markup import Cue

__all__ = ["set_aside"]

_SIGN_STYLE = re.compile(
    r"(?<![A-Za-z])(?i:signs?|titles?|op|ed|opening|ending|karaoke|kara|notes?|staff|credits?|logo|songs?|lyrics?|"
    r"typeset\w*)(?![a-z])|注释|註釋|标题|標題|歌词|歌詞|字幕组|字幕組|片头|片尾|屏幕字"
)
_SIGN_ACTOR = re.compile(r"(?i:signs?|titles?|karaoke|typeset\w*|staff|credits?)")
_CREDIT = re.compile(
    r"^\W*(?:(?:english |original )?(?:subtitles?|subtitled|captions?|captioned|captioning|transcript|transcribed|"
    r"translated|translation|timed|encoded|ripped|resync\w*|sync\w*(?: (?:and|&) correct\w*)?)"
    r"(?: \w+){0,3} by\b|sync(?:ed)? (?:and|&) correct|downloaded from\b|advertise your product|"
    r"support us and become)|\bopensubtitles\b",
    re.IGNORECASE | re.MULTILINE,
)
_CREDIT_ZH = re.compile(
    r"^\W*(?:本?字幕(?:组|組|由|制作|製作|翻译|翻譯|校对|来源|來源|下载|下載)|"
    r"(?:翻译|翻譯|校对|校對|校译|时间轴|時間軸|后期|後期|压制|壓制|片源|听译|聽譯|总监|監製)\s*[:：])|"
    r"^\W*\S{0,20}字幕(?:组|組|社)\W*(?:荣誉出品|榮譽出品|出品|制作|製作|译制|譯製|翻译|原创.*|倾情.*)?\W*$",
    re.MULTILINE,
)
_LEFT_OUT = re.compile(r"left out: (\w+)")
_SOMEBODY = re.compile("[我你您他她咱]")
_ADDRESS = re.compile(
    r"\W*(?:(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|tv|cc|info|me|cn)(?:/\S*)?)\W*"
)
_LONGEST_CREDIT = 200  # characters
_WORDLESS = re.compile(r"[\s♪♫♬♩#*_~～〜∼\-‐‑–—－]*")


def set_aside(cues: Iterable[Cue]) -> tuple[list[Cue], Counter[str]]:
    """The cues that say something, in their order, and how many of the others there are by reason."""
    shown = list(cues)
    sayable = [cue for cue in shown if cue.rows and not cue.is_comment]
    places_are_usual = 2 * sum(cue.is_placed for cue in sayable) >= len(sayable)
    kept: list[Cue] = []
    reasons: Counter[str] = Counter()
    seen: set[tuple[int, int, str]] = set()
    for cue in shown:
        text = cue.text
        reason = _reason(cue, text, places_are_usual)
        if reason is None and (cue.start, cue.end, text) in seen:
            reason = "duplicate"
        if reason is None:
            seen.add((cue.start, cue.end, text))
            kept.append(cue)
        else:
            reasons[reason] += 1
    return kept, reasons


def _reason(cue: Cue, text: str, places_are_usual: bool) -> str | None:
    if cue.is_comment:
        left_out = _LEFT_OUT.fullmatch(cue.effect)
        return left_out[1].replace("_", " ") if left_out else "comment"
    if _WORDLESS.fullmatch(text):
        return "drawing" if cue.is_drawing else "empty"
    if cue.is_karaoke:
        return "karaoke"
    is_sign = _SIGN_STYLE.search(cue.style) or _SIGN_ACTOR.fullmatch(cue.actor)
    if is_sign or (cue.is_placed and not places_are_usual):
        return "sign"
    if len(text) <= _LONGEST_CREDIT and _is_credit(text):
        return "credit"
    return None


def _is_credit(text: str) -> bool:
    if _CREDIT.search(text) or _ADDRESS.fullmatch(text):
        return True
    return _CREDIT_ZH.search(text) is not None and not _SOMEBODY.search(text)
