/* Who says this line? One line at a time, the least certain first, each in its passage. */

const NEAR = 12; // spoken lines before and behind in which a line's speaker is looked for
const BEFORE = 400; // code points of the passage shown before a line
const ENOUGH = 50; // reviewed lines after which the accuracy can be estimated

function reviewView() {
  const { queue } = data.lines;
  let at = Math.max(
    0,
    queue.findIndex(([line]) => !isReviewed(line)),
  );
  let current = null; // { line, queued, drawn }
  const given = new Set(); // the lines that the queue has shown
  let choices = []; // names by number

  const progress = make("div", { class: "progress" });
  const galley = make("div", { class: "passage", tabindex: "0", role: "region", "aria-label": say("passage") });
  const place = make("span", { class: "place" });
  const quote = make("div", { class: "quote" });
  const verdict = make("div", { class: "says" });
  const namesBox = make("ol", { class: "likely", "aria-label": say("likely") });
  const another = nameField({
    label: say("anotherName"),
    names: everyName,
    pick: (name) => give(name),
    isNewAllowed: true,
    key: "/",
  });
  const right = button(say("right"), accept, { key: "a", class: "strong" });
  const undone = button(say("undo"), takeBack, { key: "u", class: "quiet" });
  const card = make(
    "section",
    { class: "card", tabindex: "-1", "aria-label": say("reviewQuestion") },
    make(
      "div",
      { class: "leaf" },
      place,
      button(say("previous"), () => step(-1), { key: "k", class: "quiet" }),
      button(say("skip"), () => step(1), { key: "j", class: "quiet" }),
    ),
    make("h2", {}, say("reviewQuestion")),
    quote,
    verdict,
    make(
      "div",
      { class: "buttons" },
      right,
      button(say("noSpeechButton"), () => decide({ do: "reject" }, say("saidNoSpeech")), { key: "x" }),
      button(say("nobodyKnows"), () => decide({ do: "speaker", role: null }, say("saidUnknown")), { key: "0" }),
    ),
    namesBox,
    another.node,
    make("div", { class: "buttons after" }, undone),
  );
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) card.focus({ preventScroll: true });
  });
  const finished = make("p", { class: "nothing", hidden: true }, say("queueDone"));
  const corrections = correctionsNode();
  const desk = make("div", { class: "desk" }, galley, card);
  const node = make("div", { class: "review" }, progress, finished, desk, corrections.node);

  function remaining() {
    return queue.reduce((left, [line]) => left + (isReviewed(line) ? 0 : 1), 0);
  }

  function decide(body, wanted) {
    if (current === null) return;
    const { line, queued, drawn } = current;
    correct(
      { target: lineTarget(line), ...body, drawn, queued },
      { wanted, saved: () => onSaved(line, queued), kept: () => another.clear() },
    );
  }

  function onSaved(line, queued) {
    another.clear();
    if (!queued || current?.line !== line) {
      draw();
      card.focus({ preventScroll: true });
      return;
    }
    const ahead = queue.findIndex(([each], place) => place > at && !isReviewed(each));
    const first = ahead === -1 ? queue.findIndex(([each]) => !isReviewed(each)) : ahead;
    if (first !== -1) showQueued(first);
    else draw();
    card.focus({ preventScroll: true });
  }

  function accept() {
    const name = current === null ? null : speakerOf(current.line);
    if (typeof name !== "string") announce(say("pickSpeaker"));
    else give(name);
  }

  function give(name) {
    if (current === null) return;
    const corrected = targets.get(lineTarget(current.line));
    const isSet = corrected !== undefined && "role" in corrected;
    const isExtracted = extractedSpeaker(current.line) === name;
    if (isExtracted && !isSet) decide({ do: "accept" }, say("saidRightName", { name: inline(name) }));
    else decide({ do: "speaker", role: name }, say("saidSpeaker", { name: inline(name) }));
  }

  function takeBack() {
    undoLast((target) => {
      const line = lineNumbers.get(target);
      if (line !== undefined) show(line);
      card.focus({ preventScroll: true });
    });
  }

  function step(by) {
    if (queue.length === 0) return;
    if (current !== null && !current.queued) showQueued(at);
    else showQueued((at + by + queue.length) % queue.length);
    card.focus({ preventScroll: true });
  }

  function showQueued(place) {
    at = place;
    const [line, drawn] = queue[at];
    current = { line, queued: true, drawn: Boolean(drawn) };
    given.add(line);
    keepAddress("review", {});
    drawNew();
  }

  /** Show a line that a person has chosen; one that the queue has shown before keeps its place there. */
  function show(line) {
    if (given.has(line)) {
      showQueued(queue.findIndex(([each]) => each === line));
      return;
    }
    current = { line, queued: false, drawn: false };
    drawNew();
  }

  function drawNew() {
    another.clear();
    draw();
    center(galley, galley.querySelector("mark.line"));
    const name = speakerOf(current.line);
    announce(
      say("nowLine", {
        text: inline(lineText(current.line)),
        name: typeof name === "string" ? inline(name) : speakerWord(name),
      }),
      "line",
    );
  }

  function draw() {
    drawProgress();
    const left = remaining();
    finished.hidden = left > 0;
    desk.hidden = current === null;
    corrections.draw();
    if (current === null) return;
    const { line, queued, drawn } = current;
    const { source, start, end, confidence, method, methods } = data.lines;
    const target = lineTarget(line);
    place.textContent = queued
      ? `${number(at + 1)} / ${number(queue.length)}${drawn ? ` · ${say("drawn")}` : ""}`
      : say("chosenLine");
    fill(quote, paragraph(lineText(line), [], "blockquote"));
    const name = speakerOf(line);
    const isSaid = isReviewed(line);
    right.disabled = typeof name !== "string";
    fill(
      verdict,
      make("p", { class: "now" }, speakerNode(name)),
      make(
        "p",
        { class: "muted" },
        isSaid ? `${describe(target)}${targets.get(target).built ? ` (${say("isBuilt")})` : ""} · ` : null,
        isSaid ? [say("extracted"), " ", speakerNode(extractedSpeaker(line)), " · "] : null,
        say("sure", { share: percent(confidence[line], 0) }),
        " · ",
        methodWord(methods[method[line]]),
      ),
    );
    undone.disabled = done.length === 0;
    drawNames(line);
    const mark = {
      source: source[line],
      start: start[line],
      end: end[line],
      kind: "line",
      tag: () => neighbour(line, true),
    };
    const {
      excerpts: [excerpt],
    } = excerptsOf([mark]);
    if (excerpt === undefined) {
      fill(galley, make("p", { class: "muted" }, say("passageNotHere", { n: 1 })));
      return;
    }
    reach(excerpt, BEFORE, AROUND);
    const others = (of, from, to) =>
      linesWithin(of, from, to)
        .filter((each) => each !== line)
        .map((each) => ({
          source: of,
          start: start[each],
          end: end[each],
          kind: "other",
          tag: () => neighbour(each, false),
        }));
    const top = galley.scrollTop;
    fill(
      galley,
      data.sources.length > 1 && make("p", { class: "source" }, shown(data.sources[source[line]].name)),
      excerptNode(excerpt, others),
    );
    galley.scrollTop = top;
  }

  function neighbour(line, isThis) {
    const name = speakerOf(line);
    const word = typeof name === "string" ? shown(name) : speakerWord(name);
    if (isThis) return make("span", { class: "who this" }, word);
    const isWeak = data.lines.confidence[line] < SURE && !isReviewed(line);
    return make(
      "a",
      {
        class: `who${isWeak ? " weak" : ""}`,
        href: address("review", { line: lineTarget(line) }),
        title: say("reviewThis"),
      },
      word,
    );
  }

  function drawNames(line) {
    const lines = linesOf[data.lines.source[line]];
    const here = lines.indexOf(line);
    const near = new Set([speakerOf(line), extractedSpeaker(line)]);
    for (let far = 1; far <= NEAR; far += 1) {
      for (const each of [lines[here - far], lines[here + far]])
        if (each !== undefined && near.size < 9) near.add(speakerOf(each));
    }
    const everybody = everyName();
    for (const name of everybody) if (near.size < 9) near.add(name);
    // in one order throughout, so that a number keeps its name while a scene goes on
    choices = everybody.filter((name) => near.has(name)).slice(0, 9);
    const hadFocus = namesBox.contains(document.activeElement);
    fill(
      namesBox,
      choices.map((name, place) =>
        make(
          "li",
          {},
          make(
            "button",
            {
              type: "button",
              "aria-keyshortcuts": place + 1,
              "aria-pressed": String(name === speakerOf(line)),
              on: { click: () => give(name) },
            },
            make("kbd", { "aria-hidden": "true" }, String(place + 1)),
            shown(name),
          ),
        ),
      ),
    );
    if (hadFocus) card.focus({ preventScroll: true });
  }

  function drawProgress() {
    const { reviewed, accuracy } = state;
    const left = remaining();
    const told =
      accuracy === null
        ? []
        : [
            make(
              "p",
              { class: "accuracy" },
              say("accuracy", {
                share: percent(accuracy.estimate),
                low: percent(accuracy.low),
                high: percent(accuracy.high),
              }),
            ),
            make(
              "p",
              { class: "muted" },
              say("accuracyOf", { drawn: number(accuracy.drawn), n: accuracy.reviewed }),
              typeof accuracy.after === "number" &&
                say("space") + say("accuracyAfter", { share: percent(accuracy.after) }),
            ),
          ];
    const full = reviewed / (accuracy === null ? ENOUGH : Math.max(1, reviewed + left));
    fill(
      progress,
      told,
      make(
        "p",
        { class: "count" },
        say("reviewedLeft", { n: reviewed, left: number(left) }),
        accuracy === null && say("space") + say("noAccuracy", { n: ENOUGH }),
      ),
      bar(full),
    );
  }

  watch(() => {
    if (!node.isConnected) return;
    draw();
  });

  const byNumber = Object.fromEntries(
    Array.from({ length: 9 }, (_, place) => [
      String(place + 1),
      () => {
        if (choices[place] !== undefined) give(choices[place]);
      },
    ]),
  );
  const keys = {
    ...byNumber,
    a: accept,
    Enter: accept,
    x: () => decide({ do: "reject" }, say("saidNoSpeech")),
    0: () => decide({ do: "speaker", role: null }, say("saidUnknown")),
    j: () => step(1),
    k: () => step(-1),
    u: takeBack,
    "/": () => another.field.focus(),
  };
  function open({ line = null }) {
    const named = line === null ? undefined : lineNumbers.get(line);
    if (named !== undefined) show(named);
    else if (current === null && queue.length > 0) showQueued(at);
    else if (current === null) draw();
    else drawNew();
    card.focus({ preventScroll: true });
  }
  return { node, open, keys, focus: () => card.focus({ preventScroll: true }) };
}

function methodWord(method) {
  return METHODS.includes(method) ? say(`method_${method}`) : (method ?? "");
}

const METHODS = ["tag", "beat", "pronoun", "conversation", "continued", "label", "voice", "llm"];
