/* What a person has corrected: a list of it, each of which can be taken back, and what no longer fits the sources. */

const SHOWN = 100;

function correctionsNode() {
  let most = SHOWN;
  const title = make("summary");
  const list = make("ul", { class: "corrections" });
  const more = button(
    say("showAll"),
    () => {
      most = Infinity;
      draw();
    },
    { class: "quiet" },
  );
  const made = make("details", { on: { toggle: () => draw() } }, title, list, more);
  const gone = make("div", { class: "gone" });
  const rows = new Map(data.rows.map((row) => [row.target, row]));

  function draw() {
    title.textContent = say("corrections", { n: correctionsMade().length });
    made.hidden = correctionsMade().length === 0;
    if (made.open) {
      const sorted = correctionsMade().sort(([, one], [, other]) => other.number - one.number);
      const had = list.contains(document.activeElement);
      fill(
        list,
        sorted.slice(0, most).map(([target, corrected]) =>
          make(
            "li",
            {},
            make(
              "div",
              {},
              whatNode(target),
              make(
                "p",
                {},
                describe(target),
                " · ",
                make("span", { class: "muted" }, say(corrected.built ? "isBuilt" : "notBuilt")),
              ),
            ),
            button(say("undo"), () => undo(target), {
              class: "quiet",
              "aria-label": say("undoThis", { what: describe(target) }),
            }),
          ),
        ),
      );
      if (had) title.focus();
      more.hidden = sorted.length <= most;
    }
    fill(
      gone,
      state.gone.length > 0 &&
        make(
          "details",
          { open: true },
          make("summary", {}, say("textGone", { n: state.gone.length })),
          make("p", { class: "muted" }, say("textGoneWhat")),
          make(
            "ul",
            { class: "corrections" },
            state.gone.map(({ target, text, why }) =>
              make(
                "li",
                {},
                make(
                  "div",
                  {},
                  paragraph(text ?? ""),
                  make("p", { class: "muted" }, shown(why ?? ""), " ", make("code", {}, shown(target))),
                ),
                targets.has(target) && button(say("undo"), () => undo(target), { class: "quiet" }),
              ),
            ),
          ),
        ),
    );
  }

  function whatNode(target) {
    const line = lineNumbers.get(target);
    if (line !== undefined) {
      return make(
        "p",
        { class: "text", dir: "auto" },
        make("a", { href: address("review", { line: target }) }, shown(glimpse(lineText(line) || target, []))),
      );
    }
    const row = rows.get(target);
    if (row !== undefined) {
      const [, said] = row.turns.find(([role]) => role === data.character.name) ?? row.turns[0];
      return make(
        "p",
        { class: "text", dir: "auto" },
        make("a", { href: address("rows", { id: row.id }) }, shown(glimpse(said, []))),
      );
    }
    return make("p", { class: "text", dir: "auto" }, shown(target.startsWith("name:") ? target.slice(5) : target));
  }

  return { node: make("div", {}, made, gone), draw };
}
