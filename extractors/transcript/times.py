"""Times beside names: the moments that transcripts and the logs of chats write there."""

import re

__all__ = ["BARE_TIME", "DAYS", "HAS_DATE", "MARGIN", "MOMENT", "STAMP", "TIME", "TIME_BEFORE"]

MARGIN = r"[ \t\u3000\xa0]"
"""The white space within a line."""
_CLOCK = r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:[.,]\d{1,3})?(?:\s?[AaPp]\.?[Mm]\.?(?![^\W\d_]))?"
_DAY_IN_NUMBERS = r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?"
_DATE = rf"(?:{_DAY_IN_NUMBERS},?[ T\u3000]{{1,2}})?"
_PART_OF_DAY = r"(?:[上下]午|凌晨|早上|中午|晚上)\s?"
MOMENT = rf"{_DATE}(?:{_PART_OF_DAY})?{_CLOCK}(?:\s?(?:-->|[-–—~])\s?{_CLOCK})?"
"""A clock's time, the date before it, or a stretch between two."""
_BRACKETED_TIME = rf"[\[(（【<]\s?{MOMENT}\s?[\])）】>]"
TIME = rf"(?:{_BRACKETED_TIME}|{MOMENT}(?=[\s\u3000]))"
"""A moment, in brackets or before a space."""
TIME_BEFORE = re.compile(rf"{TIME}{MARGIN}*(?:[-–—]{MARGIN}+)?")
"""A time at the head of a line, and the space after it."""
BARE_TIME = re.compile(rf"(?:{_BRACKETED_TIME}|{MOMENT})$")
"""A line, or what stands in its brackets, that is nothing but a time."""

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = (
    rf"(?:{_DAY_IN_NUMBERS}|\d{{1,2}}/\d{{1,2}}|\d{{1,2}}月\d{{1,2}}日|{_MONTH}\s\d{{1,2}}(?:,?\s\d{{4}})?"
    rf"|\d{{1,2}}\s{_MONTH}(?:\s\d{{4}})?|today|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|[今昨前]天|星期[一二三四五六日天]|周[一二三四五六日])"
)
STAMP = rf"(?:{_DAY}(?:[,，T]?{MARGIN}{{0,2}})(?:at{MARGIN}+)?){{0,2}}(?:{_PART_OF_DAY})?{_CLOCK}"
"""A moment as chats write it, in small letters or any: Today at 9:00 PM, 2021年11月6日 21:03, Nov 6, 2021 9:00 PM."""
DAYS = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)?day|today|yesterday|[今昨前]天|星期[一二三四五六日天]|周[一二三四五六日]"
)
"""A day's name, in small letters."""
HAS_DATE = re.compile(r"\d[-/.年]\d")
"""What a moment has in it that is of a day, not only of a clock."""
