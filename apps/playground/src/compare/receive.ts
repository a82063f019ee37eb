import { algorithms, settingText, UserError } from "@advantage/rl";
import { OPTION } from "../address.js";
import { fileRun } from "../state/kept-run.js";
import { choice, choose, current, keepFile, say, start } from "../state/state.js";
import { type NamedBytes, readDropped } from "./dropped-file.js";
import type { FoundFile } from "./dropped-folders.js";

/** Takes in what was dropped on the page. */
export async function receiveDrop(dropped: Promise<readonly FoundFile[]>): Promise<void> {
  try {
    const files = await dropped;
    if (files.length === 0) say("There is no run in it: no metrics.jsonl.", true);
    else await receiveFiles(files);
  } catch (error) {
    say(`It could not be read: ${error instanceof Error ? error.message : error}`, true);
  }
}

/** Takes in files that were dropped or picked: curves join the comparison, a checkpoint goes on training here. */
export async function receiveFiles(list: readonly (File | FoundFile)[]): Promise<void> {
  try {
    const files: NamedBytes[] = await Promise.all(
      list.map(async (each) => {
        const { file, folder } = each instanceof File ? { file: each, folder: "" } : each;
        return { name: file.name, folder, bytes: new Uint8Array(await file.arrayBuffer()) };
      }),
    );
    const curves: string[] = [];
    for (const dropped of readDropped(files)) {
      if (dropped.kind === "metrics") {
        keepFile(fileRun(dropped.name, dropped.events, dropped.known));
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
  header: { algorithm: string; environment: string; environmentOptions?: object; config: object; step: number },
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
    settings: Object.fromEntries([
      ...settings,
      ...Object.entries(header.environmentOptions ?? {}).map(([name, value]) => [OPTION + name, settingText(value)]),
    ]),
  });
  const { prepared, faults, problems } = choice.value;
  if (!prepared) {
    const why = [...faults.map(({ text }) => text), ...Object.values(problems)].join(" ");
    throw new UserError(`the checkpoint's settings cannot be used: ${why}`);
  }
  location.hash = location.hash.replace(/^#\/\w+/, "#/train");
  const { totalSteps } = prepared.context.config;
  const done = header.step >= totalSteps;
  start({ paused: !done, checkpoint: bytes });
  const at = `${current.value?.algorithm.unit ?? "step"} ${header.step.toLocaleString("en")}`;
  say(
    done
      ? `Loaded a finished run, at ${at}: its policy is evaluated and plays here. To train it further, let the command resume it with more steps.`
      : `Loaded at ${at}: Resume goes on from there. A checkpoint holds no curve: for the one so far, drop its metrics.jsonl.`,
  );
}
