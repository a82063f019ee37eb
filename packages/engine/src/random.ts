import { exp, log } from "./math.js";

/** The whole of a random stream as plain JSON: what a checkpoint stores. */
export interface RandomState {
  /** The stream's identity: a 128-bit hash of the seed and the names on the path to this stream. Four uint32. */
  key: number[];
  /** The generator's state. Four uint32, not all zero. */
  state: number[];
}

const TWO_POW_32 = 4294967296;
const TWO_POW_MINUS_24 = 1 / 16777216;
const TWO_POW_MINUS_52 = 1 / 4503599627370496;
const TWO_POW_MINUS_53 = 1 / 9007199254740992;

/** The hash of a seed starts from four unlike words (the first 128 fractional bits of π), or lanes would coincide. */
const ROOT_KEY = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];

// The 256 layers of the ziggurat under f(x) = exp(−x²/2), all of the same area: the published r and v for this number of layers.
const TAIL_START = 3.654152885361009; // r, where the tail begins
const LAYER_AREA = 0.0049286732339746545; // v = r·f(r) + ∫ᵣ^∞ f
/** Right edge of layer i; layer 0, which holds the tail, is given the width of a rectangle of its area.  [257] */
const LAYER_EDGE = new Float64Array(257);
/** f at that edge: layer i lies between the heights i and i + 1.  [257] */
const LAYER_HEIGHT = new Float64Array(257);
LAYER_EDGE[0] = LAYER_AREA / exp(-0.5 * TAIL_START * TAIL_START);
LAYER_EDGE[1] = TAIL_START;
LAYER_HEIGHT[1] = exp(-0.5 * TAIL_START * TAIL_START);
for (let i = 2; i < 256; i++) {
  LAYER_HEIGHT[i] = LAYER_HEIGHT[i - 1] + LAYER_AREA / LAYER_EDGE[i - 1];
  LAYER_EDGE[i] = Math.sqrt(-2 * log(LAYER_HEIGHT[i]));
}
LAYER_HEIGHT[256] = 1; // the top: edge 0

/**
 * A stream of random numbers: the same seed and the same calls give the same bits in every JavaScript engine.
 *
 * Generator: xoshiro128++ 1.0 (Blackman & Vigna 2021, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4),
 * arXiv:1805.01407): period 2¹²⁸ − 1, 32-bit integer operations alone. Seeds and names are turned into its initial state
 * by MurmurHash3_x86_128.
 *
 * A program has one seed and forks a named stream for each purpose. A fork depends on the seed and on the names on its path,
 * not on how many numbers its parent has drawn: a draw added in one place does not shift the others.
 *
 *     const random = Random.fromSeed(1);
 *     const policyRandom = random.fork("policy");
 *     const envRandom = random.fork("env").fork("3");
 */
export class Random {
  readonly #key: Uint32Array;
  readonly #state: Int32Array;

  private constructor(key: Uint32Array) {
    this.#key = key;
    this.#state = new Int32Array(4);
    this.#start(key);
  }

  /** @param seed any safe integer ≥ 0 */
  static fromSeed(seed: number): Random {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`seed must be an integer in [0, 2^53), got ${seed}`);
    }
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setUint32(0, seed % TWO_POW_32, true);
    new DataView(bytes.buffer).setUint32(4, Math.floor(seed / TWO_POW_32), true);
    return new Random(hash128(bytes, ROOT_KEY));
  }

  /** A stream that continues exactly where the snapshot was taken. */
  static fromSnapshot(state: RandomState): Random {
    const random = new Random(new Uint32Array(4));
    random.restore(state);
    return random;
  }

  /** The child stream of that name: its key is the hash of the name, started from this stream's key. */
  fork(name: string): Random {
    return new Random(hash128(new TextEncoder().encode(name), this.#key));
  }

  snapshot(): RandomState {
    return {
      key: Array.from(this.#key),
      state: Array.from(this.#state, (word) => word >>> 0),
    };
  }

  restore({ key, state }: RandomState): void {
    requireWords("key", key);
    requireWords("state", state);
    if (state.every((word) => word === 0)) throw new RangeError("random state must not be all zero, got [0, 0, 0, 0]");
    this.#key.set(key);
    this.#state.set(state);
  }

  /** Uniform over the 2³² integers 0 … 2³² − 1. */
  uint32(): number {
    return this.#next() >>> 0;
  }

  /** Uniform in [low, high), from 53 random bits; `low` itself if both are equal. */
  uniform(low = 0, high = 1): number {
    requireInterval(low, high);
    const value = low + (high - low) * this.#unit();
    return value < high ? value : low; // rounding can reach `high`
  }

  /**
   * Uniform over 0 … n − 1, without bias: the high word of x·n, rejecting the few x that would be counted twice.
   * Lemire 2019, "Fast random integer generation in an interval", ACM TOMACS 29(1), arXiv:1805.10941.
   *
   * @param n integer in [1, 2³²]
   */
  int(n: number): number {
    if (!(n >= 1 && n <= TWO_POW_32) || n !== Math.floor(n)) {
      throw new RangeError(`n must be an integer in [1, 2^32], got ${n}`);
    }
    let x = this.#next() >>> 0;
    let low = Math.imul(x, n) >>> 0;
    if (low < n) {
      const threshold = (TWO_POW_32 - n) % n; // 2³² mod n
      while (low < threshold) {
        x = this.#next() >>> 0;
        low = Math.imul(x, n) >>> 0;
      }
    }
    return Math.floor((x * n - low) / TWO_POW_32 + 0.5); // x·n is rounded for n > 2²¹; the high word is still nearest
  }

  /**
   * Standard normal variate, N(0, 1), by the ziggurat method with 256 layers: a point is drawn in a layer at random and is
   * nearly always inside the part that lies wholly under the density.
   * Marsaglia & Tsang 2000, "The ziggurat method for generating random variables", Journal of Statistical Software 5(8);
   * layer and position come from different bits, as Doornik 2005 asks.
   */
  normal(): number {
    while (true) {
      const bits = this.#next();
      const layer = bits & 255;
      const x = ((bits >> 8) * 536870912 + (this.#next() >>> 3)) * TWO_POW_MINUS_52 * LAYER_EDGE[layer]; // 53 bits, signed
      const size = Math.abs(x);
      if (size < LAYER_EDGE[layer + 1]) return x;
      if (layer === 0) return x < 0 ? -this.#normalTail() : this.#normalTail();
      const height = LAYER_HEIGHT[layer] + (LAYER_HEIGHT[layer + 1] - LAYER_HEIGHT[layer]) * this.#unit();
      if (height < exp(-0.5 * x * x)) return x;
    }
  }

  /** Fills with uniforms in [low, high): 53 random bits each in a Float64Array (as `uniform`), 24 in a Float32Array. */
  fillUniform(out: Float32Array | Float64Array, low = 0, high = 1): void {
    requireInterval(low, high);
    const range = high - low;
    if (out instanceof Float64Array) {
      for (let i = 0; i < out.length; i++) {
        const value = low + range * this.#unit();
        out[i] = value < high ? value : low;
      }
    } else {
      for (let i = 0; i < out.length; i++) {
        const value = Math.fround(low + range * ((this.#next() >>> 8) * TWO_POW_MINUS_24));
        out[i] = value < high ? value : low;
      }
    }
  }

  /** Fills with the values that as many calls of `normal` would give. */
  fillNormal(out: Float32Array | Float64Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.normal();
  }

  /** Puts the values into a uniformly random order, in place (Fisher–Yates; Knuth, TAOCP 2, algorithm 3.4.2P). */
  shuffle(values: Int32Array | Uint32Array | unknown[]): void {
    const items = values as unknown[]; // the typed arrays are read and written element by element in just the same way
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }

  /**
   * A uniformly random order of 0 … n − 1.
   *
   * @param out written and returned if given  [n]
   */
  permutation(n: number, out: Int32Array = new Int32Array(n)): Int32Array {
    if (out.length !== n) throw new RangeError(`out must hold n = ${n} elements, got ${out.length}`);
    for (let i = 0; i < n; i++) out[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const item = out[i];
      out[i] = out[j];
      out[j] = item;
    }
    return out;
  }

  /**
   * An index, drawn with the given probabilities.
   *
   * @param probabilities each ≥ 0, summing to 1 up to rounding (1e-3)  [n]
   */
  categorical(probabilities: ArrayLike<number>): number {
    let total = 0;
    let last = -1; // the last index that can be drawn, should rounding carry us to the end
    for (let i = 0; i < probabilities.length; i++) {
      const p = probabilities[i];
      if (!(p >= 0)) throw new RangeError(`probabilities must be >= 0, got ${p} at index ${i}`);
      if (p > 0) last = i;
      total += p;
    }
    if (!(Math.abs(total - 1) <= 1e-3)) throw new RangeError(`probabilities must sum to 1, got a sum of ${total}`);
    let rest = this.#unit() * total;
    for (let i = 0; i < last; i++) {
      rest -= probabilities[i];
      if (rest < 0) return i;
    }
    return last;
  }

  /** A normal variate beyond the last layer. Marsaglia 1964, "Generating a variable from the tail of the normal distribution". */
  #normalTail(): number {
    while (true) {
      const x = -log(1 - this.#unit()) / TAIL_START;
      const y = -log(1 - this.#unit());
      if (2 * y > x * x) return TAIL_START + x;
    }
  }

  /** Uniform in [0, 1), 53 bits: the double i · 2⁻⁵³. */
  #unit(): number {
    const high = this.#next() >>> 5; // 27 bits
    const low = this.#next() >>> 6; // 26 bits
    return (high * 67108864 + low) * TWO_POW_MINUS_53;
  }

  /** One step of xoshiro128++, as an int32. */
  #next(): number {
    const state = this.#state;
    const s0 = state[0];
    const s3 = state[3];
    const s2 = state[2] ^ s0;
    const s1 = state[1];
    const s4 = s3 ^ s1;
    const sum = (s0 + s3) | 0;
    state[0] = s0 ^ s4;
    state[1] = s1 ^ s2;
    state[2] = s2 ^ (s1 << 9);
    state[3] = (s4 << 11) | (s4 >>> 21);
    return (((sum << 7) | (sum >>> 25)) + s0) | 0;
  }

  #start(key: Uint32Array): void {
    this.#state.set(key);
    if (key.every((word) => word === 0)) this.#state[0] = 1; // the one state the generator cannot leave
  }
}

function requireInterval(low: number, high: number): void {
  if (!(low <= high && high - low < Infinity)) {
    throw new RangeError(`uniform needs low <= high with a finite difference, got low ${low}, high ${high}`);
  }
}

function requireWords(name: string, words: number[]): void {
  if (!Array.isArray(words) || words.length !== 4 || !words.every((word) => word >>> 0 === word)) {
    throw new RangeError(`random state: ${name} must be four integers in [0, 2^32), got ${JSON.stringify(words)}`);
  }
}

/**
 * MurmurHash3_x86_128 (A. Appleby 2011, public domain, https://github.com/aappleby/smhasher), its four lanes started from `key`
 * where the original starts them all from one 32-bit seed.
 *
 * @param bytes the message
 * @param key   four uint32
 * @returns     four uint32
 */
export function hash128(bytes: Uint8Array, key: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  let [h1, h2, h3, h4] = [key[0] | 0, key[1] | 0, key[2] | 0, key[3] | 0];
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length >>> 4;
  for (let block = 0; block < blocks; block++) {
    h1 ^= scramble(words.getInt32(block * 16, true), 0x239b961b, 15, 0xab0e9789);
    h1 = (Math.imul(rotateLeft(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
    h2 ^= scramble(words.getInt32(block * 16 + 4, true), 0xab0e9789, 16, 0x38b34ae5);
    h2 = (Math.imul(rotateLeft(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
    h3 ^= scramble(words.getInt32(block * 16 + 8, true), 0x38b34ae5, 17, 0xa1e38b93);
    h3 = (Math.imul(rotateLeft(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
    h4 ^= scramble(words.getInt32(block * 16 + 12, true), 0xa1e38b93, 18, 0x239b961b);
    h4 = (Math.imul(rotateLeft(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
  }
  const tail = [0, 0, 0, 0]; // what is left of the message, padded with zeros; a zero word changes nothing
  for (let i = blocks * 16; i < bytes.length; i++) tail[(i & 15) >> 2] |= bytes[i] << (8 * (i & 3));
  h1 ^= scramble(tail[0], 0x239b961b, 15, 0xab0e9789);
  h2 ^= scramble(tail[1], 0xab0e9789, 16, 0x38b34ae5);
  h3 ^= scramble(tail[2], 0x38b34ae5, 17, 0xa1e38b93);
  h4 ^= scramble(tail[3], 0xa1e38b93, 18, 0x239b961b);

  h1 ^= bytes.length;
  h2 ^= bytes.length;
  h3 ^= bytes.length;
  h4 ^= bytes.length;
  const sum = (h1 + h2 + h3 + h4) | 0;
  const lanes = [finalMix(sum), finalMix(h2 + sum), finalMix(h3 + sum), finalMix(h4 + sum)];
  const lanesSum = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  return Uint32Array.of(lanesSum, lanes[1] + lanesSum, lanes[2] + lanesSum, lanes[3] + lanesSum);
}

function scramble(word: number, multiplier: number, rotation: number, secondMultiplier: number): number {
  return Math.imul(rotateLeft(Math.imul(word, multiplier), rotation), secondMultiplier);
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The 32-bit finaliser of MurmurHash3: every input bit flips every output bit with probability close to ½. */
function finalMix(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
