"""The storage behind a Hub, in memory: what hf_xet asks of a CAS server to upload files and to fetch them again.

Written after the specification at huggingface.co/docs/xet (auth, api, xorb, shard, download-protocol) and, for the
calls of 2026 (upload grants, shards and reconstructions of version 2), xet-core's own notes of its API's changes.

A file is cut into chunks, which travel in xorbs; a shard then says of which chunks a file consists, and only then is
there such a file. Here a shard is believed only where the xorbs that came make up the SHA-256 that it tells.
"""

import json
import re
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pyarrow as pa

__all__ = ["FakeCas", "Term", "schemes_of"]

_Answer = tuple[int, Any, dict[str, str]]

_TAG, _HEADER, _ENTRY = b"HFRepoMetaData\0", 48, 48  # bytes
_BOOKEND = b"\xff" * 32
_VERIFIED, _HAS_SHA256 = 1 << 31, 1 << 30
_SCHEMES = ("as it is", "lz4", "grouped lz4")
_FIELDS = (1, 4), (4, 5), (5, 8)  # of a chunk: its length as it is packed, how, and as it was
_HASH = r"(?P<hash>[0-9a-f]{64})"


@dataclass(frozen=True)
class Term:
    """A run of a xorb's chunks, from `start` up to `end`, and how many bytes of the file it is."""

    xorb: str
    start: int
    end: int
    size: int


@dataclass
class FakeCas:
    """`received` are the xorbs whose bytes came, in order, once for each time; `files` the terms by the file's hash,
    `hashes` that hash by the file's SHA-256. Without `has_grants` it is a server of before October 2026."""

    url: str = ""
    has_grants: bool = True
    xorbs: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, list[Term]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    received: list[str] = field(default_factory=list)
    grants: dict[str, tuple[str, int]] = field(default_factory=dict)

    def token(self, kind: str) -> _Answer:
        """What the Hub gives out for its storage. `kind` is `read` or `write`."""
        told = {"casUrl": self.url, "exp": int(time.time()) + 3600, "accessToken": f"xet_{kind}"}
        return 200, told, {
            "X-Xet-Cas-Url": self.url, "X-Xet-Access-Token": f"xet_{kind}", "X-Xet-Token-Expiration": str(told["exp"]),
        }  # fmt: skip

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> _Answer | None:
        """None where the path is none of a CAS server's."""
        given = headers.get("Authorization")
        if found := re.fullmatch(r"/grants/(?P<grant>\w+)", path):
            return (403, {}, {}) if given else self._fill(found["grant"], body)
        if found := re.fullmatch(rf"/xorbs/{_HASH}", path):
            return (403, {}, {}) if given else self._part_of_xorb(found["hash"], headers["Range"])
        if not re.match(r"/v[12]/", path):
            return None
        if given not in ("Bearer xet_write", *(["Bearer xet_read"] if method == "GET" else [])):
            return 401, {}, {}
        if found := re.fullmatch(rf"/v2/reconstructions/{_HASH}", path):
            return self._reconstruction(found["hash"], headers.get("Range"))
        if found := re.fullmatch(rf"/v1/xorb-grants/default/{_HASH}", path):
            return self._grant(found["hash"], json.loads(body)) if self.has_grants else (404, {}, {})
        if found := re.fullmatch(rf"/v1/xorb-commits/default/{_HASH}/grant/(?P<grant>\w+)", path):
            is_known = found["hash"] in self.xorbs and found["grant"] in self.grants
            return (200, {"was_inserted": True}, {}) if is_known else (404, {}, {})
        if found := re.fullmatch(rf"/v1/xorbs/default/{_HASH}", path):
            is_new = found["hash"] not in self.xorbs
            return 200, {"was_inserted": is_new}, self._keep(found["hash"], body)
        if path == "/v2/shards":
            return (200, b'{"type": "result"}\n', {}) if self._register(body) else (400, {}, {})
        if path == "/v1/telemetry":
            return 200, {}, {}
        return 404, {}, {}  # among them /v1/chunks: no other repository has this chunk

    def forget(self) -> None:
        """Lose all there is."""
        for each in (self.xorbs, self.files, self.hashes):
            each.clear()

    def content(self, terms: list[Term]) -> bytes | None:
        """A file put together; None where a part of it is missing."""
        if any(term.xorb not in self.xorbs for term in terms):
            return None
        parts = (_chunks(self.xorbs[term.xorb])[term.start : term.end] for term in terms)
        return b"".join(content for part in parts for _, content in part)

    def _grant(self, xorb: str, asked: Mapping[str, Any]) -> _Answer:
        if xorb in self.xorbs:
            return 200, {}, {}
        grant = f"g{len(self.grants)}"
        self.grants[grant] = xorb, asked["length"]
        return 201, {"id": grant, "method": "PUT", "url": f"{self.url}/grants/{grant}", "headers": {}}, {}

    def _fill(self, grant: str, body: bytes) -> _Answer:
        xorb, length = self.grants[grant]
        assert len(body) == length
        return 200, b"", self._keep(xorb, body)

    def _keep(self, xorb: str, body: bytes) -> dict[str, str]:
        self.xorbs[xorb] = body
        self.received.append(xorb)
        return {}

    def _register(self, shard: bytes) -> bool:
        """Whether the xorbs that came bear out what the shard says."""
        found = list(_files(shard))
        if any(sha256(self.content(terms) or b"").hexdigest() != digest for _, terms, digest in found):
            return False
        for file, terms, digest in found:
            self.files[file], self.hashes[digest] = terms, file
        return True

    def _reconstruction(self, file: str, asked: str | None) -> _Answer:
        """Of the whole file: hf_xet asks for one part after another only of files larger than any here."""
        if file not in self.files:
            return 404, {}, {}
        terms = self.files[file]
        assert asked in (None, f"bytes=0-{sum(term.size for term in terms) - 1}")
        told, fetched = [], {}
        for term in terms:
            xorb, chunks = self.xorbs[term.xorb], {"start": term.start, "end": term.end}
            told.append({"hash": term.xorb, "unpacked_length": term.size, "range": chunks})
            begins = [*(begin for begin, _ in _chunks(xorb)), len(xorb)]
            part = {"chunks": chunks, "bytes": {"start": begins[term.start], "end": begins[term.end] - 1}}
            fetched.setdefault(term.xorb, []).append({"url": f"{self.url}/xorbs/{term.xorb}", "ranges": [part]})
        return 200, {"offset_into_first_range": 0, "terms": told, "xorbs": fetched}, {}

    def _part_of_xorb(self, xorb: str, asked: str) -> _Answer:
        first, last = map(int, asked.removeprefix("bytes=").split("-"))
        return 206, self.xorbs[xorb][first : last + 1], {"Content-Type": "application/octet-stream"}


def schemes_of(xorb: bytes) -> list[str]:
    """How each chunk of a xorb is packed."""
    return [_SCHEMES[xorb[begin + 4]] for begin, _ in _chunks(xorb)]


def _files(shard: bytes) -> Iterator[tuple[str, list[Term], str]]:
    """The files that a shard registers: each one's hash, its terms and its SHA-256."""
    assert shard.startswith(_TAG)
    at = _HEADER
    while (head := shard[at : at + _ENTRY])[:32] != _BOOKEND:
        flags, count = struct.unpack_from("<2I", head, 32)
        assert flags & _VERIFIED
        assert flags & _HAS_SHA256
        entries = [shard[at + _ENTRY * number :][:_ENTRY] for number in range(1, count + 1)]
        terms = []
        for entry in entries:
            _, size, start, end = struct.unpack_from("<4I", entry, 32)
            terms.append(Term(_told(entry), start, end, size))
        at += _ENTRY * (1 + 2 * count)  # past a verification of each term, too
        yield _told(head), terms, _told(shard[at:])
        at += _ENTRY


def _told(raw: bytes) -> str:
    """A hash as the API writes it: its bytes as four little-endian numbers."""
    return "".join(f"{number:016x}" for number in struct.unpack_from("<4Q", raw))


def _chunks(xorb: bytes) -> list[tuple[int, bytes]]:
    """Where each chunk of a xorb begins, and what it holds."""
    found, at = [], 0
    while at < len(xorb):
        packed, scheme, size = (int.from_bytes(xorb[at + start : at + end], "little") for start, end in _FIELDS)
        body = xorb[at + 8 : at + 8 + packed]
        assert xorb[at] == 0
        assert len(body) == packed
        found.append((at, _unpacked(body, scheme, size)))
        at += 8 + packed
    return found


def _unpacked(body: bytes, scheme: int, size: int) -> bytes:
    if _SCHEMES[scheme] == "as it is":
        return body
    plain: bytes = pa.decompress(body, size, codec="lz4", asbytes=True)
    if _SCHEMES[scheme] == "lz4":
        return plain
    ungrouped, at = bytearray(size), 0
    for lane in range(4):  # the first byte of every four, then the second of every four
        count = len(range(lane, size, 4))
        ungrouped[lane::4] = plain[at : at + count]
        at += count
    return bytes(ungrouped)
