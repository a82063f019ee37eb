import { algorithms } from "@advantage/rl";
import { firstEnvironment, fittingEnvironments } from "../state/choice.js";
import { choice, choose, training } from "../state/state.js";

/** Algorithm, environment and where the settings start from. Environments that the algorithm cannot use are not offered. */
export function Pickers() {
  const { algorithm, environment, fitting, presetSource } = choice.value;
  return (
    <div class="pickers">
      <label>
        <span>Algorithm</span>
        <select
          value={algorithm.id}
          onChange={(event) => {
            const next = algorithms.find(({ id }) => id === event.currentTarget.value)!;
            const stays = fittingEnvironments(next).some(({ id }) => id === environment.id);
            choose({
              algorithm: next.id,
              environment: stays ? environment.id : firstEnvironment(next).id,
              settings: {},
              preset: "auto",
            });
          }}
        >
          {byFamily(algorithms).map(([family, members]) => (
            <optgroup key={family} label={family}>
              {members.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        <small>
          {algorithm.summary} <a href={`#/learn/${algorithm.id}`}>Read more</a>
        </small>
      </label>
      <label>
        <span>Environment</span>
        <select
          value={environment.id}
          onChange={(event) =>
            choose({
              algorithm: algorithm.id, // a link may name one that there is not
              environment: event.currentTarget.value,
              settings: {},
              preset: "auto",
            })
          }
        >
          {byFamily(fitting).map(([family, members]) => (
            <optgroup key={family} label={family}>
              {members.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title} · {id}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
        <small>{environment.summary}</small>
      </label>
      {Object.hasOwn(algorithm.presets, environment.id) && (
        <label>
          <span>Settings start from</span>
          <select
            value={training.value.preset}
            onChange={(event) => choose({ preset: event.currentTarget.value as "auto" | "none" })}
          >
            <option value="auto">the preset for {environment.id}</option>
            <option value="none">the defaults</option>
          </select>
          {presetSource && <small>Source: {presetSource}</small>}
        </label>
      )}
    </div>
  );
}

function byFamily<Entry extends { readonly family: string }>(entries: readonly Entry[]): [string, Entry[]][] {
  const families = [...new Set(entries.map(({ family }) => family))];
  return families.map((family) => [family, entries.filter((entry) => entry.family === family)]);
}
