// Moves: from a step to another, forwards and backwards, over as many windows as it takes.

/** Looks through the steps of a trace in one direction, window by window. */
class Walk {
  constructor(trace) {
    this.trace = trace;
  }
  async facts(step) {
    const window = await this.trace.window(this.trace.numberOf(step));
    const facts = window.facts();
    const row = step - window.first;
    const fact = { step, row, window };
    for (const name of ["activation", "pc", "line", "thread", "depth", "owner", "runner", "stacks"]) fact[name] = facts[name][row];
    return fact;
  }
  /** The first step from `from` on (in `direction`) for which `test(fact, earlier fact)` holds; null when there is none.
   *  `isWanted()` is asked between two windows: false ends the search. */
  async find(from, direction, test, isWanted = () => true) {
    let number = this.trace.numberOf(Math.max(0, Math.min(from, this.trace.steps)));
    for (; number >= 0 && number < this.trace.count && isWanted(); number += direction) {
      const window = await this.trace.window(number);
      const facts = window.facts();
      const last = window.rows.length - 1;
      let row = direction > 0 ? Math.max(from - window.first, 0) : Math.min(from - window.first, last);
      for (; row >= 0 && row <= last; row += direction) if (test(facts, row, window)) return window.first + row;
    }
    return null;
  }
}

const UNITS = ["instruction", "line", "over", "into", "out", "suspension", "task"];
const TURNS = new Set(["yield", "resume", "throw", "return", "unwind", "end"]);

/** Where a move leads from `step`: a step, or null when there is nothing more in that direction.
 *  `focus` is the coroutine that "suspension" is about. */
async function destination(trace, unit, direction, step, focus, isWanted) {
  const walk = new Walk(trace);
  const next = step + direction;
  if (next < 0 || next > trace.steps) return null;
  if (unit === "instruction") return next;
  const here = await walk.facts(step);
  const find = (test, from = next) => walk.find(from, direction, test, isWanted);
  const isHere = (facts, row) => facts.activation[row] === here.activation && facts.line[row] === here.line;
  switch (unit) {
    case "line":
      if (direction > 0) return find((facts, row) => !isHere(facts, row));
      return beginningOfLine(walk, step, isWanted);
    case "over":
      return find((facts, row) => facts.thread[row] === here.thread &&
        (facts.activation[row] === here.activation || facts.depth[row] <= here.depth));
    case "into": {
      let depth = here.depth;
      return find((facts, row) => {
        if (facts.thread[row] !== here.thread) return false;
        const isDeeper = facts.depth[row] > depth;
        depth = facts.depth[row];
        return isDeeper;
      });
    }
    case "out":
      return find((facts, row) => facts.thread[row] === here.thread && facts.depth[row] < here.depth);
    case "suspension":
      if (!focus) return find((facts, row, window) => window.events(row).some((event) => event.kind === "resume" || event.kind === "yield"));
      return find((facts, row, window) => window.events(row).some((event) => event.activation === focus && TURNS.has(event.kind)));
    case "task": {
      if (direction > 0) return find((facts, row) => facts.owner[row] && facts.owner[row] !== here.owner);
      const other = await find((facts, row) => facts.owner[row] && facts.owner[row] !== here.owner);
      if (other === null) return null;
      const { owner } = await walk.facts(other);
      const before = await walk.find(other, -1, (facts, row) => facts.owner[row] !== owner, isWanted);
      return before === null ? 0 : before + 1;
    }
  }
  throw new Error(unit);
}

/** The first step of the line that runs, or of the line before when `step` is that already. */
async function beginningOfLine(walk, step, isWanted) {
  const start = async (from) => {
    const { activation, line } = await walk.facts(from);
    const differs = (facts, row) => facts.activation[row] !== activation || facts.line[row] !== line;
    const before = await walk.find(from, -1, differs, isWanted);
    return before === null ? 0 : before + 1;
  };
  const own = await start(step);
  return own < step ? own : start(step - 1);
}

/** The steps at which a local of an activation changed, with what it was then: [{step, text}], the first `most`. */
async function changesOf(trace, activation, name, most = 200) {
  const found = [];
  const { first, last, code } = activation;
  const place = code.locals.indexOf(name);
  const end = Math.min(last ?? trace.steps, trace.steps);
  for (let number = trace.numberOf(first); number <= trace.numberOf(end) && found.length < most; number += 1) {
    const window = await trace.window(number);
    window.rows.forEach((row, index) => {
      const moment = () => window.at(window.first + index);
      for (const event of window.events(index))
        if (event.kind === "call" && event.activation === activation.number && event.values[place] && event.values[place].kind !== "NULL")
          found.push({ step: window.first + index, text: moment().text(event.values[place]), isArgument: true });
      if (row[0] !== activation.number && !(row[4] || []).some((change) => change[2] === activation.number)) return;
      for (const [changed, value, owner] of row[4] || []) {
        if (changed !== name || (owner ?? row[0]) !== activation.number) continue;
        found.push({ step: window.first + index, text: value < 0 ? null : moment().text(window.values[value]) });
      }
    });
  }
  return found.slice(0, most);
}

/** Where a value came from, that of a slot of the stack or of a local: [{step, activation, instruction or argument}], the
 *  latest first: from the instruction that pushed it to the local that it was loaded from, and so on. */
async function originOf(trace, activation, place, step, most = 20) {
  const walk = new Walk(trace);
  const chain = [];
  const ofThis = (facts, row) => facts.activation[row] === activation.number;
  const add = async (at) => {
    const instruction = activation.code.instructions[(await walk.facts(at)).pc];
    chain.push({ step: at, activation, instruction });
    return instruction;
  };
  let { slot, name } = place;
  for (let at = step; chain.length < most; ) {
    if (name !== undefined) {
      const wrote = await walk.find(at, -1, (facts, row, window) => (window.rows[row][4] || []).some(([changed, , owner]) => changed === name && (owner ?? facts.activation[row]) === activation.number));
      const store = wrote === null || wrote <= activation.first ? null : await walk.find(wrote - 1, -1, ofThis);
      if (store === null) {
        if (activation.code.locals.includes(name)) chain.push({ step: activation.first, activation, argument: name });
        return chain;
      }
      if ((await add(store))[OPNAME] !== "STORE_FAST") return chain;
      const window = await trace.window(trace.numberOf(store));
      slot = heightOf(window, store - window.first) - 1;
      name = undefined;
      at = store;
    }
    // The row since which the slot holds what it holds, and the instruction before it, which put it there.
    const put = await walk.find(at, -1, (facts, row, window) => ofThis(facts, row) && (window.rows[row][2] ?? 0) <= slot && slot < heightOf(window, row));
    const by = put === null || put === 0 ? null : await walk.find(put - 1, -1, ofThis);
    if (by === null) return chain;
    const [, opname, , argument] = await add(by);
    if (!opname.startsWith("LOAD_FAST") || opname.includes("_LOAD_FAST")) return chain;
    name = argument;
    at = by;
  }
  return chain;
}

function heightOf(window, row) {
  const [, , keep = 0, pushed] = window.rows[row];
  return keep + (pushed ? pushed.length : 0);
}
