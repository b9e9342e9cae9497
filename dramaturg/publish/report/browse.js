/* Many things to look through: search, filters, a list, and the one that is open beside it. */

/**
 * `items` are what there is. `words(item)` is all that is searched of one, `filters` are { name, label, values(item),
 * word(value) }, `draw(item, searched)` an option's content, `detail(item, searched)` what is shown of the one that is
 * open, `idOf(item)` what it is called in the page's address.
 */
function browser({ view, label, items, words, filters, draw, detail, idOf, countWord, total }) {
  const index = new Array(items.length);
  const numbers = new Map(items.map((item, number) => [idOf(item, number), number]));
  const chosen = new Map(); // a filter's name → the value it is set to
  let searched = [];
  let visible = items.map((_, number) => number);
  let current = -1; // the item that is open

  const list = virtualList({
    label,
    draw: (at) => draw(items[visible[at]], searched),
    choose: (at) => {
      if (!narrow.matches) show(visible[at]);
    },
    open: (at) => open(visible[at]),
  });
  const field = make("input", {
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    dir: "auto",
    "aria-keyshortcuts": "/",
  });
  const search = make(
    "div",
    { class: "search", role: "search" },
    make(
      "label",
      { class: "field" },
      make("span", {}, say("search"), make("kbd", { "aria-hidden": "true" }, "/")),
      field,
    ),
  );
  const filterBox = make("div", { class: "filterbox" });
  const disclosure = make("details", { class: "filters" }, make("summary", {}, say("filters")), filterBox);
  const count = make("p", { class: "count" });
  const clear = button(say("clear"), () => reset({}), { class: "quiet clear" });
  const nothing = make("p", { class: "nothing", hidden: true }, say("nothingFound"));
  const shelf = make(
    "div",
    { class: "shelf" },
    search,
    disclosure,
    make("div", { class: "found" }, count, clear),
    list.node,
    nothing,
  );

  const place = make("span", { class: "place" });
  const page = make("article", { class: "open", tabindex: "-1", "aria-label": say("opened") });
  const bench = make(
    "div",
    { class: "bench", "data-empty": true },
    make("p", { class: "nothing pick" }, say("pick")),
    make(
      "div",
      { class: "leaf" },
      button(say("return"), close, { class: "quiet return" }),
      place,
      button(say("previous"), () => step(-1), { key: "k", class: "quiet" }),
      button(say("next"), () => step(1), { key: "j", class: "quiet" }),
    ),
    page,
  );
  const node = make("div", { class: `browse browse-${view}` }, shelf, bench);

  function fit() {
    disclosure.open = !narrow.matches;
  }
  narrow.addEventListener("change", fit);
  fit();

  function drawFilters() {
    fill(
      filterBox,
      filters.map(({ name, label: filterLabel, values, word }) => {
        const counts = new Map();
        for (const item of items)
          for (const value of new Set(values(item))) counts.set(value, (counts.get(value) ?? 0) + 1);
        if (counts.size < 2 && !chosen.has(name)) return null;
        if (chosen.has(name) && !counts.has(chosen.get(name))) counts.set(chosen.get(name), 0);
        const options = [...counts].sort((one, other) => other[1] - one[1]);
        // a value may be any text, so that "all" is a place in the list and no value
        const all = [
          ["", say("all")],
          ...options.map(([value, n], at) => [String(at), `${inline(word(value))} (${number(n)})`]),
        ];
        const choose = (at) => {
          if (at === "") chosen.delete(name);
          else chosen.set(name, options[Number(at)][0]);
          apply();
        };
        const filter = select(filterLabel, all, choose, { name });
        const at = options.findIndex(([value]) => value === chosen.get(name));
        filter.querySelector("select").value = at === -1 ? "" : String(at);
        return filter;
      }),
    );
    disclosure.hidden = filterBox.childElementCount === 0;
  }

  function textOf(at) {
    return (index[at] ??= fold(words(items[at])));
  }

  function fits(at) {
    for (const { name, values } of filters) {
      if (chosen.has(name) && !values(items[at]).includes(chosen.get(name))) return false;
    }
    return searched.every((term) => textOf(at).includes(term));
  }

  function apply({ isQuiet = false, mayDraw = true } = {}) {
    searched = searchTerms(field.value);
    visible = [];
    for (let at = 0; at < items.length; at += 1) if (fits(at)) visible.push(at);
    const at = visible.indexOf(current);
    list.reset(visible.length, at);
    nothing.hidden = visible.length > 0;
    list.node.hidden = visible.length === 0;
    const isAll = visible.length === items.length;
    const told = isAll
      ? countWord(total, items.length)
      : say("foundOf", { n: visible.length, all: number(items.length) });
    count.textContent = told;
    clear.hidden = field.value === "" && chosen.size === 0;
    if (!isQuiet) {
      announce(told, "count");
      tellAddress();
    }
    tellPlace();
    if (current !== -1 && mayDraw) drawOpen();
  }

  function tellPlace() {
    const at = visible.indexOf(current);
    place.textContent = at === -1 ? "" : `${number(at + 1)} / ${number(visible.length)}`;
  }

  function drawOpen() {
    const hadFocus = page.contains(document.activeElement) && document.activeElement !== page;
    fill(page, detail(items[current], searched));
    if (hadFocus) page.focus({ preventScroll: true });
  }

  function show(at) {
    if (at !== current) bench.scrollTop = 0;
    current = at;
    bench.removeAttribute("data-empty");
    drawOpen();
    tellPlace();
    tellAddress();
  }

  function tellAddress() {
    const isOpen = current !== -1 && (!narrow.matches || node.classList.contains("opened"));
    keepAddress(view, {
      ...(field.value && { q: field.value }),
      ...Object.fromEntries(chosen),
      ...(isOpen && { id: idOf(items[current], current) }),
    });
  }

  function open(at) {
    node.classList.add("opened");
    show(at);
    page.focus({ preventScroll: true });
    if (narrow.matches) window.scrollTo(0, 0);
  }

  function close() {
    node.classList.remove("opened");
    if (current !== -1) list.reset(visible.length, visible.indexOf(current));
    list.node.focus();
    tellAddress();
  }

  function step(by) {
    const at = visible.indexOf(current);
    const to = Math.max(0, Math.min(visible.length - 1, at === -1 ? 0 : at + by));
    if (visible.length === 0) return;
    list.moveTo(to);
    if (narrow.matches && node.classList.contains("opened")) show(visible[to]);
  }

  /** Set search and filters as an address has them, and open what it names. */
  function reset({ q = "", id = null, ...given }) {
    field.value = q;
    chosen.clear();
    for (const { name } of filters) if (given[name] !== undefined) chosen.set(name, given[name]);
    drawFilters();
    apply({ isQuiet: id !== null });
    const at = id === null ? -1 : (numbers.get(id) ?? -1);
    if (at === -1) return;
    if (visible.includes(at)) list.moveTo(visible.indexOf(at));
    if (narrow.matches) open(at);
    else show(at);
  }

  /** Texts of these items have changed. */
  function refresh(changedItems) {
    for (const at of changedItems) index[at] = undefined;
    drawFilters();
    const top = list.node.scrollTop;
    // what is being typed into stays as it is; whoever saves it is told what has changed
    apply({
      isQuiet: true,
      mayDraw: !(page.contains(document.activeElement) && document.activeElement.matches("textarea")),
    });
    list.node.scrollTop = top;
  }

  function warm(at = 0) {
    const until = Math.min(items.length, at + 500);
    for (let each = at; each < until; each += 1) textOf(each);
    if (until < items.length) whenIdle(() => warm(until));
  }

  // an input method's letters are not yet what is searched
  field.addEventListener("input", (event) => {
    if (!event.isComposing) apply();
  });
  field.addEventListener("compositionend", () => apply());
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key !== "ArrowDown" && event.key !== "Enter")) return;
    event.preventDefault();
    if (visible.length === 0) return;
    list.node.focus();
    if (list.selected === -1) list.moveTo(0);
  });
  bench.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  });

  return {
    node,
    reset,
    refresh,
    warm,
    current: () => (current === -1 ? null : items[current]),
    drawOpen: () => {
      if (current !== -1) drawOpen();
    },
    keys: {
      j: () => step(1),
      k: () => step(-1),
      "/": () => {
        node.classList.remove("opened");
        field.focus();
        field.select();
      },
    },
  };
}

function whenIdle(act) {
  if ("requestIdleCallback" in window) requestIdleCallback(act);
  else setTimeout(act, 50);
}
