// A certified OpenID provider on loopback; says its port, serves until its input ends.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [redirectUri, clientSecret] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "gateway",
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      token_endpoint_auth_method: "client_secret_basic",
      id_token_signed_response_alg: "ES256",
    }, {
      client_id: "gateway-scores",
      client_secret: clientSecret,
      redirect_uris: [],
      response_types: [],
      grant_types: ["client_credentials"],
      id_token_signed_response_alg: "ES256",
      token_endpoint_auth_method: "client_secret_basic",
      scope: "assessments.read",
    }],
    scopes: ["openid", "assessments.read"],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "ES256" }] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["name", "age_over_18"] },
    features: { claimsParameter: { enabled: true }, clientCredentials: { enabled: true } },
    conformIdTokenClaims: true,
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: "张演示", age_over_18: id !== "illustrative-child" }),
    }),
    cookies: { keys: ["a key of this test"] },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
