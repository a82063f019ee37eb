/**
 * The direction of dependencies, checked on every import of the sources and on every package.json:
 *
 *     engine ← envs ← rl ← { advantage, playground }
 *
 * Inside rl and advantage the folders have an order too. Algorithms never use each other, but for the `…Learner` of one in a family that
 * comes earlier in the syllabus. Outside files named `*.node.ts`, engine, envs and rl use nothing of Node. What a package imports, it declares.
 * The lock file names no registry.
 *
 *     node scripts/check-dependencies.mjs [root of the repository]
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * How high a package stands: it may depend on those below it.
 *
 * @type {Readonly<Record<string, number | undefined>>}
 */
const LEVEL = {
  "@advantage/engine": 0,
  "@advantage/envs": 1,
  "@advantage/rl": 2,
  advantage: 3,
  "@advantage/playground": 4,
};

/** Packages that run in a browser as they are. */
const PORTABLE = new Set(["@advantage/engine", "@advantage/envs", "@advantage/rl"]);

/**
 * What each folder of a package's sources may import of the others; files beside the folders may import all of them.
 *
 * @type {Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>}
 */
const FOLDERS = {
  "@advantage/rl": {
    core: [],
    maths: ["core"],
    networks: ["core", "maths"],
    data: ["core", "maths", "networks"],
    policies: ["core", "maths", "networks"],
    families: ["core", "maths", "networks", "data", "policies"],
    algorithms: ["core", "maths", "networks", "data", "policies", "families"],
    runner: ["core", "maths", "networks", "data", "policies"],
    report: ["core", "maths", "runner"],
    experiments: ["core", "maths", "networks", "data", "policies", "families", "algorithms", "runner", "report"],
    testing: ["core", "maths", "networks", "data", "policies", "families", "runner"],
  },
  advantage: {
    terminal: [],
    files: [],
    environments: ["terminal", "files"],
    "read-file": ["files"],
    threads: ["environments"],
    "run-directory": ["files", "threads"],
    compare: ["terminal", "files", "environments", "run-directory", "catalogue.js"],
    reproduce: ["files", "run-directory"],
    cli: [
      "terminal",
      "files",
      "environments",
      "threads",
      "run-directory",
      "compare",
      "reproduce",
      "catalogue.js",
      "policy.js",
    ],
  },
  // State imports no components; only the shell imports the views.
  "@advantage/playground": {
    phase: [],
    training: ["phase", "address.js"],
    state: ["training", "address.js"],
    parts: ["training", "state"],
    charts: ["training", "state"],
    stage: ["training", "state"],
    train: ["phase", "training", "state", "parts", "charts", "stage", "address.js"],
    compare: ["training", "state", "parts", "charts", "address.js"],
    learn: ["training", "state", "parts", "address.js"],
    shell: ["training", "state", "parts", "train", "compare", "learn", "address.js"],
  },
};

const NODE_GLOBALS =
  /(?<![\w.$])(?:process\.\w+|Buffer\.\w+|__dirname\b|__filename\b|require\(|import\.meta\.(?:dirname|filename)\b)/g;

const root = path.resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)));
/** @type {string[]} */
const problems = [];
let files = 0;

const rootManifest = readJson(path.join(root, "package.json"));
for (const folder of workspaces(rootManifest.workspaces)) checkPackage(folder);
checkLockFile();

if (problems.length > 0) {
  console.error(problems.join("\n"));
  console.error(`\n${problems.length} ${problems.length === 1 ? "violation" : "violations"} in ${files} files`);
  process.exit(1);
}
console.log(`dependencies point the right way: ${files} files`);

/** @param {string} folder */
function checkPackage(folder) {
  const manifest = readJson(path.join(folder, "package.json"));
  const name = manifest.name;
  const where = path.relative(root, path.join(folder, "package.json"));
  if (LEVEL[name] === undefined) {
    report(where, `'${name}' has no place in the order: give it one in scripts/check-dependencies.mjs`);
    return;
  }
  for (const other of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
    checkDirection(where, name, other);
  for (const file of sourcesIn(path.join(folder, "src"))) checkFile(file, folder, manifest);
  for (const file of sourcesIn(path.join(folder, "src"))) if (path.basename(file) === "index.ts") checkBarrel(file);
}

/** A barrel of nothing but `export * from` is the whole of its room. @param {string} barrel */
function checkBarrel(barrel) {
  if (path.basename(path.dirname(barrel)) === "testing") return; // helpers of the suites stay inside
  const code = withoutComments(readFileSync(barrel, "utf8"));
  if (code.split("\n").some((line) => line !== "" && !/^export (?:type )?\* from "\.\/.*";$/.test(line))) return;
  const folder = path.dirname(barrel);
  const exported = importsOf(code).map(({ specifier }) => path.join(folder, specifier.replace(/\.js$/, ".ts")));
  const folders = exported.filter((file) => path.basename(file) === "index.ts").map((file) => path.dirname(file));
  for (const file of sourcesIn(folder)) {
    const own = file === barrel || folders.some((inner) => file.startsWith(inner + path.sep));
    if (own || exported.includes(file) || /\.test\.ts$|[\\/]testing[\\/]/.test(path.relative(folder, file))) continue;
    report(
      path.relative(root, barrel),
      `lacks ./${path.relative(folder, file)}, which the room's subpath is to export`,
    );
  }
}

/** @param {string} file @param {string} folder @param {any} manifest */
function checkFile(file, folder, manifest) {
  files += 1;
  const where = path.relative(root, file);
  const code = withoutComments(readFileSync(file, "utf8"));
  const isTest = /\.test\.tsx?$/.test(file);
  const portable = PORTABLE.has(manifest.name) && !isTest && !file.endsWith(".node.ts");
  const nodeRule = `${manifest.name} runs in browsers, so what is Node's belongs in a *.node.ts file or in advantage`;

  for (const { specifier, names } of importsOf(code)) {
    if (specifier.startsWith(".")) {
      if (!isTest) checkRelative(where, { specifier, names }, file, folder, manifest.name);
    } else if (specifier.startsWith("#")) {
      if (!(specifier in (manifest.imports ?? {})))
        report(where, `imports ${specifier}, which package.json does not list under "imports"`);
    } else if (specifier.startsWith("virtual:")) {
      // Made by a plugin of the package's own build.
    } else if (specifier.startsWith("node:") || builtinModules.includes(specifier)) {
      if (portable) report(where, `imports ${specifier}: ${nodeRule}`);
    } else checkPackageImport(where, packageOf(specifier), manifest, isTest);
  }
  if (portable)
    for (const [global] of code.matchAll(NODE_GLOBALS)) report(where, `uses ${global.replace("(", "")}: ${nodeRule}`);
}

/** @param {string} where @param {Import} imported @param {string} file @param {string} folder @param {string} name */
function checkRelative(where, { specifier, names }, file, folder, name) {
  const sources = path.join(folder, "src");
  const target = path.resolve(path.dirname(file), specifier);
  const inside = path.relative(sources, target);
  if (inside.startsWith("..")) {
    report(where, `imports ${specifier}, outside of its package: import the package by its name`);
  } else if (FOLDERS[name]) {
    const isLearner =
      names?.every((each) => each.endsWith("Learner")) && isEarlier(folder, inside, path.relative(sources, file));
    const algorithms = catalogued(folder);
    const both = algorithms.includes(target) && algorithms.includes(file.replace(/\.ts$/, ".js"));
    if (!isLearner) checkFolders(where, FOLDERS[name], path.relative(sources, file), inside, both);
  }
}

/**
 * @param {string} where
 * @param {Readonly<Record<string, readonly string[]>>} order
 * @param {string} file the importing file, from the package's sources
 * @param {string} target the imported one
 * @param {boolean} areAlgorithms whether both are in the catalogue
 */
function checkFolders(where, order, file, target, areAlgorithms) {
  const [from, ...fromPath] = file.split(path.sep);
  const [to, ...toPath] = target.split(path.sep);
  const allowed = order[from];
  if (fromPath.length === 0) return; // index.ts, catalog.ts
  if (allowed === undefined) {
    report(where, `folder '${from}' has no place in the order: give it one in scripts/check-dependencies.mjs`);
  } else if (from !== to) {
    if (!allowed.includes(to))
      report(where, `imports ${target}: ${from} may import ${allowed.join(", ") || "nothing else of its package"}`);
  } else if (from === "algorithms") {
    // ppo.ts and ppo-presets.ts are one algorithm, unless both are in the catalogue.
    const [own, other] = [fromPath, toPath].map((parts) => parts.join("/").replace(/\.[jt]s$/, ""));
    if (areAlgorithms || !(own.startsWith(`${other}-`) || other.startsWith(`${own}-`)))
      report(
        where,
        `imports another algorithm's file, ${target}: what two algorithms share moves to maths, networks, data, policies or families, and of an earlier family the …Learner alone may be imported`,
      );
  }
}

/** @param {string} where @param {string} other @param {any} manifest @param {boolean} isTest */
function checkPackageImport(where, other, manifest, isTest) {
  if (other === manifest.name || !checkDirection(where, manifest.name, other)) return;
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  const forTests = { ...manifest.devDependencies, ...rootManifest.devDependencies };
  if (!(other in declared) && !(isTest && other in forTests))
    report(where, `imports ${other}, which ${manifest.name} does not declare in its package.json`);
}

/**
 * Whether one algorithm's file stands in a family that comes before the other's in the syllabus.
 *
 * @param {string} folder the package
 * @param {string} earlier @param {string} later from the package's sources
 */
function isEarlier(folder, earlier, later) {
  const [one, other] = [earlier, later].map((file) => file.split(path.sep));
  if (one[0] !== "algorithms" || other[0] !== "algorithms") return false;
  const order = familiesOf(folder);
  const [before, after] = [one[1], other[1]].map((family) => order.indexOf(family));
  return before >= 0 && before < after;
}

/** The families in the order of the syllabus, as `core/algorithm.ts` lists them. @param {string} folder @returns {string[]} */
function familiesOf(folder) {
  const file = path.join(folder, "src", "core", "algorithm.ts");
  const listed = existsSync(file) ? /export type Family =([^;]*);/.exec(readFileSync(file, "utf8")) : null;
  return [...(listed?.[1] ?? "").matchAll(/"([^"]+)"/g)].map(([, family]) => family);
}

/** The files that the catalogue of algorithms imports. @param {string} folder */
function catalogued(folder) {
  const catalog = path.join(folder, "src", "catalog.ts");
  if (!existsSync(catalog)) return [];
  return importsOf(readFileSync(catalog, "utf8")).map(({ specifier }) =>
    path.resolve(path.dirname(catalog), specifier),
  );
}

/** @param {string} where @param {string} name @param {string} other @returns whether `name` may depend on `other` */
function checkDirection(where, name, other) {
  const [own, its] = [LEVEL[name], LEVEL[other]];
  if (own === undefined || its === undefined || its < own) return true;
  report(
    where,
    `${name} depends on ${other}, which stands above or beside it: engine ← envs ← rl ← { advantage, playground }`,
  );
  return false;
}

function checkLockFile() {
  const lockFile = path.join(root, "package-lock.json");
  if (!existsSync(lockFile)) return;
  const address = readFileSync(lockFile, "utf8").match(/"resolved": "(https?:[^"]*)"/);
  if (address)
    report(
      "package-lock.json",
      `names a registry, ${address[1]}: remove the "resolved" addresses (.npmrc keeps npm from writing them)`,
    );
}

/** @typedef {{ specifier: string, names?: string[] }} Import names as the other module has them; without where it is taken whole */

/** What `import … from`, `export … from`, `import "…"` and `import("…")` import. @param {string} code @returns {Import[]} */
function importsOf(code) {
  const statement = /^\s*(?:import|export)\b([^"'`;]*?\bfrom)?\s*["']([^"']+)["']/gm;
  const call = /\bimport\(\s*["']([^"']+)["']/g;
  return [
    ...[...code.matchAll(statement)].map(([, clause = "", specifier]) => ({ specifier, names: namesIn(clause) })),
    ...[...code.matchAll(call)].map(([, specifier]) => ({ specifier })),
  ];
}

/** The names between the braces of a clause; none where there are no braces, or something beside them. @param {string} clause */
function namesIn(clause) {
  const braces = /^\s*(?:type\s*)?\{([^}]*)\}\s*from$/.exec(clause);
  if (!braces) return undefined;
  const names = braces[1].split(",").map((name) => name.trim());
  return names.filter((name) => name !== "").map((name) => name.replace(/^type\s+/, "").replace(/\s+as\s.*$/s, ""));
}

/** Comments as they stand in formatted code: whole lines, blocks, and behind code after a space. @param {string} text */
function withoutComments(text) {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, "").replace(/(^|\s)\/\/ .*$/gm, "$1");
}

/** @param {string} folder @returns {string[]} */
function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** @param {string[]} patterns folders, or `folder/*` */
function workspaces(patterns) {
  return patterns.flatMap((pattern) => {
    if (!pattern.endsWith("/*")) return [path.join(root, pattern)];
    const parent = path.join(root, pattern.slice(0, -2));
    return readdirSync(parent).map((name) => path.join(parent, name));
  });
}

/** `@scope/name/sub/path` → `@scope/name`. @param {string} specifier */
function packageOf(specifier) {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** @param {string} where @param {string} rule */
function report(where, rule) {
  problems.push(`${where}: ${rule}`);
}
