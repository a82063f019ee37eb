import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { hashOf } from "../address.js";
import { droppedFiles, type FoundFile } from "../compare/dropped-folders.js";
import { lazily } from "../parts/lazily.js";
import { address, kept, notice, training } from "../state/state.js";
import { type Theme, theme } from "../state/theme.js";
import { TrainView } from "../train/train-view.js";
import { Announcer } from "./announcer.js";

const CompareView = lazily(async () => (await import("../compare/compare-view.js")).CompareView);
const LearnView = lazily(async () => (await import("../learn/learn-view.js")).LearnView);

async function receiveDrop(files: Promise<readonly FoundFile[]>): Promise<void> {
  (await import("../compare/receive.js")).receiveDrop(files);
}

const THEMES: readonly Theme[] = ["auto", "light", "dark"];

export function App() {
  const { view } = address.value;
  const dragging = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      event.preventDefault();
      dragging.value = event.dataTransfer?.types.includes("Files") ?? false;
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) dragging.value = false;
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      dragging.value = false;
      if (event.dataTransfer) receiveDrop(droppedFiles(event.dataTransfer));
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  const link = (to: string, href: string, text: string) => (
    <a href={href} aria-current={view === to ? "page" : undefined}>
      {text}
    </a>
  );
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        To the content
      </button>
      <header class="top">
        <a class="brand" href={hashOf(training.value)}>
          <img src="./icon.svg" alt="" width="26" height="26" />
          Advantage <span>playground</span>
        </a>
        <nav aria-label="Views">
          {link("train", hashOf(training.value), "Train")}
          {link("compare", "#/compare", kept.value.length > 0 ? `Compare ${kept.value.length}` : "Compare")}
          {link("learn", `#/learn/${training.value.algorithm}`, "Learn")}
        </nav>
        <label class="theme">
          <span class="visually-hidden">Colours</span>
          <select value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value as Theme)}>
            {THEMES.map((each) => (
              <option key={each} value={each}>
                {each === "auto" ? "Auto" : each === "light" ? "Light" : "Dark"}
              </option>
            ))}
          </select>
        </label>
      </header>
      <main id="main" tabIndex={-1}>
        {view === "train" ? (
          <TrainView />
        ) : view === "compare" ? (
          <CompareView />
        ) : (
          <LearnView address={address.value as Extract<typeof address.value, { view: "learn" }>} />
        )}
      </main>
      <Notice />
      <Announcer />
      {dragging.value && <div class="drop">Drop a metrics.jsonl or a checkpoint</div>}
    </>
  );
}

/** What was last said; good news goes away by itself. */
function Notice() {
  const said = notice.value;
  useEffect(() => {
    if (!said || said.bad) return;
    const timer = setTimeout(() => {
      if (notice.value === said) notice.value = undefined;
    }, 6_000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div class="notice" role={said?.bad ? "alert" : undefined}>
      {said && (
        <p class={said.bad ? "bad" : ""}>
          {said.text}
          <button type="button" class="quiet" aria-label="Close" onClick={() => (notice.value = undefined)}>
            ✕
          </button>
        </p>
      )}
    </div>
  );
}
