// Reads tests/vectors/trust.json as a stranger would: written from docs/federation.md alone, with
// another library (jose) for signatures and keys.
//
//   node trust.mjs [trust.json]
//
// Prints one JSON object, {"checked": n, "disagreements": [...]}; exit code 1 if there are any.
// Every step is compared in result, refusal and alarms, and every case in what is believed after it.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compactVerify } from "jose";
import { LONGEST, Refusal, content, keySet, must, read, refuse } from "./statements.mjs";
import { strictJson } from "./strict_json.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const vectors = JSON.parse(
  readFileSync(process.argv[2] ?? join(here, "..", "vectors", "trust.json"), "utf8"),
);
const DAY = 24 * 3600;

// --- what is believed ---------------------------------------------------------------------------

class City {
  held = {};
  memory = [];
  roles = new Map();
  suspended = new Set();
  dead = new Set();
  deadCode = new Set();
  usableFrom = new Map();
  named = new Set();
  newlyNamed = new Set();
  namedAt = 0;
  ended = false;

  constructor(pins) {
    this.pins = pins;
    this.pinned = pins.map(({ kid }) => kid);
    for (const kid of this.pinned) this.roles.set(kid, "K1");
  }

  live() {
    const { subordinate, leaf } = this.held;
    const both = (subordinate?.kids ?? []).filter((kid) => leaf?.kids.includes(kid));
    return both.filter((kid) => !this.dead.has(kid));
  }

  stands(role) {
    const held = this.held[role];
    if (held === undefined) return false;
    if (role === "leaf") return this.stands("subordinate") && this.live().includes(held.signer);
    return !this.suspended.has(held.signer) && (role === "anchor" || this.stands("anchor"));
  }

  counts(role, now) {
    const above = { anchor: ["anchor"], subordinate: ["anchor", "subordinate"], leaf: Object.keys(LONGEST) };
    const lives = ({ iat, exp }) => iat <= now + 60 && now < exp;
    return this.stands(role) && above[role].every((each) => lives(this.held[each]));
  }

  async offer(role, token, now) {
    const alarms = [];
    try {
      return { result: await this.take(role, read(token), now, alarms), refusal: null, alarms };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const quiet = error.message === "trust_chain_incomplete";
      return { result: "refused", refusal: error.message, alarms: quiet ? [] : [error.message] };
    }
  }

  async take(role, offered, now, alarms) {
    const held = this.held[role];
    if (held?.fingerprint === offered.fingerprint) return "unchanged";
    const before = this.memory.find((each) => each.fingerprint === offered.fingerprint && each.role === role);
    if (before !== undefined && now - before.at <= 90 * DAY && before.iat < held.iat) return "not_newer";
    const above = { subordinate: "anchor", leaf: "subordinate" }[role];
    if (above) must(this.counts(above, now), "trust_chain_incomplete");
    const signer = this.signer(role, offered.kid);
    const fits = compactVerify(offered.token, signer.native, { algorithms: ["ES256"] });
    await fits.catch(() => refuse("jws_bad_signature"));
    const said = await content(role, offered.payload, vectors.city);
    must(!said.codeKids?.some((kid) => said.kids.includes(kid)), "trust_key_in_two_roles");
    if (role !== "subordinate") must(said.kids.includes(offered.kid), "trust_unknown_signer");
    must(said.iat <= now + 60, "trust_from_future");
    must(now < said.exp, "trust_expired");
    if (held) must(said.iat >= held.iat, "trust_rollback");
    if (held) must(said.iat > held.iat, "trust_equivocation");
    if (role === "leaf") must(said.division !== undefined, "trust_issuer_dropped");
    if (role === "leaf") must(said.division === vectors.city.division, "trust_division_changed");
    this.claim(said.kids, role === "anchor" ? "K1" : "K2", said.codeKids ?? []);
    this.accept(role, { ...said, signer: offered.kid, fingerprint: offered.fingerprint }, now, alarms);
    return "accepted";
  }

  signer(role, kid) {
    if (role === "leaf") must(!this.dead.has(kid), "trust_dead_signer");
    else must(!this.suspended.has(kid), "trust_suspended_signer");
    const keys = role === "leaf" ? this.held.subordinate.keys : this.pins;
    return must(keys.find((each) => each.kid === kid), "trust_unknown_signer");
  }

  claim(kids, role, codeKids) {
    const roles = new Map(this.roles);
    for (const [kid, its] of [...kids.map((kid) => [kid, role]), ...codeKids.map((kid) => [kid, "K3"])]) {
      must((roles.get(kid) ?? its) === its, "trust_key_in_two_roles");
      roles.set(kid, its);
    }
    must(roles.size <= 1024, "trust_too_many_keys");
    this.roles = roles;
  }

  accept(role, said, now, alarms) {
    const { fingerprint, iat, kids } = said;
    const before = { live: this.live(), codeKids: this.held.leaf?.codeKids ?? [], first: !this.held[role] };
    this.held[role] = said;
    this.memory.push({ role, fingerprint, iat, at: now });
    if (role === "anchor") {
      const vanished = this.pinned.filter((kid) => !kids.includes(kid) && !this.suspended.has(kid));
      for (const kid of vanished) this.suspended.add(kid);
      alarms.push(...vanished.map(() => "trust_anchor_key_vanished"));
      const unknown = kids.filter((kid) => !this.pinned.includes(kid));
      alarms.push(...unknown.map(() => "trust_anchor_key_announced"));
      return;
    }
    const back = kids.filter((kid) => this.dead.has(kid));
    alarms.push(...back.map(() => "trust_dead_key_returned"));
    if (role === "subordinate") this.name(kids, before.first, now);
    else this.learn(said, before, now, alarms);
    const live = this.live();
    for (const kid of before.live) if (!live.includes(kid)) this.dead.add(kid);
  }

  // Only the K2s that the present subordinate statement is the first to name, and never the very first.
  name(kids, first, now) {
    this.newlyNamed = new Set(first ? [] : kids.filter((kid) => !this.named.has(kid)));
    this.namedAt = now;
    for (const kid of kids) this.named.add(kid);
  }

  learn({ signer, codeKids }, before, now, alarms) {
    const exempt = before.first || (this.newlyNamed.delete(signer) && now - this.namedAt < 3600);
    const back = codeKids.filter((kid) => this.deadCode.has(kid));
    alarms.push(...back.map(() => "trust_dead_key_returned"));
    for (const kid of before.codeKids) if (!codeKids.includes(kid)) this.deadCode.add(kid);
    for (const kid of codeKids) {
      if (back.includes(kid)) continue;
      if (this.ended) alarms.push("trust_key_after_end");
      const from = exempt ? now : now + DAY;
      this.usableFrom.set(kid, Math.min(from, this.usableFrom.get(kid) ?? from));
    }
    if (codeKids.length > 0 || this.ended) return;
    this.ended = true;
    alarms.push("trust_issuing_ended");
  }

  after() {
    const { anchor, subordinate, leaf } = this.held;
    const codeKids = this.ended ? [] : leaf.codeKids.filter((kid) => !this.deadCode.has(kid));
    return {
      expires_at: this.stands("leaf") ? Math.min(anchor.exp, subordinate.exp, leaf.exp) : 0,
      issuing_allowed: subordinate?.mayIssue ?? false,
      code_keys: codeKids.map((kid) => ({ kid, usable_from: this.usableFrom.get(kid) })),
      dead_code: [...this.deadCode].sort(),
      dead_federation: [...this.dead].sort(),
      suspended_anchor: [...this.suspended].sort(),
    };
  }
}

// --- the safety number, and all rows ------------------------------------------------------------

function half({ anchor, kids }) {
  const lines = ["credit-code-safety-1", anchor, ...[...kids].sort(), ""].join("\n");
  const digest = createHash("sha512").update(lines).digest();
  const group = (at) => String(digest.readUIntBE(5 * at, 5) % 100_000).padStart(5, "0");
  return [0, 1, 2, 3, 4, 5].map(group);
}

const disagreements = [];
let checked = 0;

function compare(name, wanted, found) {
  checked += 1;
  if (JSON.stringify(wanted) !== JSON.stringify(found)) disagreements.push({ name, wanted, found });
}

for (const [number, { cities, safety_number }] of vectors.safety.entries()) {
  const halves = cities.map(half);
  compare(`half: ${number}`, cities.map((city) => city.half), halves);
  const [one, other] = halves.map((each) => each.join("")).sort();
  compare(`safety: ${number}`, safety_number.join(""), one + other);
}
const pins = await keySet(strictJson(Buffer.from(JSON.stringify({ keys: vectors.city.anchor_keys }))));
for (const { name, steps, after } of vectors.cases) {
  const city = new City(pins);
  for (const { role, token, now } of vectors.first_contact)
    compare(`first contact: ${name}`, "accepted", (await city.offer(role, token, now)).result);
  for (const { role, token, now, result, refusal, alarms } of steps)
    compare(`step: ${name}`, { result, refusal, alarms }, await city.offer(role, token, now));
  compare(`after: ${name}`, after, city.after());
}

console.log(JSON.stringify({ checked, disagreements }));
process.exitCode = disagreements.length === 0 ? 0 : 1;
