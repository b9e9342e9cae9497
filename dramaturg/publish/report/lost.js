/* What the build dropped, stage by stage, each with its reason. */

let lostReasons = null; // stage and reason → the reason in words

function reasonWord(stage, reason) {
  if (lostReasons === null) {
    lostReasons = new Map();
    for (const { stage: at, dropped } of data.funnel) {
      for (const [name, words] of dropped) lostReasons.set(JSON.stringify([at, name]), words);
    }
  }
  return lostReasons.get(JSON.stringify([stage, reason])) ?? reason;
}

function stageWord(stage) {
  return data.funnel.find((each) => each.stage === stage)?.title ?? stage;
}

function lostView() {
  // one word for all stages that drop for the same reason
  const anywhere = new Map(data.lost.map(({ stage, reason }) => [reason, reasonWord(stage, reason)]));
  const browse = browser({
    view: "lost",
    label: say("lost"),
    items: data.lost,
    total: data.lost_total,
    countWord: (total, here) =>
      total > here ? say("lostPartOf", { n: here, all: number(total) }) : say("nLost", { n: here }),
    words: ({ turns, of, stage, reason }) =>
      [...turns.map(([role, text]) => `${role ?? ""}\n${text}`), of ?? "", reason, reasonWord(stage, reason)].join(
        "\n",
      ),
    filters: [
      { name: "stage", label: say("stage"), values: ({ stage }) => [stage], word: stageWord },
      {
        name: "reason",
        label: say("reason"),
        values: ({ reason }) => [reason],
        word: (reason) => anywhere.get(reason) ?? reason,
      },
    ],
    draw: ({ stage, reason, turns }, searched) => [
      turns
        .slice(0, 2)
        .map(([role, text]) =>
          make(
            "span",
            { class: turns.length === 1 ? "line lines" : "line" },
            role !== null && [make("b", {}, shown(role, searched)), " "],
            shown(glimpse(text, searched), searched),
          ),
        ),
      make("span", { class: "marks" }, make("span", { class: "why" }, shown(reasonWord(stage, reason), searched))),
    ],
    detail: ({ stage, reason, turns, of }, searched) => [
      make(
        "header",
        { class: "rowhead" },
        make("h2", {}, shown(reasonWord(stage, reason))),
        make(
          "p",
          { class: "marks" },
          make("span", {}, shown(stageWord(stage))),
          make("span", {}, make("code", {}, shown(reason))),
        ),
      ),
      make(
        "ol",
        { class: "turns" },
        turns.map(([role, text]) =>
          make(
            "li",
            { class: "turn" },
            role !== null && speakerNode(role),
            make("div", { class: "said" }, paragraph(text, searched)),
          ),
        ),
      ),
      of !== null &&
        of !== undefined &&
        make("section", { class: "facts" }, make("h3", {}, say("because")), paragraph(String(of), searched)),
    ],
    idOf: (_, at) => String(at),
  });
  return { node: browse.node, open: browse.reset, keys: browse.keys, whenIdle: browse.warm };
}
