/* Elements. Whatever a text holds, it becomes a text node and nothing else: no function here takes markup. */

/** An element with attributes; `on` are its listeners. Children are elements, or texts of the interface. */
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A button; `key` is the key that does the same, shown in it and told to assistive technology. */
function button(label, act, { key = null, ...attributes } = {}) {
  const shownKey = key && make("kbd", { "aria-hidden": "true" }, key);
  return make(
    "button",
    { type: "button", "aria-keyshortcuts": key, ...attributes, on: { click: act } },
    make("span", {}, label),
    shownKey,
  );
}

function select(label, options, change, attributes = {}) {
  const field = make(
    "select",
    { ...attributes, on: { change: () => change(field.value) } },
    options.map(([value, word]) => make("option", { value }, word)),
  );
  return make("label", { class: "field" }, make("span", {}, label), field);
}

/** A list of terms and what they are. */
function terms(pairs, attributes = {}) {
  return make(
    "dl",
    attributes,
    pairs.map(([term, ...values]) =>
      make(
        "div",
        {},
        make("dt", {}, term),
        values.map((value) => make("dd", {}, value)),
      ),
    ),
  );
}

function fill(node, ...children) {
  node.replaceChildren(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A bar that is `share` (0..1) full. Seen only: the figure stands beside it. */
function bar(share) {
  const full = make("span", { class: "full" });
  full.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return make("span", { class: "bar", "aria-hidden": "true" }, full);
}

const spoken = make("div", { class: "unseen", role: "status", "aria-live": "polite" });
const toBeSpoken = new Map(); // what about → what
let speaking = 0;

/** Say something to who does not see the page; of several things at once about the same the last. */
function announce(text, about = "") {
  toBeSpoken.set(about, text);
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    const told = [...toBeSpoken.values()].join(" ");
    toBeSpoken.clear();
    // the same words twice are told twice only where they differ
    spoken.textContent = spoken.textContent === told ? `${told}\u00a0` : told;
  }, 150);
}

/** What the browser keeps for this page; nothing where it keeps nothing. */
function remembered(name) {
  try {
    return localStorage.getItem(`dramaturg-${name}`);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`dramaturg-${name}`, value);
  } catch {
    // a page without storage forgets
  }
}

const narrow = matchMedia("(max-width: 56rem)");
