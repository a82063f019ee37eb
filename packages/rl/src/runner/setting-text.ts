import type { EnvironmentOptions } from "@advantage/envs";
import type { ScheduleLine } from "../core/schedule.js";

/** A setting's value as it may be typed on the command line. */
export function settingText(value: unknown): string {
  if (value === undefined || value === null || value === Infinity) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(Array.isArray(value[0]) ? ";" : ",");
  if (typeof value === "object") {
    if ("from" in value && "to" in value) {
      const { from, to, until } = value as ScheduleLine;
      return `${from}:${to}${until === undefined ? "" : `@${until}`}`;
    }
    const parts = Object.entries(value);
    return parts.length === 0 ? "none" : parts.map(([name, part]) => `${name}:${part}`).join(",");
  }
  return String(value);
}

/** Options of an environment in words: "isSlippery false, mapName 8x8"; "" for none, and `longest` characters of a value at most. */
export function optionsText(options: EnvironmentOptions = {}, longest = 60): string {
  return Object.entries(options)
    .map(([name, value]) => {
      const text = settingText(value);
      return `${name} ${text.length > longest ? `${text.slice(0, longest)}…` : text}`;
    })
    .join(", ");
}

/** An environment by its id and the options that it was made with: "FrozenLake-v1 (isSlippery false)". */
export function environmentText(id: string, options: EnvironmentOptions | undefined): string {
  const text = optionsText(options);
  return text === "" ? id : `${id} (${text})`;
}

/** Whether two environments were made with the same options, one of them perhaps as a file has kept them. */
export function sameOptions(a: EnvironmentOptions = {}, b: EnvironmentOptions = {}): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => JSON.stringify(a[name] ?? null) === JSON.stringify(b[name] ?? null));
}
