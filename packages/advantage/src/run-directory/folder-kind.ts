import fs from "node:fs";
import path from "node:path";
import { UserError } from "@advantage/rl";

/** What writes a `report.html` of its own into a folder, by the file that tells it from the others. */
const KINDS = { run: "config.json", comparison: "comparison.json", experiment: "result.json" } as const;

export type FolderKind = keyof typeof KINDS;

/** What a folder holds; `undefined` if none of the three. */
export function folderKind(directory: string): FolderKind | undefined {
  return (Object.keys(KINDS) as FolderKind[]).find((kind) => fs.existsSync(path.join(directory, KINDS[kind])));
}

/** @throws UserError if the folder is one of another kind, whose report would be written over */
export function requireFolderOf(kind: FolderKind, directory: string): void {
  for (const [other, file] of Object.entries(KINDS)) {
    if (other === kind || !fs.existsSync(path.join(directory, file))) continue;
    const article = other === "experiment" ? "an" : "a";
    throw new UserError(
      `${directory} already holds ${article} ${other}, whose report would be lost: name another folder`,
    );
  }
}
