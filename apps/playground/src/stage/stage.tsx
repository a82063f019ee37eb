import type { Random } from "@advantage/engine";
import { type Env, type EnvironmentOptions, findEnvironment, type Scene } from "@advantage/envs";
import { lookAhead, type Memory, type Policy } from "@advantage/rl";
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentProps } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isDark, themeChanges } from "../state/theme.js";
import { showStream } from "../training/training-run.js";
import { ExplanationBars } from "./explanation.js";
import { drawScene } from "./scene-canvas.js";

interface StageProps {
  readonly environment: string;
  /** What it is made with; another `key` for others. */
  readonly options: EnvironmentOptions | undefined;
  readonly seed: number;
  /** Absent before training: the environment stands still. */
  readonly policy: () => Policy | undefined;
}

/** Steps a second at normal pace: physics by the clock, maps as fast as an eye follows. */
const PACE = { physics: 50, map: 4 };
const PACES = [0.25, 1, 4] as const;
/** Milliseconds for which the end of an episode is shown. */
const REST = 700;
/** Milliseconds between two looks of the words and bars: nobody reads sixty a second. */
const WORDS_EVERY = 120;
/** Milliseconds for which a policy that has been learnt further is shown to go on with its episode. */
const PATIENCE = 6_000;
/** Steps after which an episode on show is cut. */
const MAX_STEPS = 2_000;

/** The environment, played live by the policy as it is now, in the page: training is not held up. */
export function Stage({ environment, options, seed, policy }: StageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const sampling = useSignal(false);
  const pace = useSignal<number>(1);
  const caption = useSignal("");
  const shown = useSignal<Omit<ComponentProps<typeof ExplanationBars>, "actionNames"> | undefined>(undefined);
  const problem = useSignal("");
  const policyNow = useRef(policy);
  policyNow.current = policy;

  useEffect(() => {
    let frame = 0;
    const entry = findEnvironment(environment);
    const env: Env = entry.make(options);
    const perSecond = env.observationSpace.kind === "box" ? PACE.physics : PACE.map;
    let episode = 0;
    let stream: Random = showStream(seed, episode);
    let actions = stream.fork("actions");
    let observation = env.reset(stream);
    let [sum, length, score] = [0, 0, ""];
    let restUntil = 0;
    let ended = false;
    let scene: Scene | undefined;
    let dirty = true;
    let theme = -1;
    let size = "";
    let wordsAt = 0;
    let due = performance.now();
    let begun = due;
    // What is remembered belongs to the policy that remembers it: that one goes on with its episode.
    let remembering: { readonly policy: Policy; readonly memory: Memory } | undefined;
    // What a policy that looks ahead does so in.
    let looking: { readonly policy: Policy; readonly ahead: ReturnType<typeof lookAhead> } | undefined;
    problem.value = env.render ? "" : `${environment} draws nothing.`;

    const begin = () => {
      episode += 1;
      stream = showStream(seed, episode);
      actions = stream.fork("actions");
      observation = env.reset(stream);
      [sum, length, ended, begun] = [0, 0, false, performance.now()];
      remembering = undefined;
      dirty = true;
    };
    const playing = (): Policy | undefined => {
      if (remembering) return remembering.policy;
      const policy = policyNow.current();
      const memory = length === 0 ? policy?.memory?.(1) : undefined;
      if (policy && memory) remembering = { policy, memory };
      return policy;
    };
    const copyFor = (policy: Policy) => {
      if (looking?.policy !== policy) looking = { policy, ahead: lookAhead(policy, () => entry.make(options)) };
      return looking.ahead(env, actions);
    };
    const advance = (acting: Policy) => {
      const memory = remembering?.memory;
      const how = { deterministic: !sampling.value, random: actions, memory, env: copyFor(acting) };
      const action = acting.act(observation, how);
      const step = env.step(action);
      observation = step.observation;
      sum += step.reward;
      length += 1;
      dirty = true;
      ended = step.terminated || step.truncated || length >= MAX_STEPS;
      if (ended) {
        score = `last return ${number(sum)}`;
        restUntil = performance.now() + REST;
      }
    };
    const tick = (now: number) => {
      frame = requestAnimationFrame(tick);
      let acting = playing();
      try {
        const outlived = acting !== undefined && acting !== policyNow.current() && now - begun > PATIENCE;
        if (outlived || (acting && ended && now >= restUntil)) {
          begin();
          acting = playing();
        }
        const interval = 1000 / (perSecond * pace.value);
        // After a pause of the page there is nothing to catch up on.
        if (now - due > 250) due = now - interval;
        while (acting && !ended && now - due >= interval) {
          due += interval;
          advance(acting);
        }
        const element = canvas.current;
        if (!element || !env.render) return;
        const box = `${element.clientWidth} ${element.clientHeight}`;
        if (!dirty && theme === themeChanges.value && size === box) return;
        scene = env.render();
        drawScene(element, scene, isDark());
        [dirty, theme, size] = [false, themeChanges.value, box];
        if (now - wordsAt < WORDS_EVERY && !ended) return;
        wordsAt = now;
        caption.value = acting
          ? [`step ${length}`, `return ${number(sum)}`, ...(score ? [score] : [])].join(" · ")
          : "The first state. Start, and the policy plays here as it learns.";
        shown.value = acting && {
          observation,
          policy: acting,
          memory: remembering?.memory.copy(),
          env: copyFor(acting),
        };
      } catch (error) {
        cancelAnimationFrame(frame);
        problem.value = `Nothing to watch: ${error instanceof Error ? error.message : error}`;
      }
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [environment, seed]);

  const label = useComputed(() => `${environment}. ${caption.value}`);
  return (
    <section class="card stage" aria-label="Environment">
      <div class="title">
        <h2>{environment}</h2>
        <fieldset class="segments" aria-label="How the policy acts">
          <button type="button" aria-pressed={!sampling.value} onClick={() => (sampling.value = false)}>
            Greedy
          </button>
          <button type="button" aria-pressed={sampling.value} onClick={() => (sampling.value = true)}>
            Sampling
          </button>
        </fieldset>
        <select
          aria-label="Pace of the picture"
          value={String(pace.value)}
          onChange={(event) => (pace.value = Number(event.currentTarget.value))}
        >
          {PACES.map((value) => (
            <option key={value} value={String(value)}>
              {value === 0.25 ? "¼" : value}×
            </option>
          ))}
        </select>
      </div>
      {problem.value ? <p class="empty">{problem}</p> : <canvas ref={canvas} role="img" aria-label={label.value} />}
      <p class="caption" aria-hidden="true">
        {caption}
      </p>
      {shown.value && <ExplanationBars {...shown.value} actionNames={findEnvironment(environment).actionNames} />}
    </section>
  );
}

function number(value: number): string {
  return String(Number(value.toFixed(2)));
}
