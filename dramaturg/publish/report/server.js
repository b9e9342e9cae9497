/* Corrections on their way to the server, one at a time; what could not be saved is told, and kept until a person
   decides. */

const POLL = 4000; // milliseconds between two looks at what other tabs have done

const token = new URLSearchParams(location.search).get("token") ?? "";
const notice = make("div", { id: "notice", hidden: true });
const done = []; // the targets that this tab has corrected, the last one last
const watchers = [];
let isSending = false;
let isUndecided = false; // a correction that was not saved stands in the notice
let isGone = false;
let sent = 0; // corrections sent: an answer to what was asked before the last of them is old

/** Call something whenever a correction has come, from here or from another tab. */
function watch(act) {
  watchers.push(act);
}

function take(given) {
  takeState(given);
  for (const act of watchers) act();
}

async function call(method, path, body = null) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== null) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, cache: "no-store", body: body && JSON.stringify(body) });
  try {
    return { status: answer.status, content: await answer.json() };
  } catch {
    return { status: answer.status === 200 ? 502 : answer.status, content: { error: `HTTP ${answer.status}` } };
  }
}

/**
 * Send a correction, made knowing of its target's correction number `known`. `wanted` says it in words, `saved` is
 * called with its number once the server has it, `kept` where a person leaves what another tab has done.
 */
function correct(body, { wanted, known = seen(body.target), saved = null, kept = null }) {
  if (isUndecided) {
    notice.querySelector("button").focus();
    announce(say("decideFirst"));
  } else if (!isSending) {
    send({ ...body, seen: known }, { wanted, saved, kept });
  }
}

async function send(body, { wanted, saved, kept }) {
  isSending = true;
  isUndecided = false;
  sent += 1;
  const again = (known) => send({ ...body, seen: known }, { wanted, saved, kept });
  let answer = null;
  try {
    answer = await call("POST", "/api/corrections", body);
  } catch {
    // told below
  }
  isSending = false;
  isGone = answer === null;
  if (answer === null) {
    showUnsaved(say("serverGone"), say("serverGoneWhat"), wanted, () => again(body.seen));
  } else if (answer.status === 200) {
    closeNotice();
    if (body.do !== "undo") done.push(body.target);
    take(answer.content);
    announce(say("saved", { what: wanted }), "saved");
    saved?.(seen(body.target));
  } else if (answer.status === 409) {
    take(answer.content.state);
    showConflict(body, wanted, () => again(seen(body.target)), kept);
  } else {
    const title = say(answer.status === 403 ? "refused" : "notSaved");
    showUnsaved(title, answer.content.error, wanted, () => again(body.seen));
  }
}

function undo(target, then = null) {
  const saved = () => {
    for (let at = done.indexOf(target); at !== -1; at = done.indexOf(target)) done.splice(at, 1);
    then?.(target);
  };
  correct({ target, do: "undo" }, { wanted: say("undone"), saved });
}

/** Take the last correction of this tab back. */
function undoLast(then = null) {
  if (done.length === 0) announce(say("nothingToUndo"));
  else undo(done.at(-1), then);
}

// --- what was not saved ------------------------------------------------------------------------------------------

function closeNotice() {
  isUndecided = false;
  notice.hidden = true;
  fill(notice);
}

function showNotice(title, lines, buttons) {
  notice.hidden = false;
  const told = lines.filter(Boolean).map((line) => make("p", {}, line));
  fill(
    notice,
    make("div", { role: "alert" }, make("strong", {}, title), told),
    make("div", { class: "buttons" }, buttons),
  );
}

function showUnsaved(title, why, wanted, again) {
  isUndecided = true;
  showNotice(
    title,
    [why, say("wanted", { what: wanted })],
    [button(say("sendAgain"), again, { class: "strong" }), button(say("letBe"), closeNotice)],
  );
}

function showConflict(body, wanted, again, kept) {
  isUndecided = true;
  const theirs = body.do === "edit" ? targets.get(body.target)?.edits?.[body.turn] : undefined;
  const now = theirs === undefined ? describe(body.target) : say("editedTo", { text: inline(theirs) });
  const letBe = () => {
    closeNotice();
    kept?.();
  };
  showNotice(
    say("conflict"),
    [say("isNow", { what: now }), say("wanted", { what: wanted })],
    [button(say("saveMine"), again, { class: "strong" }), button(say("keepTheirs"), letBe)],
  );
}

// --- other tabs --------------------------------------------------------------------------------------------------

async function look() {
  if (isSending || document.visibilityState === "hidden") return;
  const asked = sent;
  let answer = null;
  try {
    answer = await call("GET", "/api/state");
  } catch {
    // told below
  }
  if (isSending || asked !== sent) return;
  const wasGone = isGone;
  isGone = answer === null || answer.status !== 200;
  if (isGone && !wasGone && !isUndecided) {
    const lines = answer === null ? [say("serverGoneWhat")] : [answer.content.error];
    showNotice(say(answer?.status === 403 ? "refused" : "serverGone"), lines, [button(say("letBe"), closeNotice)]);
  } else if (!isGone) {
    if (wasGone) {
      announce(say("serverBack"));
      if (!isUndecided) closeNotice();
    }
    const { number, gone } = answer.content;
    if (number !== state.number || gone.length !== state.gone.length) take(answer.content);
  }
}

function startLooking() {
  setInterval(look, POLL);
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
}
