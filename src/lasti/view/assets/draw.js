// Drawing: what is to be seen is described anew at each step, and `draw` changes what stands there only where it differs.
// The browser then lays out and paints that alone; the focus and what was scrolled stay.

/** Describe an element: `el("div.fr.on", {title}, child, "text", ...)`. */
function el(what, attributes, ...children) {
  const [tag, ...classes] = what.split(".");
  return { tag, space: null, attributes: classes.length ? { class: classes.join(" "), ...attributes } : attributes ?? {}, children: parts(children), node: null };
}

function svg(tag, attributes, ...children) {
  return { tag, space: "http://www.w3.org/2000/svg", attributes, children: parts(children), node: null };
}

/** Descriptions of what may be an element's children: descriptions, nodes, texts, lists of these; null is nothing. */
function parts(children) {
  return children.flat().filter((child) => child !== null && child !== undefined).map((child) => {
    if (child instanceof Node) return { tag: child, attributes: {}, children: [], node: child }; // like itself alone
    return typeof child === "object" ? child : { tag: "", text: String(child), node: null };
  });
}

/** Make the node that is described. */
function made(part) {
  if (part.node) return part.node;
  if (part.tag === "") return (part.node = document.createTextNode(part.text));
  part.node = part.space ? document.createElementNS(part.space, part.tag) : document.createElement(part.tag);
  for (const [name, value] of Object.entries(part.attributes)) set(part.node, name, value);
  part.node.append(...part.children.map(made));
  return part.node;
}

/** Let an element have these children, all made anew. */
function build(element, ...children) {
  element.replaceChildren(...parts(children).map(made));
}

/** Let an element have these children; those which it has from the last time stay, and what differs in them is changed. */
function draw(element, ...children) {
  const now = parts(children);
  const before = DRAWN.get(element);
  if (!before) element.replaceChildren();
  change(element, before ?? [], now);
  DRAWN.set(element, now);
}
const DRAWN = new WeakMap(); // element -> what was drawn in it

function change(element, before, now) {
  now.forEach((part, place) => {
    const old = before[place];
    if (old === undefined) element.append(made(part));
    else if (old === part) return; // kept by whoever draws
    else if (isAlike(old, part)) renew(old, part);
    else old.node.replaceWith(made(part));
  });
  for (const old of before.slice(now.length)) old.node.remove();
}

/** What somebody may be at (it has a key, for the focus) is not made into something else. */
const isAlike = (one, other) => one.tag === other.tag && one.attributes?.["data-key"] === other.attributes?.["data-key"];

function renew(old, part) {
  part.node = old.node;
  if (part.tag === "") {
    if (old.text !== part.text) part.node.data = part.text;
    return;
  }
  for (const name in old.attributes) if (!(name in part.attributes)) set(part.node, name, null);
  for (const name in part.attributes) if (part.attributes[name] !== old.attributes[name]) set(part.node, name, part.attributes[name]);
  change(part.node, old.children, part.children);
}

function set(element, name, value) {
  if (name.startsWith("on")) element[name] = value ?? null;
  else if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}
