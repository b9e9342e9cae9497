"""A server on loopback with OpenAI's audio.transcriptions: it hears in every file what a test says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Transcriber", "serving"]


@dataclass
class Transcriber:
    """`say` is given the number of the request, from 1, and returns a status and a body. `forms` are the fields that
    came, the length of the file for `file`, a list for those that come in several."""

    say: Callable[[int], tuple[int, str]]
    tells_times: bool = True
    key: str = "sk-hearing"
    url: str = ""
    forms: list[dict[str, Any]] = field(default_factory=list)

    def reply(self, key: str, form: dict[str, Any]) -> tuple[int, str]:
        if key != f"Bearer {self.key}":
            return 401, json.dumps({"error": {"message": f"Incorrect API key provided: {key}"}})
        if form["response_format"] == "verbose_json" and not self.tells_times:
            told = "response_format 'verbose_json' is not compatible with this model"
            return 400, json.dumps({"error": {"message": told, "param": "response_format"}})
        self.forms.append(form)
        return self.say(len(self.forms))


@contextmanager
def serving(transcriber: Transcriber) -> Iterator[Transcriber]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            form: dict[str, Any] = {}
            for part in BytesParser().parsebytes(head + body).get_payload():
                name = part.get_param("name", header="content-disposition")
                content = part.get_payload(decode=True)
                value = len(content) if name == "file" else content.decode()
                form[name] = [*form.get(name, []), value] if name.endswith("[]") else value
            status, said = transcriber.reply(self.headers.get("Authorization", ""), form)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said.encode())))
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=partial(server.serve_forever, 0.02), daemon=True).start()
        transcriber.url = f"http://127.0.0.1:{server.server_port}/v1"
        yield transcriber
        server.shutdown()
