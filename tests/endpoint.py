"""An OpenAI-compatible server on loopback that answers every prompt well, the same to the same question.

What it says is gibberish of the right language and form: each text is drawn from its request's hash, so that no two
are near-duplicates. `given` holds what it gave, for a test to look for in the dataset.
"""

import json
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dramaturg.curate.grounding import shares_content
from dramaturg.llm.trial import QUESTION

__all__ = ["MODEL", "FakeEndpoint", "serving"]

MODEL = "well-answering-model"

_HAN = "天地人你我山水风云日月星花草木鸟鱼虫马牛羊茶酒饭菜门窗桥船街市钱米布衣刀剑书信灯火雨雪春夏秋冬东西南北上下左右"
_WORDS = """
river stone lamp bell coat letter winter garden horse sailor window ladder market silver pepper candle
bridge orchard thunder button needle harbour kitchen feather lantern cellar saddle parish meadow copper anchor ribbon
""".split()
_KINDS = {
    "profile_scenes": ("做笔记", "take notes"),
    "profile_merge": ("整理笔记", "actor's notes"),
    "profile": ("写一份小传", "character sheets"),
    "questions": ("开场白", "opening lines"),
    "context_instruct_script": ("完整性", "completeness"),
    "context_instruct_agnostic": ("真实性", "factualness"),
    "synthesis": ("请你扮演", "Play "),
    "rolegpt": ("都照自己的性子答", "all manner of requests"),
    "followup": ("写一段新的对话", "write a new conversation"),
    "speakers": ("标注说话人", "who speaks in a novel"),
    "scenarios": ("补写场景说明", "for rehearsal"),
    "judge": ("由你来复核", "second reader"),
    "compare": ("由你来比", "which of them comes first"),
    "rank": ("由你来排名次", "Several models play"),
    "persona": ("来找你说话的人", "Whoever writes to you"),
}
_SPOKEN = ("synthesis", "followup", "rolegpt", "persona")
CATCHPHRASES = {"zh": ["灶王爷在上", "从来没有人说过这句"], "en": ["You are sure of", "no one ever said this"]}
"""One that each sample's role does say, one that it does not."""

Item = dict[str, Any]
Reply = tuple[int, str] | tuple[int, str, dict[str, str]]
"""A status, a body, and headers if there are any."""


@dataclass
class FakeEndpoint:
    """`takes_schema`, `key` and `model` are what it accepts; `spoil` may change or replace what it would say: another
    text, a status and a body, or these with headers. Status 0 drops the connection.

    `speakers` answers the question who speaks, given what is asked; without it, it is unknown who does.

    `embedded` are the texts that it made vectors of, which count their characters. `bodies` are all chat requests it
    saw, `given` its items by kind of prompt, with the answers as "answer".
    """

    takes_schema: bool = True
    embeds: bool = True
    key: str | None = None
    model: str = MODEL
    delay: float = 0.0
    spoil: Callable[[str, int], str | Reply] | None = None
    speakers: Callable[[str], str] | None = None
    url: str = ""
    embedded: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    given: dict[str, list[Item]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def settings(self) -> dict[str, str]:
        """What makes a build ask it, as environment."""
        return {"OPENAI_BASE_URL": self.url, "MODEL": self.model, **({"OPENAI_API_KEY": self.key} if self.key else {})}

    @property
    def most_often_asked(self) -> Counter[str]:
        return Counter(json.dumps(body, sort_keys=True) for body in self.bodies)

    def reply(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Reply:
        if self.key is not None and headers.get("authorization") != f"Bearer {self.key}":
            told = headers.get("authorization")
            return 401, json.dumps({"error": {"message": f"Incorrect API key provided: {told}"}})
        if path.endswith("/models"):
            return 200, json.dumps({"object": "list", "data": [{"id": self.model, "object": "model"}]})
        if body["model"] != self.model:
            return 404, json.dumps({"error": {"message": f"The model {body['model']} does not exist"}})
        if path.endswith("/embeddings"):
            return self._embed(body["input"]) if self.embeds else (404, "{}")
        time.sleep(self.delay)
        with self._lock:
            self.bodies.append(body)
            number = len(self.bodies)
            if "response_format" in body and not self.takes_schema:
                return 400, json.dumps({"error": {"message": "response_format of type json_schema is not supported"}})
            said: str | Reply = self._say(body)
        if self.spoil is not None:
            said = self.spoil(str(said), number)
        return said if isinstance(said, tuple) else (200, completion(said, self.model))

    def _embed(self, text: str) -> Reply:
        self.embedded.append(text)
        vector = [0.0] * 64
        for character in text:
            vector[ord(character) % 64] += 1
        usage = {"prompt_tokens": len(text), "total_tokens": len(text)}
        data = [{"object": "embedding", "index": 0, "embedding": vector}]
        return 200, json.dumps({"object": "list", "data": data, "model": self.model, "usage": usage})

    def raw_reply(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Reply | None:  # noqa: ARG002
        """What comes before `reply`, in an endpoint that has more than chat."""
        return (404, "{}") if path.removeprefix("/v1").startswith(("/files", "/batches")) else None

    def _say(self, body: dict[str, Any]) -> str:
        if "Is water wet?" in body["messages"][-1]["content"]:
            return '{"wet": "yes"}' if "response_format" in body else "It is."
        if body["messages"][-1]["content"] == QUESTION:
            return "Yes."
        system = body["messages"][0]["content"]
        kind = next(name for name, marks in _KINDS.items() if any(mark in system for mark in marks))
        language = "zh" if _KINDS[kind][0] in system else "en"
        if kind == "speakers":
            asked = body["messages"][-1]["content"]
            return (self.speakers or know_nobody)(asked)
        draw = random.Random(sha256(json.dumps(body, sort_keys=True).encode()).digest())
        items = list(_items(kind, language, body, draw))
        if not any(given == items[0] for given in self.given.setdefault(kind, [])):
            self.given[kind] += items
        if kind in _SPOKEN:
            return str(items[0]["answer"])
        if "response_format" in body:
            alone = kind in ("profile", "profile_scenes", "scenarios", "judge", "compare")
            return json.dumps(items[0] if alone else {"items": items}, ensure_ascii=False)
        return "\n\n".join(_block(item, number, language) for number, item in enumerate(items, 1))


def know_nobody(asked: str) -> str:
    return json.dumps(dict.fromkeys(re.findall(r"\d+", asked.splitlines()[-1]), "unknown"))


def completion(said: str, model: str, finish_reason: str = "stop") -> str:
    """A chat completion as OpenAI's API sends it."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": said}}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return json.dumps(
        {"id": "1", "object": "chat.completion", "created": 0, "model": model, "choices": [choice], "usage": usage}
    )


def _items(kind: str, language: str, body: dict[str, Any], draw: random.Random) -> Iterator[Item]:
    def text() -> str:
        if language == "zh":
            return "".join(draw.choices(_HAN, k=18)) + "。"
        return " ".join(draw.choices(_WORDS, k=12)).capitalize() + "."

    if kind == "profile_scenes":
        first = re.search(r"^\[1\]\n(.+?)\n\n", body["messages"][-1]["content"], re.DOTALL | re.MULTILINE)
        assert first is not None
        shown = " ".join(first[1].split())[-60:]
        statements = [f"[1] {'你' if language == 'zh' else 'You'} {shown} {text()}", text()]
        yield {"statements": statements, "relations": [], "catchphrases": CATCHPHRASES[language]}
    elif kind == "profile_merge":
        yield {"statement": f"[1][2] {text()}"}
    elif kind == "profile":
        yield {"description": f"{text()}[1]", "catchphrases": CATCHPHRASES[language]}
    elif kind in _SPOKEN:
        yield {"question": body["messages"][-1]["content"], "answer": text()}
    elif kind == "scenarios":
        named = re.search(r"^(?:说话的人：|Speakers: )(.+)$", body["messages"][-1]["content"], re.MULTILINE)
        assert named is not None
        place = draw.choice([text(), "不详" if language == "zh" else "unknown"])
        motives = [f"{name}：{text()}" for name in re.split("、|, ", named[1])]
        yield {"time": text(), "place": place, "situation": text(), "motives": motives}
    elif kind == "rank":
        letters = re.findall(r"^[\[【]([A-H])[\]】]$", body["messages"][-1]["content"], re.MULTILINE)
        ranks = draw.sample(range(1, len(letters) + 1), len(letters))
        yield from (
            {"model": each, "reason": text(), "rank": str(rank)} for each, rank in zip(letters, ranks, strict=True)
        )
    elif kind in ("judge", "compare"):
        yield {"reason": text(), **(judged_at_random if kind == "judge" else compared_at_random)(language, draw)}
    else:
        asked = re.search(r"(\d+) (?:个问题|句|questions|lines)", body["messages"][-1]["content"])
        assert asked is not None
        for number in range(int(asked[1])):
            item = {"question": text()}
            if kind == "questions":
                item["asker"] = draw.choice(_askers(language, body["messages"][0]["content"]))
            else:
                sure = ("低" if language == "zh" else "low") if number == 1 else ("高" if language == "zh" else "high")
                item |= {"confidence": sure, "reason": text(), "answer": text()}
            if kind == "context_instruct_agnostic" and sure in ("低", "low"):
                item["answer"] = f"你问错人了，{text()}" if language == "zh" else f"You want another man. {text()}"
            if kind == "context_instruct_script":
                cited, said = _cited(body["messages"][-1]["content"], language, draw)
                item |= {"lines": [cited], "answer": item["answer"] + said}
            yield item


def judged_at_random(language: str, draw: random.Random) -> Item:
    yes_or_no = ["是", "否"] if language == "zh" else ["yes", "no"]
    said = {name: draw.choice(yes_or_no) for name in ("answers", "style")}
    unsure = "无从判断" if language == "zh" else "unknown"
    return {**said, "correct": draw.choice([*yes_or_no, unsure]), "score": str(draw.randint(1, 5))}


def compared_at_random(language: str, draw: random.Random) -> Item:
    return {"better": draw.choice(["A", "B", "平手" if language == "zh" else "tie"])}


def _askers(language: str, told: str) -> list[str]:
    """Who the prompt says may ask."""
    named = re.search(r"合他的身份：(.*)。" if language == "zh" else r"fitting the person:\s(.*)\.", told)
    assert named is not None
    return re.split("、|, ", named[1])


def _cited(asked: str, language: Any, draw: random.Random) -> tuple[str, str]:
    """The number of a line of the script that the prompt shows, and some of its words, none of them the role's name."""
    role = re.search(r"请向“(.+?)”提|questions to (.+?), each", asked)
    assert role is not None
    others = rf"[^\W\d_a-zA-Z{role[1]}]{{6}}" if language == "zh" else r"\b[a-z]{6,}\b"
    lines = re.findall(r"^\[(\d+)\] [^:]*:(.+)$", asked, re.MULTILINE)
    found = [(number, said) for number, line in lines for said in re.findall(others, line)]
    number, said = draw.choice([each for each in found if shares_content(each[1], [each[1]], language)])
    return number, f"{said}。" if language == "zh" else f" The {said}."


def _block(item: Item, number: int, language: str) -> str:
    zh = language == "zh"
    if "statement" in item:
        return f"要点{number}：{item['statement']}" if zh else f"Statement {number}: {item['statement']}"
    if "statements" in item:
        statements, said = "\n".join(item["statements"]), "; ".join(item["catchphrases"])
        names = ("要点", "关系", "口头禅") if zh else ("Statements", "Relations", "Catchphrases")
        return "\n".join(f"{name}: {value}" for name, value in zip(names, (statements, "", said), strict=True))
    if "description" in item:
        said = "；".join(item["catchphrases"])
        return (
            f"描述：{item['description']}\n口头禅：{said}"
            if zh
            else (f"Description: {item['description']}\nCatchphrases: {'; '.join(item['catchphrases'])}")
        )
    if "situation" in item:
        labels = ("时间", "地点", "情境", "动机") if zh else ("Time", "Place", "Situation", "Motives")
        texts = (item["time"], item["place"], item["situation"], ("；" if zh else "; ").join(item["motives"]))
        return "\n".join(f"{label}：{text}" for label, text in zip(labels, texts, strict=True))
    if "rank" in item:
        names = ("模型", "理由", "名次") if zh else ("Model", "Reason", "Rank")
        told = zip(names, (item["model"], item["reason"], item["rank"]), strict=True)
        return "\n".join(f"{name}：{value}" if zh else f"{name}: {value}" for name, value in told)
    if "better" in item or "score" in item:
        names = {
            "reason": "理由",
            "answers": "切题",
            "style": "口吻",
            "correct": "属实",
            "score": "分数",
            "better": "更好",
        }
        return "\n".join(
            f"{names[name]}：{said}" if zh else f"{name.capitalize()}: {said}" for name, said in item.items()
        )
    lines = [f"问题{number}：{item['question']}" if zh else f"Question {number}: {item['question']}"]
    if "asker" in item:
        lines.append(f"说的人：{item['asker']}" if zh else f"Said by: {item['asker']}")
    if "answer" in item:
        lines += (
            [f"真实性：{item['confidence']}（{item['reason']}）", f"回复：{item['answer']}"]
            if zh
            else [f"Factualness: {item['confidence']} ({item['reason']})", f"Response: {item['answer']}"]
        )
    if "lines" in item:
        lines.insert(2, f"{'依据：' if zh else 'Lines: '}[{']['.join(item['lines'])}]")
    return "\n".join(lines)


@contextmanager
def serving(endpoint: FakeEndpoint) -> Iterator[FakeEndpoint]:
    """The endpoint on a free port for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                self._answer(b"".join(iter(self._chunk, b"")))
            else:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline(), 16)
            chunk = self.rfile.read(size)
            self.rfile.readline()
            return chunk

        def _answer(self, sent: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = endpoint.raw_reply(self.command, self.path, headers, sent)
            if reply is None:
                reply = endpoint.reply(self.path, headers, json.loads(sent) if sent else {})
            status, said, *others = reply
            content = said.encode()
            try:
                if status == 0:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in (others[0] if others else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:  # who asked is gone
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:  # a client that was killed
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield endpoint
        finally:
            server.shutdown()
