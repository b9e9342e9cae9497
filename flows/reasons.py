"""Why something is dropped, in a few words, for whoever reads a summary or a report. `{role}` stands for the role."""

from dramaturg.text import Language

__all__ = ["REASONS", "meaning"]

REASONS: dict[str, tuple[str, str]] = {
    "unreadable": (
        "no row of a known form",
        "不是任何已知形式的行",
    ),
    "over_budget": (
        "longer than a scene may be (SCENE_TOKENS)",
        "比一个场景允许的长度还长（SCENE_TOKENS）",
    ),
    "no_speech": (
        "narration that leads to no spoken line",
        "后面没有引出台词的叙述",
    ),
    "unknown_speaker": (
        "nobody knows who says it",
        "不知道是谁说的",
    ),
    "role_absent": (
        "{role} answers nobody near it",
        "附近没有{role}的回答",
    ),
    "before_question": (
        "said before the first question to {role}",
        "在第一次有人对{role}说话之前",
    ),
    "nobody_asked": (
        "said by {role} with nobody's line before it",
        "{role}说的，但前面没有别人的话",
    ),
    "turns_to_another": (
        "said by {role} to another than who spoke before",
        "{role}说的，但不是对前一个说话人说的",
    ),
    "no_candidate": (
        "the model names nobody who can be meant: the rules' speaker stays",
        "模型说的人都不可能是：保留规则判定的说话人",
    ),
    "not_told": (
        "the model cannot tell who speaks: the rules' speaker stays",
        "模型分辨不出是谁说的：保留规则判定的说话人",
    ),
    "not_in_script": (
        "a catchphrase that {role} never says",
        "{role}从没说过的口头禅",
    ),
    "too_long": (
        "longer than a catchphrase, a relation, a statement, a question or an answer may be",
        "比口头禅、关系、陈述、问题或回答允许的长度还长",
    ),
    "not_chosen": (
        "a catchphrase that the profile leaves out",
        "画像没有采用的口头禅",
    ),
    "within_another": (
        "a catchphrase that is a part of another",
        "包含在另一句口头禅里",
    ),
    "unmerged": (
        "a statement that the merged ones leave out",
        "合并后的陈述没有采用",
    ),
    "not_of_role": (
        "a statement that does not speak of {role}",
        "说的不是{role}的陈述",
    ),
    "unknown_person": (
        "a relation to nobody of the work",
        "与作品里没有的人的关系",
    ),
    "over_count": (
        "more than the model was asked for",
        "超出了向模型要的数量",
    ),
    "ungrounded": (
        "cites no line that it was shown, or shares no word with those it cites",
        "没有引用给它看过的台词，或与所引台词没有相同的词",
    ),
    "asked_by_role": (
        "{role} is made to ask it",
        "成了{role}自己在问",
    ),
    "unknown_asker": (
        "said by nobody who may ask {role}",
        "提问的人不在可以提问的人里",
    ),
    "after_dropped": (
        "said after a turn that is dropped",
        "接在被丢弃的一轮之后",
    ),
    "not_in_scene": (
        "a motive of somebody who does not speak in the scene",
        "动机属于没在场景里说话的人",
    ),
    "named_twice": (
        "a second motive of the same person",
        "同一个人的第二个动机",
    ),
    "no_motive": (
        "a scenario in which {role} wants nothing",
        "{role}在其中什么都不想要的情境",
    ),
    "gives_away": (
        "a situation that quotes what is said in the scene",
        "情境引用了场景里说的话",
    ),
    "low_confidence": (
        "the model itself is not sure of the question",
        "模型自己对这个问题没有把握",
    ),
    "cut_off": (
        "the model ran out of tokens in it",
        "模型没写完，词元用尽",
    ),
    "empty": (
        "nothing was said",
        "什么都没说",
    ),
    "placeholder": (
        "a blank left to fill in",
        "留着空没有填",
    ),
    "wrong_language": (
        "not in the work's language",
        "不是作品的语言",
    ),
    "prompt_echo": (
        "copied from the prompt's examples",
        "照抄提示词里的例子",
    ),
    "ai_disclosure": (
        "the model speaks of itself",
        "模型说起了自己",
    ),
    "refusal": (
        "the model refuses",
        "模型拒绝回答",
    ),
    "meta_talk": (
        "speaks of {role} as a character, of the work as a book or a script",
        "把{role}当成角色、把作品当成书或剧本来说",
    ),
    "answer_is_question": (
        "the answer repeats the question",
        "回答重复了问题",
    ),
    "speaks_for_others": (
        "others speak in the answer",
        "回答里别人也在说话",
    ),
    "asks_another": (
        "the question calls another than {role}",
        "问题叫的是{role}以外的人",
    ),
    "third_person": (
        "the answer tells of {role} and never says I",
        "回答在讲述{role}，从不说“我”",
    ),
    "repetition": (
        "the answer says the same over and over",
        "回答翻来覆去说同一句",
    ),
    "incomplete": (
        "the answer ends in the middle",
        "回答断在半中间",
    ),
    "too_short": (
        "only a yes or a hum to an open question",
        "对开放的问题只答了一个“是”或“嗯”",
    ),
    "agent_not_target": (
        "another than {role} answers",
        "回答的不是{role}",
    ),
    "empty_role": (
        "said by nobody",
        "没有说话人",
    ),
    "empty_turn": (
        "a turn in which nothing is said",
        "有一轮什么都没说",
    ),
    "narrator_as_user": (
        "said to the narrator, a scene or the system",
        "是对旁白、场景或系统说的",
    ),
    "same_speaker_twice": (
        "two turns on end by the same speaker",
        "同一个人连着说了两轮",
    ),
    "duplicate": (
        "the same as one before it",
        "与前面的一条相同",
    ),
    "near_duplicate": (
        "nearly the same as one before it (ROUGE-L 0.7)",
        "与前面的一条几乎相同（ROUGE-L 0.7）",
    ),
    "repeated_answer": (
        "the same answer as to another question",
        "与另一个问题的回答相同",
    ),
    "split_bridge": (
        "hangs on train and on test",
        "同时牵连训练集和测试集",
    ),
    "in_benchmark": (
        "has something in common with a benchmark",
        "与某个评测集有相同之处",
    ),
    "rejected_in_review": (
        "a person who read it does not want it",
        "读过的人不要它",
    ),
    "contaminated": (
        "a train row that has something in common with a test row",
        "与测试集有相同之处的训练行",
    ),
}
"""By the word that stands in `Rejected.reason`: in English, in Chinese."""


def meaning(reason: str, role: str, language: Language = "en") -> str:
    """Raises KeyError where no stage drops anything for this reason."""
    english, chinese = REASONS[reason]
    return (chinese if language == "zh" else english).format(role=role)
