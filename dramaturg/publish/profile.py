"""The character sheet: the profile as JSON, beside the dataset."""

from typing import Any

from dramaturg.generate.profile import Profile
from dramaturg.generate.statements import SceneRef
from dramaturg.publish.dataset import passages

__all__ = ["profile_json"]


def profile_json(profile: Profile) -> dict[str, Any]:
    """Description, statements, catchphrases and relations, in what scenes of which source, and what wrote them.

    `scene` is a scene's number within its source, `places` are characters of a source's canonical text, `lines` in how
    many of the role's lines a catchphrase stands. `edited` names what a person wrote; `relations` may be copied into
    that person's file as they are.
    """
    return {
        "description": profile.description,
        "statements": [
            {"text": statement.text, "scenes": [_scene(scene) for scene in statement.scenes]}
            for statement in profile.statements
        ],
        "catchphrases": [
            {"text": phrase.text, "lines": phrase.lines, "places": passages(phrase.places)}
            for phrase in profile.catchphrases
        ],
        "relations": [
            {
                "name": relation.name,
                "is": relation.to_role,
                "from": None if relation.since is None else _scene(relation.since),
            }
            for relation in profile.relations
        ],
        "edited": list(profile.edited),
        "model": profile.model,
        "prompt": profile.prompt,
        "request": profile.request,
    }


def _scene(scene: SceneRef) -> dict[str, Any]:
    return {"source": scene.source, "scene": scene.scene_id}
