"""Random scripts: texts whose utterances lie where they say."""

from hypothesis import strategies as st

from dramaturg.script import HEADING, NARRATOR, Script, Utterance

ROLES = ("甲", "乙", "丙", None)

_KINDS = st.sampled_from(["speech"] * 5 + ["narration"] * 3 + ["thought", "heading"])
_BETWEEN = st.sampled_from(["", "\n", "\n\n　　", "”\n“", "\n* * *\n"])
_CALLS = st.sampled_from(["", "", "", *(f"{role}，" for role in ROLES if role)])
_CONTENTS = st.builds(str.__add__, _CALLS, st.text("一二三四五天地人。，！", min_size=1, max_size=60))


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Scripts of up to 40 utterances in up to four acts, by up to three known speakers."""
    text = ""
    act_id = 0
    utterances: list[Utterance] = []
    for kind, between, content in draw(st.lists(st.tuples(_KINDS, _BETWEEN, _CONTENTS), max_size=40)):
        text += between
        is_told = kind in ("narration", "heading")
        act_id += kind == "heading" and bool(utterances)
        utterances.append(
            Utterance(
                act_id=act_id,
                diag_id=len(utterances),
                role=NARRATOR if is_told else draw(st.sampled_from(ROLES)),
                content=content,
                kind="narration" if is_told else kind,
                source="novel.txt",
                start=len(text),
                end=len(text) + len(content),
                speaker_confidence=1.0,
                method=HEADING if kind == "heading" else "tag",
            )
        )
        text += content
    return Script("novel.txt", "zh", text, tuple(utterances))
