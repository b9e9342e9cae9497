/* Everybody who speaks, how much, and how sure that is. */

const SURE = 0.9; // as the dataset counts unsure lines

function speakersView() {
  let order = "lines";
  let isDown = true;
  let merging = null; // the name that is about to be merged
  const body = make("tbody");
  const columns = ["name", "lines", "unsure", "confidence"];
  const heads = new Map(
    columns.map((column) => [
      column,
      make(
        "th",
        { scope: "col", class: column === "name" ? null : "figure" },
        button(say(`speaker_${column}`), () => sort(column), { class: "quiet" }),
      ),
    ]),
  );
  const field = make("input", { type: "search", autocomplete: "off", dir: "auto", on: { input: () => draw() } });
  const count = make("p", { class: "count" });

  function sort(column) {
    isDown = order === column ? !isDown : column !== "name";
    order = column;
    draw();
  }

  function draw() {
    for (const [column, head] of heads) {
      if (column === order) head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    const searched = searchTerms(field.value);
    const visible = data.speakers.filter(({ name }) => searched.every((term) => fold(name).includes(term)));
    const compare =
      order === "name"
        ? (one, other) => one.name.localeCompare(other.name, locale())
        : (one, other) => one[order] - other[order];
    visible.sort((one, other) => (isDown ? compare(other, one) : compare(one, other)));
    count.textContent = say("nSpeakers", { n: visible.length });
    fill(
      body,
      visible.map((speaker) => rowsOf(speaker, searched)),
    );
  }

  function rowsOf({ name, lines, unsure, confidence }, searched) {
    const into = targets.get(`name:${name}`)?.into;
    return [
      make(
        "tr",
        { class: into === undefined ? null : "merged" },
        make(
          "th",
          { scope: "row" },
          make("a", { href: address("rows", { speaker: name }) }, shown(name, searched)),
          into !== undefined && make("span", { class: "note" }, " = ", shown(into)),
          isReview() && (into === undefined ? mergeButton(name) : unmergeButton(name)),
        ),
        make("td", { class: "figure" }, number(lines)),
        make(
          "td",
          { class: "figure" },
          number(unsure),
          make("span", { class: "share" }, ` ${percent(lines ? unsure / lines : 0, 0)}`),
        ),
        make("td", { class: "figure" }, percent(confidence, 0), bar(confidence)),
      ),
      merging === name && make("tr", {}, make("td", { colspan: columns.length }, mergeForm(name))),
    ];
  }

  function mergeButton(name) {
    const start = () => {
      merging = name;
      draw();
      body.querySelector("input").focus();
    };
    const attributes = {
      class: "quiet merge",
      "aria-label": say("mergeName", { name: inline(name) }),
      "aria-expanded": String(merging === name),
    };
    return button(say("merge"), start, attributes);
  }

  function unmergeButton(name) {
    return button(say("undo"), () => undo(`name:${name}`), {
      class: "quiet",
      "aria-label": say("undoMerge", { name: inline(name) }),
    });
  }

  function mergeForm(name) {
    const stop = () => {
      merging = null;
      draw();
      [...body.querySelectorAll("th a")].find((link) => link.textContent === name)?.focus();
    };
    const pick = (into) =>
      correct(
        { target: `name:${name}`, do: "merge", into },
        { wanted: say("mergeInto", { name: inline(name), into: inline(into) }), saved: stop, kept: stop },
      );
    const names = nameField({
      label: say("samePerson", { name: inline(name) }),
      names: () => everyName().filter((each) => each !== name),
      pick,
    });
    const leave = (event) => {
      if (event.key === "Escape") stop();
    };
    return make(
      "div",
      { class: "merging", on: { keydown: leave } },
      names.node,
      button(say("cancel"), stop, { class: "quiet" }),
    );
  }

  watch(() => {
    // what is being typed stays
    if (!body.contains(document.activeElement) || !document.activeElement.matches("input")) draw();
  });
  draw();
  const node = make(
    "div",
    { class: "speakers" },
    make("h2", {}, say("speakers")),
    make(
      "p",
      { class: "muted" },
      say("speakersWhat", { sure: percent(SURE, 0) }),
      isReview() && say("space") + say("mergeWhat"),
    ),
    data.speakers.length > 20 &&
      make("div", { class: "search" }, make("label", { class: "field" }, make("span", {}, say("search")), field)),
    count,
    make(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": say("speakers") },
      make("table", {}, make("thead", {}, make("tr", {}, [...heads.values()])), body),
    ),
  );
  return { node, open: () => {}, keys: isReview() ? { u: () => undoLast() } : {} };
}
