import type { Field } from "@advantage/rl";
import { OPTION } from "../address.js";
import { choice, setSetting, training } from "../state/state.js";

/** One input per setting of the algorithm's schema. What is typed is checked at once, with the schema's own words. */
export function SettingsForm() {
  const { algorithm } = choice.value;
  const fields = Object.values(algorithm.config.fields);
  return (
    <fieldset class="settings">
      <legend>Settings</legend>
      {fields.map((field) => (
        <Setting key={`${algorithm.id} ${field.name}`} field={field} />
      ))}
    </fieldset>
  );
}

/** One input per option of the environment; nothing where it has none. Closed unless one was changed: most runs take it as it is. */
export function OptionsForm() {
  const { environment } = choice.value;
  const fields = Object.values(environment.config.fields);
  if (fields.length === 0) return null;
  const changed = Object.keys(training.value.settings).filter((name) => name.startsWith(OPTION)).length;
  return (
    <details class="options" open={changed > 0}>
      <summary>
        Options of {environment.id}
        {changed > 0 && ` · ${changed} changed`}
      </summary>
      <fieldset class="settings">
        <legend class="visually-hidden">Options of the environment</legend>
        {fields.map((field) => (
          <Setting key={`${environment.id} ${field.name}`} field={field} prefix={OPTION} />
        ))}
      </fieldset>
    </details>
  );
}

/** @param prefix what the names of such settings begin with in the address */
function Setting({ field, prefix = "" }: { field: Field; prefix?: string }) {
  const { base, problems } = choice.value;
  const { kind, symbol, help, range } = field;
  const name = prefix + field.name;
  const own = training.value.settings[name];
  const text = own ?? base[name];
  const problem = problems[name];
  const id = `setting-${name}`;
  return (
    <div class={`setting${own !== undefined ? " changed" : ""}${problem ? " wrong" : ""}`}>
      <label for={id}>
        {field.name}
        {symbol && <i aria-hidden="true">{symbol}</i>}
      </label>
      <span class="input">
        {own !== undefined && (
          <button
            type="button"
            class="back"
            aria-label={`${field.name} back to ${base[name]}`}
            title={`back to ${base[name]}`}
            onClick={() => setSetting(name, undefined)}
          >
            ↺
          </button>
        )}
        <Input field={field} name={name} id={id} text={text} problem={problem} usual={base[name]} />
      </span>
      {problem ? (
        <p class="problem" id={`${id}-help`} role="alert">
          {problem}
        </p>
      ) : (
        <p class="help" id={`${id}-help`}>
          {help} {kind !== "choice" && kind !== "flag" && <span>{range}</span>}
        </p>
      )}
    </div>
  );
}

interface InputProps {
  readonly field: Field;
  readonly name: string;
  readonly id: string;
  readonly text: string;
  readonly problem: string | undefined;
  readonly usual: string;
}

function Input({ field, name, id, text, problem, usual }: InputProps) {
  const { kind, options, optional } = field;
  const set = (value: string) => setSetting(name, value === usual ? undefined : value);
  const described = { id, name, "aria-describedby": `${id}-help`, "aria-invalid": problem !== undefined };
  if (kind === "flag")
    return (
      <input
        {...described}
        type="checkbox"
        role="switch"
        checked={text === "true"}
        aria-checked={text === "true"}
        onChange={(event) => set(String(event.currentTarget.checked))}
      />
    );
  if (kind === "choice")
    return (
      <select {...described} value={text} onChange={(event) => set(event.currentTarget.value)}>
        {(optional ? ["none", ...options] : options).map((option) => (
          <option key={option}>{option}</option>
        ))}
      </select>
    );
  return (
    <input
      {...described}
      type="text"
      inputMode={kind === "int" ? "numeric" : "text"}
      autocomplete="off"
      spellcheck={false}
      value={text}
      onInput={(event) => set(event.currentTarget.value)}
    />
  );
}
