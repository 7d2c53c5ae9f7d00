// Values as text: the same text as lasti.trace.pictures.text_of writes (a test compares the two).

const LONGEST_TEXT = 120;
const NAMED = new Set(["function", "class", "module", "code", "builtin", "method"]);
const SUSPENDABLE = new Set(["generator", "coroutine", "async_generator"]);

function pictureOf(row, values) {
  const [number, kind, type, name = "", length = 0, items, last, pairs, attributes, value, owner, activation = 0, unseen = 0] = row;
  const all = (places) => (places || []).map((place) => values[place]);
  const two = (places) => {
    const flat = all(places);
    return flat.filter((_, place) => place % 2 === 0).map((key, place) => [key, flat[2 * place + 1]]);
  };
  return { number, kind, type, name: name || "", length: length || 0, items: all(items), last: all(last), pairs: two(pairs),
    attributes: two(attributes), value: value ? values[value - 1] : null, owner: owner ? values[owner - 1] : null,
    activation: activation || 0, isSeen: !unseen };
}

function textOf(value, pictures, depth = 2) {
  if (!value.number) return value.text;
  const picture = pictures.get(value.number);
  return picture === undefined ? value.text : shorten(textOfPicture(picture, pictures, depth));
}

function shorten(text) {
  const characters = [...text];
  return characters.length <= LONGEST_TEXT ? text : characters.slice(0, LONGEST_TEXT - 3).join("") + "...";
}

function textOfPicture(picture, pictures, depth) {
  const label = `${picture.type}#${picture.number}`;
  if (NAMED.has(picture.kind)) return `<${picture.kind} ${picture.name || label}>`;
  if (SUSPENDABLE.has(picture.kind)) return `<${picture.kind.replace("_", " ")} ${picture.name || label}>`;
  if (picture.kind === "cell") return `<cell ${picture.value ? textOf(picture.value, pictures, depth) : "empty"}>`;
  if (!picture.isSeen || !depth) return `<${label}>`;
  if (picture.kind === "exception")
    return `${picture.type}(${listText(picture.items, [], picture.items.length, pictures, depth)})`;
  if (picture.value !== null) return `<${label} ${textOf(picture.value, pictures, depth)}>`;
  if (picture.kind === "instance") {
    const nameOf = (value) => (value.kind === "str" ? value.text.slice(1, -1) : value.text);
    const shown = picture.attributes.map(([name, each]) => `${nameOf(name)}=${textOf(each, pictures, depth - 1)}`).join(", ");
    return shown ? `<${label} ${shown}>` : `<${label}>`;
  }
  const text = containerText(picture, pictures, depth);
  return text === null ? `<${label}>` : picture.type === picture.kind ? text : `<${label} ${text}>`;
}

function containerText(picture, pictures, depth) {
  if (picture.kind === "dict") {
    const pairs = picture.pairs.map(([key, each]) => `${textOf(key, pictures, 0)}: ${textOf(each, pictures, depth - 1)}`);
    return "{" + pairs.concat(picture.length > pairs.length ? ["..."] : []).join(", ") + "}";
  }
  const inner = listText(picture.items, picture.last, picture.length, pictures, depth);
  if (picture.kind === "tuple") return picture.length === 1 ? `(${inner},)` : `(${inner})`;
  if (picture.kind === "set") return picture.length ? `{${inner}}` : "set()";
  if (picture.kind === "list") return `[${inner}]`;
  return picture.kind === "frozenset" || picture.kind === "deque" ? `${picture.kind}(${inner})` : null;
}

function listText(items, last, length, pictures, depth) {
  const texts = items.map((item) => textOf(item, pictures, depth - 1));
  if (length > items.length + last.length || last.length) texts.push("...");
  return texts.concat(last.map((item) => textOf(item, pictures, depth - 1))).join(", ");
}
