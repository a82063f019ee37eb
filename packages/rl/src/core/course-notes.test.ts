import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { algorithms } from "../catalog.js";
import { COURSE_NOTES, letterOf, spelledNotes } from "./course-notes.js";

describe("course notes", () => {
  it("are spelled out where a letter first stands", () => {
    expect(spelledNotes(["H 1.2", "H 2.10", "L"])).toBe(
      "H 1.2 (Jubayer Ibn Hamid, Deep Reinforcement Learning); H 2.10; L (Shuai Li, Lecture 9: Deep Reinforcement Learning)",
    );
    expect(letterOf("beside H 4.2")).toBe("H");
    expect(letterOf("section 3")).toBeUndefined();
  });

  it("are those that algorithms name, and the page of sources has them all", () => {
    for (const { id, notes } of algorithms)
      for (const section of notes) expect(letterOf(section), `${id}: ${section}`).toBeDefined();
    const page = readFileSync(path.join(import.meta.dirname, "../../../../docs/guides/sources.md"), "utf8");
    for (const [letter, { author, title }] of Object.entries(COURSE_NOTES)) {
      expect(page).toContain(`\n## ${letter}\n`);
      for (const part of [author, title])
        expect(page.replaceAll("\n", " ").toLowerCase()).toContain(part.toLowerCase());
    }
  });
});
