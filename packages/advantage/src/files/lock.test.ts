import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { lockRun } from "./lock.js";

let folder: string;
let lock: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-lock-"));
  lock = path.join(folder, ".training");
});

afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

const host = os.hostname();
const write = (holder: object) => fs.writeFileSync(lock, JSON.stringify(holder));

test("a lock is held until it is released", () => {
  const release = lockRun(folder);
  expect(() => lockRun(folder)).toThrow(`${folder} is being trained by process ${process.pid} on ${host}`);
  release();
  expect(fs.readdirSync(folder)).toEqual([]);
  lockRun(folder)();
});

test("the end of the process releases it", () => {
  const before = process.listeners("exit");
  lockRun(folder);
  const [release] = process.listeners("exit").filter((listener) => !before.includes(listener));
  (release as () => void)();
  expect(fs.existsSync(lock)).toBe(false);
  expect(process.listeners("exit")).toEqual(before);
});

test.each([
  ["of a process that is no more", { process: 2 ** 30, host }],
  ["of an earlier process with this one's number", { process: process.pid, host }],
  ["of an earlier process with another one's number", { process: process.ppid, host, started: "1" }],
  ["that says nothing", {}],
])("a lock %s is taken over", (name, holder) => {
  if (name.includes("another") && !fs.existsSync("/proc/self/stat")) return; // only Linux tells
  write(holder);
  lockRun(folder)();
  expect(fs.readdirSync(folder)).toEqual([]);
});

test("a lock of another machine is left alone", () => {
  write({ process: process.pid, host: `not-${host}` });
  expect(() => lockRun(folder)).toThrow(`by process ${process.pid} on not-${host}: stop it first, or remove ${lock}`);
});

test("a lock that another process takes over meanwhile is given back to it", () => {
  write({ process: 2 ** 30, host });
  const other = JSON.stringify({ process: process.ppid, host });
  const rename = fs.renameSync;
  vi.spyOn(fs, "renameSync").mockImplementationOnce((from, to) => {
    fs.writeFileSync(lock, other);
    rename(from, to);
  });
  expect(() => lockRun(folder)).toThrow(`is being trained by process ${process.ppid}`);
  expect(fs.readdirSync(folder)).toEqual([".training"]);
  expect(fs.readFileSync(lock, "utf8")).toBe(other);
});

test("releasing leaves the lock of whoever took it over", () => {
  const release = lockRun(folder);
  write({ process: process.ppid, host });
  release();
  expect(fs.existsSync(lock)).toBe(true);
});
