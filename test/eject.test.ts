import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { algorithms } from "advantage";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "./markdown.js";
import { snippetFolder, typeErrors } from "./snippets.js";

const { folder, remove } = snippetFolder("eject");
afterAll(remove);

/** Runs Node in a project of the user's, with the package as it is built. */
async function node(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}
const advantage = (words: string) => node(path.join(root, "packages/advantage/bin/advantage.js"), ...words.split(" "));

/** The lines of a run, without what the clock says. */
function metrics(run: string): unknown[] {
  const lines = readFileSync(path.join(folder, run, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => ({ ...JSON.parse(line), seconds: undefined, stepsPerSecond: undefined }));
}

describe("an algorithm's file, copied out of the package", () => {
  const short = "CartPole-v1 --total-steps 4096 --num-envs 4 --num-steps 128 --seed 3 --eval-episodes 0 --quiet";

  test("trains to the same numbers, is resumed, and to others once a line is changed", async () => {
    expect(await advantage("eject ppo --output my-ppo.ts")).toMatchObject({
      code: 0,
      out: "my-ppo.ts\nmy-ppo-presets.ts\n",
    });
    expect(await advantage(`train ./my-ppo.ts ${short} --run-dir own`)).toMatchObject({ code: 0 });
    expect((await advantage("train ./my-ppo.ts --help")).out).toMatch(
      /^Usage: advantage train \.\/my-ppo\.ts \[options\] <environment>/,
    );
    expect(await advantage(`train ppo ${short} --run-dir ours`)).toMatchObject({ code: 0 });
    expect(metrics("own")).toEqual(metrics("ours"));
    const policy = (run: string) => readFileSync(path.join(folder, run, "policy/policy.safetensors"));
    expect(policy("own").equals(policy("ours"))).toBe(true);

    const resumed = await advantage("resume own --total-steps 6144 --quiet --eval-episodes 0");
    expect(resumed.code).toBe(0);
    expect(resumed.err).toContain(`The algorithm is the module ${path.join(folder, "my-ppo.ts")}, which is run.`);

    const file = path.join(folder, "my-ppo.ts");
    const code = readFileSync(file, "utf8");
    const changed = code.replace("epochs: int({ default: 10", "epochs: int({ default: 9");
    expect(changed).not.toBe(code);
    await node("-e", `require("fs").writeFileSync(${JSON.stringify(file)}, ${JSON.stringify(changed)})`);
    expect(await advantage(`train ./my-ppo.ts ${short} --run-dir changed --preset none`)).toMatchObject({ code: 0 });
    expect(await advantage(`train ppo ${short} --run-dir plain --preset none`)).toMatchObject({ code: 0 });
    expect(metrics("changed")).not.toEqual(metrics("plain"));
    expect((await advantage("resume own --total-steps 8192 --quiet --eval-episodes 0")).err).toContain(
      "has been edited",
    );
  });

  test("nothing that is there already is written over, and what there is not is named", async () => {
    expect(await advantage("eject a2c --output mine.ts")).toMatchObject({ code: 0 });
    expect((await advantage("eject a2c --output mine.ts")).err).toContain(
      "mine.ts is there already: name another file",
    );
    const unknown = await advantage("eject pp0");
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.err).toContain("unknown algorithm 'pp0'. Did you mean 'ppo'?");
    expect((await advantage("eject a3c-actor")).err).toContain("unknown algorithm 'a3c-actor'.");
  });

  test("every one compiles through the public subpaths alone", async () => {
    const module = pathToFileURL(path.join(root, "packages/advantage/dist/cli/eject.js")).href;
    const ids = JSON.stringify(algorithms.map(({ id }) => id));
    const script = `import { eject } from "${module}"; for (const id of ${ids}) console.log(eject(id, \`all/\${id}-of-mine.ts\`).join("\\n"));`;
    await node("-e", 'require("fs").mkdirSync("all")');
    const { out, err } = await node("--input-type=module", "-e", script);
    expect(err).toBe("");
    const files = out.trim().split("\n");
    expect(files.length).toBeGreaterThanOrEqual(algorithms.length);
    for (const file of files) expect(readFileSync(path.join(folder, file), "utf8")).not.toMatch(/from "(?:\.\.|@)/);
    expect(
      await typeErrors(
        folder,
        files.map((file) => path.join(folder, file)),
      ),
    ).toBe("");
  });
});

describe("a module that is no algorithm", () => {
  test("is refused with what it lacks", async () => {
    const write = (name: string, code: string) =>
      node("-e", `require("fs").writeFileSync(${JSON.stringify(path.join(folder, name))}, ${JSON.stringify(code)})`);
    await write("half.mjs", 'export default { id: "half", title: "Half", init() {}, train() {} };');
    const half = await advantage("train ./half.mjs CartPole-v1");
    expect(half.code).toBe(1);
    expect(half.err).toContain("./half.mjs has problems:\n  - summary must be a sentence, got undefined");
    expect(half.err).toContain("  - policy must be a function, got undefined");
    await write("none.mjs", "export const answer = 42;");
    expect((await advantage("train ./none.mjs CartPole-v1")).err).toContain("must export an algorithm: export default");
    expect(await advantage("train ./gone.mjs CartPole-v1")).toMatchObject({
      code: 2,
      err: "there is no algorithm module ./gone.mjs\n",
    });
  });
});
