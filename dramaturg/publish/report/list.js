/* A list of any length of which only what is seen is there: a listbox whose options are all of one height. */

let lists = 0;

/**
 * `draw(index)` gives an option's content, `choose(index)` is called when the selection moves, `open(index)` at Enter
 * or a click.
 */
function virtualList({ label, draw, choose, open }) {
  const id = `list${(lists += 1)}`;
  const spacer = make("div", { class: "spacer", role: "presentation" });
  const box = make("div", { class: "list", role: "listbox", tabindex: "0", "aria-label": label }, spacer);
  const options = new Map(); // index → element, of those that are there
  let length = 0;
  let height = 0;
  let selected = -1;
  let isWaiting = false;

  function measure() {
    const probe = make("div", { class: "option" }, "0");
    spacer.append(probe);
    height = probe.offsetHeight || height;
    probe.remove();
  }

  function drawSeen() {
    isWaiting = false;
    if (height === 0) return;
    const first = Math.max(0, Math.floor(box.scrollTop / height) - 4);
    const last = Math.min(length, Math.ceil((box.scrollTop + box.clientHeight) / height) + 4);
    for (const [index, option] of options) {
      if (index < first || index >= last) {
        option.remove();
        options.delete(index);
      }
    }
    for (let index = first; index < last; index += 1) if (!options.has(index)) add(index);
  }

  function add(index) {
    const option = make(
      "div",
      {
        class: "option",
        role: "option",
        id: `${id}-${index}`,
        "aria-selected": String(index === selected),
        "aria-setsize": length,
        "aria-posinset": index + 1,
      },
      draw(index),
    );
    option.style.transform = `translateY(${index * height}px)`;
    option.addEventListener("click", () => {
      moveTo(index);
      open(index);
    });
    options.set(index, option);
    // in the order of the list, whichever comes into sight first
    let behind = null;
    for (const [other, node] of options)
      if (other > index && (behind === null || other < behind[0])) behind = [other, node];
    spacer.insertBefore(option, behind === null ? null : behind[1]);
  }

  function reveal(index) {
    const top = index * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
    drawSeen();
  }

  function mark(index) {
    options.get(selected)?.setAttribute("aria-selected", "false");
    selected = index;
    options.get(selected)?.setAttribute("aria-selected", "true");
    if (selected === -1) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", `${id}-${selected}`);
  }

  function moveTo(index) {
    if (length === 0) return;
    const at = Math.max(0, Math.min(length - 1, index));
    mark(at);
    reveal(at);
    choose(at);
  }

  box.addEventListener("scroll", () => {
    if (!isWaiting) requestAnimationFrame(drawSeen);
    isWaiting = true;
  });
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(box.clientHeight / height) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (step !== undefined) moveTo(step === -Infinity ? 0 : step === Infinity ? length - 1 : selected + step);
    else if (event.key === "Enter" && selected !== -1) open(selected);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  new ResizeObserver(() => {
    const before = height;
    measure();
    if (before !== height) redraw();
    else drawSeen();
  }).observe(box);

  function redraw() {
    options.clear();
    fill(spacer);
    if (height === 0) measure();
    spacer.style.height = `${length * height}px`;
    drawSeen();
  }

  return {
    node: box,
    /** Show other things; the selection stands at `index`, or nowhere (-1). */
    reset(count, index = -1) {
      length = count;
      box.scrollTop = 0;
      mark(-1);
      redraw();
      if (index >= 0) {
        mark(index);
        reveal(index);
      }
    },
    redraw,
    move: (step) => moveTo(selected === -1 && step < 0 ? 0 : selected + step),
    moveTo,
    get selected() {
      return selected;
    },
  };
}
