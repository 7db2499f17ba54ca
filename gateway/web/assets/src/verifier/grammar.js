// The payload's one spelling: an anchored pattern per kind is the parser, as in
// gateway/codes/grammar.py. Returns claims, or null for what fits no kind.
const MOST_SCENARIO_CHARS = 32;
const MOST_URI_CHARS = 48;
const INTEGER = "(0|[1-9][0-9]{0,15})";
const COMMON = `\\{"iss":"([0-9]{6})","iat":${INTEGER},"exp":${INTEGER},"jti":"([A-Za-z0-9_-]{16})",`;
// Without the flag m, ^ and $ are the ends of the whole text; with u a name is counted in code points.
const GENERAL = new RegExp(`^${COMMON}"tier":([123])\\}$`, "u");
const SCENARIO = new RegExp(
  `^${COMMON}"aud":"([0-9]{6})","scn":"([a-z][a-z0-9_]*(?:\\.[a-z][a-z0-9_]*)+)",` +
    '"pol":"([A-Za-z0-9._-]{1,12})"(?:,"nul":"([A-Za-z0-9_-]{21}[AQgw])")?' +
    '(?:(?:,"nm":"([^\\u0000-\\u0020\\u007f-\\u009f"*\\\\]{1,4}\\*)")?' +
    `,"status":\\{"status_list":\\{"idx":${INTEGER},"uri":"([!#-\\[\\]-~]+/status/[1-9][0-9]{0,3})"\\}\\})?\\}$`,
  "u",
);

export function parse(payload) {
  const text = textOf(payload);
  if (text === null) return null;
  const general = GENERAL.exec(text);
  const claims = general ? generalClaims(general) : scenarioClaims(SCENARIO.exec(text));
  return claims && isExact(claims) ? claims : null;
}

function textOf(payload) {
  try {
    // ignoreBOM keeps a byte-order mark in the text, where no pattern fits it.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch (_) {
    return null;
  }
}

const isExact = ({ issuedAt, expiresAt, status }) =>
  [issuedAt, expiresAt, status ? status.index : 0].every(Number.isSafeInteger);

const common = ([, issuer, issuedAt, expiresAt, codeId]) => ({
  issuer,
  issuedAt: Number(issuedAt),
  expiresAt: Number(expiresAt),
  codeId,
});

const generalClaims = (found) => ({ ...common(found), tier: Number(found[5]) });

function scenarioClaims(found) {
  if (found === null) return null;
  const [, , , , , destination, scenario, policyVersion, ticket, maskedName, index, uri] = found;
  if (scenario.length > MOST_SCENARIO_CHARS) return null;
  if (uri !== undefined && (ticket !== undefined || uri.length > MOST_URI_CHARS)) return null;
  if (maskedName !== undefined && maskedName.normalize("NFC") !== maskedName) return null;
  const status = uri === undefined ? undefined : { index: Number(index), uri };
  return { ...common(found), destination, scenario, policyVersion, ticket, maskedName, status };
}
