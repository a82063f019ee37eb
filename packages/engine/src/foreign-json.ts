/** How deep the JSON of a file may be nested: far deeper than anything that is written, far less than what ends a recursion. */
const MAX_DEPTH = 400;

/**
 * The value of a JSON text that someone else wrote. Its objects have no prototype, so that a name is there only if the text has it;
 * and the name `__proto__`, which has a meaning of its own where it is assigned, is refused.
 *
 * @throws SyntaxError saying what the text is: "not whole JSON", "nested more than 400 deep", …
 */
export function parseForeignJson(text: string): unknown {
  if (depthOf(text) > MAX_DEPTH) throw new SyntaxError(`nested more than ${MAX_DEPTH} deep`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SyntaxError("not whole JSON");
  }
  return withoutPrototypes(value);
}

function withoutPrototypes(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") withoutPrototypes(item);
    return value;
  }
  if (Object.hasOwn(value, "__proto__"))
    throw new SyntaxError("JSON with the name '__proto__', which no file of ours has");
  Object.setPrototypeOf(value, null);
  for (const key of Object.keys(value)) withoutPrototypes((value as Record<string, unknown>)[key]);
  return value;
}

/** How deep the brackets of a JSON text are nested, those in its strings left out. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string: to its end
        for (at += 1; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at += 1;
        break;
      case 0x5b:
      case 0x7b:
        depth += 1;
        if (depth > deepest) deepest = depth;
        break;
      case 0x5d:
      case 0x7d:
        depth -= 1;
    }
  }
  return deepest;
}

/** Characters of a value that a message repeats. */
const SHOWN = 80;

/** A value of any kind as a message repeats it: its JSON where it has one, cut to a line, control characters escaped. */
export function shown(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    return "what has no JSON"; // cycles, bigints, what is nested too deep
  }
  return printable(text === undefined ? String(value) : cut(text));
}

function cut(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

/** A text without characters that a terminal obeys: control characters but line ends and tabs, and those that change the direction of writing. */
export function printable(text: string): string {
  return text.replace(
    /(?![\n\t])[\p{Control}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
