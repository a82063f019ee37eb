/**
 * Ends with a sentence where this Node is not one that a clone runs on (its tools need more than the packages do), before one of the tools dies
 * of it with a stack. Written in what Node 6 can read.
 *
 *     node scripts/check-node.cjs [version]
 */
const { engines } = require("../package.json"); // "^20.19.0 || ^22.12.0 || >=24.0.0"

const version = process.argv[2] || process.versions.node;
const ranges = engines.node.split(/\s*\|\|\s*/);
if (!ranges.some((range) => isIn(numbers(version), range))) {
  const known = ranges.map((range) => {
    const from = numbers(range);
    return range[0] === "^" ? `${from[0]}.${from[1]} or a later ${from[0]}` : `${from[0]} or newer`;
  });
  console.error(
    `A clone of Advantage needs Node ${known.join(", ")}: this is ${version}. Get another one from https://nodejs.org`,
  );
  process.exitCode = 1;
}

/**
 * Whether a version is in a range "^a.b.c" (of the major version a, from there on) or ">=a.b.c".
 *
 * @param {readonly number[]} version
 * @param {string} range
 */
function isIn(version, range) {
  const from = numbers(range);
  if (range[0] === "^" && version[0] !== from[0]) return false;
  const at = from.findIndex((part, i) => version[i] !== part);
  return at === -1 || version[at] > from[at];
}

/** @param {string} text */
function numbers(text) {
  return text
    .replace(/^[^0-9]+/, "")
    .split(".")
    .map(Number);
}
