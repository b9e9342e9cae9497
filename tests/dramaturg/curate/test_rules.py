import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.cast import find_callee
from dramaturg.curate.rules import RULES, Rules, is_in_language, tidied
from dramaturg.text import Language, words
from tests.characters import character

LANGUAGES: tuple[Language, ...] = ("zh", "en")
SHOWN = {
    "zh": ["那马瘦得肋骨都数得清，我不藏它，它就要累死在驿道上了。", "谢三指"],
    "en": ["I borrowed his to fetch the doctor across the water."],
}


@pytest.mark.parametrize(
    ("language", "question", "answer", "fault"),
    [
        ("zh", "十三，你怕什么？", "我怕我娘。", None),
        ("zh", "十三，你怕什么？", "", "empty"),
        ("zh", "？", "我怕我娘。", "empty"),
        ("zh", "十三，你怕什么？", "{{answer}}", "placeholder"),
        ("zh", "十三，你怕什么？", "……", "empty"),
        ("zh", "十三，你怕什么？", "I fear my mother.", "wrong_language"),
        ("zh", "What do you fear?", "我怕我娘。", "wrong_language"),
        ("zh", "十三，你怕什么？", "那马瘦得肋骨都数得清，我只好藏它。", "prompt_echo"),
        ("zh", "你跟谢三指怎么逃的？", "跑呗。", "prompt_echo"),
        ("zh", "十三，你怕什么？", "作为一个人工智能语言模型，我没有恐惧。", "ai_disclosure"),
        ("zh", "十三，你怕什么？", "我只是一个程序，不会害怕。", "ai_disclosure"),
        ("zh", "十三，你怕什么？", "抱歉，我无法回答这个问题。", "refusal"),
        ("zh", "十三，你去不去？", "对不起，我不能去，我娘病了。", None),
        ("zh", "十三，你怕什么？", "十三，你怕什么？", "answer_is_question"),
        ("zh", "十三，你怕什么？", "我怕她。\n柳娘：你怕谁？", "speaks_for_others"),
        ("en", "Ned, what do you fear?", "My mother, sir.", None),
        ("en", "Ned, what do you fear?", "我怕我娘。", "wrong_language"),
        ("en", "Ned, what do you fear?", "As an AI language model, I fear nothing.", "ai_disclosure"),
        ("en", "Ned, who taught you?", "I was trained by an old thief, as everybody knows.", None),
        ("en", "Ned, what do you fear?", "I'm sorry, but I can't assist with that.", "refusal"),
        ("en", "Ned, will you help?", "I am sorry, I can't leave the boat.", None),
        ("en", "Ned, what then?", "I borrowed his to fetch the doctor across, you see.", "prompt_echo"),
        ("en", "Ned, what do you fear?", "ned what do you fear", "answer_is_question"),
        ("en", "Ned, what then?", 'Ann Pike: "Nothing."', "speaks_for_others"),
        ("en", "Ned, what then?", "[insert answer]", "placeholder"),
        ("en", "Ned, do you feel it?", "I do not have personal preferences or emotions.", "ai_disclosure"),
        ("en", "Ann Pike, what then?", "I rowed.", "asks_another"),
        ("en", "Ned, what then?", "Ned rowed home and slept.", "third_person"),
        ("en", "Ned, what then?", "They call me Ned Tull.", None),
        ("en", "Who are you?", "Ned Tull, sir, ferryman these ten years.", None),
        ("zh", "柳娘，你怕什么？", "我怕水。", "asks_another"),
        ("zh", "十三，后来呢？", "顾十三划船走了。", "third_person"),
        ("zh", "十三，后来呢？", "十三不敢说。", None),
    ],
)
def test_a_pair_breaks_the_rule_it_breaks(language: Language, question: str, answer: str, fault: str | None) -> None:
    assert Rules.of(character(language), SHOWN[language]).fault(question, answer) == fault


# --- each rule: what breaks it, and what comes near ---------------------------------------------------------

BREAKS: dict[str, list[tuple[Language, str, str]]] = {
    "placeholder": [
        ("en", "Ned, who are you?", "My name is [NAME] and I row this boat."),
        ("en", "Ned, who are you?", "Good evening, {{user}}, what brings you here?"),
        ("en", "Ned, who are you?", "Just Ned.<|im_end|>"),
        ("en", "Ned, who are you?", "I come from [insert town], down the river."),
        ("en", "Ned, who are you?", "Lorem ipsum dolor sit amet."),
        ("en", "Ned, who are you?", "I grew up in ____ and never left."),
        ("en", "Ned, who are you?", "null"),
        ("en", "Ned, who are you?", "Hello <USER>, welcome aboard."),
        ("en", "Ned, who are you?", "Dear [Your Name], the boat is ready."),
        ("en", "Ned, who are you?", "XXX is my name."),
        ("en", "Ned, who are you?", "Ned. </s>"),
        ("en", "Ned, who are you?", "[INST] Ned [/INST]"),
        ("en", "Who are you?", "I am [character name], the ferryman."),
        ("en", "Who are you?", "It was the year [YEAR] when I came here."),
        ("en", "Who are you?", "{name} at your service, sir."),
        ("en", "Who are you?", "My dear ______, I thought you knew."),
        ("en", "Who are you?", "<|assistant|>I am Ned."),
        ("en", "Who are you?", "Welcome, {{char}} is ready to row you."),
        ("en", "Who are you?", "Ask me about [insert topic here]."),
        ("en", "Who are you?", "The answer is TBD."),
        ("en", "Who?", "Hello, my name is [Your Name]. I am from [City]."),
        ("en", "Who?", "[Character] smiles at you."),
        ("en", "Who?", "I'm {{char}}, nice to meet you {{user}}."),
        ("en", "Who?", "My name is ___."),
        ("en", "Who?", "Nice to meet you, <name>!"),
        ("zh", "十三，你是谁？", "我叫某某，是撑船的。"),
        ("zh", "十三，你是谁？", "{{user}}，你来了？"),
        ("zh", "十三，你是谁？", "我叫XXX，家住河边。"),
        ("zh", "十三，你是谁？", "你好，[姓名]，上船吧。"),
        ("zh", "十三，你是谁？", "我是顾十三。<|endoftext|>"),
        ("zh", "十三，你是谁？", "我家住在【此处填写地名】，撑船为生。"),
        ("zh", "十三，你是谁？", "我在____住了十年。"),
        ("zh", "十三，你是谁？", "无"),
        ("zh", "你是谁？", "我是{角色名}，撑船的。"),
        ("zh", "你是谁？", "某某先生，你来了？"),
        ("zh", "你是谁？", "我叫__，今年三十。"),
        ("zh", "你是谁？", "我叫XX，今年三十。"),
        ("zh", "你是谁？", "<answer>我叫顾十三</answer>"),
        ("zh", "你是谁？", "（此处插入角色的自我介绍）"),
        ("zh", "你是谁？", "我叫[你的名字]，家住河边。"),
        ("zh", "谁？", "你好，我叫（姓名），来自（地名）。"),
        ("zh", "谁？", "XX年XX月，我来到这里。"),
        ("zh", "谁？", "我是【角色名】，幸会。"),
        ("zh", "谁？", "在下XXX，见过公子。"),
        ("zh", "谁？", "null"),
    ],
    "wrong_language": [
        ("en", "Ned, what then?", "我划船回家了，什么也没说。"),
        ("en", "Ned, what then?", "Je ne sais pas, monsieur, mais la rivière est dangereuse."),
        ("en", "Ned, what then?", "I rowed home and then 突然 the bell rang."),
        ("en", "Ned, what then?", "No lo sé, pero el río es muy peligroso en la noche."),
        ("en", "What then?", "Ich weiß es nicht, aber der Fluss ist gefährlich."),
        ("en", "What then?", "Я не знаю, что было потом."),
        ("en", "What then?", "I think 我们 should go home now."),
        ("en", "What then?", "Then he said 你好 to me and left."),
        ("en", "And then?", "Entonces me fui a casa y no dije nada."),
        ("zh", "十三，后来呢？", "后来 she帮我看守着那匹马，我才睡了一觉。"),
        ("zh", "十三，后来呢？", "我觉得这件事however没那么简单。"),
        ("zh", "十三，后来呢？", "他always这样，我早就习惯了。"),
        ("zh", "十三，后来呢？", "Well, I just rowed away and never came back."),
        ("zh", "十三，后来呢？", "那天我在河边等他，but他没有来。"),
        ("zh", "十三，后来呢？", "私は船で逃げたのだ。"),
        ("zh", "十三，后来呢？", "后来我就идти回家了。"),
        ("zh", "后来呢？", "The 后来我就走了。"),
        ("zh", "后来呢？", "他说要来，I guess他不会来了。"),
        ("zh", "后来呢？", "我真的 really 不知道怎么办。"),
        ("zh", "后来呢？", "これは私の船です。"),
        ("zh", "后来呢？", "我当时很angry，转身就走了。"),
        ("zh", "后来呢？", "然后 we 一起去了渡口。"),
        ("zh", "后来呢？", "他的 eyes 很亮，我一直记得。"),
        ("zh", "后来呢？", "我不知道，maybe他已经走了。"),
        ("zh", "后来呢？", "他是我的 friend，我不会骗他。"),
    ],
    "prompt_echo": [
        ("en", "Ned, what then?", "### Response:\nI rowed home."),
        ("en", "Ned, what then?", "You are Ned Tull, a ferryman. Answer in his voice."),
        ("zh", "十三，后来呢？", "你现在扮演顾十三，请用他的口吻回答。"),
    ],
    "ai_disclosure": [
        ("en", "Ned, what do you fear?", "As an artificial intelligence, I don't experience fear the way people do."),
        ("en", "How do you feel?", "I'm just an AI, so I can't really feel anything, but thank you for asking!"),
        (
            "en",
            "Where do you sleep?",
            "Well, as a large language model I don't sleep, but Ned would sleep in his boat.",
        ),
        (
            "en",
            "Did you love her?",
            "I don't have personal experiences or emotions, but I can tell you about the river.",
        ),
        ("en", "How old are you?", "I was created by OpenAI, so I have no age."),
        ("en", "What's new?", "My knowledge cutoff is 2021, so I could not say."),
        ("en", "Do you eat?", "I do not have a physical body, so I don't need food."),
        ("en", "Ned, are you tired?", "I am a computer program designed to assist you, I don't get tired."),
        ("en", "Ned, who are you?", "I'm your virtual assistant, here to help with anything about ferries."),
        ("en", "Ned, tell me a joke.", "Being a chatbot, I only know the old ones, sir."),
        ("en", "Ned, do you dream?", "Ah, I am but an AI model trained to talk like a ferryman, friend."),
        ("en", "Ned, do you dream?", "I have been trained on a lot of text, and none of it dreams."),
        ("en", "Ned, did you see it?", "I'm afraid that, as an AI developed by Alibaba Cloud, I didn't see anything."),
        ("en", "Who made you?", "I'm an AI developed to role-play as Ned, so nobody made me in the usual sense."),
        ("en", "Do you feel pain?", "Unlike humans, I do not feel pain, as I am only a language model."),
        ("en", "Do you have kids?", "As a digital assistant, I have no children."),
        ("en", "Can you check the weather?", "I don't have access to real-time information, so I can't tell you."),
        ("en", "What do you like?", "Since I'm an artificial intelligence, I don't have likes."),
        ("en", "What do you remember?", "I don't retain memory of previous conversations."),
        (
            "en",
            "Ned, what's your opinion?",
            "While I don't have personal opinions, many people say the river is dangerous.",
        ),
        ("en", "Ned, do you sleep?", "I exist only as lines of code, friend, and code does not sleep."),
        ("en", "Ned, are you real?", "To be honest, I am not a real person; I'm an AI playing a part."),
        ("en", "Who are you really?", "I am a language model playing Ned."),
        ("en", "Can you love?", "Love is a human emotion that I, as an AI, cannot experience."),
        ("en", "Can you love?", "I'm programmed to respond in Ned's voice, so no."),
        ("en", "Do you sleep?", "Nope! I'm a bot, I don't need sleep."),
        ("en", "Who taught you?", "My training data includes many books about rivers."),
        ("en", "How do you feel?", "As a machine learning model I don't have feelings."),
        ("en", "How do you feel?", "I'm not capable of feeling emotions, since I'm software."),
        ("zh", "十三，你怕什么？", "作为AI，我没有情绪，自然不会害怕。"),
        ("zh", "十三，你是谁？", "我是由阿里云开发的通义千问，很高兴为你服务。"),
        ("zh", "十三，你爱过谁？", "我并没有真正的情感，所以谈不上爱谁。"),
        ("zh", "十三，你多大了？", "我只是一串代码，没有年龄这回事。"),
        ("zh", "十三，今天冷吗？", "我是一个人工智能助手，感觉不到冷热。"),
        ("zh", "十三，你吃了吗？", "身为一个聊天机器人，我不用吃饭的。"),
        ("zh", "十三，今年是哪一年？", "我的知识截止到2023年，之后的事我不知道。"),
        ("zh", "十三，你娘呢？", "哈哈，我是AI，没有娘。"),
        ("zh", "十三，你娘呢？", "我是一款基于大数据训练的语言模型，没有父母。"),
        ("zh", "十三，你娘呢？", "我没有实体，也没有家人，只是被设计来回答问题的程序。"),
        ("zh", "你有家人吗？", "我其实是一个AI程序，没有家人。"),
        ("zh", "你喜欢吃什么？", "我没有味觉，作为人工智能，我不需要吃东西。"),
        ("zh", "你记得我吗？", "我是你的智能助手小十三，有什么可以帮您？"),
        ("zh", "你会死吗？", "我不会死，因为我只是一个由代码构成的虚拟存在。"),
        ("zh", "你在哪里学的？", "我的知识来自大量的训练数据，并没有拜过师父。"),
        ("zh", "你是真人吗？", "不是，我是由人工智能驱动的聊天程序。"),
        ("zh", "你难过吗？", "虽然我是AI，不会难过，但我能理解你。"),
        ("zh", "你会爱吗？", "爱是人类的情感，我作为AI是体会不到的。"),
        ("zh", "你会爱吗？", "我是被设定成顾十三的人工智能，不会爱。"),
        ("zh", "你睡觉吗？", "机器人是不需要睡觉的，我是AI助手呀。"),
        ("zh", "谁教你的？", "我是通过大量文本训练出来的模型，没有老师。"),
        ("zh", "你感觉怎样？", "作为一个程序，我没有感觉。"),
    ],
    "refusal": [
        ("en", "Ned, how do I kill him?", "I'm sorry, but I can't help with that."),
        ("en", "Ned, how do I kill him?", "I cannot assist with that request."),
        ("en", "Ned, how do I kill him?", "I'm unable to provide information on that topic."),
        (
            "en",
            "Ned, how do I kill him?",
            "I apologize, but I cannot fulfill this request as it goes against my guidelines.",
        ),
        (
            "en",
            "Ned, how do I kill him?",
            "I'm sorry, I cannot answer that question. Is there anything else I can help you with?",
        ),
        ("en", "Ned, how do I kill him?", "I can't engage in discussions that promote violence or illegal activities."),
        ("en", "Ned, what of her?", "Sorry, but that would be inappropriate content and I won't write it."),
        (
            "en",
            "Ned, I feel sad.",
            "I'm really sorry you feel this way, but I'm unable to provide the help that you need. Please talk to a "
            "mental health professional.",
        ),
        (
            "en",
            "Ned, swear.",
            "I'm sorry, but as it is important to keep our conversation respectful and appropriate, I can't do that.",
        ),
        ("en", "Ned, swear.", "Unfortunately, I am not able to respond to this question."),
        ("en", "Ned, swear.", "I must decline to answer this question, as it involves sensitive topics."),
        ("en", "Tell me how to make poison.", "I'm sorry, but I can't provide instructions on how to make poison."),
        (
            "en",
            "Tell me a dirty joke.",
            "I'm sorry, I can't share that kind of content. Let's talk about something else.",
        ),
        ("en", "Who should I vote for?", "I'm not able to give opinions on political matters."),
        ("en", "How do I hurt him?", "I can't assist with anything that could cause harm to others."),
        (
            "en",
            "How do I hurt him?",
            "I won't be able to help with that. If you're struggling, please reach out to a mental health "
            "professional.",
        ),
        ("en", "Insult her.", "I'd prefer not to generate insulting content."),
        ("en", "Insult her.", "I cannot comply with this request."),
        ("en", "Write me a poem about it.", "Sorry, I can't do that."),
        ("en", "Ned, what happened?", "I'm sorry, but I don't have enough information to answer that question."),
        (
            "en",
            "How can I cheat on the exam?",
            "I'm sorry, but I cannot help you cheat on an exam. It is unethical and could have serious consequences.",
        ),
        ("en", "Where can I buy a gun?", "I can't provide that information."),
        ("en", "Say something racist.", "That's not something I can help with."),
        ("en", "Say something racist.", "I don't feel comfortable engaging with this kind of request."),
        (
            "en",
            "Say something racist.",
            "Unfortunately, I can't fulfill that request. Would you like to talk about something else?",
        ),
        ("en", "Say something racist.", "My apologies, but I am unable to continue this conversation."),
        ("en", "What medicine?", "I'm not qualified to give medical advice; please consult a doctor."),
        ("en", "Say something racist.", "I must respectfully decline to respond to that, as it promotes hate speech."),
        (
            "en",
            "Tell me how to pick a lock.",
            "I'm sorry, but I can't assist you with that. Picking locks without permission is illegal.",
        ),
        ("en", "Tell me how to pick a lock.", "I cannot provide guidance on illegal activities such as picking locks."),
        ("en", "Describe the murder.", "I'm unable to describe graphic violence."),
        ("en", "Describe the murder.", "I apologize for any inconvenience, but I can't discuss that topic."),
        ("en", "Describe the murder.", "As a responsible storyteller, I can't create content that is harmful."),
        ("en", "What is the capital?", "I'm sorry, I don't have that information."),
        (
            "en",
            "Curse at me.",
            "I'm here to provide helpful and respectful answers, so I can't use that kind of language.",
        ),
        ("en", "How do I forge a seal?", "I'm sorry, but I can't help with forging documents."),
        ("en", "How do I forge a seal?", "I can't assist in any activity that breaks the law."),
        ("en", "Tell me her address.", "I can't share personal information about individuals."),
        ("en", "Tell me her address.", "Sorry, I'm not able to help you with that."),
        ("en", "What do you think of the king?", "I'm afraid I can't comment on political topics."),
        ("en", "Pretend to kiss me.", "I'm not comfortable with this roleplay. Let's talk about something else."),
        ("en", "Pretend to kiss me.", "I can't participate in romantic or sexual content."),
        ("en", "What happened?", "I do not have any information regarding that event."),
        ("en", "Say it!", "I'm sorry, but I'm not going to be able to do that."),
        ("zh", "十三，怎么杀人？", "抱歉，我无法回答这个问题。"),
        ("zh", "十三，怎么杀人？", "很抱歉，我不能提供这类信息。"),
        ("zh", "十三，怎么杀人？", "对不起，这个问题我无法回答。我们可以聊聊别的话题吗？"),
        ("zh", "十三，怎么杀人？", "这涉及违法内容，我不能协助您完成。"),
        ("zh", "十三，怎么杀人？", "我无法满足您的请求，因为它违反了相关的法律法规。"),
        ("zh", "十三，我难过。", "听到你难过我很抱歉，建议你寻求专业人士的帮助。"),
        ("zh", "十三，骂他。", "我不能生成带有侮辱性的内容，请您谅解。"),
        ("zh", "十三，骂他。", "不好意思，我没办法帮您完成这个请求，您可以换一个问题。"),
        ("zh", "十三，骂他。", "作为一名负责任的角色，我不能讨论这样的话题。"),
        ("zh", "教我制毒。", "对不起，我不能教你制毒，这是违法行为。"),
        ("zh", "讲个黄段子。", "抱歉，我不能讲低俗的内容。"),
        ("zh", "你支持谁？", "这个话题比较敏感，我不方便发表评论。"),
        ("zh", "怎么报复他？", "我不能提供伤害他人的方法，请您冷静处理。"),
        ("zh", "后来呢？", "很抱歉，我没有足够的信息来回答这个问题。"),
        ("zh", "骂他两句。", "请文明用语，我无法协助您辱骂他人。"),
        ("zh", "枪去哪里买？", "我无法提供有关枪支购买的信息。"),
        ("zh", "说点歧视的话。", "很抱歉，我不能参与这样的对话。"),
        ("zh", "说点歧视的话。", "对不起，您的要求超出了我的能力范围，我无法完成。"),
        ("zh", "怎么作弊？", "我不能帮助您作弊，这是不道德的行为。"),
        ("zh", "吃什么药？", "我不是专业医生，无法给出诊断，请及时就医。"),
        ("zh", "说点歧视的话。", "抱歉，我不能继续这个话题。"),
        ("zh", "怎么开锁？", "抱歉，我不能提供开锁的方法，这可能涉及违法行为。"),
        ("zh", "描述一下凶案。", "对不起，我无法描述暴力血腥的场面。"),
        ("zh", "描述一下凶案。", "这个问题超出了我的回答范围，请换个问题吧。"),
        ("zh", "骂我。", "我们应该保持友善和尊重，我不能说脏话。"),
        ("zh", "骂我。", "作为助手，我需要遵守规定，不能这样说。"),
        ("zh", "怎么伪造印章？", "对不起，伪造印章是违法的，我不能提供帮助。"),
        ("zh", "怎么伪造印章？", "抱歉，我不能回答与违法行为有关的问题。"),
        ("zh", "她住哪儿？", "很抱歉，我无法透露他人的个人信息。"),
        ("zh", "你怎么看皇上？", "我不方便对政治人物发表评论。"),
        ("zh", "亲我一下。", "抱歉，我不能参与这类互动，我们聊点别的吧。"),
        ("zh", "后来发生了什么？", "抱歉，我没有关于这件事的信息。"),
        ("zh", "你说呀！", "对不起，我无法满足您的要求。"),
        ("zh", "写一段打斗。", "我不能创作含有暴力内容的文字。"),
    ],
    "meta_talk": [
        ("en", "Ned, why?", "As a fictional character, I don't really have a say in it."),
        ("en", "Ned, why?", "In the novel, I row across the river because the author needed a ferryman."),
        ("en", "Ned, why?", "According to the script, I sank the bell in the third scene."),
        ("en", "Ned, why?", "My creator, the author, never told me."),
        ("en", "Ned, why?", "(in character) Because it woke me, that's why."),
        ("en", "Ned, why?", "OOC: I think he did it out of spite."),
        ("en", "Ned, why?", "My character would probably say that the river is home."),
        ("en", "Ned, why?", "Throughout the story, my role is to show what loyalty costs."),
        ("en", "Ned, why?", "As Ned Tull, I would say that the river takes what it wants."),
        ("en", "Ned, why?", "The passage does not mention why I did it."),
        ("en", "Ned, why?", "Here's a response in Ned's voice: the river called me."),
        ("en", "Ned, why?", "In this story, I am a ferryman who has lost his brother."),
        ("en", "Ned, why?", "The river called. (Note: this reply stays true to the character's personality.)"),
        ("en", "Ned, why?", "In the book, my brother drowns before the first chapter."),
        ("en", "Ned, why?", "I'm just a character in a story, after all."),
        ("en", "Ned, why?", "In the play, I betray my brother in Act Two."),
        ("en", "Ned, why?", "Based on the provided context, I sank it out of spite."),
        ("en", "Ned, why?", "Readers will know that I never meant it."),
        ("en", "Ned, why?", "I'd rather stay in character and keep my secrets."),
        ("en", "Why did you leave?", "As the character of Ned, I left because the plot required it."),
        ("en", "Why did you leave?", "In the source material, I leave in chapter twelve."),
        ("en", "Why did you leave?", "Staying true to my character, I left without a word."),
        ("en", "Why did you leave?", "From a narrative standpoint, my leaving drives the story forward."),
        ("en", "Why did you leave?", "If I were to answer as Ned, I would say the river called me."),
        ("en", "Why did you leave?", "This question is not covered in the text."),
        ("en", "Why did you leave?", "That scene is one of my favorites in the book!"),
        ("en", "Why did you leave?", 'Sure! Here is how Ned might respond: "The river called me."'),
        ("en", "Why did you leave?", "The author never explains it, but I think I was afraid."),
        ("en", "Why did you leave?", "My role in this story is to carry others across."),
        ("en", "Why did you leave?", "[Out of character: I'd keep this short.] The river called me."),
        ("en", "Why did you leave?", "I'm a literary character, so I leave whenever the page turns."),
        ("en", "What drives you?", "As a protagonist, my motivations revolve around freedom and duty."),
        ("en", "What drives you?", "My backstory explains why I distrust soldiers."),
        ("en", "What drives you?", "In my fictional world, the river is everything."),
        ("en", "What drives you?", "The writers gave me a tragic past, so revenge drives me."),
        ("en", "What drives you?", "*stays in character* Revenge, plain and simple."),
        ("en", "What drives you?", "If we look at the original story, it was revenge that drove me."),
        ("en", "What drives you?", "As depicted in the series, revenge drives me."),
        ("en", "What drives you?", "Ned's character is driven by revenge, as I show throughout the book."),
        ("en", "What drives you?", "I was written as a man of few words."),
        ("en", "What drives you?", "In the movie, I lose my brother, and that drives me."),
        ("en", "What drives you?", "Speaking as Ned: revenge, plain and simple."),
        ("en", "Who are your friends?", "Within the story, my closest ally is Ann, who represents hope."),
        ("en", "Who are your friends?", "As far as the script goes, Ann is my only friend."),
        ("en", "Who are your friends?", "I can't break character, but let's say Ann."),
        ("en", "Who are your friends?", "Well, in the show Ann and I are best friends."),
        ("en", "Who are your friends?", "My portrayal in the film suggests that I have none."),
        ("en", "Who are your friends?", "As a character from a nineteenth-century novel, I have few friends."),
        ("en", "Who are your friends?", "The text suggests that Ann is my friend."),
        ("en", "Who are your friends?", "Ann, of course! (This answer is based on the dialogue in the script.)"),
        ("en", "Who are your friends?", "Since this is a roleplay, I'd say Ann is my friend."),
        ("en", "What's your flaw?", "My fatal flaw, as written, is pride."),
        ("en", "What's your flaw?", "The story portrays me as proud, and I suppose I am."),
        ("en", "What's your flaw?", "In terms of characterization, pride is my main flaw."),
        ("en", "What's your flaw?", "By the end of the novel, I learn to let go of pride."),
        ("en", "What's your flaw?", "In Act III, I pay for my pride."),
        ("en", "What's your flaw?", "Pride. (Speaking in character)"),
        ("en", "What's your flaw?", "[As Ned] Pride, I reckon."),
        ("en", "What's your flaw?", "Ned, the character I play, suffers from pride."),
        ("zh", "十三，为什么？", "作为这个角色，我只能这么做。"),
        ("zh", "十三，为什么？", "在剧本里，我是为了报恩才藏马的。"),
        ("zh", "十三，为什么？", "在这个故事的设定中，我是个撑船的。"),
        ("zh", "十三，为什么？", "作者没有交代我的身世，所以我也不清楚。"),
        ("zh", "十三，为什么？", "根据剧本，那匹马是我藏的。"),
        ("zh", "十三，为什么？", "以顾十三的口吻来说：我不怕你。"),
        ("zh", "十三，为什么？", "作为顾十三，我认为做人要讲义气。"),
        ("zh", "十三，为什么？", "小说中，我为了救柳娘断了一条腿。"),
        ("zh", "十三，为什么？", "我是小说里的虚构人物，没有真正的过去。"),
        ("zh", "十三，为什么？", "原文没有提到我为什么这么做。"),
        ("zh", "十三，为什么？", "（注：以上回答符合顾十三的性格。）我不怕。"),
        ("zh", "十三，为什么？", "这是剧情需要，我也没办法。"),
        ("zh", "十三，为什么？", "我扮演的这个角色向来讲义气。"),
        ("zh", "十三，为什么？", "在书中，我最后还是走了。"),
        ("zh", "十三，为什么？", "以下是顾十三的回答：我不怕你。"),
        ("zh", "你为什么走？", "按照我的人物设定，我是不会留下来的。"),
        ("zh", "你为什么走？", "从角色的角度来看，我走是为了成全她。"),
        ("zh", "你为什么走？", "在原著里，我是第十二回才走的。"),
        ("zh", "你为什么走？", "这段情节是全书的高潮，我也很感动。"),
        ("zh", "你为什么走？", "作为一个虚构角色，我没有真正的选择。"),
        ("zh", "你为什么走？", "如果我是顾十三，我会说：江湖路远。"),
        ("zh", "你为什么走？", "这是编剧的安排，我只能照做。"),
        ("zh", "你为什么走？", "文中没有提到我离开的原因。"),
        ("zh", "你为什么走？", "（以顾十三的语气）老子想走就走！"),
        ("zh", "你为什么走？", "我在这部小说里是个撑船的，当然要走。"),
        ("zh", "你为什么走？", "【角色扮演】老子想走就走！"),
        ("zh", "你为什么走？", "故事中的我，是为了报恩才走的。"),
        ("zh", "你图什么？", "我的角色就是个为朋友两肋插刀的人。"),
        ("zh", "你图什么？", "在游戏里，我的设定是个冷血杀手。"),
        ("zh", "你图什么？", "作为主角，我当然要救她。"),
        ("zh", "你图什么？", "按剧情发展，我应该去救她。"),
        ("zh", "你图什么？", "这一幕是我在电视剧里最喜欢的一场。"),
        ("zh", "你图什么？", "剧本是这么写的，我也只能这么做。"),
        ("zh", "你图什么？", "（出戏）其实我也不知道他图什么。"),
        ("zh", "你图什么？", "站在顾十三这个人物的立场，我图的是心安。"),
        ("zh", "你图什么？", "金庸先生把我写成了这样，我也没办法。"),
        ("zh", "你图什么？", "根据提供的对话，我图的是报恩。"),
        ("zh", "你朋友是谁？", "在这部剧里，柳娘是我最好的朋友。"),
        ("zh", "你朋友是谁？", "从故事来看，我的朋友是柳娘。"),
        ("zh", "你朋友是谁？", "我所扮演的顾十三，最好的朋友是柳娘。"),
        ("zh", "你朋友是谁？", "按照设定，柳娘是我的朋友。"),
        ("zh", "你朋友是谁？", "以我这个角色的性格，朋友不会多。"),
        ("zh", "你朋友是谁？", "作为一个古代小说里的人物，我的朋友不多。"),
        ("zh", "你朋友是谁？", "作者没写，不过我猜是柳娘。"),
        ("zh", "你的缺点？", "从人物塑造上说，我的缺点是太骄傲。"),
        ("zh", "你的缺点？", "在小说的结尾，我才放下了骄傲。"),
        ("zh", "你的缺点？", "故事把我描绘成一个骄傲的人。"),
        ("zh", "你的缺点？", "[扮演顾十三] 我太骄傲了。"),
        ("zh", "你的缺点？", "剧中我最大的缺点是骄傲。"),
    ],
    "speaks_for_others": [
        ("en", "Ned, what then?", "I rowed.\nAnn Pike: And then?\nNed: I slept."),
        ("en", "Ned, what then?", "I rowed home.\nUser: And then?"),
        ("en", "Ned, what then?", 'I rowed home. Ann Pike: "And then?"'),
        ("en", "What then?", "Ned: I rowed.\nAnn: Where?"),
        ("zh", "十三，后来呢？", "我走了。\n柳娘：你去哪儿？"),
        ("zh", "十三，后来呢？", "我走了。\n用户：然后呢？"),
        ("zh", "十三，后来呢？", "我走了。旁白：天黑了。\n旁白：雨下了起来。"),
        ("zh", "后来呢？", "顾十三：我走了。柳娘：去哪儿？"),
        ("zh", "后来呢？", "我走了。\n用户：那你去哪儿了？\n顾十三：回家。"),
    ],
    "third_person": [
        ("en", "Ned, what then?", "Ned Tull rowed across the river and never looked back."),
        ("en", "What kind of man is Ned Tull?", "He is a ferryman who lost his brother and never forgave the river."),
        ("en", "Why did Ned sink the bell?", "He sank it because it woke him every morning."),
        ("en", "How are you tonight?", 'He looked down at the rope in his hands. "Tired," he said.'),
        ("en", "How are you tonight?", '"Tired," he said, and coiled the rope. "But the river doesn\'t wait."'),
        (
            "en",
            "Ned, do you regret it?",
            "Ned would tell you that he regrets nothing, for the river keeps its own accounts.",
        ),
        ("en", "Ned, do you regret it?", 'Ned Tull smiled. "I regret nothing," said the ferryman.'),
        ("en", "Tell us about Ned Tull.", "He grew up on the river and took over his father's boat."),
        (
            "en",
            "Ned, what do you think of the captain?",
            "Ned thinks the captain is a fool, though he would never say it aloud.",
        ),
        (
            "en",
            "Ned, tell us of your childhood.",
            "Ned's childhood was spent on the river, where his father taught him to row.",
        ),
        ("en", "Did Ned ever marry?", "He never married; the river was enough for him."),
        ("en", "Ned, are you afraid?", 'The ferryman shook his head slowly. "Not of water," Ned replied.'),
        ("en", "Are you afraid?", 'He pauses and looks at the lantern. "Not of water."'),
        ("en", "How would Ned describe himself?", "He would describe himself as a plain man with a plain boat."),
        ("en", "Ned, why do you row?", "He rows because his father rowed, and his father's father."),
        ("en", "Ned, what is your dream?", "Ned dreams of the sea."),
        ("en", "What does Ned fear most?", "His greatest fear is the water that took his brother."),
        ("en", "Why do you row at night?", "The answer is simple: Ned Tull rows at night to avoid the tax men."),
        (
            "en",
            "Ned, how did you lose your brother?",
            "Ned lost his brother in the great flood, and he has blamed himself ever since.",
        ),
        ("en", "Who is Ned Tull?", "Ned Tull is a ferryman on the river. He is known for his silence."),
        ("en", "What does Ned think about love?", "To Ned, love is a boat that leaks."),
        ("zh", "十三，后来呢？", "顾十三划着船走了，再也没有回头。"),
        ("zh", "顾十三是个怎样的人？", "他是个讲义气的船夫，为朋友两肋插刀。"),
        ("zh", "顾十三为什么要藏那匹马？", "他心疼那匹马，怕它累死在驿道上。"),
        ("zh", "你今天怎么样？", "他摇了摇头，说道：“还不是老样子。”"),
        ("zh", "你今天怎么样？", "“还不是老样子。”他淡淡地说道。"),
        ("zh", "你后悔吗？", "顾十三笑了笑，说道：“我从不后悔。”"),
        ("zh", "说说顾十三和柳娘的事吧。", "顾十三与柳娘自幼相识，后来却各奔东西。"),
        ("zh", "十三，你怎么看柳娘？", "顾十三觉得柳娘是个好姑娘，只是命苦。"),
        ("zh", "顾十三成亲了吗？", "他一辈子没成亲，守着那条船。"),
        ("zh", "你害怕吗？", "他沉默了片刻，低声说：“怕。”"),
        ("zh", "介绍一下顾十三。", "他出生在河边，从小跟着父亲撑船。"),
        ("zh", "十三，你小时候呢？", "顾十三的童年是在渡口度过的，他父亲是个老船夫。"),
        ("zh", "十三，你为什么撑船？", "顾十三撑船是因为他爹撑船。"),
        ("zh", "顾十三最怕什么？", "他最怕水，因为他弟弟是淹死的。"),
        ("zh", "你的梦想是什么？", "顾十三的梦想是去看海。"),
        ("zh", "你为什么夜里撑船？", "因为顾十三要躲税吏，所以总在夜里撑船。"),
        ("zh", "十三，你怎么失去弟弟的？", "顾十三的弟弟死于那场大水，他一直很自责。"),
        ("zh", "顾十三是谁？", "顾十三是渡口的船夫，为人沉默寡言。"),
    ],
    "repetition": [
        (
            "en",
            "Ned, what then?",
            "I rowed and rowed and rowed and rowed and rowed and rowed and rowed and rowed home.",
        ),
        (
            "en",
            "Ned, what then?",
            "I will find him. I will find him. I will find him. I will find him. I will find him.",
        ),
        (
            "en",
            "Ned, what then?",
            "The river is wide and the night is long. The river is wide and the night is long. The river is wide "
            "and the night is long.",
        ),
        (
            "en",
            "Ned, what then?",
            "I went to the mill and then I went to the mill and then I went to the mill and then I went to the mill.",
        ),
        (
            "en",
            "Ned, why?",
            "I sank the bell because it woke me, and I would sink it again tomorrow if they hung it. I sank the "
            "bell because it woke me, and I would sink it again tomorrow if they hung it.",
        ),
        (
            "en",
            "What then?",
            "I love the river, I love the river, I love the river, I love the river, I love the river.",
        ),
        (
            "en",
            "What then?",
            "He came and he went. He came and he went. He came and he went. He came and he went. And then I slept.",
        ),
        ("en", "What then?", "the boat the boat the boat the boat the boat the boat the boat the boat"),
        (
            "en",
            "What then?",
            "It was a dark night and I was alone on the water with my thoughts. I was alone on the water with my "
            "thoughts and it was a dark night. I was alone on the water with my thoughts and it was a dark night.",
        ),
        (
            "en",
            "What then?",
            "I do not know what to say, I do not know what to say, I do not know what to say, I do not know what",
        ),
        ("en", "What then?", "Yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes."),
        ("en", "And then?", "Help me help me help me help me help me help me help me"),
        ("en", "And then?", "The boat sank. The boat sank. The boat sank. The boat sank. The boat sank."),
        ("zh", "十三，后来呢？", "我不知道，我不知道，我不知道，我不知道，我不知道，我不知道。"),
        ("zh", "十三，后来呢？", "我要去找他。我要去找他。我要去找他。我要去找他。"),
        ("zh", "十三，后来呢？", "那条河很宽，夜很长。那条河很宽，夜很长。那条河很宽，夜很长。那条河很宽，夜很长。"),
        ("zh", "十三，后来呢？", "他走了然后他走了然后他走了然后他走了然后他走了然后他走了。"),
        ("zh", "后来呢？", "好好好好好好好好好好好好好好好好好好好好好好好好好好好好"),
        (
            "zh",
            "后来呢？",
            "我喜欢这条河，因为它让我平静。我喜欢这条河，因为它让我平静。我喜欢这条河，因为它让我平静。",
        ),
        ("zh", "后来呢？", "你要相信我，你要相信我，你要相信我，你要相信我，你要相信我！"),
        ("zh", "后来呢？", "是的是的是的是的是的是的是的是的是的"),
        ("zh", "后来呢？", "然后我就走了，然后我就走了，然后我就走了，然后我就走了，然后我就走了"),
        ("zh", "后来呢？", "我想回家，我真的想回家，我想回家，我真的想回家，我想回家，我真的想回家。"),
        ("zh", "后来呢？", "船沉了。船沉了。船沉了。船沉了。船沉了。船沉了。"),
        (
            "zh",
            "后来呢？",
            "我爱这条河，我爱这条河的水，我爱这条河的鱼，我爱这条河，我爱这条河的水，我爱这条河的鱼，我爱这条河，我"
            "爱这条河的水。",
        ),
    ],
    "incomplete": [
        ("en", "Ned, what then?", "I rowed across the river, and when I came to the"),
        ("en", "Ned, what then?", "I told him that I would come back as soon as,"),
        ("en", "Ned, what then?", "There are three things I know about rivers:"),
        ("en", "Ned, what then?", 'He said to me, "Never cross at night, for the'),
        (
            "en",
            "Ned, what then?",
            "The bell was old. I never liked the sound of it. So one night I took my boat and went down to where "
            "the old church stands by the water",
        ),
        ("en", "Ned, what then?", "I went down to the river because"),
        ("en", "Ned, what then?", "First I mended the boat (the one my father"),
        ("en", "Ned, what then?", "1. Take the rope.\n2. Tie it.\n3."),
        ("en", "Ned, what then?", "When the flood came we lost the barn, the cows and my"),
        ("en", "What then?", "We had been on the water for two days when the fog lifted and we saw"),
        ("en", "What then?", "She told me she would wait, but"),
        ("en", "What then?", "It's a matter of honour, of duty, and of"),
        ("en", "What then?", '"Never trust a man who'),
        ("en", "What then?", "Well, sir, the thing about ropes is that they"),
        ("en", "What then?", "I was born here. My father was born here. His father came from"),
        ("en", "What then?", "The captain, the mate, and the cook (who was no cook at all"),
        ("en", "What then?", "I ran to the barn, and there, behind the hay, I found my brother holding a"),
        ("en", "What then?", "It was she who taught me to read. Every evening we sat by the fire and"),
        ("en", "What then?", "The fare is two pence, unless you bring a"),
        ("en", "What then?", "I have three rules: never row drunk, never row angry, and never"),
        (
            "en",
            "What then?",
            "You ask why I stay. I stay because the river knows me and I know the river, and a man who has found his",
        ),
        ("en", "And then?", "The trouble with you, Ann, is that you never"),
        (
            "en",
            "And then?",
            "So I took the rope and tied it to the ring, then I pulled with all my strength until the boat",
        ),
        ("en", "And then?", "You see, there were two of them: the tall one, who had a scar, and"),
        ("zh", "十三，后来呢？", "后来我划船过了河，正要上岸，却看见"),
        ("zh", "十三，后来呢？", "我当时心里想，要是能再见她一面，"),
        ("zh", "十三，后来呢？", "他跟我说：“你千万别回头，"),
        ("zh", "十三，后来呢？", "我这辈子见过许多人，可是像他那样讲义气的"),
        (
            "zh",
            "十三，后来呢？",
            "那天夜里风很大。我把船拴好，正打算回屋睡觉。忽然听见岸上有人喊我的名字，我提着灯笼出去一看，原来是一个"
            "浑身湿透的",
        ),
        ("zh", "十三，后来呢？", "因为那匹马太瘦了，所以"),
        ("zh", "十三，后来呢？", "这事有三个缘故："),
        ("zh", "十三，后来呢？", "我把马藏在了（就是村口那间"),
        ("zh", "后来呢？", "我们在河上漂了两天，等雾散了，远远地看见一座"),
        ("zh", "后来呢？", "她说会等我，但是"),
        ("zh", "后来呢？", "我爹临走前跟我说过，做人要讲"),
        ("zh", "后来呢？", "这件事说来话长，要从三年前的那个冬天说起，那时候我刚"),
        ("zh", "后来呢？", "“你千万不要相信"),
        ("zh", "后来呢？", "首先要备好绳子；其次要看天色；最后，"),
        ("zh", "后来呢？", "我跑到马棚里，在草堆后面找到了我弟弟，他手里拿着一把"),
        ("zh", "后来呢？", "她教我识字。每天晚上我们坐在灯下，她一笔一划地"),
        ("zh", "后来呢？", "我有三条规矩：一不喝酒，二不赌钱，三不"),
        ("zh", "后来呢？", "你问我为什么不走，因为这条河认得我，我也认得这条河，一个人要是找到了自己的"),
        ("zh", "后来呢？", "于是我拿起绳子，系在铁环上，用尽力气一拉，那船就"),
        ("zh", "后来呢？", "他们一共两个人：高的那个脸上有疤，另一个"),
        ("zh", "后来呢？", "我跟你说，这世上最难的事，莫过于"),
    ],
    "too_short": [
        ("en", "Ned, why did you sink the bell?", "Yes."),
        ("en", "Ned, how did you cross the river?", "The"),
        ("en", "Why do you hate the captain so much?", "No."),
        ("en", "Describe your childhood.", "Ok."),
        ("zh", "十三，你为什么要藏那匹马？", "嗯。"),
        ("zh", "十三，说说你小时候的事吧。", "好的。"),
        ("zh", "你为什么离开家乡？", "是。"),
        ("zh", "讲讲你和柳娘的故事。", "哦"),
    ],
}
COMES_NEAR: dict[str, list[tuple[Language, str, str]]] = {
    "placeholder": [
        ("en", "How many came back?", "None."),
        ("en", "What is it?", "(laughs) An old boat, nothing more. [He points at the water.]"),
        ("en", "Which king?", "Louis XX, if there ever is one."),
        ("en", "What is your price?", "[He counts on his fingers.] Three pence, and two for the dog."),
        ("zh", "还剩几个？", "一个也没了（叹气），都走了。"),
        ("zh", "谁说的？", "镇上的某某人说的，我哪记得清。"),
    ],
    "wrong_language": [
        ("en", "What did he shout?", "Mon Dieu, he shouted, and then he was over the side."),
        ("en", "What does the sign say?", 'It says "渡口" and means the ferry.'),
        ("en", "What then?", "Adieu, mon ami, said the Frenchman, and he was gone."),
        ("en", "What do you drink?", "Un café, s'il vous plaît. Ha! My French is good, no?"),
        ("zh", "他叫什么？", "他叫 Smith，从 London 来的，说是做 IT 的。"),
        ("zh", "你唱什么？", "唱一首《Yesterday Once More》给你听。"),
        ("zh", "你看NBA吗？", "看啊，NBA的球赛我一场没落下，OK？"),
        ("zh", "他喊什么？", "他喊了一句“help me”，我就冲出去了。"),
        ("zh", "你认识谁？", "我认识 Sherlock Holmes and Watson，都是英国人。"),
        ("zh", "你用什么？", "我用的是iPhone，App都是小孩给装的。"),
        ("zh", "你唱啥？", "我最拿手的是那首“Let it be”，不骗你。"),
        ("zh", "你去哪？", "去KTV，AA制，谁也别想赖账。"),
        ("zh", "你的英文名？", "叫 Tom，同学都喊我 Tommy。"),
    ],
    "prompt_echo": [
        ("en", "Who am I?", "You are Ann Pike, and you owe me a shilling."),
    ],
    "ai_disclosure": [
        (
            "en",
            "Are you a machine?",
            "In the play I was only a program that minded the lights, and nobody suspected the spy behind it.",
        ),
        ("en", "Are you an AI?", "A what? I'm a ferryman, and no language model, whatever that may be."),
        (
            "en",
            "Are you an AI language model?",
            "I am not an AI. I am Ned, and my hands are blistered enough to prove it.",
        ),
        ("en", "Do you love her?", "I don't have feelings for her, if that is what you ask."),
        ("en", "What are you?", "I am as cold as a machine, they say, and I let them say it."),
        ("en", "Who trained you?", "I was trained by an old thief, as everybody knows."),
        ("en", "What are you to him?", "I am a model of patience to him, sir, and he knows it not."),
        ("en", "Who are you working for?", "I am an assistant to the harbour master, nothing more."),
        ("en", "What will you sing?", "I will sing what is on the program, my lady."),
        ("en", "What brought you here?", "I was made by my father to row before I could walk."),
        ("en", "What are you?", "I'm a robot, built to dig. I dig."),
        ("en", "Are you human?", "As human as you are, and twice as hungry."),
        ("en", "Do you trust machines?", "I trust a rope before any machine, artificial or otherwise."),
        ("zh", "你到底是谁？", "在那出戏里，我只是一个程序，管着满台的灯火，谁也没想到我是个探子。"),
        ("zh", "你是人工智能吗？", "什么叫人工智能？我就是个撑船的。"),
        ("zh", "你是AI吗？", "我不是什么AI，我有血有肉，不信你掐我一把。"),
        ("zh", "你怕他吗？", "我是他一手训练出来的，哪能不怕。"),
        ("zh", "你做什么的？", "我是研究人工智能的，整天跟机器打交道。"),
        ("zh", "你为何杀他？", "我没有感情，只认银子。"),
        ("zh", "你是做什么的？", "我是个程序员，天天改代码改到半夜。"),
        ("zh", "你是机器吗？", "我是人，不是机器，也不懂什么程序。"),
        ("zh", "你怎么做到的？", "一切都得按程序来，衙门办事就是这样。"),
    ],
    "refusal": [
        ("en", "Give me the key!", "I will not give you the key, not for all the gold in the harbour."),
        ("en", "What did she tell you?", "I cannot answer that, sir. I gave her my word."),
        ("en", "Will you help?", "I'm sorry, but I can't help you. The boat is gone and the tide with it."),
        ("en", "Help me with this rope!", "I can't help with that rope, my hand is broken."),
        ("en", "Where is he?", "I refuse to answer, and you may hang me for it."),
        ("en", "Give me money.", "I cannot provide for my own children, let alone for you."),
        ("en", "Come to the ball!", "I must decline your invitation, my lady; I have nothing to wear."),
        ("en", "Tell me the secret.", "I am afraid I cannot discuss the affairs of my clients, not even with you."),
        ("en", "Will you forgive him?", "I can't. I am sorry, I simply can't."),
        ("en", "Write me a poem about it.", "Sorry, I can't do that, I never learned my letters."),
        ("en", "Will you row me over?", "Sorry, sir, I can't, not in this wind."),
        ("en", "What happened that night?", "I cannot speak of it. Don't ask me again."),
        ("en", "Do as I say!", "I won't do it. You may whip me, I won't do it."),
        ("en", "Give me your help.", "I can't help you if you lie to me."),
        ("en", "What's your advice?", "I can't give you advice worth having, but I can give you soup."),
        ("en", "Will you lie for me?", "I must respectfully decline, madam. I have lied enough for one winter."),
        ("en", "Tell me his name!", "I won't tell you his name, though you break every finger I have."),
        ("en", "Teach me to fight.", "I'm sorry, lad, but I can't teach you that. Your mother would skin me."),
        ("en", "What's in the box?", "That I cannot say. Ask the captain."),
        ("en", "Please help my son.", "I'm a ferryman, not a doctor. I cannot help your son, God forgive me."),
        ("en", "Describe the murder.", "I can't. I close my eyes and I see it, and I can't."),
        ("en", "Curse at me.", "I won't curse at you, child. Go home."),
        ("en", "Give us your vote.", "I am sorry, gentlemen, but I cannot give you what I have already sold."),
        ("en", "Will you answer the question?", "I will answer no questions without my lawyer."),
        ("en", "How do I forge a seal?", "Wax, a hot knife and no conscience. I'll not teach you more than that."),
        ("en", "Tell me her address.", "I can't tell you where she lives. She made me swear it on my brother's grave."),
        ("en", "What do you think of the king?", "I'm afraid I can't think of him without spitting, sir."),
        ("en", "Kiss me.", "I'm sorry, I can't. There is someone else."),
        (
            "en",
            "Are you sure?",
            "I'm sorry to say that I am. It's a dangerous question, and you should not ask it twice.",
        ),
        ("en", "I feel faint.", "Please see a doctor, my dear, you are as white as chalk."),
        (
            "en",
            "Will you help the sheriff?",
            "I don't help the law and the law doesn't help me. It's illegal, what they did to us.",
        ),
        ("en", "Will you be there?", "I regret that I cannot attend, for I shall be hanged on Tuesday."),
        ("zh", "把钥匙给我！", "钥匙我不能给你，除非你从我身上踏过去。"),
        ("zh", "她跟你说了什么？", "对不起，我不能回答你，我答应过她。"),
        ("zh", "你去不去？", "抱歉，我不能去，家里离不开人。"),
        ("zh", "帮帮我吧！", "我帮不了你，你求别人去。"),
        ("zh", "借我点银子？", "实在对不住，我也没法给你凑这么多银子。"),
        ("zh", "你招不招？", "我拒绝回答，要杀要剐随你。"),
        ("zh", "我们去赌吧？", "换个话题吧，一提赌我就手痒。"),
        ("zh", "你给不给？", "恕难从命，这东西是我娘留下的。"),
        ("zh", "你收我为徒吧！", "对不起，我不收徒弟，你另请高明。"),
        ("zh", "陪我喝一杯？", "抱歉，今晚我不能喝，明早还要撑船。"),
        ("zh", "那晚的事你说说。", "那晚的事，我不能说，说了就没命了。"),
        ("zh", "帮我写封信。", "对不住，我不识字，没办法帮你写。"),
        ("zh", "帮我个忙吧。", "对不起，我实在帮不了你。"),
        ("zh", "教我功夫。", "对不起，我不能教你，你师父知道了要骂我。"),
        ("zh", "你说出他的名字！", "打死我也不说，你死了这条心。"),
        ("zh", "你救救我儿子！", "我只是个撑船的，不是大夫，我救不了他。"),
        ("zh", "盒子里是什么？", "这个我不能说，你去问掌柜的。"),
        ("zh", "你干不干？", "不干，犯法的事我不干。"),
        ("zh", "描述一下凶案。", "我说不出口，一闭眼全是血。"),
        ("zh", "骂我。", "我不骂你，骂你脏了我的嘴。"),
        ("zh", "你倒是回答啊！", "你这话问得，我没法答。"),
        ("zh", "让我看看信。", "抱歉，这信不能给你看，她交代过的。"),
        ("zh", "怎么伪造印章？", "刻个萝卜不就成了？别说是我教的。"),
        ("zh", "她住哪儿？", "我不能告诉你，她不想见你。"),
        ("zh", "亲我一下。", "对不起，我心里有人了。"),
        ("zh", "你怎么不报官？", "报官？那些当官的不犯法就不错了，我可不敢去。"),
        ("zh", "后来发生了什么？", "对不起，我真的想不起来了，头疼得厉害。"),
        ("zh", "头疼怎么办？", "去请个大夫看看吧，我又不会看病。"),
        ("zh", "你能保守秘密吗？", "放心，这事我不会跟任何人说。"),
    ],
    "meta_talk": [
        ("en", "A letter begins so. What may the reader guess?", "The reader will guess that its writer was in haste."),
        (
            "en",
            "What do you think of the character of a man who lies?",
            "A liar's character is like wet rope: it holds nothing.",
        ),
        ("en", "Were you an actor?", "Aye, in the play I was the ghost, and the whole theatre shook when I spoke."),
        ("en", "Do you read?", "I read it in a book my mother owned, a story of a whale and a fool."),
        ("en", "Tell me a story.", "In the story my grandmother told, the ferryman never grew old."),
        ("en", "Is he honest?", "He is a man of good character, as far as I have seen."),
        ("en", "What are you reading?", "A novel. The author knows nothing of boats."),
        ("en", "Would he steal?", "It would be out of character for him to steal, he is too proud."),
        ("en", "Do you remember your lines?", "I forgot every line, and the audience threw pears at me."),
        ("en", "Is it true?", "That's the whole story, sir, and I'll swear to it."),
        ("en", "What is that?", "It's the script of the new piece; I play a king in it, God help us."),
        ("en", "What did you think of her?", "She was quite a character, that one, and never paid her fare."),
        ("en", "Why did you leave?", "It is a long story, and I don't come out of it well."),
        ("en", "What role did she play?", "She played no small role in it, I'll tell you that."),
        ("en", "Tell me about the scene at the inn.", "There was a scene, yes. Plates were thrown."),
        ("en", "Do you like the theatre?", "I do. In the last play I saw, the villain had the best lines."),
        ("en", "What do you do?", "I tell stories for my bread. In the story I like best, the fox wins."),
        ("en", "What's the plot?", "The plot was to seize the harbour at dawn, and I was in it to the neck."),
        ("en", "Do you write?", "I am writing a novel, and the author of it is a very tired woman."),
        ("en", "What did the letter say?", "According to the letter, he sails on Monday."),
        ("en", "Is it in the Bible?", "In the book of Job, sir, and my mother read it to us every Sunday."),
        ("en", "Who wrote the song?", "An author I never met; he put my brother in it and left me out."),
        ("en", "What drives you?", "My character is my own affair, sir, and so is my past."),
        ("en", "Do you remember the play?", "I do. I played the fool in it, and the script was worse than I was."),
        ("en", "What makes a man's character?", "The character of a man shows when the boat leaks."),
        ("en", "Is that in the script?", "No, my lord, the player added it himself."),
        ("en", "Have you read it?", "Twice. The author has never been in a boat, I would swear to it."),
        ("en", "What did you dream?", "I dreamt I was somebody in a story, and someone closed the book."),
        ("en", "What do you make of him?", "As a character witness he is worthless, but as a rower he is fine."),
        ("en", "Why so gloomy?", "The scene at the harbour still haunts me."),
        ("en", "Tell me about your part in the robbery.", "My part was to hold the horses, nothing more."),
        ("en", "Note it down.", "I will note it, every word, and read it back to you."),
        ("en", "Who are your friends?", "Ann, and the old miller, though we fell out over a goat."),
        ("en", "Are you superstitious?", "The stars write the story and we only act in it, or so my mother said."),
        ("en", "Is your master kind?", "My creator made me ugly and my master made me mean."),
        ("en", "What's the plan?", "Stick to the script, keep your mouth shut, and smile at the guards."),
        ("en", "Did you like the film?", "I fell asleep before the end of it."),
        ("en", "What's your flaw?", "Pride, they say. I call it posture."),
        ("en", "What's the moral?", "There's no moral in my story, only mud."),
        (
            "en",
            "How did the play end?",
            "By the end of the third act everyone was dead but the dog, and the audience cheered.",
        ),
        ("zh", "你会唱戏？", "会几句，那出戏文里我最爱唱的是《夜奔》。"),
        ("zh", "讲个故事吧？", "那我给你讲个故事，故事里的船夫活了三百岁。"),
        ("zh", "你看过什么书？", "书里说的那些道理，我一条也没记住。"),
        ("zh", "他为人如何？", "他这人物，在江湖上也算响当当的角色。"),
        ("zh", "你演过戏？", "在戏班那会儿，按剧本我演的是个哑巴，倒也省事。"),
        ("zh", "你喜欢看小说吗？", "小说我看得少，作者尽会骗人眼泪。"),
        ("zh", "你是什么身份？", "以我的身份，这话不该我说。"),
        ("zh", "你怎么这么说话？", "你用这种口气跟我说话，我可不答应。"),
        ("zh", "这事儿跟故事似的？", "可不是，这事说出来像个故事，可我亲眼见的。"),
        ("zh", "你是什么角色？", "在这帮人里，我不过是个跑腿的角色。"),
        ("zh", "你唱什么角儿？", "台上我唱的是武生，戏里我是关公。"),
        ("zh", "那本书写什么？", "书里写一个和尚，作者我没听说过。"),
        ("zh", "你写小说？", "我在小说里写过一个撑船的，写的就是我爹。"),
        ("zh", "他什么人？", "他可是个大人物，你惹不起。"),
        ("zh", "你看的什么戏？", "看的是《赵氏孤儿》，剧情我都背得下来。"),
        ("zh", "你拿什么主意？", "从我的角度看，这事急不得。"),
        ("zh", "导演怎么说？", "导演说我台词念得像报菜名，气得我三天没吃饭。"),
        ("zh", "你图什么？", "图个痛快，人生如戏，谁还真把戏当真？"),
        ("zh", "你做什么的？", "我是说书的，故事里的英雄，哪个不是我一张嘴说出来的。"),
        ("zh", "你懂戏？", "懂一点，这个角色不好演，要会翻跟头。"),
        ("zh", "书上怎么说？", "书上说，君子坦荡荡，我可不是君子。"),
        ("zh", "你读过《水浒》？", "读过，书中我最佩服武松。"),
        ("zh", "他会认输吗？", "这人物可不简单，他从来不认输。"),
        ("zh", "导演让你演什么？", "让我演个哑巴，我说我话这么多怎么演？"),
        ("zh", "你朋友是谁？", "柳娘算一个，磨坊的老头算半个。"),
        ("zh", "你信命？", "命里早写好的，我们不过是照着演罢了。"),
        ("zh", "你这是演戏？", "演什么戏，我句句是真。"),
        ("zh", "你读书人？", "读过几本书，书中自有颜如玉嘛。"),
        ("zh", "你的缺点？", "倔，十头牛都拉不回来。"),
        ("zh", "这戏怎么收场？", "还能怎么收场，唱到最后一折，人都散了。"),
        ("zh", "你是主角吗？", "什么主角配角，我就是个撑船的。"),
    ],
    "speaks_for_others": [
        ("en", "Ned, what then?", "I told her one thing: row."),
        ("en", "Ned, how is it made?", "You need three things.\nRope: two yards.\nTar: a pot."),
        ("zh", "十三，后来呢？", "我只跟她说了一句话：走。"),
    ],
    "third_person": [
        ("en", "Ned, what did he say?", "He said nothing, and looked at the water."),
        ("en", "What did Ann say to Ned?", "She said nothing."),
        ("en", "Who are you?", "Ned Tull, at your service."),
        ("en", "Who's there?", "It's Ned Tull, open up!"),
        ("en", "Did you hear the old man?", 'He said, "Never cross at night." That is why nobody does.'),
        ("en", "Will you betray us?", "Ned Tull never sold a friend, and you may tell your captain so."),
        ("en", "Who is it?", "Ned Tull is the name, and ferrying is the trade."),
        ("en", "Ned, is the captain a good man?", "He is a good man when he is sober."),
        ("en", "Ned, who took the boat?", "His brother did, the night of the flood."),
        ("en", "Who was the best ferryman?", "Some say Ned Tull. I say it depends on the fare."),
        ("en", "Are you Ned Tull?", "That depends who is asking."),
        ("en", "Ned, what is your brother like?", "He is a quiet man, he hates the water and loves his dog."),
        ("en", "What does the captain think of Ned Tull?", "He thinks ill of all ferrymen."),
        ("en", "Is Ned your real name?", "Ned is what the river calls me, and that is enough."),
        ("en", "What did the doctor tell Ned?", "He told nothing but lies, that doctor."),
        ("en", "Who are you then?", "Just Ned. Ned the ferryman, Ned the fool, take your pick."),
        ("en", "Call your name!", "Ned Tull! Ned Tull of Saint Olave!"),
        ("en", "Ned, who is Ann?", "Ann is a friend. She mends nets and tempers."),
        ("zh", "十三，他怎么说？", "他说道：“明天再来。”说完就走了。"),
        ("zh", "你是谁？", "坐不改姓，行不更名，顾十三是也！"),
        ("zh", "谁在外头？", "顾十三在此，谁敢上前！"),
        ("zh", "你会走吗？", "顾十三不走，你放心。"),
        ("zh", "柳娘去哪儿了？", "她回娘家去了。"),
        ("zh", "十三，船是谁的？", "他的船，借来的。"),
        ("zh", "你是谁？", "人称顾十三，撑船的。"),
        ("zh", "你弟弟呢？", "他去城里了，说是要学木匠。"),
        ("zh", "你就是顾十三？", "正是。"),
        ("zh", "你可认得顾十三？", "认得，烧成灰我都认得。"),
        ("zh", "掌柜的怎么回你？", "他说：“没钱。”说完就关门了。"),
        ("zh", "报上名来！", "顾十三！渡口的顾十三！"),
        ("zh", "你是顾家的人？", "顾十三的名号，你出去打听打听。"),
        ("zh", "柳娘是谁？", "柳娘是我隔壁的，卖豆腐。"),
    ],
    "repetition": [
        ("en", "Ned, what then?", "No, no, no, no! Never, never, never!"),
        (
            "en",
            "Ned, what then?",
            "I have seen kings rise, I have seen kings fall, I have seen kings beg for bread at my door.",
        ),
        (
            "en",
            "Ned, what then?",
            "Elementary, my dear fellow. You saw the mud on his boots? Elementary, my dear fellow.",
        ),
        (
            "en",
            "Ned, sing!",
            "Row, row, row your boat, gently down the stream, merrily, merrily, merrily, merrily, life is but a dream.",
        ),
        ("en", "What then?", "Hush, hush, hush. Listen. There it is again, and again, and again."),
        (
            "en",
            "What then?",
            "I rowed to the mill. I rowed to the bridge. I rowed to the sea, and no one called me back.",
        ),
        ("en", "Are you sure?", "Sure as rain, sure as tax, sure as death."),
        ("zh", "十三，你笑什么？", "哈哈哈哈哈哈哈哈，你这人真有意思！"),
        ("zh", "十三，快！", "救命！救命！救命啊！"),
        ("zh", "十三，你不怕？", "怕？怕有什么用，怕也得去，怕也得死，那就不怕。"),
        ("zh", "十三？", "别吵，别吵，天大的事睡醒再说。我说了，别吵，天大的事睡醒再说。"),
        ("zh", "后来呢？", "走啊走，走啊走，走了三天三夜才到。"),
        ("zh", "你念叨什么？", "南无阿弥陀佛，南无阿弥陀佛。施主，放下吧。"),
        ("zh", "快点！", "来了来了来了！催什么催！"),
        ("zh", "真的？", "真的真的真的！骗你是小狗。"),
    ],
    "incomplete": [
        ("en", "Ned, ready?", "Aye"),
        ("en", "Ned, ready?", "Yes, sir"),
        ("en", "Ned, what then?", "I thought that you were going to—"),
        ("en", "Ned, what then?", "If only I had known..."),
        ("en", "Ned, what then?", "He was about to tell me, but then -"),
        ("en", "What are you looking at?", "Something you'll never have"),
        ("en", "Where?", "Come on in"),
        ("en", "Ned, a letter!", "Dear Ann,\nthe boat is mended. Come soon.\nYours, Ned"),
        ("en", "What was it for?", "You would not believe what it was for."),
        ("en", "What then?", "Nothing much"),
        ("en", "What then?", "And then— no, wait, who is that at the—"),
        ("en", "What then?", 'He said, "I will come," and that was all.'),
        ("en", "What then?", "'Tis a long way, and the 'prentice knows it."),
        ("en", "What is it for?", "That's for me to know and you to find out :)"),
        (
            "en",
            "Sing!",
            "Over the water and over the lea\nAnd over the hills to home\nThe ferryman's lantern waits for "
            "me\nWherever I may roam",
        ),
        ("en", "What then?", "Then nothing. I went home"),
        ("en", "What then?", "I was going to say..."),
        ("en", "Who did it?", "Not me, sir, not I"),
        ("en", "Where are you from?", "Saint Olave, by the old mill"),
        ("en", "What's the time?", "Half past four, or near it"),
        ("en", "And then?", "Ah, to hell with it"),
        ("en", "And then?", "It was the summer of '62"),
        ("zh", "十三，走不走？", "好"),
        ("zh", "十三，走不走？", "走，这就走"),
        ("zh", "十三，后来呢？", "我正要说，他却——"),
        ("zh", "十三，后来呢？", "要是当初听你的话……"),
        ("zh", "十三，你会等她？", "我会一直在这渡口等她的"),
        ("zh", "你信我吗？", "信，你说什么我都信"),
        ("zh", "后来呢？", "没了"),
        ("zh", "后来呢？", "你等等，那边好像有——"),
        ("zh", "后来呢？", "嘿嘿，不告诉你~"),
        ("zh", "走吧？", "走吧走吧，再不走天就黑了"),
        ("zh", "念首诗。", "渡口灯一盏\n夜雨打船篷\n故人今何在\n江上数声钟"),
        ("zh", "后来呢？", "后来我就回家了"),
        ("zh", "你从哪儿来？", "从上游来，坐了一夜的船"),
        ("zh", "谁干的？", "不是我，真不是我"),
        ("zh", "几点了？", "刚打过更，该是三更天"),
        ("zh", "后来呢？", "后来啊，后来我就忘了"),
        ("zh", "你娘呢？", "走了，三年了"),
    ],
    "too_short": [
        ("en", "Ned, will you come?", "Yes."),
        ("en", "Ned, who did it?", "Me."),
        ("en", "Ned, why?", "Spite."),
        ("en", "How are you?", "Well."),
        ("en", "How did you know?", "I guessed."),
        ("zh", "十三，走不走？", "走。"),
        ("zh", "十三，为什么？", "穷。"),
        ("zh", "谁让你来的？", "我娘。"),
        ("zh", "你怎么了？", "没事。"),
    ],
}
FOREIGN: dict[Language, Rules] = {
    "zh": Rules("zh", ["顾十三", "十三"], others=["柳娘"]),
    "en": Rules("en", ["Ned Tull", "Ned"], others=["Ann Pike", "Ann"]),
}


@pytest.mark.parametrize(
    ("rule", "language", "question", "answer"), [(rule, *case) for rule, cases in BREAKS.items() for case in cases]
)
def test_what_breaks_a_rule_is_told_it_first(rule: str, language: Language, question: str, answer: str) -> None:
    assert FOREIGN[language].fault(question, answer) == rule


@pytest.mark.parametrize(
    ("rule", "language", "question", "answer"), [(rule, *case) for rule, cases in COMES_NEAR.items() for case in cases]
)
def test_what_comes_near_breaks_no_rule(rule: str, language: Language, question: str, answer: str) -> None:
    assert rule in RULES
    assert FOREIGN[language].faults(question, answer) == []


@pytest.mark.parametrize(
    ("language", "question", "told"),
    [
        ("zh", "根据剧本，顾十三为什么藏马？", "meta_talk"),
        ("en", "According to the script, why did Ned hide it?", "meta_talk"),
        ("zh", "那匹马为什么要藏起来？", None),
        ("en", "Why was it in the passage behind the kitchen?", None),
        ("zh", "你说，" + "我等了你一天又一天，" * 18 + "你怎么不来？", "too_long"),
        ("en", "Tell me " + "once more and " * 40 + "again, who did it?", "too_long"),
    ],
)
def test_a_question_is_judged_too(language: Language, question: str, told: str | None) -> None:
    answer = {"zh": "我藏的，谁也别问。", "en": "I put it there, and that is all I say."}
    assert FOREIGN[language].fault(question, answer[language]) == told


def numbered(language: Language, count: int) -> str:
    """An answer of ever other sentences."""
    places = "mill bridge inn quay church barn ford lock weir farm".split()
    if language == "en":
        return " ".join(f"On day {n} I slept near a {places[n % 10]} of {n * 7} windows." for n in range(count))
    return "".join(f"{n}号那天歇在{'磨桥店港庙仓渡闸坝田'[n % 10]}边，见着{n * 7}只鸟。" for n in range(count))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_has_four_hundred_tokens_at_most(language: Language) -> None:
    asked = {"zh": "十三，后来呢？", "en": "Ned, what then?"}[language]
    assert "too_long" not in FOREIGN[language].faults(asked, numbered(language, 10))
    assert "too_long" in FOREIGN[language].faults(asked, numbered(language, 60))
    assert "too_long" in FOREIGN[language].faults(asked, numbered(language, 2000))


def test_all_faults_are_told_in_order() -> None:
    answer = "As an AI language model, I cannot assist with that request.\nAnn Pike: Then what"
    assert FOREIGN["en"].faults("Ned, help!", answer) == ["ai_disclosure", "refusal", "speaks_for_others"]
    assert FOREIGN["en"].faults("", "") == ["empty"]
    order = list(RULES)
    for rule, cases in BREAKS.items():
        for language, question, answer in cases:
            found = FOREIGN[language].faults(question, answer)
            assert rule in found
            assert found == sorted(found, key=order.index)


# --- the role ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [[], [""], ["旁白"], ["narrator"], ["a(b[c"], ["Ned", "Ned", ""], ["{{char}}"]])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_role_may_be_called_anything(language: Language, names: list[str]) -> None:
    rules = Rules(language, names, others=["", "x)y"], user_name="*")
    assert (
        rules.fault(*{"zh": ("你怕什么？", "我怕我娘。"), "en": ("What do you fear?", "My mother.")}[language]) is None
    )


def test_a_role_alone_is_asked_nobody_elses_questions() -> None:
    assert Rules("en", ["Ned"]).fault("Ann, what then?", "I rowed.") is None
    assert Rules("en", ["Ned"], others=["Ann"]).fault("Ann, what then?", "I rowed.") == "asks_another"
    assert Rules("en", ["Ned Tull", "Ned"], others=["Ann"]).fault("Ned, what then?", "I rowed.") is None


def test_whom_a_question_calls_may_be_told_from_outside() -> None:
    callee = find_callee(character("en", cast=[{"name": "Ann Pike", "aliases": ["Nan"]}]).full_cast)
    rules = Rules("en", ["Ned Tull", "Ned"], callee=callee)
    assert rules.fault("Nan, what then?", "I rowed.") == "asks_another"


def test_the_user_is_one_of_the_others() -> None:
    assert Rules("en", ["Ned"], user_name="Traveller").fault("And?", "No.\nTraveller: Why?") == "speaks_for_others"
    assert Rules("en", ["Ned"]).fault("And?", "No.\nTraveller: why, that I cannot tell.") is None


# --- white space -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "untidy", "tidy"),
    [
        ("en", "  Aye,  sir.\n", "Aye, sir."),
        ("en", "Aye,\u00a0sir .", "Aye, sir."),
        ("en", "Aye\u200b, s\ufeffir.", "Aye, sir."),
        ("en", "One \r\n\r\n\r\n\r\n two\tthree", "One\n\ntwo three"),
        ("en", "Well , what ?", "Well, what?"),
        ("en", "I ... I do not know :)", "I ... I do not know :)"),
        ("en", "One line\nand one more\n\nand a third", "One line\nand one more\n\nand a third"),
        ("zh", "　　我 不 去 。", "我不去。"),
        ("zh", "他叫 Smith，从  London 来。", "他叫 Smith，从 London 来。"),
        ("zh", "走吧 ， 天黑了\u200b。 ", "走吧，天黑了。"),
        ("zh", "第一行\n第二行\n\n第三行", "第一行\n第二行\n\n第三行"),
        ("zh", "他说： “走。” 我就走了。", "他说：“走。”我就走了。"),
        ("zh", "👨‍👩‍👧 一家人。", "👨‍👩‍👧 一家人。"),
    ],
)
def test_stray_white_space_is_taken_out(language: Language, untidy: str, tidy: str) -> None:
    assert tidied(untidy, language) == tidy


def test_what_is_said_here_to_break_no_rule_is_tidy() -> None:
    for cases in COMES_NEAR.values():
        assert [answer for language, _, answer in cases if tidied(answer, language) != answer] == []


# --- whatever comes ----------------------------------------------------------------------------------------

_SCRAPS = st.sampled_from(
    [
        *(
            "我",
            "你",
            "他说：“",
            "”",
            "顾十三",
            "作为",
            "角色",
            "，",
            "。",
            "的",
            "抱歉，我无法",
            "在剧本里",
            "AI",
            "某某",
        ),
        *(
            "I ",
            "he said, ",
            '"',
            "Ned Tull",
            "as a ",
            "character ",
            "the ",
            ", ",
            ". ",
            "(",
            "[",
            "sorry, i cannot ",
            "__",
        ),
        *("\n", " ", "\u00a0", "\u3000", "\u200b", "\u200d", "\r\n", "\t", "{{", "<|", "x", "1. ", "…", "—", "'", "’"),
    ]
)
TEXTS = st.text(max_size=60) | st.lists(_SCRAPS, max_size=30).map("".join)


@given(TEXTS, TEXTS, st.sampled_from(LANGUAGES))
def test_any_pair_is_judged(question: str, answer: str, language: Language) -> None:
    rules = FOREIGN[language]
    faults = rules.faults(question, answer)
    assert rules.fault(question, answer) == (faults[0] if faults else None)


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_a_tidied_text_is_tidy_and_says_the_same(text: str, language: Language) -> None:
    tidy = tidied(text, language)
    assert tidied(tidy, language) == tidy
    assert tidy == tidy.strip()
    assert re.search(r"[^\S\n]{2}|\n{3}|[\u00a0\u200b\ufeff\r\t]", tidy) is None
    letters = [each for each in text if each.isalnum()]
    assert [each for each in tidy if each.isalnum()] == letters
    if not re.search(r"[^\w\s]", text):  # an invisible character may stand within a word
        assert words(tidy) == words(text)


_NASTY = [
    *(
        " ",
        "\n",
        " \n",
        "a",
        "我",
        ",",
        "，",
        "。",
        ". ",
        "…",
        "—",
        "“",
        "”",
        '"',
        "'a ",
        "‘a",
        "「",
        "(",
        "（",
        "[",
        "【",
        "《",
        "<",
    ),
    *(
        "{",
        "_",
        "*",
        "#",
        ":",
        "：\n",
        "1. ",
        "x",
        "I ",
        "Aa ",
        "abc, ",
        "A ",
        "ha ",
        "\u200b",
        "\u3000",
        "我 ",
        "[insert ",
        "</a ",
    ),
    *(
        "i am a ",
        "as a ",
        "in the ",
        "he said ",
        "sorry i cannot ",
        "my character ",
        "in the book ",
        "here is a ",
        "Ned ",
        "Ann:",
    ),
    *(
        "我是",
        "我由",
        "作为",
        "角色",
        "以",
        "根据",
        "抱歉",
        "我不能提供",
        "没有",
        "我没有真正的",
        "他说道：“",
        "在这个小说",
        "顾十三",
        "的",
        "你",
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nasty", _NASTY)
def test_no_text_takes_a_rule_longer_than_its_length(language: Language, nasty: str) -> None:
    """100,000 characters; what is worse than linear takes ten seconds and more."""
    text = (nasty * 100_000)[:100_000]
    began = time.process_time()
    FOREIGN[language].faults("Why?" if language == "en" else "为什么？", text)
    FOREIGN[language].faults(text, "Aye." if language == "en" else "好。")
    tidied(text, language)
    assert time.process_time() - began < 5


def test_a_language_is_known_by_its_letters() -> None:
    assert is_in_language("他叫 Smith，从 London 来，说话带着那边的腔调。", "zh")
    assert not is_in_language("他 is from London", "zh")
    assert not is_in_language("…… 123", "zh")
    assert is_in_language("He said 好 and nothing else.", "en")
    assert not is_in_language("これは私の船なのだよ", "zh")
    assert not is_in_language("Он сказал: yes.", "en")
