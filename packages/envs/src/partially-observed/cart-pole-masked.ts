import { type CartPoleOptions, cartPoleDynamics, cartPoleMaskedConfig } from "../classic-control/cart-pole.js";
import { box } from "../spaces/box.js";
import { type StateEnv, stateEnv } from "../state-env.js";

/*
 * The cart pole without its velocities, which have to be told from earlier positions. Wieland 1991, "Evolving neural network controllers
 * for unstable systems", IJCNN; Bakker 2001, NIPS 14, section 5; "PositionOnlyCartPole" of POPGym (Morad et al. 2023, arXiv:2303.01859).
 */

/** `CartPoleMasked-v1`: `CartPole-v1` of which x (m) and θ (rad from upright) alone are observed. */
export function cartPoleMasked(options: CartPoleOptions = {}): StateEnv<number> {
  const dynamics = cartPoleDynamics("CartPoleMasked-v1", 500, cartPoleMaskedConfig, options);
  const { low, high } = dynamics.observationSpace;
  return stateEnv({
    ...dynamics,
    observationSpace: box({ low: [low[0], low[2]], high: [high[0], high[2]] }),
    observe(state, out, from, to) {
      for (let i = from; i < to; i++) {
        out[2 * i] = state[4 * i];
        out[2 * i + 1] = state[4 * i + 2];
      }
    },
  });
}
