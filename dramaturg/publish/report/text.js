/* Texts of anybody: shown so that nothing in them is hidden or upsets the page, searched, counted as Python counts. */

/* What is not seen, or turns the direction of what follows: it is shown by its number. */
const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/** Append a text to a node: what is not seen is made visible, line breaks stay. */
function write(node, text) {
  const kept = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  let from = 0;
  for (const sign of kept.matchAll(UNSEEN)) {
    if (sign.index > from) node.append(kept.slice(from, sign.index));
    const number = sign[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    node.append(make("span", { class: "sign", title: `U+${number}` }, number));
    from = sign.index + sign[0].length;
  }
  if (from < kept.length) node.append(kept.slice(from));
}

/** A text within others, whose direction touches nothing around it; what was searched is marked in it. */
function shown(text, searched = []) {
  return writeFound(make("bdi", { dir: "auto" }), text, searched);
}

/** A text that stands alone, line by line, from where its own direction begins. */
function paragraph(text, searched = [], tag = "p") {
  return writeFound(make(tag, { class: "text", dir: "auto" }), text, searched);
}

function writeFound(node, text, searched) {
  let from = 0;
  for (const [start, end] of found(text, searched)) {
    write(node, text.slice(from, start));
    const hit = make("mark", { class: "hit" });
    write(hit, text.slice(start, end));
    node.append(hit);
    from = end;
  }
  write(node, from ? text.slice(from) : text);
  return node;
}

const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A text for a place that takes no elements: a sentence of the interface, an attribute, an option. */
function inline(text) {
  const line = text.replace(UNSEEN, "").replace(/\s+/g, " ").trim();
  return FROM_THE_RIGHT.test(line) ? `\u2068${line}\u2069` : line;
}

// --- search ------------------------------------------------------------------------------------------------------

/** A text as it is compared: letters alike whether small, large or of full width. */
function fold(text) {
  return text.normalize("NFKC").toLowerCase();
}

/** What is searched for, folded: words, which may stand anywhere, and "phrases", which stand as they are. */
function searchTerms(query) {
  const found = [];
  for (const [, phrase, word] of query.matchAll(/["“”]([^"“”]+)["“”]|([^\s"“”]+)/g)) {
    found.push(fold(phrase ?? word).trim());
  }
  return found.filter((term) => term !== "");
}

/** Where terms stand in a text: disjoint [start, end) in it, in order. */
function found(text, searched) {
  if (searched.length === 0 || text === "") return [];
  let folded = fold(text);
  let places = null;
  if (folded.length !== text.length) {
    folded = "";
    places = [];
    let at = 0;
    for (const letter of text) {
      const own = fold(letter);
      for (let unit = 0; unit < own.length; unit += 1) places.push(at);
      folded += own;
      at += letter.length;
    }
    places.push(at);
  }
  const hits = [];
  for (const term of searched) {
    for (let at = folded.indexOf(term); at !== -1; at = folded.indexOf(term, at + term.length)) {
      hits.push(places === null ? [at, at + term.length] : [places[at], places[at + term.length]]);
    }
  }
  hits.sort((one, other) => one[0] - other[0] || other[1] - one[1]);
  let until = 0;
  return hits.filter(([start, end]) => {
    const isApart = start >= until && end > start;
    if (isApart) until = end;
    return isApart;
  });
}

/** The part of a long text that has what was searched, on one line. */
function glimpse(text, searched, length = 160) {
  const line = text.length > 4000 && searched.length === 0 ? text.slice(0, 4000) : text;
  const [hit] = found(line, searched);
  let from = hit && hit[0] > 12 ? hit[0] - 8 : 0;
  if (from > 0 && /[\udc00-\udfff]/.test(line[from])) from -= 1;
  const cut = line.slice(from, from + length).replace(/\s+/g, " ");
  return `${from > 0 ? "…" : ""}${cut}`;
}

// --- code points -------------------------------------------------------------------------------------------------

const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

/** A text whose places are code points: Python's offsets, where JavaScript's strings count UTF-16 units. */
class PointText {
  #text;
  #pairs = [];

  constructor(text) {
    this.#text = text;
    for (const pair of text.matchAll(PAIR)) this.#pairs.push(pair.index - this.#pairs.length);
    this.length = text.length - this.#pairs.length;
  }

  #unit(point) {
    let low = 0;
    let high = this.#pairs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#pairs[middle] < point) low = middle + 1;
      else high = middle;
    }
    return point + low;
  }

  slice(start, end) {
    return this.#text.slice(this.#unit(start), this.#unit(end));
  }

  /** The nearest line's beginning at or before a place, at most `reach` before it. */
  lineBefore(point, reach) {
    const before = Array.from(this.slice(Math.max(0, point - reach), point));
    const at = before.lastIndexOf("\n");
    return at === -1 ? Math.max(0, point - reach) : point - before.length + at + 1;
  }

  /** The nearest line's end at or behind a place, at most `reach` behind it. */
  lineAfter(point, reach) {
    const until = Math.min(this.length, point + reach);
    const at = Array.from(this.slice(point, until)).indexOf("\n");
    return at === -1 ? until : point + at;
  }
}
