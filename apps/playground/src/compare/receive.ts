import { algorithms, settingText, UserError } from "@advantage/rl";
import { choice, choose, current, kept, say, start } from "../page/state.js";
import { type NamedBytes, readDropped } from "./dropped-file.js";
import { fileRun } from "./kept-run.js";

/** Takes in files that were dropped or picked: curves join the comparison, a checkpoint goes on training here. */
export async function receiveFiles(list: readonly File[]): Promise<void> {
  try {
    const files: NamedBytes[] = await Promise.all(
      list.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
    const curves: string[] = [];
    for (const dropped of readDropped(files)) {
      if (dropped.kind === "metrics") {
        kept.value = [...kept.value, fileRun(dropped.name, dropped.events)];
        curves.push(dropped.name);
      } else {
        goOn(dropped.checkpoint.header, dropped.bytes);
      }
    }
    if (curves.length > 0) {
      say(`${curves.join(", ")}: added to the comparison.`);
      location.hash = "#/compare";
    }
  } catch (error) {
    if (!(error instanceof UserError)) console.warn(error);
    say(error instanceof Error ? error.message : String(error), true);
  }
}

/** @throws UserError if this version does not know what was trained */
function goOn(
  header: { algorithm: string; environment: string; config: object; step: number },
  bytes: Uint8Array,
): void {
  const algorithm = algorithms.find(({ id }) => id === header.algorithm);
  if (!algorithm)
    throw new UserError(`the checkpoint is of algorithm '${header.algorithm}', which is not in the catalogue`);
  const { defaults } = algorithm.config as { defaults: Record<string, unknown> };
  const settings = Object.entries(header.config)
    .map(([name, value]) => [name, settingText(value)] as const)
    .filter(([name, text]) => text !== settingText(defaults[name]));
  choose({
    algorithm: header.algorithm,
    environment: header.environment,
    preset: "none",
    settings: Object.fromEntries(settings),
  });
  if (!choice.value.prepared) throw new UserError(choice.value.problem ?? "the checkpoint's settings cannot be used");
  location.hash = location.hash.replace(/^#\/\w+/, "#/train");
  start({ paused: true, checkpoint: bytes });
  say(
    `Loaded at ${current.value?.algorithm.unit ?? "step"} ${header.step.toLocaleString("en")}: Resume goes on from there.`,
  );
}
