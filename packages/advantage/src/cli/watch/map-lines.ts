import type { MdpLayout } from "@advantage/envs";
import { colourCode, RESET } from "./colours.js";
import type { LinesOptions } from "./scene-lines.js";

/** How the characters of maps look; the others are written as they are. */
const LOOKS: Readonly<Record<string, { letter?: string; text?: string; background?: string }>> = {
  "#": { letter: "█", text: "muted" },
  ".": { letter: "·", text: "muted" },
  F: { letter: "·", text: "muted" },
  " ": { letter: "·", text: "muted" },
  S: { text: "accent" },
  G: { text: "good" },
  H: { text: "bad" },
  C: { text: "bad" },
};

const AGENT = "\x1b[1;30;103m";

/**
 * A map as lines of text, two characters a cell, with the agent on it; of a map that is too large, the part around the agent.
 *
 * @param state  whose place on the map is the agent's
 */
export function mapLines(layout: MdpLayout, state: number, { columns, rows, colours }: LinesOptions): string[] {
  const [agentRow, agentColumn] = [layout.row[state] ?? -1, layout.column[state] ?? -1];
  const [fromRow, toRow] = windowAround(agentRow, layout.rows, rows);
  const [fromColumn, toColumn] = windowAround(agentColumn, layout.columns, Math.floor(columns / 2));
  const lines = layout.map.slice(fromRow, toRow).map((line, i) => {
    const cells = [...line.slice(fromColumn, toColumn)].map((character, j) => {
      const isAgent = fromRow + i === agentRow && fromColumn + j === agentColumn;
      return cell(character, isAgent, colours);
    });
    return cells.join(" ");
  });
  const panel = layout.panels?.[layout.panel?.[state] ?? -1];
  return panel === undefined ? lines : [...lines, "", panel];
}

function cell(character: string, isAgent: boolean, colours: boolean): string {
  if (isAgent) return colours ? `${AGENT}@${RESET}` : "@";
  const { letter = character, text = "ink" } = LOOKS[character] ?? {};
  if (!colours) return letter;
  const code = colourCode(text, "text");
  return code === "" ? letter : `${code}${letter}${RESET}`;
}

/** The part of `size` cells with room for `room` that has the agent in its middle as far as the ends allow. */
function windowAround(agent: number, size: number, room: number): [from: number, to: number] {
  if (size <= room) return [0, size];
  const from = Math.min(Math.max(0, agent - Math.floor(room / 2)), size - room);
  return [from, from + room];
}
