// Resolves the trust chain of a city with @openid-federation/core, over HTTP.
//
//   node federation.mjs LEAF ANCHOR
//
// Prints one JSON object: the chains that the library finds valid, each as the names of its
// statements with the keys that they announce, and how many signatures it asked us to verify.
// The library brings no cryptography: jose verifies, ES256 only.

import { resolveTrustChains } from "@openid-federation/core";
import { compactVerify, importJWK } from "jose";

const [leaf, anchor] = process.argv.slice(2);
let verified = 0;

async function verifyJwtCallback({ jwt, jwk }) {
  try {
    await compactVerify(jwt, await importJWK(jwk, "ES256"), { algorithms: ["ES256"] });
  } catch {
    return false;
  }
  verified += 1;
  return true;
}

const found = await resolveTrustChains({
  entityId: leaf,
  trustAnchorEntityIds: [anchor],
  verifyJwtCallback,
});
const chains = found.map(({ valid, chain, trustAnchorEntityConfiguration }) => ({
  valid,
  anchor: trustAnchorEntityConfiguration.sub,
  organization: trustAnchorEntityConfiguration.metadata.federation_entity.organization_name,
  statements: chain.map(({ iss, sub, exp, jwks }) => ({
    iss,
    sub,
    exp: exp.getTime() / 1000,
    kids: jwks.keys.map(({ kid }) => kid),
  })),
}));
console.log(JSON.stringify({ chains, verified }));
