/* The dataset at a glance: whose it is, what it is made of, what became of it on the way, what it cost. */

function overviewView() {
  const { character, made, sources, funnel, cost, plots } = data;
  return {
    node: make(
      "div",
      { class: "overview" },
      make(
        "div",
        { class: "title" },
        make("h2", {}, shown(character.name)),
        character.aliases.length > 0 && make("p", { class: "aliases" }, say("aliases"), " ", listed(character.aliases)),
        character.categories.length > 0 &&
          make(
            "p",
            { class: "tags" },
            character.categories.map((each) => make("span", {}, shown(each))),
          ),
        character.description && make("div", { class: "description" }, paragraph(character.description)),
        data.totals.shown < data.totals.rows &&
          make(
            "p",
            { class: "limit" },
            say("partOf", { n: data.totals.shown, all: number(data.totals.rows) }),
            say("space"),
            say("limitWhy"),
          ),
      ),
      figuresNode(),
      part("configs", configsNode()),
      part("sources", sources.length > 0 && sourcesNode(sources)),
      part("funnel", funnel.length > 0 && funnelNode(funnel)),
      part(
        "cost",
        cost.length > 0 &&
          make(
            "div",
            { class: "scroll", tabindex: "0", role: "group", "aria-label": say("cost") },
            make(
              "table",
              {},
              make(
                "tbody",
                {},
                cost.map(([first, ...rest]) =>
                  make(
                    "tr",
                    {},
                    make("th", { scope: "row" }, shown(String(first))),
                    rest.map((cell) => make("td", { class: "figure" }, shown(String(cell)))),
                  ),
                ),
              ),
            ),
          ),
      ),
      part(
        "plots",
        plots.length > 0 &&
          make(
            "div",
            { class: "plots" },
            plots
              .filter(({ src }) => src.startsWith("data:image/"))
              .map(({ title, src }) =>
                make("figure", {}, make("img", { src, alt: title }), make("figcaption", {}, shown(title))),
              ),
          ),
      ),
      part(
        "made",
        made.length > 0 &&
          terms(made.map(([name, ...values]) => [shown(String(name)), ...values.map((each) => shown(String(each)))])),
      ),
    ),
    open: () => {},
    keys: {},
  };
}

function part(word, content) {
  return (
    content &&
    make(
      "section",
      { class: "part", "aria-labelledby": `part-${word}` },
      make("h3", { id: `part-${word}` }, say(`part_${word}`)),
      content,
    )
  );
}

function listed(names) {
  return names.map((name, at) => [at > 0 ? say("between") : "", shown(name)]).flat();
}

function figuresNode() {
  const figures = [
    [number(data.totals.rows), say("rowsUnit", { n: data.totals.rows })],
    [number(data.lines.total), say("linesUnit", { n: data.lines.total })],
    [number(data.speakers.length), say("speakersUnit", { n: data.speakers.length })],
    [number(data.lost_total), say("lostUnit", { n: data.lost_total })],
  ];
  return make(
    "ul",
    { class: "figures" },
    figures.map(([figure, word]) => make("li", {}, make("b", {}, figure), " ", make("span", {}, word))),
  );
}

/** Rows by config; by split and origin too where the page has them all. */
function configsNode() {
  const isWhole = data.totals.shown >= data.totals.rows;
  const counts = new Map();
  const splits = [...new Set(data.rows.map(({ split }) => split))].sort((one, other) => (one < other ? 1 : -1));
  const origins = ["original", "generated", "edited"].filter((origin) =>
    data.rows.some((row) => row.origin === origin),
  );
  for (const { config, split, origin } of data.rows) {
    const own = counts.get(config) ?? new Map();
    counts.set(config, own);
    for (const each of [`s ${split}`, `o ${origin}`]) own.set(each, (own.get(each) ?? 0) + 1);
  }
  const cell = (config, what) => make("td", { class: "figure" }, number(counts.get(config)?.get(what) ?? 0));
  const head = (word, attributes = {}) => make("th", { scope: "col", ...attributes }, word);
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": say("part_configs") },
    make(
      "table",
      {},
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          head(say("config")),
          head(say("rows"), { class: "figure" }),
          isWhole && splits.map((split) => head(splitWord(split), { class: "figure" })),
          isWhole && origins.map((origin) => head(originWord(origin), { class: "figure" })),
        ),
      ),
      make(
        "tbody",
        {},
        Object.entries(data.totals.configs).map(([config, rows]) =>
          make(
            "tr",
            {},
            make("th", { scope: "row" }, make("a", { href: address("rows", { config }) }, shown(config))),
            make("td", { class: "figure" }, number(rows)),
            isWhole && splits.map((split) => cell(config, `s ${split}`)),
            isWhole && origins.map((origin) => cell(config, `o ${origin}`)),
          ),
        ),
      ),
    ),
  );
}

function sourcesNode(sources) {
  const figures = ["characters", "lines", "speakers", "unknown"];
  return make(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": say("part_sources") },
    make(
      "table",
      {},
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          ["source", "readAs", "licence"].map((word) => make("th", { scope: "col" }, say(word))),
          figures.map((word) => make("th", { scope: "col", class: "figure" }, say(`source_${word}`))),
        ),
      ),
      make(
        "tbody",
        {},
        sources.map((source) =>
          make(
            "tr",
            {},
            make("th", { scope: "row" }, shown(source.name)),
            make("td", {}, shown(String(source.read_as ?? ""))),
            make("td", {}, shown(String(source.licence ?? ""))),
            figures.map((name) =>
              make("td", { class: "figure" }, typeof source[name] === "number" ? number(source[name]) : "–"),
            ),
          ),
        ),
      ),
    ),
  );
}

/** Stage by stage what came out of it, and what was dropped there and why. */
function funnelNode(funnel) {
  const here = new Set(data.lost.map(({ stage, reason }) => JSON.stringify([stage, reason])));
  const most = Math.max(1, ...funnel.flatMap(({ dropped }) => dropped.map(([, , lost]) => lost)));
  return make(
    "ol",
    { class: "funnel" },
    funnel.map(({ stage, title, counts, dropped }) =>
      make(
        "li",
        {},
        make(
          "div",
          { class: "stage" },
          make("h4", {}, shown(title)),
          make(
            "p",
            { class: "came" },
            counts
              .map(([word, figure], at) => [
                at > 0 ? " · " : "",
                make("b", {}, typeof figure === "number" ? number(figure) : shown(String(figure))),
                " ",
                shown(word),
              ])
              .flat(),
          ),
        ),
        dropped.length > 0 &&
          make(
            "ul",
            { class: "dropped" },
            dropped.map(([reason, words, lost]) => {
              const isHere = here.has(JSON.stringify([stage, reason]));
              return make(
                "li",
                {},
                make("span", { class: "figure" }, number(lost)),
                bar(lost / most),
                isHere
                  ? make("a", { href: address("lost", { stage, reason }) }, shown(words))
                  : make("span", {}, shown(words)),
              );
            }),
          ),
      ),
    ),
  );
}
