// The page: one step is shown; keys, buttons, slider, address and search lead to another.

const SPEEDS = [1, 2, 4, 10, 30];
const OUTPUT_WRITES = 400;
const [OUTPUT_WINDOWS, OUTPUT_WINDOWS_SERVED] = [40, 4]; // in which the output is looked for
const ENGINES = { native: "engine.native", machine: "engine.machine" };
const PAUSE = 150; // ms
const $ = (id) => document.getElementById(id);
const [LEFT, RIGHT] = ["M8 2 4 6l4 4", "m4 2 4 4-4 4"];

class App {
  constructor(trace, isServed) {
    Object.assign(this, { trace, isServed, step: 0, moment: null, focus: 0, speed: 4, timer: null, ticket: 0, wanted: null, showing: null, allFrames: false, opened: new Set(), letters: true });
    this.source = new SourcePane($("pane-source"), this);
    this.bytecode = new BytecodePane($("pane-bytecode"), this);
    this.timeline = new TimelinePane($("pane-timeline"), this);
    this.words = new Words(trace);
    this.stepsText = trace.steps.toLocaleString("en");
  }
  isNarrow() {
    return matchMedia("(max-width: 700px)").matches;
  }

  // -- which step ------------------------------------------------------------------------------------------------

  /** Go to a step; `isPassing`: do not make an entry of its own in the browser's history. */
  go(step, { isPassing = false, keepFocus = false } = {}) {
    const target = Math.max(0, Math.min(step, this.trace.steps));
    if (target !== this.step) {
      const address = `#step=${target}`;
      try {
        if (isPassing) history.replaceState(null, "", address);
        else history.pushState(null, "", address);
      } catch {
        // The page lies in another one's (a notebook's output), and has no address of its own.
      }
    }
    return this.show(target, keepFocus);
  }
  /** Show a step, without leaving a trace in the browser's history. Of several that are asked for while one is being
   *  read, only the last is shown. */
  show(step, keepFocus = false) {
    this.ticket += 1;
    this.step = step;
    this.wanted = { step, keepFocus };
    this.showing ??= this._showAll().finally(() => { this.showing = null; });
    return this.showing;
  }
  async _showAll() {
    while (this.wanted) {
      const { step, keepFocus } = this.wanted;
      this.wanted = null;
      try {
        if (!this.isServed) await Promise.all(this.trace.missing(step).map((number) => this.trace.window(number)));
        const moment = await this.trace.at(step);
        if (!keepFocus) this._focus(moment);
        this.draw(moment);
        this._rest(moment.window, step, moment.outputs);
      } catch (error) {
        draw($("say"), el("p.error", { role: "alert" }, t("error", { error: String(error.message ?? error) })));
        throw error;
      }
    }
  }
  /** What may come a little later than the step itself: from a server, when nobody is on the way to another step. */
  async _rest(window, step, outputs) {
    const { ticket } = this;
    const isWanted = () => ticket === this.ticket;
    if (this.isServed || (this.timeline.range && !this.timeline.has(step))) await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (!isWanted()) return;
    const missing = this.trace.missing(step);
    if (missing.length) {
      await Promise.all(missing.map((number) => this.trace.window(number)));
      if (isWanted()) this.draw(await this.trace.at(step));
    }
    const output = await this._output(window, step, outputs);
    if (isWanted()) {
      drawOutput($("pane-output"), this, output);
      keepInView(this.revealed); // it may have taken room from the source
    }
    await this.timeline.draw(this.moment);
    for (const number of [window.number + 1, window.number - 1])
      if (isWanted() && number >= 0 && number < this.trace.count) await this.trace.window(number);
  }
  _focus(moment) {
    const running = moment.callStack().filter((frame) => isResumable(frame.activation)).pop();
    if (running) this.focus = running.activation.number;
  }
  async move(unit, direction, { isPassing = false } = {}) {
    const ticket = (this.ticket += 1);
    const from = this.step;
    const found = await destination(this.trace, unit, direction, from, this.focus, () => ticket === this.ticket);
    if (ticket !== this.ticket) return;
    if (found === null) this.tell(t("no.more"));
    else await this.go(found, { isPassing, keepFocus: unit === "suspension" });
  }
  async toLine(file, line) {
    const isIt = (facts, row) => facts.line[row] === line && this.trace.activation(facts.activation[row]).code?.file === file &&
      (row === 0 || facts.line[row - 1] !== line || facts.activation[row - 1] !== facts.activation[row]);
    const walk = new Walk(this.trace);
    const found = (await walk.find(this.step + 1, 1, isIt)) ?? (await walk.find(0, 1, isIt));
    if (found === null) this.tell(t("no.more"));
    else this.go(found);
  }
  /** The writes before a step: those in its window and as many windows before it as are needed. */
  async _output(last, step, total) {
    const most = this.isServed ? OUTPUT_WINDOWS_SERVED : OUTPUT_WINDOWS;
    let writes = [];
    for (let number = last.number; number >= 0 && number > last.number - most; number -= 1) {
      const window = number === last.number ? last : await this.trace.window(number);
      writes = [...window.writes().filter((write) => write.step <= step), ...writes];
      if (writes.length >= OUTPUT_WRITES || window.key.outputs === 0) break;
    }
    const kept = writes.slice(-OUTPUT_WRITES);
    return { writes: kept, hidden: Math.max(total - kept.length, 0) };
  }
  /** The step at which an activation ran last, as far as the window tells. */
  lastRan(frame) {
    if (!this._ran || this._ran.step !== this.moment_?.step) this._ran = this._lastRuns(this.moment_);
    return this._ran.steps.get(frame.activation.number) ?? frame.activation.number - 1e12;
  }
  _lastRuns(moment) {
    const steps = new Map();
    const { activation } = moment.window.facts();
    for (let row = 0; row <= moment.step - moment.window.first; row += 1) steps.set(activation[row], row);
    return { step: moment.step, steps };
  }

  // -- drawing ---------------------------------------------------------------------------------------------------

  draw(moment) {
    this.moment = this.moment_ = moment;
    const key = document.activeElement?.dataset?.key;
    const top = moment.top();
    const colour = top ? top.activation.colour : 0;
    document.documentElement.dataset.now = String(colour);
    this.revealed = [];
    drawSentence($("say"), moment, this);
    this.source.draw(moment);
    this.bytecode.draw(moment);
    drawHow($("pane-how"), moment, this);
    drawStack($("pane-stack"), moment, this);
    drawLocals($("pane-locals"), moment, this);
    drawTables($("pane-tables"), moment);
    drawCalls($("pane-calls"), moment, this);
    drawHeap($("pane-heap"), moment, this);
    drawLoop($("pane-loop"), moment, this);
    $("down").classList.toggle("noloop", $("pane-loop").hidden);
    this.timeline.follow(moment);
    this._transport(moment, top);
    this.lightPointed();
    keepInView(this.revealed);
    if (key && document.activeElement === document.body) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
    document.body.dataset.shown = String(moment.step);
  }
  /** Let a row be seen when everything is drawn. */
  reveal(row, box) {
    this.revealed.push([row, box]);
  }
  _transport(moment, top) {
    const { steps } = this.trace;
    $("slider").value = String(moment.step);
    const isEnd = !top || moment.step === steps;
    const words = { step: moment.step, steps, name: top ? top.activation.name : "", opname: top ? instructionOf(top)[OPNAME] : "", offset: top ? instructionOf(top)[OFFSET] : "" };
    $("slider").setAttribute("aria-valuetext", isEnd ? t("the.end") : t("slider.text", words));
    const [before, after] = t("step.of", { step: "\0", steps: this.stepsText }).split("\0");
    draw($("goto"), before, el("b", null, String(moment.step)), after);
    document.title = t("title", { program: this.program, ...words });
  }
  /** Light up these entries of the tables, and no others. */
  light(entries) {
    for (const element of document.querySelectorAll("[data-entry].hi")) element.classList.remove("hi");
    for (const [table, index] of entries) document.querySelector(`[data-entry="${table} ${index}"]`)?.classList.add("hi");
  }
  /** Light up whatever is about the activation that the pointer is at. */
  lightPointed() {
    for (const element of document.querySelectorAll("[data-a].hi")) element.classList.remove("hi");
    const of = this.pointed?.closest?.("[data-a]")?.dataset.a;
    if (of && of !== "0") for (const element of document.querySelectorAll(`li[data-a="${of}"], tr[data-a="${of}"]`)) element.classList.add("hi");
  }
  tell(text) {
    $("say").querySelector(".note")?.remove();
    $("say").lastElementChild?.append(made(el("span.sm.note", null, ` ${text}`)));
  }
  /** The first of many, or all when somebody has asked for them. */
  some(what, all, most) {
    return this.opened.has(what) ? all : all.slice(0, most);
  }
  moreButton(what, key, hidden) {
    const toggle = () => {
      if (!this.opened.delete(what)) this.opened.add(what);
      this.show(this.step, true);
    };
    return el("button.lib", { type: "button", "data-key": `more ${what}`, "aria-expanded": String(this.opened.has(what)), onclick: toggle }, this.opened.has(what) ? t("fewer") : t(key, { n: hidden }));
  }
  showFrames() {
    this.allFrames = !this.allFrames;
    this.show(this.step);
  }

  // -- questions about values ------------------------------------------------------------------------------------

  async changes(activation, name) {
    const found = await changesOf(this.trace, activation, name);
    this._list(t("changes", { name: shown(name) }), found.map(({ step, text, isArgument }) => ({ step, label: text === null ? t("gone") : shown(text), note: isArgument ? t("argument") : "" })), t("found.none"));
  }
  async origin(activation, place) {
    const chain = await originOf(this.trace, activation, place, this.step);
    this._list(t("came.from"), chain.map(({ step, instruction, argument }) => ({
      step, label: instruction ? `${instruction[OPNAME]} ${shown(instruction[ARGUMENT])}`.trim() : `${t("argument")} ${shown(argument)}`,
      note: instruction && instruction[LINE] !== null ? t("frame.line", { line: instruction[LINE] }) : shown(activation.name) })), t("unknown.origin"));
  }
  _list(title, entries, nothing) {
    const dialog = $("found");
    const list = made(el("ol.hits", null, entries.map((entry) => this._hit(entry))));
    dialog.setAttribute("aria-label", title);
    build(dialog, el("div.hd", null, el("h2", null, title), this._close(dialog)), entries.length ? list : el("p.empty", null, nothing));
    if (!dialog.open) dialog.showModal();
    return list;
  }
  _close(dialog) {
    return el("button.ib.close", { type: "button", "aria-label": t("close"), title: t("close"), onclick: () => dialog.close() }, "×");
  }
  _hit({ step, label, note, action }) {
    return el("li", null, el("button", { type: "button", onclick: () => { $("found").close(); action ? action() : this.go(step); } },
      el("span.x", null, step === undefined ? "" : String(step)), el("code", null, label), el("span.sm", null, note ?? "")));
  }

  // -- search ----------------------------------------------------------------------------------------------------

  async search(query) {
    if (!query) return;
    const list = this._list(t("found.title", { query: shown(query) }), [], t("looking", { step: 0 }));
    const dialog = $("found");
    const status = dialog.querySelector(".empty");
    status.setAttribute("role", "status");
    dialog.append(list);
    let count = 0;
    const add = (hit) => { count += 1; list.append(made(this._hit(hit))); };
    const needle = query.toLowerCase();
    for (const [file, lines] of Object.entries(this.trace.index.files)) (lines ?? []).forEach((text, index) => {
      if (count < 60 && text.toLowerCase().includes(needle)) add({ label: shown(text.trim()), note: `${t("found.line")} ${index + 1}`, action: () => this.toLine(file, index + 1) });
    });
    for await (const hit of findValues(this.trace, needle, () => dialog.open)) {
      if (hit.looking !== undefined) status.textContent = t("looking", { step: hit.looking });
      else add({ step: hit.step, label: shown(hit.text), note: t(`found.${hit.kind}`) });
      if (count >= 200) break;
    }
    status.textContent = count ? t("found.count", { n: count }) : t("found.none");
  }
}

/** Functions that are called, and values that appear on a stack or in a local, with `needle` in their text. */
async function* findValues(trace, needle, isWanted) {
  const seen = new Set();
  for (let number = 0; number < trace.count && isWanted(); number += 1) {
    const window = await trace.window(number);
    if (number % 20 === 0) yield { looking: window.first };
    const texts = new Texts(window);
    for (const [row, [activation, , , pushed, changed, more]] of window.rows.entries()) {
      texts.draw(more?.p);
      if (more?.e) for (const event of window.events(row)) {
        const name = trace.activation(event.activation).name;
        if (event.kind === "call" && name.toLowerCase().includes(needle)) yield { step: window.first + row, kind: "function", text: name };
      }
      for (const place of [...(pushed || []), ...(changed || []).map((change) => change[1])]) {
        const text = place < 0 ? "" : texts.of(place);
        const key = `${activation} ${text}`;
        if (!text.toLowerCase().includes(needle) || seen.has(key)) continue;
        seen.add(key);
        yield { step: window.first + row, kind: "value", text: `${trace.activation(activation).name}: ${text}` };
      }
    }
  }
}

/** The texts of a window's values, those of objects as they look at the row that was drawn last. */
class Texts {
  constructor(window) {
    this.values = window.values;
    this.pictures = new Map();
    this.known = new Map();
    this.draw(window.key.pictures);
  }
  draw(pictures) {
    if (!pictures?.length) return;
    for (const row of pictures) this.pictures.set(row[0], pictureOf(row, this.values));
    this.known.clear();
  }
  of(place) {
    if (!this.known.has(place)) this.known.set(place, textOf(this.values[place], this.pictures));
    return this.known.get(place);
  }
}

// -- the frame of the page ------------------------------------------------------------------------------------------

const KEY_LIST = [
  [["←", "→"], "key.instruction"], [["↑", "↓"], "key.line"], [["o", "i", "u"], "key.call"], [["s"], "key.suspension"], [["t"], "key.task"],
  [["Shift", "+ …"], "key.shift"], [["Home", "End"], "key.ends"], [["Space"], "key.play"], [["−", "+"], "key.speed"], [["g"], "key.goto"],
  [["/"], "key.search"], [["<", ">"], "zoom.time"], [["F6"], "key.pane"], [["d", "k"], "key.look"], [["?"], "key.help"], [["Esc"], "key.close"],
];
const LETTERS = { o: "over", i: "into", u: "out", s: "suspension", t: "task" };
const HINTS = { instruction: "← →", line: "↑ ↓", over: "o", into: "i", out: "u", suspension: "s", task: "t" };
const TABS = { stack: ["pane-stack"], bytecode: ["pane-bytecode"], frames: ["pane-calls"], loop: ["pane-loop"], time: ["pane-timeline"] };

/** Everything that does not depend on the step, in the language that is chosen. */
function drawFrame(app) {
  const { meta, complete, problem } = app.trace.index;
  document.documentElement.lang = language.code;
  const facts = [el("b", null, shown(app.program)), t("python", { version: meta.python ?? "?" }), t("engine", { engine: meta.engine in ENGINES ? t(ENGINES[meta.engine]) : shown(meta.engine ?? "?") })];
  if (!complete || problem) facts.push(problem ? shown(problem) : t("incomplete"));
  const { clock, order, net } = JSON.parse(meta.chosen ?? "{}"); // where they are not the system's
  const chosen = [clock && t("clock.chosen"), order && t("order.chosen", { order: shown(order.slice(0, 24)) }), net && t("net.chosen")];
  draw($("facts"), [...facts.map((fact) => el("span", null, fact)), ...chosen.filter(Boolean).map((fact) => el("span.chosen", null, fact))]);
  const label = (id, key) => $(id).setAttribute("aria-label", t(key));
  for (const [id, key] of [["query", "search"], ["finder", "search.open"], ["languages", "languages"], ["theme", "theme"], ["help", "keys"], ["transport", "transport"], ["back", "back"],
    ["forward", "forward"], ["unit", "unit"], ["slider", "slider"], ["speed", "speed"], ["say", "say"], ["tabs", "tabs"]]) label(id, key);
  $("query").placeholder = t("find");
  $("goto").title = `${t("goto")}  (g)`;
  $("theme").title = `${t("theme")}  (d)`;
  $("help").title = `${t("keys")}  (?)`;
  draw($("languages"), Object.entries(TEXTS).map(([code, texts]) =>
    el("button", { type: "button", lang: code, "aria-pressed": String(code === language.code), "aria-label": texts._language, onclick: () => choose(app, code) }, texts._name)));
  draw($("pairs"), UNITS.map((unit) => el("div.pair", { role: "group", "aria-label": t(`unit.${unit}`) },
    arrow(`unit.${unit}.b`, unit, LEFT, () => app.move(unit, -1)), el("span", { "aria-hidden": "true" }, t(`unit.${unit}`)), arrow(`unit.${unit}.f`, unit, RIGHT, () => app.move(unit, 1)))));
  const unit = $("unit").value || "instruction";
  draw($("unit"), UNITS.map((each) => el("option", { value: each, selected: each === unit }, t(`unit.${each}`))));
  draw($("speed"), SPEEDS.map((n) => el("option", { value: n, selected: n === app.speed }, t(n === 1 ? "speed.1" : "speed.n", { n }))));
  playing(app, app.timer !== null);
  draw($("tabs"), Object.entries(TABS).map(([tab, [pane]]) => el("button", { type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": pane, "data-key": `tab ${tab}`,
    "aria-selected": String(document.body.dataset.tab === tab), tabindex: document.body.dataset.tab === tab ? "0" : "-1", onclick: () => openTab(app, tab) }, t(`tab.${tab}`))));
}

function arrow(key, unit, path, onclick) {
  const hint = key.endsWith(".b") && HINTS[unit].length === 1 ? HINTS[unit].toUpperCase() : HINTS[unit].split(" ")[key.endsWith(".b") ? 0 : HINTS[unit].split(" ").length - 1];
  return el("button", { type: "button", title: `${t(key)}  (${hint})`, "aria-label": t(key), "data-key": key, onclick }, svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, svg("path", { d: path })));
}

function openTab(app, tab) {
  document.body.dataset.tab = tab;
  for (const button of $("tabs").children) {
    const isOpen = button.id === `tab-${tab}`;
    button.setAttribute("aria-selected", String(isOpen));
    button.tabIndex = isOpen ? 0 : -1;
  }
  if (!app.moment) return;
  app.draw(app.moment);
  app.timeline.draw(app.moment, true);
}

function choose(app, code) {
  language.code = code;
  remember("language", code);
  drawFrame(app);
  app.source.file = app.bytecode.built = null;
  return app.show(app.step);
}

function remember(key, value) {
  try {
    localStorage.setItem(`lasti.${key}`, value);
  } catch { /* a page may be forbidden to keep anything */ }
}

function remembered(key) {
  try {
    return localStorage.getItem(`lasti.${key}`);
  } catch {
    return null;
  }
}

function theme() {
  const root = document.documentElement;
  const isDark = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = isDark ? "light" : "dark";
  remember("theme", root.dataset.theme);
}

function playing(app, isOn) {
  $("play").setAttribute("aria-pressed", String(isOn));
  $("play").setAttribute("aria-label", t(isOn ? "pause" : "play"));
  $("play").title = `${t(isOn ? "pause" : "play")}  (Space)`;
  // A screen reader cannot keep up with more than a sentence a second.
  $("say").setAttribute("aria-live", isOn && app.speed > 1 ? "off" : "polite");
}

function play(app, isOn = app.timer === null) {
  clearInterval(app.timer);
  app.timer = null;
  if (isOn && app.step < app.trace.steps)
    app.timer = setInterval(() => (app.step < app.trace.steps ? app.go(app.step + 1, { isPassing: true }) : play(app, false)), 1000 / app.speed);
  playing(app, app.timer !== null);
}

function setSpeed(app, speed) {
  app.speed = speed;
  $("speed").value = String(speed);
  if (app.timer !== null) play(app, true);
}

function askStep(app) {
  const dialog = $("found");
  const input = made(el("input", { type: "number", min: 0, max: app.trace.steps, value: app.step, id: "step-number", required: true }));
  const onsubmit = (event) => { event.preventDefault(); dialog.close(); app.go(Number(input.value)); };
  const form = el("form.ask", { method: "dialog", onsubmit }, el("label", { for: "step-number" }, t("goto.ask", { steps: app.trace.steps })), input, el("button.do", null, t("go")));
  dialog.setAttribute("aria-label", t("goto"));
  build(dialog, el("div.hd", null, el("h2", null, t("goto")), app._close(dialog)), form);
  dialog.showModal();
  input.select();
}

function showKeys(app) {
  const dialog = $("keys");
  const onchange = ({ target }) => { app.letters = target.checked; remember("letters", String(target.checked)); };
  dialog.setAttribute("aria-label", t("keys"));
  build(dialog, el("div.hd", null, el("h2", null, t("keys")), app._close(dialog)),
    el("dl", null, KEY_LIST.flatMap(([keys, key]) => [el("dt", null, keys.map((each) => el("kbd", null, each))), el("dd", null, t(key))])),
    el("label.letters", null, el("input", { type: "checkbox", checked: app.letters, onchange }), t("letters")));
  dialog.showModal();
}

/** The next pane that can be seen gets the focus. */
function nextPane(direction) {
  const panes = [...document.querySelectorAll(".pane")].filter((pane) => !pane.hidden && pane.offsetParent !== null);
  const at = panes.findIndex((pane) => pane.contains(document.activeElement));
  panes[(at + direction + panes.length) % panes.length]?.focus();
}

function onKey(app, event) {
  if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const { key, shiftKey, target } = event;
  if (key === "F6") return event.preventDefault(), nextPane(shiftKey ? -1 : 1);
  if (target.matches("input[type=search], input[type=number], select")) {
    if (key === "Escape") target.blur();
    return;
  }
  const isSlider = target.matches("input[type=range]");
  const isTab = target.matches("[role=tab]");
  if (isTab && (key === "ArrowLeft" || key === "ArrowRight")) {
    const tabs = [...target.parentElement.children].filter((tab) => tab.offsetParent !== null);
    const next = tabs[(tabs.indexOf(target) + (key === "ArrowRight" ? 1 : -1) + tabs.length) % tabs.length];
    next.click();
    return event.preventDefault(), next.focus();
  }
  const passing = { isPassing: event.repeat };
  const action = keyAction(app, key, shiftKey, passing, { isSlider, isButton: target.matches("button, summary, [role=tab]") });
  if (!action) return;
  event.preventDefault();
  action();
}

function keyAction(app, key, isShift, passing, { isSlider, isButton }) {
  if (!isSlider) {
    if (key === "ArrowLeft" || key === "ArrowRight") return () => app.move("instruction", key === "ArrowRight" ? 1 : -1, passing);
    if (key === "ArrowUp" || key === "ArrowDown") return () => app.move("line", key === "ArrowDown" ? 1 : -1, passing);
    if (key === "Home") return () => app.go(0);
    if (key === "End") return () => app.go(app.trace.steps);
  }
  if (key === " " && !isButton) return () => play(app);
  if (!app.letters) return null;
  const letter = key.toLowerCase();
  if (letter in LETTERS && key.length === 1) return () => app.move(LETTERS[letter], isShift || key !== letter ? -1 : 1, passing);
  const faster = (by) => () => setSpeed(app, SPEEDS[Math.max(0, Math.min(SPEEDS.indexOf(app.speed) + by, SPEEDS.length - 1))]);
  const others = { "+": faster(1), "=": faster(1), "-": faster(-1), "−": faster(-1), g: () => askStep(app), "<": () => app.timeline.zoom(2), ">": () => app.timeline.zoom(0.5), "/": () => openSearch(), "?": () => showKeys(app), d: theme,
    k: () => { const codes = Object.keys(TEXTS); choose(app, codes[(codes.indexOf(language.code) + 1) % codes.length]); } };
  return others[key] ?? null;
}

function openSearch() {
  document.body.classList.add("finding");
  $("query").focus();
  $("query").select();
}

function listen(app) {
  addEventListener("popstate", () => app.show(stepInAddress(app.trace)));
  addEventListener("keydown", (event) => onKey(app, event));
  addEventListener("resize", () => app.moment && app.timeline.draw(app.moment));
  $("slider").addEventListener("input", () => app.go(Number($("slider").value), { isPassing: true }));
  $("play").addEventListener("click", () => play(app));
  $("speed").addEventListener("change", () => setSpeed(app, Number($("speed").value)));
  $("back").addEventListener("click", () => app.move($("unit").value, -1));
  $("forward").addEventListener("click", () => app.move($("unit").value, 1));
  $("goto").addEventListener("click", () => askStep(app));
  $("help").addEventListener("click", () => showKeys(app));
  $("theme").addEventListener("click", theme);
  $("finder").addEventListener("click", openSearch);
  $("query").addEventListener("blur", () => document.body.classList.remove("finding"));
  $("find").addEventListener("submit", (event) => { event.preventDefault(); app.search($("query").value.trim()); });
  document.addEventListener("mouseover", ({ target }) => { app.pointed = target; app.lightPointed(); });
}

function stepInAddress(trace) {
  const step = Number(new URLSearchParams(location.hash.slice(1)).get("step"));
  return Number.isInteger(step) ? Math.max(0, Math.min(step, trace.steps)) : 0;
}

function programOf(meta) {
  try {
    const words = JSON.parse(meta.argv);
    return String(words[0]).split(/[\\/]/).pop() || "lasti";
  } catch {
    return "lasti";
  }
}

async function begin() {
  const index = JSON.parse($("index").textContent);
  const text = $("windows").textContent;
  const isServed = text.trim() === "";
  const app = new App(new Trace(index, isServed ? new ServedSource("./") : new EmbeddedSource(text)), isServed);
  app.program = programOf(index.meta);
  const wanted = remembered("language") ?? (navigator.languages ?? [navigator.language]).map((each) => each.split("-")[0]).find((each) => each in TEXTS);
  language.code = wanted in TEXTS ? wanted : "en";
  const chosen = remembered("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  app.letters = remembered("letters") !== "false";
  document.body.dataset.tab = "stack";
  $("slider").max = String(index.steps);
  drawFrame(app);
  listen(app);
  window.lasti = app;
  await app.show(stepInAddress(app.trace));
}

begin();
