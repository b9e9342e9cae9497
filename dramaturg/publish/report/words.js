/* Every word of the interface, in both its languages. {n} is a number, which English counts by; what else stands in
   braces is put in as it is given. */

const WORDS = {
  en: {
    skipToContent: "Skip to content",
    views: "Parts of this page",
    overview: "Overview", rows: "Rows", lost: "Lost", speakers: "Speakers", review: "Review",
    theme: "Colours", theme_auto: "Auto", theme_light: "Light", theme_dark: "Dark",
    between: ", ",
    nRows: ["{n} row", "{n} rows"], nLines: ["{n} spoken line", "{n} spoken lines"],
    nSources: ["{n} source", "{n} sources"], nSpeakers: ["{n} speaker", "{n} speakers"],
    nLost: ["{n} dropped", "{n} dropped"],
    rowsUnit: ["row", "rows"], linesUnit: ["spoken line", "spoken lines"],
    speakersUnit: ["speaker", "speakers"],
    lostUnit: ["dropped", "dropped"],
    partOf: "{n} of {all} rows are in this page.",
    limitWhy: "The dataset's folder has all of them.",
    lostPartOf: "{n} of {all} dropped are in this page.",
    aliases: "Also called",
    part_configs: "Rows", part_sources: "Sources", part_funnel: "From source to rows",
    part_cost: "What it cost",
    part_plots: "Plots", part_made: "Made with", cost: "What it cost",
    config: "Config", split: "Split", origin: "Origin", speaker: "Speaker", source: "Source", readAs: "Read as",
    licence: "Licence",
    source_characters: "Characters", source_lines: "Spoken lines", source_speakers: "Speakers",
    source_unknown: "Without a speaker",
    split_train: "train", split_test: "test",
    origin_original: "original", origin_generated: "generated", origin_edited: "edited",

    search: "Search", filters: "Filters", all: "All", clear: "Clear",
    foundOf: "{n} of {all}", nothingFound: "Nothing fits. Search for fewer words, or clear the filters.",
    opened: "What is open", pick: "Pick one in the list, and it opens here.", return: "Back to the list",
    previous: "Previous", next: "Next", skip: "Skip",
    row: "Row", noName: "no name", unknownSpeaker: "unknown", noSpeech: "not speech",
    passage: "In the source",
    noPassage: "This row has no passage of its own: a model wrote it without being shown any.",
    passageNotHere: ["A passage of this is not in this page.", "{n} passages of this are not in this page."],
    legend_own: "its lines", legend_cited: "cited by the model", legend_context: "shown to the model",
    moreBefore: "More before", moreAfter: "More after",
    facts: "How it was made", quality: "A model's judgement",
    quality_score: "Score", quality_reason: "Reason", quality_answers: "Answers the question",
    quality_style: "In character",
    quality_correct: "True to the work", quality_model: "Model", yes: "yes", no: "no",
    correctSpeaker: "Correct who says this",

    stage: "Stage", reason: "Reason", because: "Because of",

    speakersWhat: "A line is unsure below a confidence of {sure}.",
    mergeWhat: "Two names of one person can be made one.",
    speaker_name: "Name", speaker_lines: "Lines", speaker_unsure: "Unsure", speaker_confidence: "Confidence",
    merge: "Merge …", mergeName: "{name} is the same person as …", samePerson: "{name} is the same person as",
    mergeInto: "{name} is {into}", mergedInto: "the same person as {name}",
    undoMerge: "Undo: {name} is a person again",

    reviewQuestion: "Who says this?", likely: "Likely speakers", anotherName: "Another name", newName: "New:",
    right: "Right", noSpeechButton: "Not speech", nobodyKnows: "Nobody can tell",
    pickSpeaker: "There is no speaker to confirm: pick one.",
    drawn: "drawn at random", chosenLine: "chosen by you", extracted: "was", sure: "{share} sure",
    nowLine: "{name}: {text}", reviewThis: "Review this line",
    method_tag: "named beside it", method_beat: "by what is done beside it", method_pronoun: "by a pronoun",
    method_conversation: "by turns of talk", method_continued: "goes on speaking",
    method_label: "labelled in the source",
    method_voice: "by the voice", method_llm: "told by a model",
    reviewedLeft: ["{n} line reviewed, {left} to go.", "{n} lines reviewed, {left} to go."],
    noAccuracy: "After {n} this page estimates how many speakers of the whole script are right.",
    accuracy: "{share} of all speakers are right, by estimate ({low} to {high}, 95% interval).",
    accuracyOf: "From {drawn} lines drawn at random, of {n} reviewed.",
    accuracyAfter: "With your corrections: {share}.",
    queueDone: "Every line of the queue is reviewed.",

    verdict: "Verdict", verdict_accept: "accepted", verdict_reject: "rejected", verdict_edit: "edited",
    verdict_none: "none yet",
    accept: "Accept", reject: "Reject", undo: "Undo", edit: "Edit", editTurn: "Edit turn {n}", save: "Save",
    cancel: "Cancel",
    close: "Close", before: "Before", editedByPerson: "Edited by a person.",
    unsavedDraft: "A draft is not saved.", goOn: "Go on", discard: "Discard",

    corrections: ["{n} correction", "{n} corrections"], isBuilt: "in the last build",
    notBuilt: "for the next build",
    space: " ", showAll: "Show all", undoThis: "Undo: {what}",
    textGone: ["{n} correction no longer fits", "{n} corrections no longer fit"],
    textGoneWhat: "Their text is not in the sources any more. They are kept, and change nothing.",
    saidRight: "speaker confirmed", saidRightName: "{name} confirmed", saidSpeaker: "said by {name}",
    saidUnknown: "nobody can tell who says it", saidNoSpeech: "not speech", accepted: "accepted",
    rejected: "rejected",
    edited: "edited", editedTo: "edited: {text}", nothingSaid: "nothing",

    saved: "Saved: {what}.", undone: "taken back", nothingToUndo: "This tab has nothing to undo.",
    wanted: "Not saved: {what}", sendAgain: "Send again", letBe: "Leave it",
    serverGone: "The server does not answer.",
    serverGoneWhat: "It was stopped, perhaps. What you typed is still here; start the review again and send it again.",
    serverBack: "The server answers again.",
    refused: "The server refuses this page.", notSaved: "That was not saved.",
    conflict: "Another tab has changed this.", isNow: "It is now: {what}", saveMine: "Save mine instead",
    keepTheirs: "Keep that",
    decideFirst: "First decide about what was not saved.",

    keys: "Keys", singleKeys: "Single keys are commands",
    key_search: "search; in Review, type a name", key_move: "next, previous",
    key_open: "open; in Review, right", key_back: "back",
    key_accept: "accept, right", key_reject: "reject, not speech", key_number: "the speaker of that number",
    key_nobody: "nobody can tell", key_edit: "edit the answer", key_save: "save what is edited",
    key_undo: "undo the last",
  },
  zh: {
    skipToContent: "跳到正文",
    views: "页面各部分",
    overview: "概览", rows: "样本", lost: "剔除", speakers: "说话人", review: "校对",
    theme: "配色", theme_auto: "自动", theme_light: "浅色", theme_dark: "深色",
    between: "、",
    nRows: "{n} 条样本", nLines: "{n} 句台词", nSources: "{n} 个来源", nSpeakers: "{n} 位说话人", nLost: "剔除 {n} 条",
    rowsUnit: "条样本", linesUnit: "句台词", speakersUnit: "位说话人", lostUnit: "条被剔除",
    partOf: "本页收录 {all} 条样本中的 {n} 条。",
    limitWhy: "全部样本在数据集文件夹中。",
    lostPartOf: "本页收录 {all} 条剔除记录中的 {n} 条。",
    aliases: "又称",
    part_configs: "样本构成", part_sources: "来源", part_funnel: "从原文到样本", part_cost: "费用", part_plots: "图表",
    part_made: "制作信息",
    cost: "费用",
    config: "配置", split: "划分", origin: "出处", speaker: "说话人", source: "来源", readAs: "读作", licence: "许可",
    source_characters: "字符", source_lines: "台词", source_speakers: "说话人", source_unknown: "说话人不明",
    split_train: "训练", split_test: "测试",
    origin_original: "原文", origin_generated: "模型生成", origin_edited: "人工改写",

    search: "搜索", filters: "筛选", all: "全部", clear: "清除",
    foundOf: "{all} 条中有 {n} 条符合", nothingFound: "没有符合条件的内容。可以少搜几个词，或清除筛选。",
    opened: "当前条目", pick: "在列表中选一条，即在此处打开。", return: "返回列表", previous: "上一条", next: "下一条", skip: "跳过",
    row: "样本", noName: "未署名", unknownSpeaker: "不明", noSpeech: "不是台词",
    passage: "原文", noPassage: "这条样本没有对应的原文：模型生成时未参看任何段落。",
    passageNotHere: "有 {n} 处原文不在本页中。",
    legend_own: "样本原句", legend_cited: "模型引用", legend_context: "模型参看",
    moreBefore: "往前多看一些", moreAfter: "往后多看一些",
    facts: "制作过程", quality: "模型评分",
    quality_score: "得分", quality_reason: "理由", quality_answers: "切题", quality_style: "合乎人物",
    quality_correct: "合乎原作", quality_model: "模型", yes: "是", no: "否",
    correctSpeaker: "更正这句的说话人",

    stage: "阶段", reason: "原因", because: "相关内容",

    speakersWhat: "置信度低于 {sure} 的台词记为存疑。",
    mergeWhat: "同一人的两个名字可以合并。",
    speaker_name: "名字", speaker_lines: "台词", speaker_unsure: "存疑", speaker_confidence: "置信度",
    merge: "合并…", mergeName: "将{name}并入另一人", samePerson: "{name}其实是",
    mergeInto: "{name}就是{into}", mergedInto: "与{name}是同一人", undoMerge: "撤销合并：{name}",

    reviewQuestion: "这句话是谁说的？", likely: "可能的说话人", anotherName: "其他名字", newName: "新人物：",
    right: "正确", noSpeechButton: "不是台词", nobodyKnows: "无从判断",
    pickSpeaker: "这句还没有说话人，请选一位。",
    drawn: "随机抽取", chosenLine: "自选", extracted: "原判", sure: "置信度 {share}",
    nowLine: "{name}：{text}", reviewThis: "校对这一句",
    method_tag: "旁有署名", method_beat: "据旁边的动作", method_pronoun: "据代词", method_conversation: "据对话轮次",
    method_continued: "接着上句", method_label: "来源已标注", method_voice: "据嗓音", method_llm: "模型判断",
    reviewedLeft: "已校对 {n} 句，还剩 {left} 句。",
    noAccuracy: "满 {n} 句后可估计全篇说话人的准确率。",
    accuracy: "全篇说话人的准确率估计为 {share}（95% 区间：{low} 至 {high}）。",
    accuracyOf: "据随机抽取的 {drawn} 句估计，共校对 {n} 句。",
    accuracyAfter: "计入你的更正后：{share}。",
    queueDone: "待校对的台词已全部校完。",

    verdict: "审阅", verdict_accept: "采纳", verdict_reject: "不采纳", verdict_edit: "已改写", verdict_none: "未审阅",
    accept: "采纳", reject: "不采纳", undo: "撤销", edit: "修改", editTurn: "修改第 {n} 句", save: "保存", cancel: "取消",
    close: "关闭", before: "修改前", editedByPerson: "经人工改写。", unsavedDraft: "有未保存的草稿。", goOn: "继续修改", discard: "丢弃",

    corrections: "{n} 处更正", isBuilt: "已计入上次构建", notBuilt: "下次构建时生效",
    space: "", showAll: "全部显示", undoThis: "撤销：{what}",
    textGone: "{n} 处更正已无从对应", textGoneWhat: "来源中已找不到这些文字。更正仍然保留，但不起作用。",
    saidRight: "说话人无误", saidRightName: "确认是{name}", saidSpeaker: "说话人是{name}", saidUnknown: "无从判断是谁说的",
    saidNoSpeech: "不是台词",
    accepted: "采纳", rejected: "不采纳", edited: "已改写", editedTo: "改为：{text}", nothingSaid: "无",

    saved: "已保存：{what}。", undone: "已撤销", nothingToUndo: "本标签页没有可撤销的更正。",
    wanted: "未保存：{what}", sendAgain: "重新发送", letBe: "不发了",
    serverGone: "服务没有回应。", serverGoneWhat: "服务可能已停止。你输入的内容还在；重新启动校对后再发送即可。", serverBack: "服务已恢复。",
    refused: "服务拒绝了本页的请求。", notSaved: "未能保存。",
    conflict: "此处已在另一标签页中改动。", isNow: "现在是：{what}", saveMine: "改用我的", keepTheirs: "保留现状",
    decideFirst: "请先处理未保存的更正。",

    keys: "快捷键", singleKeys: "启用单键快捷键",
    key_search: "搜索；校对时输入名字", key_move: "下一条、上一条", key_open: "打开；校对时表示正确", key_back: "返回",
    key_accept: "采纳、正确", key_reject: "不采纳、不是台词", key_number: "选对应编号的说话人", key_nobody: "无从判断",
    key_edit: "修改回答", key_save: "保存修改", key_undo: "撤销上一次",
  },
};

const LOCALES = { en: "en", zh: "zh-Hans" };
let language = "en";
let numbers = null;
let plurals = null;

function setLanguage(given) {
  language = given;
  numbers = new Intl.NumberFormat(LOCALES[given]);
  plurals = new Intl.PluralRules(LOCALES[given]);
}

function locale() {
  return LOCALES[language];
}

function number(value) {
  return numbers.format(value);
}

function percent(share, digits = 1) {
  const places = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return share.toLocaleString(LOCALES[language], { style: "percent", ...places });
}

/** Words of the interface, with what is given put in; `n` is a number. */
function say(name, given = {}) {
  const words = WORDS[language][name];
  const form = Array.isArray(words) ? words[plurals.select(given.n) === "one" ? 0 : 1] : words;
  return form.replace(/\{(\w+)\}/g, (_, slot) => (slot === "n" ? number(given.n) : given[slot]));
}
