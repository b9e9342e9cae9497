/* The rows of the dataset, each beside the passage that it comes from. */

function rowsView() {
  const numbers = new Map(data.rows.map((row, at) => [row.target, at]));
  const browse = browser({
    view: "rows",
    label: say("rows"),
    items: data.rows,
    total: data.totals.rows,
    countWord: (total, here) =>
      total > here ? say("partOf", { n: here, all: number(total) }) : say("nRows", { n: here }),
    words: rowWords,
    filters: [
      { name: "config", label: say("config"), values: (row) => [row.config], word: String },
      { name: "split", label: say("split"), values: (row) => [row.split], word: splitWord },
      { name: "origin", label: say("origin"), values: (row) => [row.origin], word: originWord },
      {
        name: "speaker",
        label: say("speaker"),
        values: (row) => row.turns.map(([role]) => (role === null ? "" : merged(role))),
        word: (role) => role || say("noName"),
      },
      {
        name: "verdict",
        label: say("verdict"),
        values: (row) => [verdictOf(row)],
        word: (verdict) => say(`verdict_${verdict}`),
      },
    ],
    draw: rowOption,
    detail: rowDetail,
    idOf: (row) => row.id,
  });

  let isOld = false; // something was corrected while the rows were not to be seen
  let mergedBefore = "[]";
  let before = []; // the targets then: what is taken back is none any more

  function refresh() {
    const merges = JSON.stringify([...targets].filter(([target]) => target.startsWith("name:")));
    const corrected = [...targets.keys(), ...before]
      .map((target) => numbers.get(target))
      .filter((at) => at !== undefined);
    browse.refresh(merges === mergedBefore ? corrected : data.rows.keys());
    mergedBefore = merges;
    before = [...targets.keys()];
    isOld = false;
  }

  watch(() => {
    if (viewNow === "rows") refresh();
    else isOld = true;
  });

  function rowDetail(row, searched) {
    const redraw = browse.drawOpen;
    return [
      make(
        "header",
        { class: "rowhead" },
        make("h2", {}, say("row"), " ", make("code", {}, shown(row.id))),
        make(
          "p",
          { class: "marks" },
          make("span", {}, shown(row.config)),
          make("span", {}, splitWord(row.split)),
          make("span", { class: row.origin === "original" ? null : "new" }, originWord(row.origin)),
          verdictOf(row) !== "none" && make("span", { class: "verdict" }, say(`verdict_${verdictOf(row)}`)),
        ),
        isReview() && verdictNode(row),
      ),
      make(
        "div",
        { class: "spread" },
        turnsNode(row, searched, redraw),
        sourceNode(row),
        make("div", { class: "made" }, factsNode(row)),
      ),
    ];
  }

  function onKey(word) {
    const row = browse.current();
    if (row === null || !isReview()) return;
    correct({ target: row.target, do: word }, { wanted: say(word === "accept" ? "accepted" : "rejected") });
  }
  const keys = {
    ...browse.keys,
    a: () => onKey("accept"),
    x: () => onKey("reject"),
    e: () => (browse.node.querySelector(".turn.role .edit") ?? browse.node.querySelector(".edit"))?.click(),
    u: () => {
      if (isReview()) undoLast();
    },
  };
  return {
    node: browse.node,
    open: browse.reset,
    shown: () => {
      if (isOld) refresh();
    },
    keys,
    whenIdle: browse.warm,
  };
}

/** All of a row that is searched. */
function rowWords(row) {
  let words = row.id;
  // as it came where nobody has touched it: this is done of every row
  const turns = targets.size === 0 ? row.turns : turnsOf(row).map(({ role, text }) => [role, text]);
  for (const [role, text] of turns) words += `\n${role ?? ""}\n${text}`;
  return words;
}

function splitWord(split) {
  return split === "train" || split === "test" ? say(`split_${split}`) : split;
}

function originWord(origin) {
  return ["original", "generated", "edited"].includes(origin) ? say(`origin_${origin}`) : origin;
}

function rowOption(row, searched) {
  const turns = turnsOf(row);
  // of a long row the two turns that have what is searched
  let first = 0;
  if (searched.length > 0) {
    const at = turns.findIndex(({ text, role }) => found(`${role ?? ""}\n${text}`, searched).length > 0);
    first = Math.max(0, Math.min(at, turns.length - 2));
  }
  const verdict = verdictOf(row);
  return [
    turns
      .slice(first, first + 2)
      .map(({ role, text }) =>
        make(
          "span",
          { class: "line" },
          make("b", {}, shown(role ?? say("noName"), searched)),
          " ",
          shown(glimpse(text, searched), searched),
        ),
      ),
    make(
      "span",
      { class: "marks" },
      make("span", {}, shown(row.config)),
      make("span", {}, splitWord(row.split)),
      row.origin !== "original" && make("span", { class: "new" }, originWord(row.origin)),
      verdict !== "none" && make("span", { class: "verdict" }, say(`verdict_${verdict}`)),
    ),
  ];
}

function factsNode(row) {
  const { quality } = row;
  const judged =
    quality === null || quality === undefined ? [] : Object.entries(quality).filter(([, value]) => value !== null);
  return [
    judged.length > 0 &&
      make(
        "section",
        { class: "facts" },
        make("h3", {}, say("quality")),
        terms(judged.map(([name, value]) => [qualityWord(name), valueNode(value)])),
      ),
    row.facts.length > 0 &&
      make(
        "section",
        { class: "facts" },
        make("h3", {}, say("facts")),
        terms(
          row.facts.map(([name, ...values]) => [shown(String(name)), ...values.map((value) => shown(String(value)))]),
        ),
      ),
  ];
}

function valueNode(value) {
  if (typeof value === "boolean") return say(value ? "yes" : "no");
  return shown(typeof value === "object" ? JSON.stringify(value) : String(value));
}

function qualityWord(name) {
  return ["score", "reason", "answers", "style", "correct", "model"].includes(name)
    ? say(`quality_${name}`)
    : shown(name);
}

/** The passages of a row: its own lines marked, and what a model was shown or cited. */
function sourceNode(row) {
  const turns = turnsOf(row);
  const told = new Set();
  const marks = [
    ...row.spans.map(([source, start, end, turn]) => {
      const role = turns[turn]?.role ?? null;
      const isFirst = !told.has(turn);
      told.add(turn);
      const line = lineAt(source, start, end);
      const tag = isFirst || line !== undefined ? () => tagNode(role, line, isFirst) : null;
      return { source, start, end, kind: "own", isRole: role === data.character.name, tag };
    }),
    ...row.context.map(([source, start, end]) => ({ source, start, end, kind: "context" })),
    ...row.cited.map(([source, start, end]) => ({ source, start, end, kind: "cited" })),
  ];
  const { excerpts, lost } = excerptsOf(marks);
  const kinds = ["own", "cited", "context"].filter((kind) => marks.some((mark) => mark.kind === kind));
  return make(
    "section",
    { class: "verso", "aria-label": say("passage") },
    make("h3", {}, say("passage")),
    marks.length === 0 && make("p", { class: "muted" }, say("noPassage")),
    kinds.length > 0 &&
      make(
        "p",
        { class: "legend" },
        kinds.map((kind) => make("span", { class: kind }, say(`legend_${kind}`))),
      ),
    excerpts.map((excerpt) => [
      data.sources.length > 1 && make("p", { class: "source" }, shown(data.sources[excerpt.passage.source].name)),
      excerptNode(excerpt),
    ]),
    lost.length > 0 && make("p", { class: "muted" }, say("passageNotHere", { n: lost.length })),
  );
}

/** Whose line begins here; where it can be corrected, a way to do so. */
function tagNode(role, line, isFirst) {
  const word = role === null ? say("noName") : role;
  if (!isReview() || line === undefined) return isFirst ? make("span", { class: "who" }, shown(word)) : "";
  return make(
    "a",
    { class: "who", href: address("review", { line: lineTarget(line) }), title: say("correctSpeaker") },
    typeof speakerOf(line) === "string" ? shown(speakerOf(line)) : speakerWord(speakerOf(line)),
  );
}
