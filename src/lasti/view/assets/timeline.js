// The timeline: a lane for each thread and coroutine; x is steps, not seconds, since a waiting program makes none.

const NAMES = 128; // px at the left, for the names
const LANE = 32;
const TOP = 28;
const MOST_LANES = 60;
const MOST_WITH_IDLE = 12; // lanes: with no more, those of whoever rests all the time are shown too
const FIRST_WINDOWS = 40; // in the picture that comes by itself
const MOST_WINDOWS = 400; // in one that somebody has zoomed out to
const MOST_MARKS = 60;

class TimelinePane {
  constructor(pane, app) {
    this.pane = pane;
    this.app = app;
    this.range = null;
    this.drawn = "";
  }
  /** Everything, when that is not too much; else what lies around the cursor. */
  fit(step) {
    const { steps, index } = this.app.trace;
    const most = index.window * (this.app.isServed ? 8 : FIRST_WINDOWS);
    const span = Math.min(steps, most);
    const from = Math.max(0, Math.min(step - span / 2, steps - span));
    this.range = [Math.floor(from), Math.ceil(from + span) || 1];
  }
  zoom(factor) {
    const { steps, index } = this.app.trace;
    const [from, to] = this.range;
    const most = Math.min(steps, index.window * (this.app.isServed ? FIRST_WINDOWS : MOST_WINDOWS)) || 1;
    const span = Math.max(Math.min((to - from) * factor, most), Math.min(20, most));
    const around = this.app.step >= from && this.app.step <= to ? this.app.step : (from + to) / 2;
    this.pan(around - (span * (around - from)) / (to - from || 1), span);
  }
  pan(from, span = this.range[1] - this.range[0]) {
    const begin = Math.max(0, Math.min(from, this.app.trace.steps - span));
    this.range = [begin, begin + span];
    this.draw(this.app.moment, true);
  }
  /** Whether the picture that is there has this step. */
  has(step) {
    return this.picture !== undefined && step >= this.range[0] && step <= this.range[1];
  }
  /** Only move the cursor, if the picture is there and has the step. */
  follow(moment) {
    if (this.has(moment.step)) this._cursor(moment);
  }
  async draw(moment, isForced = false) {
    if (!this.range) this.fit(moment.step);
    const [from, to] = this.range;
    if (!isForced && (moment.step < from || moment.step > to)) return this.pan(moment.step - (to - from) / 2);
    const width = Math.max(this.pane.clientWidth - 4, 280);
    const key = [from, to, width, language.code].join();
    if (isForced || this.drawn !== key) {
      this.drawn = key;
      const { ticket } = this.app;
      const lanes = await this._collect(Math.floor(from), Math.ceil(to), () => this.drawn === key && ticket === this.app.ticket);
      if (this.drawn !== key) return;
      if (lanes === null) return void (this.drawn = "");
      this._build(lanes, width);
    }
    this._cursor(this.app.moment);
  }
  /** The lanes of a range; null when they are not wanted any more: the windows of the next step come first. */
  async _collect(from, to, isWanted) {
    const { trace } = this.app;
    const [first, last] = [trace.numberOf(from), trace.numberOf(to)];
    const lanes = new Lanes(trace, from, to);
    for (let number = first; number <= last; number += 1) {
      const window = await trace.window(number);
      if (!isWanted()) return null;
      lanes.add(window);
    }
    const found = lanes.done();
    const numbers = await this._numbers(last);
    for (const output of found.outputs) output.number = numbers.get(output.step + 1) ?? "";
    return found;
  }
  /** The numbers that lines have in the Output pane, by the step before which they were printed; none in a long run. */
  async _numbers(last) {
    const { trace } = this.app;
    if (last >= (this.app.isServed ? OUTPUT_WINDOWS_SERVED : OUTPUT_WINDOWS)) return new Map();
    const writes = [];
    for (let number = 0; number <= last; number += 1) writes.push(...(await trace.window(number)).writes());
    return new Map(writes.length > OUTPUT_WRITES ? [] : outputLines(writes).map((line, place) => [line.step, place + 1]));
  }
  _x(step) {
    const [from, to] = this.range;
    return this.left + ((step - from) / (to - from || 1)) * (this.width - this.left - 16);
  }
  _build(lanes, width) {
    const isNarrow = this.app.isNarrow();
    this.width = width;
    this.left = isNarrow ? 12 : NAMES;
    const step = isNarrow ? 44 : LANE;
    const shownLanes = lanes.lanes.slice(0, MOST_LANES);
    const middle = new Map(shownLanes.map((lane, place) => [lane.key, TOP + place * step + (isNarrow ? 30 : 18)]));
    const height = TOP + shownLanes.length * step + 4;
    this.height = height;
    const parts = [];
    for (const { step: at, seconds } of lanes.gaps) {
      parts.push(svg("rect", { class: "gap", x: this._x(at) - 5, y: 24, width: 8, height: height - 24 }),
        svg("text", { class: "tt", x: this._x(at), y: 23, "text-anchor": "middle" }, `${seconds.toFixed(2)} s`));
    }
    for (const tick of ticks(...this.range)) if (this._x(tick) < width - 24) parts.push(svg("text", { class: "tk", x: this._x(tick), y: 10, "text-anchor": "middle" }, tick.toLocaleString("en")));
    for (const lane of shownLanes) {
      const y = middle.get(lane.key);
      const colour = lane.activation ? `c${lane.activation.colour}` : "c0";
      parts.push(svg("path", { class: "ll", d: `M0 ${y - (isNarrow ? 30 : 18) + 0.5}H${width}` }));
      const name = lane.activation ? shown(lane.activation.name) : t(lane.thread);
      const mark = lane.activation ? `${shapeOf(lane.activation, "suspended")} ` : "";
      const own = name.split("<locals>.").pop();
      const text = own.length > 15 && !isNarrow ? `${own.slice(0, 14)}…` : own;
      parts.push(svg("text", { class: `nm ${colour}`, x: isNarrow ? 12 : 16, y: isNarrow ? y - 12 : y + 4 }, svg("title", {}, name), mark + text));
      for (const [state, begin, end] of lane.pieces) {
        const [x, w] = [this._x(begin), Math.max(this._x(end) - this._x(begin), 1)];
        if (state === "running") parts.push(svg("rect", { class: `run ${colour}`, x, y: y - 6, width: w, height: 12, rx: Math.min(2, w / 2) }));
        else if (state === "ready") parts.push(svg("rect", { class: `rdy ${colour}`, x, y: y - 4.5, width: w, height: 9, rx: 2 }));
        else parts.push(svg("path", { class: `${state === "calling" ? "cal" : "sus"} ${colour}`, d: `M${x} ${y}H${x + w}` }));
      }
    }
    for (const { step: at, from, to } of lanes.wakes.slice(0, MOST_MARKS)) {
      const [y1, y2] = [from === "time" ? TOP - 10 : middle.get(from), middle.get(to)];
      if (y1 !== undefined && y2 !== undefined && y1 !== y2) {
        const [x, down] = [this._x(at), y2 > y1 ? 1 : -1];
        parts.push(svg("path", { class: "wk", d: `M${x} ${y1 + 6 * down}V${y2 - 8 * down}`, "marker-end": "url(#head)" }));
      }
    }
    if (lanes.outputs.length <= MOST_MARKS) for (const { step: at, lane, number } of lanes.outputs) {
      const y = middle.get(lane);
      if (y !== undefined) parts.push(svg("g", { class: "ou" }, svg("rect", { x: this._x(at) - 7, y: y - 7, width: 14, height: 14, rx: 2 }), svg("text", { x: this._x(at), y: y + 3.5, "text-anchor": "middle" }, String(number))));
    }
    this.cursor = made(svg("g", {}));
    this.picture = made(svg("svg", { class: "tl", width, height, viewBox: `0 0 ${width} ${height}`, role: "img" }, parts, this.cursor));
    this.label_ = (at) => t("timeline.label", { lanes: shownLanes.length, from: Math.floor(this.range[0]), to: Math.ceil(this.range[1]), step: at });
    this._listen(this.picture);
    const box = this.pane.querySelector(".tlw");
    const scroll = box ? box.scrollTop : 0;
    set(this.pane, "aria-label", t("timeline"));
    const button = (key, text, action) => el("button.ib", { type: "button", title: t(key), "aria-label": t(key), "data-key": key, onclick: action }, text);
    const hidden = lanes.lanes.length - shownLanes.length;
    const focused = document.activeElement?.dataset?.key;
    build(this.pane, el("div.hd", null, el("h2", null, t("timeline")), legend(lanes), hidden > 0 ? el("span.sm", null, t("lane.more", { n: hidden })) : null,
      el("div.zm", null, button("zoom.out", "−", () => this.zoom(2)), button("zoom.in", "+", () => this.zoom(0.5)), button("zoom.all", "↔", () => { this.fit(this.app.step); this.draw(this.app.moment, true); }))),
      el("div.tlw", { tabindex: "0", role: "group", "aria-label": t("timeline") }, this.picture));
    this.pane.querySelector(".tlw").scrollTop = scroll;
    if (focused && focused.startsWith("zoom.")) this.pane.querySelector(`[data-key="${focused}"]`)?.focus();
  }
  _cursor(moment) {
    if (!this.picture) return;
    const x = Math.min(Math.max(this._x(moment.step), this.left - 4), this.width);
    const text = String(moment.step);
    const half = 8 + 3.5 * text.length;
    const at = Math.min(Math.max(x, half), this.width - half);
    draw(this.cursor, !this.has(moment.step) ? null : [
      svg("rect", { class: "veil", x, y: TOP, width: Math.max(this.width - x, 0), height: this.height - TOP }),
      svg("path", { class: "cur", d: `M${x} 16V${this.height}` }),
      svg("rect", { class: "curt", x: at - half, y: 0, width: 2 * half, height: 16, rx: 3 }),
      svg("text", { class: "curx", x: at, y: 12, "text-anchor": "middle" }, text),
    ]);
    set(this.picture, "aria-label", this.label_(moment.step));
  }
  _listen(picture) {
    // What is dragged outlives the picture: each move of the range draws another one.
    const scale = () => (this.range[1] - this.range[0]) / (this.width - this.left - 16); // steps in a pixel
    const stepAt = (event) => this.range[0] + (event.clientX - picture.getBoundingClientRect().left - this.left) * scale();
    picture.addEventListener("pointerdown", (event) => { this.dragged = { x: event.clientX, begin: this.range[0], hasMoved: false }; });
    picture.addEventListener("pointermove", (event) => {
      const { dragged } = this;
      if (!dragged || !event.buttons || (!dragged.hasMoved && Math.abs(event.clientX - dragged.x) < 5)) return;
      dragged.hasMoved = true;
      if (this.range[1] - this.range[0] < this.app.trace.steps) this.pan(dragged.begin - (event.clientX - dragged.x) * scale());
    });
    picture.addEventListener("pointerup", (event) => {
      if (this.dragged && !this.dragged.hasMoved && event.clientX >= picture.getBoundingClientRect().left + this.left - 8)
        this.app.go(Math.max(0, Math.min(Math.round(stepAt(event)), this.app.trace.steps)));
      this.dragged = null;
    });
    picture.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      if (event.ctrlKey) this.zoom(event.deltaY > 0 ? 1.25 : 0.8);
      else this.pan(this.range[0] + ((event.deltaY || event.deltaX) / 400) * (this.range[1] - this.range[0]));
    }, { passive: false });
  }
}

/** Round numbers of steps, about eight. */
function ticks(from, to) {
  const rough = (to - from) / 8 || 1;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const unit = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? 1;
  const found = [];
  for (let tick = Math.ceil(from / unit) * unit; tick <= to; tick += unit) found.push(tick);
  return found;
}

/** Goes through windows and finds out who did what from when to when. */
class Lanes {
  constructor(trace, from, to) {
    Object.assign(this, { trace, from, to, lanes: new Map(), gaps: [], wakes: [], outputs: [], resumes: [], atFirst: null });
    this.open = new Map(); // lane -> [state, since]
    this.stack = null;
    this.time = null;
  }
  add(window) {
    const facts = window.facts();
    this.atFirst ??= this._suspendedAtFirst(window);
    window.rows.forEach((row, index) => {
      const step = window.first + index;
      if (step < this.from || step > this.to) return;
      const more = row[5];
      if (more) this._more(more, window, index, step, facts);
      if (facts.stacks[index] !== this.stack || facts.thread[index] !== this.thread || step === this.from) this._stack(facts, index, step);
    });
  }
  _more(more, window, index, step, facts) {
    this._time(more, window, step);
    for (const event of window.events(index)) {
      if (event.kind === "wake" && event.task) {
        const lane = this.trace.coroutines.get(event.task);
        if (lane) {
          this._change(lane, "ready", step);
          // Nobody in the loop: time went by, or the thread's own code did it.
          const from = event.by ? this.trace.coroutines.get(event.by) : this.gaps[this.gaps.length - 1]?.step === step ? "time" : `T${facts.thread[index]}`;
          this.wakes.push({ step, from, to: lane });
        }
      } else if (event.kind === "resume" && event.origin) {
        const from = isResumable(this.trace.activation(event.origin)) ? event.origin : null;
        if (from) this.resumes.push({ step, from, to: event.activation });
      } else if (event.kind === "output" && event.text.trim()) {
        const last = this.outputs[this.outputs.length - 1];
        const lane = event.activation && isResumable(this.trace.activation(event.activation)) ? event.activation : facts.runner[index] || `T${facts.thread[index]}`;
        if (!last || last.step !== step - 1) this.outputs.push({ step: step - 1, lane });
      }
    }
  }
  /** Only time passes: on the clock of the recording, or on a virtual one, which goes on without any passing. */
  _time(more, window, step) {
    const time = (loops) => (loops ?? []).map((loop) => loop.time).pop();
    const [before, loopBefore] = [this.time ?? window.key.time, this.loopTime ?? time(window.key.loops)];
    this.time = more.t ?? before;
    this.loopTime = time(more.loops) ?? loopBefore;
    const [passed, passedInLoop] = [(this.time - before) / 1e9, this.loopTime - (loopBefore ?? this.loopTime) || 0];
    if (passedInLoop > 0.1 && passed < passedInLoop / 2) this.gaps.push({ step, seconds: this.loopTime });
    else if (passed > 0.1) this.gaps.push({ step, seconds: this.time / 1e9 });
  }
  /** The call stack of the running thread is another one. */
  _stack(facts, index, step) {
    const stack = facts.stacks[index];
    const thread = `T${facts.thread[index]}`;
    if (this.thread !== undefined && this.thread !== facts.thread[index]) this._change(`T${this.thread}`, facts.left[index] ? "suspended" : null, step);
    this.thread = facts.thread[index];
    const resumable = stack.filter((number) => isResumable(this.trace.activation(number)));
    const runner = resumable[resumable.length - 1];
    for (const number of this.stack ?? []) if (!stack.includes(number) && this.open.has(number)) this._rest(number, step);
    this.stack = stack;
    if (stack.length) this._change(thread, runner === undefined ? "running" : "calling", step);
    else this._change(thread, null, step);
    for (const number of resumable) this._change(number, number === runner ? "running" : "calling", step);
  }
  _rest(number, step) {
    const { last } = this.trace.activation(number);
    this._change(number, last !== null && last <= step ? null : "suspended", step);
  }
  _change(key, state, step) {
    const [before, since] = this.open.get(key) ?? [undefined, step];
    if (before === state) return;
    if (before === "running" && state === "ready") return;
    if (before === undefined && typeof key === "number") {
      // It was there before: suspended since its first step.
      const { first } = this.trace.activation(key);
      if (first < step) this._piece(key, "suspended", Math.max(first, this.from), step);
    } else if (before) this._piece(key, before, since, step);
    this.open.set(key, [state, step]);
    this._lane(key);
  }
  _lane(key) {
    if (!this.lanes.has(key)) {
      const activation = typeof key === "number" ? this.trace.activation(key) : null;
      this.lanes.set(key, { key, activation, thread: activation ? "" : this.trace.index.threads[key.slice(1)] ?? key, pieces: [] });
    }
    return this.lanes.get(key);
  }
  _piece(key, state, begin, end) {
    const { pieces } = this._lane(key);
    const last = pieces[pieces.length - 1];
    const hair = (this.to - this.from) / 1500; // less than a pixel
    if (last && last[0] === state && begin - last[2] <= hair) last[2] = end;
    else if (end - begin > hair / 2 || !last || begin - last[2] > hair) pieces.push([state, begin, end]);
    else last[2] = end;
  }
  _suspendedAtFirst(window) {
    const moment = new Moment(window);
    while (moment.step < this.from && moment.step < window.first + window.rows.length - 1) moment.next();
    return [...moment.suspended];
  }
  /** Those that are suspended all the time have a lane too, where there is room. */
  _idle() {
    const idle = this.atFirst.filter((number) => !this.lanes.has(number));
    if (this.lanes.size + idle.length > MOST_WITH_IDLE) return;
    for (const number of idle) {
      const { first, last } = this.trace.activation(number);
      const [begin, end] = [Math.max(first, this.from), Math.min(last ?? this.to, this.to)];
      if (end > begin) this._piece(number, "suspended", begin, end);
    }
  }
  done() {
    this._idle();
    for (const [key, [state, since]] of this.open) {
      const end = typeof key === "number" ? this.trace.activation(key).last ?? this.to : this.to;
      if (state && Math.min(end, this.to) > since) this._piece(key, state, since, Math.min(end, this.to));
    }
    const order = (lane) => (lane.activation ? lane.activation.number : -1000 + Number(lane.key.slice(1)));
    const lanes = [...this.lanes.values()].sort((a, b) => order(a) - order(b));
    return { lanes, gaps: this.gaps, outputs: this.outputs, wakes: this.wakes.length ? this.wakes : this.resumes, hasReady: this.wakes.length > 0 };
  }
}

function legend(lanes) {
  const key = (picture, text) => el("span", null, svg("svg", { width: 20, height: 12, "aria-hidden": "true" }, picture), t(text));
  return el("div.lg", null,
    key(svg("rect", { class: "run c0", x: 1, y: 1, width: 18, height: 10, rx: 2 }), "tl.running"),
    lanes.hasReady ? key(svg("rect", { class: "rdy c0", x: 1, y: 2, width: 18, height: 8, rx: 2 }), "tl.ready") : null,
    key(svg("path", { class: "sus c0", d: "M1 6H19" }), "tl.suspended"),
    key(svg("path", { class: "cal c0", d: "M1 6H19" }), "tl.calling"),
    lanes.wakes.length ? key(svg("path", { class: "wk", d: "M10 0V10", "marker-end": "url(#head)" }), "tl.wakes") : null,
    lanes.outputs.length ? el("span", null, el("span.om", { "aria-hidden": "true" }, "1"), t("tl.output")) : null,
    lanes.gaps.length ? key(svg("rect", { class: "gap", width: 20, height: 12 }), "tl.time") : null);
}
