import type { Random } from "@advantage/engine";
import type { Env, Step } from "../env.js";
import { buildMdp, type FiniteMdp, type MdpLayout } from "../finite-mdp/finite-mdp.js";
import { rectangle } from "../finite-mdp/layout-scene.js";
import { display } from "../flatten.js";
import type { Scene, Shape } from "../scene.js";
import { type FieldsOf, flag, schema } from "../schema.js";
import { type Discrete, discrete } from "../spaces/discrete.js";
import { type MultiDiscrete, multiDiscrete } from "../spaces/multi-discrete.js";
import { describeSpace } from "../spaces/space.js";

/*
 * Draw cards to come closer to 21 than the dealer, but not above it. Sutton & Barto 2018, example 5.1. Rules as in Gymnasium's Blackjack-v1:
 * cards are drawn with replacement from 1 (ace), 2 … 9 and four kinds that count 10; an ace counts 11 where that does not bust the hand
 * (it is then usable); the dealer draws below 17.
 */

const STICK = 0;
const HIT = 1;
const SUMS = 32;
const DEALER_CARDS = 11;
const BOARD_STATES = SUMS * DEALER_CARDS * 2;

/** Options of blackjack. */
export interface BlackjackOptions {
  /** Sutton & Barto's rule: a natural (ace and ten at once) beats anything but another natural. Default: true. */
  readonly sab?: boolean;
  /** A win with a natural pays 1.5. Has no effect together with `sab`. Default: false. */
  readonly natural?: boolean;
}

/** Schema of the options of blackjack: types, ranges, defaults. */
export const blackjackConfig = schema(
  {
    sab: flag({
      default: true,
      help: "Sutton & Barto's rule: a natural (ace and ten at once) beats anything but another natural",
    }),
    natural: flag({ default: false, help: "whether a win with a natural pays 1.5; has no effect together with sab" }),
  } satisfies FieldsOf<BlackjackOptions>,
  "Blackjack-v1",
);

/** Blackjack, with its exact MDP. */
export interface BlackjackEnv extends Env<Int32Array, number> {
  readonly observationSpace: MultiDiscrete;
  readonly actionSpace: Discrete;
  mdp(): FiniteMdp;
  snapshot(): BlackjackSnapshot;
  restore(snapshot: unknown, rng: Random): void;
  render(): Scene;
  fresh(): BlackjackEnv;
}

/** State of a game of blackjack as it is kept in a checkpoint. */
export interface BlackjackSnapshot {
  /** Cards in the order they were dealt, 1 … 10. */
  readonly player: readonly number[];
  /** The first card lies open, the second one does not. */
  readonly dealer: readonly number[];
  /** Whether the hand has been played to its end. */
  readonly over: boolean;
}

/**
 * `Blackjack-v1`. Observation: the player's sum, the dealer's open card (1 is the ace), 1 if the player has a usable ace. Actions: 0 stick,
 * 1 hit. Reward at the end of the hand: 1 for a win, 0 for a draw, −1 for a loss. `mdp()` is exact: see `blackjackMdp`.
 */
export function blackjack(options: BlackjackOptions = {}): BlackjackEnv {
  const config = blackjackConfig.parse(options);
  const { sab, natural } = config;
  const id = "Blackjack-v1";
  const observationSpace = multiDiscrete([SUMS, DEALER_CARDS, 2]);
  const actionSpace = discrete(2);
  let rng: Random | undefined;
  let player: number[] = [];
  let dealer: number[] = [];
  let over = false;
  let table: FiniteMdp | undefined;

  const observe = () => {
    const { total, usableAce } = handOf(player);
    return Int32Array.of(total, dealer[0], usableAce ? 1 : 0);
  };
  const requireStarted = (what: string) => {
    if (rng === undefined) throw new Error(`${id}: call reset(rng) before ${what}`);
  };
  /** Plays the dealer's hand and returns the reward. */
  const settle = (stream: Random) => {
    while (handOf(dealer).total < 17) dealer.push(drawCard(stream));
    const own = score(player);
    const other = score(dealer);
    const reward = own > other ? 1 : own < other ? -1 : 0;
    if (sab) return isNatural(player) && !isNatural(dealer) ? 1 : reward;
    return natural && reward === 1 && isNatural(player) ? 1.5 : reward;
  };

  return {
    id,
    observationSpace,
    actionSpace,
    options: blackjackConfig.changes(config),
    mdp() {
      table ??= blackjackMdp({ sab, natural });
      return table;
    },
    reset(stream) {
      rng = stream;
      dealer = [drawCard(stream), drawCard(stream)];
      player = [drawCard(stream), drawCard(stream)];
      over = false;
      return observe();
    },
    step(action): Step<Int32Array> {
      if (rng === undefined) throw new Error(`${id}: call reset(rng) before step(action)`);
      if (action !== STICK && action !== HIT) {
        throw new RangeError(
          `${id}: action must be an element of ${describeSpace(actionSpace)}, got ${display(action)}`,
        );
      }
      let reward = 0;
      if (action === HIT) {
        player.push(drawCard(rng));
        over = handOf(player).total > 21;
        if (over) reward = -1;
      } else {
        reward = settle(rng);
        over = true;
      }
      return { observation: observe(), reward, terminated: over, truncated: false };
    },
    snapshot() {
      requireStarted("snapshot()");
      return { player: [...player], dealer: [...dealer], over };
    },
    restore(snapshot, stream) {
      const saved = snapshot as BlackjackSnapshot;
      for (const name of ["player", "dealer"] as const) {
        const cards = saved?.[name];
        if (!Array.isArray(cards) || cards.length < 2 || !cards.every((card) => observedCard(card))) {
          throw new RangeError(
            `${id}: the snapshot's ${name} must hold at least 2 cards, 1 … 10, got ${display(cards)}`,
          );
        }
      }
      rng = stream;
      player = [...saved.player];
      dealer = [...saved.dealer];
      over = saved.over === true;
    },
    render() {
      requireStarted("render()");
      return scene(player, dealer, over);
    },
    fresh: () => blackjack(options),
  };
}

/** The number of an observation's state in `blackjackMdp`: (sum · 11 + dealer's card) · 2 + usable ace. */
export function blackjackState(observation: ArrayLike<number>): number {
  return (observation[0] * DEALER_CARDS + observation[1]) * 2 + observation[2];
}

/**
 * The exact MDP of the game, by enumeration of the cards. States 0 … 703 are the observations, numbered by `blackjackState`; those that
 * cannot occur and busted hands are terminal. Where the rules treat naturals apart, an observation does not say everything: states
 * 704 + c are a natural against the dealer's card c, with the same observation as any other 21 with a usable ace.
 */
export function blackjackMdp({ sab = true, natural = false }: BlackjackOptions = {}): FiniteMdp {
  const apart = sab || natural;
  const numStates = BOARD_STATES + (apart ? DEALER_CARDS : 0);
  const place = (state: number) =>
    state < BOARD_STATES
      ? { sum: Math.floor(state / 22), card: Math.floor(state / 2) % DEALER_CARDS, ace: state % 2 }
      : { sum: 21, card: state - BOARD_STATES, ace: 1 };
  const isPlayed = (state: number) => {
    const { sum, card, ace } = place(state);
    return card >= 1 && sum <= 21 && sum >= (ace === 1 ? 12 : 4);
  };
  const terminal: number[] = [];
  for (let state = 0; state < numStates; state++) if (!isPlayed(state)) terminal.push(state);
  const dealers = Array.from({ length: DEALER_CARDS }, (_, card) => (card === 0 ? undefined : dealerOutcomes(card)));

  return buildMdp(
    {
      numStates,
      numActions: 2,
      initial: dealDistribution(numStates, apart),
      terminal,
      discount: 1,
      layout: layout(numStates, (state) => (isPlayed(state) && state < BOARD_STATES ? place(state) : undefined)),
    },
    (state, action, add) => {
      const dealer = dealers[place(state).card];
      if (dealer === undefined || !isPlayed(state)) return;
      const { sum, card, ace } = place(state);
      if (action === HIT) {
        for (let drawn = 1; drawn <= 10; drawn++) {
          const hard = (ace === 1 ? sum - 10 : sum) + drawn;
          const usable = (ace === 1 || drawn === 1) && hard + 10 <= 21;
          const total = usable ? hard + 10 : hard;
          const bust = total > 21;
          add(chanceOf(drawn), blackjackState([total, card, usable ? 1 : 0]), bust ? -1 : 0, bust);
        }
        return;
      }
      const isNaturalHand = state >= BOARD_STATES;
      let win = 0;
      for (let other = 0; other < sum; other++) win += dealer.score[other];
      let draw = dealer.score[sum];
      if (isNaturalHand && sab) {
        win = 1 - dealer.natural;
        draw = dealer.natural;
      }
      add(win, state, isNaturalHand && !sab ? 1.5 : 1, true);
      add(draw, state, 0, true);
      add(Math.max(0, 1 - win - draw), state, -1, true);
    },
  );
}

/** How the dealer's hand ends, given the open card: P(score) for 17 … 21 and 0 for a bust, and P(natural). */
function dealerOutcomes(open: number): { score: Float64Array; natural: number } {
  const score = new Float64Array(22);
  /** Spreads probability p of a hand with that sum (aces counting 1), with or without an ace. */
  const play = (hard: number, hasAce: boolean, p: number) => {
    const total = hasAce && hard + 10 <= 21 ? hard + 10 : hard;
    if (total > 21) score[0] += p;
    else if (total >= 17) score[total] += p;
    else for (let card = 1; card <= 10; card++) play(hard + card, hasAce || card === 1, p * chanceOf(card));
  };
  for (let hidden = 1; hidden <= 10; hidden++) play(open + hidden, open === 1 || hidden === 1, chanceOf(hidden));
  return { score, natural: open === 1 ? chanceOf(10) : open === 10 ? chanceOf(1) : 0 };
}

/** ρ₀: two cards for the player, one open card of the dealer. */
function dealDistribution(numStates: number, apart: boolean): Float64Array {
  const initial = new Float64Array(numStates);
  for (let open = 1; open <= 10; open++) {
    for (let first = 1; first <= 10; first++) {
      for (let second = 1; second <= 10; second++) {
        const { total, usableAce } = handOf([first, second]);
        const state =
          apart && isNatural([first, second]) ? BOARD_STATES + open : blackjackState([total, open, usableAce ? 1 : 0]);
        initial[state] += chanceOf(open) * chanceOf(first) * chanceOf(second);
      }
    }
  }
  return initial;
}

/** The player's sum, 21 at the top, against the dealer's card, ace first: the two panels of Sutton & Barto's figure 5.2. */
function layout(
  numStates: number,
  place: (state: number) => { sum: number; card: number; ace: number } | undefined,
): MdpLayout {
  const places = Array.from({ length: numStates }, (_, state) => place(state));
  return {
    rows: 18,
    columns: 10,
    row: Int32Array.from(places, (at) => (at === undefined ? -1 : 21 - at.sum)),
    column: Int32Array.from(places, (at) => (at === undefined ? -1 : at.card - 1)),
    map: Array.from({ length: 18 }, () => ".".repeat(10)),
    panel: Int32Array.from(places, (at) => at?.ace ?? 0),
    panels: ["no usable ace", "usable ace"],
  };
}

function chanceOf(card: number): number {
  return card === 10 ? 4 / 13 : 1 / 13;
}

function drawCard(rng: Random): number {
  return Math.min(rng.int(13) + 1, 10);
}

function handOf(hand: readonly number[]): { total: number; usableAce: boolean } {
  let hard = 0;
  for (const card of hand) hard += card;
  const usableAce = hand.includes(1) && hard + 10 <= 21;
  return { total: usableAce ? hard + 10 : hard, usableAce };
}

/** A hand's total, 0 if it is bust. */
function score(hand: readonly number[]): number {
  const { total } = handOf(hand);
  return total > 21 ? 0 : total;
}

function isNatural(hand: readonly number[]): boolean {
  return hand.length === 2 && hand.includes(1) && hand.includes(10);
}

function observedCard(card: unknown): boolean {
  return Number.isInteger(card) && (card as number) >= 1 && (card as number) <= 10;
}

const CARD_WIDTH = 0.7;

function scene(player: readonly number[], dealer: readonly number[], over: boolean): Scene {
  const { total, usableAce } = handOf(player);
  const hidden = over ? -1 : 1;
  const text = (x: number, y: number, words: string): Shape => ({
    kind: "text",
    at: [x, y],
    text: words,
    size: 0.24,
    colour: "#ffffff",
  });
  const dealerText = over ? `Dealer: ${handOf(dealer).total}` : "Dealer";
  return {
    view: [-2.6, -1.9, 2.6, 1.9],
    shapes: [
      { kind: "polygon", points: rectangle(-2.6, -1.9, 2.6, 1.9), fill: "#1f6b4a" },
      text(0, 1.54, dealerText),
      ...cards(dealer, 0.75, hidden),
      ...cards(player, -0.75, -1),
      text(0, -1.54, `Player: ${total}${usableAce ? ", usable ace" : ""}${total > 21 ? ", bust" : ""}`),
    ],
  };
}

/** A hand laid out about the middle at height y; cards overlap if there are many. `hidden` is the index of the one face down. */
function cards(hand: readonly number[], y: number, hidden: number): Shape[] {
  const pitch = Math.min(CARD_WIDTH + 0.12, 4.2 / Math.max(1, hand.length - 1));
  return hand.flatMap((card, i): Shape[] => {
    const x = (i - (hand.length - 1) / 2) * pitch;
    const edge = rectangle(x - CARD_WIDTH / 2 - 0.02, y - 0.52, x + CARD_WIDTH / 2 + 0.02, y + 0.52);
    const face = rectangle(x - CARD_WIDTH / 2, y - 0.5, x + CARD_WIDTH / 2, y + 0.5);
    const back = rectangle(x - CARD_WIDTH / 2 + 0.07, y - 0.43, x + CARD_WIDTH / 2 - 0.07, y + 0.43);
    return [
      { kind: "polygon", points: edge, fill: "#174f37" },
      { kind: "polygon", points: face, fill: "#ffffff" },
      i === hidden
        ? { kind: "polygon", points: back, fill: "#2f6db3" }
        : { kind: "text", at: [x, y], text: card === 1 ? "A" : String(card), size: 0.46, colour: "#26303b" },
    ];
  });
}
