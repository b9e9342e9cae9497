/* The page as a whole: its head, its views and their addresses, its keys and colours. */

const THEMES = ["auto", "light", "dark"];
let views = new Map();
let viewNow = null;

function setTheme(theme) {
  document.documentElement.dataset.theme = THEMES.includes(theme) ? theme : "auto";
}

/** A place in the page as an address: a view and what is to be seen in it. */
function address(view, given) {
  const query = new URLSearchParams(given).toString();
  return `#${view}${query && `?${query}`}`;
}

/** Have the address say what is shown, without a step in the browser's history. */
function keepAddress(view, given) {
  if (viewNow !== view) return;
  try {
    history.replaceState(null, "", address(view, given));
  } catch {
    // a browser that lets a file's page have no history
  }
}

function route() {
  const [name, query = ""] = location.hash.slice(1).split("?", 2);
  const wanted = views.has(name) ? name : isReview() ? "review" : "overview";
  const isOther = wanted !== viewNow;
  viewNow = wanted;
  for (const [each, { section, link }] of views) {
    section.hidden = each !== wanted;
    if (each === wanted) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  views.get(wanted).link.scrollIntoView({ block: "nearest", inline: "nearest" });
  document.title = `${inline(data.character.name)} · ${say(wanted)} · Dramaturg`;
  const given = Object.fromEntries(new URLSearchParams(query));
  const { view } = views.get(wanted);
  view.shown?.();
  // a view that is come back to is as it was left
  if (isOther && query === "" && view.wasOpened && wanted !== "review") return;
  view.wasOpened = true;
  view.open(given);
}

function headNode(head, names) {
  const { totals, lines, sources } = data;
  const theme = select(
    say("theme"),
    THEMES.map((each) => [each, say(`theme_${each}`)]),
    (chosen) => {
      setTheme(chosen);
      remember("theme", chosen);
    },
    { id: "theme" },
  );
  theme.querySelector("select").value = document.documentElement.dataset.theme;
  const named =
    sources.length <= 3 ? listed(sources.map(({ name }) => name)) : [say("nSources", { n: sources.length })];
  const help = helpNode();
  const links = new Map(names.map((name) => [name, make("a", { href: `#${name}` }, say(name))]));
  head.append(
    make("nav", { "aria-label": say("views") }, [...links.values()]),
    make(
      "p",
      { class: "summary" },
      make("span", {}, named),
      " · ",
      say("nRows", { n: totals.rows }),
      " · ",
      say("nLines", { n: lines.total }),
    ),
    make(
      "div",
      { class: "tools" },
      theme,
      button("?", () => help.showModal(), { class: "quiet", id: "help", "aria-label": say("keys") }),
    ),
    help,
  );
  return links;
}

function helpNode() {
  const rows = [
    ["/", "key_search"],
    ["j k", "key_move"],
    ["Enter", "key_open"],
    ["Esc", "key_back"],
  ];
  if (isReview())
    rows.push(
      ["a", "key_accept"],
      ["x", "key_reject"],
      ["1 … 9", "key_number"],
      ["0", "key_nobody"],
      ["e", "key_edit"],
      ["Ctrl Enter", "key_save"],
      ["u", "key_undo"],
    );
  rows.push(["?", "keys"]);
  const single = make("input", {
    type: "checkbox",
    on: { change: () => remember("keys", single.checked ? "on" : "off") },
  });
  single.checked = remembered("keys") !== "off";
  const dialog = make(
    "dialog",
    { "aria-labelledby": "keys-title" },
    make("h2", { id: "keys-title" }, say("keys")),
    make(
      "dl",
      { class: "keys" },
      rows.map(([key, word]) =>
        make(
          "div",
          {},
          make(
            "dt",
            {},
            key
              .split(" ")
              .map((each) => [make("kbd", {}, each), " "])
              .flat(),
          ),
          make("dd", {}, say(word)),
        ),
      ),
    ),
    make("label", { class: "check" }, single, " ", say("singleKeys")),
    make(
      "div",
      { class: "buttons" },
      button(say("close"), () => dialog.close(), { class: "strong" }),
    ),
  );
  dialog.singleKeys = () => single.checked;
  return dialog;
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const dialog = document.querySelector("dialog");
  if (dialog.open || !dialog.singleKeys()) return;
  if (event.target.closest("input, textarea, select")) return;
  // Enter does what the focus is on
  if (event.key === "Enter" && event.target.closest("button, a, summary, [role=listbox]")) return;
  const act = event.key === "?" ? () => dialog.showModal() : views.get(viewNow).view.keys[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}

function start() {
  readData();
  setLanguage(data.language);
  const makers = {
    overview: overviewView,
    rows: rowsView,
    lost: lostView,
    speakers: speakersView,
    ...(isReview() ? { review: reviewView } : {}),
  };
  const main = document.getElementById("main");
  const links = headNode(document.getElementById("head"), Object.keys(makers));
  fill(main, notice);
  document.body.append(spoken);
  const skip = make(
    "a",
    {
      class: "skip",
      href: "#main",
      on: {
        click: (event) => {
          event.preventDefault();
          main.focus();
        },
      },
    },
    say("skipToContent"),
  );
  document.body.prepend(skip);
  for (const [name, make_] of Object.entries(makers)) {
    const view = make_();
    const section = make(
      "section",
      { id: `view-${name}`, class: "view", "aria-label": say(name), hidden: true },
      view.node,
    );
    main.append(section);
    views.set(name, { view, section, link: links.get(name) });
  }
  window.addEventListener("hashchange", route);
  document.addEventListener("keydown", onKey);
  window.addEventListener("beforeunload", (event) => {
    if (drafts.size > 0) event.preventDefault();
  });
  route();
  if (isReview()) startLooking();
  performance.mark("dramaturg-ready");
  for (const { view } of views.values()) if (view.whenIdle) whenIdle(() => view.whenIdle());
}

setTheme(remembered("theme") ?? "auto");
document.addEventListener("DOMContentLoaded", start);
