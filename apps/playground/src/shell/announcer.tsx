import { readable } from "@advantage/rl";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { current, notice } from "../state/state.js";
import { mainMetric } from "../train/metrics.js";
import { WORDS } from "../train/transport.js";

/** Milliseconds between two reports of a run's numbers. */
const EVERY = 15_000;

/** The page's one live region, for those who hear it: what is said, how the run stands, and its numbers now and then. */
export function Announcer() {
  const text = useSignal("");
  const run = current.value;
  const status = run?.status.value;
  const said = notice.value;
  useEffect(() => {
    if (said && !said.bad) text.value = said.text; // what is bad is an alert of its own
  }, [said]);
  useEffect(() => {
    if (!run || !status) return;
    const report = () => {
      const share = Math.round((100 * run.step.peek()) / run.config.totalSteps);
      const name = mainMetric(run, run.algorithm);
      const latest = run.columns.latest(name);
      text.value = [
        WORDS[status],
        ...(status === "running" ? [`${share} %`] : []),
        ...(latest === undefined ? [] : [`${name === "episodeReturn" ? "training return" : name} ${readable(latest)}`]),
      ].join(", ");
    };
    report();
    if (status !== "running") return;
    const timer = setInterval(report, EVERY);
    return () => clearInterval(timer);
  }, [run, status]);
  return (
    <p class="visually-hidden" role="status">
      {text}
    </p>
  );
}
