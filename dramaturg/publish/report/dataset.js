/* What the page was given, and what a person has corrected since: who says which line, now. */

let data = null;
let state = { number: 0, targets: {}, gone: [], reviewed: 0, accuracy: null };
let targets = new Map(); // a correction's target → what it says now
let sourceNumbers = new Map();
let lineNumbers = new Map(); // a line's target → its number
let linesOf = []; // of each source its lines' numbers, in the order of the text
let speakersByName = new Map();

const UNKNOWN = -1;
const NO_SPEECH = -2;

function readData() {
  const element = document.getElementById("data");
  data = JSON.parse(element.textContent);
  element.remove(); // its text is as large as all that was read from it
  readPassages(data.passages);
  sourceNumbers = new Map(data.sources.map((source, number) => [source.name, number]));
  speakersByName = new Map(data.speakers.map((speaker) => [speaker.name, speaker]));
  linesOf = data.sources.map(() => []);
  data.lines.start.forEach((_, line) => {
    lineNumbers.set(lineTarget(line), line);
    linesOf[data.lines.source[line]]?.push(line);
  });
  for (const lines of linesOf) lines.sort((one, other) => data.lines.start[one] - data.lines.start[other]);
  takeState(data.state);
}

function isReview() {
  return data.mode === "review";
}

function takeState(given) {
  state = given;
  targets = new Map(Object.entries(given.targets));
}

/** The number of a target's last correction that this page knows of; 0 where there is none. */
function seen(target) {
  return targets.get(target)?.number ?? 0;
}

// --- lines -------------------------------------------------------------------------------------------------------

function lineTarget(line) {
  const { source, start, end } = data.lines;
  return `line:${data.sources[source[line]].name}:${start[line]}-${end[line]}`;
}

/** The line that stands at [start, end) of a source; undefined where there is none. */
function lineAt(source, start, end) {
  return lineNumbers.get(`line:${data.sources[source].name}:${start}-${end}`);
}

function lineText(line) {
  const { source, start, end } = data.lines;
  return quoted(source[line], start[line], end[line]) ?? "";
}

/** Who says a line as it stands now: a name; null, nobody can tell; undefined, it is no speech. */
function speakerOf(line) {
  const corrected = targets.get(lineTarget(line));
  if (corrected !== undefined && "role" in corrected) return merged(corrected.role);
  if (corrected?.verdict === "reject") return undefined;
  // in a review the state has every correction; one that was built and is taken back counts no more
  return isReview() ? extractedSpeaker(line) : nameOf(data.lines.role[line]);
}

/** A line's speaker as the extractor has it. */
function extractedSpeaker(line) {
  return nameOf(data.lines.was[line]);
}

function nameOf(number) {
  if (number === NO_SPEECH) return undefined;
  return number === UNKNOWN ? null : merged(data.names[number] ?? null);
}

/** The name that a person has under another's. */
function merged(name) {
  const gone = new Set();
  let now = name;
  while (now !== null && !gone.has(now)) {
    gone.add(now);
    now = targets.get(`name:${now}`)?.into ?? now;
  }
  return now;
}

function speakerWord(name) {
  if (name === undefined) return say("noSpeech");
  return name === null ? say("unknownSpeaker") : name;
}

/** A name as an element, or the word for nobody. */
function speakerNode(name, attributes = {}) {
  if (typeof name === "string") return make("span", { class: "speaker", ...attributes }, shown(name));
  return make("span", { class: "speaker nobody", ...attributes }, speakerWord(name));
}

function isReviewed(line) {
  const corrected = targets.get(lineTarget(line));
  return corrected !== undefined && ("role" in corrected || Boolean(corrected.verdict));
}

/** The corrections that say anything: one that was taken back may be there without. */
function correctionsMade() {
  return [...targets].filter(
    ([, { into, verdict, edits, ...rest }]) => into || verdict || "role" in rest || Object.keys(edits ?? {}).length > 0,
  );
}

/** Lines of a source that are at least in part within [from, to). */
function linesWithin(source, from, to) {
  const { start, end } = data.lines;
  const lines = linesOf[source] ?? [];
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (end[lines[middle]] <= from) low = middle + 1;
    else high = middle;
  }
  const within = [];
  for (; low < lines.length && start[lines[low]] < to; low += 1) within.push(lines[low]);
  return within;
}

/** Everybody a line can be given to, the most talkative first, with those a person has added. */
function everyName() {
  const names = new Set(data.names);
  for (const corrected of targets.values()) if (typeof corrected.role === "string") names.add(corrected.role);
  const lines = (name) => speakersByName.get(name)?.lines ?? 0;
  return [...names].filter((name) => merged(name) === name).sort((one, other) => lines(other) - lines(one));
}

// --- rows --------------------------------------------------------------------------------------------------------

/**
 * A row's turns as they are now: { role, text, before, isEdited, isBuilt }; `before` is what a person has rewritten.
 */
function turnsOf(row) {
  const corrected = targets.get(row.target);
  const edits = new Map(Object.entries(corrected?.edits ?? {}));
  return row.turns.map(([role, text], turn) => {
    const edit = edits.get(String(turn));
    const isBuilt = row.edited?.includes(turn) ?? false;
    return {
      role: role === null ? null : merged(role),
      text: edit ?? text,
      before: edit !== undefined && edit !== text ? text : null,
      isEdited: edit !== undefined || isBuilt,
    };
  });
}

/** What a person has said of a row: accept, reject, edit, or none. */
function verdictOf(row) {
  const corrected = targets.get(row.target);
  if (corrected?.verdict) return corrected.verdict;
  return Object.keys(corrected?.edits ?? {}).length > 0 || row.edited?.length > 0 ? "edit" : "none";
}

/** A target's last correction in words. */
function describe(target) {
  const corrected = targets.get(target);
  if (corrected === undefined) return say("nothingSaid");
  if (corrected.into !== undefined) return say("mergedInto", { name: inline(corrected.into) });
  if ("role" in corrected) {
    return corrected.role === null ? say("saidUnknown") : say("saidSpeaker", { name: inline(corrected.role) });
  }
  const isLine = target.startsWith("line:");
  if (corrected.verdict === "accept") return say(isLine ? "saidRight" : "accepted");
  if (corrected.verdict === "reject") return say(isLine ? "saidNoSpeech" : "rejected");
  return Object.keys(corrected.edits ?? {}).length > 0 ? say("edited") : say("nothingSaid");
}
