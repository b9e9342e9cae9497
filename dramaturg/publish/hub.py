"""A dataset's repository on the Hugging Face Hub: what stands there, and one commit of what is to.

Where the Hub is, and whether there is one, are huggingface_hub's own variables: HF_ENDPOINT, HF_HUB_OFFLINE. Large
files go to a storage of the Hub's at another address, by hf_xet, unless HF_HUB_DISABLE_XET is set.
"""

import os
import re
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from typing import Any, TypeVar

from httpx2 import HTTPError
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_session, get_token
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import hf_raise_for_status
from huggingface_hub.utils._validators import validate_repo_id
from huggingface_hub.utils.tqdm import disable_progress_bars
from pydantic import SecretStr

from dramaturg.errors import HubError, InputError
from dramaturg.masking import remember
from dramaturg.settings import setting_alone
from dramaturg.workspace import sha256_file

__all__ = ["Head", "Hub", "hub_token", "whose_token"]

_KIND = "dataset"
_MAIN = "main"
_WAITS = (1.0, 2.0, 4.0)  # seconds
_PART = 1 << 20  # bytes
_PASSING = frozenset({429, 500, 502, 503, 504})
_ANOTHER_WAS_THERE = frozenset({409, 412})
_AGAIN = "the same command goes on from there"
_WITHOUT = f"{_AGAIN}; HF_HUB_DISABLE_XET=1 does without that storage"
_ONLY_WITHOUT = f"set HF_HUB_DISABLE_XET=1, and {_AGAIN}"
# of hf_xet's errors, which are words alone
_XET_STATUS = re.compile(r"HTTP status \w+ error \((\d{3})")
_XET_ADDRESS = re.compile(r"https?://([^/\s)]+)(\S*)")
_XET_PASS = re.compile("/xet-(read|write)-token/")  # which the Hub itself gives out

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Head:
    """A branch as it stands: its last commit, its files with what they hold (SHA-256 of large ones, git's hash of
    others), who may see it, and the commits of the repository's tags."""

    commit: str
    files: Mapping[str, str]
    is_private: bool
    tags: Mapping[str, str] = field(default_factory=dict)

    def has(self, name: str, path: Path) -> bool:
        """Whether a file stands there as it is here."""
        known = self.files.get(name)
        return known is not None and known in (sha256_file(path), _git_hash(path))


def hub_token() -> SecretStr | None:
    """The token of HF_TOKEN, in the environment or .env, else of huggingface_hub's login; None for neither."""
    found = setting_alone("hf_token") or get_token()
    token = SecretStr(found) if found else None
    remember(token)
    return token


def whose_token(token: SecretStr) -> tuple[str, bool] | None:
    """Whose a token is, and whether it can write anywhere at all; None where the Hub does not take it. Asked once.

    Raises HubError where the Hub cannot be asked.
    """
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=token.get_secret_value())
    try:
        told = api.whoami()
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        cause = _cause(error)
        if isinstance(cause, HfHubHTTPError) and cause.response.status_code in (401, 403):
            return None
        raise HubError(f"the Hub cannot be asked ({_in_short(cause)})") from None
    role = (told.get("auth") or {}).get("accessToken", {}).get("role")
    return str(told.get("name")), role != "read"


class Hub:
    """A repository's branch. Without a token it can be looked at, if anybody can.

    Each call raises HubError where the Hub does not do it, in one line that says why. What passes, a server's error or
    a lost connection, is asked for again after 1, 2 and 4 seconds; a large file's way by the libraries themselves, for
    half a minute without Xet, and with it for two to seven minutes.
    """

    def __init__(self, repo: str, token: SecretStr | None, branch: str = _MAIN) -> None:
        """Raises InputError where no repository can be called so."""
        try:
            validate_repo_id(repo)
            is_one = repo.count("/") == 1
        except HFValidationError:
            is_one = False
        if not is_one:
            raise InputError(f"--repo {repo}: give who it is of and its name, as in my-name/my-dataset")
        self.repo, self.branch = repo, branch
        disable_progress_bars()  # what goes up is told file by file
        held = token.get_secret_value() if token else False
        self._api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), token=held)

    def head(self) -> Head | None:
        """How it stands; None where there is no such repository, or none that may be seen.

        A branch that is not there yet stands as the main one does, of which it will be made.
        """
        return self._stand(self.branch) or (None if self.branch == _MAIN else self._stand(_MAIN))

    def _stand(self, branch: str) -> Head | None:
        try:
            info = self._ask(self._api.dataset_info, self.repo, revision=branch, files_metadata=True)
        except _AbsentError:
            return None
        refs = self._ask(self._api.list_repo_refs, self.repo, repo_type=_KIND)
        files = {each.rfilename: each.lfs.sha256 if each.lfs else each.blob_id or "" for each in info.siblings or ()}
        return Head(str(info.sha), files, bool(info.private), {tag.name: tag.target_commit for tag in refs.tags})

    def other_kind(self) -> str | None:
        """What a repository of this name is where it is no dataset's: `model` or `space`."""
        for kind in ("model", "space"):
            try:
                self._ask(self._api.repo_info, self.repo, repo_type=kind)
            except _AbsentError:
                continue
            return kind
        return None

    def fetch(self, name: str, head: Head, folder: Path) -> Path:
        """A file of the branch, below `folder`."""
        return Path(
            self._ask(
                self._api.hf_hub_download, self.repo, name, repo_type=_KIND, revision=head.commit, local_dir=folder
            )
        )

    def check_card(self, card: Path) -> list[str]:
        """What the Hub remarks on a card's metadata, which it looks at again with the commit, when all large files are
        up. Raises HubError where it does not take it."""
        sent = {"content": card.read_text(encoding="utf-8"), "repoType": _KIND}

        def look() -> Any:
            answer = get_session().post(
                f"{self._api.endpoint}/api/validate-yaml", json=sent, headers=build_hf_headers(token=self._api.token)
            )
            if answer.status_code != 400:
                hf_raise_for_status(answer)
            return {"refused": answer.status_code == 400, **answer.json()}

        told = self._ask(look)
        if told["refused"]:
            wrong = [_in_short(each["message"]) for each in told.get("errors", ())] or ["it does not say why"]
            raise HubError(
                f"the Hub does not take the card's metadata: {'; '.join(wrong)}; nothing went up. It is made of "
                "character.yaml: name, work, language, categories, licence"
            )
        return [_in_short(each["message"]) for each in told.get("warnings", ())]

    def create(self, *, private: bool) -> Head:
        """The repository made, empty."""
        self._ask(self._api.create_repo, self.repo, repo_type=_KIND, private=private, exist_ok=True)
        head = self.head()
        if head is None:
            raise HubError(f"{self.repo} was made, but the Hub does not show it: {_AGAIN}")
        return head

    def publish(
        self,
        files: Mapping[str, Path],
        gone: Sequence[str],
        message: str,
        head: Head,
        tell: Callable[[str], None],
    ) -> str:
        """One commit of the files, after `head`, in which those that are `gone` are no more; returns the commit.

        Large files go up first, one by one: those that the Hub has are not sent again, so that a call that was stopped
        goes on where it was. Raises HubError where another commit came in between.
        """
        if self.branch != _MAIN:
            self._ask(self._api.create_branch, self.repo, branch=self.branch, repo_type=_KIND, exist_ok=True)
        additions = [CommitOperationAdd(name, str(path)) for name, path in files.items()]
        for number, each in enumerate(additions, 1):
            tell(f"  {number} of {len(additions)}  {each.path_in_repo}, {each.upload_info.size:,} bytes")
            self._tried(
                (), self._api.preupload_lfs_files, self.repo, [each], repo_type=_KIND, revision=self.branch,
                free_memory=False, num_threads=1,
            )  # fmt: skip
        operations: list[Any] = [*additions, *(CommitOperationDelete(name) for name in gone)]

        def commit() -> str:
            now = self.head()
            if now is not None and now.commit != head.commit and _stands(now, files, gone):
                return now.commit  # it went through, and what was lost is the answer
            with warnings.catch_warnings():  # what check_card has told
                warnings.filterwarnings("ignore", "Warnings while validating metadata")
                done = self._api.create_commit(
                    self.repo, operations, commit_message=message, repo_type=_KIND, revision=self.branch,
                    parent_commit=head.commit, num_threads=1,
                )  # fmt: skip
            return str(done.oid)

        return self._ask(commit)

    def tag(self, tag: str, commit: str) -> None:
        """Name a commit. Raises HubError where the tag names another."""
        try:
            self._ask(self._api.create_tag, self.repo, tag=tag, revision=commit, repo_type=_KIND)
        except _ConflictError:
            head = self.head()
            if head is None or head.tags.get(tag) != commit:
                raise HubError(
                    f"{self.repo} has a tag {tag} already, of another revision: give another --tag"
                ) from None

    def _ask(self, call: Callable[..., _T], *arguments: Any, **named: Any) -> _T:
        return self._tried(_WAITS, call, *arguments, **named)

    def _tried(self, waits: Sequence[float], call: Callable[..., _T], *arguments: Any, **named: Any) -> _T:
        for wait in (*waits, None):
            try:
                return call(*arguments, **named)
            except (HTTPError, OSError, RuntimeError, ValueError) as error:
                cause = _cause(error)
                if wait is None or not _is_passing(cause):
                    raise self._translated(cause) from None
                time.sleep(wait)
        raise AssertionError  # the loop returns or raises

    def _translated(self, error: BaseException) -> HubError:
        if isinstance(error, OfflineModeIsEnabled):
            return HubError("HF_HUB_OFFLINE is set: unset it to publish")
        if not isinstance(error, HfHubHTTPError):
            if isinstance(error, HTTPError):
                return HubError(f"the Hub cannot be reached, or breaks off ({_in_short(error)}): {_AGAIN}")
            return self._translated_xet(error)
        status = error.response.status_code
        if isinstance(error, RepositoryNotFoundError | RevisionNotFoundError) and not _is_bad_token(error):
            return _AbsentError(f"{self.repo}: the Hub shows no such repository or branch")
        return self._refused(status, error.server_message or error)

    def _translated_xet(self, error: BaseException) -> HubError:
        """What hf_xet says, with a status and an address in words alone. On the way up it is a ConnectionError for all
        that a server does and an OSError for what fails on this machine, on the way down a RuntimeError for all."""
        told = str(error)
        found, address = _XET_STATUS.search(told), _XET_ADDRESS.search(told)
        status = int(found[1]) if found else None
        is_storage = address is None or not _XET_PASS.search(address[2])
        who = f"the Hub's storage {address[1] if address else ''}".strip() if is_storage else "the Hub"
        if status is None:
            if address or isinstance(error, ConnectionError | TimeoutError):
                return HubError(f"{who} cannot be reached, or breaks off: {_WITHOUT if is_storage else _AGAIN}")
            if type(error) is OSError:
                return HubError(f"a large file cannot be read, or HF_HOME not be written to ({_in_short(told)})")
            return HubError(f"the Hub says what is not understood ({_in_short(told)}): {_AGAIN}")
        if not is_storage:
            no_storage = HubError(f"this Hub has no Xet storage (404): {_ONLY_WITHOUT}")
            return no_storage if status == 404 else self._refused(status, told)
        if status in (401, 403):
            return HubError(f"{who} does not take the pass that the Hub gave ({status}): {_WITHOUT}")
        if status in _PASSING:
            return HubError(f"{who} does not answer as it should ({status}): {_WITHOUT}")
        return HubError(f"{who} refuses ({status}): {_ONLY_WITHOUT}")

    def _refused(self, status: int, told: object) -> HubError:
        if status == 401:
            return HubError("the Hub does not take the token (401): make one at its page settings/tokens, for HF_TOKEN")
        if status == 403:
            return HubError(f"the token may not write to {self.repo} (403): give one that may, or another --repo")
        if status in _ANOTHER_WAS_THERE:
            return _ConflictError(f"{self.repo} was changed meanwhile by somebody else ({status}): {_AGAIN}")
        if status in _PASSING:
            return HubError(f"the Hub does not answer as it should ({status}): {_AGAIN}")
        return HubError(f"the Hub refuses ({status}): {_in_short(told)}")


class _AbsentError(HubError):
    """There is no such repository or branch, or none that may be seen."""


class _ConflictError(HubError):
    """Something stands there already, or came in between."""


def _cause(error: BaseException) -> BaseException:
    """The Hub's answer behind an error, where there is one."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, HTTPError):
        found = found.__cause__ or found.__context__
    return found or error


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in _PASSING
    return isinstance(error, HTTPError)  # hf_xet has asked often enough where it gives up


def _is_bad_token(error: HfHubHTTPError) -> bool:
    """huggingface_hub takes a 401 for a repository that is not there, as the Hub says of private ones to strangers."""
    told = error.response.headers.get("X-Error-Code")
    return error.response.status_code == 401 and told != "RepoNotFound" and "Authorization" in error.request.headers


def _stands(head: Head, files: Mapping[str, Path], gone: Sequence[str]) -> bool:
    return all(head.has(name, path) for name, path in files.items()) and not set(gone) & set(head.files)


def _git_hash(path: Path) -> str:
    hashed = sha1(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while part := file.read(_PART):
            hashed.update(part)
    return hashed.hexdigest()


def _in_short(error: object) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
