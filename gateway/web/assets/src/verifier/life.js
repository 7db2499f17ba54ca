// What a pattern cannot express of a code (step 5), in the order of gateway/codes/reading.py.
import { Refusal } from "./refusal.js";

export const CLOCK_SKEW_S = 60;
const STATUS_FROM_S = 3600;
const LONGEST_S = 31 * 24 * 3600;

export function checkLife({ issuedAt, expiresAt, status }, { nowS, lifetimeMaxS, keyExpiresAt }) {
  const lifetimeS = expiresAt - issuedAt;
  const alive = lifetimeS > 0 && issuedAt <= nowS + CLOCK_SKEW_S && nowS < expiresAt;
  if (!alive) throw again("code_life");
  if (lifetimeS > STATUS_FROM_S !== (status !== undefined)) throw again("code_status_rule");
  if (lifetimeS > Math.min(LONGEST_S, lifetimeMaxS)) throw again("code_lifetime");
  if (expiresAt > keyExpiresAt) throw again("code_outlives_key");
}

const again = (code) => new Refusal(code, "present_again");
