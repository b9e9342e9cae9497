/* Passages of the sources with what belongs to a row or to a line marked in them. All places are code points. */

const APART = 700; // between two marked places: more, and they stand in two excerpts
const AROUND = 150; // shown before and behind what is marked
const FURTHER = 1500; // shown more at a click

const passages = []; // { source, start, text: PointText once it is needed, raw }

function readPassages(found) {
  for (const [source, start, raw] of found) passages.push({ source, start, raw, text: null });
}

/** The last passage of a source that begins at or before a place; null where the page has none. */
function passageAt(source, point) {
  let low = 0;
  let high = passages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = passages[middle];
    if (at.source < source || (at.source === source && at.start <= point)) low = middle + 1;
    else high = middle;
  }
  const passage = passages[low - 1];
  if (passage === undefined || passage.source !== source) return null;
  passage.text ??= new PointText(passage.raw);
  return point < passage.start + passage.text.length ? passage : null;
}

/** What stands at [start, end) of a source; null where the page does not have it. */
function quoted(source, start, end) {
  const passage = passageAt(source, start);
  return passage && passage.text.slice(start - passage.start, end - passage.start);
}

/**
 * Marks, each { source, start, end, kind }, in excerpts of what stands around them; `lost` are those without a
 * passage.
 */
function excerptsOf(marks) {
  const excerpts = [];
  const lost = [];
  const sorted = [...marks].sort((one, other) => one.source - other.source || one.start - other.start);
  for (const mark of sorted) {
    const passage = passageAt(mark.source, mark.start);
    const last = excerpts.at(-1);
    if (passage === null) {
      lost.push(mark);
    } else if (last?.passage === passage && mark.start - last.until <= APART) {
      last.marks.push(mark);
      last.until = Math.max(last.until, mark.end);
    } else {
      excerpts.push({ passage, since: mark.start, until: mark.end, marks: [mark] });
    }
  }
  for (const excerpt of excerpts) {
    const { passage } = excerpt;
    const last = passage.start + passage.text.length;
    excerpt.until = Math.min(excerpt.until, last);
    reach(excerpt, AROUND, AROUND);
  }
  return { excerpts, lost };
}

/** Widen an excerpt to whole lines. */
function reach(excerpt, before, after) {
  const { passage } = excerpt;
  const first = Math.max(0, (excerpt.from ?? excerpt.since) - passage.start - before);
  const last = Math.min(passage.text.length, (excerpt.to ?? excerpt.until) - passage.start + after);
  excerpt.from = passage.start + passage.text.lineBefore(first, FURTHER);
  excerpt.to = passage.start + passage.text.lineAfter(last, FURTHER);
}

/** An excerpt as an element. `marksIn(source, from, to)` gives marks beside its own, of what is to be seen of it. */
function excerptNode(excerpt, marksIn = null) {
  const node = make("div", { class: "excerpt" });
  const draw = () => {
    const { passage, from, to } = excerpt;
    const text = make("div", { class: "galley", dir: "auto" });
    const marks = [...excerpt.marks, ...(marksIn === null ? [] : marksIn(passage.source, from, to))];
    writeMarked(text, excerpt, marks);
    const more = (word, isThere, before, after) => {
      const press = () => {
        reach(excerpt, before, after);
        draw();
        (node.querySelector(before ? ".earlier" : ".later") ?? text).focus();
      };
      return isThere && button(say(word), press, { class: `quiet ${before ? "earlier" : "later"}` });
    };
    text.setAttribute("tabindex", "-1");
    fill(
      node,
      more("moreBefore", from > passage.start, FURTHER, 0),
      text,
      more("moreAfter", to < passage.start + passage.text.length, 0, FURTHER),
    );
  };
  draw();
  return node;
}

function writeMarked(node, { passage, from, to }, marks) {
  const inside = marks.filter((mark) => mark.end > from && mark.start < to);
  const bounds = new Set([from, to]);
  for (const mark of inside) {
    bounds.add(Math.max(from, mark.start));
    bounds.add(Math.min(to, mark.end));
  }
  const places = [...bounds].sort((one, other) => one - other);
  for (let number = 0; number + 1 < places.length; number += 1) {
    const [start, end] = [places[number], places[number + 1]];
    const here = inside.filter((mark) => mark.start <= start && mark.end >= end);
    for (const mark of here) if (mark.tag && mark.start === start) node.append(mark.tag());
    const piece = passage.text.slice(start - passage.start, end - passage.start);
    if (here.length === 0) {
      writeLines(node, piece);
      continue;
    }
    const isMain = here.some((mark) => mark.kind === "own" || mark.kind === "line");
    const marked = make(isMain ? "mark" : "span", { class: [...new Set(here.map(classOf))].join(" ") });
    writeLines(marked, piece);
    node.append(marked);
  }
}

/** A text of many lines, empty ones among them as narrow gaps. */
function writeLines(node, text) {
  text.split(/(\r?\n(?:[^\S\n]*\n)+)/).forEach((piece, at) => {
    if (at % 2 === 0) write(node, piece);
    else node.append(make("span", { class: "gap" }, piece));
  });
}

function classOf(mark) {
  return mark.isRole ? `${mark.kind} role` : mark.kind;
}

/** Move a box that scrolls so that something in it is to be seen; the page around it stays where it is. */
function center(box, target) {
  if (target === null) return;
  const at = target.getBoundingClientRect();
  const around = box.getBoundingClientRect();
  box.scrollTop += at.top - around.top - Math.max(0, (around.height - at.height) / 2.4);
}
