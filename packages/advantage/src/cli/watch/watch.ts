import { existsSync } from "node:fs";
import path from "node:path";
import { Random } from "@advantage/engine";
import { didYouMean, type Env, type MakeEnv, type MdpLayout, type Scene } from "@advantage/envs";
import { environmentText, envSource, lookAhead, type Policy, policyProblem, RunError, UserError } from "@advantage/rl";
import pc from "picocolors";
import { type Catalogue, findRun, policyOf, UsageError } from "../../catalogue.js";
import { environmentOptions } from "../../environments/env-options.js";
import { isModulePath } from "../../environments/import-module.js";
import { loadEnvironment } from "../../environments/load-environment.js";
import { writeAtomically } from "../../files/atomic-file.js";
import { Interruption, interruptionCode, type Terminal } from "../../terminal/terminal.js";
import { isPolicyFile, policyAndEnvironment } from "../policy-file.js";
import { type RunEnvironmentFlags, runEnvironment } from "../run-environment.js";
import { type Moment, moments } from "./episode.js";
import { episodeHtml, episodeSvg } from "./episode-page.js";
import { endText, momentText, observationText } from "./in-words.js";
import { mapLines } from "./map-lines.js";
import { sceneLines } from "./scene-lines.js";

export interface WatchFlags extends RunEnvironmentFlags {
  /** The best policy of the looks instead of the last. */
  readonly best?: boolean;
  readonly episodes: number;
  /** Steps a second. */
  readonly speed?: number;
  readonly seed?: number;
  readonly stochastic?: boolean;
  readonly maxSteps: number;
  readonly svg?: string;
  readonly html?: string;
}

/** What is watched. */
interface Subject {
  readonly make: () => Env;
  readonly policy?: Policy;
  /** "q-learning on CliffWalking-v1", "CartPole-v1, random actions". */
  readonly title: string;
  readonly seed: number;
}

/** Steps a second, of maps and of pictures. */
const MAP_SPEED = 5;
const SCENE_SPEED = 30;

/** How long the end of an episode stands, in milliseconds. */
const END_PAUSE = 800;

/** Lines beside the picture: title, the moment, blanks, and the prompt's. */
const OTHER_LINES = 6;

/**
 * Plays episodes of a run's policy, or of an environment with random actions, as an animation in the terminal or into files.
 *
 * @returns the exit code
 */
export async function watch(
  name: string,
  flags: WatchFlags,
  terminal: Terminal,
  catalogue: Catalogue,
): Promise<number> {
  const subject = await subjectOf(name, flags, terminal, catalogue);
  const env = subject.make();
  const layout = env.mdp?.().layout;
  const hasMap = layout !== undefined && env.observationSpace.kind === "discrete";
  const random = Random.fromSeed(flags.seed ?? subject.seed).fork("watch");
  const { episodes, maxSteps, speed = hasMap ? MAP_SPEED : SCENE_SPEED } = flags;
  const played = moments(env, {
    choose: chooser(env, subject.make, subject.policy, random.fork("policy"), flags.stochastic !== true),
    random: random.fork("env"),
    episodes,
    maxSteps,
  });
  if (flags.svg !== undefined || flags.html !== undefined) {
    const film = filmOf(env, played, subject.title, speed, layout?.moves);
    if (flags.html !== undefined) writeAtomically(flags.html, episodeHtml(film));
    if (flags.svg !== undefined) writeAtomically(flags.svg, episodeSvg(film));
    terminal.out([flags.html, flags.svg].flatMap((file) => (file === undefined ? [] : [`${file}\n`])).join(""));
    return 0;
  }
  if (!terminal.animates) {
    for (const moment of played) terminal.out(`${lineOf(moment, env, layout?.moves)}\n`);
    return 0;
  }
  return animate(played, {
    terminal,
    speed,
    episodes,
    title: subject.title,
    moves: layout?.moves,
    picture: (moment) => {
      const room = { columns: terminal.columns - 2, rows: terminal.rows - OTHER_LINES, colours: terminal.colours };
      if (layout !== undefined && hasMap) return mapLines(layout, moment.observation as number, room);
      if (env.render) return sceneLines(env.render(), room);
      return [observationText(moment.observation, env.observationSpace)];
    },
  });
}

/** A run by its directory, a policy by its file, or an environment by its id or module. */
async function subjectOf(
  name: string,
  flags: RunEnvironmentFlags & { readonly best?: boolean },
  terminal: Terminal,
  catalogue: Catalogue,
): Promise<Subject> {
  const { envOption: typed = [] } = flags;
  const entry = catalogue.environments.find(({ id, aliases = [] }) => id === name || aliases.includes(name));
  if (entry) {
    const options = environmentOptions(typed, entry.config, entry.id);
    const title = `${environmentText(entry.id, options)}, random actions`;
    return { make: () => entry.make(options), title, seed: 0 };
  }
  if (existsSync(path.join(name, "config.json")) || existsSync(path.join("runs", name, "config.json"))) {
    const run = findRun(name);
    const policy = policyOf(run, catalogue, flags);
    const { algorithm, environment, config } = run.record;
    const known = catalogue.environments.find(
      ({ id }) => id === environment && run.record.environmentModule === undefined,
    );
    const source =
      known === undefined || typed.length > 0
        ? (await runEnvironment(run, flags, terminal)).source
        : envSource(known.make, run.record.environmentOptions);
    const problem = policyProblem(policy, source);
    if (problem) throw new UserError(problem);
    return {
      make: source.make,
      policy,
      title: `${algorithm} on ${environmentText(environment, source.options)}`,
      seed: config.seed,
    };
  }
  if (isPolicyFile(name)) {
    const tell = (line: string) => terminal.err(`${line}\n`);
    const { policy, source } = await policyAndEnvironment(name, flags, catalogue, tell);
    return { make: source.make, policy, title: `${name} on ${environmentText(source.id, source.options)}`, seed: 0 };
  }
  if (isModulePath(name)) {
    const { env, options } = await loadEnvironment(name, { typed, tell: (line) => terminal.err(`${line}\n`) });
    const source = envSource(env, options);
    return { make: source.make, title: `${environmentText(source.id, options)}, random actions`, seed: 0 };
  }
  const known = catalogue.environments.map(({ id }) => id);
  throw new UsageError(`there is no run or environment ${name}.${didYouMean(name, known)}`);
}

function chooser(env: Env, make: MakeEnv, policy: Policy | undefined, random: Random, deterministic: boolean) {
  if (policy === undefined) return () => env.actionSpace.sample(random);
  const memory = policy.memory?.(1);
  const ahead = lookAhead(policy, make);
  return (observation: unknown, step: number) => {
    if (step === 0) memory?.reset();
    return policy.act(observation, { deterministic, random, memory, env: ahead(env, random) });
  };
}

interface Show {
  readonly terminal: Terminal;
  readonly speed: number;
  readonly episodes: number;
  readonly title: string;
  readonly moves: MdpLayout["moves"];
  readonly picture: (moment: Moment) => readonly string[];
}

/** Draws each moment over the one before; the cursor is hidden meanwhile. */
async function animate(
  played: Iterable<Moment>,
  { terminal, speed, episodes, title, moves, picture }: Show,
): Promise<number> {
  const { bold, dim } = pc.createColors(terminal.colours);
  const interrupted = new AbortController();
  const stopListening = terminal.onInterrupt((by = "SIGINT") => interrupted.abort(new Interruption(by)));
  let drawnLines = 0;
  terminal.out("\x1b[?25l");
  try {
    for (const moment of played) {
      const heading = `${bold(title)}${episodes > 1 ? dim(` · episode ${moment.episode} of ${episodes}`) : ""}`;
      const below = moment.end ? bold(`episode ${moment.episode} ${endText(moment)}`) : momentText(moment, moves);
      const lines = [heading, "", ...picture(moment), "", below].map((line) => (line === "" ? "" : `  ${line}`));
      terminal.out(`${drawnLines > 0 ? `\x1b[${drawnLines}A` : ""}\r\x1b[0J${lines.join("\n")}\n`);
      drawnLines = lines.length;
      if (moment.end && moment.episode === episodes) break;
      await pause(moment.end ? Math.max(END_PAUSE, 1000 / speed) : 1000 / speed, interrupted.signal);
      if (interrupted.signal.aborted) return interruptionCode(interrupted.signal);
    }
    return 0;
  } finally {
    terminal.out("\x1b[0m\x1b[?25h");
    stopListening();
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}

/** Where no one watches: a moment a line. */
function lineOf(moment: Moment, env: Env, moves: MdpLayout["moves"]): string {
  const where = observationText(moment.observation, env.observationSpace);
  const end = moment.end ? ` · ${endText(moment)}` : "";
  return `episode ${moment.episode} · ${momentText(moment, moves)} · ${where}${end}`;
}

function filmOf(env: Env, played: Iterable<Moment>, title: string, stepsPerSecond: number, moves: MdpLayout["moves"]) {
  const scenes: Scene[] = [];
  const captions: string[] = [];
  for (const moment of played) {
    const scene = env.render?.();
    if (scene === undefined) throw new RunError(`${env.id} cannot be drawn: it has no render()`);
    scenes.push(scene);
    captions.push(moment.end ? `episode ${moment.episode} ${endText(moment)}` : momentText(moment, moves));
  }
  return { title, scenes, captions, stepsPerSecond };
}
