"""Whose answers are evaluated: models of endpoints, the embedded one, folders of local ones, files of answers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from pathlib import Path

import orjson
from tqdm import tqdm

from dramaturg.errors import InputError
from dramaturg.evaluate.answers import MOST_TOKENS, read_answers, requests_of
from dramaturg.evaluate.questions import Question, Role
from dramaturg.evaluate.scores import Key, Sheet
from dramaturg.generate.spoken import spoken
from dramaturg.llm import Answer, Batch, Failure, Request, Store, open_engine
from dramaturg.llm.rehearsal import Planned, Rehearsal
from dramaturg.llm.request import read_reply
from dramaturg.llm.store import Response
from dramaturg.settings import EMBEDDED, Settings, plain_address
from dramaturg.stages import EVALUATE, StageSettings, checked_address
from dramaturg.tune.base import NAMED, named_weights
from dramaturg.workspace import digest, sha256_file

__all__ = ["Model", "answers_of", "models_of", "rehearsed"]

_FILES = (".jsonl", ".json", ".parquet")
_WEIGHTS = ".gguf"
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_AS_PATH = ("/", "./", "../", "~")
_HASHED_WHOLE = 100_000_000  # bytes of a file; of a larger one its size and when it was changed
_LABEL_DIGITS = 16
_STAND_IN, _WORDS = "well ", 100
_REASONS = 3


@dataclass(frozen=True, slots=True)
class Model:
    """Somebody who answers. `name` is what the tables call it. Exactly one of the others is there: the settings by
    which it is asked, a file of answers, or a folder, or .gguf file, of a local model."""

    name: str
    settings: Settings | None = None
    file: Path | None = None
    folder: Path | None = None


def models_of(given: Sequence[str], settings: Settings) -> list[Model]:
    """The models that are named: `embedded`; a file of answers; a folder of a local model; an endpoint's address with
    the model behind #, and behind another # the variable of its key; else a model of the settings' endpoint, or where
    there is none what may be tuned by that name.

    Raises InputError where one cannot be, where two are the same, or where there is none; DownloadError.
    """
    if not given:
        raise InputError(
            "no model is named: MODELS is a list such as gpt-x http://localhost:8000/v1#name answers.jsonl"
        )
    models = [_model_of(each, settings) for each in given]
    names = [model.name for model in models]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{twice[0]}: named twice")
    return models


def _model_of(given: str, settings: Settings) -> Model:
    path = Path(given).expanduser()
    is_nobodys = settings.model is None or settings.is_embedded
    if _ADDRESS.fullmatch(given):
        model = _elsewhere(given, settings)
    elif given == EMBEDDED:
        model = Model(given, settings=_with(settings, StageSettings(provider="embedded")))
    elif given.endswith(_FILES):
        if not path.is_file():
            raise InputError(f"{given}: there is no such file of answers")
        return Model(given, file=path)
    elif path.is_dir() or given.endswith(_WEIGHTS) or given.startswith(_AS_PATH):
        if not path.exists():
            raise InputError(f"{given}: there is no such folder of a model")
        model = Model(given, folder=path)
    elif is_nobodys and given in NAMED:
        model = Model(given, folder=named_weights(given))
    elif is_nobodys:
        raise InputError(
            f"{given}: nobody is named to be asked for it: set PROVIDER, or OPENAI_BASE_URL, and MODEL, or give its "
            f"address, as in http://localhost:8000/v1#{given}"
        )
    else:
        model = Model(given, settings=_with(settings, StageSettings(model=given)))
    if settings.llm == "off":
        raise InputError(f"LLM=off: {given} would not be asked; a file of answers is scored without a model")
    return model


def _elsewhere(given: str, settings: Settings) -> Model:
    """A model at an address of its own. Its key is the settings' where these name the same address, else that of the
    variable that is named behind it, else none."""
    address, _, named = given.partition("#")
    name, _, variable = named.partition("#")
    if not name:
        shown = _shown(address)
        raise InputError(f"{shown}: say which model is to be asked there, as in {shown}#name")
    if variable and not _VARIABLE.fullmatch(variable):
        raise InputError(
            f"{_shown(address)}#{name}: give the name of the environment variable that holds the key, not the key"
        )
    try:
        url = checked_address(address)
    except ValueError as error:
        raise InputError(f"{_shown(address)}#{name}: {error}") from None
    asked = _with(settings, StageSettings(base_url=url, model=name, key_env=variable or None))
    if variable and asked.openai_api_key is None:
        raise InputError(
            f"{asked.endpoint}#{name}: {variable} is not set: put the key into it, in the environment or .env"
        )
    return Model(f"{name} at {asked.endpoint}", settings=asked)


def _shown(address: str) -> str:
    """An address without what may be a password in it."""
    try:
        return plain_address(address)
    except ValueError:
        return f"{address.partition('://')[0]}://…"


def _with(settings: Settings, stage: StageSettings) -> Settings:
    return settings.model_copy(update={"stages": {EVALUATE: stage}}).for_stage(EVALUATE)


# --- asking -----------------------------------------------------------------------------------------------------


def rehearsed(
    model: Model, roles: Mapping[str, Role], questions: Sequence[Question], store: Path
) -> tuple[Sheet, list[Planned]]:
    """What it would be asked of an endpoint, and answers, stand-ins where there are none yet."""
    if model.file is not None:
        return Sheet(model.name, read_answers(model.file, questions, roles).found), []
    if model.settings is None:
        return Sheet(model.name, {question.key: _STAND_IN * _WORDS for question in questions}), []
    with open_engine(model.settings, store, "rehearsed") as engine:
        rehearsal = Rehearsal(engine, [_STAND_IN])
        outcomes = rehearsal.ask(requests_of(roles, questions), model.name).outcomes
    said = zip(questions, outcomes, strict=True)
    answers = {question.key: answer.text for question, answer in said if isinstance(answer, Answer)}
    return Sheet(model.name, answers), rehearsal.planned


def answers_of(
    model: Model, roles: Mapping[str, Role], questions: Sequence[Question], store: Path, progress: Path
) -> tuple[Sheet, list[Batch]]:
    """The answers of a model, and what was asked of an endpoint for them. A question that has none is left out.

    Raises InputError where a file cannot be read, or a local model cannot be loaded.
    """
    if model.file is not None:
        given = read_answers(model.file, questions, roles)
        remarks = []
        if given.unknown:
            remarks.append(f"{given.unknown:,} rows answer none of the questions that were asked")
        if given.again:
            remarks.append(f"{given.again:,} rows answer a question that is answered before, and are not scored")
        return Sheet(model.name, given.found, tuple(remarks)), []
    requests = requests_of(roles, questions)
    if model.folder is not None:
        batch = _ask_local(model.folder, requests, store)
    else:
        assert model.settings is not None
        with open_engine(model.settings, store, progress=progress) as engine:
            batch = engine.ask(requests, model.name)
    answers: dict[Key, str] = {
        question.key: spoken(outcome.text, roles[question.character_id].character.names)
        for question, outcome in zip(questions, batch.outcomes, strict=True)
        if isinstance(outcome, Answer)
    }
    empty = {
        question.key: ""
        for question, outcome in zip(questions, batch.outcomes, strict=True)
        if isinstance(outcome, Failure) and outcome.fate == "empty"
    }
    reasons = dict.fromkeys(each.reason for each in batch.failures if each.fate != "empty")
    return Sheet(model.name, answers | empty, tuple(islice(reasons, _REASONS))), [batch]


def _ask_local(folder: Path, requests: Sequence[Request], store: Path) -> Batch:
    """The answers of a model on this machine, each kept as soon as it comes."""
    label, name = f"local:{_hash_of(folder)[:_LABEL_DIGITS]}", folder.resolve().name
    keys = [request.key(label, name) for request in requests]
    found: dict[str, Answer | Failure | None] = {}
    with Store(store) as kept:
        fresh: dict[str, Request] = {}
        for key, request in zip(keys, requests, strict=True):
            if (stored := kept.get(key)) is None:
                fresh[key] = request
            else:
                found[key] = read_reply(request, key, name, stored[1])
        for (key, request), text in zip(fresh.items(), _said(folder, list(fresh.values())), strict=True):
            raw = _completion(text)
            kept.put([Response(key, label, name, request, 200, raw)])
            found[key] = read_reply(request, key, name, raw)
    outcomes = tuple(
        found[key] or Failure(key, each.prompt, "empty", "empty") for key, each in zip(keys, requests, strict=True)
    )
    return Batch(outcomes, looked_at=outcomes)


def _said(folder: Path, requests: Sequence[Request]) -> Iterator[str]:
    if not requests:  # nothing to load a model for
        return
    answers = import_module("dramaturg.tune.answer").answers
    yield from tqdm(
        answers(folder, [request.messages for request in requests], MOST_TOKENS),
        desc=f"  {folder.name}",
        total=len(requests),
        leave=False,
        disable=None,
    )


def _completion(text: str) -> str:
    """An answer in the form in which the store keeps all: a chat completion."""
    return orjson.dumps({"choices": [{"finish_reason": "stop", "message": {"content": text}}]}).decode()


def _hash_of(folder: Path) -> str:
    """What a model's files are known by: their bytes, of the large ones size and time."""
    files = sorted(path for path in (folder, *folder.rglob("*")) if path.is_file())
    return digest([[path.name, _known_by(path)] for path in files])


def _known_by(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}" if status.st_size > _HASHED_WHOLE else sha256_file(path)
