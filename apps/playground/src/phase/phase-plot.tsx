import { HEAT_COLOURS, heatColour, readable } from "@advantage/rl";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { PhaseValues } from "./phase-values.js";
import { type Plane, RESOLUTION } from "./planes.js";

interface PhasePlotProps {
  readonly plane: Plane;
  readonly phase: PhaseValues;
  readonly actionNames?: readonly string[];
}

/** Numbers over a plane of states as a heat map with axes; actions that are counted have a colour each. */
export function PhasePlot({ plane, phase, actionNames }: PhasePlotProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const under = useSignal("");
  const { title, values, choices } = phase;
  const nameOf = (action: number) => actionNames?.[action] ?? `action ${action}`;
  const low = choices === undefined ? values.reduce((a, b) => Math.min(a, b)) : 0;
  const high = choices === undefined ? values.reduce((a, b) => Math.max(a, b)) : choices - 1;
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const image = context.createImageData(RESOLUTION, RESOLUTION);
    values.forEach((value, i) => {
      const { fill } = heatColour(high > low ? (value - low) / (high - low) : 0.5);
      const colour = Number.parseInt(fill.slice(1), 16);
      image.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], 4 * i);
    });
    context.putImageData(image, 0, 0);
  }, [values]);
  const at = (event: PointerEvent) => {
    const element = canvas.current!;
    const column = clamp(Math.floor((event.offsetX / element.clientWidth) * RESOLUTION));
    const row = clamp(Math.floor((event.offsetY / element.clientHeight) * RESOLUTION));
    const x = plane.x.low + ((column + 0.5) / RESOLUTION) * (plane.x.high - plane.x.low);
    const y = plane.y.high - ((row + 0.5) / RESOLUTION) * (plane.y.high - plane.y.low);
    const value = values[row * RESOLUTION + column];
    under.value = `${readable(x)}, ${readable(y)}: ${choices === undefined ? readable(value) : nameOf(value)}`;
  };
  return (
    <section class="card figure narrow">
      <h3>{title}</h3>
      <p class="caption">
        {plane.y.label} over {plane.x.label}. {plane.note}
      </p>
      <div class="phase-plot">
        <span class="y-axis">
          <b>{readable(plane.y.high)}</b>
          <i>{plane.y.label}</i>
          <b>{readable(plane.y.low)}</b>
        </span>
        <canvas
          ref={canvas}
          width={RESOLUTION}
          height={RESOLUTION}
          role="img"
          aria-label={`${title} over ${plane.x.label} and ${plane.y.label}`}
          onPointerMove={at}
          onPointerLeave={() => (under.value = "")}
        />
        <span class="x-axis">
          <b>{readable(plane.x.low)}</b>
          <i>{plane.x.label}</i>
          <b>{readable(plane.x.high)}</b>
        </span>
      </div>
      {choices === undefined ? (
        <p class="heat">
          <span>{readable(low)}</span>
          <i style={`background:linear-gradient(90deg,${HEAT_COLOURS.join(",")})`} />
          <span>{readable(high)}</span>
          <span>{under}</span>
        </p>
      ) : (
        <p class="legend">
          {Array.from({ length: choices }, (_, action) => (
            <span key={action} style={`--c:${heatColour(choices > 1 ? action / (choices - 1) : 0.5).fill}`}>
              {nameOf(action)}
            </span>
          ))}
          <span class="under">{under}</span>
        </p>
      )}
    </section>
  );
}

function clamp(index: number): number {
  return Math.min(RESOLUTION - 1, Math.max(0, index));
}
