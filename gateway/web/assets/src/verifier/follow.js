// How a page follows its city's federation keys (K2) from those that it was enrolled with: through the
// leaf configuration, which a key that it holds has to have signed (docs/federation.md).
import { STATEMENT, openDocument } from "./documents.js";
import { parseKeySet } from "./keys.js";
import { has, inner, own } from "./members.js";
import { Refusal } from "./refusal.js";

// Returns the key set to hold from now on, {keys, iat}; what the configuration no longer names is
// dropped for good. `pinned` is such a set, or one of enrolment, without `iat`.
export async function followKey(pinned, token, leaf, nowS) {
  const members = await openDocument(token, { typ: STATEMENT, issuer: leaf, keys: pinned.keys, nowS });
  if (own(members, "sub") !== leaf) throw new Refusal("trust_wrong_entity");
  if (has(members, "metadata_policy") || has(members, "metadata_policy_crit")) {
    throw new Refusal("trust_metadata_policy");
  }
  const keys = await parseKeySet(inner(members, "jwks"));
  if (keys.length === 0) throw new Refusal("trust_no_keys");
  // An older one could bring back a key that was removed since.
  if (members.iat < (pinned.iat || 0)) throw new Refusal("trust_rollback");
  return { keys: keys.map(({ jwk }) => jwk), iat: members.iat };
}
