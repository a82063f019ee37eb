import type { Sink } from "../sink.js";

/**
 * TensorBoard's event file: https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto in the
 * records of https://www.tensorflow.org/tutorials/load_data/tfrecord. Metrics come out as scalars, the step as their x axis.
 *
 * @param write takes the bytes of one or more whole records
 * @param clock wall time in seconds since 1970
 */
export function tensorboardSink(write: (bytes: Uint8Array) => void, clock = () => Date.now() / 1000): Sink {
  return {
    start(run, events) {
      write(record(encodeEvent({ wallTime: clock(), fileVersion: "brain.Event:2" })));
      // Makes TensorBoard forget the events of earlier files from this step on: those written after the checkpoint.
      if (events > 0)
        write(record(encodeEvent({ wallTime: clock(), step: (run.resume?.header.step ?? 0) + 1, start: true })));
    },
    event(event) {
      const { step, ...metrics } = event;
      const scalars = Object.entries(metrics).filter((entry): entry is [string, number] => entry[1] !== undefined);
      write(record(encodeEvent({ wallTime: clock(), step, scalars })));
    },
  };
}

/** One TFRecord: u64 length, masked CRC-32C of it, the data, masked CRC-32C of the data; little-endian. */
export function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}

/** TFRecord's mask: rotated right by 15 bits, plus a constant. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** CRC-32C (Castagnoli), RFC 3720 appendix B.4. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0); // reversed polynomial 0x1EDC6F41
  }
  return (crc ^ 0xffffffff) >>> 0;
}

interface TensorboardEvent {
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly scalars?: readonly (readonly [tag: string, value: number])[];
  readonly start?: boolean;
}

/** The protocol buffer `tensorflow.Event`. */
function encodeEvent({ wallTime, step, fileVersion, scalars = [], start }: TensorboardEvent): Uint8Array {
  return concatenate([
    fixed64(1, wallTime), // double wall_time = 1
    ...(step === undefined ? [] : [varintField(2, step)]), // int64 step = 2
    ...(fileVersion === undefined ? [] : [lengthDelimited(3, utf8(fileVersion))]), // string file_version = 3
    ...(scalars.length === 0
      ? []
      : [
          // Summary summary = 5, of repeated Value value = 1 { string tag = 1; float simple_value = 2 }
          lengthDelimited(
            5,
            concatenate(
              scalars.map(([tag, value]) =>
                lengthDelimited(1, concatenate([lengthDelimited(1, utf8(tag)), fixed32(2, value)])),
              ),
            ),
          ),
        ]),
    ...(start ? [lengthDelimited(7, varintField(1, 1))] : []), // SessionLog session_log = 7 { status = 1: START = 1 }
  ]);
}

function varintField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

function fixed64(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = field * 8 + 1;
  new DataView(bytes.buffer).setFloat64(1, value, true);
  return bytes;
}

function fixed32(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = field * 8 + 5;
  new DataView(bytes.buffer).setFloat32(1, value, true);
  return bytes;
}

function lengthDelimited(field: number, data: Uint8Array): Uint8Array {
  return concatenate([Uint8Array.from([...varint(field * 8 + 2), ...varint(data.length)]), data]);
}

/** Seven bits a byte, least significant first. Steps may exceed 32 bits. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
