import { readFileSync } from "node:fs";
import path from "node:path";
import type { Plugin, Rolldown } from "vite";

type Program = ReturnType<Rolldown.PluginContext["parse"]>;

const LIST = "virtual:training";
const FAMILY = "virtual:training/";
/** Asks for an algorithm's module as it is written. */
const WHOLE = "?whole";

/** What only a worker calls of an algorithm. */
const TRAINING = new Set(["init", "train", "actor", "policy", "stateValues", "figures"]);

/** What neither page nor worker reads: the documentation's pages say it. */
const UNREAD = new Set(["deviations", "papers"]);

/**
 * Algorithms as the page needs them, described but untrained: in the catalogue's modules the functions that train are left out, and with
 * them goes what only they import. `import { families } from "virtual:training"` fetches the whole algorithms, a family at a time.
 *
 * @param folder the algorithms, in one folder per family
 */
export function trainingApart(folder: string): Plugin {
  const catalogue = readFileSync(path.join(folder, "../catalog.ts"), "utf8");
  const catalogued = [...catalogue.matchAll(/"\.\/algorithms\/(.+)\.js"/g)].map(([, file]) => file);
  const families = new Set(catalogued.map((file) => path.dirname(file)));
  return {
    name: "training-apart",
    resolveId: (id) => (id === LIST || id.startsWith(FAMILY) ? `\0${id}` : undefined),
    load(id) {
      if (id === `\0${LIST}`) {
        const entries = [...families].map((name) => `${JSON.stringify(name)}: () => import("${FAMILY}${name}")`);
        return `export const families = { ${entries.join(", ")} };`;
      }
      if (!id.startsWith(`\0${FAMILY}`)) return undefined;
      const family = id.slice(`\0${FAMILY}`.length);
      return catalogued
        .filter((file) => file.startsWith(`${family}/`))
        .map((file) => `export * from ${JSON.stringify(`${path.join(folder, file)}.ts${WHOLE}`)};`)
        .join("\n");
    },
    transform(code, id) {
      if (!id.startsWith(folder)) return undefined;
      const whole = id.endsWith(WHOLE);
      let kept = code;
      for (const { start, end, name } of membersOf(this.parse(code)).reverse()) {
        const put = UNREAD.has(name)
          ? `${name}: undefined`
          : `${name}() { throw new Error("'${name}' is the worker's"); }`;
        if (UNREAD.has(name) || (TRAINING.has(name) && !whole)) kept = kept.slice(0, start) + put + kept.slice(end);
      }
      return { code: kept, map: null };
    },
  };
}

/** The members of an algorithm, `export const … = { title, summary, …, train, … }`, in the order they stand in. */
function membersOf(program: Program) {
  return program.body
    .flatMap((statement) => (statement.type === "ExportNamedDeclaration" ? [statement.declaration] : []))
    .flatMap((declaration) => (declaration?.type === "VariableDeclaration" ? declaration.declarations : []))
    .flatMap(({ init }) => {
      const members = (init?.type === "ObjectExpression" ? init.properties : []).flatMap((property) => {
        if (property.type !== "Property" || property.key.type !== "Identifier") return [];
        const { start, end, key } = property;
        return [{ start, end, name: key.name }];
      });
      return ["title", "summary"].every((part) => members.some(({ name }) => name === part)) ? members : [];
    });
}
