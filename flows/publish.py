"""A character's dataset to the Hub: what goes up, whether it may, and what changes there."""

import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from dramaturg import ROOT, __version__
from dramaturg.errors import HubError, InputError
from dramaturg.publish import changelog
from dramaturg.publish.changelog import Difference, difference
from dramaturg.publish.dataset import parquet_path
from dramaturg.publish.hub import Head, Hub, hub_token
from dramaturg.publish.leaks import leaks, scrubbed
from dramaturg.publish.pictures import PLOTS
from dramaturg.publish.withheld import RECORD, withhold_folder
from dramaturg.workspace import read_json, write_atomic, write_json
from extractors import SourceText
from flows.built import check_current
from flows.card import Told, card_of, current_pictures, written_parts
from flows.keys import held_keys
from flows.stage import CARD_FILE, SHEET_FILE, Build, as_last_built, read_manifest
from flows.used import may_be_passed_on
from flows.verified import read_sources, verdict_of

__all__ = ["Publishing", "publish"]

_LICENCE, _MANIFEST = "LICENSE", "manifest.json"
_UNDECLARED = re.compile(r"(?i)unknown|undeclared|none|n/?a|to ?do|tbd|\?+|-+|…|未知|不详|不明|无|待定")
_PARQUET = re.compile(r"\w+/(?:train|test)\.parquet")
_DATA = (".parquet", ".arrow", ".jsonl", ".json", ".csv", ".tar", ".zip")
_OF_A_SOURCE = ("name", "kind", "characters", "text_sha256")
_SHOWN = 5  # of what is wrong

_Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Publishing:
    """How a dataset is to be published: where, under which tag, who may see it, and whether what may not be passed on
    is withheld. `date` is the changelog's. With `dry_run` it is only told."""

    repo: str
    date: str
    branch: str = "main"
    tag: str | None = None
    private: bool = False
    withhold: bool = False
    dry_run: bool = False


def publish(build: Build, asked: Publishing, tell: _Tell) -> None:
    """One commit of what is not on the Hub as it is here; none where all is.

    Raises InputError where the dataset is not built, not current, not sound, or may not go up as it is; HubError where
    the Hub does not take it; BusyError beside a run of the build.
    """
    build = as_last_built(build)
    token = hub_token()
    hub = Hub(asked.repo, token, asked.branch)
    if token is None and not asked.dry_run:
        raise HubError("there is no token: set HF_TOKEN to one that may write, or log in with `hf auth login`")
    with build.workspace.locked(), TemporaryDirectory() as folder:
        read = _checked(build)
        withheld = _withheld_sources(build, asked)
        files = _staged(build, asked, {name: read[name].text for name in withheld}, Path(folder) / "now")
        _complain_of_leaks(build, files, token)
        _tell_files(files, withheld, tell)
        try:
            _send(build, asked, hub, files, Path(folder), tell)
        except HubError as error:
            if not asked.dry_run:
                raise
            tell(f"it could not be published: {error}")


def _send(build: Build, asked: Publishing, hub: Hub, files: Mapping[str, Path], folder: Path, tell: _Tell) -> None:
    """Tell what changes on the Hub, and unless that is all, change it."""
    head = _head(build, asked, hub, folder / "before")
    fresh = {name: path for name, path in files.items() if head is None or not head.has(name, path)}
    gone = [] if head is None else [name for name in head.files if name not in files and _is_ours(name)]
    if head is not None and not fresh and not gone:
        _finish_unchanged(hub, head, asked, tell)
        return
    for remark in hub.check_card(files[CARD_FILE]) if CARD_FILE in fresh else ():
        tell(f"the Hub remarks on the card: {remark}")
    if head is not None and asked.tag in head.tags:
        raise HubError(f"{asked.repo} has a tag {asked.tag} already, of another revision: give another --tag")
    found = _differences(hub, head, files, folder / "before")
    is_first = head is None or _MANIFEST not in head.files
    line = changelog.line(asked.date, asked.tag, found, is_first=is_first)
    tell(line.removeprefix("- "))
    if asked.dry_run:
        would = f"{asked.repo} would be made, {'private' if asked.private else 'public'}; " if head is None else ""
        tell(f"{would}{len(fresh) + 1} files would go up, {len(gone)} would be removed; nothing was changed")
        return
    if head is None:
        head = hub.create(private=asked.private)
    fresh[changelog.FILE] = _changelog(hub, head, line, folder)
    commit = hub.publish(fresh, gone, _message(build, asked), head, tell)
    if asked.tag:
        hub.tag(asked.tag, commit)
    tell(f"published: {asked.repo}, revision {commit[:12]}" + (f", tag {asked.tag}" if asked.tag else ""))


def _checked(build: Build) -> dict[str, SourceText]:
    """The canonical texts of the sources. Raises InputError unless the dataset is built, current and sound."""
    check_current(build)
    name = build.workspace.character_id
    read = read_sources(build)
    verdict = verdict_of(build, read)
    if not verdict.is_sound:
        told = next(iter(verdict.faults), "there is no row")
        raise InputError(f"{name} has {len(verdict.faults):,} faults, the first: {told}; see make verify CHAR={name}")
    return read


def _withheld_sources(build: Build, asked: Publishing) -> list[str]:
    """The names of the sources whose words stay here. Raises InputError where a licence is not declared, or not known
    to let others have the words, which are not to be withheld."""
    licences = {source.name: build.character.licence_of(source) for source in build.character.sources}
    if undeclared := [name for name, each in licences.items() if _UNDECLARED.fullmatch(each.strip())]:
        raise InputError(
            f"{', '.join(undeclared)}: no licence is declared: say in character.yaml under which you hold it"
        )
    kept = [name for name, licence in licences.items() if not may_be_passed_on(licence)]
    if kept and not asked.withhold:
        told = ", ".join(f"{name} ({licences[name]})" for name in kept)
        raise InputError(
            f"{told}: that licence is not known as one that lets you pass it on: --withhold publishes offsets and "
            "hashes in place of its words"
        )
    return kept


def _staged(build: Build, asked: Publishing, withheld: Mapping[str, str], folder: Path) -> dict[str, Path]:
    """The files that go up, by their paths there: the dataset's own where they are, all others in `folder`. `withheld`
    are canonical texts by source."""
    dataset, manifest = build.workspace.dataset, read_manifest(build)
    splits: Mapping[str, Mapping[str, int]] = manifest["stages"]["export"]["splits"]
    configs = {config: [split for split, rows in own.items() if rows] for config, own in splits.items()}
    plots = sorted(path for path in (dataset / PLOTS).rglob("*") if path.is_file())
    files = {path.relative_to(dataset).as_posix(): path for path in plots}
    card = _card(build, asked)
    if withheld:
        sources = [each for each in manifest["stages"]["extract"]["sources"] if each["name"] in withheld]
        selectors = {each.name: each.selector for each in build.character.sources}
        told = [
            {**{name: each[name] for name in _OF_A_SOURCE}, "selector": selectors[each["name"]]} for each in sources
        ]
        written = withhold_folder(dataset, folder, configs, withheld, told, build.character.language, card)
        files |= {name: folder / name for name in written}
    else:
        names = [f"{config}/{split}.parquet" for config, own in configs.items() for split in own]
        names += [name for name in (SHEET_FILE,) if (dataset / name).is_file()]
        files |= {name: dataset / name for name in names}
        files[CARD_FILE] = _written(folder / CARD_FILE, card())
    files[_LICENCE] = _written(folder / _LICENCE, _licence(build, withheld))
    write_json(folder / _MANIFEST, scrubbed(manifest))
    files[_MANIFEST] = folder / _MANIFEST
    return dict(sorted(files.items()))


def _card(build: Build, asked: Publishing) -> Callable[..., str]:
    """The card as it goes up. It is told the SHA-256 of each file by its path, where it is another than here, and the
    names of the sources that are withheld."""
    export = read_manifest(build)["stages"]["export"]
    parts = written_parts(build, export)
    pictures, shown = current_pictures(build, parts), card_of(build, Told.of(export))

    def card(hashes: Mapping[str, str] | None = None, withheld: Sequence[str] = ()) -> str:
        there = {
            config: {
                split: replace(part, sha256=(hashes or {}).get(parquet_path(config, split).as_posix(), part.sha256))
                for split, part in own.items()
            }
            for config, own in parts.items()
        }
        return shown(parts=there, pictures=pictures, place=asked.repo, withheld=withheld)

    return card


def _licence(build: Build, withheld: Container[str]) -> str:
    """What the rows are under, source by source."""
    lines = [f"{build.character.name}: {build.character.work}", ""]
    lines += ["Each row names its licence: that of the source or sources it was made from.", ""]
    for source in build.character.sources:
        told = ", whose words are not in here" if source.name in withheld else ""
        lines.append(f"{source.name}: {build.character.licence_of(source)}{told}")
    return "\n".join(lines) + "\n"


def _complain_of_leaks(build: Build, files: Mapping[str, Path], token: SecretStr | None) -> None:
    places = [path for each in (build.workspace.data, ROOT) for path in {each.absolute(), each.resolve()}]
    keys = held_keys(build.settings) | ({token.get_secret_value()} if token else set())
    found = list(leaks(files, keys, places))
    if found:
        more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise InputError(f"nothing was published: {', '.join(found[:_SHOWN])}{more}: take it out, and build again")


def _head(build: Build, asked: Publishing, hub: Hub, folder: Path) -> Head | None:
    """What stands there. Raises HubError where it is no place for this dataset."""
    head = hub.head()
    if head is None:
        if kind := hub.other_kind():
            raise HubError(f"{asked.repo} is a {kind}'s repository, not a dataset's: give another --repo")
        return None
    if asked.private and not head.is_private:
        raise HubError(f"{asked.repo} is public: make it private in its settings on the Hub, or leave out --private")
    others = f"{asked.repo} holds another dataset"
    if _MANIFEST in head.files:
        of = _character_in(hub.fetch(_MANIFEST, head, folder))
        if of != build.workspace.character_id:
            raise HubError(f"{others}{f', that of {of}' if of else ''}: give another --repo")
    elif any(name.endswith(_DATA) for name in head.files):
        raise HubError(f"{others}, which is not Dramaturg's: give another --repo")
    return head


def _character_in(path: Path) -> str | None:
    """The character of a published manifest."""
    try:
        found = read_json(path)
        return str(found["character"]) if found["manifest"] == 1 else None
    except (ValueError, KeyError, TypeError):
        return None


def _tell_files(files: Mapping[str, Path], withheld: Collection[str], tell: _Tell) -> None:
    sizes = {name: path.stat().st_size for name, path in files.items()}
    for name, size in sizes.items():
        tell(f"{size:>13,}  {name}")
    tell(f"{sum(sizes.values()):>13,}  bytes in {len(sizes)} files")
    if withheld:
        tell(f"withheld: the words of {', '.join(withheld)}")


def _is_ours(name: str) -> bool:
    """Whether a file was published by this program, and not laid there by somebody."""
    return name in (SHEET_FILE, RECORD) or name.startswith(f"{PLOTS}/") or bool(_PARQUET.fullmatch(name))


def _differences(hub: Hub, head: Head | None, files: Mapping[str, Path], folder: Path) -> dict[str, Difference]:
    """What changes in each config, those of the last revision among them."""
    now = _by_config(files)
    if head is None:
        return {config: difference({}, own) for config, own in now.items()}
    there = _by_config({name: Path(name) for name in head.files})
    found = {}
    for config in sorted({*now, *there}):
        own, was = now.get(config, {}), there.get(config, {})
        is_same = own.keys() == was.keys() and all(head.has(str(was[split]), own[split]) for split in own)
        if not is_same:
            before = {split: hub.fetch(path.as_posix(), head, folder) for split, path in was.items()}
            found[config] = difference(before, own)
    return found


def _by_config(files: Mapping[str, Path]) -> dict[str, dict[str, Path]]:
    found: dict[str, dict[str, Path]] = {}
    for name, path in files.items():
        if _PARQUET.fullmatch(name):
            found.setdefault(Path(name).parent.name, {})[Path(name).stem] = path
    return found


def _changelog(hub: Hub, head: Head, line: str, folder: Path) -> Path:
    before = ""
    if changelog.FILE in head.files:
        before = hub.fetch(changelog.FILE, head, folder / "before").read_text(encoding="utf-8")
    return _written(folder / changelog.FILE, changelog.added_to(before, line))


def _finish_unchanged(hub: Hub, head: Head, asked: Publishing, tell: _Tell) -> None:
    """Where a run before has done all, or all but the tag."""
    tell(f"{asked.repo}: nothing has changed since revision {head.commit[:12]}")
    if asked.tag and head.tags.get(asked.tag) != head.commit:
        if asked.dry_run:
            tell(f"it would be tagged {asked.tag}")
            return
        hub.tag(asked.tag, head.commit)
        tell(f"tagged {asked.tag}")


def _message(build: Build, asked: Publishing) -> str:
    return f"{build.workspace.character_id}{f' {asked.tag}' if asked.tag else ''}, by Dramaturg {__version__}"


def _written(path: Path, text: str) -> Path:
    with write_atomic(path) as file:
        file.write(text.encode())
    return path
