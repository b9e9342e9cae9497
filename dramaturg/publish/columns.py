"""What the configs hold: each of them in a line, and each of their columns, as the card tells it.

`{role}` stands for the role's name, `{narrator}` for what the rows call the narrator.
"""

from dramaturg.publish import chatharuhi, rolebench, scenes, scripts

__all__ = ["COLUMNS", "ROWS"]

_WRITTEN = {
    "model": "the model that wrote it; null where none did",
    "prompt": "the prompt's id and version",
    "request": "the request, by its key in the store of answers",
}
_QUALITY = {
    "quality": "what a model says that judged it, null where none did: `answers`, `style` and `correct`, yes or no "
    "(`correct` also unknown), a `score` of 1 to 5 for its style, the `reason`, the `model`, and the `request`, by its "
    "key in the store of answers",
}
_EDITED = {
    "edited": "which of its texts a person has written anew: 0 the question, 1 the answer, and on",
}
ROWS = {
    chatharuhi.CONFIG: "something said to {role}, and the answer",
    rolebench.CONFIG: "a question to {role} and a model's answer, in RoleBench's four columns",
    rolebench.BOUNDARY: "the same of a question that is not true to the work, and an answer that sets it right",
    rolebench.GENERAL: "a general instruction, and a model's answers to it as {role}, in RoleBench's three columns",
    scenes.CONFIG: "a scene in which {role} speaks with others: its lines, and time, place, situation and motives",
    scripts.PROFILES: "a line of the script, in RoleBench's four columns",
    scripts.SCRIPT: "the same line with its passage",
}
_TRIPLET = {
    "role": "the role",
    "question": "a question to it",
    "generated": "its answer, a list of one",
    "type": "`script_based`: made from passages; `script_agnostic`: from what the model knows",
    "id": "stays while what was asked stays",
    "licence": "the source's licence",
    **_WRITTEN,
    **_QUALITY,
    **_EDITED,
}
COLUMNS = {
    chatharuhi.CONFIG: {
        "user_role": "who speaks to the role",
        "user_question": "what is said to it, in 「」",
        "agent_role": "the role",
        "agent_response": "what it answers, in 「」",
        "question_source": "`story`: from the script; `synthesized`: a model's",
        "more_dialogues": "the turns after the answer, each `role:「text」`",
        "agent_role_name_en": "the role's folder name",
        "id": "stays while the source's text and the row's spans stay; of a generated row, while what was asked stays",
        "spans": "the passages that the row shows, none where a model wrote it: "
        "`turn` (0 the question, 1 the answer, 2 and on `more_dialogues`), `source`, "
        "`start`, `end` in characters of the source's canonical text, and `at`, the page or the time of a recording",
        "response_source": "`original`: the source's own words; `generated`: a model's",
        "licence": "the source's licence",
        "context": "the passages that the model was shown: `source`, `start`, `end`; none for `original`",
        "question_request": "the request that the question came from; null for `original`",
        **_WRITTEN,
        "more_requests": "the requests that the entries of `more_dialogues` came from, where a model wrote them",
        "quality": f"of the first answer, {_QUALITY['quality']}",
        **_EDITED,
    },
    rolebench.CONFIG: {
        **_TRIPLET,
        "confidence, reason": "how sure the model is that the question is complete (script-based) or true to the work "
        "(script-agnostic), and why; only `high` is kept",
        "context": "the passages that the model was shown: `source`, `start`, `end`",
        "lines": "the lines that the model says its answer rests on, at least one of which has a word in common with "
        "it: `source`, `start`, `end`; none for `script_agnostic`",
    },
    rolebench.BOUNDARY: {
        **_TRIPLET,
        "type": "`script_agnostic`: from what the model knows",
        "confidence, reason": "`low`: what the question supposes is not true to the work, as the model says; and why",
        "context, lines": "none",
    },
    rolebench.GENERAL: {
        "role": "the role",
        "question": "the instruction, as it was given",
        "generated": "the answers that were kept, of several to the same question; where it was kept, the first is "
        "the model's surest (temperature 0)",
        "id": "stays while role, instruction, `mode`, `prompt` and `model` do",
        "instruction_id": "the instruction, in the datasets of all roles",
        "category": "`open`, `commonsense` or `knowledge`, or what the user's instructions call it",
        "raw": "the plain answer, in nobody's voice, that came with the instruction; null where none did",
        "context": "the lines of the script that the model was shown: `source`, `start`, `end`",
        "model": _WRITTEN["model"],
        "prompt": _WRITTEN["prompt"],
        "mode": "how lines of the script were shown: `few_shot_dialogue`, as turns of the chat; `few_shot_prompt`, in "
        "the prompt; `zero_shot_prompt`, not at all",
        "requests": "the request of each answer, in the same order, by its key in the store of answers",
        "licence": "the source's licence",
        "quality": f"of the first answer, {_QUALITY['quality']}",
        **_EDITED,
    },
    scenes.CONFIG: {
        "id": "stays while the source's text and the scene's passages stay",
        "role": "the role",
        "agent_role_name_en": "the role's folder name",
        "source": "the source",
        "act_id": "as in `profiles`",
        "scene_id": "the scene, counted from 0 in each source; those without the role, or without others, are left out",
        "continues": "whether its length alone parts it from the scene before",
        "participants": "who speaks in it, in the order in which they first do",
        "scenario": "a model's, null where there is none: `time` and `place`, null where it cannot tell, `situation`, "
        "how things stand as the scene opens, `motives`, each the `name` of one who speaks and what that one `wants`",
        "turns": "its lines in order, the source's own: `role` (`{narrator}` for what is told, null where unknown), "
        "`kind` (speech, thought, action or narration), `content`, line breaks taken out, and the passage: `source`, "
        "`start`, `end`",
        "licence": "the source's licence",
        "context": "the passages that the model was shown: `source`, `start`, `end`; none without a scenario",
        **_WRITTEN,
    },
    scripts.PROFILES: {
        "act_id": "the act (a heading's reach), counted from 0 in each source",
        "diag_id": "the line, counted from 0 in each source",
        "role": "the speaker or thinker; `{narrator}` for everything else; null where unknown",
        "content": "the line, line breaks taken out",
    },
    scripts.SCRIPT: {
        "act_id, diag_id, role": "as in `profiles`",
        "content": "exactly the canonical text's characters from `start` to `end`",
        "kind": "speech, thought, action or narration",
        "source, start, end": "the passage",
        "at": "the page's address, or the time in the recording (from --> to), where the source has them",
        "speaker_confidence, method": "how sure the speaker is (0 to 1), and by which rule",
        "id": "stays while the source's text and the span stay",
        "licence": "the source's licence",
    },
}
