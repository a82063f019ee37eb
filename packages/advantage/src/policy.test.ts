import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ppo, run } from "@advantage/rl";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadPolicy } from "./policy.js";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-policy-"));
});

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe("loadPolicy", () => {
  it("takes bytes, and paths of runs, folders and files", async () => {
    const settings = { totalSteps: 64, numSteps: 64, hiddenSizes: [8], evaluationEpisodes: 0, preset: "none" } as const;
    const { policy } = await run(ppo, "CartPole-v1", settings);
    const bytes = policy.save();
    const file = path.join(folder, "policy", "policy.safetensors");
    fs.mkdirSync(path.dirname(file));
    fs.writeFileSync(file, bytes);
    const observations = Array.from({ length: 20 }, (_, i) =>
      Float32Array.of(i / 10 - 1, i / 20, 0.1 - i / 100, -i / 7),
    );
    const actions = observations.map((observation) => policy.act(observation));
    const buffer = new Uint8Array(bytes).buffer;
    for (const source of [bytes, buffer, folder, path.dirname(file), file, pathToFileURL(file)]) {
      const loaded = await loadPolicy(source);
      expect(observations.map((observation) => loaded.act(observation))).toEqual(actions);
    }
  });

  it("says where there is none", async () => {
    await expect(loadPolicy(folder)).rejects.toThrow(
      `${folder} holds no policy: there is no policy/policy.safetensors`,
    );
  });

  it("is bundled for the browser without the training code", async () => {
    const bundle = async (entry: string) => {
      const contents = `import { loadPolicy } from ${JSON.stringify(path.resolve(import.meta.dirname, entry))}; globalThis.load = loadPolicy;`;
      const { outputFiles, metafile } = await build({
        stdin: { contents, resolveDir: import.meta.dirname },
        bundle: true,
        write: false,
        metafile: true,
        platform: "browser",
        format: "esm",
        conditions: ["source"],
        logLevel: "silent",
      });
      const used = Object.values(metafile.outputs).flatMap(({ inputs }) =>
        Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
      );
      return { text: outputFiles[0].text, files: used.map(([name]) => name) };
    };
    for (const entry of ["policy.ts", "index.ts"]) {
      const { files } = await bundle(entry);
      expect(files.some((name) => name.endsWith("read-file/browser.ts"))).toBe(true);
      expect(files.filter((name) => /\/algorithms\/|\/runner\/|zod|schema\.ts|node:/.test(name))).toEqual([]);
    }
  });
});
