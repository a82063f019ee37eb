/** What the page shows, as its address says it: the part after `#`. A link is all that it takes to do a run again. */
export type Address = TrainAddress | { readonly view: "compare" } | LearnAddress;

export interface TrainAddress {
  readonly view: "train";
  readonly algorithm: string;
  readonly environment: string;
  /** Whether settings start from the environment's preset (`auto`) or from the defaults. */
  readonly preset: "auto" | "none";
  /** The settings that differ from those, as they are typed; the environment's options among them begin with `OPTION`. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface LearnAddress {
  readonly view: "learn";
  /** `ppo`, or `environments/classic-control`. */
  readonly page: string;
  /** The section to go to. */
  readonly at?: string;
}

/** What the name of an environment's option begins with, among the settings: `env.isSlippery=false`. */
export const OPTION = "env.";

/** Names that are no settings. */
const OWN = new Set(["algorithm", "environment", "preset"]);

/** `#/train?algorithm=ppo&environment=CartPole-v1&seed=3`; what is missing comes from `usual`. */
export function parseAddress(hash: string, usual: TrainAddress): Address {
  const [route, query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const parameters = new URLSearchParams(query);
  const [view, ...rest] = route.split("/").map(decodeURIComponent);
  if (view === "compare") return { view };
  if (view === "learn") {
    const at = parameters.get("at");
    return { view, page: rest.join("/"), ...(at === null ? {} : { at }) };
  }
  if (![...parameters.keys()].length) return usual;
  return {
    view: "train",
    algorithm: parameters.get("algorithm") ?? usual.algorithm,
    environment: parameters.get("environment") ?? "",
    preset: parameters.get("preset") === "none" ? "none" : "auto",
    settings: Object.fromEntries([...parameters].filter(([name]) => !OWN.has(name))),
  };
}

export function hashOf(address: Address): string {
  if (address.view === "compare") return "#/compare";
  if (address.view === "learn") return `#/learn/${address.page}${address.at ? `?at=${address.at}` : ""}`;
  const { algorithm, environment, preset, settings } = address;
  const parameters = new URLSearchParams({ algorithm, environment, ...(preset === "none" ? { preset } : {}) });
  for (const [name, text] of Object.entries(settings)) parameters.append(name, text);
  // Commas and colons may stand there as they are, and are easier to read: hiddenSizes=64,64.
  return `#/train?${parameters.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`;
}
