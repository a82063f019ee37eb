import { cancelSeeds, seedProgress } from "../state/seeds.js";

/** How far the seeds in the background are, and a way to end them. */
export function SeedProgress() {
  const progress = seedProgress.value;
  if (!progress) return null;
  const { seeds, done, training, waiting, share } = progress;
  return (
    <div class="banner seeds">
      <p>
        {seeds} seed{seeds === 1 ? "" : "s"} in the background: {done} done, {training} training, {waiting} waiting
      </p>
      <div
        class="track"
        role="progressbar"
        aria-label="Seeds in the background"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * share)}
      >
        <i style={{ width: `${100 * share}%` }} />
      </div>
      <button type="button" onClick={cancelSeeds}>
        Cancel the seeds
      </button>
    </div>
  );
}
