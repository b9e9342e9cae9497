/* A field for a name: what is typed narrows a list of those there are. */

let fields = 0;

/**
 * A combobox. `names()` gives everybody there is, `pick(name)` is called with the one chosen; where `isNewAllowed`, a
 * name that nobody has can be chosen too.
 */
function nameField({ label, names, pick, isNewAllowed = false, key = null }) {
  const id = `names${(fields += 1)}`;
  const list = make("ul", { class: "choices", role: "listbox", id, "aria-label": label, hidden: true });
  const field = make("input", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    dir: "auto",
    "aria-expanded": "false",
    "aria-controls": id,
    "aria-autocomplete": "list",
    "aria-keyshortcuts": key,
  });
  let choices = [];
  let at = -1;

  function close() {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function find() {
    const typed = field.value.trim();
    const folded = fold(typed);
    const there = names();
    const fitting = there.filter((name) => fold(name).includes(folded));
    fitting.sort((one, other) => Number(fold(other).startsWith(folded)) - Number(fold(one).startsWith(folded)));
    choices = fitting.slice(0, 8).map((name) => ({ name, isNew: false }));
    if (isNewAllowed && typed !== "" && !there.includes(typed)) choices.push({ name: typed, isNew: true });
    // whom Enter picks: who is typed in full, else who fits best, somebody new where nobody does
    const meant = choices.findIndex(({ name, isNew }) => !isNew && name === typed);
    at = typed === "" || choices.length === 0 ? -1 : Math.max(0, meant);
    fill(
      list,
      choices.map(({ name, isNew }, number) => {
        const option = make(
          "li",
          { role: "option", id: `${id}-${number}` },
          isNew ? `${say("newName")} ` : null,
          shown(name),
        );
        // before the field loses the focus
        option.addEventListener("mousedown", (event) => {
          event.preventDefault();
          choose(number);
        });
        return option;
      }),
    );
    list.hidden = choices.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    markChoice();
  }

  function markChoice() {
    [...list.children].forEach((option, number) => option.setAttribute("aria-selected", String(number === at)));
    if (at === -1) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `${id}-${at}`);
  }

  function choose(number) {
    const chosen = choices[number];
    if (chosen === undefined) return;
    field.value = chosen.name;
    close();
    pick(chosen.name);
  }

  field.addEventListener("input", find);
  field.addEventListener("focus", find);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter ends what an input method composes
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) find();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (choices.length > 0) at = (at + step + choices.length + (at === -1 && step === -1 ? 1 : 0)) % choices.length;
      markChoice();
    } else if (event.key === "Enter" && at !== -1) {
      choose(at);
    } else if (event.key === "Escape" && !list.hidden) {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  const shownKey = key && make("kbd", { "aria-hidden": "true" }, key);
  const node = make(
    "div",
    { class: "names" },
    make("label", { class: "field" }, make("span", {}, label, shownKey), field),
    list,
  );
  return {
    node,
    field,
    clear: () => {
      field.value = "";
    },
  };
}
