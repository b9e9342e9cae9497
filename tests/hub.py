"""A Hub on loopback, in memory: the calls that huggingface_hub and datasets make of it, for datasets' repositories.

With `cas` it stores large files by Xet, as the real one does, and `uploaded` are those of the other way alone.

`seen` are all calls, `uploaded` the objects in the order in which they came, once for each time. `spoil` may answer in
its place: a status; 0, which drops the connection in the middle of what is sent; or -1, which drops it once all is
done.
"""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha1, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from dramaturg import ROOT
from tests.xet import FakeCas

__all__ = ["TOKEN", "FakeHub", "Repo", "hub_licences", "serving_hub"]

TOKEN = "hf_" + "aTokenOfTheTestsOwnThatOpensNothing"[:34]

_REPO = r"(?P<kind>datasets|models|spaces)/(?P<repo>[^/]+/[^/]+?)"


@dataclass
class Repo:
    """`commits` are the files of each by its hash, in order; `refs` the commits of branches, `tags` those of tags."""

    private: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def add(self, branch: str, files: dict[str, bytes], message: str) -> str:
        commit = sha1(f"{len(self.commits)} {message}".encode()).hexdigest()
        self.commits[commit], self.refs[branch] = files, commit
        self.messages.append(message)
        return commit

    def commit_of(self, revision: str) -> str | None:
        found = self.refs.get(revision) or self.tags.get(revision)
        return found or (revision if revision in self.commits else None)

    @property
    def files(self) -> dict[str, bytes]:
        return self.commits[self.refs["main"]]


@dataclass
class FakeHub:
    token: str | None = TOKEN
    role: str = "write"
    cas: FakeCas | None = None
    spoil: Callable[[str, str], int | None] = lambda *_: None
    delay: float = 0.0
    """Seconds that each object takes."""
    complaint: str = ""
    """What it has against a card's metadata, beside a licence that it does not know."""
    remark: str = ""
    """What it has to say of a card that it takes."""
    url: str = ""
    repos: dict[tuple[str, str], Repo] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    uploaded: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def dataset(self) -> Repo:
        """The only dataset there is."""
        (found,) = (repo for (kind, _), repo in self.repos.items() if kind == "datasets")
        return found

    @property
    def written(self) -> list[str]:
        """The calls that would change something."""
        return [
            each
            for each in self.seen
            if re.match(r"(POST|PUT) (?!.*(paths-info|validate-yaml|preupload|batch|telemetry))", each)
        ]

    @property
    def settings(self) -> dict[str, str]:
        return {"HF_ENDPOINT": self.url, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "0" if self.cas else "1"}

    def make(self, repo: str, kind: str = "datasets", *, private: bool = False) -> Repo:
        made = self.repos[kind, repo] = Repo(private)
        made.add("main", {".gitattributes": b"*.parquet filter=lfs\n"}, "initial commit")
        return made

    def is_lfs(self, path: str) -> bool:
        return path.endswith((".parquet", ".png"))


_Answer = tuple[int, Any, dict[str, str]]


def _error(status: int, code: str = "", message: str = "") -> _Answer:
    return status, {"error": message or code}, {"X-Error-Code": code, "X-Error-Message": message or code}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body after its headers would wait 40 ms for their receipt
    hub: FakeHub

    def handle_any(self) -> None:
        parts = urlsplit(self.path)
        path, self.query = unquote(parts.path), parse_qs(parts.query)
        length = int(self.headers.get("Content-Length") or 0)
        with self.hub.lock:
            self.hub.seen.append(f"{self.command} {path}")
            status = self.hub.spoil(self.command, path)
        if status == 0:
            self.rfile.read(length // 2)
            self.close_connection = True
            return
        self.body = self._chunks() if self.headers.get("Transfer-Encoding") == "chunked" else self.rfile.read(length)
        if self.command == "PUT":
            time.sleep(self.hub.delay)
        with self.hub.lock:
            answer = self._answer(path) if status in (None, -1) else _error(status, message="spoiled")
            if status == -1:
                self.close_connection = True
            else:
                self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = handle_any  # noqa: N815 - as http.server calls them

    def _chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _send(self, answer: _Answer) -> None:
        status, said, headers = answer
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
        except OSError:  # who asked is gone
            self.close_connection = True

    def _answer(self, path: str) -> _Answer:
        hub, given = self.hub, self.headers.get("Authorization")
        if hub.cas and (answer := hub.cas.answer(self.command, path, self.headers, self.body)):
            return answer
        if given is not None and given != f"Bearer {hub.token}":
            return _error(401, message="Invalid credentials in Authorization header")
        if self.command == "PUT":
            oid = path.removeprefix("/lfs/")
            assert sha256(self.body).hexdigest() == oid
            hub.objects[oid] = self.body
            hub.uploaded.append(oid)
            return 200, {}, {}
        if path == "/api/whoami-v2":
            return 200, {"name": "tester", "auth": {"accessToken": {"role": hub.role}}}, {}
        if path == "/api/validate-yaml":
            return self._validated(json.loads(self.body))
        if path == "/api/repos/create":
            return self._create(given)
        found = re.fullmatch(rf"/(?:api/)?{_REPO}(?P<lfs>\.git/info/lfs/objects/batch)?(?P<rest>/.*)?", path)
        if found is None:
            return _error(404)
        repo = hub.repos.get((found["kind"], found["repo"]))
        if repo is None or (repo.private and given is None):
            return _error(404 if given else 401, "RepoNotFound", "Repository not found")
        if found["lfs"]:
            return self._batch()
        _, verb, *rest = (found["rest"] or "/info").split("/", 3)
        revision = rest[0] if rest else "main"
        commit = repo.commit_of(revision)
        if verb in ("commit", "tag", "branch") and given is None:
            return _error(401, message="Sign in")
        if verb == "branch":
            if revision in repo.refs:
                return _error(409, message="there is such a branch")
            repo.refs[revision] = repo.refs["main"]
            return 200, {}, {}
        if commit is None:
            return _error(404, "RevisionNotFound", "Invalid rev id")
        if hub.cas and (kind := re.fullmatch("xet-(read|write)-token", verb)):
            return hub.cas.token(kind[1]) if given or kind[1] == "read" else _error(401, message="Sign in")
        if verb in ("info", "revision"):
            return self._info(found["repo"], repo, commit)
        if verb == "resolve":
            return self._resolve(found["repo"], repo, commit, rest[1])
        answer: Callable[..., _Answer] = getattr(self, f"_{verb.replace('-', '_')}")
        return answer(repo, revision, commit, rest[1] if len(rest) > 1 else "")

    def _validated(self, asked: dict[str, str]) -> _Answer:
        """As the Hub answers: 400 with what is wrong, else what it remarks."""
        assert asked["repoType"] == "dataset"
        found = yaml.safe_load(asked["content"].split("---\n")[1])
        wrong = [self.hub.complaint] if self.hub.complaint else []
        if found["license"] not in hub_licences():
            wrong.append(f'"license" must be one of [{", ".join(sorted(hub_licences()))}]')
        remarks = [self.hub.remark] if self.hub.remark else []
        told = {name: [{"message": each} for each in own] for name, own in (("errors", wrong), ("warnings", remarks))}
        return 400 if wrong else 200, told, {}

    def _create(self, given: str | None) -> _Answer:
        if given is None:
            return _error(401, message="Sign in")
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}"
        key = (f"{asked['type']}s", name)
        if key in self.hub.repos:
            return 409, {"error": "You already created this repo", "url": f"{self.hub.url}/{'/'.join(key)}"}, {}
        self.hub.make(name, key[0], private=asked.get("visibility") == "private")
        return 200, {"url": f"{self.hub.url}/{'/'.join(key)}"}, {}

    def _batch(self) -> _Answer:
        objects: list[dict[str, Any]] = json.loads(self.body)["objects"]
        for each in objects:
            if each["oid"] not in self.hub.objects:
                each["actions"] = {"upload": {"href": f"{self.hub.url}/lfs/{each['oid']}"}}
        return 200, {"transfer": "basic", "objects": objects}, {}

    def _info(self, name: str, repo: Repo, commit: str) -> _Answer:
        siblings = [self._described("rfilename", path, content) for path, content in repo.commits[commit].items()]
        told = {"id": name, "sha": commit, "private": repo.private, "siblings": siblings, "tags": [], "downloads": 0,
                "likes": 0, "gated": False, "disabled": False, "author": name.split("/")[0]}  # fmt: skip
        return 200, told, {}

    def _described(self, named: str, path: str, content: bytes) -> dict[str, Any]:
        told: dict[str, Any] = {named: path, "size": len(content)}
        told["blobId" if named == "rfilename" else "oid"] = _git_hash(content)
        if self.hub.is_lfs(path):
            sha = sha256(content).hexdigest()
            told["lfs"] = {"sha256": sha, "oid": sha, "size": len(content), "pointerSize": 134}
            if self.hub.cas and sha in self.hub.cas.hashes:
                told["xetHash"] = self.hub.cas.hashes[sha]
        return told

    def _refs(self, repo: Repo, *_: str) -> _Answer:
        def listed(refs: dict[str, str], kind: str) -> list[dict[str, str]]:
            return [{"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": at} for name, at in refs.items()]

        return 200, {"branches": listed(repo.refs, "heads"), "tags": listed(repo.tags, "tags"), "converts": []}, {}

    def _preupload(self, repo: Repo, _: str, commit: str, __: str) -> _Answer:
        files = []
        for each in json.loads(self.body)["files"]:
            mode = "lfs" if self.hub.is_lfs(each["path"]) else "regular"
            content = repo.commits[commit].get(each["path"])
            hashed = None if content is None else sha256(content).hexdigest() if mode == "lfs" else _git_hash(content)
            files.append({"path": each["path"], "uploadMode": mode, "shouldIgnore": False, "oid": hashed})
        return 200, {"files": files}, {}

    def _commit(self, repo: Repo, revision: str, commit: str, _: str) -> _Answer:
        lines = [json.loads(each) for each in self.body.splitlines()]
        (header,) = (each["value"] for each in lines if each["key"] == "header")
        if header.get("parentCommit", commit) != commit:
            return _error(412, message="A commit has happened since. Please refresh and try again.")
        files = dict(repo.commits[commit])
        for each in lines:
            value = each["value"]
            if each["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif each["key"] == "lfsFile":
                content = self._object(value["oid"])
                if content is None:
                    return _error(400, message="an object is missing")
                files[value["path"]] = content
            elif each["key"] == "deletedFile":
                del files[value["path"]]
        made = repo.add(revision, files, header["summary"])
        name = next(name for (_, name), each in self.hub.repos.items() if each is repo)
        return 200, {"commitUrl": f"{self.hub.url}/datasets/{name}/commit/{made}", "commitOid": made}, {}

    def _object(self, oid: str) -> bytes | None:
        cas = self.hub.cas
        if cas and oid in cas.hashes:
            return cas.content(cas.files[cas.hashes[oid]])
        return self.hub.objects.get(oid)

    def _tag(self, repo: Repo, _: str, commit: str, __: str) -> _Answer:
        tag = json.loads(self.body)["tag"]
        if tag in repo.tags:
            return _error(409, message="Tag reference exists already")
        repo.tags[tag] = commit
        return 200, {}, {}

    def _paths_info(self, repo: Repo, _: str, commit: str, __: str) -> _Answer:
        asked = parse_qs(self.body.decode())["paths"]
        return 200, [each for each in self._entries(repo, commit) if each["path"] in asked], {}

    def _tree(self, repo: Repo, _: str, commit: str, below: str) -> _Answer:
        is_whole = self.query.get("recursive", ["false"])[0].lower() == "true"
        found = [each for each in self._entries(repo, commit) if not below or each["path"].startswith(f"{below}/")]
        start = len(below) + 1 if below else 0
        return 200, [each for each in found if is_whole or "/" not in each["path"][start:]], {}

    def _entries(self, repo: Repo, commit: str) -> list[dict[str, Any]]:
        files = repo.commits[commit]
        folders = {path.rsplit("/", 1)[0] for path in files if "/" in path}
        return [
            *(
                {"type": "directory", "path": each, "oid": _git_hash(each.encode()), "size": 0}
                for each in sorted(folders)
            ),
            *({"type": "file", **self._described("path", path, files[path])} for path in sorted(files)),
        ]

    def _resolve(self, name: str, repo: Repo, commit: str, path: str) -> _Answer:
        content = repo.commits[commit].get(path)
        if content is None:
            return _error(404, "EntryNotFound", "Entry not found")
        etag = sha256(content).hexdigest() if self.hub.is_lfs(path) else _git_hash(content)
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": commit, "Content-Type": "application/octet-stream",
                   "Accept-Ranges": "bytes"}  # fmt: skip
        if self.hub.cas and etag in self.hub.cas.hashes:
            headers["X-Xet-Hash"] = self.hub.cas.hashes[etag]
            headers["X-Linked-Size"] = str(len(content))
            headers["Link"] = f'<{self.hub.url}/api/datasets/{name}/xet-read-token/{commit}>; rel="xet-auth"'
        if asked := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or ""):
            start, end = int(asked[1]), int(asked[2] or len(content) - 1)
            part = content[start : end + 1]
            return 206, part, {**headers, "Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(content)}"}
        return 200, content, headers

    def log_message(self, *_: object) -> None:
        pass


@cache
def hub_licences() -> frozenset[str]:
    """The identifiers of licences that the Hub takes."""
    lines = (ROOT / "tests" / "dramaturg" / "publish" / "hub_licences.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(each for each in lines if not each.startswith("#"))


def _git_hash(content: bytes) -> str:
    return sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def serving_hub(hub: FakeHub) -> Iterator[FakeHub]:
    """The Hub on a free port for as long as the block lasts."""

    class Handler(_Handler):
        pass

    Handler.hub = hub

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:  # a client that was killed
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        if hub.cas:
            hub.cas.url = hub.url
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield hub
        finally:
            server.shutdown()
