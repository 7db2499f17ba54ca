// Asks the rules of a merchant's device without a network
// (gateway/web/assets/src/merchant/offline/{rules,queue}.js) what they say.
// Reads {"asks": [{"do", "with": [arguments]}]} and prints what each gives, in order. `drain` goes to a
// made-up city: {"items", "answers": {request_id: result}, "unread": [request ids], "faulty": [request ids], "fails_at"?}.
import { readFileSync } from "node:fs";
import * as queue from "../../gateway/web/assets/src/merchant/offline/queue.js";
import * as rules from "../../gateway/web/assets/src/merchant/offline/rules.js";

const { asks } = JSON.parse(readFileSync(process.argv[2], "utf8"));

async function drain({ items, answers, unread = [], faulty = [], fails_at: failsAt }) {
  const asked = [];
  const tally = { registered: 0, conflicts: 0 };
  let left = items.map((item) => item.request_id);
  const post = async (batch) => {
    const ids = batch.map((item) => item.request_id);
    asked.push(ids);
    if (asked.length === failsAt) return { status: 0 };
    if (ids.some((id) => unread.includes(id))) return { status: 400 };
    if (ids.some((id) => faulty.includes(id))) return { status: 500 };
    return { status: 200, results: ids.map((id) => answers[id] || { outcome: "recognised" }) };
  };
  const status = await queue.drain(items, post, async (fates) => {
    for (const [, fate] of fates) tally[fate] += 1;
    const done = fates.map(([id]) => id);
    left = left.filter((id) => !done.includes(id));
  });
  return { status, asked, left, ...tally };
}

const known = { ...queue, ...rules, drain };
const said = [];
for (const { do: name, with: given } of asks) said.push((await known[name](...given)) ?? null);
console.log(JSON.stringify({ said }));
