/* What is said in a row, turn by turn, and a person's word on it. */

const drafts = new Map(); // target and turn → { text, known }: what was typed and is not saved

function draftKey(row, turn) {
  return JSON.stringify([row.target, turn]);
}

/** The turns of a row. `redraw` draws the row anew. */
function turnsNode(row, searched, redraw) {
  const mayEdit = isReview() && row.is_editable;
  return make(
    "ol",
    { class: "turns" },
    turnsOf(row).map((turn, number) => {
      const draft = drafts.get(draftKey(row, number));
      const isRole = turn.role === data.character.name;
      return make(
        "li",
        { class: `turn${isRole ? " role" : ""}`, "data-turn": number },
        turn.role === null ? make("span", { class: "speaker nobody" }, say("noName")) : speakerNode(turn.role),
        draft?.isOpen
          ? editor(row, number, turn, draft, redraw)
          : said(row, number, turn, draft, searched, redraw, mayEdit),
      );
    }),
  );
}

function said(row, number, turn, draft, searched, redraw, mayEdit) {
  const edit = () => {
    const known = draft?.known ?? seen(row.target);
    drafts.set(draftKey(row, number), { text: draft?.text ?? turn.text, known, isOpen: true });
    redraw();
    const field = document.querySelector(`.turn[data-turn="${number}"] textarea`);
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  };
  const discard = () => {
    drafts.delete(draftKey(row, number));
    redraw();
  };
  return make(
    "div",
    { class: "said" },
    paragraph(turn.text, searched),
    turn.isEdited &&
      make(
        "p",
        { class: "note" },
        say("editedByPerson"),
        turn.before !== null && make("details", {}, make("summary", {}, say("before")), paragraph(turn.before)),
      ),
    draft &&
      make(
        "p",
        { class: "note warn" },
        say("unsavedDraft"),
        " ",
        button(say("goOn"), edit, { class: "quiet" }),
        button(say("discard"), discard, { class: "quiet" }),
      ),
    mayEdit &&
      !draft &&
      button(say("edit"), edit, { class: "quiet edit", "aria-label": say("editTurn", { n: number + 1 }) }),
  );
}

function editor(row, number, turn, draft, redraw) {
  const key = draftKey(row, number);
  const field = make("textarea", { rows: "3", dir: "auto", "aria-label": say("editTurn", { n: number + 1 }) });
  field.value = draft.text;
  const grow = () => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 4}px`;
  };
  field.addEventListener("input", () => {
    draft.text = field.value;
    grow();
  });
  const shut = () => {
    if (draft.text === turn.text) drafts.delete(key);
    else draft.isOpen = false;
    redraw();
    document.querySelector(".open")?.focus();
  };
  const save = () => {
    if (draft.text === turn.text) {
      shut();
      return;
    }
    const saved = (now) => {
      drafts.delete(key);
      // other turns of the row were begun knowing of what this tab has just saved
      for (const [other, { known }] of drafts) {
        if (JSON.parse(other)[0] === row.target && known === draft.known) drafts.get(other).known = now;
      }
      redraw();
      document.querySelector(".open")?.focus();
    };
    const kept = () => {
      draft.known = seen(row.target);
      redraw();
    };
    correct(
      { target: row.target, do: "edit", turn: number, text: draft.text },
      { wanted: say("editedTo", { text: inline(draft.text) }), known: draft.known, saved, kept },
    );
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
    else if (event.key === "Escape") shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  requestAnimationFrame(grow);
  return make(
    "div",
    { class: "said" },
    field,
    make(
      "div",
      { class: "buttons" },
      button(say("save"), save, { class: "strong", key: "Ctrl+Enter" }),
      button(say("cancel"), shut, { key: "Esc" }),
    ),
  );
}

/** Accept, reject, take back: a person's word on a row. */
function verdictNode(row) {
  const corrected = targets.get(row.target);
  const verdict = corrected?.verdict ?? null;
  const isEdited = Object.keys(corrected?.edits ?? {}).length > 0;
  const judge = (word) =>
    correct({ target: row.target, do: word }, { wanted: say(word === "accept" ? "accepted" : "rejected") });
  return make(
    "div",
    { class: "buttons verdict", role: "group", "aria-label": say("verdict") },
    button(say("accept"), () => judge("accept"), { key: "a", "aria-pressed": String(verdict === "accept") }),
    button(say("reject"), () => judge("reject"), { key: "x", "aria-pressed": String(verdict === "reject") }),
    (verdict !== null || isEdited) && button(say("undo"), () => undo(row.target), { key: "u", class: "quiet" }),
  );
}
