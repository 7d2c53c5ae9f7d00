// The panes: each draws one part of a moment. Text is set as text only, so that no value can become markup.

const language = { code: "en" };

const SAID = "said ";

/** A text of the table, with {names} filled in. */
function t(key, words = {}) {
  const text = TEXTS[language.code][key] ?? TEXTS.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in words ? String(words[name]) : whole));
}

/** What the recording says in English of the event loop, in the page's language (lasti/view/labels.py does the same). */
function said(phrase) {
  const texts = TEXTS[language.code];
  const exact = texts[SAID + phrase];
  if (exact !== undefined) return exact;
  const patterns = Object.keys(texts).filter((key) => key.startsWith(SAID) && key.includes("{")).sort((a, b) => b.length - a.length);
  for (const key of patterns) {
    const escaped = key.slice(SAID.length).replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace("{x}", "(?<x>.+)").replace("{n}", "(?<n>\\d+)");
    const found = new RegExp(`^${escaped}$`, "s").exec(phrase)?.groups;
    if (found) return t(key, found.x === undefined ? found : { ...found, x: said(found.x) });
  }
  return phrase;
}

/** Text that comes from the trace: isolated, and with what is invisible or turns the direction made visible. */
function shown(text) {
  return String(text).replace(INVISIBLE, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

const SHAPES = { running: ["■", "●", "◆", "▲", "■"], ready: ["▣", "◉", "◈", "◬", "▣"], suspended: ["□", "○", "◇", "△", "□"] };
const shapeOf = (activation, state) => SHAPES[state === "running" || state === "calling" ? "running" : state === "ready" ? "ready" : "suspended"][activation.colour];

/** The name of an activation with its colour and shape. */
function who(activation, state, tag = "span") {
  if (!activation.number) return el(`${tag}.id`, null, "–");
  const mark = isResumable(activation) ? [el("span", { "aria-hidden": "true" }, shapeOf(activation, state)), " "] : [];
  return el(`${tag}.id.c${activation.colour}`, { "data-a": activation.number }, ...mark, shown(activation.name));
}

function head(title, hint, ...more) {
  return el("div.hd", null, el("h2", null, title), ...more, hint ? el("span.sm", null, hint) : null);
}

/** The name of a task, if the trace has any: of the activation, by its coroutine. */
const taskOf = (moment, activation) => [...moment.tasks.values()].find((task) => task.activation === activation.number);

const stateOf = (moment, frame) =>
  moment.suspended.has(frame.activation.number)
    ? frame.pc < 0 || instructionOf(frame)[OPNAME] === "RETURN_GENERATOR" ? "created" : "suspended"
    : frame === moment.top() ? "running" : "calling";

const instructionOf = (frame) => frame.activation.code.instructions[frame.pc] ?? [-1, "", null, "", null, null, 0, []];
const lineOf = (frame) => frame.activation.code.lines[frame.pc] ?? frame.activation.code.line;

// -- the sentence -------------------------------------------------------------------------------------------------

function drawSentence(pane, moment, app) {
  pane.querySelector(".note")?.remove();
  const top = moment.top();
  const told = moment.events.filter((event) => event.kind !== "output").map((event) => sentenceNodes(app.words.event(moment, event)));
  const printed = moment.events.filter((event) => event.kind === "output");
  if (printed.length) told.push(sentenceNodes(app.words.event(moment, { ...printed[0], text: printed.map((event) => event.text).join("") })));
  const isSame = top?.before && moment.step > 0 && !moment.events.some((event) => event.activation === top.activation.number && event.kind !== "output");
  if (!told.length && isSame) told.push(sentenceNodes(app.words.before(moment)));
  const before = el("span.sm", null, ...(told.length ? [t("before"), " ", ...told.flatMap((nodes, place) => (place ? ["; ", ...nodes] : nodes)), "."] : [""]));
  if (!top || moment.step === moment.trace.steps) {
    draw(pane, el("div.who", null, el("b", null, t("the.end"))), el("div", null, el("p", null, t("ended.in")), before));
    return;
  }
  const sentence = sentenceNodes(app.words.step(moment));
  const { ahead } = app.words;
  const isNext = ahead && moment.window.rows[moment.step - moment.window.first + 1]?.[0] === top.activation.number;
  const after = isNext ? el("span.sm", null, t("after"), " ", ...sentenceNodes(app.words.after(moment, ahead)), ".") : null;
  draw(pane,
    el("div.who", null, who(top.activation, "running"), el("br"),
      el("span.sm", null, t("line.offset", { line: lineOf(top), offset: instructionOf(top)[OFFSET] }))),
    el("div", null, el("p", null, ...sentence), el("div.nx", null, before, " ", after)),
  );
}

// -- source -------------------------------------------------------------------------------------------------------

const LANES = 3;
const KEYWORDS = /\b(?:False|None|True|and|as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b/;
const TOKENS = new RegExp(`(?<comment>#.*)|(?<string>[rbfuRBFU]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\\\.|[^"\\\\\\n])*"?|'(?:\\\\.|[^'\\\\\\n])*'?))|(?<word>${KEYWORDS.source})`, "gu");

/** The lines of a source: keywords bold, strings and comments quieter; colour is left to say who. */
function codeLines(source) {
  const lines = [[]];
  const add = (text, tag) => text.split("\n").forEach((part, place) => {
    if (place) lines.push([]);
    if (part) lines[lines.length - 1].push(tag ? el(tag, null, shown(part)) : shown(part));
  });
  let end = 0;
  for (const match of source.matchAll(TOKENS)) {
    add(source.slice(end, match.index));
    add(match[0], match.groups.word ? "b" : "s");
    end = match.index + match[0].length;
  }
  add(source.slice(end));
  return lines.map((parts) => el("code", null, ...parts));
}

/** The text node in which the character at `column` stands, and where; null behind the end. */
function placeIn(element, column) {
  if (!element) return null;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (let left = column; walker.nextNode(); left -= walker.currentNode.length) if (left <= walker.currentNode.length) return [walker.currentNode, left];
  return null;
}

class SourcePane {
  constructor(pane, app) {
    this.pane = pane;
    this.app = app;
    this.file = null;
  }
  draw(moment) {
    const top = moment.top();
    const file = top ? top.activation.code.file : this.last ?? Object.keys(this.app.trace.index.files)[0];
    if (file === undefined) return;
    this.last = file;
    const key = `${language.code} ${file}`;
    if (this.file !== key) this._build(file, key);
    this._mark(moment, file);
  }
  _build(file, key) {
    this.file = key;
    const lines = this.app.trace.index.files[file];
    this.legend = made(el("div.key"));
    this.lanes = made(el("div.lanes", { "aria-hidden": "true" }));
    this.lines = (lines ? codeLines(lines.join("\n")) : []).map((code, index) => [
      el("button.n", { type: "button", tabindex: "-1", title: t("line.click"), "aria-label": `${index + 1}: ${t("line.click")}`, onclick: () => this.app.toLine(file, index + 1) }, String(index + 1)),
      code]);
    this.plain = this.lines.map((_, index) => this._row(index + 1));
    const name = file.split(/[\\/]/).pop();
    this.list = made(el("ol.src", { tabindex: "0", "aria-label": `${t("source")}, ${name}` }));
    set(this.pane, "aria-label", t("source"));
    draw(this.pane, head(t("source"), null, el("span.mut.file", { title: shown(file) }, shown(name)), this.legend), this.lanes,
      lines ? this.list : el("p.empty", null, t("no.source")));
  }
  /** A line, with what is marked in its lanes: [[activation, arrows]]. */
  _row(line, lanes = Array.from({ length: LANES }, () => [null, []]), now = NaN) {
    return el(`li${line === now ? ".now" : ""}${Math.abs(line - now) < 2 ? ".nr" : ""}`, { "data-line": line, "aria-current": line === now ? "step" : null },
      lanes.map(([activation, parts]) => el(activation ? `span.g.c${activation.colour}` : "span.g", null, parts)), ...this.lines[line - 1]);
  }
  _mark(moment, file) {
    const marks = new Map(); // line -> its lanes
    const mark = (line, place, { activation }, part) => {
      if (!marks.has(line)) marks.set(line, Array.from({ length: LANES }, () => [null, []]));
      const lane = marks.get(line)[place];
      lane[0] = activation;
      lane[1].push(part);
    };
    globalThis.CSS?.highlights?.delete("expression");
    const top = moment.step < moment.trace.steps ? moment.top() : undefined;
    const lanes = this._lanesOf(moment, file);
    draw(this.lanes, Array.from({ length: LANES }, (_, place) => {
      const frame = lanes.shown[place];
      return frame ? el(`b.c${frame.activation.colour}`, null, shapeOf(frame.activation, stateOf(moment, frame))) : el("b");
    }), el("span.sm", null, t("source.key")));
    draw(this.legend, lanes.shown.map((frame) => who(frame.activation, stateOf(moment, frame))),
      lanes.more.length ? el("span.sm", { title: lanes.more.map((frame) => shown(frame.activation.name)).join(", ") }, t("more.lanes", { n: lanes.more.length })) : null);
    lanes.shown.forEach((frame, place) => {
      const isAbout = frame === top;
      const arrows = [];
      if (frame.resumed !== null && frame.resumed !== undefined && isResumable(frame.activation)) arrows.push([frame.resumed, "->", "resumed.here"]);
      if (isAbout) arrows.push([lineOf(frame), "▶", "about.here"]);
      else if (moment.suspended.has(frame.activation.number) && stateOf(moment, frame) === "suspended") arrows.push([lineOf(frame), "<-", "suspended.here"]);
      const isBoth = arrows.length === 2 && arrows[0][0] === arrows[1][0] && arrows[1][1] === "<-";
      const lines = arrows.map(([line]) => line);
      if (isBoth) return mark(lines[0], place, frame, arrowTo(frame, "<->", "suspended.here"));
      for (const [line, part] of join(Math.min(...lines), Math.max(...lines))) mark(line, place, frame, part);
      for (const [line, arrow, title] of arrows) mark(line, place, frame, arrowTo(frame, arrow, title));
    });
    const now = top && lineOf(top);
    if (top && !lanes.shown.includes(top)) mark(now, LANES - 1, top, arrowTo(top, "▶", "about.here"));
    draw(this.list, this.plain.map((row, index) => (marks.has(index + 1) || Math.abs(index + 1 - now) < 2 ? this._row(index + 1, marks.get(index + 1), now) : row)));
    if (!this.lines[now - 1]) return;
    this._underline(top.activation.code.spans?.[top.pc]);
    this.app.reveal(this.list.children[now - 1], this.list);
  }
  /** Underline the expression that an instruction belongs to, on its first line: a `for` or a `def` spans all of its lines. */
  _underline(span) {
    if (!span || !globalThis.Highlight) return;
    const [line, column, last, end] = span;
    const code = this.list.children[line - 1]?.lastElementChild;
    const [from, to] = [placeIn(code, column), placeIn(code, last === line ? end : code?.textContent.length)];
    if (!from || !to) return;
    const range = document.createRange();
    range.setStart(...from);
    range.setEnd(...to);
    CSS.highlights.set("expression", new Highlight(range));
  }
  /** Which activations get a lane of arrows: at most three, the running one and those that ran last among them. */
  _lanesOf(moment, file) {
    const running = moment.callStack().filter((frame) => isResumable(frame.activation));
    const frames = [...running, ...moment.heap()].filter((frame) => frame.activation.code.file === file);
    const ranked = [...frames].sort((a, b) => Number(running.includes(b)) - Number(running.includes(a)) || this.app.lastRan(b) - this.app.lastRan(a));
    const chosen = new Set(ranked.slice(0, LANES));
    const inOrder = frames.filter((frame) => chosen.has(frame)).sort((a, b) => a.activation.number - b.activation.number);
    return { shown: inOrder, more: ranked.slice(LANES) };
  }
}

const arrowTo = (frame, arrow, title) => {
  const label = t(title, { name: shown(frame.activation.name) });
  return el("i", { title: label, role: "img", "aria-label": label }, arrow);
};

/** A thin line from where a frame was resumed to where it stands, in pieces: [line, piece]. */
function* join(first, last) {
  for (let line = first; line <= last && last > first; line += 1)
    yield [line, el(`span.join${line === first ? ".down" : line === last ? ".up" : ""}`, { "aria-hidden": "true" })];
}

/** Scroll each box so that its row is seen, no further than needed. All is measured before anything moves: the browser
 *  lays the page out once. */
function keepInView(pairs) {
  const places = pairs.map(([row, box]) => {
    const top = row.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
    const height = row.offsetHeight;
    if (top < box.scrollTop + 2 * height) return Math.max(top - box.clientHeight / 3, 0);
    return top + 3 * height > box.scrollTop + box.clientHeight ? top - (2 * box.clientHeight) / 3 : box.scrollTop;
  });
  pairs.forEach(([, box], index) => { if (box.scrollTop !== places[index]) box.scrollTop = places[index]; });
}

// -- bytecode -----------------------------------------------------------------------------------------------------

const ROW = 18; // px, as in page.css

class BytecodePane {
  constructor(pane, app) {
    this.pane = pane;
    this.app = app;
    this.built = null;
  }
  draw(moment) {
    const top = moment.top();
    if (!top) return this.built === null ? draw(this.pane, head(t("bytecode"))) : this._mark(moment, null);
    const code = top.activation.code;
    const key = `${language.code} ${code.number}`;
    if (this.built !== key) this._build(code, key, top.activation);
    this._mark(moment, top);
  }
  _build(code, key) {
    this.built = key;
    this.app.light([]);
    this.title = made(el("span"));
    this.texts = code.instructions.map(([, opname, oparg, argument, , target]) => (target === null ? shown(argument) || meaning(opname, oparg) : t("jump.to", { offset: target })));
    let line = null;
    this.rows = code.instructions.map(([offset, opname, oparg, argument, at, , , entries], place) => {
      const begins = at !== null && at !== line;
      if (at !== null) line = at;
      const lights = { onmouseenter: () => this.app.light(entries), onmouseleave: () => this.app.light([]) };
      return made(el(begins ? "tr.ls" : "tr", lights, el("td"), el("td", null, begins ? String(at) : ""), el("td", null, String(offset)),
        el("td", null, opname), el("td", null, oparg === null ? "" : String(oparg)), el("td", { title: shown(argument) }, this.texts[place])));
    });
    this.cleanup = cleanupOf(code);
    const label = { "aria-label": t("bytecode.of", { name: shown(code.name) }) };
    this.fold = this.cleanup === null ? null : made(el("button.fold", { type: "button", "data-key": "fold", onclick: () => this._open(!this.isOpen) },
      t("cleanup", { from: code.instructions[this.cleanup][OFFSET], to: code.instructions[code.instructions.length - 1][OFFSET] })));
    this.arcs = made(el("div.arcbox", null, arcs(code, this.cleanup ?? code.instructions.length)));
    this.box = made(el("div.bcw", { tabindex: "0", role: "group", ...label }, this.arcs, el("table.bc", label, el("tbody", null, this.rows)), this.fold));
    this._open(false);
    set(this.pane, "aria-label", t("bytecode"));
    draw(this.pane, head(t("bytecode"), t("bytecode.size", { n: code.instructions.length }), this.title), this.box);
    this.marked = [];
  }
  /** Show or hide what the compiler has put at the end for exceptions. */
  _open(isOpen) {
    this.isOpen = isOpen;
    if (!this.fold) return;
    this.fold.setAttribute("aria-expanded", String(isOpen));
    for (const row of this.rows.slice(this.cleanup)) row.hidden = !isOpen;
    this.arcs.classList.toggle("folded", !isOpen);
    this.arcs.style.height = `${(isOpen ? this.rows.length : this.cleanup) * ROW}px`;
  }
  _mark(moment, top) {
    const marks = new Map(); // row -> what stands at its left, and at its right
    for (const frame of top ? moment.heap() : []) {
      if (frame.activation.code !== top.activation.code || frame.pc < 0) continue;
      const sign = el(`i.p.c${frame.activation.colour}`, { "aria-hidden": "true" }, shapeOf(frame.activation, "suspended"));
      marks.set(frame.pc, [sign, marks.get(frame.pc)?.[1] ?? who(frame.activation, "suspended", "em.tag.ghost")]);
    }
    const others = new Set(marks.keys());
    if (top) {
      draw(this.title, who({ ...top.activation, name: top.activation.code.name }, "running"));
      if (this.fold && !this.isOpen && top.pc >= this.cleanup) this._open(true);
      const sign = el(`i.p.c${top.activation.colour}`, { "aria-hidden": "true" }, "▶");
      marks.set(top.pc, [sign, el(`em.tag.c${top.activation.colour}`, null, "f_lasti")]);
      this.app.reveal(this.rows[top.pc], this.box);
    }
    for (const place of new Set([...this.marked, ...marks.keys()])) {
      const row = this.rows[place];
      const [sign, tag] = marks.get(place) ?? [];
      const isNow = place === top?.pc;
      row.classList.toggle("now", isNow);
      row.classList.toggle("oth", others.has(place));
      set(row, "aria-current", isNow ? "step" : null);
      draw(row.children[0], sign);
      draw(row.children[5], this.texts[place], tag);
    }
    this.marked = [...marks.keys()];
  }
}

/** What an argument stands for where `dis` leaves it at the number. */
function meaning(opname, oparg) {
  if (opname === "RESUME") return t(`resume.${oparg & 3}`);
  return CALLS_N.has(opname) ? t(oparg === 1 ? "arguments.1" : "arguments", { n: oparg }) : "";
}
const CALLS_N = new Set(["CALL", "CALL_KW", "CALL_FUNCTION", "CALL_FUNCTION_KW", "CALL_METHOD", "PRECALL"]);

/** Where the instructions begin that the compiler puts at the end to clean up after an exception; null without any. Only
 *  an exception leads there (what stands before never falls through), and no line of the program is among them. */
function cleanupOf({ instructions }) {
  let begin = instructions.length;
  while (begin > 0 && CLEANS_UP.has(instructions[begin - 1][OPNAME])) begin -= 1;
  while (begin > 0 && begin < instructions.length && !LEAVES.test(instructions[begin - 1][OPNAME])) begin += 1;
  return begin > 0 && begin < instructions.length ? begin : null;
}
const CLEANS_UP = new Set(["CLEANUP_THROW", "CALL_INTRINSIC_1", "RERAISE", "COPY", "POP_EXCEPT", "PUSH_EXC_INFO", "WITH_EXCEPT_START", "SWAP", "POP_TOP", "TO_BOOL", "NOT_TAKEN", "POP_JUMP_IF_TRUE", "POP_JUMP_FORWARD_IF_TRUE", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "END_SEND", "END_ASYNC_FOR", "NOP"]);
const LEAVES = /^(?:RETURN|RERAISE|RAISE|JUMP_(?:BACK|FOR)WARD)/;

/** The jumps as arcs at the left: nested by span, forward solid, backward dashed; those from or to a place behind `end`
 *  are hidden when that part is. */
function arcs(code, end) {
  const index = new Map(code.instructions.map((instruction, place) => [instruction[OFFSET], place]));
  const jumps = code.instructions.map((instruction, place) => [place, index.get(instruction[TARGET])]).filter(([, to]) => to !== undefined);
  jumps.sort((a, b) => Math.abs(a[0] - a[1]) - Math.abs(b[0] - b[1]));
  const placed = [];
  const paths = jumps.map(([from, to]) => {
    const [low, high] = [Math.min(from, to), Math.max(from, to)];
    const taken = placed.filter((other) => other.low <= high && low <= other.high).map((other) => other.level);
    let level = 0;
    while (taken.includes(level)) level += 1;
    placed.push({ low, high, level });
    const x = Math.max(24 - 5 * level, 2);
    const y = (place) => place * ROW + ROW / 2 + (place === from ? 3 : -3);
    return svg("path", { class: `${to < from ? "bw" : "fw"}${high >= end ? " cl" : ""}`, "marker-end": "url(#head)", d: `M30 ${y(from)}H${x + 3}Q${x} ${y(from)} ${x} ${y(from) + (to > from ? 3 : -3)}V${y(to) + (to > from ? -3 : 3)}Q${x} ${y(to)} ${x + 3} ${y(to)}H30` });
  });
  const height = code.instructions.length * ROW;
  return svg("svg", { class: "arcs", width: 32, height, viewBox: `0 0 32 ${height}`, "aria-hidden": "true" }, ...paths);
}

// -- how it works -------------------------------------------------------------------------------------------------

function drawHow(pane, moment, app) {
  const top = moment.top();
  const source = app.trace.index.how ?? {};
  const opname = top ? instructionOf(top)[OPNAME] : "";
  pane.hidden = Object.keys(source).length === 0 || !top;
  if (pane.hidden) return;
  if (pane.dataset.shown === `${language.code} ${opname}`) return;
  pane.dataset.shown = `${language.code} ${opname}`;
  const isOpen = pane.querySelector("details")?.open ?? false;
  set(pane, "aria-label", t("how", { opname }));
  // When it is opened or closed, the source has less room, or more.
  draw(pane, el("details", { open: isOpen, ontoggle: () => app.draw(app.moment) }, el("summary.hd", { "data-key": "how" }, el("h2", null, t("how", { opname })), el("span.sm", null, t("how.by"))),
    el("pre", { tabindex: "0" }, shown(source[opname] ?? t("how.none")))));
}

// -- stack, locals, tables ----------------------------------------------------------------------------------------

const SLOTS_SHOWN = 5; // of the stack, the free ones too: panes below it stay where they are

/** What the last instruction of a frame pushed and popped: {keep, popped}. */
function lastEffect(frame) {
  if (!frame.before) return { keep: frame.stack.length, popped: [] };
  const rest = frame.activation.code.instructions[frame.before.pc][REST];
  return { keep: Math.min(rest, frame.stack.length), popped: frame.before.stack.slice(rest) };
}

function drawStack(pane, moment, app) {
  const top = moment.top();
  set(pane, "aria-label", t("stack"));
  if (!top) return draw(pane, head(t("stack")), el("p.empty", null, t("stack.empty")));
  const { keep, popped } = lastEffect(top);
  const pushed = top.stack.length - keep;
  const rest = Math.min(instructionOf(top)[REST], top.stack.length);
  const slot = (value, index) => {
    const text = value.kind === "NULL" ? "NULL" : shown(moment.text(value));
    const name = value.kind === "NULL" ? "NULL" : shown(nameOf(value, moment));
    const isNew = index >= keep;
    return el(`div.sl${isNew ? ".new" : ""}${value.kind === "NULL" ? ".null" : ""}`, { role: "listitem", title: text },
      isNew ? el("span.plus", { title: t("pushed"), role: "img", "aria-label": t("pushed") }, "+") : null, el("span.x", null, String(index)),
      el("button.val", { type: "button", title: `${text}\n${t("where.from")}`, "data-key": `slot${index}`, onclick: () => app.origin(top.activation, { slot: index }) }, el("code", null, name)),
      el("span.sm", null, value.kind === "NULL" ? whyNull(index, top, moment) : kindOf(value, moment)));
  };
  const slots = top.stack.map(slot).reverse();
  const takes = slots.slice(0, top.stack.length - rest);
  const free = Math.max(Math.min(top.activation.code.deepest, SLOTS_SHOWN) - slots.length - popped.length, 0);
  const room = Array.from({ length: free }, (_, place) => el("div.sl.free", { "aria-hidden": "true" }, el("span.x", null, String(slots.length + popped.length + free - 1 - place)), el("code", null, t("stack.free"))));
  const ghosts = popped.map((value) => el("div.sl.gone", { role: "listitem", title: t("popped") }, el("span.plus", { role: "img", "aria-label": t("popped") }, "−"), el("span.x"),
    el("code", null, value.kind === "NULL" ? "NULL" : shown(nameOf(value, moment))), el("span.sm"))).reverse();
  draw(pane, head(t("stack"), t("stack.last", { pushed, popped: popped.length })),
    el("div.stk", null,
      el("div.stk2", { role: "list", "aria-label": t("stack.label") }, ...room, ...(slots.length || ghosts.length || free ? [] : [el("div.sl.free", { role: "listitem" }, el("span.x"), el("code", null, t("stack.empty")))]),
        ...ghosts, ...(takes.length ? [el("div.grp", { role: "presentation" }, takes)] : []), slots.slice(takes.length)),
      el("div.base"),
      el("div.take", null, takes.length ? t("stack.takes", { opname: instructionOf(top)[OPNAME], n: takes.length, m: rest }) : "")));
}

/** The name of what has one (its kind stands beside it); the text of everything else. */
function nameOf(value, moment) {
  const picture = moment.pictures.get(value.number);
  if (picture?.activation) return moment.trace.activation(picture.activation).name || picture.name;
  return picture?.name && (NAMED.has(picture.kind) || SUSPENDABLE.has(picture.kind)) ? picture.name : moment.text(value);
}

/** Why there is a NULL: beside a callable (beneath it up to 3.12, above it from 3.13 on) it stands for the missing `self`. */
function whyNull(index, top, moment) {
  const beside = top.stack[index + (moment.trace.isSelfAbove ? -1 : 1)];
  return t(CALLABLE.has(moment.pictures.get(beside?.number)?.kind) ? "null.self" : "null");
}
const CALLABLE = new Set(["function", "class", "builtin"]);

function kindOf(value, moment) {
  if (!value.number) return value.kind;
  const picture = moment.pictures.get(value.number);
  return picture ? shown(picture.type === "type" ? "class" : picture.type) : "";
}

function drawLocals(pane, moment, app) {
  const top = moment.top();
  const isNames = top && (top.activation.code.kind === "module" || top.activation.code.kind === "class body");
  set(pane, "aria-label", t(isNames ? "globals" : "locals"));
  if (!top) return draw(pane, head(t("locals")));
  const { code } = top.activation;
  const cells = code.cells.map((place) => code.locals[place]);
  const last = top.before && code.instructions[top.before.pc];
  const read = new Set(last && last[OPNAME].startsWith("LOAD_FAST") ? last[ENTRIES].map(([table, index]) => code.tables[table][index]) : []);
  const own = isNames ? [] : code.locals;
  const rows = [...own, ...[...top.locals.keys()].filter((name) => !own.includes(name))].map((name) => {
    const value = top.locals.get(name);
    const text = !value ? "" : value.kind === "NULL" ? "NULL" : shown(moment.text(value));
    const isChanged = top.changed.has(name);
    const note = isChanged ? `+ ${t(value ? "changed" : "unbound")}` : !value ? t("unbound") : read.has(name) ? t("just.read") : cells.includes(name) ? t("cell") : "";
    return el(`div.kvr${isChanged ? ".new" : ""}`, { role: "row" },
      el("span", { role: "rowheader" }, el("button.val", { type: "button", title: t("when.changed", { name: shown(name) }), "data-key": `name ${name}`, onclick: () => app.changes(top.activation, name) }, el("code", null, shown(name)))),
      el("span", { role: "cell" }, value ? el("button.val", { type: "button", title: `${text}\n${t("where.from")}`, "data-key": `value ${name}`, onclick: () => app.origin(top.activation, { name }) }, el("code", null, text)) : null),
      el("span.sm", { role: "cell" }, note));
  });
  draw(pane, head(t(isNames ? "globals" : "locals"), cells.length ? t("cells", { names: cells.map(shown).join(", ") }) : t("no.cells")),
    rows.length ? el("div.kv", { role: "table", "aria-label": t(isNames ? "globals" : "locals") }, rows) : el("p.empty", null, t("no.locals")));
}

const TABLES = ["co_consts", "co_names", "co_varnames"];

function drawTables(pane, moment) {
  const top = moment.top();
  set(pane, "aria-label", t("tables"));
  if (!top) return draw(pane, head(t("tables")));
  const { code } = top.activation;
  const used = new Set(instructionOf(top)[ENTRIES].map(([table, index]) => `${table} ${index}`));
  const was = new Set((top.before ? code.instructions[top.before.pc][ENTRIES] : []).map(([table, index]) => `${table} ${index}`));
  const table = (name) => {
    const entries = Object.entries(code.tables[name]);
    if (!entries.length) return null;
    return el(name === "co_consts" ? "div.tb.w" : "div.tb", null, el("h3", null, name), ...entries.map(([index, text]) => {
      const key = `${name} ${index}`;
      return el(`div.e${used.has(key) ? ".lit" : was.has(key) ? ".was" : ""}`, { "data-entry": key, title: shown(text) }, el("span", null, index), el("span.tx", null, shown(text)));
    }));
  };
  const hint = used.size ? [...used].map((key) => key.replace(" ", "[") + "]").join(", ") : t("tables.none", { opname: instructionOf(top)[OPNAME] });
  draw(pane, head(t("tables"), hint), el("div.tbs", null, ...TABLES.map(table)));
}

// -- frames -------------------------------------------------------------------------------------------------------

const tag = (state) => el(`span.st.${state}`, null, t(state));
const FRAMES_SHOWN = 12;

function drawCalls(pane, moment, app) {
  set(pane, "aria-label", t("calls"));
  const frames = moment.callStack().reverse();
  const card = (frame) => {
    const [offset, opname] = instructionOf(frame);
    const task = taskOf(moment, frame.activation);
    const isTop = frame === moment.top();
    return el(`li.fr${isTop ? ".on" : ""}.b${frame.activation.colour}`, { "data-a": frame.activation.number },
      el("div.r", null, who(frame.activation, stateOf(moment, frame)), isTop ? tag("running") : null, el("span.sm", null, task ? shown(task.name) : "")),
      el("div.sm", null, t("frame.at", { kind: t(`kind.${frame.activation.code.kind}`), line: lineOf(frame), offset, opname })));
  };
  const list = [];
  const hidden = frames.length > FRAMES_SHOWN && !app.allFrames ? frames.splice(FRAMES_SHOWN - 2, frames.length - FRAMES_SHOWN + 1) : [];
  frames.forEach((frame, place) => {
    if (place) list.push(el("li.back", { "aria-hidden": "true" }, "f_back ↓"));
    if (hidden.length && place === FRAMES_SHOWN - 2)
      list.push(el("li", null, el("button.lib", { type: "button", "data-key": "frames", onclick: () => app.showFrames() }, t("more.frames", { n: hidden.length }))), el("li.back", { "aria-hidden": "true" }, "f_back ↓"));
    list.push(card(frame));
  });
  const name = moment.trace.index.threads[moment.thread];
  const several = Object.keys(moment.trace.index.threads).length > 1;
  const others = several ? [...moment.threads].filter(([thread, numbers]) => thread !== moment.thread && numbers.length).map(([thread, numbers]) =>
    el("li.lib", null, t("thread", { name: shown(moment.trace.index.threads[thread] ?? thread) }), ": ", who(moment.trace.activation(numbers[numbers.length - 1]), "calling"))) : [];
  draw(pane, head(several ? `${t("calls")}, ${t("thread", { name: shown(name ?? moment.thread) })}` : t("calls"), t("calls.hint")), el("ol.frs", null, list, others));
}

const HEAP_SHOWN = 12; // frames, until somebody asks for all
const TASKS_SHOWN = 24;
const HANDLES_SHOWN = 4; // of the ready queue, and of the timers

function drawHeap(pane, moment, app) {
  set(pane, "aria-label", t("heap"));
  const running = moment.callStack().filter((frame) => isResumable(frame.activation));
  const heap = moment.heap().sort((a, b) => app.lastRan(b) - app.lastRan(a) || a.activation.number - b.activation.number);
  const links = running.reverse().map((frame) => el("li.lnk", { "data-a": frame.activation.number }, who(frame.activation, stateOf(moment, frame)), el("span", null, t("heap.linked"))));
  const cards = app.some("heap", heap, HEAP_SHOWN).map((frame) => heapCard(frame, moment));
  if (heap.length > HEAP_SHOWN) cards.push(el("li", null, app.moreButton("heap", "more.frames", heap.length - HEAP_SHOWN)));
  draw(pane, head(t("heap"), t("heap.count", { running: running.length, suspended: heap.length })),
    links.length || cards.length ? el("ul.frs", null, links, cards) : el("p.empty", null, t("heap.none")));
}

function heapCard(frame, moment) {
  const { activation } = frame;
  const state = stateOf(moment, frame);
  const task = taskOf(moment, activation);
  const [offset, opname] = instructionOf(frame);
  const stack = moment.stackOf(frame);
  const locals = [...frame.locals].map(([name, value]) => `${name}=${moment.text(value)}`).join("  ");
  const row = (label, value) => [el("dt", null, label), el("dd", null, value)];
  const code = (text) => el("code", { title: shown(text) }, shown(text));
  return el(`li.fr.hp.b${activation.colour}`, { "data-a": activation.number },
    el("div.r", null, who(activation, task?.status === "ready" ? "ready" : state), tag(task?.status === "ready" ? "ready" : state), el("span.sm", null, task ? shown(task.name) : t(`kind.${activation.code.kind}`))),
    el("dl", null,
      ...row(t("at"), state === "created" ? t("at.begin") : t("at.text", { line: lineOf(frame), offset, opname })),
      ...row("f_back", t("f_back.none")),
      ...row(t("locals.short"), locals ? code(locals) : t("none")),
      ...(stack.length ? row(t("stack.short"), code(`[${stack.map((value) => (value.kind === "NULL" ? "NULL" : moment.text(value))).join(", ")}]`)) : []),
      ...awaits(frame, moment, task, code)));
}

/** What a suspended coroutine waits for; what a generator handed out last. */
function awaits(frame, moment, task, code) {
  const { kind } = frame.activation.code;
  const row = (label, ...value) => [el("dt", null, label), el("dd", null, ...value)];
  if (kind === "coroutine") {
    const awaited = moment.stackOf(frame).filter((value) => value.kind !== "NULL").at(-1); // 3.15 has a NULL above it
    const chain = awaited && stateOf(moment, frame) === "suspended" ? [moment.text(awaited)] : [];
    if (frame.yielded && frame.yielded.kind !== "None") chain.push(moment.text(frame.yielded));
    const waits = task?.waitsFor ? [el("b", null, shown(said(task.waitsFor)))] : [];
    if (!chain.length && !waits.length) return [];
    return row(t("awaits"), ...(waits.length ? waits : [code(chain.join(" → "))]));
  }
  return frame.yielded ? row(t("yielded"), code(moment.text(frame.yielded))) : [];
}

// -- output -------------------------------------------------------------------------------------------------------

/** The writes of a window before `step`, put together into lines: [{stream, text, step, isOpen}]. */
function outputLines(writes) {
  const lines = [];
  const open = new Map();
  for (const { stream, text, step } of writes) {
    const pieces = text.split("\n");
    pieces.forEach((piece, place) => {
      const isLast = place === pieces.length - 1;
      if (piece || !isLast) {
        if (open.has(stream)) open.get(stream).text += piece;
        else {
          const line = { stream, text: piece, step };
          lines.push(line);
          open.set(stream, line);
        }
      }
      if (!isLast) open.delete(stream);
    });
  }
  return lines;
}

function drawOutput(pane, app, output) {
  set(pane, "aria-label", t("output"));
  const lines = outputLines(output.writes);
  const items = lines.map((line, place) => el("li", null, el(`button${line.stream === "stderr" ? ".err" : ""}`, { type: "button", title: t("output.at", { step: line.step }), "data-key": `out${line.step}`, onclick: () => app.go(Math.max(line.step - 1, 0)) },
    el("span.om", { "aria-hidden": "true" }, output.hidden ? "·" : String(place + 1)), el("code", null, shown(line.text)), el("span.sm", null, String(Math.max(line.step - 1, 0))))));
  const list = el("ol.out", { tabindex: "0", "aria-label": t("output") }, items);
  draw(pane, head(t("output"), lines.length ? t("output.hint") : null),
    output.hidden ? el("p.empty", null, t("output.earlier", { n: output.hidden })) : null,
    lines.length ? list : el("p.empty", null, output.hidden ? "" : t("no.output")));
  if (lines.length) list.node.scrollTop = list.node.scrollHeight;
}

// -- the loop -----------------------------------------------------------------------------------------------------

const ENDED = new Set(["done", "failed", "cancelled"]);
const TASK_ORDER = ["running", "ready", "waiting", "created"];

/** The tasks in their order; when only some are shown, first those with which something happens. */
function tasksOf(moment, app) {
  const tasks = [...moment.tasks.values()];
  if (tasks.length <= TASKS_SHOWN || app.opened.has("tasks")) return tasks;
  const rank = ({ status }) => (TASK_ORDER.indexOf(status) + 5) % 5; // those that ended come last
  return [...tasks].sort((a, b) => rank(a) - rank(b)).slice(0, TASKS_SHOWN);
}

function drawLoop(pane, moment, app) {
  pane.hidden = moment.loops.length === 0 && moment.tasks.size === 0;
  if (pane.hidden) return;
  set(pane, "aria-label", t("loop"));
  const { trace } = moment;
  const loop = moment.loops[moment.loops.length - 1];
  const taskName = (number, text) => {
    const task = moment.tasks.get(number);
    if (!task) return el("span", null, text ? shown(said(text)) : t("loop.nothing"));
    const activation = trace.activation(task.activation);
    return el(`span.id.c${activation.colour}`, { "data-a": activation.number }, activation.number ? `${shapeOf(activation, task.status)} ` : "", shown(task.name));
  };
  const seconds = (time) => time.toFixed(3);
  const some = (handles, shownOf) => [...handles.slice(0, HANDLES_SHOWN).map(shownOf),
    ...(handles.length > HANDLES_SHOWN ? [el("span.mut", null, t("more.n", { n: handles.length - HANDLES_SHOWN }))] : [])];
  const boxes = loop ? [
    [t("loop.running"), loop.running ? [taskName(loop.running[1], loop.running[0])] : [loop.waiting ? t("loop.waits") : t("loop.nothing")]],
    [t("loop.ready"), loop.ready.length ? some(loop.ready, ([text, task]) => taskName(task, text)) : [t("loop.empty")]],
    [t("loop.timers"), loop.timers.length ? some(loop.timers, ([text, task, when]) => el("span", null, el("b", null, t("loop.due", { time: (when - loop.time).toFixed(2) })), " → ", taskName(task, text))) : [t("loop.empty")]],
  ] : [];
  const willWake = (task) => {
    const timer = loop?.timers.find(([, number]) => number === task.number);
    if (timer) return [t("loop.timer", { time: (timer[2] - loop.time).toFixed(2) })];
    const all = task.waitsFor?.startsWith("all of: ") ? [...moment.tasks.values()].filter((each) => task.waitsFor.includes(`'${each.name}'`) && !ENDED.has(each.status)) : [];
    if (all.length) return all.flatMap((each, place) => (place ? [", ", taskName(each.number)] : [taskName(each.number)]));
    return [task.waitsForTask ? taskName(task.waitsForTask) : "–"];
  };
  const tasks = tasksOf(moment, app);
  const rows = tasks.map((task) => {
    const activation = trace.activation(task.activation);
    return el(`tr${task.status === "running" ? "" : ".z"}`, { "data-a": activation.number },
      el("td", null, taskName(task.number), " ", el("span.nx2", null, shown(activation.name || task.coroutine))), el("td", null, tag(task.status)),
      el("td", null, task.waitsForTask && !task.waitsFor ? taskName(task.waitsForTask) : task.waitsFor ? shown(said(task.waitsFor)) : "–"),
      ...(task.status === "waiting" ? [el("td", null, ...willWake(task))] : [el("td", task.wokenWhy ? { title: shown(said(task.wokenWhy)) } : null, task.wokenBy ? taskName(task.wokenBy) : task.wokenWhy ? shown(said(task.wokenWhy)) : "–")]));
  });
  draw(pane, head(t("loop"), loop ? t("loop.now", { n: loop.iteration, time: seconds(loop.time) }) : null),
    el("div.lp", null, ...boxes.map(([title, values]) => el("div", null, el("div.sm", null, title), el("div.v", null, ...values.flatMap((value, place) => (place ? [" ", value] : [value])))))),
    el("div.tks", { tabindex: "0", role: "group", "aria-label": t("task") }, el("table.tk2", null, el("thead", null, el("tr", null, ...["task", "state", "waits.for", "woken.by"].map((key) => el("th", { scope: "col" }, t(key))))), el("tbody", null, rows)),
      moment.tasks.size > TASKS_SHOWN ? app.moreButton("tasks", "more.tasks", moment.tasks.size - TASKS_SHOWN) : null));
}
