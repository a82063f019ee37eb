import { describe, expect, it } from "vitest";
import { counter, walk } from "../../../../../test/counter.js";
import { run } from "../run.js";
import { csvSink } from "./csv.js";
import { crc32c, maskedCrc32c, tensorboardSink } from "./tensorboard.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("csv", () => {
  it("has a header of all names and a row an event", async () => {
    const rows: string[] = [];
    await run(counter, walk(), { totalSteps: 20, evaluationEpisodes: 0, sinks: [csvSink((row) => rows.push(row))] });
    expect(rows[0]).toBe("step,episodes,episodeReturn,episodeLength,loss,drift,seconds,stepsPerSecond\n");
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatch(/^10,[0-9]+,.*\n$/);
  });
});

describe("crc32c", () => {
  it("gives the published check values", () => {
    expect(crc32c(bytes("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa); // RFC 3720, B.4: 32 bytes of zeroes
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43); // 32 bytes of ones
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e); // 0 … 31
  });

  it("is masked by a rotation and a constant", () => {
    // 0xe3069283 rotated right by 15 is 0x2507c60d; plus 0xa282ead8.
    expect(maskedCrc32c(bytes("123456789"))).toBe((0x2507c60d + 0xa282ead8) >>> 0);
  });
});

/** A reader that knows the format only from its definition. */
function readEvents(file: Uint8Array) {
  const view = new DataView(file.buffer);
  const events: {
    step: number;
    version?: string;
    start?: boolean;
    wallTime?: number;
    scalars: Record<string, number>;
  }[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(maskedCrc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(maskedCrc32c(data));
    const event: (typeof events)[number] = { step: 0, scalars: {} };
    for (const { field, value } of readFields(data)) {
      if (field === 1) event.wallTime = value as number;
      if (field === 2) event.step = value as number;
      if (field === 3) event.version = new TextDecoder().decode(value as Uint8Array);
      if (field === 5)
        for (const { value: scalar } of readFields(value as Uint8Array)) {
          const [tag, number] = [...readFields(scalar as Uint8Array)];
          event.scalars[new TextDecoder().decode(tag.value as Uint8Array)] = number.value as number;
        }
      if (field === 7) event.start = [...readFields(value as Uint8Array)][0].value === 1;
    }
    events.push(event);
    at += length + 16;
  }
  return events;
}

function* readFields(data: Uint8Array): Generator<{ field: number; value: number | Uint8Array }> {
  const view = new DataView(data.buffer, data.byteOffset);
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[at++];
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    if (key % 8 === 0) yield { field, value: varint() };
    else {
      const length = key % 8 === 1 ? 8 : key % 8 === 5 ? 4 : varint();
      const from = at;
      at += length;
      if (key % 8 === 1) yield { field, value: view.getFloat64(from, true) };
      else if (key % 8 === 5) yield { field, value: view.getFloat32(from, true) };
      else yield { field, value: data.slice(from, at) };
    }
  }
}

describe("tensorboard", () => {
  it("writes what a reader of the format finds again", async () => {
    const parts: Uint8Array[] = [];
    const sink = tensorboardSink(
      (part) => parts.push(part),
      () => 1234.5,
    );
    const { history } = await run(counter, walk(), { totalSteps: 40, evaluationEpisodes: 0, sinks: [sink] });
    const events = readEvents(Uint8Array.from(parts.flatMap((part) => [...part])));
    expect(events[0]).toEqual({ step: 0, version: "brain.Event:2", wallTime: 1234.5, scalars: {} });
    expect(events.slice(1).map((event) => event.step)).toEqual([10, 20, 30, 40]);
    const { step: _, ...last } = history[3];
    expect(events[4].scalars).toEqual(
      Object.fromEntries(Object.entries(last).map(([name, value]) => [name, Math.fround(value as number)])),
    );
  });

  it("tells TensorBoard to forget what came after the checkpoint of a resumed run", () => {
    const parts: Uint8Array[] = [];
    const sink = tensorboardSink(
      (part) => parts.push(part),
      () => 1,
    );
    sink.start?.({ resume: { header: { step: 5_000_000_000 } } } as never, 3);
    expect(readEvents(Uint8Array.from(parts.flatMap((part) => [...part])))[1]).toMatchObject({
      step: 5_000_000_001,
      start: true,
    });
  });
});
