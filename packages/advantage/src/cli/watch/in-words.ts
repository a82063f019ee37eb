import type { MdpLayout, Space } from "@advantage/envs";
import { counted } from "@advantage/rl";
import type { Moment } from "./episode.js";

/** Numbers of an observation that a line shows. */
const SHOWN = 6;

/** "→ right", "action 4", "[0.53, -1]". */
export function actionText(action: unknown, moves: MdpLayout["moves"]): string {
  if (typeof action !== "number") return valuesText(action);
  const move = moves?.[action];
  if (!move) return `action ${action}`;
  const [down, right] = move;
  const vertical = down < 0 ? "up" : down > 0 ? "down" : "";
  const horizontal = right < 0 ? "left" : right > 0 ? "right" : "";
  const name = [vertical, horizontal].filter((word) => word !== "").join(" ") || "stay";
  const arrow = { up: "↑ ", down: "↓ ", left: "← ", right: "→ " }[name] ?? "";
  return `${arrow}${name}`;
}

/** "state 14", "[0.02, -0.1]". */
export function observationText(observation: unknown, { kind }: Space): string {
  return kind === "discrete" ? `state ${observation}` : valuesText(observation);
}

/** "step 12 · → right · reward -1 · return -12". */
export function momentText(moment: Moment, moves: MdpLayout["moves"]): string {
  const { step, action, reward, return: sum } = moment;
  if (step === 0) return "step 0";
  return [`step ${step}`, actionText(action, moves), `reward ${number(reward)}`, `return ${number(sum)}`].join(" · ");
}

/** "ended after 12 steps, return -12". */
export function endText({ step, return: sum, end }: Moment): string {
  const how = { terminated: "ended", truncated: "reached its time limit", cut: "did not end and was cut" };
  return `${how[end ?? "cut"]} after ${counted(step)}, return ${number(sum)}`;
}

function valuesText(value: unknown): string {
  if (typeof value === "number") return number(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const all = Array.from(value as ArrayLike<number>);
    return `[${all.slice(0, SHOWN).map(number).join(", ")}${all.length > SHOWN ? ", …" : ""}]`;
  }
  return JSON.stringify(value) ?? String(value);
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
