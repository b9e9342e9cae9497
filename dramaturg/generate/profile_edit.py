"""What a person wrote of the role, which goes before what a model did."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dramaturg.errors import InputError
from dramaturg.generate.catchphrases import Catchphrase
from dramaturg.generate.profile import Profile
from dramaturg.generate.relations import Relation
from dramaturg.generate.statements import SceneRef

__all__ = ["profile_edit"]

_KEYS = ("description", "catchphrases", "relations")
_OF_A_RELATION = ("name", "is", "from")
_OF_A_SCENE = ("source", "scene")


def profile_edit(profile: Profile, edited: Mapping[str, Any]) -> Profile:
    """The profile with what `edited` has in its stead; the rest stays.

    `description` is a text, `catchphrases` a list of texts, `relations` a list of {name, is, from}, in the story's
    order, `from` being a scene as {source, scene}, or left out. A catchphrase that the profile had keeps its count. An
    edited description rests on no scenes. Raises InputError, which begins with the key that is wrong.
    """
    _check_keys(edited, _KEYS, "")
    if "description" in edited:
        profile = replace(profile, description=_text(edited["description"], "description"), statements=())
    if "catchphrases" in edited:
        known = {phrase.text.lower(): phrase for phrase in profile.catchphrases}
        texts = [_text(each, where) for where, each in _items(edited["catchphrases"], "catchphrases")]
        phrases = tuple(replace(known.get(text.lower(), Catchphrase(text, 0)), text=text) for text in texts)
        profile = replace(profile, catchphrases=phrases)
    if "relations" in edited:
        relations = tuple(_relation(each, where) for where, each in _items(edited["relations"], "relations"))
        profile = replace(profile, relations=relations)
    return replace(profile, edited=tuple(key for key in _KEYS if key in edited or key in profile.edited))


def _relation(given: Any, where: str) -> Relation:
    fields = _mapping(given, _OF_A_RELATION, where)
    name, to_role = (_text(fields.get(key), f"{where}: {key}") for key in ("name", "is"))
    since = fields.get("from")
    return Relation(name, to_role, None if since is None else _scene(since, f"{where}: from"))


def _scene(given: Any, where: str) -> SceneRef:
    fields = _mapping(given, _OF_A_SCENE, where)
    number = fields.get("scene")
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise InputError(f"{where}: scene: expected a scene's number, as in scene: 12")
    return SceneRef(_text(fields.get("source"), f"{where}: source"), number)


def _text(given: Any, where: str) -> str:
    if not isinstance(given, str):
        raise InputError(f"{where}: expected a text")
    if not given.strip():
        raise InputError(f"{where}: is empty: give a text, or leave it out")
    return given.strip()


def _items(given: Any, where: str) -> Iterator[tuple[str, Any]]:
    """The items of a list, each with where it stands."""
    if not isinstance(given, list):
        raise InputError(f"{where}: expected a list")
    yield from ((f"{where}, item {number}", each) for number, each in enumerate(given, 1))


def _mapping(given: Any, keys: tuple[str, ...], where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise InputError(f"{where}: expected fields such as {{ {': …, '.join(keys)}: … }}")
    _check_keys(given, keys, f"{where}: ")
    return given


def _check_keys(given: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in given:
        if key not in keys:
            raise InputError(f"{where}there is no field {key}; there are {', '.join(keys)}")
