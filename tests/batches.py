"""An endpoint on loopback that also has OpenAI's Batch API."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.endpoint import FakeEndpoint, Reply

__all__ = ["BatchEndpoint"]


@dataclass
class BatchEndpoint(FakeEndpoint):
    """`looks` is how often a batch is looked at before it is done. `item` may say what becomes of a request, given its
    body and how many there were: a status and a body, or an error's code where it was not asked at all; else it is
    answered as a chat request. `verdict` may give a batch's errors, for which it fails, given its lines. `drop` are
    the calls, as "POST /batches", whose effect is there but whose reply is lost."""

    looks: int = 1
    item: Callable[[dict[str, Any], int], tuple[int, Any] | str | None] | None = None
    verdict: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    ends_as: str = "completed"
    drop: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    items: int = 0

    @property
    def lines(self) -> list[list[dict[str, Any]]]:
        """What was sent, by batch."""
        return [self._sent(batch) for batch in self.batches.values()]

    def _sent(self, batch: dict[str, Any]) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]

    def raw_reply(self, method: str, path: str, headers: dict[str, str], content: bytes) -> Reply | None:
        """A reply where the call is one of the Batch API's."""
        path = path.removeprefix("/v1").split("?")[0]
        if not path.startswith(("/files", "/batches")):
            return None
        if self.key is not None and headers.get("authorization") != f"Bearer {self.key}":
            return 401, "{}"
        call = f"{method} {path}"
        with self._lock:
            self.calls.append(call)
            reply = self._of_batches(call, path, content)
        if call in self.drop:
            self.drop.remove(call)
            return 0, ""
        return reply

    def _of_batches(self, call: str, path: str, content: bytes) -> Reply:
        if call == "POST /files":
            boundary = content.split(b"\r\n", 1)[0]
            part = next(part for part in content.split(boundary) if b"filename=" in part)
            return 200, json.dumps(self._file(part.split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")))
        if found := re.fullmatch(r"GET /files/(.+)/content", call):
            return (200, self.files[found[1]].decode()) if found[1] in self.files else (404, "{}")
        if call == "POST /batches":
            number = self.calls.count(call) - 1
            batch = {
                **json.loads(content), "id": f"batch_{number}", "object": "batch", "status": "validating",
                "created_at": number, "looks": 0,
            }  # fmt: skip
            self.batches[batch["id"]] = batch
            return 200, json.dumps(batch)
        if call == "GET /batches":
            data = list(reversed(self.batches.values()))
            return 200, json.dumps({"object": "list", "data": data, "has_more": False})
        batch_ = self.batches.get(path.removeprefix("/batches/"))
        if batch_ is None:
            return 404, "{}"
        self._work(batch_)
        return 200, json.dumps(batch_)

    def _file(self, content: bytes) -> dict[str, Any]:
        name = f"file_{len(self.files)}"
        self.files[name] = content
        return {
            "id": name, "object": "file", "bytes": len(content), "created_at": 0, "filename": name, "purpose": "batch",
            "status": "processed",
        }  # fmt: skip

    def _work(self, batch: dict[str, Any]) -> None:
        lines = self._sent(batch)
        batch["looks"] += 1
        batch["request_counts"] = {"completed": 0, "failed": 0, "total": len(lines)}
        if batch["status"] not in ("validating", "in_progress"):
            return
        if self.verdict is not None and (errors := self.verdict(lines)):
            batch |= {"status": "failed", "errors": {"object": "list", "data": errors}}
            return
        batch["status"] = "in_progress"
        if batch["looks"] <= self.looks:
            return
        out: list[str] = []
        errors_: list[str] = []
        for line in lines:
            self.items += 1
            done = self.item(line["body"], self.items) if self.item is not None else None
            if isinstance(done, str):
                told: dict[str, Any] = {"response": None, "error": {"code": done, "message": "not executed"}}
            else:
                status, body = done or (200, json.loads(self._answer(line["body"])))
                told = {"response": {"status_code": status, "request_id": "r", "body": body}, "error": None}
            is_well = told["response"] is not None and told["response"]["status_code"] == 200
            kept = json.dumps({"id": "i", "custom_id": line["custom_id"], **told}, ensure_ascii=False)
            (out if is_well else errors_).append(kept)
        batch["status"] = self.ends_as
        batch["request_counts"] = {"completed": len(out), "failed": len(errors_), "total": len(lines)}
        for name, said in (("output_file_id", out), ("error_file_id", errors_)):
            if said:
                batch[name] = self._file("\n".join(said).encode())["id"]

    def _answer(self, body: dict[str, Any]) -> str:
        from tests.endpoint import completion

        said: str | Reply = self._say(body)
        if self.spoil is not None:
            said = self.spoil(str(said), self.items)
        return said[1] if isinstance(said, tuple) else completion(said, self.model)
