/**
 * Ends with a sentence where this Node is older than what a clone needs (its tools need more than the packages do), before one of the tools
 * dies of it with a stack. In the JavaScript of 2009, so that every Node can read it.
 */
var engines = require("../package.json").engines.node; // "^20.19.0 || ^22.12.0 || >=24.0.0"

/** Whether `version` is in a range "^a.b.c" (of the major version a, from there on) or ">=a.b.c". */
function isIn(version, range) {
  var from = numbers(range);
  if (range.charAt(0) === "^" && version[0] !== from[0]) return false;
  for (var i = 0; i < 3; i++) if (version[i] !== from[i]) return version[i] > from[i];
  return true;
}

function numbers(text) {
  return text
    .replace(/^[^0-9]+/, "")
    .split(".")
    .map(Number);
}

var version = process.argv[2] || process.versions.node;
var ranges = engines.split(/\s*\|\|\s*/);
var fits = ranges.some(function (range) {
  return isIn(numbers(version), range);
});
if (!fits) {
  var words = ranges.map(function (range) {
    var from = numbers(range);
    return range.charAt(0) === "^" ? from[0] + "." + from[1] + " or a later " + from[0] : from[0] + " or newer";
  });
  console.error(
    "A clone of Advantage needs Node " + words.join(", ") + ": this is " + version + ". Get another one from https://nodejs.org",
  );
  process.exitCode = 1;
}
