// The trace as the page has it: an index, and windows of a few hundred steps (lasti/view/windows.py writes them).
// A window is replayed from its keyframe; between two rows a `Moment` holds the whole state.

const WINDOWS_KEPT = 120;

/** Reads the windows that stand in the page itself, as base64 of deflated JSON, a line each. */
class EmbeddedSource {
  constructor(text) {
    this.lines = text.trim().split("\n");
  }
  async data(number) {
    const packed = Uint8Array.from(atob(this.lines[number]), (character) => character.charCodeAt(0));
    return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
  }
}

/** Asks the local server for windows. They come as they are: to pack them would take both sides longer than the way. */
class ServedSource {
  constructor(base) {
    this.base = base;
  }
  async data(number) {
    const answer = await fetch(`${this.base}window/${number}`);
    if (!answer.ok) throw new Error(`window ${number}: ${answer.status}`);
    return answer.json();
  }
}

class Trace {
  constructor(index, source) {
    this.index = index;
    this.steps = index.steps;
    this.source = source;
    this.codes = new Map(Object.entries(index.codes).map(([number, code]) => [Number(number), code]));
    for (const code of this.codes.values()) {
      // A few instructions have no line (what begins a generator): they count to the line of the one before.
      code.lines = [];
      for (const instruction of code.instructions) code.lines.push(instruction[LINE] ?? code.lines[code.lines.length - 1] ?? code.line);
    }
    this.activations = new Map([[0, { number: 0, name: "", code: null, parent: 0, first: 0, last: null, colour: 0 }]]);
    this.coroutines = new Map(); // task -> activation
    this.windows = new Map(); // number -> promise of a Window, the latest used last
    this.loaded = new Map(); // those that are there
    this.count = Math.floor(this.steps / index.window) + 1;
    const [major, minor] = String(index.meta.python ?? "0.0").split(".").map(Number);
    this.isSelfAbove = major > 3 || (major === 3 && minor >= 13); // where CALL has `self`, or NULL: above the callable
  }
  numberOf(step) {
    return Math.min(Math.floor(step / this.index.window), this.count - 1);
  }
  /** Promise of window `number`. */
  window(number) {
    let found = this.windows.get(number);
    if (found) this.windows.delete(number);
    else {
      found = this.source.data(number).then((data) => {
        const window = new Window(this, number, data);
        this.loaded.set(number, window);
        return window;
      });
      found.catch(() => this.windows.delete(number));
    }
    this.windows.set(number, found);
    if (this.windows.size > WINDOWS_KEPT) {
      const oldest = this.windows.keys().next().value;
      this.windows.delete(oldest);
      this.loaded.delete(oldest);
    }
    return found;
  }
  /** Promise of the moment before `step`; it is good until the same window is asked for another. */
  async at(step) {
    const window = await this.window(this.numberOf(step));
    const moment = window.at(step);
    const earlier = step === window.first && this.loaded.get(window.number - 1);
    const frame = moment.top();
    const past = earlier && frame && earlier.end().frames.get(frame.activation.number);
    if (past && past.pc >= 0) {
      frame.before = { pc: past.pc, stack: past.stack };
      moment.replaced = earlier.end().pictures;
    }
    return moment;
  }
  /** The windows beside a step's own that also tell of it (what the last step did, what the next will leave), and are
   *  not there yet. */
  missing(step) {
    const number = this.numberOf(step);
    const first = number * this.index.window;
    const beside = [...(step === first ? [number - 1] : []), ...(step > first + this.index.window - 10 ? [number + 1] : [])];
    return beside.filter((each) => each >= 0 && each < this.count && !this.loaded.has(each));
  }
  activation(number) {
    return this.activations.get(number) ?? this.activations.get(0);
  }
}

class Window {
  constructor(trace, number, data) {
    this.trace = trace;
    this.number = number;
    this.first = data.first;
    this.rows = data.rows;
    this.values = data.values.map((value) =>
      typeof value === "number" ? { kind: "object", text: `#${value}`, number: value } : { kind: value[0], text: value[1] ?? "", number: 0 });
    this.key = data.key;
    for (const [text, [name, code, parent, first, last, colour]] of Object.entries(data.activations)) {
      const known = { number: Number(text), name, code: trace.codes.get(code), parent, first, last, colour };
      trace.activations.set(known.number, known);
    }
    for (const { tasks } of [data.key, ...data.rows.map((row) => row[5] || {})])
      for (const [task, , activation] of tasks?.[0] ?? []) trace.coroutines.set(task, activation);
    this._moment = null;
    this._facts = null;
    this._writes = null;
  }
  /** What was written before its steps: [{stream, text, step}]. */
  writes() {
    this._writes ??= this.rows.flatMap((_, row) => this.events(row).filter((event) => event.kind === "output")
      .map(({ stream, text }) => ({ stream, text, step: this.first + row })));
    return this._writes;
  }
  /** The moment before `step`. */
  at(step) {
    if (!this._moment || this._moment.step > step) this._moment = new Moment(this);
    while (this._moment.step < step) this._moment.next();
    return this._moment;
  }
  /** The moment before its last step: what the next window does not know of the past. */
  end() {
    return this.at(this.first + this.rows.length - 1);
  }
  /** Columns over the rows: which activation, where in its code, in which thread, how deep, for whom. */
  facts() {
    this._facts ??= columns(this);
    return this._facts;
  }
  events(row) {
    return (this.rows[row][5]?.e ?? []).map(([kind, activation, origin, values, text, stream, task, by]) => ({
      kind, activation: activation ?? 0, origin: origin ?? 0, values: (values || []).map((place) => this.values[place]),
      text: text || "", stream: stream || "", task: task ?? 0, by: by ?? 0,
    }));
  }
}

/** The whole state before one step. */
class Moment {
  constructor(window) {
    const key = window.key;
    this.window = window;
    this.trace = window.trace;
    this.thread = key.thread;
    this.time = key.time;
    this.outputs = key.outputs;
    this.threads = new Map(Object.entries(key.threads).map(([thread, numbers]) => [Number(thread), numbers]));
    this.suspended = new Set(key.suspended);
    this.frames = new Map();
    this.pictures = new Map();
    this.replaced = new Map(); // pictures as they were before the last step, where it changed them
    this.loops = key.loops ?? [];
    this.tasks = new Map();
    this.events = [];
    for (const [number, pc, stack, locals, resumed, yielded, caller, sent] of key.frames) {
      const frame = this._frame(number, pc, (stack ?? []).map((place) => window.values[place]), locals);
      frame.resumed = resumed;
      if (yielded >= 0) frame.yielded = window.values[yielded];
      if (sent >= 0) frame.sent = window.values[sent];
      if (caller >= 0) frame.caller = caller;
    }
    this._draw(key.pictures);
    this._tell(key.tasks);
    this.step = window.first;
    this._apply(0);
  }
  /** Go on to the next step. */
  next() {
    this.step += 1;
    this.replaced = new Map();
    this._apply(this.step - this.window.first);
  }
  /** The frame that is about to run; undefined at the end. */
  top() {
    const numbers = this.threads.get(this.thread) ?? [];
    return this.frames.get(numbers[numbers.length - 1]);
  }
  /** The frames of the running thread, outermost first. */
  callStack() {
    return (this.threads.get(this.thread) ?? []).map((number) => this.frames.get(number)).filter(Boolean);
  }
  /** The frames of all that is suspended, the oldest first. */
  heap() {
    return [...this.suspended].sort((a, b) => a - b).map((number) => this.frames.get(number)).filter(Boolean);
  }
  /** What of a frame's stack there is while its instruction runs; all of it when it is about to run. */
  stackOf(frame) {
    if (frame === this.top() || frame.pc < 0) return frame.stack;
    return frame.stack.slice(0, frame.activation.code.instructions[frame.pc][STANDING]);
  }
  text(value, depth = 2) {
    return textOf(value, this.pictures, depth);
  }

  /** Who called or resumed an activation, 0 when that was code which nobody watches. */
  callerOf(number) {
    const known = this.frames.get(number)?.caller;
    if (known !== null && known !== undefined) return known;
    const stack = [...this.threads.values()].find((numbers) => numbers.includes(number)) ?? [];
    return stack[stack.indexOf(number) - 1] ?? 0;
  }
  /** The next step of the frame that is about to run, if it shows what the instruction leaves: {pc, stack, pictures}. */
  following() {
    const number = this.top().activation.number;
    const pictures = new Map(this.pictures);
    for (let row = this.step - this.window.first + 1; row < this.window.rows.length; row += 1) {
      const [activation, pc, keep = 0, pushed, , more] = this.window.rows[row];
      for (const picture of more?.p ?? []) pictures.set(picture[0], pictureOf(picture, this.window.values));
      if (more?.e && this.window.events(row).some((event) => event.activation === number && ENDS.has(event.kind))) return null;
      if (activation === number) {
        const stack = this.top().stack.slice(0, keep).concat((pushed || []).map((place) => this.window.values[place]));
        return { pc: pc ?? 0, stack, pictures };
      }
    }
    return this._followingInNext(number);
  }
  _followingInNext(number) {
    const next = this.trace.loaded.get(this.window.number + 1);
    if (!next) return null;
    for (let row = 0; row < next.rows.length; row += 1) {
      if (next.rows[row][5]?.e && next.events(row).some((event) => event.activation === number && ENDS.has(event.kind))) return null;
      if (next.rows[row][0] !== number) continue;
      const later = next.at(next.first + row);
      return { pc: later.frames.get(number).pc, stack: later.frames.get(number).stack, pictures: later.pictures };
    }
    return null;
  }

  _frame(number, pc, stack, locals) {
    const named = new Map((locals ?? []).map(([name, place]) => [name, this.window.values[place]]));
    const frame = { activation: this.trace.activation(number), pc, stack, locals: named, changed: new Set(), before: null,
      resumed: null, yielded: null, caller: null, sent: null };
    this.frames.set(number, frame);
    return frame;
  }
  _draw(pictures) {
    for (const row of pictures ?? []) {
      const [number] = row;
      if (this.pictures.has(number) && !this.replaced.has(number)) this.replaced.set(number, this.pictures.get(number));
      this.pictures.set(number, pictureOf(row, this.window.values));
    }
  }
  _tell(tasks) {
    const [changed, gone] = tasks ?? [[], []];
    for (const number of gone) this.tasks.delete(number);
    for (const [number, name, activation, coroutine, status, waitsFor, waitsForTask, wokenBy, wokenWhy] of changed)
      this.tasks.set(number, { number, name, activation, coroutine, status, waitsFor, waitsForTask, wokenBy, wokenWhy });
  }
  _apply(row) {
    const [number, pc, keep = 0, pushed, changed, more] = this.window.rows[row];
    this.events = more ? this.window.events(row) : [];
    if (more) this._more(more, row);
    if (!number) return;
    const frame = this.frames.get(number) ?? this._frame(number, -1, [], more?.n);
    if (row > 0 && frame.pc >= 0) frame.before = { pc: frame.pc, stack: frame.stack };
    frame.stack = frame.stack.slice(0, keep).concat((pushed || []).map((place) => this.window.values[place]));
    frame.pc = pc ?? 0;
    frame.changed = new Set();
    if (more && "r" in more) frame.resumed = more.r;
    for (const [name, place, owner] of changed || []) {
      const target = owner === undefined ? frame : this.frames.get(owner);
      if (!target) continue;
      if (place < 0) target.locals.delete(name);
      else target.locals.set(name, this.window.values[place]);
      target.changed.add(name);
    }
  }
  _more(more, row) {
    const isFirst = row === 0; // what the keyframe tells already
    if (more.h !== undefined) this.thread = more.h;
    if (more.t !== undefined) this.time = more.t;
    for (const [thread, [keep, ...numbers]] of Object.entries(more.k ?? {})) {
      const before = this.threads.get(Number(thread)) ?? [];
      this.threads.set(Number(thread), before.slice(0, keep).concat(numbers));
    }
    if (more.s) {
      for (const number of more.s[1] ?? []) this.suspended.delete(number);
      for (const number of more.s[0]) this.suspended.add(number);
    }
    this._draw(more.p);
    for (const event of this.events) {
      if (event.kind === "output" && !isFirst) this.outputs += 1;
      if (event.kind === "call" && !isFirst) this._called(event);
      const frame = this.frames.get(event.activation);
      if (event.kind === "yield" && frame) frame.yielded = event.values[0];
      if (frame && CALLS.has(event.kind)) {
        frame.caller = event.origin;
        frame.sent = event.kind === "resume" ? event.values[0] ?? null : null;
      }
    }
    if (more.loops) this.loops = more.loops;
    this._tell(more.tasks);
  }
  _called(event) {
    const frame = this._frame(event.activation, -1, [], []);
    event.values.forEach((value, place) => {
      if (value.kind !== "NULL") frame.locals.set(frame.activation.code.locals[place], value);
    });
  }
}

// Fields of an instruction.
const [OFFSET, OPNAME, OPARG, ARGUMENT, LINE, TARGET, REST, ENTRIES, STANDING] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

const CALLS = new Set(["call", "resume", "throw"]);
const RESUMABLE = new Set(["generator", "coroutine", "async generator"]);
const isResumable = (activation) => activation.code !== null && RESUMABLE.has(activation.code.kind);

/** Work out the columns of a window: they tell moves and lanes all they need, without replaying frames. */
function columns(window) {
  const { trace, rows } = window;
  const facts = { activation: [], pc: [], line: [], thread: [], depth: [], owner: [], runner: [], stacks: [], left: [] };
  const stacks = new Map(Object.entries(window.key.threads).map(([thread, numbers]) => [Number(thread), numbers]));
  let thread = window.key.thread;
  for (const [number, pc, , , , more] of rows) {
    const before = thread;
    if (more?.h !== undefined) thread = more.h;
    for (const [which, [keep, ...numbers]] of Object.entries(more?.k ?? {}))
      stacks.set(Number(which), (stacks.get(Number(which)) ?? []).slice(0, keep).concat(numbers));
    const stack = stacks.get(thread) ?? [];
    const resumable = stack.filter((each) => isResumable(trace.activation(each)));
    facts.activation.push(number ?? 0);
    facts.pc.push(pc ?? 0);
    facts.line.push(number ? trace.activation(number).code.lines[pc ?? 0] : null);
    facts.thread.push(thread);
    facts.depth.push(stack.length);
    facts.stacks.push(stack);
    facts.left.push(before !== thread && (stacks.get(before) ?? []).length > 0); // a thread that has more to do
    facts.owner.push(resumable[0] ?? 0); // whose task it is: the outermost coroutine
    facts.runner.push(resumable[resumable.length - 1] ?? 0); // the innermost
  }
  return facts;
}
