import { existsSync, statSync } from "node:fs";
import { readFile as read } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "@advantage/rl";
import { asUserError } from "../files/file-errors.js";
import { readFile as fetchFile } from "./browser.js";

/** The bytes of a policy file: at a path, in a run directory or its `policy` folder, or at an http address. */
export async function readFile(source: string | URL): Promise<Uint8Array> {
  if (/^https?:/.test(String(source))) return fetchFile(source);
  const given = String(source).startsWith("file:") ? fileURLToPath(source) : String(source);
  const candidates = [path.join(given, "policy", "policy.safetensors"), path.join(given, "policy.safetensors"), given];
  const file = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
  if (file === undefined) throw new UserError(`${given} holds no policy: there is no policy/policy.safetensors`);
  try {
    return new Uint8Array(await read(file));
  } catch (error) {
    throw asUserError(error, `cannot read ${file}`);
  }
}
