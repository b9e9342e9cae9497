"""Keys and tokens, and a text without them: whatever is printed or logged goes through `masked`."""

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import SecretStr

__all__ = ["SECRETS", "SHORTEST", "masked", "remember"]

SECRETS = {
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "an API key": r"\bsk-[A-Za-z0-9_-]{20,}",
    "an AWS key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|(?i:aws_secret_access_key)[\"'\s:=]+[A-Za-z0-9/+=]{40}",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
}
"""What looks like one, by what it is called. In ASCII: a Chinese character before a key is no part of it."""

SHORTEST = 8
"""Characters of a key; a shorter one may stand anywhere."""

_MASK = "***"
_NAMED_SO = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|AUTH_STRING)$")
_LOOKS_SO = re.compile("|".join(f"(?:{pattern})" for pattern in SECRETS.values()), re.ASCII)
_BEARER = re.compile(r"(?i:\bbearer )[A-Za-z0-9._~+/=-]{8,}")
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@\"']+(?=@)")

_remembered: set[str] = set()


def remember(*secrets: "SecretStr | None") -> None:
    """Mask these from now on, wherever they came from."""
    _remembered.update(each.get_secret_value() for each in secrets if each is not None)


def masked(text: str) -> str:
    """A text in which *** stands for each key: those remembered, those of the environment by their variables' names,
    what looks like one, and what an address holds before its @."""
    for secret in sorted({*_remembered, *_of_environment()}, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, _MASK)
    return _CREDENTIALS.sub(_MASK, _BEARER.sub(_MASK, _LOOKS_SO.sub(_MASK, text)))


def _of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if _NAMED_SO.search(name):
            yield value
