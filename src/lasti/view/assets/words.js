// The step in words: the templates of lasti.bytecode.explain, filled in from a moment as lasti.view.words does it (a test
// compares the two). A sentence is a list of pieces: text, and {code} for names and values.

const ENDS = new Set(["handle", "unwind", "return", "yield", "resume", "throw", "end"]); // after these there is no result
const SAYS = new Set(["wake", "select", "done"]); // whose text is a phrase, not a name
const BY_NAME = new Set(["BINARY_OP", "CALL_INTRINSIC_1", "CALL_INTRINSIC_2"]);
const BITS = { RESUME: 3, FORMAT_VALUE: 4 }; // those of the argument that choose the template
const FLAGS = ["NULL + ", "NULL|self + ", " + NULL|self", " + NULL", " + lazy", " + eager"];
const RECEIVER = { SEND: 2, END_SEND: 2, CLEANUP_THROW: 3, FOR_ITER: 1, YIELD_VALUE: 2, YIELD_FROM: 2 };

class Words {
  constructor(trace) {
    this.trace = trace;
    const [major, minor] = String(trace.index.meta.python ?? "0.0").split(".").map(Number);
    this.has315 = major > 3 || (major === 3 && minor >= 15);
  }
  get table() {
    const { words } = this.trace.index;
    return words[language.code] ?? words.en;
  }
  /** The sentence of the instruction that is about to run, behind the instruction and its argument. */
  step(moment) {
    const top = moment.top();
    const at = instructionOf(top);
    const words = new StepWords(this, moment, top);
    this.ahead = words.following;
    const said = this._fill(this._template("instructions", words.opname, words.variants()), (name) => words.value(name));
    const what = at[OPARG] === null ? at[OPNAME] : `${at[OPNAME]} ${at[OPARG]}`;
    return this._fill(this.table.phrases.step, (name) => (name === "what" ? { code: what } : said));
  }
  /** The sentence of what the frame did last. */
  before(moment) {
    const top = moment.top();
    const { pc, stack } = top.before;
    const pictures = { get: (number) => moment.replaced.get(number) ?? moment.pictures.get(number) };
    return this.step(new Beside({ trace: moment.trace, pictures }, { ...top, pc, stack }, { pc: top.pc, stack: top.stack, pictures: moment.pictures }));
  }
  /** The sentence of what the frame does next, when that is the next step; `ahead`: how it stands then. */
  after(moment, ahead) {
    const { pc, stack, pictures } = ahead;
    return this.step(new Beside({ trace: moment.trace, pictures }, { ...moment.top(), pc, stack }, null));
  }
  /** The sentence of an event. */
  event(moment, event) {
    const activation = this.trace.activation(event.activation);
    const variants = [...(event.task ? ["task"] : []), ...(activation.code ? [activation.code.kind] : [])];
    const code = (text) => (text === null || text === undefined || text === "" ? null : { code: String(text) });
    const values = {
      me: () => code(activation.name),
      caller: () => this.who(event.origin),
      value: () => (event.values.length ? code(moment.text(event.values[0])) : null),
      values: () => code(event.values.map((value) => moment.text(value)).join(", ")),
      task: () => this._task(moment, event.task),
      by: () => this._task(moment, event.by),
      text: () => code(event.kind === "output" ? quoted(event.text) : SAYS.has(event.kind) ? said(event.text) : event.text),
      stream: () => event.stream || null,
    };
    return this._fill(this._template("events", event.kind, variants), (name) => values[name]?.() ?? null);
  }
  who(number) {
    return number ? { code: this.trace.activation(number).name } : this.table.phrases.nobody;
  }
  phrase(name, value) {
    return this.table.phrases[name].replace(/\{\w+\}/, () => value ?? "");
  }
  _task(moment, number) {
    return number ? { code: moment.tasks.get(number)?.name ?? `#${number}` } : null;
  }
  _template(kind, name, variants) {
    const table = this.table[kind];
    for (const variant of variants) if (`${name}:${variant}` in table) return table[`${name}:${variant}`];
    return table[name] ?? table["?"] ?? "";
  }
  /** Fill in a template; a part in brackets is left out when a value in it is not known. */
  _fill(text, value) {
    const found = [];
    text.split(/\[((?:[^\[\]{}]|\{\w+\})*)\]/).forEach((part, place) => {
      const pieces = part.split(/\{(\w+)\}/).map((piece, index) => (index % 2 ? value(piece) : piece));
      if (!pieces.includes(null)) found.push(...pieces.flat());
      else if (place % 2 === 0) found.push(...pieces.map((piece) => piece ?? "?").flat());
    });
    return found;
  }
}

/** A moment just before or after another one, in the same frame: as much of it as a sentence needs. */
class Beside {
  constructor({ trace, pictures }, frame, following) {
    Object.assign(this, { trace, pictures, top: () => frame, following: () => following, callerOf: () => frame.caller ?? 0 });
  }
  text(value) {
    return textOf(value, this.pictures);
  }
}

/** What a template of an instruction may ask for. */
class StepWords {
  constructor(words, moment, top) {
    Object.assign(this, { words, moment, top, at: instructionOf(top), stack: top.stack });
    const same = words.trace.index.same[this.at[OPNAME]];
    [this.opname, this.standsFor] = same ?? [this.at[OPNAME], ""];
    this.following = moment.following();
    let name = this.at[ARGUMENT] || this.standsFor;
    if (name.includes(" ")) for (const flag of FLAGS) name = withoutFlag(name, flag);
    this.name = name;
    this.count = this.at[OPNAME] === "DUP_TOP" ? 1 : this.at[OPARG] ?? 0;
  }
  variants() {
    const [, opname, oparg, argument, , target] = this.at;
    const { code } = this.top.activation;
    const found = [];
    if (opname === "YIELD_VALUE" && code.instructions[this.top.pc - 1]?.[OPNAME] === "SEND") found.push("await");
    if (opname === "CALL_FUNCTION_EX" && this.call().keywords) found.push("keywords");
    if (this.following) {
      if (target !== null) found.push(this.following.pc === this.top.pc + 1 ? "next" : "jump");
      const grown = this.following.stack.length - this.stack.length;
      found.push(grown < 0 ? String(grown) : `+${grown}`);
    }
    if (this.name !== argument && argument.includes("NULL")) found.push("null");
    if (BY_NAME.has(this.opname)) found.push(this.name);
    if (oparg !== null) found.push(String(oparg & (BITS[opname] ?? -1)));
    return [...found, code.kind];
  }
  value(name) {
    if (/^\d+$/.test(name)) return this.place(Number(name));
    const code = (text) => ({ code: String(text) });
    switch (name) {
      case "result": return this.after(1);
      case "result2": return this.after(2);
      case "loaded": return this.after(this.after(1)?.code !== "NULL" ? 1 : 2);
      case "name": return this.name;
      case "first": return this.name.split(", ")[0];
      case "second": return this.name.split(", ").slice(1).join(", ");
      case "arg": return String(this.count);
      case "target": return this.at[TARGET] === null ? null : this.words.phrase("offset", String(this.at[TARGET]));
      case "items": return this.texts(this.last(this.count * (this.opname === "BUILD_MAP" ? 2 : 1)));
      case "deep": return this.place(this.count);
      case "below": return this.place(this.count + 1);
      case "receiver": return this.place((RECEIVER[this.at[OPNAME]] ?? 1) + (this.words.has315 ? 1 : 0));
      case "me": return this.top.activation.name;
      case "caller": return this.words.who(this.moment.callerOf(this.top.activation.number));
      case "sent": return this.top.sent ? code(this.moment.text(this.top.sent)) : null;
      case "offset": return String(this.at[OFFSET]);
      case "callable": return this.text(this.call().callable);
      case "args": return this.texts(this.call().args);
      case "keywords": return this.text(this.call().keywords);
    }
    return null;
  }
  text(value) {
    return value ? { code: this.moment.text(value) } : null;
  }
  texts(values) {
    return values.length ? { code: values.map((value) => this.moment.text(value)).join(", ") } : this.words.phrase("nothing");
  }
  last(count) {
    return count ? this.stack.slice(-count) : [];
  }
  place(place) {
    return place > 0 && place <= this.stack.length ? this.text(this.stack[this.stack.length - place]) : null;
  }
  after(place) {
    const { following } = this;
    if (!following || following.stack.length < place) return null;
    return { code: textOf(following.stack[following.stack.length - place], following.pictures) };
  }
  call() {
    const opname = this.at[OPNAME];
    const stack = [...this.stack];
    if (opname === "CALL_FUNCTION_EX") return this.callWithStar(stack);
    if (this.opname === "CALL_KW") stack.pop(); // the names
    const args = this.count ? stack.splice(Math.max(stack.length - this.count, 0)) : [];
    if (!stack.length) return { callable: null, args: [], keywords: null };
    const above = stack[stack.length - 1];
    if (opname === "CALL_FUNCTION" || opname === "CALL_FUNCTION_KW" || stack.length === 1) return { callable: above, args, keywords: null }; // 3.10
    const below = stack[stack.length - 2];
    if (above.kind === "NULL") return { callable: below, args, keywords: null };
    return below.kind === "NULL" ? { callable: above, args, keywords: null } : { callable: below, args: [above, ...args], keywords: null };
  }
  callWithStar(stack) {
    const [major, minor] = String(this.words.trace.index.meta.python).split(".").map(Number);
    const keywords = (major === 3 && minor >= 14) || this.count & 1 ? stack.pop() ?? null : null;
    const args = stack.slice(-1);
    const rest = stack.slice(0, -1).slice(-2).filter((value) => value.kind !== "NULL");
    return { callable: rest[rest.length - 1] ?? null, args, keywords: keywords && keywords.kind !== "NULL" ? keywords : null };
  }
}

function withoutFlag(name, flag) {
  const text = name.startsWith(flag) ? name.slice(flag.length) : name;
  return text.endsWith(flag) ? text.slice(0, -flag.length) : text;
}

/** A string as Python writes it. */
function quoted(text) {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escapes = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", [quote]: `\\${quote}` };
  return quote + [...text].map((character) => escapes[character] ?? character).join("") + quote;
}

/** A sentence as nodes: what stands between backticks, and every value, in the type of code. */
function sentenceNodes(pieces) {
  let isCode = false;
  return pieces.flatMap((piece) => {
    if (typeof piece !== "string") return [el("code", null, shown(piece.code))];
    const parts = piece.split("`");
    return parts.map((part, place) => {
      if (place) isCode = !isCode;
      return !part ? "" : isCode ? el("code", null, shown(part)) : shown(part);
    });
  });
}
